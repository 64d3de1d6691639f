"""Words and their hashes are those of the text layer, and stable."""

import pytest

from monitor.dedup import words
from monitor.text import tokenize

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
    assert words.hash_word("storm") == 0x9E76995DF981521F
    assert words.hash_words(["storm", "storm"]).tolist() == [0x9E76995DF981521F] * 2


def test_a_sequence_is_hashed_by_its_words_and_their_edges() -> None:
    """Neither order nor word boundaries are lost."""
    assert len({words.hash_text(t) for t in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])}) == 4


def test_a_lone_surrogate_has_a_hash() -> None:
    """Whatever a feed sends can be compared."""
    assert words.hash_word("\ud800") != words.hash_word("\ud801")
