"""What may be written about when to tell, to whom, and in how many messages; and about watching the watch."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from monitor.config import times
from monitor.config.strict import ShortForm, Strict
from monitor.config.values import (
    Duration,
    Integer,
    Number,
    PositiveDuration,
    Size,
    Texts,
    Truth,
    fault,
    reader,
)
from monitor.model import ALL_DAYS, MIDNIGHT, Active, Digest, Escalation, QuietHours, Storm

_STORM = re.compile(r"([0-9]{1,6})\s*(?:/|in)\s*([0-9]+\s*[smhd])")


def _days(value: Any) -> frozenset[int]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts:
        raise fault("must be days of the week", "Write mon-fri, or [sat, sun].")
    read = reader(times.read_days, "a day of the week")
    return frozenset(day for part in parts for day in read(part))


def _week(value: Any) -> tuple[frozenset[int], time]:
    day, _, clock = str(value).strip().rpartition(" ")
    if not day:
        raise fault("must be a day and a time", "Write mon 08:00.")
    days = reader(times.read_days, "a day of the week")(day.strip())
    if len(days) != 1:
        raise fault("must be one day of the week", "Write mon 08:00, or daily: 08:00 with `days`.")
    return days, reader(times.read_clock, "a time such as 08:00")(clock)


def _write_week(value: tuple[frozenset[int], time]) -> str:
    return f"{times.write_days(value[0])[0]} {times.write_clock(value[1])}"


def _one_as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Clock = Annotated[
    time,
    BeforeValidator(reader(times.read_clock, "a time such as 07:30")),
    PlainSerializer(times.write_clock, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"}),
]
Hours = Annotated[
    tuple[time, time],
    BeforeValidator(reader(times.read_hours, "a period such as 22:00-07:00")),
    WithJsonSchema({"type": "string", "description": "a period such as 22:00-07:00"}),
]
Days = Annotated[
    frozenset[int],
    BeforeValidator(_days),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "default": "daily"}
    ),
]
Week = Annotated[
    tuple[frozenset[int], time],
    BeforeValidator(_week),
    PlainSerializer(_write_week, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "description": "a day and a time such as mon 08:00"}),
]
Moment = Annotated[
    datetime,
    BeforeValidator(reader(times.read_moment, "a date")),
    WithJsonSchema({"type": "string", "description": "a date such as 2026-06-01"}),
]


class QuietEntry(ShortForm):
    """When a channel keeps still; what comes meanwhile is held and goes out at the end."""

    short_key = "hours"
    short_description = "From when to when, such as 22:00-07:00, on every day."

    hours: Hours = Field(
        description="From when to when, in the channel's time zone; the same twice: all day."
    )
    days: Days = Field(default=ALL_DAYS, description="The days on which it begins, such as mon-fri.")
    high_passes: Truth = Field(
        default=True, description="Whether alerts of high priority go out all the same."
    )

    def value(self) -> QuietHours:
        """As the policy takes it."""
        return QuietHours(*self.hours, self.days, self.high_passes)


QuietEntries = Annotated[tuple[QuietEntry, ...], BeforeValidator(_one_as_list)]


class StormEntry(ShortForm):
    """More alerts than this are collected in one message, with their counts; none is dropped."""

    short_key = "limit"
    short_description = "How many in which time, such as 20/1h; `none`: no limit."

    limit: Integer = Field(ge=0, le=100_000, description="So many go out one by one; 0: no limit.")
    within: PositiveDuration = Field(description="Within this time.")

    @classmethod
    def expand(cls, text: str) -> Any:
        """`20/1h`, or `none`."""
        if text.strip() == "none":
            return {"limit": "0", "within": "1h"}
        found = _STORM.fullmatch(text.strip())
        if not found:
            raise fault("not a limit", "Write how many in which time, such as 20/1h, or none.")
        return {"limit": found[1], "within": found[2]}

    def value(self) -> Storm | None:
        """As the policy takes it; None for no limit."""
        return Storm(self.limit, self.within) if self.limit else None


class DigestEntry(ShortForm):
    """When a channel tells what it collected, in one message."""

    short_key = "every"
    short_description = "Time between two digests, such as 30m; or a time of the day, such as 07:30."

    every: PositiveDuration | None = Field(
        default=None, description="Time between two digests, counted from midnight UTC."
    )
    daily: Clock | None = Field(
        default=None, description="Or at this time of the day, in the channel's time zone."
    )
    days: Days = Field(default=ALL_DAYS, description="With `daily`: on these days, such as mon-fri.")
    weekly: Week | None = Field(default=None, description="Or once a week, such as mon 08:00.")
    empty: Truth = Field(default=False, description="Whether to say also that there was nothing.")
    high_passes: Truth = Field(
        default=True, description="Whether alerts of high priority go out at once, by themselves."
    )

    @classmethod
    def expand(cls, text: str) -> Any:
        """`30m`, or `07:30`."""
        return {"daily" if ":" in text else "every": text}

    @model_validator(mode="after")
    def _has_one_time(self) -> "DigestEntry":
        if [self.every, self.daily, self.weekly].count(None) != 2:
            raise fault(
                "a digest has one of `every`, `daily` and `weekly`",
                "Write digest: 30m, or digest: {daily: 07:30}.",
            )
        if self.daily is None and self.days != ALL_DAYS:
            raise fault("`days` go with `daily`", "Write {daily: 07:30, days: mon-fri}.")
        if self.every is not None and timedelta(days=1) % self.every:
            raise fault("a day must be a multiple of `every`", "Write 5m, 15m, 30m, 1h, 6h and so on.")
        return self

    def value(self) -> Digest:
        """As the policy takes it."""
        days, at = self.weekly or (self.days, self.daily)
        return Digest(self.every, at, days, self.empty, self.high_passes)


class ActiveEntry(Strict):
    """When a rule alerts; at other times its matches are suppressed, and kept with that reason."""

    since: Moment | None = Field(default=None, description="From this date on, in the settings' time zone.")
    until: Moment | None = Field(default=None, description="Until this date, when it begins.")
    days: Days = Field(default=ALL_DAYS, description="On these days of the week, such as mon-fri.")
    hours: Hours = Field(default=(MIDNIGHT, MIDNIGHT), description="At these hours, such as 08:00-18:00.")

    @model_validator(mode="after")
    def _has_a_time(self) -> "ActiveEntry":
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise fault("it would end before it begins", "`until` must be later than `since`.")
        return self

    def value(self, zone: Any) -> Active:
        """As the policy takes it; its dates are local times of `zone`."""
        since, until = (None if one is None else one.replace(tzinfo=zone) for one in (self.since, self.until))
        return Active(since, until, self.days, *self.hours)


class EscalateEntry(Strict):
    """Who is told as well when nobody acknowledges an alert of high priority."""

    after: PositiveDuration = Field(description="How long to wait for `newsmonitor alerts ack`.")
    to: Texts = Field(description="The channels that are told then.", min_length=1)

    def value(self) -> Escalation:
        """As the policy takes it."""
        return Escalation(self.after, tuple(dict.fromkeys(self.to)))


class Watch(Strict):
    """Watching the watch: what is told about feeds, rules, channels and the storage themselves."""

    channels: Texts = Field(default=(), description="The channels that are told; without it, the first one.")
    feeds: Truth = Field(
        default=True,
        description="Whether to tell of feeds that fail, are gone, moved, silent or rolled over.",
    )
    rules: Truth = Field(default=True, description="Whether to tell of rules that burst, or fall silent.")
    false_alarms: Number = Field(
        default=0.0005,
        gt=0,
        le=0.1,
        description="The part of ordinary days on which a rule may wrongly be called bursting or silent.",
    )
    channel_down: Duration = Field(
        default=timedelta(minutes=15), description="A channel that takes nothing for this long is told of."
    )
    disk_free: Size = Field(
        default=512 * 1024 * 1024,
        description="Less free space than this beside the database is told.",
        json_schema_extra={"default": "512MiB"},
    )
