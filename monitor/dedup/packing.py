"""Leads as bytes: what a store keeps of an article, so that stories go on where they were.

One byte of version, the language and the vocabulary, then for each term four bytes of mark and one of
style. Some 150 bytes for an article. What cannot be read gives None: the article is then no member.
"""

import numpy as np

from monitor.dedup.lead import Lead
from monitor.dedup.sketch import are_in

_VERSION = 2
_NUMERAL, _CAPITAL, _SMALL, _ASKED = 1, 2, 4, 8
_MOST_TERMS = 0xFFFF
_MOST_LETTERS = 255


def pack(lead: Lead) -> bytes:
    """A lead as bytes."""
    terms = lead.terms[:_MOST_TERMS].astype("<u4")
    styles = np.zeros(len(terms), dtype=np.uint8)
    styles[lead.numerals[:_MOST_TERMS]] |= _NUMERAL
    styles[are_in(terms, np.sort(lead.capitals))] |= _CAPITAL
    styles[are_in(terms, np.sort(lead.smalls))] |= _SMALL
    styles[lead.asked[:_MOST_TERMS]] |= _ASKED
    tags = (tag.encode("ascii", "ignore")[:_MOST_LETTERS] for tag in (lead.language, lead.vocabulary))
    head = b"".join(bytes((len(tag),)) + tag for tag in tags)
    return bytes((_VERSION,)) + head + terms.tobytes() + styles.tobytes()


def unpack(data: bytes) -> Lead | None:
    """The lead that was packed; None when it was not packed by this version."""
    if not data or data[0] != _VERSION:
        return None
    language, start = _tag(data, 1)
    vocabulary, start = _tag(data, start)
    size, rest = divmod(len(data) - start, 5)
    if rest or size < 0:
        return None
    terms = np.frombuffer(data, dtype="<u4", count=size, offset=start).astype(np.uint32)
    styles = np.frombuffer(data, dtype=np.uint8, count=size, offset=start + 4 * size)
    return Lead(
        language=language,
        vocabulary=vocabulary,
        terms=terms,
        numerals=(styles & _NUMERAL).astype(np.bool_),
        capitals=terms[(styles & _CAPITAL).astype(np.bool_)],
        smalls=terms[(styles & _SMALL).astype(np.bool_)],
        asked=(styles & _ASKED).astype(np.bool_),
    )


def _tag(data: bytes, start: int) -> tuple[str, int]:
    """The tag that begins there, and where it ends: behind the data when they were cut short."""
    end = start + 1 + (data[start] if start < len(data) else 0)
    return data[start + 1 : end].decode("ascii", "replace"), end
