"""Two texts of one form that speak of different things: sister funds, matches, forecasts, two quakes.

A copy is cut, or extended by passages of its own. A look-alike has other words *in the places* of the
other's: each exchanged word stands alone in what is common and breaks four shingles, where a passage of
one's own breaks hardly more shingles than it has words. Exchanged words are ordinary editing unless they
say what the text is about: a name in the headline that the other text never has, on both sides; or most
of the numerals. A single numeral, or a verb, may be what a later version of the same report has changed.
"""

import numpy as np

from monitor.dedup import sketch
from monitor.dedup.opposites import are_opposed
from monitor.dedup.sketch import Marks, Overlap
from monitor.dedup.wording import Wording

_HEADLINE = 20  # words; a shorter text is one
_BROKEN = 2.2  # shingles for each word that the other text has not
_ALIKE = 0.3  # Jaccard: texts of one form are of like length
_NUMERALS = 0.6  # of the shorter text's, fewer in the longer are exchanged
_EXCHANGED = 2  # numerals on each side
_FEW = 2  # words in which two headlines differ


def is_look_alike(shorter: Wording, longer: Wording, overlap: Overlap) -> bool:
    """Whether it is the form alone that the two have in common."""
    if shorter.size < _HEADLINE:
        return _are_opposite_headlines(shorter, longer)
    if overlap.jaccard < _ALIKE:
        return False
    own = _beside(shorter.terms, longer.terms)
    broken = (1 - overlap.containment) * len(shorter.shingles)
    if not len(own) or broken < _BROKEN * len(own):
        return False
    return _are_subjects_exchanged(shorter, longer) or _are_numerals_exchanged(shorter, longer)


def _are_opposite_headlines(shorter: Wording, longer: Wording) -> bool:
    """Whether two are the same but for words of opposite sides: "wins" and "loses"."""
    few = max(len(_beside(shorter.terms, longer.terms)), len(_beside(longer.terms, shorter.terms)))
    return 0 < few <= _FEW and are_opposed(shorter.terms, longer.terms)


def _are_subjects_exchanged(one: Wording, other: Wording) -> bool:
    return len(_beside(one.subjects, other.terms)) > 0 and len(_beside(other.subjects, one.terms)) > 0


def _are_numerals_exchanged(shorter: Wording, longer: Wording) -> bool:
    ours, theirs = shorter.numerals - longer.numerals, longer.numerals - shorter.numerals
    are_few_common = len(ours) > (1 - _NUMERALS) * len(shorter.numerals)
    return are_few_common and min(len(ours), len(theirs)) >= _EXCHANGED


def _beside(words: Marks, others: Marks) -> Marks:
    """Those of the words that are not among the others."""
    found: Marks = words[np.logical_not(sketch.are_in(words, others))]
    return found
