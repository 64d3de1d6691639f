"""Undoes a body's content coding within a cap on what comes out.

Only gzip and deflate are offered, so anything else is refused, and so are stacked codings: a
kilobyte of gzip in gzip can stand for gigabytes.
"""

import zlib

OFFERED = "gzip, deflate"
_MOST_MEMBERS = 64  # of one gzip body; real ones have one


class UnknownCoding(Exception):
    """A coding that was not offered, or several at once."""


class BrokenCoding(Exception):
    """The bytes are not what the coding says, or end too early."""


class TooLarge(Exception):
    """More came out than the cap allows."""


class Decoder:
    """Takes a body's bytes as they come; holds at most `limit` decoded bytes.

    Raises UnknownCoding when made; `feed` raises TooLarge or BrokenCoding.
    """

    def __init__(self, content_encoding: str, *, limit: int) -> None:
        self._coding = _read_coding(content_encoding)
        self._limit = limit
        self._body = bytearray()
        self._inflater: zlib._Decompress | None = None
        self._members = 0

    def feed(self, chunk: bytes) -> None:
        """Decode some more bytes."""
        if not self._coding:
            self._add(chunk)
            return
        while chunk:
            if self._inflater is None:
                self._inflater = self._start(chunk)
            chunk = self._inflate(self._inflater, chunk)
            if self._inflater.eof:
                chunk = self._inflater.unused_data
                # Servers pad with zeros; nothing but another member may follow the first.
                chunk = chunk if chunk.strip(b"\0") else b""
                self._inflater = None

    def finish(self) -> bytes:
        """The whole body. Raises BrokenCoding when it was cut short."""
        if self._inflater is not None:
            raise BrokenCoding(f"the {self._coding} body was cut short")
        return bytes(self._body)

    def _start(self, chunk: bytes) -> "zlib._Decompress":
        self._members += 1
        if self._members > _MOST_MEMBERS or (self._members > 1 and self._coding != "gzip"):
            raise BrokenCoding(f"bytes after the end of the {self._coding} body")
        if self._coding == "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        # "deflate" should be a zlib stream, yet some servers send the bare one.
        is_zlib = chunk[0] & 0x0F == 8 and (len(chunk) < 2 or (chunk[0] << 8 | chunk[1]) % 31 == 0)
        return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)

    def _inflate(self, inflater: "zlib._Decompress", chunk: bytes) -> bytes:
        room = self._limit - len(self._body) + 1
        try:
            self._add(inflater.decompress(chunk, room))
        except zlib.error as error:
            raise BrokenCoding(f"broken {self._coding} body: {error}") from None
        return inflater.unconsumed_tail

    def _add(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._limit:
            raise TooLarge(f"more than {self._limit:,} bytes when decoded")


def _read_coding(content_encoding: str) -> str:
    codings = [part.strip().lower() for part in content_encoding.split(",")]
    codings = [part for part in codings if part not in ("", "identity")]
    if len(codings) > 1:
        raise UnknownCoding("several content codings, one inside the other")
    coding = codings[0].removeprefix("x-") if codings else ""
    if coding not in ("", "gzip", "deflate"):
        raise UnknownCoding(f"the content coding {coding[:40]!r} was not offered")
    return coding
