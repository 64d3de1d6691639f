"""Which character set is told to the parser."""

import pytest

from monitor.fetch import charset

BOM = b"\xef\xbb\xbf"
UTF8 = "<?xml version='1.0' encoding='UTF-8'?><rss>ü</rss>".encode()
LATIN = "<?xml version='1.0' encoding='ISO-8859-1'?><rss>ü</rss>".encode("iso-8859-1")


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("", UTF8, "application/xml"),
        ("text/xml", UTF8, "application/xml"),
        ("text/xml; charset=windows-1251", b"<rss/>", "application/xml; charset=windows-1251"),
        ('text/html; Charset="KOI8-R"', LATIN, "application/xml; charset=koi8-r"),
        ("text/xml; charset=iso-8859-1", UTF8, "application/xml"),
        ("text/xml; charset=iso-8859-1", "<rss>ü</rss>".encode(), "application/xml"),
        ("text/xml; charset=iso-8859-1", BOM + b"<rss/>", "application/xml"),
        ("text/xml; charset=iso-8859-1", LATIN, "application/xml; charset=iso-8859-1"),
    ],
)
def test_proof_goes_before_claims(content_type, body, expected):
    """A byte order mark, or text that is UTF-8 throughout, outweighs the header."""
    assert charset.media_type(content_type, body) == expected
