"""Which character set to tell the parser: what the bytes prove goes before what a header claims.

A byte order mark is proof. So is a document that declares UTF-8 (or nothing, which means UTF-8),
holds bytes beyond ASCII and reads as UTF-8 throughout: text in another set hardly ever does, while
servers that put one old charset on every file are common.
"""

import re

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_DECLARED = re.compile(rb"""^\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)


def media_type(content_type: str, body: bytes) -> str:
    """A Content-Type to parse the body by: always XML, with a charset only where one must be told."""
    claimed = _CHARSET.search(content_type)
    if not claimed or body.startswith(_BOMS) or _is_utf8(body):
        return "application/xml"
    return f"application/xml; charset={claimed[1].lower()}"


def _is_utf8(body: bytes) -> bool:
    declared = _DECLARED.match(body)
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        return False
    if body.isascii():
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
