"""The schedule on synthetic feeds: how long articles wait at the same number of requests.

    python -m benchmarks.polling.simulate [--feeds N] [--days N] [--learn N] [--per-day N] [--seed N]

Runs the product's own `monitor.schedule` (rhythm, plan, pace) on a clock of its own, beside a fixed
interval and beside the bound: the same decisions with the rates that the feeds were drawn from. All
are tuned to the same number of requests.
"""

import argparse
import heapq
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from benchmarks import rig
from benchmarks.polling import traces
from benchmarks.polling.traces import Trace
from monitor.model import Feed
from monitor.schedule import pace as paces
from monitor.schedule import plan, rhythm
from monitor.schedule.intensity import Intensity
from monitor.schedule.pace import Pace
from monitor.schedule.plan import Policy
from monitor.schedule.rhythm import Rhythm

FLOOR, CEILING = 5.0, 1440.0
MEAN_GOAL, TAIL_GOAL, BOUND_GOAL = 0.45, 0.80, 1.05
_FEED = Feed("https://example.org/")
_DOCUMENT = 20  # articles in the first document
_TICK = 10.0  # minutes between two looks at the budget


@dataclass(slots=True)
class Tally:
    """What the evaluated days brought."""

    delays: list[float] = field(default_factory=list)
    polls: int = 0
    found: int = 0
    first_days: list[float] = field(default_factory=list)

    def mean(self) -> float:
        return sum(self.delays) / max(1, len(self.delays))

    def quantile(self, share: float) -> float:
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated."""

    feeds: Sequence[Trace]
    learn: int  # days
    days: int  # evaluated after them
    per_day: float  # requests of a feed
    seed: int

    @property
    def end(self) -> float:
        return (self.learn + self.days) * 1440.0


class Product:
    """The schedule as the daemon uses it: a rhythm a feed, one pace, a plan after every poll."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._chance = random.Random(setting.seed)
        self.rhythms: list[Rhythm | None] = [None] * len(setting.feeds)
        self._pulls = [0.0] * len(setting.feeds)
        self._polled = [0.0] * len(setting.feeds)
        self._hours = [0.0] * rhythm.HOURS
        self._requests = 0
        self.pace = Pace(traces.moment(0.0))
        self._policy = Policy()

    def first(self) -> list[float]:
        """When each feed is polled for the first time: all within the first minutes."""
        return [self._chance.random() * 10 for _ in self._setting.feeds]

    def polled(self, number: int, last: float | None, now: float, fresh: Sequence[float]) -> float:
        """The next poll after one that found these articles."""
        trace, at = self._setting.feeds[number], traces.moment(now)
        self._requests += 1
        dates = [traces.moment(time) if trace.dated else None for time in fresh]
        before = self.rhythms[number]
        if before is None or last is None:
            before = rhythm.seed(dates, now=at)
        else:
            before = rhythm.observe(before, now=at, since=traces.moment(last), published=dates)
        self.rhythms[number] = before
        self._polled[number] = now
        for date in dates:
            if date is not None:
                self._hours[date.hour + (24 if date.weekday() >= 5 else 0)] += 1
        pull = plan.pull(before, now=at, share=self.pace.share)
        if not self._pulls[number]:
            self.pace = paces.joined(self.pace, pull)
            self._renew()
        self._pulls[number] = pull
        return self._plan(number, now, now, first=last is None)

    def replanned(self, number: int, now: float) -> float:
        return self._plan(number, self._polled[number], now, first=False)

    def tick(self, now: float) -> None:
        """Look at the budget."""
        per_day = self._setting.per_day * len(self._setting.feeds)
        self.pace = paces.advance(
            self.pace,
            now=traces.moment(now),
            requests=self._requests,
            pull=sum(self._pulls),
            feeds=len(self._pulls),
            per_day=per_day,
            hours=self._hours,
        )
        self._requests, self._hours = 0, [0.0] * rhythm.HOURS
        self._renew()

    def _renew(self) -> None:
        self._policy = Policy(price=self.pace.price, pooled=self.pace.pooled, share=self.pace.share)

    def _plan(self, number: int, polled: float, now: float, *, first: bool) -> float:
        known = self.rhythms[number]
        assert known is not None
        made = plan.make(
            _FEED,
            known,
            self._policy,
            polled_at=traces.moment(polled),
            now=traces.moment(now),
            jitter=self._chance.random() if now == polled else 0.5,
            first=first,
        )
        return max(now, (made.at - traces.START).total_seconds() / 60)


class _True(Intensity):
    """The rates that a feed was drawn from, instead of what was learnt of it."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(replace(Rhythm(traces.START), articles=0.0), now=traces.START)
        self._rate = trace.rate
        self._slots = [1.0] * rhythm.SLOTS  # the bound knows the hours, as the reference does
        self._week = trace.week
        self._whole = 1800.0

    def _share(self, of_week: int) -> float:
        return self._week[of_week]


class Bound(Product):
    """The same decisions, knowing the true hourly rates."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._true = [_True(trace) for trace in setting.feeds]
        self._pulls = [trace.rate**0.5 for trace in setting.feeds]
        self.pace = replace(self.pace, pull=sum(self._pulls), feeds=len(self._pulls))
        self.tick(0.0)

    def polled(self, number: int, last: float | None, now: float, fresh: Sequence[float]) -> float:
        self._requests += 1
        self._polled[number] = now
        wait = self._plan(number, now, now, first=False) - now
        return now + max(FLOOR, wait * (self._chance.random() if last is None else 1.0))

    def _plan(self, number: int, polled: float, now: float, *, first: bool) -> float:
        offset = traces.START.timestamp() / 60
        reached = self._true[number].reach(
            polled + offset, price=self._policy.price, limit=polled + offset + CEILING
        )
        return max(now, polled + FLOOR, reached - offset)


class Fixed(Product):
    """Every feed at the same interval, its phase by chance."""

    def first(self) -> list[float]:
        every = 1440 / self._setting.per_day
        return [self._chance.random() * every for _ in self._setting.feeds]

    def polled(self, number: int, last: float | None, now: float, fresh: Sequence[float]) -> float:
        return now + 1440 / self._setting.per_day

    def replanned(self, number: int, now: float) -> float:
        raise AssertionError("a fixed interval is never made anew")

    def tick(self, now: float) -> None:
        """There is nothing to look at."""


def run(setting: Setting, policy: Product, *, replan: bool = True) -> Tally:
    """Poll all feeds through learning and evaluation."""
    tally = Tally()
    last: list[float | None] = [None] * len(setting.feeds)
    queue = [(at, number, True) for number, at in enumerate(policy.first())]
    heapq.heapify(queue)
    tick_at, learnt = _TICK, setting.learn * 1440.0
    limit = plan.REPLAN.total_seconds() / 60
    while queue:
        now, number, is_poll = heapq.heappop(queue)
        if now >= setting.end:
            break
        while tick_at <= now:
            policy.tick(tick_at)
            tick_at += _TICK
        if is_poll:
            before = last[number]
            trace = setting.feeds[number]
            fresh = (
                trace.between(before, now) if before is not None else trace.between(-1e9, now)[-_DOCUMENT:]
            )
            last[number] = now
            _count(tally, before, now, fresh, learnt)
            due = policy.polled(number, before, now, fresh)
        else:
            due = policy.replanned(number, now)
        looked = now + limit
        item = (looked, number, False) if replan and due > looked else (due, number, True)
        heapq.heappush(queue, item)
    return tally


def _count(tally: Tally, before: float | None, now: float, fresh: Sequence[float], learnt: float) -> None:
    if before is None:
        return
    if now < 2 * 1440:
        tally.first_days += [now - time for time in fresh if time >= 0]
    if now >= learnt:
        tally.polls += 1
        tally.found += bool(fresh)
        tally.delays += [now - time for time in fresh if time >= learnt]


def show(name: str, tally: Tally, setting: Setting) -> None:
    """One line."""
    per_day = tally.polls / setting.days / len(setting.feeds)
    print(
        f"{name:28} {per_day:7.2f} {tally.mean():8.1f} {tally.quantile(0.5):7.1f} "
        f"{tally.quantile(0.95):7.1f} {tally.quantile(0.99):7.1f} {tally.found / max(1, tally.polls):7.0%} "
        f"{sum(tally.first_days) / max(1, len(tally.first_days)):8.1f}"
    )


def equal(
    setting: Setting, make: Callable[[Setting], Product], wanted: float, *, replan: bool = True
) -> Tally:
    """The run whose requests are within one per cent of those wanted."""
    asked = setting.per_day
    for _ in range(4):
        tally = run(setting, make(replace(setting, per_day=asked)), replan=replan)
        made = tally.polls / setting.days / len(setting.feeds)
        if abs(made / wanted - 1) < 0.01:
            break
        asked *= wanted / made
    return tally


def main() -> int:
    """Simulate and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling.simulate", description=__doc__)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--learn", type=int, default=21, help="days before the evaluation (default 21)")
    parser.add_argument("--days", type=int, default=7, help="days evaluated (default 7)")
    parser.add_argument("--per-day", type=float, default=24.0, help="requests a feed and day (default 24)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    feeds = traces.make(options.feeds, days=options.learn + options.days, seed=options.seed)
    setting = Setting(feeds, options.learn, options.days, options.per_day, options.seed)
    articles = sum(len(trace.times) for trace in feeds) / (options.learn + options.days + traces.BACKLOG_DAYS)
    print(f"{len(feeds):,} feeds, {articles / len(feeds):.1f} articles a feed and day; minutes")
    print(f"{'':28} {'a day':>7} {'mean':>8} {'p50':>7} {'p95':>7} {'p99':>7} {'found':>7} {'day 1-2':>8}")
    began = time.process_time()
    product = run(setting, Product(setting))
    took = time.process_time() - began
    wanted = product.polls / setting.days / len(feeds)
    show("by rhythm (the product)", product, setting)
    fixed = equal(replace(setting, per_day=wanted), Fixed, wanted, replan=False)
    show("fixed interval (baseline)", fixed, setting)
    bound = equal(replace(setting, per_day=wanted), Bound, wanted)
    show("bound: true hourly rates", bound, setting)
    print(f"{took:.1f} s of CPU for the product's run")
    goods = [
        rig.verdict("requests, of the budget", wanted / options.per_day, 1.05, "x"),
        rig.verdict("mean delay, of the fixed interval's", product.mean() / fixed.mean(), MEAN_GOAL, "x"),
        rig.verdict(
            "p95, of the fixed interval's", product.quantile(0.95) / fixed.quantile(0.95), TAIL_GOAL, "x"
        ),
        rig.verdict("mean delay, of the bound's", product.mean() / bound.mean(), BOUND_GOAL, "x"),
    ]
    return 0 if all(goods) else 1


if __name__ == "__main__":
    sys.exit(main())
