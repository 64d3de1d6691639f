"""Messages: what they say, and what a hostile feed cannot make them say."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver.render import render
from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, Article, Difference, Priority, Span, StoryId
from monitor.text import field_text

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
ARTICLE = Article(
    id="urn:1",
    title="Ferry runs aground off Trelleborg &amp; waits",
    summary="Passengers wait for tugs.",
    content="<p>A passenger <b>ferry</b> ran aground.</p><p>Nobody was hurt.</p>",
    url="https://news.example/ferry?id=1",
    source="The Baltic Post",
    author="Anna Lindqvist",
    language="en",
    tags=("shipping",),
    published_at=NOW - timedelta(hours=2, minutes=10),
)


def places(article: Article, *words: str) -> tuple[Span, ...]:
    found = []
    for field in ("title", "summary", "body"):
        text = field_text(article, field)
        for word in words:
            found += [
                Span(field, m.start(), m.end()) for m in re.finditer(re.escape(word), text, re.IGNORECASE)
            ]
    return tuple(sorted(found, key=lambda span: (span.field != "title", span.field, span.start)))


ALERT = Alert(
    id=AlertId(731),
    rule="ports",
    kind=AlertKind.STORY,
    decided_at=NOW - timedelta(hours=2),
    story_id=StoryId(9),
    article=ARTICLE,
    spans=places(ARTICLE, "ferry", "aground"),
    query="ferry AND aground",
    reason=DecisionReason.NEW_STORY,
)
NOTICE = Alert(
    id=AlertId(8),
    rule="ports",
    kind=AlertKind.NOTICE,
    decided_at=NOW,
    headline="An alert could not be delivered by desk-mail",
    detail="Alert 7 was given up.\nRetry: newsmonitor deliveries retry 7",
    priority=Priority.HIGH,
)


def message(alert=ALERT, **changes):
    arguments = {"delivery_key": "key-1", "now": NOW, "time_zone": "Europe/Vienna", **changes}
    return render(alert, **arguments)


def about(**changes):
    """The message about the same alert with another article."""
    article = replace(ARTICLE, **changes)
    return message(replace(ALERT, article=article, spans=places(article, "ferry", "aground")))


class Reader(HTMLParser):
    """What a mail program would see in the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.text += data
        if "mark" in self._open:
            self.marked.append(data)

    @property
    def links(self):
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


class TestWhatItSays:
    """A message answers: what, where, when, why."""

    def test_the_text(self):
        """In full, as a mail program without HTML shows it."""
        assert message().text == (
            "Ferry runs aground off Trelleborg & waits\n"
            "The Baltic Post · Mon 23 Nov 2026, 09:20 CET (2 h ago)\n"
            "https://news.example/ferry?id=1\n"
            "\n"
            "A passenger **ferry** ran **aground**. Nobody was hurt.\n"
            "\n"
            "Why: First article of its story for this rule\n"
            "Matched: Ferry, aground\n"
            "Rule: ports\n"
            "Query: ferry AND aground\n"
            "Author: Anna Lindqvist\n"
            "Language: en\n"
            "Alert: #731 (newsmonitor alerts show 731)\n"
        )

    def test_the_short_form(self):
        """Headline, outlet and time, why, and at last link and id."""
        assert message().short == (
            "[ports] Ferry runs aground off Trelleborg & waits\n"
            "The Baltic Post · Mon 23 Nov 2026, 09:20 CET (2 h ago)\n"
            "First article of its story for this rule; matched: Ferry, aground\n"
            "https://news.example/ferry?id=1 #731"
        )

    def test_the_html(self):
        """The headline is linked, the matched words are marked, nothing is fetched from elsewhere."""
        seen = Reader(message().html)
        assert seen.links == ["https://news.example/ferry?id=1"] * 2
        assert seen.marked == ["Ferry", "aground", "ferry", "aground"]
        assert "Ferry runs aground off Trelleborg & waits" in seen.text
        assert "First article of its story for this rule" in seen.text
        names = {tag for tag, _ in seen.tags}
        assert not names & {"img", "script", "link", "iframe", "object", "form", "base"}
        assert "url(" not in message().html
        assert "http" not in message().html.replace("https://news.example/ferry?id=1", "")

    def test_the_subject(self):
        """Rule and headline."""
        assert message().title == "[ports] Ferry runs aground off Trelleborg & waits"

    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            (DecisionReason.UPDATED_INTO_RULE, "Updated article that matches now"),
            (DecisionReason.FOLLOW_UP, "Follow-up: more outlets report this story"),
            (DecisionReason.NEW_ARTICLE, "New article"),
        ],
    )
    def test_the_reason_is_told(self, reason, words):
        """Why this message came now."""
        told = message(replace(ALERT, reason=reason))
        assert all(words in form for form in (told.text, told.short, told.html))

    def test_a_repeat_says_so_in_every_form(self):
        """And is the same message otherwise."""
        first, again = message(), message(repeat=True)
        assert again.repeat
        assert again.payload["repeat"] is True
        assert all("may repeat an earlier message" in form for form in (again.text, again.short, again.html))
        assert (again.key, again.thread, again.title) == (first.key, first.thread, first.title)

    def test_notes_are_shown(self):
        """What the matcher had to assume."""
        told = message(replace(ALERT, notes=("language unknown: taken as a match",)))
        assert "Note: language unknown: taken as a match" in told.text
        assert "language unknown" in told.html

    def test_a_notice_has_no_article(self):
        """Headline, paragraphs, and the way to mend it; a thread of its own."""
        told = message(NOTICE)
        assert told.title == "[ports] An alert could not be delivered by desk-mail"
        assert "Retry: newsmonitor deliveries retry 7" in told.text
        assert "Alert 7 was given up. Retry" in told.short
        assert told.payload["article"] is None
        assert told.payload["notice"]["headline"] == "An alert could not be delivered by desk-mail"
        assert told.thread != message(replace(NOTICE, id=AlertId(9))).thread
        assert Reader(told.html).links == []

    def test_messages_about_one_rule_and_story_share_a_thread(self):
        """Whatever the article; another rule or story has another."""
        assert (
            message(replace(ALERT, id=AlertId(5), article=replace(ARTICLE, id="x"))).thread
            == message().thread
        )
        assert message(replace(ALERT, rule="other")).thread != message().thread
        assert message(replace(ALERT, story_id=StoryId(10))).thread != message().thread


class TestTime:
    """The reader's clock."""

    @pytest.mark.parametrize(
        ("age", "words"),
        [
            (timedelta(seconds=30), "(just now)"),
            (timedelta(minutes=59), "(59 min ago)"),
            (timedelta(hours=47), "(47 h ago)"),
            (timedelta(days=3), "(3 days ago)"),
        ],
    )
    def test_the_age_is_told(self, age, words):
        """Rounded down, in the unit a person would use."""
        assert words in about(published_at=NOW - age).text

    def test_the_future_has_no_age(self):
        """A feed with a wrong clock is shown as it says."""
        assert about(published_at=NOW + timedelta(hours=2)).text.splitlines()[1].endswith("13:30 CET")

    def test_without_a_date_the_time_seen_is_shown_as_such(self):
        """So that nobody takes it for the time of publication."""
        article = replace(ARTICLE, published_at=None)
        told = message(replace(ALERT, article=article, seen_at=NOW - timedelta(minutes=5)))
        assert "seen Mon 23 Nov 2026, 11:25 CET (5 min ago)" in told.text

    @pytest.mark.parametrize("zone", ["Nowhere/City", "", "../../etc/passwd", "\0"])
    def test_an_unknown_time_zone_is_utc(self, zone):
        """The message goes out all the same."""
        assert "08:20 UTC" in message(time_zone=zone).text

    @pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
    def test_impossible_dates_are_left_out(self, moment):
        """A feed may claim any year."""
        assert about(published_at=moment).text.splitlines()[1].startswith("The Baltic Post")


class TestExcerpts:
    """Where the words stood."""

    def test_a_long_body_is_cut_around_the_words(self):
        """The match is in the excerpt, however far down it stood."""
        told = about(content="<p>" + "Weather and tides. " * 400 + "Then the ferry ran aground at last.</p>")
        (line,) = [line for line in told.text.splitlines() if "**" in line]
        assert line.startswith("…")
        assert "**ferry** ran **aground** at last." in line
        assert len(line) < 420

    def test_a_summary_that_repeats_the_body_is_shown_once(self):
        """Many feeds give both."""
        told = about(summary="The ferry is aground.", content="<p>The ferry is aground.</p>")
        assert told.text.count("The **ferry** is **aground**.") == 1

    def test_without_places_the_text_begins(self):
        """A rule about an author or a tag still shows what the article says."""
        told = message(replace(ALERT, spans=(Span("author", 0, 4),)))
        assert "Passengers wait for tugs." in told.text
        assert "Matched: Anna\n" in told.text

    def test_many_words_are_counted(self):
        """A long list does not push the link away."""
        words = [f"word{number}" for number in range(12)]
        article = replace(ARTICLE, content=" ".join(words))
        told = message(replace(ALERT, article=article, spans=places(article, *words[2:])))
        assert "and 2 more" in told.text
        assert len(told.payload["matched"]) == 10

    def test_an_article_without_a_title_is_named_by_its_text(self):
        """Or by its address, or not at all; never by nothing."""
        assert about(title="").title == "[ports] Passengers wait for tugs."
        assert about(title=" ", summary="", content="").title == "[ports] https://news.example/ferry?id=1"
        assert about(title="", summary="", content="", url="").title == "[ports] (no title)"


class TestHostileFeeds:
    """What comes from the net cannot break out of the message."""

    def test_markup_is_shown_and_not_run(self):
        """A script in a title is text."""
        told = about(
            title="ferry &lt;script&gt;alert(1)&lt;/script&gt; <b>aground</b>", source='"><img src=x>'
        )
        seen = Reader(told.html)
        assert "<script>alert(1)</script>" in seen.text
        assert not [tag for tag, _ in seen.tags if tag in ("script", "img")]

    def test_line_breaks_make_no_second_header(self):
        """The subject is one line."""
        told = about(title="Ferry aground\r\nBcc: everybody@evil.example\u2028x\x0by")
        assert told.title == "[ports] Ferry aground Bcc: everybody@evil.example x y"

    def test_a_huge_title_is_cut(self):
        """A mail server would refuse it, and with it the alert."""
        told = about(title="ferry " * 500)
        assert len(told.title) <= 200
        assert told.title.endswith("…")
        assert len(told.short) <= 600

    def test_a_huge_article_makes_a_small_message(self):
        """100,000 words or one endless word."""
        for content in ("ferry aground " * 50_000, "x" * 500_000):
            told = about(content=content, summary=content, author=content, tags=(content,))
            assert len(told.text) < 6_000

    def test_control_and_bidi_characters_are_gone(self):
        """Nothing shows itself backwards or speaks to a terminal."""
        told = about(title="ferry \u202egnp.exe aground\x1b[31m", content="aground \u2066x\u2069 \x07")
        everything = told.text + told.short + told.html + json.dumps(told.payload, ensure_ascii=False)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", everything)

    @pytest.mark.parametrize(
        "url",
        ["javascript:alert(1)", "data:text/html,x", "https://bank.example@evil.example/", "//x", "x\r\ny"],
    )
    def test_a_link_that_is_none_is_left_out(self, url):
        """Everywhere: HTML, text, chat and data."""
        told = about(url=url)
        assert Reader(told.html).links == []
        assert told.payload["link"] == told.payload["article"]["url"] == ""
        assert url not in told.text + told.short

    def test_a_link_cannot_end_its_attribute(self):
        """Quotes in an address are encoded."""
        told = about(url='https://news.example/"onmouseover="alert(1)')
        assert set(Reader(told.html).links) == {"https://news.example/%22onmouseover=%22alert(1)"}
        assert not [a for _, attributes in Reader(told.html).tags for a in attributes if a.startswith("on")]

    def test_template_syntax_in_a_feed_is_text(self):
        """Nothing from a feed is ever a template."""
        told = about(title="ferry {{ 7 * 7 }} {% raise %} aground")
        assert "{{ 7 * 7 }} {% raise %}" in told.text

    @given(
        texts=st.lists(st.text(max_size=80), min_size=7, max_size=7),
        spans=st.lists(
            st.tuples(
                st.sampled_from(["title", "summary", "body", "author", "tag", "url", "source", "lang"]),
                st.integers(0, 90),
                st.integers(0, 90),
            ),
            max_size=6,
        ),
        published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )
    def test_any_article_gives_a_message(self, texts, spans, published_at):
        """Whatever the texts and wherever the marks claim to be."""
        title, summary, content, url, source, author, language = texts
        article = Article("1", title, summary, content, url, source, author, language, (title,), published_at)
        ordered = tuple(Span(field, min(a, b), max(a, b)) for field, a, b in sorted(spans))
        told = message(
            replace(ALERT, article=article, spans=ordered, rule=title, query=content, notes=(source,))
        )
        assert 0 < len(told.title) <= 200
        assert "\n" not in told.title
        assert told.title == " ".join(told.title.split("\n"))
        json.dumps(told.payload).encode()
        told.html.encode()
        told.text.encode()
        told.short.encode()


def test_the_payload_is_what_is_documented():
    """Others script against these keys and types."""
    payload = message().payload
    assert payload == {
        "version": 1,
        "id": 731,
        "rule": "ports",
        "query": "ferry AND aground",
        "kind": "story",
        "reason": "new_story",
        "priority": "normal",
        "decided_at": "2026-11-23T08:30:00+00:00",
        "language": "en",
        "title": "Ferry runs aground off Trelleborg & waits",
        "text": "A passenger ferry ran aground. Nobody was hurt.",
        "link": "https://news.example/ferry?id=1",
        "matched": ["Ferry", "aground"],
        "notes": [],
        "outlets": 1,
        "changes": [],
        "article": {
            "id": "urn:1",
            "title": "Ferry runs aground off Trelleborg & waits",
            "summary": "Passengers wait for tugs.",
            "url": "https://news.example/ferry?id=1",
            "source": "The Baltic Post",
            "author": "Anna Lindqvist",
            "language": "en",
            "tags": ["shipping"],
            "published": "2026-11-23T08:20:00+00:00",
            "updated": None,
        },
        "notice": None,
        "key": "key-1",
        "repeat": False,
        "thread": message().thread,
        "first_of_thread": True,
    }
    assert json.loads(json.dumps(payload)) == payload


def test_an_update_shows_what_is_different():
    """What went and what came, in text and HTML, harmless; the subject says what it is."""
    went, came = ("Two drowned.",), ("Nine <b>drowned</b>.",)
    difference = Difference(("figure",), "Two drown", "Nine drown", came, went)
    told = message(
        replace(ALERT, kind=AlertKind.UPDATE, reason=DecisionReason.CORRECTED, difference=difference)
    )
    assert "CORRECTION: " in told.title
    assert "- Two drown\n- Two drowned.\n+ Nine drown\n+ Nine <b>drowned</b>.\n" in told.text
    assert "<del" in told.html
    assert "Nine &lt;b&gt;drowned&lt;/b&gt;." in told.html
    assert told.payload["changes"][0] == ["-", "Two drown"]


def test_a_message_tells_how_far_its_story_has_spread():
    """Reports and copies apart."""
    told = message(replace(ALERT, outlets=12, reports=3, copies=10))
    assert "Story: in 12 outlets by now: 3 reports, 10 copies" in told.text
