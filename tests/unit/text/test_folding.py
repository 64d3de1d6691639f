"""Folding of single words, and the tokens of a text."""

import pytest

from monitor.text import fold, fold_symbols, plain, tokenize

FOLDED = [
    ("Iran", "iran"),
    ("STRASSE", "strasse"),
    ("Straße", "strasse"),
    ("ﬁne", "fine"),
    ("Ｒｕｓｓｉａ", "russia"),
    ("km²", "km2"),
    ("nº", "no"),
    ("İSTANBUL", "istanbul"),
    ("ısı", "isi"),
    ("Ёлка", "елка"),
    ("йод", "йод"),
    ("и\u0306од", "йод"),
    ("їжак", "їжак"),
    ("ў", "ў"),
    ("ѓ", "ѓ"),
    ("за\u0301мок", "замок"),
    ("ΚΌΣΜΟΣ", "κοσμοσ"),
    ("κόσμος", "κοσμοσ"),
    ("ᾳ", "αι"),
    ("São", "sao"),
    ("Hà", "ha"),
    ("Đổi", "doi"),
    ("Łódź", "lodz"),
    ("Ø", "o"),
    ("ǿ", "o"),
    ("Æ", "ae"),
    ("œ", "oe"),
    ("Ð", "d"),
    ("Þ", "th"),
    ("Ħ", "h"),
    ("ı", "i"),
    ("đ", "d"),
    ("Ŧ", "t"),
    ("أحمد", "احمد"),
    ("إيران", "ايران"),
    ("آن", "ان"),
    ("ٱ", "ا"),
    ("مصطفى", "مصطفي"),
    ("ایران", "ايران"),
    ("مدرسة", "مدرسه"),
    ("صَدَّام", "صدام"),
    ("محـــمد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("ﬡ", "א"),
    ("हिन्दी", "हिन्दी"),
    ("ﾍﾞ", "ベ"),
    ("ｶ", "カ"),
    ("한", "한"),
    ("½", "½"),
    ("co\u00adop", "coop"),
    ("a\u200db", "ab"),
    ("a\ufe0f", "a"),
    ("\u0301", "\u0301"),
    ("...", ""),
    ("٢٠٢٦", "٢٠٢٦"),
    ("Ⅷ", "viii"),
]


@pytest.mark.parametrize(("word", "expected"), FOLDED)
def test_fold(word: str, expected: str) -> None:
    """Each kind of variant has one folded form."""
    assert fold(word) == expected


def test_folding_a_pile_of_marks_is_quick() -> None:
    """Marks by the thousand on one letter are cut, so that ordering them takes no quadratic time."""
    assert fold("a" + "\u0315\u0300" * 500_000) == "a"
    assert len(plain("я" + "\u0315\u0301" * 500_000)) < 50


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [("’", "'"), ("“„«", '"""'), (" – ", "-"), ("＆", "&"), ("％", "%"), ("\u200b&\xa0", "&"), ("…", "...")],
)
def test_symbols_are_unified(symbols: str, expected: str) -> None:
    """Quotes, dashes and wide forms are one symbol each; white space and the invisible are none."""
    assert fold_symbols(symbols) == expected


TOKENS = [
    ("l’Iran, F-16!", ["l", "Iran", "F", "16"]),
    ("AT&T C++ #tag @me 3.5%", ["AT", "T", "C", "tag", "me", "3", "5"]),
    ("foo_bar", ["foo", "bar"]),
    ("東京 2026年", ["東", "京", "2026", "年"]),
    ("Sony社", ["Sony", "社"]),
    ("ﾍﾞﾈ", ["ﾍﾞ", "ﾈ"]),
    ("러시아", ["러", "시", "아"]),
    ("\u1112\u1161\u11ab\u1100\u116e\u11a8", ["\u1112\u1161\u11ab", "\u1100\u116e\u11a8"]),
    ("น้ำมัน", ["น้", "ำ", "มั", "น"]),
    ("ក្រុង", ["ក្", "រុ", "ង"]),
    ("हिन्दी में", ["हिन्दी", "में"]),
    ("❤️ 1️⃣", ["1️⃣"]),
    ("\u0301abc", ["abc"]),
    ("co\u00adop\u00ad end", ["co\u00adop", "end"]),
    ("5½", ["5", "½"]),
    ("Pfizer™", ["Pfizer"]),
    ("комп’ютер компʼютер", ["комп", "ютер", "комп", "ютер"]),
    ("ـ", []),
    ("", []),
    ("?! … 🔥", []),
    ("\ud800x", ["x"]),
    ("葛\U000e0100城", ["葛", "城"]),
]


@pytest.mark.parametrize(("text", "expected"), TOKENS)
def test_tokens(text: str, expected: list[str]) -> None:
    """A text is cut into letters, digits and marks; unspaced scripts into characters."""
    assert [text[token.start : token.end] for token in tokenize(text)] == expected


def test_blocks_are_parted_by_blank_lines() -> None:
    """A blank line, with or without spaces in it, begins a new block; a line break does not."""
    tokens = tokenize("a\nb\n\nc \n \t\r\n d\u2029e\n\n\n\nf")
    blocks = [token.block for token in tokens]
    assert blocks[0] == blocks[1]
    assert sorted(set(blocks)) == sorted(set(blocks[1:]))
    assert len(set(blocks)) == 5


def test_touching_tokens() -> None:
    """Tokens touch when nothing visible stands between them."""
    touching = {
        text: tokenize(text)[0].touches for text in ("東京", "東 京", "東\u200b京", "東、京", "東\n\n京")
    }
    assert touching == {"東京": True, "東 京": False, "東\u200b京": True, "東、京": False, "東\n\n京": False}
