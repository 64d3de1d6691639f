"""How alike two leads are: words in common, less what speaks against one event."""

import numpy as np
import pytest

from monitor.dedup.likeness import Vector, fullness, likenesses
from monitor.dedup.story import Member, Story

DAY = 24 * 3600.0


def vector(*terms: int, names: tuple[int, ...] = (), at: float | None = None) -> Vector:
    """A lead of these terms, all of one weight."""
    marks = np.array(sorted(terms), dtype=np.uint32)
    weights = np.full(len(terms), 1 / max(1, len(terms)) ** 0.5, dtype=np.float32)
    return Vector(marks, weights, np.isin(marks, names), at)


LONG = tuple(range(20))


def test_a_lead_is_wholly_like_itself() -> None:
    """And like nothing that it has no word in common with."""
    ours = vector(*LONG)
    assert likenesses(ours, [ours, vector(*range(50, 70))]) == pytest.approx([1, 0], abs=1e-6)


def test_names_that_one_has_alone_speak_against() -> None:
    """Other words that one has alone say less."""
    ours, theirs = (*LONG, 30), (*LONG, 40)
    (with_names,) = likenesses(vector(*ours, names=(30,)), [vector(*theirs, names=(40,))])
    (without,) = likenesses(vector(*ours), [vector(*theirs)])
    (shared,) = likenesses(vector(*ours, names=(3,)), [vector(*theirs, names=(3,))])
    assert with_names < without
    assert shared == pytest.approx(without, abs=1e-6)


def test_time_between_them_speaks_against() -> None:
    """As far as both times are known."""
    ours = vector(*LONG, at=0.0)
    same, later, unknown = likenesses(ours, [vector(*LONG, at=at) for at in (0.0, DAY, None)])
    assert later < same == unknown


def test_headlines_have_to_be_more_alike() -> None:
    """Whichever of the two is one."""
    short, long = vector(*range(4)), vector(*LONG)
    assert likenesses(short, [short])[0] < likenesses(long, [long])[0]
    assert likenesses(short, [long]) == pytest.approx(likenesses(long, [short]))
    assert (fullness(3), fullness(30)) == (0, 1)


def test_nothing_is_like_an_empty_lead() -> None:
    """It has no place in the arithmetic either."""
    assert likenesses(vector(), [vector(*LONG)]) == [0]
    assert likenesses(vector(*LONG), []) == []


def story(*vectors: Vector) -> Story:
    """Of such members."""
    return Story(None, [Member(number, 0, item, "") for number, item in enumerate(vectors)])


def test_a_share_of_the_members_votes() -> None:
    """A member that was not found alike votes against; one outside of the window does not vote."""
    old, new = vector(*LONG, at=0.0), vector(*LONG, at=3 * DAY)
    assert story(new, new).share([1.0], 3 * DAY) == 0.5
    assert story(old, new).share([1.0], 3 * DAY) == 1.0
    assert story(*[new] * 40).share([1.0] * 8, 3 * DAY) == 1.0, "the eight most like it"


def test_caution_asks_for_more_likeness() -> None:
    """So fewer vote."""
    about = story(vector(*LONG))
    assert about.share([0.25], None) > about.share([0.25], None, caution=0.1) > 0
    assert about.share([0.25], None, caution=0.3) == 0


def test_two_stories_are_as_alike_as_their_members() -> None:
    """Without the one that brings them together, if asked."""
    one, other = vector(*LONG), vector(*range(50, 70))
    assert story(one, one).share_of(story(one)) == 1
    assert story(other, one).share_of(story(one)) == 0.5
    assert story(other, one).share_of(story(one), besides=1) == 0
