"""The articles of polls at hand, and which earlier ones share a key with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor import dedup
from monitor.dedup import reading, reuse
from monitor.model import Article, ArticleId, ArticleKind, FeedState, Keys, Match, Verdict
from monitor.pipeline.recognition import Draft
from monitor.store import articles
from monitor.store.articles import Known
from monitor.text.fields import field_text


@dataclass(frozen=True, slots=True)
class Item:
    """An article of a poll: read, with its keys and the matches found before the transaction."""

    article: Article
    keys: Keys
    draft: Draft
    matches: tuple[Match, ...] = ()
    shown: Article | None = None  # what the matches' spans point into, where it is not the article

    def matched_texts(self) -> set[str]:
        """What the matches stand on, as it is written in the article."""
        shown = self.shown or self.article
        spans = {span for match in self.matches for span in match.spans}
        texts = {name: field_text(shown, name) for name in {span.field for span in spans}}
        return {texts[span.field][span.start : span.end] for span in spans}

    def of_reused_address(self, before: Article | None) -> "Item":
        """Known by its headline, if `before`, which had its address, is a different article; else itself."""
        if before is None or not reuse.is_another(reading.read(before), self.draft.reading):
            return self
        return replace(self, keys=reuse.keys_of_another(self.keys))


@dataclass(frozen=True, slots=True)
class Harvest:
    """The articles of one poll, and the earlier ones that share a key with them."""

    state: FeedState
    items: Sequence[Item]
    known: Known

    def identify(self, item: Item, now: datetime) -> Verdict:
        """What one of them is by its keys."""
        verdict = dedup.identify(item.keys, feed_id=self.state.id, now=now, known=self.known)
        original = self.known.by_url.get(item.draft.syndicated_from)
        if verdict.of is None and original is not None:
            return Verdict(ArticleKind.COPY, original, "canonical")
        return verdict

    def changed(self, now: datetime) -> list[Item]:
        """Those in which there is something new."""
        return [item for item in self.items if self.identify(item, now).kind is not ArticleKind.DUPLICATE]


def find_known(
    conn: Connection, polls: Sequence[tuple[FeedState, Sequence[Item]]], now: datetime
) -> list[Harvest]:
    """What is known of each poll's articles, each of another feed. Addresses used again are left out."""
    harvests = _find(conn, polls, now)
    found = [_earlier_by_address(harvest, now) for harvest in harvests]
    ids = {id_ for earlier in found for id_ in earlier if id_ is not None}
    if not ids:
        return harvests
    before = {stored.id: stored.article for stored in articles.get_many(conn, list(ids))}
    apart = [
        (
            harvest.state,
            [
                item if id_ is None else item.of_reused_address(before.get(id_))
                for item, id_ in zip(harvest.items, earlier, strict=True)
            ],
        )
        for harvest, earlier in zip(harvests, found, strict=True)
    ]
    return _find(conn, apart, now)


def _earlier_by_address(harvest: Harvest, now: datetime) -> list[ArticleId | None]:
    """For each article the one that it would be the next version of, by its address alone."""
    verdicts = [harvest.identify(item, now) for item in harvest.items]
    return [
        verdict.of.id if verdict.of is not None and reuse.is_by_address(item.keys, verdict) else None
        for item, verdict in zip(harvest.items, verdicts, strict=True)
    ]


def _find(
    conn: Connection, polls: Sequence[tuple[FeedState, Sequence[Item]]], now: datetime
) -> list[Harvest]:
    asked = {state.id: [keys for item in items for keys in _asked(item)] for state, items in polls}
    known = articles.find_many(conn, asked, since=now - dedup.TITLE_WINDOW)
    return [Harvest(state, items, known[state.id]) for state, items in polls]


def _asked(item: Item) -> Sequence[Keys]:
    if not item.draft.syndicated_from:
        return (item.keys,)
    return item.keys, Keys("", (item.draft.syndicated_from,), "", "", "")
