"""What holds for every text."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import clean, excerpt, fold, tokenize, visible, visible_text

SCRIPTS = st.text(
    st.sampled_from(
        "abzéßİıøÆ ЁйиїАб γάς ﬁ² ½ 東京ーガｶﾞ 러시아ᄒ\u1161\u11ab น้ำมั ကျ ខ្ម أَةىک שָׁל हिन्दी"
        "' ’-–\u00ad\u200d\u0301\ufe0f\n"
    )
    | st.characters(),
    max_size=60,
)
MARKUP = st.lists(
    st.sampled_from(
        [
            *"<p> </p> <br> <b> </b> <script> </script> </div> <!-- --> <![CDATA[ ]]> <rt> </ruby>".split(),
            *"</ &amp; &#233; &bogus; < > & word 東京 <style> ' \"".split(),
            *(" ", "\n", "\x00", "\ud800", "<p hidden>", "<div style='display:none'>", '<a href="'),
            "<img alt='x &amp; y'>",
            *(
                "<p class='a b'>",
                "<br/>",
                "<br />",
                '<img src="x.jpg">',
                '<a href="https://x/?a=b">',
                "<H2 id=x>",
            ),
            *(
                "</p >",
                "&nbsp;",
                "&#8217;",
                "&lt;b&gt;",
                "&amp;lt;",
                "\x01",
                "\xa0",
                "\u2029",
                "\x1f",
                "<wbr>",
            ),
        ]
    ),
    max_size=15,
).map("".join)


@given(SCRIPTS)
@settings(max_examples=500, deadline=None)
def test_tokens_are_ordered_and_folded_from_their_place(text: str) -> None:
    """Offsets ascend without overlaps, and folding what stands there gives the token."""
    end = block = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        assert token.block >= block
        assert token.folded
        assert fold(text[token.start : token.end]) == token.folded
        end, block = token.end, token.block


@given(SCRIPTS)
@settings(max_examples=500, deadline=None)
def test_folding_is_idempotent(text: str) -> None:
    """Folding what is folded changes nothing."""
    for token in tokenize(text):
        assert fold(token.folded) == token.folded


# Letters that fold with their marks, and marks in orders that no keyboard gives.
PILES = st.text(
    st.sampled_from("еиіяюЁЙүéæøǽαυῷاىيئههةۀۂہےؤﷲאבһかは가ŀǆﹰᄀ\u1161½k")
    | st.sampled_from(
        "\u0300\u0301\u0308\u0306\u0323\u0344\u0345\u0653\u0654\u0655\u064b\u0670\u0591\u05b0\u3099"
    )
    | st.characters(categories=["L", "M"]),
    max_size=8,
)


@given(PILES | SCRIPTS, st.integers(1, 40))
@settings(max_examples=2000, deadline=None)
def test_folding_anything_is_idempotent(word: str, times: int) -> None:
    """Folding twice is folding once, whatever marks stand on whatever letters and however many."""
    for text in (word, word[:-1] + word[-1:] * times):
        assert fold(fold(text)) == fold(text)


@given(st.text(st.sampled_from(list("aéßñşйёΑάçœĐ\u0301\u0308 한글ガน้ำאَ")), max_size=30))
@settings(max_examples=300, deadline=None)
def test_composed_and_decomposed_texts_are_the_same(text: str) -> None:
    """The words of a text do not depend on its normal form."""
    words = [
        [t.folded for t in tokenize(unicodedata.normalize(f, text))] for f in ("NFC", "NFD", "NFKC", "NFKD")
    ]
    assert words[0] == words[1]
    assert words[2] == words[3] == words[0]


@given(MARKUP | st.text())
@settings(max_examples=500, deadline=None)
def test_visible_text_never_fails(markup: str) -> None:
    """Any markup gives a text; without markup it is the text itself; both ways of reading agree."""
    text = visible_text(markup)
    assert visible(markup).text == text
    if "<" not in markup and "&" not in markup:
        assert text == markup


@given(MARKUP)
@settings(max_examples=300, deadline=None)
def test_ways_back_are_inside_the_markup_and_ascend(markup: str) -> None:
    """Each word of the visible text comes from a range of the markup, in the same order."""
    seen = visible(markup)
    position = 0
    for token in tokenize(seen.text):
        start, end = seen.source(token.start, token.end)
        assert position <= start < end <= len(markup)
        position = start


@given(st.text())
def test_clean_never_fails_and_is_idempotent(text: str) -> None:
    """Cleaned text has no control characters, can be encoded, and stays as it is."""
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert not any(ord(character) < 32 and character not in "\t\n" for character in cleaned)


@given(SCRIPTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4), st.integers(1, 30))
@settings(max_examples=500, deadline=None)
def test_excerpts_are_short_pieces_of_the_text(text: str, marks: list[tuple[int, int]], width: int) -> None:
    """Never wider than asked for (ellipses apart), and made of the text's own words."""
    places = [
        (min(mark), min(max(mark), len(text))) for mark in marks if min(mark) < min(max(mark), len(text))
    ]
    segments = excerpt(text, places, width)
    joined = "".join(piece for piece, _ in segments)
    assert len(joined) <= width + 2
    assert joined.strip("…") in " ".join(text.split()) or "…" in text
    for piece, is_marked in segments:
        if is_marked:
            assert (
                any(piece.strip() in " ".join(text[start:end].split()) for start, end in places)
                or len(places) > 1
            )
