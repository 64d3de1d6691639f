"""A correction or a further version that an outlet publishes as an article of its own.

Agencies number their versions ("UPDATE 1-Storm kills 12") and send corrections ("CORRECTED-") under a new
guid and a new address. By its wording such an article would be a copy, and a copy is not told. It is the
new version of an earlier article of the same outlet when it says so, resembles that one, and says more
than the same again: a figure or a denial changed, much was added, or a correction is new in it.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from monitor.dedup import sketch, versions
from monitor.dedup.neardup import MIN_WORDS, Appearance, Candidate
from monitor.dedup.reading import Reading

_WITHIN = timedelta(days=7)
_ENDS = 500  # characters at either end of a text, where corrections are announced
_CONTAINED = 0.45  # of the shorter text's shingles
_HEADLINE = 0.7  # of the shorter headline's words
_HEADLINE_WORDS = 4
_COMPARED = 3  # earlier articles that are read again, the most alike


def is_announced(reading: Reading) -> bool:
    """Whether an article says that it is a correction or a further version. Some 100 µs."""
    if reading.is_live:
        return False
    said = (reading.title[:_ENDS], reading.body[:_ENDS], reading.body[_ENDS:][-_ENDS:])
    return bool(versions.NUMBERED.search(reading.title[:_ENDS])) or any(map(versions.has_marker, said))


def original(
    ours: Appearance,
    reading: Reading,
    candidates: Iterable[Candidate],
    read: Callable[[Candidate], Reading | None],
) -> Candidate | None:
    """The earlier article that an announced version is of; None where it only repeats, or is like none.

    `read` gives the earlier article of a candidate; it is asked for few.
    """
    near = [candidate for candidate in candidates if _may_be(ours, candidate.appearance)]
    near.sort(
        key=lambda candidate: (_containment(ours, candidate.appearance), candidate.number), reverse=True
    )
    for candidate in near[:_COMPARED]:
        before = read(candidate)
        if before is None or not _is_alike(ours, candidate.appearance, before, reading):
            continue
        return candidate if versions.compare_readings(before, reading).is_worth_telling else None
    return None


def _may_be(ours: Appearance, theirs: Appearance) -> bool:
    gap = abs(ours.at - theirs.at) if ours.at and theirs.at else timedelta(0)
    return bool(ours.host) and ours.host == theirs.host and gap < _WITHIN and not theirs.is_live


def _is_alike(ours: Appearance, theirs: Appearance, before: Reading, after: Reading) -> bool:
    one, other = set(before.headline_words), set(after.headline_words)
    fewer = min(len(one), len(other))
    if fewer >= _HEADLINE_WORDS and len(one & other) >= _HEADLINE * fewer:
        return True
    enough = min(ours.wording.size, theirs.wording.size) >= MIN_WORDS
    return enough and _containment(ours, theirs) >= _CONTAINED


def _containment(ours: Appearance, theirs: Appearance) -> float:
    return sketch.overlap(ours.wording.shingles, theirs.wording.shingles).containment
