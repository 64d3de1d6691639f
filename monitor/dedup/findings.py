"""What a stream's deduplication says of one article: what it is, of which earlier one, and why."""

from dataclasses import dataclass

from monitor.dedup.neardup import Likeness
from monitor.dedup.versions import Change
from monitor.model import ArticleKind


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a finding is what it is. `by`: guid, url, canonical, body, title, wording, story or ""."""

    by: str = ""
    likeness: Likeness | None = None  # for "wording"
    change: Change | None = None  # for an update whose earlier version is still at hand
    story_score: float = 0.0  # how alike the story was, where one was joined
    story_nearest: str | None = None  # its article most like this one


@dataclass(frozen=True, slots=True)
class Finding:
    """What one article is. `of` is the earlier article it is a duplicate, update, copy or issue of."""

    article: str
    kind: ArticleKind
    of: str | None
    story: str  # the id of the article that began the story
    reason: Reason
