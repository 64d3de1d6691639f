"""`newsmonitor feeds show`, and what `feeds list` says of rhythms: rates, delays, why a poll is then."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.model import FeedState, Why
from monitor.schedule import delay, rhythm
from monitor.schedule.intensity import Intensity
from monitor.schedule.leases import LeaseState
from monitor.schedule.rhythm import Rhythm

if TYPE_CHECKING:
    from monitor.config import Config

_BAR = " ▁▂▃▄▅▆▇█"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONDAY = 72  # hours after the beginning of 1970


def facts(state: FeedState | None) -> dict[str, Any]:
    """A feed's rhythm as JSON values; None where nothing is known. Delays are in seconds."""
    known = rhythm.from_json(state.habits.rhythm) if state else None
    measured = delay.summarise(known.delays, known.delayed) if known else None
    return {
        "why": str(_why(state)),
        "articles_per_day": _round(rhythm.rate(known, now=known.known_at) * 1440) if known else None,
        "delay_expected": _seconds(_expected(state, known)) if state and known else None,
        "delay_measured": _seconds(measured.mean) if measured else None,
        "delay_p95": _seconds(measured.p95) if measured else None,
        "measured_articles": _round(measured.articles) if measured else 0,
        "polled_at": state.habits.address if state else None,
    }


def _why(state: FeedState | None) -> Why:
    if state is None:
        return Why.NEW
    return Why.RETRY_AFTER if state.is_held else state.habits.why or Why.NEW


def in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """The same for a table."""
    return {
        "per_day": "" if row["articles_per_day"] is None else f"{row['articles_per_day']:g}",
        "delay": length(row["delay_expected"]),
        "measured": length(row["delay_measured"]),
        "why": row["why"],
    }


def together(states: Sequence[FeedState]) -> str:
    """The measured delay of all feeds, in a sentence; "" while there is none."""
    known = [found for state in states if (found := rhythm.from_json(state.habits.rhythm))]
    measured = delay.merge([(one.delays, one.delayed) for one in known])
    if measured is None:
        return ""
    mean, p95 = (length(_seconds(one)) for one in (measured.mean, measured.p95))
    return f"from an article's date to our seeing it: {mean} in the mean, {p95} for 19 of 20"


def _expected(state: FeedState, known: Rhythm) -> timedelta | None:
    """How long an article is expected to wait for the next poll, in the mean."""
    if state.last_polled_at is None or state.habits.gone_at is not None or state.habits.why is Why.PUSHED:
        return None
    start, end = (moment.timestamp() / 60 for moment in (state.last_polled_at, state.due_at))
    return timedelta(minutes=Intensity(known, now=state.last_polled_at).waiting(start, end).mean)


def length(seconds: float | None) -> str:
    """A time in short, such as 45s, 12m or 3.5h."""
    if seconds is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g}{unit}" if seconds < 10 * size else f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def next_poll(moment: datetime | None, why: str, time_zone: str) -> str:
    """When the next poll is, for a table."""
    return "never" if why == Why.GONE else common.local(moment, time_zone)


def show(states: Callable[["Config"], Mapping[str, FeedState]]) -> click.Command:
    """The command; `states` reads what the database knows."""

    @click.command("show")
    @click.argument("feed", metavar="FEED")
    @common.json_option
    @click.pass_obj
    def command(config_dir: str, feed: str, as_json: bool) -> None:
        """One feed (its address or name): its rhythm by the hour, its delays, and what happened to it."""
        config = common.load_config(config_dir)
        known = next((one for one in config.feeds if feed in (one.url, one.name)), None)
        if known is None:
            raise click.UsageError(f"no feed {feed!r} is configured")
        state = states(config).get(known.url)
        row = {"url": config.hide_secrets(known.url), "name": known.name, **_whole(state), "events": []}
        if state is not None:
            row.update(_kept(config, state))
        if as_json:
            common.print_rows([row], as_json=True, columns=())
            return
        for line in _lines(row, state, config.settings.time_zone):
            click.echo(line)

    return command


def _kept(config: "Config", state: FeedState) -> dict[str, Any]:
    """What else the database has of a feed: what happened to it, and what is agreed with its hub."""
    from monitor.store import events, subscriptions

    store = common.open_existing(config)
    try:
        happened = store.read(lambda conn: events.recent(conn, subject=state.feed.url, limit=10))
        hub = store.read(lambda conn: subscriptions.of_feed(conn, state.id))
    finally:
        store.close()
    return {
        "hub": hub.hub if hub else None,
        "hub_state": str(hub.state) if hub else None,
        "hub_until": hub.expires_at if hub else None,
        "hub_detail": hub.detail if hub else "",
        "events": [
            {"at": event.happened_at, "kind": str(event.kind), "detail": event.detail, **event.facts}
            for event in happened
        ],
    }


def _whole(state: FeedState | None) -> dict[str, Any]:
    known = rhythm.from_json(state.habits.rhythm) if state else None
    week = Intensity(known, now=known.known_at) if known else None
    return {
        **facts(state),
        "next_poll": state.due_at if state else None,
        "not_before": state.not_before if state else None,
        "week": [
            [_round(week.hour(day * 24 + hour - _MONDAY) * 60) for hour in range(24)] for day in range(7)
        ]
        if week
        else None,
    }


def _lines(row: Mapping[str, Any], state: FeedState | None, time_zone: str) -> list[str]:
    lines = [common.printable(row["name"] or row["url"]), f"  {common.printable(row['url'])}"]
    if row["polled_at"]:
        lines.append(f"  polled at {common.printable(row['polled_at'])}, where it has moved to")
    if state is None or row["week"] is None:
        return [*lines, "  nothing is known of its rhythm yet"]
    lines += [
        f"  {row['articles_per_day']:g} articles a day",
        f"  next poll: {next_poll(row['next_poll'], row['why'], time_zone)} ({row['why']})",
    ]
    if row["hub"]:
        lines.append(f"  hub: {_hub(row, time_zone)}")
    if row["delay_expected"] is not None:
        lines.append(f"  delay expected until then: {length(row['delay_expected'])}")
    if row["delay_measured"] is not None:
        lines.append(
            f"  delay measured: {length(row['delay_measured'])} in the mean, "
            f"{length(row['delay_p95'])} for 19 of 20"
        )
    most = max(max(day) for day in row["week"]) or 1.0
    lines += ["  articles by the hour, UTC:", "       0     6     12    18"]
    lines += [
        f"  {name}  {''.join(_bar(rate / most) for rate in day)}"
        for name, day in zip(_DAYS, row["week"], strict=True)
    ]
    lines += [
        f"  {common.local(event['at'], time_zone)}  {event['kind']}: {common.printable(event['detail'])}"
        for event in row["events"]
    ]
    return lines


def _hub(row: Mapping[str, Any], time_zone: str) -> str:
    state = row["hub_state"]
    if state == LeaseState.ACTIVE and row["hub_until"]:
        state = f"pushes until {common.local(row['hub_until'], time_zone)}, then it is asked again"
    detail = f": {row['hub_detail']}" if row["hub_detail"] else ""
    return common.printable(f"{row['hub']}, {state}{detail}")


def _bar(share: float) -> str:
    return _BAR[min(len(_BAR) - 1, round(share * (len(_BAR) - 1)))]


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else round(duration.total_seconds(), 1)


def _round(value: float) -> float:
    return float(f"{value:.3g}")
