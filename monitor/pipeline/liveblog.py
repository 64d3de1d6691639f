"""Pages that go on growing: of a new state of one, rules look at what is new in it.

An article that is a live blog, or "The Latest", says what it said before with a block more. It would
match for ever what stood in it once.
"""

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.dedup import reading
from monitor.model import Article, ArticleId, ArticleKind, Match
from monitor.pipeline.items import Harvest, Item
from monitor.store import articles

_BODY = ("summary", "body")


def narrow(conn: Connection, harvest: Harvest, items: Sequence[Item], now: datetime) -> list[Item]:
    """Some of a poll's items; those that are new states of a growing page show only what is new in them."""
    earlier = {
        number: verdict.of.id
        for number, item in enumerate(items)
        if item.draft.reading.is_live
        and (verdict := harvest.identify(item, now)).kind is ArticleKind.UPDATE
        and verdict.of is not None
    }
    if not earlier:
        return list(items)
    before = {stored.id: stored.article for stored in articles.get_many(conn, list(earlier.values()))}
    return [
        _narrowed(item, before, earlier[number]) if number in earlier else item
        for number, item in enumerate(items)
    ]


def _narrowed(item: Item, before: dict[ArticleId, Article], id_: ArticleId) -> Item:
    return replace(item, shown=new_blocks(before[id_], item.article)) if id_ in before else item


def new_blocks(before: Article, after: Article) -> Article:
    """The article with only those paragraphs that the earlier state of it did not have."""
    known = {paragraph.words for paragraph in reading.read(before).paragraphs}
    fresh = [item.text for item in reading.read(after).paragraphs if item.words not in known]
    content = "".join(f"<p>{html.escape(block, quote=False)}</p>" for block in fresh)
    return replace(after, summary="", content=content)


def of_new_entries(item: Item, matches: Sequence[Match]) -> tuple[Match, ...]:
    """The matches; of a growing page those that something new is part of."""
    if item.shown is None:
        return tuple(matches)
    return tuple(match for match in matches if any(span.field in _BODY for span in match.spans))
