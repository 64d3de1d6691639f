"""All that is wrong with a query at once, so that mending it takes one look and not several.

Reading stops at the first fault; here that place is covered by something harmless and the query read
again. What may only follow from an earlier fault is not told.
"""

from collections.abc import Iterator, Mapping, Sequence

from monitor.errors import QueryError
from monitor.rules.lexer import OPERATORS
from monitor.rules.lists import Lists, parse
from monitor.rules.query import Query

MOST_FAULTS = 10
# After these the rest of the text may be cut up wrongly.
_LAST = frozenset(["", *'"“”„«»‟＂/(（'])


def read(text: str, *, lists: Mapping[str, Sequence[str]] | Lists | None = None) -> Query:
    """Read a query as `parse` does; the QueryError that is raised tells of all its faults."""
    try:
        return parse(text, lists=lists)
    except QueryError as error:
        first, *others = sorted(_faults(error, text, lists), key=lambda fault: fault.span)
        first.others = tuple(others)
        raise first from None


def _faults(
    error: QueryError, text: str, lists: Mapping[str, Sequence[str]] | Lists | None
) -> Iterator[QueryError]:
    """The first fault, then those found when the ones before are covered up."""
    if error.text != text:  # it is in an item of a list
        yield error
        return
    covered = text
    told: list[tuple[int, int]] = []
    while error.text == covered and not any(_overlap(error.span, span) for span in told):
        start, end = error.span
        yield QueryError(error.message, text=text, span=(start, end), hint=error.hint)
        told.append(error.span)
        if len(told) == MOST_FAULTS or text[start:end] in _LAST:
            return
        covered = _covered(covered, start, end)
        try:
            parse(covered, lists=lists)
        except QueryError as following:
            error = following
        else:
            return


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _covered(text: str, start: int, end: int) -> str:
    """The text without the fault, as long as it was: `or` is meant as OR, and all else is some word."""
    fault = text[start:end]
    meant = fault.upper()
    name, _, number = meant.partition("/")
    is_operator = name in OPERATORS and fault != meant and (not number or number.isdecimal())
    return text[:start] + (meant if is_operator else "xx".ljust(len(fault))[: len(fault)]) + text[end:]
