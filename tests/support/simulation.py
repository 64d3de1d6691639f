"""Weeks of alerting in seconds: the real store, teller, desks and senders under a clock that is set by hand.

Only the channels are made up: each notes what it is given, and fails when it is told to. A sender's
sending thread runs, its steering is done here, step by step in the order of simulated time.
"""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.deliver.sender import Sender
from monitor.errors import DeliveryReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ArticleKind,
    ArticleRef,
    ChannelSpec,
    Feed,
    Keys,
    Match,
    Notification,
    Outcome,
    Rule,
    StoryId,
)
from monitor.pipeline import silencing
from monitor.pipeline.desk import Desk
from monitor.pipeline.tell import Arrival, Decided, Policy, Teller
from monitor.store import Store, additions, alerts, feeds, outbox, recovery

FEED = Feed("https://wire.example/rss")
NOTHING = Outcome()
DOWN = Outcome(DeliveryReason.TRANSIENT, "connection refused")


@dataclass
class Told:
    """One message that a channel took."""

    at: datetime
    recipient: str
    message: Notification


@dataclass
class FakeChannel:
    """Takes everything, or answers what `answer` says for the moment."""

    name: str
    now: Callable[[], datetime]
    recipients: tuple[str, ...] = ("",)
    answer: Callable[[datetime], Outcome] = lambda _: NOTHING
    told: list[Told] = field(default_factory=list)
    attempts: int = 0

    def send(self, notification: Notification, recipient: str) -> Outcome:
        self.attempts += 1
        outcome = self.answer(self.now())
        if outcome.sent:
            self.told.append(Told(self.now(), recipient, notification))
        return outcome

    def close(self) -> None:
        """Nothing to let go of."""


class World:
    """One installation. `takes` is how long each send takes."""

    def __init__(
        self,
        store: Store,
        start: datetime,
        specs: Sequence[ChannelSpec],
        rules: Sequence[Rule],
        *,
        recipients: Mapping[str, tuple[str, ...]] | None = None,
        time_zone: str = "UTC",
        seed: int = 1,
        takes: timedelta = timedelta(0),
    ) -> None:
        self.store = store
        self.now = start
        self.takes = takes
        self.specs = {spec.name: spec for spec in specs}
        self.rules = {rule.name: rule for rule in rules}
        self.zone = ZoneInfo(time_zone)
        self.random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._owners = itertools.count(1)
        own = recipients or {}
        self.channels = {
            name: FakeChannel(name, lambda: self.now, own.get(name, ("",))) for name in self.specs
        }
        self.senders: dict[str, Sender] = {}
        self.desks: dict[str, Desk] = {}
        self._wake_at: dict[str, datetime] = {}
        self._stopped: list[Sender] = []
        for name in self.specs:
            self.restart(name)
        store.write(lambda conn: feeds.sync(conn, [FEED], now=start))
        self.feed = store.read(feeds.states)[0]

    def restart(self, name: str, spec: ChannelSpec | None = None) -> None:
        """Begin anew with a channel, as another process or a reload would."""
        self.specs[name] = spec or self.specs[name]
        if name in self.senders:
            self._stopped.append(self.senders[name])
        desk = Desk(
            self.store,
            self.specs[name],
            others=lambda: {one: channel.recipients for one, channel in self.channels.items()},
            owner=f"owner {next(self._owners)}",
            installation="sim",
            now=lambda: self.now,
            random=self.random.random,
            wake=self.wake,
            named=lambda: {rule.name: rule.recipients for rule in self.rules.values()},
            specs=lambda: self.specs,
        )
        sender = Sender(
            self.channels[name],
            desk.hooks(),
            deadline=timedelta(hours=1),
            now=lambda: self.now,
            random=self.random.random,
        )
        sender._sending.start()
        self.desks[name], self.senders[name] = desk, sender
        self._wake_at[name] = self.now

    def close(self) -> None:
        """End the threads."""
        for sender in [*self._stopped, *self.senders.values()]:
            sender._jobs.put(None)
            sender._sending.join()

    def wake(self) -> None:
        """Something may be due."""
        self._wake_at = dict.fromkeys(self._wake_at, self.now)

    def arrive(self, *rules: str, story: StoryId | None = None, title: str = "") -> list[Decided]:
        """An article that these rules match, of a new story unless one is given."""
        number = next(self._numbers)
        name = f"n{number}"
        url, title = f"https://wire.example/{name}", title or f"News number {number}"
        article = Article(f"g{number}", title, url=url, source=f"Outlet {number}")
        keys = Keys(name, (f"wire.example/{name}",), name, name, name)

        def write(conn) -> list[Decided]:
            ref = self._insert(conn, article, keys, story)
            teller = Teller(
                conn,
                self.rules,
                {name: channel.recipients for name, channel in self.channels.items()},
                "sim",
                self.now,
                Policy(self.specs, {}, self.zone),
                silencing.load(conn, lists={}, now=self.now),
            )
            kind = ArticleKind.NEW if story is None else ArticleKind.COPY
            arrival = Arrival(article, ref, kind, ref.id, FEED, backlog=False, joins=story is not None)
            return teller.tell(arrival, [Match(rule) for rule in rules])

        decided = self.store.write(write)
        self.wake()
        return decided

    def _insert(self, conn, article: Article, keys: Keys, story: StoryId | None) -> ArticleRef:
        return additions.insert(
            conn,
            feed_id=self.feed.id,
            article=article,
            keys=keys,
            kind=ArticleKind.NEW,
            of=None,
            story_id=story,
            now=self.now,
        )

    def run(self, until: datetime) -> None:
        """Let time pass, and the senders do what they would."""
        while True:
            name = min(self._wake_at, key=lambda one: self._wake_at[one])
            if self._wake_at[name] > until:
                break
            self.now = max(self.now, self._wake_at[name])
            self.step(name)
        self.now = until

    def jump(self, by: timedelta) -> None:
        """The wall clock is set; the daemon notices, and puts right what is stored."""
        self.now += by
        self.store.write(lambda conn: recovery.shift(conn, by=by, now=self.now))
        self.wake()

    def step(self, name: str) -> None:
        """One round of a sender; `run` knows when the next one is due."""
        before = self.channels[name].attempts
        desk, sender = self.desks[name], self.senders[name]
        wait = sender._round()
        sent = self.channels[name].attempts - before
        if wait == timedelta(0):
            self._wake_at[name] = self.now + sent * self.takes
        elif sender.breaker.is_open(self.now):
            self._wake_at[name] = self.now + wait
        else:
            due_at = desk.next_due()
            self._wake_at[name] = datetime.max.replace(tzinfo=self.now.tzinfo)
            if due_at is not None:
                self._wake_at[name] = max(due_at, self.now + timedelta(seconds=1))

    def kill(self, name: str, *, sent: int) -> None:
        """The process dies with claimed deliveries, of which it had sent some and recorded none."""
        desk, channel = self.desks[name], self.channels[name]
        for index, delivery in enumerate(desk.claim(sent + 1)):
            ready = desk.prepare(delivery)
            if index < sent and isinstance(ready, Notification):
                channel.send(ready, delivery.recipient)
        self.restart(name)
        self.store.write(lambda conn: recovery.take_over(conn, now=self.now))

    def told(self, name: str) -> list[Told]:
        """What a channel took."""
        return self.channels[name].told

    def digests(self) -> list[Alert]:
        """All digests, the first one first."""
        found = self.store.read(lambda conn: alerts.recent(conn, limit=100_000))
        return [alert for alert in reversed(found) if alert.kind is AlertKind.DIGEST]

    def alert(self, number: int) -> Alert:
        """An alert as it is now."""
        found = self.store.read(lambda conn: alerts.get(conn, AlertId(number)))
        assert found is not None
        return found

    def acknowledge(self, number: AlertId) -> None:
        """As the command does."""
        self.store.write(lambda conn: alerts.acknowledge(conn, number, by="ada", now=self.now))
        self.store.write(lambda conn: outbox.acknowledge(conn, number))
