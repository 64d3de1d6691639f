"""Leads as bytes: what a store keeps of an article, so that stories go on where they were.

One byte of version, the language, then for each term four bytes of mark and one each of count and
style. Some 250 bytes for an article. What cannot be read gives None: the article is then no member.
"""

import numpy as np

from monitor.dedup.lead import Lead

_VERSION = 1
_NUMERAL, _CAPITAL, _SMALL = 1, 2, 4
_MOST_TERMS = 0xFFFF
_COUNT_LIMIT = 255


def pack(lead: Lead) -> bytes:
    """A lead as bytes."""
    terms = lead.terms[:_MOST_TERMS].astype("<u4")
    styles = np.zeros(len(terms), dtype=np.uint8)
    styles[lead.numerals[:_MOST_TERMS]] |= _NUMERAL
    styles[np.isin(terms, lead.capitals)] |= _CAPITAL
    styles[np.isin(terms, lead.smalls)] |= _SMALL
    counts = np.minimum(lead.counts[:_MOST_TERMS], _COUNT_LIMIT).astype(np.uint8)
    language = lead.language.encode("ascii", "ignore")[:_COUNT_LIMIT]
    head = bytes((_VERSION, len(language))) + language
    return head + terms.tobytes() + counts.tobytes() + styles.tobytes()


def unpack(data: bytes) -> Lead | None:
    """The lead that was packed; None when it was not packed by this version."""
    if len(data) < 2 or data[0] != _VERSION:
        return None
    start = 2 + data[1]
    size, rest = divmod(len(data) - start, 6)
    if rest or size < 0:
        return None
    terms = np.frombuffer(data, dtype="<u4", count=size, offset=start).astype(np.uint32)
    counts = np.frombuffer(data, dtype=np.uint8, count=size, offset=start + 4 * size)
    styles = np.frombuffer(data, dtype=np.uint8, count=size, offset=start + 5 * size)
    return Lead(
        language=data[2:start].decode("ascii", "replace"),
        terms=terms,
        counts=counts.astype(np.float32),
        numerals=(styles & _NUMERAL).astype(np.bool_),
        capitals=terms[(styles & _CAPITAL).astype(np.bool_)],
        smalls=terms[(styles & _SMALL).astype(np.bool_)],
    )
