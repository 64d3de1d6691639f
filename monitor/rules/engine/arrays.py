"""Small array idioms that numpy has no single call for. Knows neither text nor rules."""

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
Bool = npt.NDArray[np.bool_]

# One bit for each article of a batch.
BATCH = 64
ONES = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def where(values: npt.NDArray[np.generic]) -> I64:
    """The indices of what is not zero; `numpy.flatnonzero` takes detours that a lone article feels."""
    found: I64 = values.nonzero()[0]
    return found


def spread(starts: I64, counts: I64) -> I64:
    """The indices of many ranges, one after the other: [5, 9], [2, 1] → [5, 6, 9]."""
    if not len(counts):
        return np.empty(0, dtype=np.int64)
    ends = counts.cumsum()
    places: I64 = (starts - ends + counts).repeat(counts)
    places += np.arange(ends[-1], dtype=np.int64)
    return places


def pointers(counts: npt.ArrayLike) -> I64:
    """Where each of many lists begins in their concatenation, and where the last one ends."""
    counts = np.asarray(counts, dtype=np.int64)
    found = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=found[1:])
    return found


def or_groups(values: U64, starts: I64) -> U64:
    """The bitwise OR of each group of values; no group may be empty."""
    return np.bitwise_or.reduceat(values, starts) if len(starts) else np.empty(0, dtype=np.uint64)


def and_groups(values: U64, starts: I64) -> U64:
    """The bitwise AND of each group of values; no group may be empty."""
    return np.bitwise_and.reduceat(values, starts) if len(starts) else np.empty(0, dtype=np.uint64)


def bits(masks: U64) -> tuple[I64, I64]:
    """The set bits of many masks: index of the mask, number of the bit; ascending."""
    present = where(masks != 0)
    octets = masks[present].astype("<u8", copy=False).view(np.uint8)
    found = where(np.unpackbits(octets, bitorder="little").view(np.bool_))
    return present[found >> 6], found & 63


def bit(numbers: I64) -> U64:
    """The mask with only that bit."""
    return np.left_shift(np.uint64(1), numbers.astype(np.uint64))


def stable_order(numbers: I64, limit: int) -> I64:
    """What sorts small numbers below a limit, equal ones left in their order.

    By 16 bits at a time, for which numpy has a radix sort, several times faster than by comparing.
    """
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if limit > 1 << 16:
        order = order[np.argsort((numbers >> 16).astype(np.uint16)[order], kind="stable")]
    return order
