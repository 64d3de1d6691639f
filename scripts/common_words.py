#!/usr/bin/env python3
"""Makes monitor/dedup/common.txt from the word lists of wordfreq (`pip install wordfreq`), on stdout."""

import sys
from collections import defaultdict

import wordfreq

from monitor.dedup.common import STEM
from monitor.dedup.words import words

LANGUAGES = (
    "ar bg ca cs da de el en es fa fi fr he hu id it lt lv nb nl pl pt ro ru sh sk sl sv tr uk vi".split()
)
MOST = 1000
HEADER = """\
# The commonest words of 31 languages, the most common first, folded and cut to six letters.
# One line a language. Derived from the word lists of wordfreq 3.1.1 by Robyn Speer (sources there:
# Wikipedia, OPUS OpenSubtitles, ParaCrawl, Google Books Ngrams, SUBTLEX, Leeds Internet Corpus),
# CC BY-SA 4.0, and so is this file. Made by scripts/common_words.py.
"""


def stems(language: str) -> list[str]:
    """The commonest stems of a language."""
    shares: defaultdict[str, float] = defaultdict(float)
    for word, share in wordfreq.get_frequency_dict(language, wordlist="best").items():
        folded = words(word)
        if len(folded) == 1 and not any(letter.isdigit() for letter in folded[0]):
            shares[folded[0][:STEM]] += share
    return sorted(shares, key=lambda stem: (-shares[stem], stem))[:MOST]


sys.stdout.write(HEADER)
for language in LANGUAGES:
    sys.stdout.write(f"{language}\t{' '.join(stems(language))}\n")
