"""Two headlines in one frame of words, filled with other names or numbers: not one event, but one form.

"Toyota recalls 120,000 vehicles" and "Honda recalls 250,000 vehicles": most words are the same, in the same
order, and where they differ both have a name, both a number, or one the opposite of what the other has. A
report of the same event by another outlet is put in other words, or repeats the names. The first word of a
headline is a name unless it is common; In Title Case nothing is.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from monitor.dedup import common, languages, sketch
from monitor.dedup.common import STEM
from monitor.dedup.figures import is_number
from monitor.dedup.opposites import are_opposed
from monitor.dedup.words import fold_word, hash_words
from monitor.text.tokens import TOKEN

_COMMON = 0.5  # of the longer headline's words
_EXCHANGED = 3  # words in one place, at most
_ADDED = 1  # places where one has words and the other none, at most
_WORDS = 40  # of a headline that are looked at
_TITLE_CASE = 0.8  # of the longer words
_HALF = np.uint64(32)


def is_one_frame(ours: str, theirs: str) -> bool:
    """Whether the headlines differ in what fills the frame. Equal ones do not. Below 100 µs."""
    one, other = (TOKEN.findall(title)[:_WORDS] for title in (ours, theirs))
    folded = [[fold_word(word) for word in words] for words in (one, other)]
    matcher = SequenceMatcher(None, folded[0], folded[1], autojunk=False)
    shared = sum(block.size for block in matcher.get_matching_blocks())
    if shared < _COMMON * max(len(one), len(other)) or not shared:
        return False
    places = [place for place in matcher.get_opcodes() if place[0] != "equal"]
    if any(max(place[2] - place[1], place[4] - place[3]) > _EXCHANGED for place in places):
        return False
    if sum(place[0] != "replace" for place in places) > _ADDED:
        return False
    language = common.likely([*folded[0], *folded[1]])
    are_capitals_plain = _is_title_case(one) or _is_title_case(other)
    for tag, start, end, other_start, other_end in places:
        if tag != "replace":
            continue
        ours_here, theirs_here = folded[0][start:end], folded[1][other_start:other_end]
        if _are_opposite(ours_here, theirs_here) or all(map(_has_number, (ours_here, theirs_here))):
            return True
        if are_capitals_plain:
            continue
        if _has_name(one, start, end, language) and _has_name(other, other_start, other_end, language):
            return True
    return False


def _are_opposite(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return are_opposed(*(sketch.marks(np.sort(hash_words(words))) for words in (ours, theirs)))


def _has_number(folded: Sequence[str]) -> bool:
    return any(map(is_number, folded))


def _has_name(words: Sequence[str], start: int, end: int, language: str) -> bool:
    """Whether there is a name among words of a headline."""
    if start == 0:
        return end == 1 and words[0][0].isupper() and not _is_common(fold_word(words[0]), language)
    return any(word[0].isupper() for word in words[start:end])


def _is_common(folded: str, language: str) -> bool:
    known = languages.FUNCTION_WORDS.get(language, frozenset())
    marks, _ = common.shares(language)
    mark = (hash_words([folded[:STEM]]) >> _HALF).astype(np.uint32)
    return folded in known or bool(np.isin(mark, marks).any())


def _is_title_case(words: Sequence[str]) -> bool:
    long = [word for word in words[1:] if len(word) > 3]
    return len(long) >= 3 and sum(word[0].isupper() for word in long) > _TITLE_CASE * len(long)
