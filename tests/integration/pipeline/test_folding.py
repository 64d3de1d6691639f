"""Folding through the whole pipeline, on both databases: copies, series, roundups, stories, addresses."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from monitor.errors import DecisionReason as Why
from monitor.model import ArticleKind
from monitor.pipeline.recognition import Recognition
from monitor.store import Store, articles, prune, sketches, splits
from monitor.store.tables import article, poisoned_address, probe, resemblance, sketch
from tests.support.newsroom import DAY, HOUR, MINUTE, Newsroom, later
from tests.support.newswire import first_words, prose
from tests.support.subject import EVENTS, EVENTS_WITH_LEADS

WIRE = "Venezuela closed its border on Sunday. " + prose(1, 260)
RULE = "R: {match: Venezuela}"
Make = Callable[..., Newsroom]


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Make:
    return lambda rules=RULE, **options: Newsroom(store, tmp_path, rules, **options)


def kinds(it: Newsroom) -> list[str]:
    """What all articles were found to be, the earliest first."""
    rows = it.store.read(lambda conn: conn.execute(select(article.c.kind).order_by(article.c.id)).all())
    return [row.kind.value for row in rows]


def stories(it: Newsroom) -> list[int]:
    """The stories of all articles, numbered in the order of their beginning."""
    ids = it.store.read(lambda conn: conn.scalars(select(article.c.story_id).order_by(article.c.id)).all())
    order = list(dict.fromkeys(ids))
    return [order.index(id_) for id_ in ids]


def test_a_cut_and_reheaded_copy_is_folded_and_says_why(newsroom: Make) -> None:
    """It is stored, matched and not told; how alike it was, by which rule, is kept."""
    it = newsroom()
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    it.time += 14 * MINUTE
    report = it.run("B", 1, "Caracas shuts crossing points", first_words(WIRE, 180))
    assert (report.copies, [d.reason for d in report.decisions]) == (1, [Why.STORY_ALREADY_TOLD])
    (alert,) = it.alerts()
    _, copy = it.tellers(alert)
    assert copy.stored.kind is ArticleKind.COPY
    assert copy.why is not None
    assert copy.why.likeness is not None
    assert (copy.why.by, copy.why.likeness.rule) == ("wording", 2)
    assert copy.why.likeness.containment > 0.9


def test_a_copy_that_hits_a_rule_its_original_missed_is_told_with_what_it_repeats(newsroom: Make) -> None:
    """92 % of it may be old; to this rule it is news, and the message says where the rest stood."""
    it = newsroom("{R: {match: Venezuela}, Oil: {match: oilfield}}")
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    it.time += 14 * MINUTE
    it.run("B", 1, "An oilfield beyond the border", first_words(WIRE, 200))
    assert [(a.rule, str(a.reason)) for a in it.alerts()] == [("R", "new_story"), ("Oil", "new_story")]
    (note,) = it.alerts()[1].notes
    assert note.endswith("% of this text appeared in A 14 minutes earlier")


def test_events_of_one_subject_are_not_folded_for_the_words_of_the_rule(newsroom: Make) -> None:
    """25 events, two reports of each: every event is told, few of them twice; also after a restart."""
    it = newsroom("R: {match: Venezuela AND Russia}")
    told: set[int] = set()
    alerts = 0
    for turn in range(2):
        for number, titles in enumerate(EVENTS):
            it.time += 10 * MINUTE
            report = it.run("AB"[turn], number, titles[turn], "")
            if report.alerts:
                told.add(number)
                alerts += 1
        assert told == set(range(len(EVENTS))), "each at its first report"
        it.restart()
    assert alerts <= len(EVENTS) + 4


def test_events_of_one_subject_with_their_leads_are_told_once_each(newsroom: Make) -> None:
    """Twelve events, two reports of each, as they mix in two feeds: none lost, none told twice but one."""
    it = newsroom("R: {match: Venezuela AND Russia}")
    arrivals = [
        (event * 3 + turn * 4, event, turn) for event in range(len(EVENTS_WITH_LEADS)) for turn in range(2)
    ]
    alerts, told = 0, set()
    for _, event, turn in sorted(arrivals):
        it.time += 10 * MINUTE
        report = it.run("AB"[turn], event, *EVENTS_WITH_LEADS[event][turn])
        alerts += report.alerts
        told |= {event} if report.alerts else set()
    assert told == set(range(len(EVENTS_WITH_LEADS)))
    assert alerts <= len(EVENTS_WITH_LEADS) + 1


def test_a_restart_forgets_no_copy_and_no_story(newsroom: Make) -> None:
    """Probes and leads are in the database."""
    it = newsroom()
    it.run("A", 1, "Venezuela border closed as Maduro meets Caracas generals", WIRE)
    it.time += HOUR
    it.restart()
    assert it.run("B", 1, "Crossing points shut", first_words(WIRE, 180)).copies == 1
    it.run("C", 1, "Maduro meets generals in Caracas, Venezuela border closed")
    assert stories(it) == [0, 0, 0]
    assert it.told() == ["new_story"]


def test_two_processes_see_each_others_articles(newsroom: Make) -> None:
    """What another daemon has stored is caught up with before the next article is judged."""
    it = newsroom()
    it.run("A", 1, "Gas prices in Norway", prose(7))
    ours = it.ingest
    it.restart()
    it.run("B", 1, "Venezuela border closed as Maduro meets Caracas generals")
    it.ingest.recognition, other = ours.recognition, it.ingest.recognition
    assert other is not ours.recognition
    it.run("C", 1, "Maduro meets generals in Caracas, Venezuela border closed")
    assert stories(it) == [0, 1, 1]


def test_a_rule_for_articles_folds_nothing(newsroom: Make) -> None:
    """`alert: article` tells each copy."""
    it = newsroom("R: {match: Venezuela, alert: article}")
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    it.run("B", 1, "Caracas shuts crossing points", first_words(WIRE, 180))
    assert it.told() == ["new_article", "new_article"]


def test_a_daily_form_is_told_every_day(newsroom: Make) -> None:
    """The same words two days later on the same site are the next issue, not a copy."""
    it = newsroom("R: {match: pollen}")
    for number in range(3):
        it.run("A", number, "Pollen count for the city", f"Pollen is in the air. {prose(1, 60)}")
        it.time += 3 * DAY
    assert kinds(it) == ["new", "series", "series"]
    assert it.told() == ["new_story"] * 3


def test_todays_numbers_are_not_folded_into_yesterdays(newsroom: Make) -> None:
    """A table whose words stay and whose numbers change."""
    it = newsroom("R: {match: dividend}")
    for number in range(3):
        text = (
            f"The company declared a quarterly dividend of {number + 1}.{number + 3}5 dollars per share,"
            f" payable on March {number + 10} to holders of record on February {number + 20}, against"
            f" {number + 7}.40 dollars a year before, it said in a statement to the exchange on Monday."
        )
        it.run("A", number, f"Firm number {number} sets dividend", text)
        it.time += HOUR
    assert it.told() == ["new_story"] * 3


def test_a_roundup_is_no_copy_and_is_told(newsroom: Make) -> None:
    """The morning briefing quotes five articles and belongs to none of their stories."""
    it = newsroom()
    texts = [f"Venezuela item {number}. {prose(number + 20, 90)}" for number in range(9)]
    for number, text in enumerate(texts[:5]):
        it.run("ABCDE"[number], 1, prose(number + 40, 6), text)
    it.time += HOUR
    it.run("F", 1, "The briefing for Monday", "\n\n".join(texts))
    assert kinds(it)[-1] == "roundup"
    assert it.told() == ["new_story"] * 6


def test_headlines_that_share_names_only_are_two_stories(newsroom: Make) -> None:
    """What a rule looks for is in all that it finds: that alone makes no story."""
    it = newsroom("R: {match: Venezuela AND Russia}")
    it.run("A", 1, "Kremlin watches Venezuela from Russia")
    it.run("B", 1, "Oil of Venezuela, gas of Russia")
    it.run("C", 1, "Russia plays Venezuela at volleyball")
    assert it.told() == ["new_story"] * 3


def test_look_alike_events_are_told_apart(newsroom: Make) -> None:
    """Two quakes in one form of words, and two advisories that differ in their number only."""
    it = newsroom("R: {match: quake OR advisory}")
    form = (
        "An earthquake of magnitude {} struck {} km beneath {}, the geological survey said on Monday. "
        "There were no immediate reports of casualties or damage, and no tsunami warning was issued."
    )
    it.run("A", 1, "Magnitude 6.1 quake strikes Peru", form.format("6.1", 35, "Arequipa in southern Peru"))
    it.time += HOUR
    it.run("A", 2, "Magnitude 5.8 quake strikes Japan", form.format("5.8", 60, "Honshu island in Japan"))
    it.run("B", 1, "Security advisory 4711 for the mail server")
    it.run("B", 2, "Security advisory 4712 for the mail server")
    assert it.told() == ["new_story"] * 4


def test_a_paywall_stub_is_a_copy_of_the_full_text(newsroom: Make) -> None:
    """Seventy words of three hundred."""
    it = newsroom()
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    it.time += HOUR
    assert it.run("B", 1, "Caracas shuts crossing points", first_words(WIRE, 70)).copies == 1


def test_title_only_feeds_are_folded_by_headline(newsroom: Make) -> None:
    """For less than a day; the outlet's name at the end is no part of the headline."""
    it = newsroom()
    it.run("A", 1, "Storm hits the coast of Venezuela")
    it.run("B", 1, "Storm hits the coast of Venezuela - The Daily Post")
    it.time += 2 * DAY
    it.run("C", 1, "Storm hits the coast of Venezuela")
    assert kinds(it) == ["new", "copy", "new"]
    assert it.told() == ["new_story", "new_story"]


def test_redated_and_reguided_items_are_told_once(newsroom: Make) -> None:
    """A new date makes nothing new, nor does a new id under the same address or with the same text."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    it.time += HOUR
    assert it.publish("A", later(first, published_at=it.time)).new == 0
    it.publish("A", later(first, id="other"))
    it.publish("A", later(first, id="third", url="https://a.example/moved"))
    assert it.told() == ["new_story"]


def test_an_edit_of_markup_alone_is_no_change(newsroom: Make) -> None:
    """The visible text is what counts."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", "<p>Venezuela closed its <b>border</b>.</p>")
    it.publish("A", first)
    report = it.publish("A", later(first, content="<div>Venezuela closed its border.</div><img src=x>"))
    assert (report.new, report.updated, it.told()) == (0, 0, ["new_story"])


def test_a_declared_address_on_the_same_site_is_the_same_article(newsroom: Make) -> None:
    """What the page names as its address is known under it, whichever item comes first."""
    it = newsroom()
    it.publish(
        "A",
        later(
            it.article("A", 1, "Border closed in Venezuela", url="https://a.example/?id=99x"),
            declared=("https://a.example/news/border",),
        ),
    )
    it.run("B", 1, "Something else about Venezuela here", url="https://a.example/news/border")
    assert kinds(it) == ["new", "copy"]


def test_a_declared_address_elsewhere_is_a_copy_of_what_stands_there(newsroom: Make) -> None:
    """Syndication: told apart from the same article under another address."""
    it = newsroom()
    it.run("A", 1, "Border closed in Venezuela")
    syndicated = it.article("B", 1, "What our partner says of Venezuela")
    it.publish("B", later(syndicated, declared=("https://a.example/1",)))
    (alert,) = it.alerts()
    why = it.tellers(alert)[1].why
    assert kinds(it) == ["new", "copy"]
    assert why is not None
    assert why.by == "canonical"


def test_an_address_of_many_articles_identifies_none(newsroom: Make) -> None:
    """An error page under which three different headlines appeared in a day stops being a key, for good."""
    it = newsroom()
    titles = ["Norway raises interest rates", "Volleyball cup ends in Cuba", "Whales return to the fjord"]
    for number, title in enumerate(titles):
        it.run("ABC"[number], 1, title, url="https://e.example/not-found.html")
    it.restart()
    it.run("D", 1, "Venezuela closes its border posts", url="https://e.example/not-found.html")
    assert kinds(it)[-1] == "new"
    poisoned = it.store.read(lambda conn: conn.scalars(select(poisoned_address.c.key)).all())
    assert poisoned == ["e.example/not-found.html"]


def test_a_feed_that_links_all_to_one_page_has_many_articles(newsroom: Make) -> None:
    """One item a document, without guids: each is told, is known again, and its edits are updates."""
    it = newsroom()
    link = "https://a.example/latest"
    titles = ["Venezuela closes its border", "Parliament votes on quotas", "Champions lose the final"]
    items = [
        it.article("A", 1, title, f"Venezuela {number}. {prose(number)}", id=link, url=link)
        for number, title in enumerate(titles)
    ]
    for item in items:
        it.publish("A", item)
        it.time += HOUR
    assert kinds(it) == ["new"] * 3
    assert it.told() == ["new_story"] * 3
    for item in items:
        it.time += MINUTE
        report = it.publish("A", item)
        assert (report.new, report.updated, report.copies) == (0, 0, 0)
    report = it.publish("A", later(items[1], content=items[1].content + " A sentence more."))
    assert (report.new, report.updated, report.copies) == (0, 1, 0)


def test_an_article_that_is_edited_at_its_address_stays_one(newsroom: Make) -> None:
    """A new headline, then a new text: each leaves enough of what was there."""
    it = newsroom()
    link = "https://a.example/latest"
    first = it.article("A", 1, "Venezuela closes its border", f"Venezuela. {prose(1)}", id=link, url=link)
    for item in (
        first,
        later(first, title="Crossing points shut in Caracas"),
        later(first, title="Crossing points shut in Caracas", content=f"Venezuela. {prose(2)}"),
    ):
        it.publish("A", item)
        it.time += HOUR
    assert kinds(it) == ["new"]
    assert it.told()[0] == "new_story"


def test_a_split_article_never_comes_back(newsroom: Make) -> None:
    """It tells a story of its own, with its copies, before and after a restart; nothing is told anew."""
    it = newsroom()
    headline = "Maduro meets Caracas generals as Venezuela border closed"
    it.run("A", 1, headline + " today")
    it.run("B", 1, headline + " tomorrow")
    assert stories(it) == [0, 0]
    second = it.tellers(it.alerts()[0])[1].stored
    it.store.write(lambda conn: splits.split(conn, [second.id], now=it.time))
    assert stories(it) == [0, 1]
    it.run("C", 1, headline + " tomorrow morning")
    it.restart()
    it.run("D", 1, headline + " tomorrow night")
    assert stories(it)[:3] == [0, 1, 1]
    assert stories(it)[3] == 1
    assert it.told() == ["new_story", "new_story"]  # the second of the third article, of a story untold


def test_when_more_comes_than_is_remembered_the_oldest_stories_end_and_the_log_says_so(
    newsroom: Make,
) -> None:
    """A story that goes on stays open, an idle one is forgotten; the warning comes once a day."""
    it = newsroom()
    it.ingest.recognition = Recognition(members=6)
    with capture_logs() as logged:
        it.run("A", 1, "Maduro meets Caracas generals as Venezuela border closed")
        it.run("B", 1, "Lula receives Brazil governors over Venezuela refugees")
        for number in range(8):
            it.time += 10 * MINUTE
            it.run("C", number, f"{prose(number + 300, 9)}")
            if number in (2, 4):
                it.run(
                    "DE"[number // 4],
                    1,
                    (
                        f"Maduro meets Caracas generals, Venezuela border closed, {it.names[number]} says",
                        "Border of Venezuela closed, Maduro meets generals in Caracas",
                    )[number // 4],
                )
        it.run("F", 1, "Caracas generals meet Maduro as Venezuela border closed")
        it.run("G", 1, "Lula receives Brazil governors, Venezuela refugees")
    found = stories(it)
    assert (found[-2], found[-1]) == (0, max(found))
    crowded = [line for line in logged if line["event"] == "stories_crowded"]
    assert [(line["log_level"], line["articles"]) for line in crowded] == [("warning", 6)]
    assert 0 < crowded[0]["hours"] < 36


def test_what_finds_copies_is_pruned_by_age(newsroom: Make) -> None:
    """Probes and leads go after some days, and with their article; nothing is left behind."""
    it = newsroom()
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    it.run("B", 1, "Caracas shuts crossing points", first_words(WIRE, 180))

    def count(table: object) -> int:
        return it.store.read(lambda conn: conn.scalar(select(func.count()).select_from(table))) or 0  # type: ignore[arg-type]

    assert (count(probe), count(sketch), count(resemblance)) == (32, 2, 1)
    old = it.time - timedelta(days=90)
    it.store.write(lambda conn: prune.prune(conn, before=old, compared_before=it.time + MINUTE, limit=1))
    assert (count(probe), count(sketch)) == (16, 1)
    soon = it.time + MINUTE
    it.store.write(lambda conn: prune.prune(conn, before=soon, compared_before=old, limit=9))
    assert (count(probe), count(sketch), count(resemblance)) == (0, 0, 0)


def test_a_probe_of_thousands_is_not_read_through(store: Store) -> None:
    """What very many texts have in common finds the newest of them only."""
    store.write(
        lambda conn: conn.execute(
            probe.insert(), [{"hash": 7 - 2**31, "article_id": number} for number in range(1, 1001)]
        )
    )
    found = store.read(lambda conn: sketches.find(conn, np.array([7 << 32, 9 << 32], dtype=np.uint64)))
    assert len(found) == sketches.MOST_POSTINGS
    assert max(found) == 1000


def test_a_long_poll_is_committed_in_pieces_and_forgets_nothing(newsroom: Make) -> None:
    """More items than one transaction takes: all are kept, the feed's state with the last."""
    it = newsroom()
    many = [
        it.article("A", number, f"Venezuela: {prose(number, 7)}", prose(number + 500, 30))
        for number in range(120)
    ]
    report = it.publish("A", *many)
    assert (report.new, report.entries, len(report.decisions)) == (120, 120, 120)
    assert it.publish("A", *many).new == 0
    state = it.store.read(lambda conn: articles.recent(conn, since=it.time - DAY, limit=500))
    assert len(state) == 120
