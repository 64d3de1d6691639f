"""What is told about a story after its first message: updates, corrections, follow-ups, and how often."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import DecisionReason as Why
from monitor.model import Alert, AlertKind
from monitor.store import Store, outbox
from tests.support.newsroom import HOUR, MINUTE, Newsroom, later
from tests.support.newswire import first_words, prose

WIRE = "Venezuela closed its border on Sunday, and 40 soldiers were sent. " + prose(1, 260)
RULE = "R: {match: Venezuela}"
Make = Callable[..., Newsroom]


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Make:
    return lambda rules=RULE, **options: Newsroom(store, tmp_path, rules, **options)


def waits(it: Newsroom, alert: Alert) -> timedelta:
    """How long after its decision a message goes out."""
    (delivery,) = it.store.read(lambda conn: outbox.of_alert(conn, alert.id))
    return delivery.due_at - alert.decided_at


def test_a_material_update_is_told_in_the_thread_with_the_difference(newsroom: Make) -> None:
    """A figure in the lead is another one now."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    it.time += HOUR
    it.publish("A", later(first, content=WIRE.replace("40 soldiers", "900 soldiers")))
    alert = it.alerts()[1]
    assert (alert.kind, alert.reason, alert.first_of_thread) == (AlertKind.UPDATE, Why.UPDATED, False)
    assert alert.difference is not None
    assert alert.difference.reasons == ("figure",)
    assert "900 soldiers" in alert.difference.added[0]
    assert "40 soldiers" in alert.difference.removed[0]
    assert alert.story_id == it.alerts()[0].story_id


def test_a_cosmetic_update_is_never_told(newsroom: Make) -> None:
    """A typing error mended, and the reason says so."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    report = it.publish("A", later(first, content=WIRE.replace("were sent", "have been sent")))
    assert [d.reason for d in report.decisions] == [Why.COSMETIC_CHANGE]
    assert it.told() == ["new_story"]


def test_small_edits_that_add_up_are_told(newsroom: Make) -> None:
    """What counts is the difference from what was told, not from the version before."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    for number in range(1, 4):
        it.time += HOUR
        it.publish("A", later(first, content=f"{WIRE} {prose(99, 20 * number)}"))
    assert it.told() == ["new_story", "updated"]


def test_a_correction_is_told_at_once_and_marked(newsroom: Make) -> None:
    """Whatever was told a moment ago, and also where its text no longer is what the rule looks for."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    it.time += MINUTE
    it.publish("A", later(first, content=WIRE.replace("40 soldiers", "900 soldiers")))
    it.time += MINUTE
    corrected = WIRE.replace("Venezuela", "Colombia") + "\n\nCorrection: it was Colombia's border."
    it.publish("A", later(first, title="Border of Colombia closed", content=corrected))
    assert it.told() == ["new_story", "updated", "corrected"]
    assert not waits(it, it.alerts()[2])


def test_a_correction_in_a_copy_is_told_once(newsroom: Make) -> None:
    """By whichever outlet: the second that carries the corrected text is a copy of what was told."""
    it = newsroom()
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    corrected = f"{WIRE}\n\nCorrection: it was closed on Saturday."
    it.run("B", 1, "CORRECTED: Border of Venezuela closed", corrected)
    it.run("C", 1, "CORRECTED: Venezuela's border is closed", corrected)
    assert it.told() == ["new_story", "corrected"]


@pytest.mark.parametrize("words", [20, 260])
@pytest.mark.parametrize("scope", ["story", "article"])
def test_a_correction_under_a_guid_and_address_of_its_own_is_told(
    newsroom: Make, words: int, scope: str
) -> None:
    """At once, marked, in the thread, and though its text no longer is what the rule looks for; once."""
    it = newsroom(f"R: {{match: Venezuela, alert: {scope}}}")
    text = "Venezuela closed its border on Sunday, and 40 soldiers were sent. " + prose(1, words)
    it.run("A", 1, "Venezuela closes border, 40 soldiers sent", text)
    it.time += MINUTE
    corrected = text.replace("40 soldiers", "900 soldiers").replace("Venezuela", "Colombia")
    second = it.article("A", 2, "CORRECTED - Colombia closes border, 900 soldiers sent", corrected)
    report = it.publish("A", second)
    assert (report.updated, report.copies, report.new) == (1, 0, 0)
    assert it.told() == [f"new_{scope}", "corrected"]
    first, alert = it.alerts()
    assert (alert.kind, alert.story_id, alert.first_of_thread) == (AlertKind.UPDATE, first.story_id, False)
    assert alert.difference is not None
    assert "correction" in alert.difference.reasons
    assert not waits(it, alert)
    it.time += MINUTE
    it.publish("A", it.article("A", 1, "Venezuela closes border, 40 soldiers sent", text), second)
    assert len(it.told()) == 2


def test_a_numbered_version_is_told_if_it_is_material(newsroom: Make) -> None:
    """An agency's "UPDATE 1-": its figures changed. "UPDATE 2-" with the same again is a copy."""
    it = newsroom()
    it.run("A", 1, "Venezuela closes border, 40 soldiers sent", WIRE)
    it.time += HOUR
    text = WIRE.replace("40 soldiers", "900 soldiers")
    it.run("A", 2, "UPDATE 1-Venezuela closes border, 900 soldiers sent", text)
    it.time += HOUR
    report = it.run("A", 3, "UPDATE 2-Venezuela closes border, 900 soldiers sent", text)
    assert (report.updated, report.copies) == (0, 1)
    assert it.told() == ["new_story", "updated"]


def test_a_reprint_under_a_guid_and_address_of_its_own_is_not_told(newsroom: Make) -> None:
    """With another headline it is still the same text of the same outlet."""
    it = newsroom()
    it.run("A", 1, "Venezuela closes border, 40 soldiers sent", WIRE)
    it.time += HOUR
    report = it.run("A", 2, "Venezuela shuts crossing points", WIRE)
    assert (report.updated, report.copies) == (0, 1)
    assert it.told() == ["new_story"]


def test_updates_wait_their_turn_and_take_up_what_comes_meanwhile(newsroom: Make) -> None:
    """An article that is edited every five minutes makes a message at once and one in each half hour."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    it.publish("A", first)
    for number in range(1, 7):
        it.time += 5 * MINUTE
        it.publish("A", later(first, content=WIRE.replace("40 soldiers", f"{number}00 soldiers")))
    assert it.told() == ["new_story", "updated", "updated"]
    one, two = it.alerts()[1:]
    assert (waits(it, one), waits(it, two)) == (timedelta(0), 25 * MINUTE)
    assert two.difference is not None
    assert two.article is not None
    assert "600 soldiers" in two.difference.added[0]
    assert "600 soldiers" in two.article.content
    assert "100 soldiers" in two.difference.removed[0]


def test_the_same_version_is_told_once(newsroom: Make) -> None:
    """A feed that goes back and forth between two texts."""
    it = newsroom()
    first = it.article("A", 1, "Border of Venezuela closed", WIRE)
    second = later(first, content=WIRE.replace("40 soldiers", "900 soldiers"))
    for version in (first, second, first, second, first, second):
        it.time += HOUR
        it.publish("A", version)
    assert it.told() == ["new_story", "updated", "updated"]


def test_follow_ups_come_at_their_steps_and_not_more_often_than_half_hourly(newsroom: Make) -> None:
    """The second step comes soon after the first: it waits, and tells of what has come meanwhile."""
    it = newsroom("R: {match: Venezuela, follow_up: [3, 5, 7]}", outlets=10)
    it.run("A", 1, "Border of Venezuela closed", WIRE)
    for number, outlet in enumerate("BCDEFGHI"):
        it.time += 2 * MINUTE
        it.run(outlet, 1, f"Crossing points shut, says {outlet}", first_words(WIRE, 200 + number))
    assert it.told() == ["new_story", "follow_up", "follow_up"]
    one, two = it.alerts()[1:]
    assert (one.outlets, two.outlets) == (3, 9)
    assert (waits(it, one), waits(it, two)) == (timedelta(0), 26 * MINUTE)
    assert not two.first_of_thread


def test_reports_in_other_words_count_too(newsroom: Make) -> None:
    """Independent reports join the story and its follow-up."""
    it = newsroom("R: {match: Venezuela, follow_up: [3]}")
    it.run("A", 1, "Venezuela border closed as Maduro meets Caracas generals", WIRE)
    it.run("B", 1, "Maduro meets generals in Caracas, Venezuela border closed")
    report = it.publish("C", it.article("C", 1, "Caracas: Maduro and generals close Venezuela border"))
    assert it.told() == ["new_story", "follow_up"]
    assert (report.matches, report.alerts) == (1, 1)  # a follow-up is no match of its own


def test_a_live_blog_tells_what_is_new_in_it(newsroom: Make) -> None:
    """Rules look at its new entries; what stood in it before matches no more, and nothing is its copy."""
    it = newsroom()
    entries = [f"Nothing of note. {prose(number, 40)}" for number in range(4)]
    blog = it.article("A", 1, "Live: elections in Latin America", url="https://a.example/live/1")

    def grow(*news: str) -> None:
        it.time += HOUR
        entries[:0] = news
        it.publish("A", later(blog, content="".join(f"<p>{entry}</p>" for entry in entries)))

    grow()
    grow(f"Venezuela closed its polls. {prose(50, 60)}")
    grow(f"Peru counts. {prose(51, 60)}")
    grow("Venezuela counts too.")
    assert it.told() == ["updated_into_rule", "updated"]
    alert = it.alerts()[1]
    assert alert.difference is not None
    assert alert.difference.added == ("Venezuela counts too.",)
    report = f"Venezuela closed its polls. {prose(50, 60)}"
    it.run("B", 1, "Polls close in Caracas", report)
    assert it.told()[2:] == ["new_story"]
