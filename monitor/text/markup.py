"""From HTML to the text a person sees.

Linear in the length of the markup and never raises, whatever feeds send. Blocks are separated by a
blank line, `<br>` is a line break, other white space is one space. Scripts, styles and hidden
elements are dropped; the `alt` of an image stays. No document tree is built.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_LONGEST_REMEMBERED = 20_000  # characters
_IS_MARKUP = re.compile(r"<[A-Za-z/!?]")
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7}+(?![0-9])|#[xX][0-9A-Fa-f]{1,6}+(?![0-9A-Fa-f])|[A-Za-z][A-Za-z0-9]{1,31});?"
)
# Words with one plain space between them stay as they are, so that they are taken together.
_CONTENT = re.compile(rf"\s++|{_REFERENCE.pattern}|[^\s&]++(?: [^\s&]++)*+|&")
_MARKUP = re.compile(r"<(?:!--|!\[CDATA\[|[!?]|(/?)([A-Za-z][^\s/>]*+))")
_TAG_PART = re.compile(r"[>\"']")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>\"']++))?+")
_HIDING_STYLE = re.compile(r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)", re.IGNORECASE)

_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "title", "textarea"})
_DROPPED = frozenset({"template", "noscript", "rt", "rp", "datalist"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav
    ol optgroup option p pre search section select summary table tbody td tfoot th thead tr ul""".split()
)
_WIDTHS = {"": 0, " ": 1, "\n": 2, "\n\n": 3}
_ENDS_WITH_PARENT = {"rt": "ruby", "rp": "ruby"}


class _Piece(NamedTuple):
    """Visible text and the range of the markup it comes from."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Visible:
    """A visible text, and where in the markup it stood."""

    text: str
    _starts: tuple[int, ...]  # of the pieces, in the visible text
    _pieces: tuple[_Piece, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The range of the markup that a range of the visible text was read from."""
        if not self._pieces:
            return (0, 0)
        return self._source_start(start), self._source_end(max(end, start + 1))

    def _source_start(self, offset: int) -> int:
        index = max(0, bisect_right(self._starts, offset) - 1)
        piece = self._pieces[index]
        if len(piece.text) != piece.end - piece.start:
            return piece.start
        return min(piece.start + offset - self._starts[index], piece.end)

    def _source_end(self, offset: int) -> int:
        index = max(0, bisect_right(self._starts, offset - 1) - 1)
        piece = self._pieces[index]
        if len(piece.text) != piece.end - piece.start:
            return piece.end
        return min(piece.start + offset - self._starts[index], piece.end)


def visible_text(markup: str) -> str:
    """What a person sees. A text without `<` and `&` comes back as it is; the latest are remembered.

    An article is read for its repeats, for the rules and for the index, one soon after the other.
    """
    if "<" not in markup and "&" not in markup:
        return markup
    return _remembered(markup) if len(markup) <= _LONGEST_REMEMBERED else _visible(markup)


def _visible(markup: str) -> str:
    if not _IS_MARKUP.search(markup):
        return _without_references(markup)
    return "".join(piece.text for piece in _TextScanner(markup).read())


def _without_references(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found.group()), text)


_remembered = lru_cache(maxsize=128)(_visible)


def visible(markup: str) -> Visible:
    """The same with the way back to the markup."""
    pieces = tuple(_pieces(markup) if "<" in markup or "&" in markup else [_Piece(markup, 0, len(markup))])
    starts = []
    length = 0
    for piece in pieces:
        starts.append(length)
        length += len(piece.text)
    return Visible("".join(piece.text for piece in pieces), tuple(starts), pieces)


def _pieces(markup: str) -> Iterator[_Piece]:
    if _IS_MARKUP.search(markup):
        return _Scanner(markup).read()
    return _decoded(markup)


def _decoded(text: str) -> Iterator[_Piece]:
    """Plain text with references: white space stays as it is."""
    position = 0
    for match in _REFERENCE.finditer(text):
        if match.start() > position:
            yield _Piece(text[position : match.start()], position, match.start())
        yield _Piece(html.unescape(match.group()), match.start(), match.end())
        position = match.end()
    if position < len(text):
        yield _Piece(text[position:], position, len(text))


class _Scanner:
    """One pass over the markup."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.position = 0
        self.space = ""  # white space seen since the last word: "", " ", "\n" or "\n\n"
        self.space_start = 0
        self.is_empty = True  # nothing visible yet
        self.hidden = ""  # the element that hides what is read now
        self.depth = 0  # how many elements of that name are open
        self.absent: set[str] = set()  # what is known not to come any more

    def read(self) -> Iterator[_Piece]:
        while (match := _MARKUP.search(self.markup, self.position)) is not None:
            yield from self.content(self.position, match.start())
            self.position = match.end()
            if match.group(2):
                yield from self.tag(match)
            elif match.group() == "<!--":
                self.position = self.after("-->", otherwise=len(self.markup))
            elif match.group() == "<![CDATA[":
                yield from self.character_data()
            else:
                self.position = self.after(">", otherwise=match.end())
        yield from self.content(self.position, len(self.markup))

    def find(self, text: str, start: int) -> int:
        """Like str.find, but searches in vain only once, so that the whole stays linear."""
        if text in self.absent:
            return -1
        found = self.markup.find(text, start)
        if found < 0:
            self.absent.add(text)
        return found

    def after(self, text: str, *, otherwise: int) -> int:
        found = self.find(text, self.position)
        return found + len(text) if found >= 0 else otherwise

    # --- what is seen -------------------------------------------------------------------------

    def content(self, start: int, end: int) -> Iterator[_Piece]:
        if self.hidden:
            return
        for match in _CONTENT.finditer(self.markup, start, end):
            text = match.group()
            if len(text) > 1 and text[0] == "&":
                text = html.unescape(text)
                if not text:  # a character that must not be
                    continue
            if text.isspace():
                self.add_space(" ", match.start())
            else:
                yield from self.word(text, match.start(), match.end())

    def character_data(self) -> Iterator[_Piece]:
        end = self.find("]]>", self.position)
        stop = end if end >= 0 else len(self.markup)
        start, self.position = self.position, min(stop + 3, len(self.markup))
        yield from self.content(start, stop)

    def word(self, text: str, start: int, end: int) -> Iterator[_Piece]:
        if self.space and not self.is_empty:
            yield _Piece(self.space, self.space_start, start)
        self.space, self.is_empty = "", False
        yield _Piece(text, start, end)

    def add_space(self, space: str, start: int) -> None:
        if not self.space:
            self.space_start = start
        if space == "\n" and "\n" in self.space:
            space = "\n\n"
        if _WIDTHS[space] > _WIDTHS[self.space]:
            self.space = space

    # --- tags ---------------------------------------------------------------------------------

    def tag(self, match: re.Match[str]) -> Iterator[_Piece]:
        name, closing = match.group(2).lower(), bool(match.group(1))
        end = self.position if self.markup.startswith(">", self.position) else self.end_of_tag()
        attributes = self.markup[self.position : end]
        self.position = min(end + 1, len(self.markup))
        if self.hidden:
            self.inside_hidden(name, closing)
        elif name in _BLOCKS:
            self.add_space("\n\n", match.start())
        elif name == "br":
            self.add_space("\n", match.start())
        if self.hidden or closing:
            return
        if name in _RAW:
            self.skip_raw(name)
        elif name in _DROPPED or (name not in _VOID and _is_hidden(attributes)):
            self.hidden, self.depth = name, 1
        elif name == "img" and not _is_hidden(attributes):
            yield from self.alternative_text(attributes, match.start())

    def end_of_tag(self) -> int:
        """The place of the `>` that ends this tag; quoted ones do not. The end of the text if none."""
        position = self.position
        while (match := _TAG_PART.search(self.markup, position)) is not None:
            if match.group() == ">":
                return match.start()
            closing = self.find(match.group(), match.end())
            if closing < 0:  # a stray quote
                found = self.find(">", match.end())
                return found if found >= 0 else len(self.markup)
            position = closing + 1
        return len(self.markup)

    def inside_hidden(self, name: str, closing: bool) -> None:
        if name == self.hidden and name not in _VOID:
            self.depth += -1 if closing else 1
        is_implied = (closing and name == _ENDS_WITH_PARENT.get(self.hidden)) or (
            self.hidden == "p" and name in _BLOCKS and name != "p"
        )
        if self.depth <= 0 or is_implied or (self.hidden in ("p", "rt", "rp") and self.depth > 1):
            self.hidden = ""
        if not self.hidden and name in _BLOCKS:
            self.add_space("\n\n", self.position)

    def skip_raw(self, name: str) -> None:
        """Go behind the closing tag; what is never closed reaches to the end."""
        closing = re.compile(f"</{name}(?=[\\s/>])[^>]*+>?", re.IGNORECASE).search(self.markup, self.position)
        self.position = closing.end() if closing else len(self.markup)

    def alternative_text(self, attributes: str, start: int) -> Iterator[_Piece]:
        text = " ".join(html.unescape(_bounded(_attribute(attributes, "alt"))).split())
        if text:
            self.add_space(" ", start)
            yield from self.word(text, start, self.position)
            self.add_space(" ", self.position)


_OVERLONG_REFERENCE = re.compile(r"&#(?=[0-9]{8}|[xX][0-9A-Fa-f]{7})")


class _TextScanner(_Scanner):
    """The same text, without the way back: what stands between two tags is one piece."""

    def content(self, start: int, end: int) -> Iterator[_Piece]:
        if self.hidden or start >= end:
            return
        text = self.markup[start:end]
        if "&" in text:
            text = _without_references(text)
            if not text:
                return
        words = " ".join(text.split())
        if not words or text[0].isspace():
            self.add_space(" ", start)
        if words:
            yield from self.word(words, start, end)
            if text[-1].isspace():
                self.add_space(" ", end)


def _bounded(text: str) -> str:
    """Numbers too long for a character would take the decoder quadratic time."""
    return _OVERLONG_REFERENCE.sub("& #", text)


def _attribute(attributes: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(attributes):
        if match.group(1).lower() == name:
            value = match.group(2) or ""
            return value[1:-1] if value[:1] in ("'", '"') else value
    return ""


def _is_hidden(attributes: str) -> bool:
    if not attributes or ("hidden" not in (lowered := attributes.lower()) and "none" not in lowered):
        return False
    if _HIDING_STYLE.search(_attribute(attributes, "style")):
        return True
    return any(match.group(1).lower() == "hidden" for match in _ATTRIBUTE.finditer(attributes))


# --- at ingest --------------------------------------------------------------------------------

_LINE_ENDS = re.compile("\r\n?|[\v\f]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SHORT = 256  # characters; longer ones are looked through faster as bytes
_CLEANED = bytes(byte for byte in range(32) if byte not in b"\t\n")  # of UTF-8


def clean(text: str) -> str:
    """Strip control characters but tab and newline; lone surrogates become U+FFFD. Never raises."""
    if (len(text) < _SHORT and text.isprintable()) or _is_clean(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def _is_clean(text: str) -> bool:
    """Whether there is nothing to clean, as nearly always; twenty times as fast as the patterns."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return False
    return len(encoded.translate(None, delete=_CLEANED)) == len(encoded)
