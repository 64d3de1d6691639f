"""Column types: what both databases can keep, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from monitor.errors import PollReason
from monitor.store import statements
from monitor.store.types import Characters, Instant, Json, Seconds, Word, refuse_unkeepable

DIALECT = sqlite.dialect()


@given(st.datetimes(timezones=st.timezones() | st.just(UTC), min_value=datetime.fromisoformat("1900-01-01")))
def test_an_instant_is_the_same_instant_in_utc(moment: datetime) -> None:
    """Any zone in, UTC out, the same point in time; a driver that drops the zone changes nothing."""
    bound = Instant().process_bind_param(moment, DIALECT)
    assert bound.tzinfo is UTC
    # Timestamps, for Python calls times near a change of clocks unequal across zones.
    assert bound.timestamp() == moment.timestamp()
    assert Instant().process_result_value(bound.replace(tzinfo=None), DIALECT) == bound
    elsewhere = bound.astimezone(timezone(timedelta(hours=-5)))
    assert Instant().process_result_value(elsewhere, DIALECT).tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    """A time without a zone could mean anything."""
    with pytest.raises(ValueError, match="needs a time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_text_that_utf8_holds_is_kept(text: str) -> None:
    """Everything but NUL and lone surrogates passes unchanged."""
    assert refuse_unkeepable(text) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [("abc\0", "NUL at character 3"), ("ä\udfff", "lone surrogate at character 1")],
)
def test_text_that_a_database_cannot_hold_is_refused(text: str, says: str) -> None:
    """The error says what is wrong and where, and the same holds inside of JSON for surrogates."""
    with pytest.raises(ValueError, match=says):
        Characters().process_bind_param(text, DIALECT)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")), st.lists)
)
def test_json_comes_back(value: object) -> None:
    """Any JSON value survives, NUL characters included, for they are escaped."""
    bound = Json().process_bind_param(value, DIALECT)
    assert Json().process_result_value(bound, DIALECT) == value
    assert bound is None or "\0" not in bound


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)))
def test_durations_come_back(duration: timedelta) -> None:
    """To the microsecond."""
    bound = Seconds().process_bind_param(duration, DIALECT)
    assert Seconds().process_result_value(bound, DIALECT) == duration


def test_words_are_members_of_their_list() -> None:
    """Another word is refused when written; when read it is an error, or None where that is allowed."""
    strict, lenient = Word(PollReason), Word(PollReason, lenient=True)
    assert strict.process_bind_param(PollReason.DNS, DIALECT) == "dns"
    assert strict.process_result_value("dns", DIALECT) is PollReason.DNS
    assert lenient.process_result_value("dns", DIALECT) is PollReason.DNS
    assert lenient.process_result_value("new", DIALECT) is None
    for use in (strict.process_bind_param, strict.process_result_value, lenient.process_bind_param):
        with pytest.raises(ValueError, match="'new' is not a valid"):
            use("new", DIALECT)


def test_chunks_are_distinct_ordered_and_bounded() -> None:
    """Each value once, in its order, in lists of at most the size asked for."""
    assert list(statements.chunks([3, 1, 3, 2, 1, 5], size=2)) == [[3, 1], [2, 5]]
    assert list(statements.chunks([])) == []
