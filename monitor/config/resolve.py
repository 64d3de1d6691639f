"""What must fit together: names that point at channels and feeds, defaults that rules inherit.

Makes the values of `monitor.model` out of the entries; reports every name that points nowhere.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AnySet
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from monitor.config import nodes
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar, shorten
from monitor.config.problems import Report, did_you_mean, list_names
from monitor.config.quantities import write_duration
from monitor.config.schema import ChannelEntry, Defaults, RuleEntry, SampleEntry, ScoreEntry, Settings
from monitor.config.source import Place
from monitor.errors import ConfigError
from monitor.model import Article, ChannelSpec, Feed, FeedSelector, Rule, Score

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """An article that a rule must match, or must not; and where that is written."""

    rule: str
    article: Article
    should_match: bool
    place: Place


def check_names(merged: Merged, report: Report, *, channels_known: bool) -> None:
    """Report names that cannot be used, and names of channels that point nowhere."""
    for section in ("rules", "channels"):
        for key, _ in entries_of(merged.root.get(section)):
            _check_name(key, report)
    if channels_known:
        known = [key.value for key, _ in entries_of(merged.root.get("channels"))]
        for scalar in _channel_references(merged):
            if scalar.value not in known:
                _report_unknown_channel(scalar, known, report)


def _check_name(key: Scalar, report: Report) -> None:
    name = key.value
    if not name.strip():
        report.error(key, "a name cannot be empty")
    elif len(name) > _LONGEST_NAME or not name.isprintable():
        report.error(key, f"a name is one line of at most {_LONGEST_NAME} characters")


def _report_unknown_channel(scalar: Scalar, known: Sequence[str], report: Report) -> None:
    if scalar.interpolated:
        report.error(scalar, "there is no channel of this name")
        return
    otherwise = f"Channels: {', '.join(map(shorten, known))}." if known else "Define it under `channels:`."
    hint = did_you_mean(scalar.value, known, otherwise=otherwise)
    report.error(scalar, f"there is no channel `{shorten(scalar.value)}`", hint)


def _channel_references(merged: Merged) -> Iterator[Scalar]:
    for rule in [merged.root.get("defaults"), *(node for _, node in entries_of(merged.root.get("rules")))]:
        yield from _texts(rule, "channels")
        yield from _texts(rule.get("escalate") if isinstance(rule, Mapping) else None, "to")
    settings = merged.root.get("settings")
    yield from _texts(settings.get("watch") if isinstance(settings, Mapping) else None, "channels")
    for _, channel in entries_of(merged.root.get("channels")):
        yield from _texts(channel, "fallback")


def _texts(node: Node | None, key: str) -> Iterator[Scalar]:
    """The texts that stand under a key, one or a list."""
    value = node.get(key) if isinstance(node, Mapping) else None
    for item in value.items if isinstance(value, nodes.Sequence) else [value]:
        if isinstance(item, Scalar):
            yield item


def entries_of(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """The names of a section with what stands under each."""
    if isinstance(node, Mapping):
        yield from node.items.values()


def make_channels(entries: AnyMapping[str, ChannelEntry], settings: Settings) -> tuple[ChannelSpec, ...]:
    """The channels in the order they are written."""
    return tuple(
        ChannelSpec(
            name=name,
            url=entry.url,
            time_zone=entry.time_zone or settings.time_zone,
            deadline=entry.deadline,
            max_age=entry.max_age,
            on_unknown=entry.on_unknown,
            fallback=entry.fallback,
            quiet_hours=tuple(one.value() for one in entry.quiet_hours),
            digest=entry.digest.value() if entry.digest else None,
            storm=entry.storm.value() if entry.storm else None,
            backlog=entry.backlog,
            canary=entry.canary,
            unsubscribe=entry.unsubscribe,
            secret=entry.secret,
            templates=entry.templates.given(),
        )
        for name, entry in entries.items()
    )


def places_of_channels(merged: Merged) -> dict[str, Place]:
    """Where the address of each channel is written."""
    found = {}
    for key, channel in entries_of(merged.root.get("channels")):
        url = channel.get("url") if isinstance(channel, Mapping) else channel
        found[key.value] = (url or key).place
    return found


def check_fallbacks(merged: Merged, report: Report) -> None:
    """A channel that falls back on itself would tell nobody."""
    for key, channel in entries_of(merged.root.get("channels")):
        for scalar in _texts(channel, "fallback"):
            if scalar.value == key.value:
                report.error(scalar, "a channel cannot be its own fallback", "Name another channel.")


def make_rules(
    entries: AnyMapping[str, RuleEntry], defaults: Defaults, *, time_zone: str = "UTC"
) -> tuple[Rule, ...]:
    """The rules in the order they are written, with what they inherit."""
    zone = ZoneInfo(time_zone)
    return tuple(_make_rule(name, entry, defaults, zone) for name, entry in entries.items())


def _make_rule(name: str, entry: RuleEntry, defaults: Defaults, zone: ZoneInfo) -> Rule:
    storm, escalate = entry.storm or defaults.storm, entry.escalate or defaults.escalate
    channels = defaults.channels if entry.channels is None else entry.channels
    selector = entry.feeds
    return Rule(
        name=name,
        query=entry.match or "",
        score=_make_score(entry.score),
        channels=tuple(dict.fromkeys(channels)),
        feeds=FeedSelector(selector.tags, selector.feeds) if selector else FeedSelector(),
        languages=entry.language,
        priority=entry.priority or defaults.priority,
        max_age=entry.max_age or defaults.max_age,
        alert=entry.alert or defaults.alert,
        follow_up=tuple(sorted(set(defaults.follow_up if entry.follow_up is None else entry.follow_up))),
        throttle=_unless_zero(entry.throttle, defaults.throttle),
        story_throttle=_unless_zero(entry.story_throttle, defaults.story_throttle),
        hold=_unless_zero(entry.hold, defaults.hold),
        storm=storm.value() if storm else None,
        active=entry.active.value(zone) if entry.active else None,
        escalate=escalate.value() if escalate else None,
        recipients={name: tuple(dict.fromkeys(to)) for name, to in entry.recipients.items()},
        should_match=tuple(sample.title for sample in entry.tests.should_match if sample.title),
        should_not_match=tuple(sample.title for sample in entry.tests.should_not_match if sample.title),
    )


def _unless_zero(own: timedelta | None, inherited: timedelta | None) -> timedelta | None:
    """The rule's own duration, else the inherited one; `0s` is how a rule says that it wants none."""
    return (inherited if own is None else own) or None


def _make_score(entry: ScoreEntry | None) -> Score | None:
    return Score(entry.threshold, dict(entry.terms)) if entry else None


def make_samples(merged: Merged, entries: AnyMapping[str, RuleEntry]) -> tuple[Sample, ...]:
    """The rules' own tests, with their places, in the order they are written."""
    return tuple(
        sample
        for key, rule in entries_of(merged.root.get("rules"))
        for sample in _samples_of(key.value, rule, entries[key.value])
    )


def _samples_of(name: str, rule: Node, entry: RuleEntry) -> Iterator[Sample]:
    tests = rule.get("tests") if isinstance(rule, Mapping) else None
    for kind, expected in (("should_match", True), ("should_not_match", False)):
        listed = tests.get(kind) if isinstance(tests, Mapping) else None
        written = listed.items if isinstance(listed, nodes.Sequence) else []
        for number, (node, sample) in enumerate(zip(written, getattr(entry.tests, kind), strict=True), 1):
            yield Sample(name, _make_article(f"{kind} {number}", sample), expected, node.place)


def _make_article(identity: str, sample: SampleEntry) -> Article:
    return Article(
        id=identity,
        title=sample.title,
        summary=sample.summary,
        content=sample.content,
        language=sample.language,
    )


def warn_of_loose_ends(
    merged: Merged,
    rules: Sequence[Rule],
    feeds: Sequence[Feed],
    channels: Sequence[ChannelSpec],
    retention: timedelta,
    report: Report,
) -> None:
    """Warn of rules that tell nobody, of names that choose no feed, and of times that defeat each other.

    Raises ConfigError for a rule that is left without any feed, for it would be silent for ever.
    """
    places = {key.value: (key, node) for key, node in entries_of(merged.root.get("rules"))}
    for rule in rules:
        key, node = places[rule.name]
        if not rule.channels:
            report.warn(
                key,
                "no channel is told of this rule's alerts",
                "Give it `channels:`, or set `defaults: channels:`.",
            )
        if rule.max_age > retention:
            report.warn(
                key,
                "its `max_age` is longer than articles are kept, so it may tell of one twice",
                "Raise `settings: retention`, or lower `max_age`.",
            )
        _check_hold(rule, key, node, channels, report)
        if isinstance(node, Mapping) and (selector := node.get("feeds")) is not None:
            _check_selector(rule.feeds, selector, feeds, merged.secrets, report)
    if report.has_errors:
        raise ConfigError(report.problems())


def _check_hold(rule: Rule, key: Node, node: Node, channels: Sequence[ChannelSpec], report: Report) -> None:
    """An alert that is held until its channel gives it up is never sent."""
    written = node.get("hold") if isinstance(node, Mapping) else None
    for channel in channels:
        if channel.name in rule.channels and rule.hold is not None and rule.hold >= channel.max_age:
            held, age = write_duration(rule.hold), write_duration(channel.max_age)
            report.warn(
                written or key,
                f"alerts are held for {held}, and the channel `{channel.name}` gives them up after {age}: "
                "none would be sent",
                "Lower the rule's `hold`, or raise the channel's `max_age`.",
            )


def _check_selector(
    chosen: FeedSelector, node: Node, feeds: Sequence[Feed], secret: AnySet[str], report: Report
) -> None:
    """Each tag and name must lead to a feed, at least one; upper and lower case do not matter."""
    tags = {tag.casefold(): tag for feed in feeds for tag in feed.tags}
    names = {name.casefold(): name for feed in feeds for name in (feed.name, feed.url) if name}
    reaches_one = any(text.strip().casefold() in tags for text in chosen.tags) or any(
        text.strip().casefold() in names for text in chosen.feeds
    )
    tell = report.warn if reaches_one else report.error
    for key, known, message in (
        ("tags", tags, "no feed has this tag"),
        ("feeds", names, "no feed has this name or address"),
    ):
        for scalar in _texts(node, key):
            written = scalar.value.strip().casefold()
            if written not in known:
                shown = sorted(name for name in known.values() if not any(s in name for s in secret))
                without = "" if reaches_one else "; the rule would read no feed"
                tell(scalar, message + without, did_you_mean(written, shown, otherwise=_listed(key, shown)))
    if not chosen.tags and not chosen.feeds:
        report.warn(node, "this chooses no feed by anything, so the rule reads all of them")


def _listed(key: str, names: Sequence[str]) -> str:
    noun = "Tags" if key == "tags" else "Feeds"
    return f"{noun}: {list_names(names)}." if names else ""


def secrets_in(channels: Sequence[ChannelSpec], settings: Settings, feeds: Sequence[Feed]) -> set[str]:
    """Secrets that stand in the files themselves: passwords in addresses, and addresses of channels."""
    found = {channel.url for channel in channels if not channel.url.startswith(("console:", "file:"))}
    for url in (*found, settings.database, *(feed.url for feed in feeds)):
        try:
            password = urlsplit(url).password
        except ValueError:
            continue
        if password:
            found |= {password, unquote(password)}
    return found
