"""All faults of a query at once."""

import pytest

from monitor.errors import QueryError
from monitor.rules import faults
from tests.support.growth import assert_linear

LISTS = {"russia": ["Russia*"], "bad": ["oil or gas"]}

# (query, the characters at fault, one after the other)
FAULTS = [
    ("iran or iraq", ["or"]),
    ("iran or iraq and oil near/3 gas", ["or", "and", "near/3"]),
    ("tilte:oil AND $rusia AND a*", ["tilte:", "$rusia", "a*"]),
    ("(oil OR gas or coal", ["(", "or"]),
    ("oil AND (gas AND", ["(", "AND"]),
    ("oil) AND gas)", [")", ")"]),
    ("oil AND OR gas || coal", ["OR", "||"]),
    ("oil NEAR/200 gas NEAR/300 coal", ["NEAR/200", "NEAR/300"]),
    ("/(/ OR /x*/", ["/(/", "/x*/"]),
    ("(oil AND gas) NEAR coal or iron", ["(oil AND gas)", "or"]),
    ('oil or "gas and coal', ["or", '"']),
    ('"gas and coal or iron', ['"']),
    ("lang:english AND lang:german", ["english", "german"]),
    ("NOT oil", ["NOT oil"]),
    ("", [""]),
    ("oil or $bad", ["or"]),
]


@pytest.mark.parametrize(("query", "expected"), FAULTS)
def test_each_fault_is_told_once(query: str, expected: list[str]) -> None:
    """In the order of the text; nothing is told that only follows from something told before."""
    with pytest.raises(QueryError) as caught:
        faults.read(query, lists=LISTS)
    found = [error for error in (caught.value, *caught.value.others) if error.text == query]
    assert [query[slice(*error.span)] for error in found] == expected
    assert str(caught.value).count("error: ") == 1 + len(caught.value.others)


def test_a_fault_in_a_list_is_told_with_the_text_of_the_list() -> None:
    """Its place is one in the item."""
    with pytest.raises(QueryError, match="list `bad`, item 1") as caught:
        faults.read("oil AND $bad", lists=LISTS)
    assert caught.value.text == "oil or gas"


def test_a_good_query_is_read() -> None:
    """Without a fault it is what `parse` gives."""
    assert str(faults.read("oil AND $russia", lists=LISTS)) == "oil AND $russia"


def test_the_number_of_faults_told_is_limited() -> None:
    """Nobody reads more than the first ten, and each takes another look at the query."""
    with pytest.raises(QueryError) as caught:
        faults.read("oil or " * 500 + "gas")
    assert len(caught.value.others) == faults.MOST_FAULTS - 1


def test_faults_take_time_in_proportion_to_the_query() -> None:
    """However many there are."""

    def read(size: int) -> None:
        with pytest.raises(QueryError):
            faults.read("oil or gas " * size)

    assert_linear(read, 300)
