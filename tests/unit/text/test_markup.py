"""Visible text of markup, and cleaning at ingest."""

import pytest

from monitor.model import Article
from monitor.text import clean, fields, visible, visible_text
from tests.support.growth import assert_linear

SEEN = [
    ("plain  text\n\n as it is", "plain  text\n\n as it is"),
    ("a > b", "a > b"),
    ("Q&A  at AT&T", "Q&A  at AT&T"),
    ("Q&amp;A\n\n&eacute;t&eacute;", "Q&A\n\nété"),
    ("x < 5 &lt; y", "x < 5 < y"),
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
    ("one<br><br>two", "one\n\ntwo"),
    ("one<br> <br>\n<br>two", "one\n\ntwo"),
    ("  <div> one \n\n two </div>  ", "one two"),
    ("<b>fo</b>o <i>bar</i>", "foo bar"),
    ("a&nbsp;&nbsp;b<i>\xa0c</i>", "a b c"),
    ("<ul><li>a<li>b</ul>c", "a\n\nb\n\nc"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb"),
    ("<h1>Head</h1>text<hr>more", "Head\n\ntext\n\nmore"),
    ("a<script>if (x < 1) y()</script>b<style>p {}</style>c", "abc"),
    ("a<SCRIPT src=x>1</Script >b", "ab"),
    ("a<script>never closed", "a"),
    ("<noscript><img alt=x></noscript>a<template><p>t</p></template>b", "ab"),
    ("<iframe>x</iframe>a", "a"),
    ("<p hidden>no</p>yes", "yes"),
    ("<p>a <span style='color:red; Display : none'>no <span>no</span></span>b</p>", "a b"),
    ('<div style="visibility:hidden">no</div>yes', "yes"),
    ("<p hidden>no<p>yes", "yes"),
    ("<p hidden>no<div>yes</div>", "yes"),
    ("<div hidden>a<div>b</div>c</div>d", "d"),
    ("<a title='hidden none'>shown</a>", "shown"),
    ("<input hidden>shown", "shown"),
    ("a<img alt='Photo of &quot;X&quot;'>b", 'a Photo of "X" b'),
    ("a<img src=x>b<img alt=>c<img alt='  '>d", "abcd"),
    ("<img hidden alt=no>yes<img alt=bare>", "yes bare"),
    ("<!-- c -->a<!-- unclosed", "a"),
    ("<!doctype html><?xml version='1'?>a", "a"),
    ("<![CDATA[b &amp; c]]>d <![CDATA[e", "b & cd e"),
    ("<ruby>東京<rp>(</rp><rt>とう</rt></ruby>駅<ruby>駅<rt>えき</ruby>前", "東京駅駅前"),
    ("cut <a href='http", "cut"),
    ('<a title="x>y">t</a>', "t"),
    ("<a title='x>y'>t</a>", "t"),
    ('<a title="stray>t</a>', "t"),
    ("<wbr>a<wbr>b", "ab"),
    ("</p>a</unknown><x-y>b", "ab"),
    ("<", "<"),
    ("a <3 b", "a <3 b"),
    ("<i>&#65;&#x42;&#0;&#xD800;&bogus;&copy</i>", "AB\ufffd\ufffd&bogus;©"),
    ("<i>&#99999999999999;</i>", "&#99999999999999;"),
    ("<img alt='&#99999999999999;'>", "& #99999999999999;"),
    ("&#99999999999999; <i>", "&#99999999999999;"),
    ("<title>Page</title><p>a", "a"),
    ("<option>a<option>b", "a\n\nb"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "expected"), SEEN)
def test_visible_text(markup: str, expected: str) -> None:
    """Markup becomes what a person sees."""
    assert visible_text(markup) == expected
    assert visible(markup).text == expected


@pytest.mark.parametrize(
    ("markup", "word", "source"),
    [
        ("<p>AT&amp;T rises</p>", "AT&T", "AT&amp;T"),
        ("<p>a <b>foo</b>bar</p>", "foobar", "foo</b>bar"),
        ("<p>one  \n two</p>", "one two", "one  \n two"),
        ("plain text", "text", "text"),
        ("&eacute;t&eacute;", "été", "&eacute;t&eacute;"),
        ("&eacute;t&eacute; x", "t", "t"),
        ("a<img alt='Photo of X'>b", "Photo of X", "<img alt='Photo of X'>"),
    ],
)
def test_way_back_to_the_markup(markup: str, word: str, source: str) -> None:
    """A range of the visible text is found again in the markup."""
    seen = visible(markup)
    start = seen.text.index(word)
    first, last = seen.source(start, start + len(word))
    assert markup[first:last] == source


def test_way_back_from_nothing() -> None:
    """A text that shows nothing leads to the beginning."""
    assert visible("<p>").source(0, 0) == (0, 0)


HOSTILE = [
    '<a "',
    "<",
    "<!--",
    "<a ",
    "<a '\"<",
    "&#",
    "&",
    "<p hidden>",
    "<script>",
    "<![CDATA[",
    "<b>",
    '<img alt="',
    "<!",
    "<a b='",
    "<br>",
    "</p",
    "<p",
    "&amp",
    "<img alt=x>",
    "<a =",
    "<style></styl",
    "\n",
    "<x ",
    "<rt>",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_markup_takes_linear_time(unit: str) -> None:
    """Of any broken construct, four times as much takes about four times as long to read."""
    assert_linear(lambda size: visible_text("<p>" + unit * (size // len(unit))), 100_000)


def test_overlong_numbers_are_no_trouble() -> None:
    """A character reference of a million digits is text."""
    digits = "&#" + "1" * 1_000_000 + ";"
    assert visible_text(digits) == digits
    assert len(visible_text(f"<img alt='{digits}'>")) > 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\x00b\x1bc\x08", "abc"),
        ("a\r\nb\rc\x0bd", "a\nb\nc\nd"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("é 😀", "é 😀"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    """Control characters go, line ends become one kind, lone surrogates become visible."""
    assert clean(text) == expected


def test_fields_of_an_article() -> None:
    """Title, summary and body are made visible, each for itself, even when two are equal."""
    article = Article(id="1", title="A &amp; B", summary="<p>c</p>", content="c")
    assert fields(article) == {"title": "A & B", "summary": "c", "body": "c"}
