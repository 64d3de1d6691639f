"""Splices: what of a mapping in order was exchanged."""

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.rules.splice import splice

_entries = st.dictionaries(st.text("abcd", max_size=2), st.integers(0, 2), max_size=12)


@given(_entries, _entries)
@example({str(n): 0 for n in range(3000)}, {str(n): int(n == 2500) for n in range(3000)})
def test_exchanging_the_middle_gives_the_other(old: dict[str, int], new: dict[str, int]) -> None:
    """What stands before and behind is common to both, and no entry more could be."""
    found = splice(list(old), list(old.values()), list(new), list(new.values()))
    before, behind = list(old.items())[: found.first], list(old.items())[found.end :]
    assert [*before, *found.old.items(), *behind] == list(old.items())
    assert [*before, *found.new.items(), *behind] == list(new.items())
    assert found.shift == len(new) - len(old)
    if found.old and found.new:
        first, other = (next(iter(items.items())) for items in (found.old, found.new))
        last, other_last = (list(items.items())[-1] for items in (found.old, found.new))
        assert first != other
        assert last != other_last
