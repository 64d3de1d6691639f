"""Which addresses are one article: what pages declare, and addresses that lead everywhere.

A page's `rel=canonical` on its own site is another address of the same article. On another outlet's
site it says where the text was taken from. An address under which several different articles appear
(an error page, a home page) identifies nothing and stops being a key.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.dedup import urls
from monitor.model import FeedId, Keys

_POISONED_BY = 3
_POISON_WINDOW = timedelta(hours=24)
_SECOND_LEVEL = frozenset("ac co com edu gob gouv gov gv mil ne net nhs nom or org".split())


@dataclass(frozen=True, slots=True)
class Declared:
    """`same`: further addresses of the article. `syndicated_from`: the key of the original elsewhere."""

    same: tuple[str, ...] = ()
    syndicated_from: str = ""


def declare(url: str, canonical: str) -> Declared:
    """What a page at `url` says by its canonical address. A site's home page says nothing."""
    key = urls.canonical(canonical) if canonical and url else ""
    if not key:
        return Declared()
    if is_same_site(urls.host(url), urls.host(canonical)):
        return Declared(same=(canonical,))
    return Declared(syndicated_from=key)


def is_same_site(one: str, other: str) -> bool:
    """Whether two hosts belong to one registered name, as far as a short list of suffixes can tell."""
    return bool(one) and _site(one) == _site(other)


def _site(host: str) -> str:
    labels = host.partition(":")[0].split(".")
    if labels[-1].isdigit():  # an address of the network has no part that names a site
        return host
    is_deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if is_deep else -2 :])


@dataclass(frozen=True, slots=True)
class _Arrival:
    item: tuple[FeedId, str]
    title_hash: str
    at: datetime | None


_FOREVER = (_Arrival((FeedId(0), ""), "", None),) * _POISONED_BY


class Reached:
    """Remembers which articles were reached by an address, for the `capacity` latest addresses."""

    def __init__(self, *, capacity: int = 200_000) -> None:
        self._capacity = capacity
        self._arrivals: OrderedDict[str, tuple[_Arrival, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._arrivals)

    def without_poisoned(self, keys: Keys, feed_id: FeedId, at: datetime | None) -> Keys:
        """Note an arrival; its keys without addresses that three differently headed articles had in a day.

        A page that changes its headline is one article as long as its guid stays.
        """
        arrival = _Arrival((feed_id, keys.guid), keys.title_hash, at)
        kept = tuple(url for url in keys.urls if not self._note(url, arrival))
        while len(self._arrivals) > self._capacity:
            self._arrivals.popitem(last=False)
        return keys if kept == keys.urls else replace(keys, urls=kept)

    def poison(self, urls: Iterable[str]) -> None:
        """These addresses were found to identify nothing at some earlier time."""
        for url in urls:
            self._arrivals[url] = _FOREVER
            self._arrivals.move_to_end(url)

    def _note(self, url: str, arrival: _Arrival) -> bool:
        """Note one address and say whether it is poisoned. Once it is, it stays so."""
        earlier = self._arrivals.get(url, ())
        if len(earlier) < _POISONED_BY:
            earlier = tuple(item for item in earlier if _is_near(item.at, arrival.at))
            is_known = any(
                item.item == arrival.item or item.title_hash == arrival.title_hash for item in earlier
            )
            if arrival.title_hash and not is_known:
                earlier = (*earlier, arrival)
        self._arrivals[url] = earlier
        self._arrivals.move_to_end(url)
        return len(earlier) >= _POISONED_BY


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) < _POISON_WINDOW
