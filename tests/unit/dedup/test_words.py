"""Words and their hashes are those of the text layer, and stable."""

import pytest

from monitor.dedup import words
from monitor.text import tokenize

STORM, E_ACUTE = 0x7404C1A7735AFD45, 0x337DAD176302E5A

TEXTS = [
    "",
    "The U.S. said 1,000 people — “mostly” children — fled.",
    "L’Iran et l'Élysée: déjà vu, 3,5 % d’écart",
    "Größe, Straße, Übermut; Łódź, Ærø",
    "Президент заявил: «всё ещё» 1990-е, й и ё",
    "東京で地震 M6.1 발생했다",
    "दिल्ली में बारिश से तीन की मौत",
    "شَرِكَةٌ جديدة في القاهرة",
    "soft\u00adhyphen zero\u200bwidth e\u0301cole ½ x² ªº",
    "snake_case a_b __ 5½",
]


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_the_folded_tokens(text: str) -> None:
    """The fast way and the text layer's give the same words."""
    assert words.words(text) == [token.folded for token in tokenize(text)]


def test_hashes_are_the_same_in_every_process() -> None:
    """A stored hash must be found again by the next run."""
    assert words.hash_words(["storm", "é", "storm"]).tolist() == [STORM, E_ACUTE, STORM]
    assert words.hash_text(["storm"]) == 0x9E76995DF981521F


def test_words_are_told_apart_by_their_hashes() -> None:
    """By each letter, by their order and by their number."""
    close = ["a", "aa", "aaa", "ab", "ba", "b", "storm", "storms", "x" * 63, "x" * 64, "x" * 65, "0", "00"]
    every = close + [f"{a}{b}{c}" for a in "abcdefgh" for b in "ijklmnop" for c in range(100)]
    assert len(set(words.hash_words(every).tolist())) == len(set(every))
    assert len(set((words.hash_words(every) >> 32).tolist())) == len(set(every))


def test_no_words_have_no_hashes() -> None:
    """An empty text is no special case for whoever asks."""
    assert words.hash_words([]).tolist() == []


def test_a_sequence_is_hashed_by_its_words_and_their_edges() -> None:
    """Neither order nor word boundaries are lost."""
    assert len({words.hash_text(t) for t in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])}) == 4


def test_a_lone_surrogate_has_a_hash() -> None:
    """Whatever a feed sends can be compared."""
    assert len(set(words.hash_words(["\ud800", "\ud801"]).tolist())) == 2
