"""Undoing content codings within a cap."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import decode

TEXT = b"<rss>" + b"news " * 1000 + b"</rss>"


def decoded(coding: str, *chunks: bytes, limit: int = 1_000_000) -> bytes:
    decoder = decode.Decoder(coding, limit=limit)
    for chunk in chunks:
        decoder.feed(chunk)
    return decoder.finish()


def gzipped(data: bytes) -> bytes:
    """The same bytes in every test process: they name test cases."""
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzipped(TEXT)),
        ("X-GZip", gzipped(TEXT)),
        ("gzip", gzipped(TEXT[:10]) + gzipped(TEXT[10:])),
        ("gzip", gzipped(TEXT) + b"\0" * 100),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("identity, gzip", gzipped(TEXT)),
    ],
)
def test_offered_codings_are_undone(coding, wire):
    """gzip (in several members, padded), zlib and bare deflate all give the text back."""
    assert decoded(coding, wire) == TEXT


@given(cuts=st.lists(st.integers(1, 60), max_size=8), coding=st.sampled_from(["gzip", "deflate", ""]))
def test_chunk_borders_do_not_matter(cuts, coding):
    """However the bytes are cut on their way, the result is the same."""
    wire = {"gzip": gzipped(TEXT), "deflate": zlib.compress(TEXT), "": TEXT}[coding]
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(wire[at : at + cut])
        at += cut
    assert decoded(coding, *chunks, wire[at:]) == TEXT


def test_an_empty_body_is_empty_in_any_coding():
    """Servers name a coding for bodies of no bytes."""
    assert decoded("gzip", b"") == b""


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, identity, deflate", "x" * 999]
)
def test_other_and_stacked_codings_are_refused(coding):
    """What was not offered is not undone."""
    with pytest.raises(decode.UnknownCoding):
        decode.Decoder(coding, limit=10)


@pytest.mark.parametrize("wire", [TEXT, gzipped(TEXT)[:-9], gzipped(TEXT) + b"junk", gzipped(b"") * 100])
def test_broken_gzip_is_an_error(wire):
    """Plain text, a cut body, bytes after the end and endless members are told apart from content."""
    with pytest.raises(decode.BrokenCoding):
        decoded("gzip", wire)


def test_the_cap_is_exact():
    """A body of just the limit passes, one more byte does not."""
    wire = gzipped(TEXT)
    assert decoded("gzip", wire, limit=len(TEXT)) == TEXT
    with pytest.raises(decode.TooLarge):
        decoded("gzip", wire, limit=len(TEXT) - 1)
    with pytest.raises(decode.TooLarge):
        decoded("", TEXT, limit=len(TEXT) - 1)
