"""Keeps all feeds to the budget: counts what polls cost, sets the price of waiting, plans anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from monitor.config import Config
from monitor.model import FeedState, Habits
from monitor.schedule import due, pace, plan
from monitor.schedule.plan import Policy
from monitor.schedule.rhythm import HOURS
from monitor.store import Store, feeds, habits, heartbeat

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ROW = "pace"
FULL = 200  # feeds in one batch
_COUNT_EVERY = 60  # looks at the budget
_MOVED = 1.3  # a price that has changed by this factor makes all plans old


class Pacer:
    """The pace of one running installation. `load` it before the first poll; `advance` it now and then."""

    def __init__(self) -> None:
        self._pace = pace.Pace(_BEGINNING)
        self._policy = Policy()
        self._requests = 0
        self._hours = [0.0] * HOURS
        self._alerted = 0
        self._planned_price = 0.0
        self._advances = 0
        self._all_stale_before: datetime | None = None

    @property
    def pace(self) -> pace.Pace:
        """What is known of the budget."""
        return self._pace

    def load(self, conn: Connection, config: Config, *, now: datetime) -> None:
        """Take up the pace that was kept."""
        kept = heartbeat.read(conn, name=_ROW)
        self._pace = pace.from_json(kept.facts if kept else None, now=now)
        self._count(conn)
        self._planned_price = self._pace.price
        self.configure(config)

    def _count(self, conn: Connection) -> None:
        """Sum up all feeds' parts: a second for 100,000 feeds, so in between `note` keeps the sum."""
        pull, number = habits.total_pull(conn)
        self._pace = replace(self._pace, pull=pull, feeds=number)

    def configure(self, config: Config) -> None:
        """Take the budget of a configuration."""
        self._pace = replace(self._pace, per_day=config.settings.poll.requests_per_day)
        self._policy = self._make(config)

    def policy(self, config: Config) -> Policy:
        """What holds for the polls of this moment."""
        every = config.settings.poll.every
        return self._policy if self._policy.every == every else self._make(config)

    def _make(self, config: Config) -> Policy:
        return Policy(config.settings.poll.every, self._pace.price, self._pace.pooled, self._pace.share)

    def spend(self, requests: int = 1) -> None:
        """Count requests for feeds that share the budget."""
        self._requests += requests

    def note(
        self,
        config: Config,
        before: Habits,
        after: FeedState,
        dates: Sequence[datetime | None],
        alerted: int,
    ) -> None:
        """After a poll: count its articles, those that alerted, and its feed when it is a new one."""
        self._alerted += alerted
        for moment in dates:
            if moment is not None:
                self._hours[moment.hour + (24 if moment.weekday() >= 5 else 0)] += 1
        joined = bool(after.habits.pull) - bool(before.pull)
        pull = max(0.0, self._pace.pull + after.habits.pull - before.pull)
        self._pace = replace(self._pace, pull=pull, feeds=max(0, self._pace.feeds + joined))
        if joined:
            self._policy = self._make(config)

    def advance(self, store: Store, config: Config, *, now: datetime) -> None:
        """Set the price anew, and keep the pace."""
        self._advances += 1
        if self._advances % _COUNT_EVERY == 0:  # other processes may poll, too
            store.read(self._count)
        requests, hours, alerted = self._requests, self._hours, self._alerted
        self._requests, self._hours, self._alerted = 0, [0.0] * HOURS, 0
        self._pace = pace.advance(
            self._pace,
            now=now,
            requests=requests,
            pull=self._pace.pull,
            feeds=self._pace.feeds,
            per_day=config.settings.poll.requests_per_day,
            hours=hours,
            alerted=alerted,
        )
        self._policy = self._make(config)
        facts = pace.to_json(self._pace)
        store.write(lambda conn: heartbeat.beat(conn, now=now, facts=facts, name=_ROW))
        low, high = sorted((self._pace.price + 1e-9, self._planned_price + 1e-9))
        if high / low > _MOVED:
            self._planned_price = self._pace.price
            self._all_stale_before = now

    def replan(self, store: Store, config: Config, *, now: datetime, jitter: float) -> int:
        """Make the oldest plans anew; how many there were, at most a batch. Call again while it is full."""
        before = max(now - plan.REPLAN, self._all_stale_before or now - plan.REPLAN)
        return store.write(
            partial(_replan, policy=self.policy(config), before=before, now=now, jitter=jitter)
        )


def _replan(conn: Connection, *, policy: Policy, before: datetime, now: datetime, jitter: float) -> int:
    ids = habits.stale(conn, before=before, limit=FULL)
    planned = []
    for number, state in enumerate(feeds.get_many(conn, ids)):
        own = (jitter + number * 0.618) % 1.0  # so that those that are late do not come at once
        after = due.replan(state, now=now, jitter=own, policy=policy)
        planned.append((state.id, after.next_poll_at, after.habits))
    habits.plan(conn, planned)
    return len(ids)
