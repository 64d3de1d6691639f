"""XML without surprises: well-formed, in UTF-8, without a document type, of namespaces that are known.

Whatever is odd raises `Odd`, which does not mean that it is wrong: only that a more patient reader
has to look at it. The standard library's expat does the parsing; without a document type there are
no entities to expand and nothing to fetch, and the text it is given bounds what it takes. Pure.
"""

import re
from xml.etree.ElementTree import Element, ParseError, XMLParser

from monitor.formats.plain.names import Names, declared_in
from monitor.formats.plain.odd import Odd

MOST_BYTES = 1024 * 1024  # some 15 ms
MOST_ELEMENTS = 50_000
_ENCODINGS = ("utf-8", "utf8", "us-ascii")
_HARMLESS_CHARSETS = (*_ENCODINGS, "iso-8859-1", "windows-1252", "latin-1", "latin1", "ascii")
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([\w-]{1,20})["'])?"""
)
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BLANKS = re.compile(rb"[ \t\r\n]*")
_ROOT = re.compile(rb"<\w")  # expat takes no document type behind it
_C1 = re.compile("[\x80-\x9f]")
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(rb"&#(?:0*1[2-5][0-9]|[xX]0*[89][0-9A-Fa-f]);")  # and a few more


def parse(body: bytes, content_type: str = "") -> tuple[Element, Names]:
    """The root of a document, and the names of its elements. Raises Odd."""
    body = body[3:] if body.startswith(b"\xef\xbb\xbf") else body.lstrip(b" \t\r\n")
    _check(body, content_type)
    names = declared_in(body)
    parser = XMLParser()  # noqa: S314  (no document type: see _check)
    try:
        parser.feed(body)
        return parser.close(), names
    except (ParseError, ValueError, LookupError) as error:
        raise Odd(str(error)) from None


def _check(body: bytes, content_type: str) -> None:
    if len(body) > MOST_BYTES or body.count(b"<") > 2 * MOST_ELEMENTS:
        raise Odd("large")
    if not body.startswith(b"<"):
        raise Odd("something before the first element")
    declared = _DECLARATION.match(body)
    if body.startswith(b"<?xml") and not declared:
        raise Odd("an unusual declaration")
    if declared and declared[1] and declared[1].decode("ascii").lower() not in _ENCODINGS:
        raise Odd("another encoding")
    claimed = _CHARSET.search(content_type)
    if claimed and body.isascii() and claimed[1].lower() not in _HARMLESS_CHARSETS:
        raise Odd("another character set")
    if not _ROOT.match(body, _preamble(body)):
        raise Odd("a document type")
    if (b"\xc2" in body and _C1_BYTES.search(body)) or (b"&#" in body and _C1_REFERENCE.search(body)):
        raise Odd("C1 controls, which mean other characters")


def _preamble(body: bytes) -> int:
    """Where the comments and instructions at the beginning end. Linear."""
    at = 0
    while True:
        at = _BLANKS.match(body, at).end()  # type: ignore[union-attr]  # it always matches
        for opened, closed in ((b"<?", b"?>"), (b"<!--", b"-->")):
            if body.startswith(opened, at):
                end = body.find(closed, at + len(opened))
                if end < 0:
                    raise Odd("a beginning without an end")
                at = end + len(closed)
                break
        else:
            return at


def text(element: Element) -> str:
    """The text of an element that holds nothing else, as a lenient reader would show it. Raises Odd."""
    if len(element):
        raise Odd(f"elements within {element.tag}")
    return as_shown((element.text or "").strip())


def as_shown(value: str) -> str:
    """With UTF-8 that was taken for Latin-1 put right. Raises Odd where that gives C1 controls."""
    if value.isascii():
        return value
    try:
        value = value.encode("iso-8859-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
    if _C1.search(value):
        raise Odd("control characters")
    return value
