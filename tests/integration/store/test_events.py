"""Events of feeds: kept in order, read on from where one stopped, removed when old; on both databases."""

from datetime import timedelta

from monitor.model import Event, EventKind
from monitor.store import Store, events
from monitor.store.prune import prune
from tests.support.stored import MINUTE, NOW

KINDS = list(EventKind)


def put(store: Store, count: int = 5) -> None:
    """So many events, a minute apart, of two feeds."""
    made = [
        Event(KINDS[n % len(KINDS)], f"https://{n % 2}.example/", NOW + n * MINUTE, f"number {n}", {"n": n})
        for n in range(count)
    ]
    store.write(lambda conn: events.insert(conn, made))


def numbers(found: list[Event]) -> list[int]:
    return [event.facts["n"] for event in found]


def test_an_event_comes_back_whole(store: Store) -> None:
    """Kind, subject, time, sentence and facts are kept; the id is given."""
    event = Event(EventKind.FEED_ROLLED_OVER, "https://a.example/", NOW, "Ünseen", {"unseen": 12})
    store.write(lambda conn: events.insert(conn, [event]))
    (found,) = store.read(events.recent)
    assert found.id == store.read(events.last_id) > 0
    assert (found.kind, found.subject, found.happened_at, found.detail, found.facts) == (
        event.kind,
        event.subject,
        event.happened_at,
        event.detail,
        event.facts,
    )


def test_the_newest_come_in_the_order_of_their_happening(store: Store) -> None:
    """Of more than the limit the newest are given, oldest first; none when there are none."""
    assert store.read(events.recent) == []
    assert store.read(events.last_id) == 0
    put(store)
    assert numbers(store.read(lambda conn: events.recent(conn, limit=3))) == [2, 3, 4]


def test_reading_on_misses_none(store: Store) -> None:
    """With the last id that was seen, the oldest of the rest come first."""
    put(store, 9)
    seen, last = [], 0
    first = store.read(lambda conn: events.recent(conn))[0].id
    last = first
    while found := store.read(lambda conn, last=last: events.recent(conn, after=last, limit=3)):
        seen += numbers(found)
        last = found[-1].id
    assert seen == list(range(1, 9))


def test_events_are_chosen_by_time_kind_and_feed(store: Store) -> None:
    """Each condition narrows what is found."""
    put(store)
    assert numbers(store.read(lambda conn: events.recent(conn, since=NOW + 3 * MINUTE))) == [3, 4]
    assert numbers(store.read(lambda conn: events.recent(conn, kinds=[KINDS[1], KINDS[3]]))) == [1, 3]
    assert numbers(store.read(lambda conn: events.recent(conn, subject="https://1.example/"))) == [1, 3]
    assert store.read(lambda conn: events.recent(conn, kinds=[])) == []


def test_old_events_are_pruned_in_batches(store: Store) -> None:
    """With everything else that is old, so many at a time."""
    put(store)
    before = NOW + timedelta(minutes=2.5)
    store.write(lambda conn: prune(conn, before=before, compared_before=before, limit=2))
    assert numbers(store.read(events.recent)) == [2, 3, 4]
    store.write(lambda conn: prune(conn, before=before, compared_before=before, limit=2))
    assert numbers(store.read(events.recent)) == [3, 4]
