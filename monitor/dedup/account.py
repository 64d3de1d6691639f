"""Why an article was folded, in a sentence for the reader of a message: what of it stood where, and when."""

from datetime import timedelta

from monitor.dedup.neardup import Likeness
from monitor.dedup.reading import read
from monitor.model import Article, ArticleKind

_KEYS = {
    "guid": "The same item was in the same feed",
    "url": "The same article, by its address, was in",
    "canonical": "Its page names as its original what was in",
    "body": "The same text, word for word, was in",
    "title": "The same headline was in",
}

_KINDS = {
    ArticleKind.SERIES: "A further issue of a recurring form",
    ArticleKind.UPDATE: "A new version under another address",
}


def account(
    kind: ArticleKind,
    by: str,
    likeness: Likeness | None,
    *,
    ours: Article,
    earlier: Article | None,
    gap: timedelta | None = None,
) -> str:
    """One sentence. `gap` is how much earlier the other was seen; "" where there is nothing to say."""
    if kind is ArticleKind.ROUNDUP:
        return "Holds the texts of several earlier articles"
    if earlier is None:
        return ""
    where = _outlet(earlier) + _earlier(gap)
    if by == "story":
        return f"Tells the same story as “{' '.join(earlier.title.split())[:120]}” in {where}"
    if likeness is not None:
        return _measured(kind, likeness, ours, earlier, where)
    return f"{_KEYS[by]} {where}" if by in _KEYS else ""


def _measured(kind: ArticleKind, likeness: Likeness, ours: Article, earlier: Article, where: str) -> str:
    share = f"{likeness.containment:.0%}"
    said = f"{share} of this text appeared in {where}"
    if _length(ours) > _length(earlier):
        said = f"{share} of what appeared in {where} stands in this text"
    return f"{_KINDS[kind]}: {said}" if kind in _KINDS else said


def in_full(
    kind: ArticleKind,
    by: str,
    likeness: Likeness | None,
    score: float | None,
    *,
    ours: Article,
    earlier: Article | None,
    gap: timedelta | None = None,
) -> str:
    """The same with what was measured."""
    said = account(kind, by, likeness, ours=ours, earlier=earlier, gap=gap)
    measured = scores(likeness) if likeness else "" if score is None else f"score {score:.2f}"
    return f"{said} ({measured})" if said and measured else said or measured


def scores(likeness: Likeness) -> str:
    """The measures behind it, for who wants to know exactly."""
    return (
        f"rule {likeness.rule}: containment {likeness.containment:.2f}, Jaccard {likeness.jaccard:.2f}, "
        f"numerals {likeness.numerals:.2f}, rare words {likeness.words:.2f}, of {likeness.compared} words"
    )


def _length(article: Article) -> int:
    reading = read(article)
    return max(len(reading.content_words), len(reading.summary_words))


def _outlet(article: Article) -> str:
    return " ".join(article.source.split())[:80] or read(article).host or "another feed"


def _earlier(gap: timedelta | None) -> str:
    if gap is None:
        return ""
    minutes = int(gap.total_seconds() // 60)
    if minutes < 1:
        return " just before"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count >= (1 if size == 1 else 2):
            return f" {count} {unit}{'' if count == 1 else 's'} earlier"
    return ""
