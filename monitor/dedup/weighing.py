"""How much each term of a lead says about which event is told: the weights of its vector.

Inverse document frequency, counted as leads pass, for each language; in a full lead names count twice,
in a headline, where most words are names, a third more.
"""

import math

import numpy as np

from monitor.dedup import common
from monitor.dedup.frequency import Frequencies
from monitor.dedup.lead import Casing, Lead
from monitor.dedup.likeness import Vector, fullness

_NAME = 0.5  # of the times that a term is written, with a capital: it counts as a name from here on
_HEADLINE_BONUS = 0.3  # of a name in a headline; in a full lead it is 1
_NUMERAL_AS_NAME = 0.5
_PRIOR = 20
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

    def weigh(self, lead: Lead, at: float | None) -> Vector:
        """The vector of a lead, of length 1, after counting it: a term of no other is not the whole story.

        `at` is when it appeared, in seconds.
        """
        frequencies = self._frequencies_of(lead.vocabulary)
        frequencies.learn(lead.terms)
        self._casing.learn(lead)
        shares = self._casing.names(lead.terms)
        names = np.where(lead.numerals, _NUMERAL_AS_NAME, shares)
        weights = frequencies.rarity(lead.terms) * (1 + _name_bonus(len(lead.terms)) * names)
        weights = np.where(lead.asked, np.float32(_ASKED), np.float32(1)) * weights
        length = math.sqrt(float(weights @ weights))
        scaled = (weights / length if length else weights).astype(np.float32)
        return Vector(lead.terms, scaled, (shares > _NAME) & ~lead.numerals, at)

    def _frequencies_of(self, language: str) -> Frequencies:
        if language not in self._frequencies and len(self._frequencies) >= _LANGUAGES:
            language = ""
        if language not in self._frequencies:
            self._frequencies[language] = Frequencies(
                prior=_PRIOR, buckets=_LANGUAGE_BUCKETS, common=common.shares(language)
            )
        return self._frequencies[language]


def _name_bonus(terms: int) -> float:
    return _HEADLINE_BONUS + fullness(terms) * (1 - _HEADLINE_BONUS)
