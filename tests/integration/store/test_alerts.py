"""The ledger: every alert whole, every match with its reason."""

from dataclasses import MISSING, fields, replace

import pytest

from monitor.errors import DecisionReason, StoreError
from monitor.model import Alert, AlertId, AlertKind, Article, Difference, Match, Priority, Span, StoryId
from monitor.store import Store, alerts, articles
from monitor.store.alerts import RecordedMatch
from tests.support.stored import MINUTE, NOW, add_alert, add_article, keys

ARTICLE = Article(
    "1", title="A flood", tags=("x", "y"), url="https://example.org/1", published_at=NOW, updated_at=NOW
)


def story_alert(story_id: StoryId, **options) -> Alert:
    values = {
        "id": AlertId(0),
        "rule": "floods",
        "kind": AlertKind.STORY,
        "decided_at": NOW,
        "priority": Priority.HIGH,
        "story_id": story_id,
        "thread_id": StoryId(77),
        "article": ARTICLE,
        "spans": (Span("title", 2, 7), Span("body", 0, 3)),
        "query": 'flood* OR "high water"',
        "reason": DecisionReason.NEW_STORY,
        "notes": ("language unknown: taken as a match",),
        "headline": "headline",
        "detail": "detail",
        "first_of_thread": False,
        "seen_at": NOW - MINUTE,
        "outlets": 12,
        "collect_until": NOW + MINUTE,
        "acknowledged_at": NOW + 2 * MINUTE,
        "acknowledged_by": "ada",
    }
    values["difference"] = Difference(("figure",), "Old", "New", ("Now 2.",), ("Then 1.",))
    return Alert(**(values | options))


def insert(store: Store, alert: Alert, key: str = "key", **options) -> AlertId | None:
    return store.write(lambda conn: alerts.insert(conn, alert, unique_key=key, **options))


def get(store: Store, alert_id: AlertId | None) -> Alert | None:
    assert alert_id is not None
    return store.read(lambda conn: alerts.get(conn, alert_id))


def test_an_alert_is_kept_whole(store: Store) -> None:
    """Every field comes back, the article and its marked words included."""
    ref = add_article(store)
    alert = story_alert(ref.story_id)
    counted = {"reports", "copies"}  # when a message is made
    default = [
        f.name
        for f in fields(Alert)
        if f.name not in counted and f.default is not MISSING and getattr(alert, f.name) == f.default
    ]
    assert default == [], "give every field a value of its own, so that none can be forgotten"
    id_ = insert(store, alert, article_id=ref.id)
    assert id_ is not None
    at, by = alert.acknowledged_at, alert.acknowledged_by
    assert at is not None
    assert store.write(lambda conn: alerts.acknowledge(conn, id_, by=by, now=at))
    assert get(store, id_) == replace(alert, id=id_)


def test_a_notice_needs_no_article(store: Store) -> None:
    """An alert about newsmonitor itself has neither article nor story."""
    notice = Alert(AlertId(0), "", AlertKind.NOTICE, NOW, headline="The feed x fails", detail="timeout")
    id_ = insert(store, notice)
    assert get(store, id_) == replace(notice, id=id_)
    assert store.read(lambda conn: alerts.get(conn, AlertId(999))) is None


def test_an_alert_keeps_the_article_as_it_was_told(store: Store) -> None:
    """A later edit of the article does not move the words that the alert points at."""
    ref = add_article(store)
    id_ = insert(store, story_alert(ref.story_id), article_id=ref.id)
    edited = Article("1", title="Something else")
    store.write(lambda conn: articles.update(conn, ref, article=edited, keys=keys(), now=NOW))
    assert get(store, id_).article == ARTICLE


def test_an_alert_is_made_once(store: Store) -> None:
    """The same unique key gives no second alert, whatever it says."""
    ref = add_article(store)
    assert not store.read(lambda conn: alerts.has_key(conn, "key"))
    first = insert(store, story_alert(ref.story_id))
    assert first is not None
    assert insert(store, story_alert(ref.story_id, rule="other")) is None
    assert store.read(lambda conn: alerts.has_key(conn, "key"))
    assert [alert.id for alert in store.read(lambda conn: alerts.recent(conn, limit=9))] == [first]


def test_an_alert_of_no_story_is_refused(store: Store) -> None:
    """A story that does not exist is a fault, not a gap in the ledger."""
    with pytest.raises(StoreError):
        insert(store, story_alert(StoryId(999)))


def test_told_pairs(store: Store) -> None:
    """Exactly those pairs of rule and story that have an alert."""
    one, two = add_article(store, "one"), add_article(store, "two")
    insert(store, story_alert(one.story_id), "1")
    insert(store, story_alert(two.story_id, rule="fires"), "2")
    pairs = [(rule, ref.story_id) for rule in ("floods", "fires") for ref in (one, two)]
    expected = {("floods", one.story_id), ("fires", two.story_id)}
    assert store.read(lambda conn: alerts.told(conn, pairs)) == expected
    assert store.read(lambda conn: alerts.told(conn, pairs[1:2])) == set()
    assert store.read(lambda conn: alerts.told(conn, [])) == set()


def test_when_a_rule_last_told(store: Store) -> None:
    """The latest alert of each rule counts; notices and rules that never alerted do not."""
    ref = add_article(store)
    insert(store, story_alert(ref.story_id, decided_at=NOW), "1")
    insert(store, story_alert(ref.story_id, decided_at=NOW - MINUTE), "2")
    add_alert(store, "3", rule="notices")
    found = store.read(lambda conn: alerts.last_told_at(conn, ["floods", "notices", "never"]))
    assert found == {"floods": NOW}


def test_recent_alerts_come_latest_first(store: Store) -> None:
    """Of one rule and since a time, if asked."""
    ids = [add_alert(store, str(n), rule="ab"[n % 2], now=NOW + n * MINUTE) for n in range(4)]

    def recent(**options) -> list[AlertId]:
        return [alert.id for alert in store.read(lambda conn: alerts.recent(conn, **options))]

    assert recent(limit=9) == ids[::-1]
    assert recent(limit=1) == [ids[3]]
    assert recent(limit=9, rule="a") == [ids[2], ids[0]]
    assert recent(limit=9, since=NOW + 2 * MINUTE) == [ids[3], ids[2]]


def test_matches_are_recorded_with_their_reason(store: Store) -> None:
    """What was decided about an article, in order, of all rules or one; told or not."""
    ref = add_article(store)
    alert_id = add_alert(store)
    told = Match("floods", (Span("title", 0, 5),), 42.5, ("note",))
    quiet = Match("fires")

    def record(match: Match, decision, reason: DecisionReason, alert: AlertId | None) -> None:
        store.write(
            lambda conn: alerts.record_match(
                conn,
                article_id=ref.id,
                match=match,
                decision=decision,
                reason=reason,
                alert_id=alert,
                now=NOW,
            )
        )

    record(told, "alert", DecisionReason.NEW_STORY, alert_id)
    record(quiet, "suppress", DecisionReason.TOO_OLD, None)
    expected = [
        RecordedMatch(ref.id, told, "alert", DecisionReason.NEW_STORY, alert_id, NOW),
        RecordedMatch(ref.id, quiet, "suppress", DecisionReason.TOO_OLD, None, NOW),
    ]
    assert store.read(lambda conn: alerts.matches(conn, ref.id)) == expected
    assert store.read(lambda conn: alerts.matches(conn, ref.id, rule="fires")) == expected[1:]


def test_a_reason_of_a_later_version_does_not_stop_this_one(store: Store) -> None:
    """A word that this version does not know reads as "no reason given"."""
    id_ = add_alert(store)
    store.write(lambda conn: conn.exec_driver_sql("UPDATE alert SET reason = 'invented_later'"))
    assert get(store, id_).reason is None
