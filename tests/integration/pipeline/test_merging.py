"""Two stories that are found to be one: recorded, told no more for it, and never against a person's word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.deliver.render import thread_of
from monitor.model import AlertKind, StoryId
from monitor.store import Store, merges, prune, splits, stories
from monitor.store.tables import article, story
from tests.support.newsroom import DAY, HOUR, MINUTE, START, Newsroom

STORM = "Storm Ylva floods Bergen harbour"
FERRY = "Ferry Esmeralda with nine aboard sinks near Askoy"
BRIDGES = [
    "Ferry Esmeralda with nine aboard sinks near Askoy in storm Ylva",
    "Storm Ylva sinks ferry Esmeralda near Askoy as Bergen harbour floods",
    "Storm Ylva floods Bergen harbour, ferry Esmeralda with nine aboard sinks near Askoy",
]
LATER = "Ferry Esmeralda sinks in storm Ylva near Bergen harbour"
RULE = "R: {match: storm OR ferry}"
Make = Callable[..., Newsroom]


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Make:
    return lambda rules=RULE, **options: Newsroom(store, tmp_path, rules, **options)


def found(it: Newsroom) -> list[int]:
    """The stories of all articles, the earliest first."""
    return [
        *it.store.read(lambda conn: conn.scalars(select(article.c.story_id).order_by(article.c.id)).all())
    ]


def bring(it: Newsroom, *titles: str, first: int = 0) -> None:
    """One outlet after the other carries a headline."""
    for number, title in enumerate(titles, first):
        it.run("ABCDEFGH"[number], 1, title)
        it.time += MINUTE


def test_stories_that_are_one_are_told_no_more(newsroom: Make) -> None:
    """All articles tell the earlier one, its number and the other's lead there; no alert comes of it."""
    it = newsroom()
    bring(it, STORM, FERRY, *BRIDGES[:2])
    one, other = dict.fromkeys(found(it))
    assert found(it) == [one, other, other, one]
    assert it.told() == ["new_story", "new_story"]
    bring(it, BRIDGES[2], LATER, first=4)
    assert found(it) == [one] * 6
    assert it.told() == ["new_story", "new_story"]
    assert [alert.story_id for alert in it.alerts()] == [one, one]
    by_old = it.store.read(lambda conn: stories.get(conn, StoryId(other)))
    assert by_old is not None
    assert (by_old.id, by_old.coverage.outlets) == (one, 6)
    (merge,) = by_old.merges
    assert (merge.kept_id, merge.absorbed_id, merge.article_id) == (one, other, by_old.first.id + 4)
    assert 0.5 <= merge.likeness <= 1


def test_a_merge_is_known_after_a_restart_and_to_other_daemons(newsroom: Make) -> None:
    """What comes later joins the story that goes on."""
    it = newsroom()
    bring(it, STORM, FERRY)
    theirs = it.ingest
    it.restart()
    bring(it, *BRIDGES, first=2)
    ours, it.ingest.recognition = it.ingest.recognition, theirs.recognition
    assert ours is not theirs.recognition
    bring(it, LATER, first=5)
    it.restart()
    it.time += HOUR
    bring(it, FERRY + " harbour", first=6)
    assert len(set(found(it))) == 1
    assert it.told() == ["new_story", "new_story"]


def test_copies_move_with_their_story(newsroom: Make) -> None:
    """Also those that share a headline, which are members of no story of their own."""
    it = newsroom()
    bring(it, STORM, FERRY, FERRY, *BRIDGES)
    kinds = it.store.read(lambda conn: conn.scalars(select(article.c.kind).order_by(article.c.id)).all())
    assert [str(kind) for kind in kinds][:3] == ["new", "new", "copy"]
    assert len(set(found(it))) == 1


def test_a_rule_that_told_of_one_of_them_goes_on_in_its_thread(newsroom: Make) -> None:
    """A follow-up answers the message that was sent, though its story has another number by now."""
    it = newsroom("{F: {match: 'source:B', follow_up: [5]}, S: {match: 'source:A', follow_up: [6]}}")
    bring(it, STORM, FERRY)
    before = {alert.rule: thread_of(alert) for alert in it.alerts()}
    bring(it, *BRIDGES, first=2)
    bring(it, LATER, first=5)
    after = [(alert.rule, alert.kind, thread_of(alert)) for alert in it.alerts()]
    assert after[2:] == [
        ("F", AlertKind.FOLLOW_UP, before["F"]),
        ("S", AlertKind.FOLLOW_UP, before["S"]),
    ]
    assert [thread for _, _, thread in after[:2]] == [before["S"], before["F"]]
    assert [alert.first_of_thread for alert in it.alerts()] == [True, True, False, False]


def test_what_a_person_split_is_never_merged(newsroom: Make) -> None:
    """Before and after a restart."""
    it = newsroom()
    bring(it, STORM, FERRY)
    one, other = found(it)
    second = it.tellers(it.alerts()[1])[0].stored.id

    def split(conn) -> StoryId:  # type: ignore[no-untyped-def]
        conn.execute(article.update().where(article.c.story_id == other).values(story_id=one))
        return splits.split(conn, [second], now=it.time)

    apart = it.store.write(split)
    bring(it, *BRIDGES[:2], first=2)
    it.restart()
    bring(it, BRIDGES[2], LATER, first=4)
    assert set(found(it)) == {one, apart}
    assert it.store.read(lambda conn: merges.after(conn, 0)) == []


def test_a_merge_that_was_wrong_is_split_for_good(newsroom: Make) -> None:
    """The articles that a person takes out again stay out, whatever comes."""
    it = newsroom()
    bring(it, STORM, FERRY, *BRIDGES)
    taken = [teller.stored.id for teller in it.tellers(it.alerts()[0])][1:3]
    to = it.store.write(lambda conn: splits.split(conn, taken, now=it.time))
    bring(it, FERRY + " today", BRIDGES[0] + " today", first=5)
    assert found(it)[1:3] == [to, to]
    assert len(it.store.read(lambda conn: merges.after(conn, 0))) == 1


def test_merges_form_no_chains(store: Store) -> None:
    """Each number leads straight to the story that goes on; one that is gone is left alone."""

    def begin(conn) -> list[StoryId]:  # type: ignore[no-untyped-def]
        new = story.insert().returning(story.c.id)
        return [conn.execute(new, {"started_at": START, "latest_at": START}).scalar_one() for _ in range(3)]

    def merge(one: StoryId, other: StoryId) -> StoryId | None:
        return store.write(
            lambda conn: merges.merge(conn, one, other, article_id=1, likeness=0.7, now=START)  # type: ignore[arg-type]
        )

    a, b, c = store.write(begin)
    assert merge(c, b) == b
    assert merge(c, a) == a
    assert [store.read(lambda conn, id_=id_: merges.resolve(conn, id_)) for id_ in (a, b, c)] == [a, a, a]  # type: ignore[misc]
    assert merge(b, c) is None
    assert merge(a, StoryId(c + 99)) is None
    taken_in = store.read(lambda conn: merges.of_story(conn, a))
    assert [(one.kept_id, one.absorbed_id) for one in taken_in] == [(b, c), (a, b)]
    store.write(lambda conn: prune.prune(conn, before=START + DAY, compared_before=START, limit=9))
    assert store.read(lambda conn: merges.after(conn, 0)) == []
