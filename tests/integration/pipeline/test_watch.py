"""Watching the watch: each thing told once, and once more when it is over; on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerting.breaker import Breaker
from monitor.config import Config, load
from monitor.deliver.channel import TemplateFaults
from monitor.errors import DecisionReason, DeliveryReason
from monitor.model import Alert, Event, EventKind, Match
from monitor.pipeline.watch import Watch
from monitor.store import Store, alerts, events, outbox
from tests.support.stored import add_article

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CONFIG = """
settings: {watch: {disk_free: 100MiB, channel_down: 15m}}
feeds: [{url: "https://example.org/feed", name: Example World}]
channels: {mail: console://, chat: console://}
defaults: {channels: [mail]}
rules: {Oil: oil}
"""


class Post:
    """A watch with everything around it made up."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self.now = NOW
        self.free: int | None = 10**12
        self.breakers: dict[str, Breaker] = {}
        self.config = config
        self.watch = self.restarted()

    def restarted(self) -> Watch:
        return Watch(
            self.store,
            lambda: self.config,
            lambda: {"mail": ("desk",), "chat": ("",)},
            lambda: self.breakers,
            "here",
            lambda: self.now,
            lambda: self.free,
        )

    def look(self, *, after: timedelta = MINUTE) -> list[Alert]:
        """The notices of one more look."""
        self.now += after
        known = {alert.id for alert in self.notices()}
        count = self.watch.look()
        new = [alert for alert in self.notices() if alert.id not in known]
        assert count == len(new)
        return new

    def notices(self) -> list[Alert]:
        return list(reversed(self.store.read(lambda conn: alerts.recent(conn, limit=999))))

    def happen(self, kind: EventKind, *subjects: str, **facts) -> None:
        found = [Event(kind, subject, self.now, "detail", facts) for subject in subjects]
        self.store.write(lambda conn: events.insert(conn, found))

    def channels(self, alert: Alert) -> list[str]:
        return [one.channel for one in self.store.read(lambda conn: outbox.of_alert(conn, alert.id))]


@pytest.fixture
def post(store: Store, tmp_path: Path) -> Post:
    (tmp_path / "c.yaml").write_text(CONFIG)
    return Post(store, load(tmp_path))


def test_a_feed_that_fails_is_told_once_and_again_when_it_is_over(post: Post) -> None:
    """Also when the daemon is begun anew in between."""
    post.happen(EventKind.FEED_FAILING, "https://a.example/")
    (told,) = post.look()
    assert "https://a.example/ fails" in told.headline
    assert "newsmonitor feeds check" in told.detail
    post.happen(EventKind.FEED_FAILING, "https://a.example/")
    post.watch = post.restarted()
    assert post.look() == []
    post.happen(EventKind.FEED_RECOVERED, "https://a.example/")
    (over,) = post.look()
    assert over.headline.startswith("Over: The feed https://a.example/ fails")
    assert post.look() == []
    post.happen(EventKind.FEED_FAILING, "https://a.example/")
    assert len(post.look()) == 1, "a new failure is told anew"


@pytest.mark.parametrize(
    ("kind", "words"),
    [(EventKind.FEED_GONE, "is gone"), (EventKind.FEED_MOVED, "has moved"), (EventKind.FEED_SILENT, "silent"),
     (EventKind.FEED_DISTRUSTED, "not modified")],
)  # fmt: skip
def test_what_happens_to_a_feed_is_told_with_what_to_do(post: Post, kind: EventKind, words: str) -> None:
    """Each kind in its own words."""
    post.happen(kind, "https://a.example/")
    (told,) = post.look()
    assert words in told.headline
    assert len(told.detail) > len("detail") + 20


def test_a_feed_that_rolls_over_at_every_poll_is_told_once_a_day(post: Post) -> None:
    """It needs a shorter interval, not a notice a minute."""
    told = []
    for _ in range(49):
        post.happen(EventKind.FEED_ROLLED_OVER, "https://a.example/", "https://b.example/", unseen=12)
        told.append(len(post.look(after=HOUR)))
    assert [hour for hour, count in enumerate(told) if count] == [0, 25]
    assert told[0] == 2
    assert "shorter `every`" in post.notices()[0].detail


def test_a_feed_with_a_name_is_told_by_it(post: Post) -> None:
    """The headline has the name, the text below it the address."""
    post.happen(EventKind.FEED_FAILING, "https://example.org/feed")
    (told,) = post.look()
    assert told.headline == "The feed Example World fails"
    assert told.detail.startswith("https://example.org/feed\n")


def test_many_feeds_at_once_make_one_notice(post: Post) -> None:
    """A line that is cut is one message, not a hundred; and so is its end."""
    names = [f"https://{number}.example/" for number in range(100)]
    post.happen(EventKind.FEED_FAILING, *names)
    (told,) = post.look()
    assert told.headline.startswith("100 at once")
    post.happen(EventKind.FEED_RECOVERED, *names)
    (over,) = post.look()
    assert over.headline.startswith("100 at once: Over")


def test_a_channel_that_is_down_is_told_on_another_one(post: Post) -> None:
    """After a quarter of an hour, not before; and when it is back."""
    post.breakers["mail"] = Breaker(5, 5, NOW + HOUR, DeliveryReason.TRANSIENT, "connection refused")
    assert post.look() == []
    assert post.look(after=14 * MINUTE) == []
    (told,) = post.look()
    assert "mail takes no messages" in told.headline
    assert "connection refused" in told.detail
    assert post.channels(told) == ["chat"]
    assert post.look(after=HOUR) == []
    post.breakers.clear()
    (over,) = post.look()
    assert over.headline.startswith("Over:")
    assert post.channels(over) == ["mail"]


def test_a_disk_that_is_nearly_full_is_told_with_some_slack_at_the_end(post: Post) -> None:
    """A few bytes around the limit make no second message."""
    post.free = 99 * 1024**2
    (told,) = post.look()
    assert "99 MiB are free; 100MiB should be" in told.detail
    post.free = 110 * 1024**2
    assert post.look() == []
    post.free = 200 * 1024**2
    assert len(post.look()) == 1


def test_a_database_that_took_no_writes_is_told_when_it_does(post: Post) -> None:
    """With the error, once."""
    post.watch.note_trouble("the disk is full")
    post.watch.note_trouble("the disk is still full")
    (told,) = post.look()
    assert "the disk is full" in told.detail
    assert post.look() == []


def _matches(post: Post, count: Callable[[int], int], days: range) -> None:
    """So many matches on the day so many days ago."""
    ref = add_article(post.store, f"of {days}", now=NOW)

    def write(conn) -> None:
        for ago in days:
            for _ in range(count(ago)):
                alerts.record_match(
                    conn,
                    article_id=ref.id,
                    match=Match("Oil"),
                    decision="suppress",
                    reason=DecisionReason.STORY_ALREADY_TOLD,
                    alert_id=None,
                    now=NOW - ago * DAY,
                )

    post.store.write(write)


def test_a_rule_that_bursts_is_told_once_a_day(post: Post) -> None:
    """Far above its own past; the next day it is over."""
    _matches(post, lambda ago: 40 if ago == 0 else 3, range(30))
    (told,) = post.look()
    assert "Oil matches far more than usual" in told.headline
    assert "40 matches today" in told.detail
    assert post.look(after=2 * HOUR) == []
    (over,) = post.look(after=DAY)
    assert over.headline.startswith("Over:")


def test_a_rule_that_falls_silent_is_told(post: Post) -> None:
    """Three matches a day for a month, then nothing for a week."""
    _matches(post, lambda _: 3, range(8, 36))
    (told,) = post.look()
    assert "Oil has matched nothing for 7 days" in told.headline
    _matches(post, lambda _: 1, range(1))
    (over,) = post.look(after=2 * HOUR)
    assert over.headline.startswith("Over:")


def test_what_is_switched_off_is_not_told(post: Post, tmp_path: Path) -> None:
    """`watch: {feeds: false, rules: false}`."""
    (tmp_path / "c.yaml").write_text(CONFIG.replace("watch: {", "watch: {feeds: false, rules: false, "))
    post.config = load(tmp_path)
    post.happen(EventKind.FEED_FAILING, "https://a.example/")
    _matches(post, lambda ago: 40 if ago == 0 else 3, range(30))
    assert post.look() == []


def test_a_template_that_fails_is_told_once_with_what_to_do(post: Post) -> None:
    """However often it fails; over when it has not failed for a day."""
    faults: dict[str, TemplateFaults] = {}
    post.watch.template_faults = lambda: faults
    assert post.look() == []
    faults["chat"] = TemplateFaults(1, "the template for chat failed at alert 7: 'nobody' is undefined")
    (told,) = post.look()
    assert "template of the channel chat failed" in told.headline
    assert "alert 7: 'nobody' is undefined" in told.detail
    assert "channels preview chat" in told.detail
    faults["chat"] = TemplateFaults(9, "the template for chat failed at alert 8: 'nobody' is undefined")
    assert post.look(after=23 * HOUR) == []
    assert post.look(after=23 * HOUR) == []
    (over,) = post.look(after=2 * HOUR)
    assert over.headline.startswith("Over: A template of the channel chat")
    assert post.look(after=HOUR) == []
