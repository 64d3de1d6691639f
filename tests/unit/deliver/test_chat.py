"""Messages for chats: what each markup looks like, what hostile texts cannot do in it, and how it is cut."""

import html.parser
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver import chat
from monitor.errors import DecisionReason
from monitor.model import AlertKind, Difference
from tests.support.messages import notification, rendered

DIALECTS = {
    "plain": chat.PLAIN,
    "ntfy": chat.NTFY,
    "slack": chat.SLACK,
    "telegram": chat.TELEGRAM,
    "matrix": chat.MATRIX,
    "markdown": chat.MARKDOWN,
    "discord": chat.DISCORD,
    "rocket": chat.ROCKET,
}
HOSTILE = (
    "Ferry\r\nBcc: x@evil.example",
    "Ferry " + "aground " * 400,
    "Ferry @everyone @here <!channel> <@U123> <!here|x> @channel @all",
    "Ferry <https://evil.example|bank.example> aground",
    "Ferry [bank.example](https://evil.example) ![](https://evil.example/pixel.png)",
    "Ferry <b>bold</i> <script>alert(1)</script> <odd & tag>",
    "Ferry &lt;b&gt;bold&lt;/i&gt; &lt;script&gt;alert(1)&lt;/script&gt; &lt;!channel&gt; &amp;lt;",
    "Ferry \x1b[2J\x07 \x02\x034red \u202egnorw",
    "Ferry *bold* _it_ ~no~ `code` ||spoiler|| > quote # head",
    '=HYPERLINK("https://evil.example") ferry',
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "slack",
            (
                "*[ports] Ferry runs aground off Trelleborg*\n"
                "The Baltic Post · Mon 23 Nov 2026, 09:30 CET (2 h ago) · en\n"
                "> A passenger *ferry* ran *aground*. Nobody was hurt.\n"
                "First article of its story for this rule; matched: Ferry, aground\n"
                "<https://news.example/ferry?id=1|news.example> · #731"
            ),
        ),
        (
            "telegram",
            (
                "<b>[ports] Ferry runs aground off Trelleborg</b>\n"
                "The Baltic Post · Mon 23 Nov 2026, 09:30 CET (2 h ago) · en\n"
                "<blockquote>A passenger <b>ferry</b> ran <b>aground</b>. Nobody was hurt.</blockquote>\n"
                "First article of its story for this rule; matched: Ferry, aground\n"
                '<a href="https://news.example/ferry?id=1">news.example</a> · #731'
            ),
        ),
        (
            "discord",
            (
                "**\\[ports\\] Ferry runs aground off Trelleborg**\n"
                "The Baltic Post · Mon 23 Nov 2026, 09:30 CET \\(2 h ago\\) · en\n"
                "> A passenger **ferry** ran **aground**. Nobody was hurt.\n"
                "First article of its story for this rule; matched: Ferry, aground\n"
                "[news.example](<https://news.example/ferry?id=1>) · \\#731"
            ),
        ),
    ],
)
def test_each_service_gets_its_own_markup(name, expected):
    """Headline, byline, an excerpt with the matched words, the reason, the link with its host."""
    assert chat.compose(rendered(), DIALECTS[name]).text == expected


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", DIALECTS)
def test_a_hostile_text_calls_nobody_and_hides_nothing(name, text):
    """No mention, no disguised link, no control character, no markup of the feed's; the link stays."""
    changes = {"title": text, "summary": text, "content": text, "source": text, "rule": "ports"}
    message = chat.compose(rendered(**changes), DIALECTS[name]).text
    assert not re.search(r"@(everyone|here|channel|all)\b|<[!@](?=\w)", message)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", message)
    assert not re.search(r"(?<!\\)\]\((?!<?https://news\.example)", message)
    assert "<https://evil" not in message.replace("[news.example](<https://news.example", "")
    assert "https://news.example/ferry?id=1" in message
    assert "731" in message


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["telegram", "matrix"])
def test_html_of_a_chat_has_our_tags_only_and_all_closed(name, text):
    """A service that refuses an odd tag never refuses the alert."""
    message = chat.compose(rendered(title=text, summary=text, content=text), DIALECTS[name]).text
    _Strict().check(message)


class _Strict(html.parser.HTMLParser):
    """Telegram's rules: few tags, properly nested."""

    def check(self, text: str) -> None:
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in {"b", "a", "blockquote", "br"}
        if tag == "a":
            assert dict(attributes)["href"].startswith("https://news.example/")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(
    title=st.text(min_size=1, max_size=600),
    body=st.text(max_size=600),
    name=st.sampled_from(sorted(DIALECTS)),
    limit=st.integers(min_value=120, max_value=2000),
)
def test_whatever_the_text_the_message_fits_and_keeps_link_and_number(title, body, name, limit):
    """Whatever a feed writes, and however small the service's limit is."""
    dialect = replace(DIALECTS[name], limit=limit)
    message = chat.compose(rendered(title=title, summary=body, content=body), dialect).text
    assert dialect.measure(message) <= limit
    assert "https://news.example/ferry?id=1" in message
    assert "731" in message


def test_what_is_too_long_loses_the_excerpt_first_and_the_headline_last():
    """The more a part is worth, the longer it stays."""
    message = rendered(content="A ferry aground. " * 100)
    texts = [
        chat.compose(message, replace(chat.PLAIN, limit=limit)).text for limit in (800, 250, 170, 110, 60)
    ]
    assert [text.count("\n") for text in texts] == [4, 3, 2, 1, 1]
    assert all(text.endswith("https://news.example/ferry?id=1 · #731") for text in texts)
    assert texts[-1].startswith("[ports] Ferry")


def test_a_message_made_by_hand_is_escaped_as_well():
    """Without the alert behind it, the short text is all there is."""
    short = "a <b> & @everyone\nhttps://news.example/ferry #7"
    text = chat.compose(notification(short=short), chat.TELEGRAM).text
    assert text.startswith("a &lt;b&gt; &amp; @\u2060everyone\n")


def test_an_update_tells_what_is_different():
    """What went and what came, before the excerpt."""
    difference = Difference(("numbers",), removed=("Two died.",), added=("Nine died.",))
    message = rendered(kind=AlertKind.UPDATE, reason=DecisionReason.UPDATED, difference=difference)
    lines = chat.compose(message, chat.PLAIN).text.split("\n")
    assert lines[2:4] == ["− Two died.", "+ Nine died."]
