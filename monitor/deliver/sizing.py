"""Cuts a short message to what a service takes, keeping its last line: the link and the alert's id."""

from monitor.deliver import hygiene

_LEAST_HEAD = 20  # with less of the headline left, the id or the link goes first


def fit(short: str, limit: int, *, in_bytes: bool = False) -> str:
    """At most `limit` characters (or UTF-8 bytes) of a message whose last line is `link #id`.

    What comes before the last line is cut; only when there is no room at all go the id, then the link.
    """
    if _size(short, in_bytes) <= limit:
        return short
    head, _, tail = short.rpartition("\n")
    link, _, number = tail.partition(" ")
    for end in (tail, link, number):
        room = limit - _size("\n" + end, in_bytes)
        if end and room >= _LEAST_HEAD:
            return _cut(head, room, in_bytes) + "\n" + end
    return _cut(head or tail, limit, in_bytes)


def _size(text: str, in_bytes: bool) -> int:
    return len(text.encode("utf-8", "replace")) if in_bytes else len(text)


def _cut(text: str, limit: int, in_bytes: bool) -> str:
    if not in_bytes or _size(text, in_bytes) <= limit:
        return hygiene.cut(text, limit)
    kept = text.encode("utf-8", "replace")[: max(0, limit - len("…".encode()))]
    return kept.decode("utf-8", "ignore").rstrip() + "…"
