"""The exact layer: is this article one that was seen before, by one of its keys?

Rules, in order; the first that holds decides:
1. guid within the feed: the same item. Text unchanged: *duplicate*; changed: *update*.
2. address: the same article. In the same feed as rule 1; from another feed a *copy*.
3. body (40 words or more, all equal): a *copy*.
4. title (4 words or more) within 18 hours, unless both have a body and the bodies differ: a *copy*.

An address that items of one document share, each with a guid and a title of its own (a status page
that links to itself), identifies none of them: see `tell_apart`.

18 hours is below a day, so that a daily column under an unchanging headline stays new.
Folding acts on alerts alone: whatever is not a *duplicate* is stored and matched like any other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import ArticleKind, ArticleRef, FeedId, Keys, Verdict

TITLE_WINDOW = timedelta(hours=18)


class Known(Protocol):
    """The earlier articles that share a key with those at hand."""

    @property
    def by_guid(self) -> Mapping[str, ArticleRef]: ...
    @property
    def by_url(self) -> Mapping[str, ArticleRef]: ...
    @property
    def by_body(self) -> Mapping[str, ArticleRef]: ...
    @property
    def by_title(self) -> Mapping[str, ArticleRef]: ...


def tell_apart(document: Sequence[Keys]) -> list[Keys]:
    """The keys of one document's items, without the addresses that several different items share."""
    users: defaultdict[str, dict[str, str]] = defaultdict(dict)  # address → guid → what it says
    for keys in document:
        for url in keys.urls:
            users[url].setdefault(keys.guid, keys.title_hash or keys.content_hash)
    shared = {url for url, said in users.items() if len(set(said.values())) > 1}
    return [
        replace(keys, urls=tuple(url for url in keys.urls if url not in shared)) if shared else keys
        for keys in document
    ]


def identify(keys: Keys, *, feed_id: FeedId, now: datetime, known: Known) -> Verdict:
    """What the article with these keys is to the known ones. Costs a handful of dictionary look-ups."""
    if earlier := known.by_guid.get(keys.guid):
        return Verdict(_same_item(keys, earlier), earlier, "guid")
    for url in keys.urls:
        if earlier := known.by_url.get(url):
            kind = _same_item(keys, earlier) if earlier.feed_id == feed_id else ArticleKind.COPY
            return Verdict(kind, earlier, "url")
    if keys.body_hash and (earlier := known.by_body.get(keys.body_hash)):
        return Verdict(ArticleKind.COPY, earlier, "body")
    if keys.title_hash and (earlier := known.by_title.get(keys.title_hash)):
        bodies_differ = keys.body_hash and earlier.body_hash and keys.body_hash != earlier.body_hash
        if abs(now - earlier.seen_at) < TITLE_WINDOW and not bodies_differ:
            return Verdict(ArticleKind.COPY, earlier, "title")
    return Verdict(ArticleKind.NEW)


def _same_item(keys: Keys, earlier: ArticleRef) -> ArticleKind:
    unchanged = keys.content_hash == earlier.content_hash
    return ArticleKind.DUPLICATE if unchanged else ArticleKind.UPDATE
