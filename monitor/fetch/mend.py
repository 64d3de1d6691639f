"""Mends the commonest faults of XML that no parser forgives, before one sees them. Linear and pure.

One vertical tab or one `&#xD800;` in one headline makes a whole document ill-formed: a strict parser
stops there, and feedparser's lenient one raises.
"""

import re

# Bytes that no text holds in any set that has ASCII as a part. Escape and the shifts stay: ISO-2022.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x0e\x0f\x1b")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]++)|([0-9]++));?")
_NOT_ASCII = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0", b"\0\0", b"\x4c\x6f\xa7\x94")
_REPLACEMENT = b"&#65533;"


def mend(body: bytes) -> bytes:
    """The same document without what XML cannot hold and without blanks before its beginning.

    One whose encoding is not a superset of ASCII is left as it is.
    """
    if body.startswith(_NOT_ASCII):
        return body
    body = body.translate(None, delete=_CONTROLS).lstrip(b" \t\r\n")
    return _REFERENCE.sub(_mend_reference, body) if b"&#" in body else body


def _mend_reference(found: re.Match[bytes]) -> bytes:
    hexadecimal, decimal = found.groups()
    digits = hexadecimal or decimal
    if len(digits.lstrip(b"0")) > 7:
        return _REPLACEMENT
    code = int(digits, 16 if hexadecimal else 10)
    return found[0] if _is_xml(code) else _REPLACEMENT


def _is_xml(code: int) -> bool:
    """Whether a document may hold this character. C1 codes are let be: they mean Windows-1252."""
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
