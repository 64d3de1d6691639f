"""Writes a mail as bytes: headers, a text part and an HTML part (RFC 5322, 2045–2047).

The standard library's writer is right about everything and takes 2 ms a mail, most of it for folding
and re-reading what we know to be plain. What is written here is read back with it in the tests.
"""

import binascii
import re
from base64 import b64encode
from collections.abc import Mapping

_ADDRESSES = {"from", "to", "reply-to", "sender"}  # given as `phrase` writes them
_LINE = 76  # longest line, where a line may be broken
_WORD = 45  # bytes in one encoded word: 75 characters with its frame
_HIGH = bytes(range(128, 256))
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_LONG_LINE = re.compile(rb"[^\r\n]{990}")


def write(headers: Mapping[str, str], *, text: str, html: str, boundary: str) -> bytes:
    """The message with CRLF line ends, in seven bits. `boundary` must not occur in the bodies.

    Header values are made one line; those beyond ASCII are encoded, but for those of addresses (see
    `phrase`).
    """
    lines = [_header(name, value) for name, value in headers.items()]
    lines.append("MIME-Version: 1.0")
    lines.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    head = "\r\n".join(lines).encode("ascii", "replace")
    mark = boundary.encode()
    parts = (_part("plain", text), _part("html", html))
    body = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    return head + b"\r\n\r\n" + body + b"--" + mark + b"--\r\n"


def phrase(name: str, address: str) -> str:
    """`Name <address>` as a header holds it. `address` must be ASCII."""
    name = _one_line(name)
    if not name:
        return address
    if not name.isascii():
        return f"{_encoded(name, 0)} <{address}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'"{quoted}" <{address}>' if re.search(r"[^\w !#$%&'*+/=?^`{|}~-]", name) else f"{name} <{address}>"
    )


def _header(name: str, value: str) -> str:
    value = _one_line(value)
    if name.lower() not in _ADDRESSES and (not value.isascii() or "=?" in value):
        return f"{name}: {_encoded(value, len(name) + 2)}"
    return _folded(name, value)


def _one_line(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip()


def _folded(name: str, value: str) -> str:
    """Broken before blanks where it is longer than a line should be; a word longer than that stays whole."""
    first, *words = value.split(" ")
    lines, current = [], f"{name}: {first}"
    for word in words:
        if len(current) + 1 + len(word) > _LINE and word:
            lines.append(current)
            current = ""
        current += f" {word}"
    return "\r\n".join([*lines, current])


def _encoded(value: str, offset: int) -> str:
    """Encoded words in UTF-8, each whole characters, one a line. `offset`: what stands before the first."""
    words, current, size = [], bytearray(), min(_WORD, (_LINE - offset - 12) * 3 // 4)
    for character in value:
        octets = character.encode("utf-8", "replace")
        if len(current) + len(octets) > size:
            words.append(bytes(current))
            current, size = bytearray(), _WORD
        current += octets
    words.append(bytes(current))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)


def _part(subtype: str, body: str) -> bytes:
    content = body.encode("utf-8", "replace").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if content.isascii() and not _LONG_LINE.search(content) and b"\0" not in content:
        encoding, written = "7bit", content.replace(b"\n", b"\r\n")
    elif len(content.translate(None, _HIGH)) * 6 < len(content) * 5:
        encoding, written = "base64", b64encode_lines(content)
    else:
        # In text mode line ends stay; b2a_qp breaks lines by the kind of the first one.
        written = binascii.b2a_qp(content.replace(b"\n", b"\r\n"), istext=True)
        encoding = "quoted-printable"
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + written


def b64encode_lines(content: bytes) -> bytes:
    """Base64 in lines of 76 characters; line ends of the text as CRLF."""
    whole = b64encode(content.replace(b"\n", b"\r\n"))
    return b"\r\n".join(whole[at : at + _LINE] for at in range(0, len(whole), _LINE))
