"""The scan cuts and hashes words as the text layer does."""

import random
from itertools import pairwise

import numpy as np
import pytest

from monitor.rules.engine.letters import Letters
from monitor.rules.engine.scan import Scan
from monitor.text.tokens import Token, tokenize
from tests.support.randomrules import random_text

LETTERS = Letters(5)


def _tokens(scan: Scan, number: int) -> list[tuple[int, int, int, bool]]:
    """Start, end, hash and touch of the words of one text."""
    first, end = scan.first_words[number : number + 2].tolist()
    offset = int(scan.offsets[number])
    return [
        (int(scan.starts[w]) - offset, int(scan.ends[w]) - offset, int(scan.hashes[w]), bool(scan.touches[w]))
        for w in range(first, end)
    ]


def _expected(tokens: list[Token]) -> list[tuple[int, int, int, bool]]:
    hashes = LETTERS.hash_words([token.folded for token in tokens]).tolist()
    return [(t.start, t.end, value, t.touches) for t, value in zip(tokens, hashes, strict=True)]


def _check(texts: list[str]) -> None:
    scan = Scan(texts, LETTERS)
    found = [_tokens(scan, number) for number in range(len(texts))]
    blocks = scan.blocks.tolist()
    for number, text in enumerate(texts):
        tokens = tokenize(text)
        assert found[number] == _expected(tokens), ascii(text)
        first, end = scan.first_words[number : number + 2].tolist()
        mine = blocks[first:end]
        assert [a == b for a, b in pairwise(mine)] == [a.block == b.block for a, b in pairwise(tokens)], (
            ascii(text)
        )
    assert len({blocks[w] for w in scan.first_words[:-1].tolist() if w < len(blocks)}) <= len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u0301",
        "oil",
        "l’Iran: 東京 F-16",
        "Straße ﬁnance İstanbul",
        "a\n\nb\n \nc\nd\u2029e \n. \n f",
        "น้ำมัน น\u0e4d\u0e32 a\u0e4d\u0e32",
        "\u1112\u1161\u11ab국 ㅎㅏ",
        "oi\u200bl \u200b oil\xad \xadrig 東\u200b京 東\u200b 京 東\ufe0f京",
        "5½ ½ ½\u0301 x²",
        "еще\u0301\u0308 ещё",
        "\ud800a\x00b\u2028c\x85d",
        "𝐎𝐢𝐥 𠀀𠀁 👍\ufe0f 🇫🇷",
        "a" + "\u0301" * 40 + "b",
        "\n",
        "\n\n\n",
    ],
)
def test_one_text_is_cut_as_by_the_text_layer(text: str) -> None:
    """Offsets, folded words, touching neighbours and blocks are those of `tokenize`."""
    _check([text])


def test_texts_do_not_touch_each_other() -> None:
    """Words of neighbouring texts stand in different blocks, even where a text ends in a newline."""
    _check(["oil\n", "\ngas", "", "\u0301", "rig\u200b", "\u200btanker", "東", "京"])
    scan = Scan(["oil", "", "gas"], LETTERS)
    assert len(set(scan.blocks.tolist())) == 2
    assert scan.text_of.tolist() == [0, 2]


@pytest.mark.parametrize("seed", range(40))
def test_random_texts_are_cut_as_by_the_text_layer(seed: int) -> None:
    """The same for what random texts of many scripts hold."""
    chance = random.Random(seed)
    _check([random_text(chance) for _ in range(chance.randrange(1, 30))])


def test_parts_of_words_are_hashed() -> None:
    """Beginnings, ends and middles hash like words of these letters."""
    scan = Scan(["Œuvre tankers"], LETTERS)
    words = np.array([0, 1])
    lengths = np.array([3, 3])
    assert scan.hash_beginnings(words, lengths).tolist() == LETTERS.hash_words(["oeu", "tan"]).tolist()
    scan = Scan(["Œuvre tankers"], LETTERS)
    assert scan.lengths.tolist() == [6, 7]
    found = scan.hash_parts(words, np.array([2, 4]), 3).tolist()
    assert found == LETTERS.hash_words(["uvr", "ers"]).tolist()
