"""How much each term of a lead says about which event is told: the weights of its vector.

Inverse document frequency, counted as leads pass, for each language; in a full lead names count twice,
in a headline, where most words are names, a third more.
"""

import math

import numpy as np
from numpy.typing import NDArray

from monitor.dedup import common
from monitor.dedup.frequency import Frequencies
from monitor.dedup.lead import Casing, Lead

_HEADLINE_TERMS, _FULL_TERMS = 8, 16  # of a headline alone, and of one with sentences
_HEADLINE_BONUS = 0.3  # of a name in a headline; in a full lead it is 1
_NUMERAL_AS_NAME = 0.25
_PRIOR = 1000
_ASKED = 0.4  # of a term that a rule looks for: it tells the subject, as of all that the rule matches
_LANGUAGES = 32
_LANGUAGE_BUCKETS = 1 << 18


class Weighing:
    """Counts leads and weighs their terms."""

    def __init__(self) -> None:
        self._frequencies: dict[str, Frequencies] = {}
        self._casing = Casing()

    def __len__(self) -> int:
        """How many languages are counted."""
        return len(self._frequencies)

    def weigh(self, lead: Lead) -> NDArray[np.float32]:
        """The vector of a lead, of length 1, after counting it: a term of no other is not the whole story."""
        frequencies = self._frequencies_of(lead.vocabulary)
        frequencies.learn(lead.terms)
        self._casing.learn(lead)
        names = np.where(lead.numerals, _NUMERAL_AS_NAME, self._casing.names(lead.terms))
        weights = frequencies.rarity(lead.terms) * (1 + _name_bonus(len(lead.terms)) * names)
        weights = np.where(lead.asked, np.float32(_ASKED), np.float32(1)) * weights
        length = math.sqrt(float(weights @ weights))
        return (weights / length if length else weights).astype(np.float32)

    def _frequencies_of(self, language: str) -> Frequencies:
        if language not in self._frequencies and len(self._frequencies) >= _LANGUAGES:
            language = ""
        if language not in self._frequencies:
            self._frequencies[language] = Frequencies(
                prior=_PRIOR, buckets=_LANGUAGE_BUCKETS, common=common.shares(language)
            )
        return self._frequencies[language]


def fullness(terms: int) -> float:
    """Between 0 for a headline alone and 1 for a headline with sentences."""
    return min(1.0, max(0.0, (terms - _HEADLINE_TERMS) / (_FULL_TERMS - _HEADLINE_TERMS)))


def _name_bonus(terms: int) -> float:
    return _HEADLINE_BONUS + fullness(terms) * (1 - _HEADLINE_BONUS)
