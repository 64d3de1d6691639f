"""Google News links that carry the article's own address inside: read without the network.

Until 2024 the id after `/articles/` was a small protocol buffer in base64 with the address in its
fourth field. Newer ids are opaque; for those "" is returned, and the link remains its own key.
"""

import binascii
from base64 import urlsafe_b64decode

_ADDRESS_FIELD = 4 << 3 | 2  # field 4, length-delimited
_VARINT, _LENGTH_DELIMITED = 0, 2
_MAX_ID = 4096


def decode(article_id: str) -> str:
    """The http(s) address inside an article id, or ""."""
    article_id = article_id.rstrip("=")
    if len(article_id) > _MAX_ID or not article_id.isascii():
        return ""
    try:
        message = urlsafe_b64decode(article_id + "=" * (-len(article_id) % 4))
        address = _field(message).decode()
    except (binascii.Error, ValueError, IndexError):
        return ""
    return address if address.startswith(("http://", "https://")) else ""


def _field(message: bytes) -> bytes:
    """The content of the address field. Raises IndexError or ValueError when there is none."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        if tag & 7 == _VARINT:
            _, position = _varint(message, position)
            continue
        if tag & 7 != _LENGTH_DELIMITED:
            raise ValueError("a field of another type")
        size, position = _varint(message, position)
        if position + size > len(message):
            raise ValueError("cut short")
        if tag == _ADDRESS_FIELD:
            return message[position : position + size]
        position += size
    raise ValueError("no address")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if not byte & 0x80:
            return value, position
        if shift > 63:
            raise ValueError("too long a number")
