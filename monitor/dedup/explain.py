"""Findings in words, and as data for scripts."""

from datetime import timedelta
from typing import Any

from monitor.dedup.findings import Finding
from monitor.dedup.neardup import Likeness
from monitor.dedup.versions import Change
from monitor.model import ArticleKind

_KEYS = {
    "guid": "the same id in its feed",
    "url": "the same address",
    "canonical": "its page names that one as the original",
    "body": "the same text",
    "title": "the same headline",
    "wording": "the same outlet's new version",
}
_DIGITS = 3


def explain(finding: Finding) -> str:
    """One sentence: why the finding is what it is."""
    reason, of = finding.reason, finding.of
    if reason.likeness is not None and of is not None:
        return _appears(finding.kind, reason.likeness, of)
    if reason.change is not None:
        link = "of" if reason.by == "wording" else "as"
        return f"{_KEYS[reason.by]} {link} {of}; {_changed(reason.change)}"
    if reason.by in _KEYS:
        return f"{_KEYS[reason.by]} as {of}"
    if finding.kind is ArticleKind.ROUNDUP:
        return "holds the texts of several articles"
    if reason.by == "story":
        return f"tells what {reason.story_nearest} tells (score {reason.story_score:.2f})"
    return "nothing like it was seen"


def _appears(kind: ArticleKind, like: Likeness, of: str) -> str:
    share = f"{like.containment:.0%} of the shorter text appears in {of} too{_apart(like.gap)}"
    if kind is ArticleKind.SERIES:
        return f"a further issue of a recurring form: {share} (rule {like.rule})"
    return f"{share} (rule {like.rule})"


def _apart(gap: timedelta | None) -> str:
    if gap is None:
        return ""
    minutes = int(gap.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    if hours >= 48:
        return f", {days} days apart"
    return f", {hours} hours apart" if hours >= 2 else f", {minutes} minutes apart"


def _changed(change: Change) -> str:
    return f"{change.kind.value} change" + (f": {', '.join(change.reasons)}" if change.reasons else "")


def as_data(finding: Finding) -> dict[str, Any]:
    """The reason with its scores, for JSON: what does not apply is left out."""
    reason = finding.reason
    data: dict[str, Any] = {"by": reason.by, "text": explain(finding)}
    if reason.likeness is not None:
        data |= _likeness(reason.likeness)
    if reason.change is not None:
        data |= {"change": reason.change.kind.value, "changed": list(reason.change.reasons)}
    if reason.story_nearest is not None:
        data |= {"score": round(reason.story_score, _DIGITS), "nearest": reason.story_nearest}
    return data


def _likeness(like: Likeness) -> dict[str, Any]:
    return {
        "rule": like.rule,
        "containment": round(like.containment, _DIGITS),
        "jaccard": round(like.jaccard, _DIGITS),
        "numerals": round(like.numerals, _DIGITS),
        "words": round(like.words, _DIGITS),
        "compared": like.compared,
        "gap": None if like.gap is None else like.gap.total_seconds(),
    }
