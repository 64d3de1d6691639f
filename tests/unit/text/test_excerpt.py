"""Excerpts around marked words."""

import pytest

from monitor.model import Article, Span
from monitor.text import excerpt

LONG = "word " * 60 + "Venezuela and Russia agreed " + "tail " * 80


def shown(segments: tuple[tuple[str, bool], ...]) -> str:
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in segments)


def test_short_text_is_shown_whole() -> None:
    """What fits is not cut."""
    assert shown(excerpt("Oil and gas", [(0, 3), (8, 11)])) == "[Oil] and [gas]"


def test_long_text_is_cut_around_the_marks() -> None:
    """The window is around the marked words, at the edges of words, with ellipses."""
    start = LONG.index("Venezuela")
    text = shown(excerpt(LONG, [(start, start + 9), (start + 14, start + 20)], 60))
    assert text.startswith("…word ")
    assert "[Venezuela] and [Russia] agreed" in text
    assert text.endswith(" tail…")
    assert len(text) <= 60 + 2 + 4


def test_window_with_most_marks_wins() -> None:
    """One mark far away gives way to three together."""
    text = "oil " + "x " * 200 + "oil oil oil " + "y " * 200
    second = text.index("oil", 10)
    marks = [(0, 3), (second, second + 3), (second + 4, second + 7), (second + 8, second + 11)]
    assert shown(excerpt(text, marks, 40)).count("[oil]") == 3


def test_without_marks_the_beginning_is_shown() -> None:
    """Nothing to mark: the text from its start."""
    assert shown(excerpt("alpha beta gamma delta", (), 12)) == "alpha beta…"
    assert excerpt("", ()) == ()


@pytest.mark.parametrize("width", [1, 5, 20])
def test_mark_wider_than_the_window(width: int) -> None:
    """A mark that does not fit is shown from its start."""
    segments = excerpt("a " * 50 + "x" * 100 + " b" * 50, [(100, 200)], width)
    assert any(is_marked and text == "x" * width for text, is_marked in segments)


def test_white_space_is_one_space() -> None:
    """An excerpt is one line."""
    assert shown(excerpt("one\n\ntwo   three", [(5, 8)])) == "one [two] three"


def test_overlapping_marks_do_not_repeat_text() -> None:
    """Marks that overlap show each character once."""
    assert shown(excerpt("crude oil price", [(0, 9), (6, 15)])) == "[crude oil price]"


def test_excerpt_of_an_article_prefers_the_body() -> None:
    """The excerpt is of the body when something matched there, else of the summary, else the title."""
    article = Article(id="1", title="Oil", summary="<b>Oil</b> rises", content="<p>Crude <b>oil</b></p>")
    assert shown(excerpt(article, [Span("title", 0, 3), Span("body", 6, 9)])) == "Crude [oil]"
    assert shown(excerpt(article, [Span("title", 0, 3), Span("summary", 0, 3)])) == "[Oil] rises"
    assert shown(excerpt(article, [Span("title", 0, 3)])) == "[Oil]"
    assert shown(excerpt(article, [Span("author", 0, 3)])) == "Oil rises"
    assert excerpt(Article(id="1"), []) == ()
