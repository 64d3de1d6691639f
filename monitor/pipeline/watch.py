"""Watching the watch: what is wrong with feeds, rules, channels and the storage is itself told.

Feeds: what polling noted as events. Channels and disk: as they are now. Rules: their matches of today, and
their silence, against their own past. Each thing is told once, and once more when it is over.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.alerting import surprise
from monitor.alerting.breaker import Breaker
from monitor.config import Config
from monitor.config.quantities import write_size
from monitor.deliver.channel import TemplateFaults
from monitor.errors import DeliveryReason
from monitor.model import Event, EventKind, FeedState, Priority, Rule
from monitor.pipeline.conditions import Condition, Teller
from monitor.pipeline.scan import readable_feeds
from monitor.store import Store, conditions, events, feeds, heartbeat, pasts
from monitor.store.pasts import Past

RULES_EVERY = timedelta(hours=1)
ROLLED_OVER_EVERY = timedelta(days=1)  # a feed that is too short for its rhythm is told of once a day
TEMPLATES_REST = timedelta(days=1)  # without a failure, until a template counts as mended
_CURSOR = "watch"  # the heartbeat that keeps which event was told last
_BATCH = 500
_ENOUGH = 1.25  # times the least free space, before it is told that there is enough again
_LASTING = {EventKind.FEED_FAILING, EventKind.FEED_SILENT, EventKind.FEED_GONE}
_TOLD_ONCE = _LASTING | {EventKind.FEED_ROLLED_OVER}
_FEEDS = {
    EventKind.FEED_FAILING: (
        "The feed {} fails",
        "Try it: newsmonitor feeds check. If it has moved or ended, correct it in the configuration.",
    ),
    EventKind.FEED_SILENT: (
        "The feed {} is silent for longer than ever",
        "Look at its page: it may have moved, or its items may have changed their form.",
    ),
    EventKind.FEED_GONE: (
        "The feed {} is gone",
        "It is not polled any more. Remove it, or find its new address: newsmonitor feeds discover.",
    ),
    EventKind.FEED_MOVED: (
        "The feed {} has moved",
        "It is polled at its new address. Write that into the configuration.",
    ),
    EventKind.FEED_ROLLED_OVER: (
        "The feed {} may have dropped items unseen",
        "It holds fewer items than come between two polls: give it a shorter `every`. Told once a day.",
    ),
    EventKind.FEED_DISTRUSTED: (
        'The server of the feed {} says "not modified" although it is',
        "Nothing to do: it is fetched whole from now on.",
    ),
}


@dataclass(slots=True)
class Watch:
    """One installation's watch over itself. `breakers`: the channels that take nothing at present."""

    store: Store
    config: Callable[[], Config]
    recipients: Callable[[], Mapping[str, Sequence[str]]]
    breakers: Callable[[], Mapping[str, Breaker]]
    installation: str
    now: Callable[[], datetime]
    free_space: Callable[[], int | None] | None = None  # bytes; None: of the database's disk
    template_faults: Callable[[], Mapping[str, TemplateFaults]] = dict
    _down_since: dict[str, datetime] = field(default_factory=dict)
    _templates: dict[str, tuple[int, datetime]] = field(
        default_factory=dict
    )  # failures, and the last new one
    _rules_looked_at: datetime | None = None
    _trouble: tuple[datetime, str] | None = None

    def look(self) -> int:
        """Look at everything that is due; how many notices it makes. Writes in one transaction."""
        now, config = self.now(), self.config()
        found = self._channels(config, now)
        broken = self._broken_templates(now)
        is_low = self._disk(config)
        trouble = self._trouble
        looks_at_rules = self._looks_at_rules(config, now)
        rules = self._rules(config, now) if looks_at_rules else None

        def write(conn: Connection) -> int:
            teller = self._teller(config, now)
            count = self._feeds(conn, teller, config, now) if config.settings.watch.feeds else 0
            count += teller.settle(conn, "channel", found)
            count += teller.settle(conn, "template", broken)
            count += self._settle_disk(conn, teller, is_low)
            if trouble is not None:
                count += teller.tell(conn, "storage", [_of_trouble(*trouble, now)])
            if rules is not None:
                count += teller.settle(conn, "rule", rules)
            return count

        told = self.store.write(write)
        self._trouble = None
        if looks_at_rules:
            self._rules_looked_at = now
        return told

    def note_trouble(self, error: str) -> None:
        """The database took no writes: it can be told when it does again."""
        if self._trouble is None:
            self._trouble = (self.now(), error)

    def _teller(self, config: Config, now: datetime) -> Teller:
        """To the channels that the settings name, else to the first that works."""
        known = self.recipients()
        names = config.settings.watch.channels or [spec.name for spec in config.channels[:1]]
        working = [name for name in names if name not in self._down_since]
        if not working:  # a channel cannot tell of itself that it is down
            working = [name for name in known if name not in self._down_since] or list(names)
        return Teller(
            {name: known.get(name, ("",)) for name in working},
            {spec.name: spec for spec in config.channels},
            self.installation,
            now,
        )

    # --- feeds ----------------------------------------------------------------------------------

    def _feeds(self, conn: Connection, teller: Teller, config: Config, now: datetime) -> int:
        conditions.expire(conn, EventKind.FEED_ROLLED_OVER, before=now - ROLLED_OVER_EVERY)
        last = heartbeat.read(conn, name=_CURSOR)
        after = int(last.facts.get("event", 0)) if last else 0
        found = events.recent(conn, after=after, limit=_BATCH)
        if not found:
            return 0
        heartbeat.beat(conn, now=now, facts={"event": found[-1].id}, name=_CURSOR)
        count = 0
        names = {feed.url: feed.name for feed in config.feeds if feed.name}
        for kind in EventKind:
            of_kind = [event for event in found if event.kind is kind]
            if kind is EventKind.FEED_RECOVERED:
                keys = (f"{one}|{event.subject}" for event in of_kind for one in _LASTING)
                count += teller.tell_of_end(conn, "feed", keys)
            elif of_kind:
                tell = teller.begin if kind in _TOLD_ONCE else teller.tell
                count += tell(conn, kind, [_of_feed(event, names) for event in of_kind])
        return count

    # --- channels and storage -------------------------------------------------------------------

    def _channels(self, config: Config, now: datetime) -> list[Condition]:
        down = self.breakers()
        self._down_since = {name: self._down_since.get(name, now) for name in down}
        return [
            _of_channel(name, down[name], since)
            for name, since in self._down_since.items()
            if now - since >= config.settings.watch.channel_down
            and down[name].reason is not DeliveryReason.CONFIGURATION  # told at once, by its desk
        ]

    def _broken_templates(self, now: datetime) -> list[Condition]:
        """Those that failed within a day: one may fail at one alert in ten."""
        faults = self.template_faults()
        before = self._templates
        self._templates = {
            name: (fault.count, before[name][1] if before.get(name, (0,))[0] == fault.count else now)
            for name, fault in faults.items()
        }
        return [
            _of_template(name, fault)
            for name, fault in faults.items()
            if now - self._templates[name][1] < TEMPLATES_REST
        ]

    def _disk(self, config: Config) -> tuple[int, float] | None:
        """The free bytes and how many there should be; None where the database is elsewhere."""
        free = self.free_space() if self.free_space else self._free()
        return None if free is None else (free, config.settings.watch.disk_free)

    def _free(self) -> int | None:
        path = self.store.address.path
        return None if path is None else shutil.disk_usage(path.parent).free

    def _settle_disk(self, conn: Connection, teller: Teller, found: tuple[int, float] | None) -> int:
        if found is None:
            return 0
        free, least = found
        stands = bool(conditions.standing(conn, "disk"))
        is_low = free < least * (_ENOUGH if stands else 1)
        low = Condition(
            key="disk",
            headline="The disk of the database is nearly full",
            detail=(
                f"{free / 1024**2:.0f} MiB are free; {write_size(int(least))} should be. "
                "When it is full, nothing is polled. Free some space, or lower `settings: retention`."
            ),
            priority=Priority.HIGH,
        )
        return teller.settle(conn, "disk", [low] if is_low else [])

    # --- rules ----------------------------------------------------------------------------------

    def _looks_at_rules(self, config: Config, now: datetime) -> bool:
        last = self._rules_looked_at
        is_due = last is None or not timedelta(0) <= now - last < RULES_EVERY
        return config.settings.watch.rules and is_due

    def _rules(self, config: Config, now: datetime) -> list[Condition]:
        zone = ZoneInfo(config.settings.time_zone)
        found = self.store.read(lambda conn: pasts.of_rules(conn, now=now, zone=zone))
        states = self.store.read(feeds.states)
        rate = config.settings.watch.false_alarms
        conditions_: list[Condition] = []
        for rule in config.rules:
            past = found.get(rule.name)
            if past is None:
                continue
            if surprise.is_burst(past.today, past.days, false_alarms=rate):
                conditions_.append(_of_burst(rule, past))
            elif surprise.is_lull(past.silent_days, past.before_silence, false_alarms=rate) and _are_healthy(
                rule, states
            ):
                conditions_.append(_of_lull(rule, past))
        return conditions_


def _of_feed(event: Event, names: Mapping[str, str]) -> Condition:
    headline, advice = _FEEDS[event.kind]
    name = names.get(event.subject)
    address = f"{event.subject}\n" if name else ""
    return Condition(
        f"{event.kind}|{event.subject}",
        headline.format(name or event.subject),
        f"{address}{event.detail}\n{advice}",
    )


def _of_channel(name: str, breaker: Breaker, since: datetime) -> Condition:
    return Condition(
        key=f"channel|{name}",
        headline=f"The channel {name} takes no messages",
        detail=(
            f"Since {since:%Y-%m-%d %H:%M} UTC: {breaker.reason or 'a message hangs'}"
            f"{': ' + breaker.detail if breaker.detail else ''}.\n"
            f"Its alerts wait and are tried again. Try it: newsmonitor channels test {name}"
        ),
        priority=Priority.HIGH,
    )


def _of_template(name: str, fault: TemplateFaults) -> Condition:
    return Condition(
        key=f"template|{name}",
        headline=f"A template of the channel {name} failed, so its messages have the built-in form",
        detail=(
            f"{fault.last[:1].upper()}{fault.last[1:]}.\nNothing is lost. Mend `templates:` of the channel; "
            f"look at the outcome: newsmonitor channels preview {name} --alert NUMBER"
        ),
    )


def _of_trouble(since: datetime, error: str, now: datetime) -> Condition:
    return Condition(
        key="storage",
        headline="The database took no writes for a while",
        detail=(
            f"Since {since:%Y-%m-%d %H:%M:%S} UTC: {error}\nIt works again at {now:%H:%M:%S}. "
            "Meanwhile nothing was polled; nothing was lost."
        ),
        priority=Priority.HIGH,
    )


def _of_burst(rule: Rule, past: Past) -> Condition:
    usual = sum(past.days) / len(past.days)
    return Condition(
        key=f"burst|{rule.name}|{past.day}",
        headline=f"The rule {rule.name} matches far more than usual",
        detail=(
            f"{past.today} matches today; in the {len(past.days)} days before it were {usual:.1f} a day, "
            f"{max(past.days)} at most.\nBig news, or a query that is too wide. "
            f"See them: newsmonitor alerts list --rule {rule.name!r}. A `storm` limit collects them."
        ),
    )


def _of_lull(rule: Rule, past: Past) -> Condition:
    usual = sum(past.before_silence) / len(past.before_silence)
    return Condition(
        key=f"lull|{rule.name}",
        headline=f"The rule {rule.name} has matched nothing for {past.silent_days} days",
        detail=(
            f"Before that there were {usual:.1f} matches a day, and its feeds are well.\n"
            f"Has the language of its feeds changed, or the query? newsmonitor rules explain {rule.name!r}"
        ),
    )


def _are_healthy(rule: Rule, states: Sequence[FeedState]) -> bool:
    """Whether at least half of the feeds that the rule reads answered last time."""
    own = readable_feeds(rule, {state.id: state.feed for state in states})
    read = [state for state in states if own is None or state.id in own]
    return bool(read) and 2 * sum(state.failures == 0 for state in read) >= len(read)
