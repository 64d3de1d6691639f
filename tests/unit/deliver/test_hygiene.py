"""Text and links from feeds in front of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver import hygiene


def test_hidden_characters_are_taken_out_and_line_breaks_stay():
    """Escape sequences, bidi overrides and invisible blanks cannot change what is seen."""
    text = "a\x1b[2Jb\x07\u202egnp.exe\u202c\u2066x\u2069\u200b\ufeff\r\nnext\x00\tline\ud800"
    assert hygiene.visible(text) == "a[2Jbgnp.exex\nnext\tline\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍👩‍👧", "مرحبا", "日本語", "à̂"])
def test_scripts_that_need_invisible_joiners_keep_them(text):
    """Persian, emoji and combining marks come through whole."""
    assert hygiene.visible(text) == text


def test_a_line_is_one_line():
    """CRLF in a headline makes no second header and no second message."""
    assert hygiene.line("Ferry\r\nBcc: all@x.example\u2028\tnow") == "Ferry Bcc: all@x.example now"


@given(st.text(), st.integers(1, 60))
def test_a_cut_text_never_exceeds_its_limit(text, limit):
    """And what is short enough is left alone."""
    cut = hygiene.cut(text, limit)
    assert len(cut) <= limit
    assert (cut == text) == (len(text) <= limit) or cut.endswith("…")


def test_a_cut_falls_between_words():
    """A word is not torn apart where there is a blank nearby."""
    assert hygiene.cut("one two three four", 14) == "one two three…"
    assert hygiene.cut("onetwothreefour five", 10) == "onetwothr…"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://news.example/a?b=1#c", "https://news.example/a?b=1#c"),
        (" HTTP://news.example:8080/ ", "http://news.example:8080/"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://zeitung.example/straße", "https://zeitung.example/straße"),
        ("https://аррle.example/", "https://xn--le-6kc8da.example/"),
        ("https://news.example/a b|c", "https://news.example/a%20b%7Cc"),
        ('https://news.example/"><script>', "https://news.example/%22%3E%3Cscript%3E"),
    ],
)
def test_web_links_are_offered_as_what_they_are(url, safe):
    """http and https; a look-alike name shows in ASCII; quotes cannot end an attribute."""
    assert hygiene.link(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//news.example/x",
        "/relative",
        "news.example/x",
        "https://",
        "https:///x",
        "https://bank.example@evil.example/",
        "https://news.example\\@evil.example/",
        "https://news.example/\r\nSet-Cookie: x",
        "https://news.example/\u202egnp",
        "https://news.example/\ud800",
        "https://[::1/",
        "https://news.example:99999/",
        "https://a..b\u00e4.example/",
        "https://news.example/" + "a" * 2_000,
    ],
)
def test_everything_else_is_no_link(url):
    """What could run, mislead or break out is dropped."""
    assert hygiene.link(url) == ""


@given(st.text())
def test_a_link_from_any_text_is_empty_or_a_web_link(text):
    """Never an error, never another scheme, never a blank."""
    for candidate in (text, f"https://{text}"):
        link = hygiene.link(candidate)
        assert not link or link.startswith(("http://", "https://"))
        assert len(link.split()) <= 1


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("@everyone wake up", "@everyone"),
        ("now (@here)", "@here"),
        ("<!channel> x", "<!channel"),
        ("<@U024BE7LH> x", "<@U024BE7LH"),
        ("<#C024BE7LR> x", "<#C024BE7LR"),
        ("[bank.example](https://evil.example)", "]("),
        ("see https://discord.example/@everyone", "@everyone"),
    ],
)
def test_nobody_is_called_and_no_link_disguised(text, calls):
    """A feed cannot ring everybody's phone through our messages."""
    assert calls in text
    assert calls not in hygiene.unmention(text)


@pytest.mark.parametrize(
    "text", ["write to desk@news.example", "5 < 6 and a<b", "https://news.example/a?b=c", "@ noon", "# 7"]
)
def test_harmless_text_is_left_alone(text):
    """Addresses, comparisons and links are no mentions."""
    assert hygiene.unmention(text) == text
