"""The earlier articles of a stream, in memory: found by their keys and by their wording.

Holds the newest `capacity` articles; what is older is forgotten, key by key.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from monitor.dedup.exact import TITLE_WINDOW
from monitor.dedup.neardup import Appearance, Candidate
from monitor.dedup.postings import Postings
from monitor.dedup.sketch import PROBES
from monitor.model import Article, ArticleRef, FeedId, Keys

_VERIFIED = 16  # how many candidates are compared in full
_SHORT = 60  # a text below this many words has few probes to share
_SLACK = 100_000  # entries
_TEXTS = 5_000  # articles kept whole, to tell what an update changes


@dataclass(frozen=True, slots=True)
class Found:
    """Earlier articles that share a key with the one at hand, by that key."""

    by_guid: Mapping[str, ArticleRef] = field(default_factory=dict)
    by_url: Mapping[str, ArticleRef] = field(default_factory=dict)
    by_body: Mapping[str, ArticleRef] = field(default_factory=dict)
    by_title: Mapping[str, ArticleRef] = field(default_factory=dict)


_Key = tuple[str, object, str]  # which kind of key, within which feed (None: any), the key


@dataclass(slots=True, eq=False)
class Record:
    """One article as it is remembered. `group` is the first of the copies it belongs to."""

    ref: ArticleRef
    name: str  # its id as the reader knows it
    group: int
    story_name: str  # the id of the article that began its story
    keys: tuple[_Key, ...]
    candidate: Candidate | None


class Memory:
    """The articles by number; numbers ascend."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._by_key: dict[_Key, int] = {}
        self._postings = Postings()
        self._texts: OrderedDict[int, Article] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def get(self, number: int) -> Record | None:
        """The article of that number, if it is still remembered."""
        return self._records.get(number)

    def by_url(self, key: str) -> ArticleRef | None:
        """The first article of that address key."""
        return self._look_up("url", None, (key,)).get(key)

    def article(self, number: int) -> Article | None:
        """The article itself, if it is among the newest."""
        return self._texts.get(number)

    def find(self, feed_id: FeedId, keys: Keys) -> Found:
        """The earlier articles with one of the keys; by address those of the feed come first."""
        return Found(
            by_guid=self._look_up("guid", feed_id, (keys.guid,)),
            by_url={**self._look_up("url", None, keys.urls), **self._look_up("url", feed_id, keys.urls)},
            by_body=self._look_up("body", None, (keys.body_hash,)),
            by_title=self._look_up("title", None, (keys.title_hash,)),
        )

    def _look_up(self, kind: str, feed_id: FeedId | None, keys: Iterable[str]) -> dict[str, ArticleRef]:
        numbers = ((key, self._by_key.get((kind, feed_id, key))) for key in keys if key)
        return {key: self._records[number].ref for key, number in numbers if number is not None}

    def candidates(self, appearance: Appearance, neighbours: Iterable[int] = ()) -> list[Candidate]:
        """The earlier texts that may be near-copies, the most promising first; `neighbours` are tried too."""
        wording = appearance.wording
        found: dict[int, Candidate] = {}
        shares = self._postings.find(wording.sought)
        for number in sorted(shares, key=shares.__getitem__, reverse=True)[: 4 * _VERIFIED]:
            shared = shares[number]
            candidate = self._candidate(number)
            if candidate is not None and (
                shared > 1 or min(wording.size, candidate.appearance.wording.size) < _SHORT
            ):
                found[number] = candidate
            if len(found) == _VERIFIED:
                break
        for number in neighbours:
            if (candidate := self._candidate(number)) is not None:
                found.setdefault(number, candidate)
        return list(found.values())

    def _candidate(self, number: int) -> Candidate | None:
        record = self._records.get(number)
        return record.candidate if record else None

    def remember(
        self,
        ref: ArticleRef,
        article: Article,
        keys: Keys,
        *,
        group: int,
        story_name: str,
        appearance: Appearance | None,
    ) -> None:
        """Keep an article, or the new version of one. Without an appearance no copy of it is found."""
        number = int(ref.id)
        earlier = self._records.get(number)
        candidate = Candidate(number, group, appearance) if appearance else None
        record = Record(ref, article.id, group, story_name, _keys(ref, keys), candidate)
        if earlier is not None:
            record.keys = tuple(dict.fromkeys(earlier.keys + record.keys))
            record.ref = replace(ref, seen_at=earlier.ref.seen_at)
        self._records[number] = record
        for key in record.keys:
            if self._gives_way(key, ref):
                self._by_key[key] = number
        if appearance is not None:
            self._enter(number, appearance)
        self._keep_text(number, article)
        while len(self._records) > self._capacity:
            self._forget()

    def _gives_way(self, key: _Key, ref: ArticleRef) -> bool:
        """Whether a key is free for an article: where several share one, the first of them is meant.

        Within a feed it is the latest, and a headline is forgotten when its window has passed.
        """
        kind, feed_id, _ = key
        earlier = self._by_key.get(key)
        if earlier is None or feed_id is not None:
            return True
        return kind == "title" and ref.seen_at - self._records[earlier].ref.seen_at >= TITLE_WINDOW

    def _enter(self, number: int, appearance: Appearance) -> None:
        self._postings.add(number, appearance.wording.probes)
        if len(self._postings) > 2 * PROBES * self._capacity + _SLACK:  # many versions of few articles
            self._postings = Postings()
            for record in self._records.values():
                if record.candidate is not None:
                    self._postings.add(record.candidate.number, record.candidate.appearance.wording.probes)

    def _keep_text(self, number: int, article: Article) -> None:
        self._texts[number] = article
        while len(self._texts) > _TEXTS:
            self._texts.popitem(last=False)

    def _forget(self) -> None:
        number, record = self._records.popitem(last=False)
        for key in record.keys:
            if self._by_key.get(key) == number:
                del self._by_key[key]
        self._texts.pop(number, None)
        self._postings.floor = number + 1


def _keys(ref: ArticleRef, keys: Keys) -> tuple[_Key, ...]:
    found: list[_Key] = [("guid", ref.feed_id, keys.guid)] if keys.guid else []
    for url in keys.urls:
        found += [("url", ref.feed_id, url), ("url", None, url)]
    found += [("body", None, keys.body_hash)] if keys.body_hash else []
    found += [("title", None, keys.title_hash)] if keys.title_hash else []
    return tuple(found)
