"""Column types that mean the same on SQLite and PostgreSQL, and refuse what one of them could not keep.

A refused value fails the one function that brought it, with a ValueError that says what is wrong;
nothing here cleans or guesses: cleaning is done where text enters the program.
"""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Float, Text
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept and returned in UTC. Naive datetimes are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone, this one has none: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Seconds(TypeDecorator[timedelta]):
    """A duration, kept as seconds."""

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        return None if value is None else value.total_seconds()

    def process_result_value(self, value: float | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        return None if value is None else timedelta(seconds=value)


def refuse_unkeepable(value: str) -> str:
    """The text itself, or ValueError when PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot hold it."""
    if "\0" in value:
        raise ValueError(f"a text with NUL at character {value.index(chr(0))} cannot be stored")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"a text with a lone surrogate at character {error.start} cannot be stored"
            ) from None
    return value


class Characters(TypeDecorator[str]):
    """Text that both databases can keep; see `refuse_unkeepable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else refuse_unkeepable(value)


class Word(TypeDecorator[StrEnum]):
    """A member of a closed list, kept as its text.

    With `lenient`, a word this version does not know reads as None, so that a reason written by a
    later version cannot stop an earlier one.
    """

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum], *, lenient: bool = False) -> None:
        super().__init__()
        self.words = words
        self.lenient = lenient

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        if value is None or (self.lenient and value not in self.words.__members__.values()):
            return None
        return self.words(value)


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text: never searched by the database, so no need for its JSON types."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return refuse_unkeepable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)
