"""The seam for what reads documents: a *source* makes articles of a fetched page. Values only.

A source is made by a function `create(options)`, where options are the texts given for it in the
configuration; it raises ValueError for options that it cannot use. What it makes is called with a
`Page` and returns a `Document`. It runs in a process of its own, which is killed when it takes too
long or too much memory, so it may not keep anything between two pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import PollReason
from monitor.model import Document


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched document. `body` is decoded from its content coding, not from its charset."""

    body: bytes
    url: str  # where the redirects ended: what links are relative to
    now: datetime
    content_type: str = ""
    language: str = ""  # of the articles, where the document names none


class Unreadable(Exception):
    """The page is not what the source reads, or holds nothing of use; `detail` is for people."""

    def __init__(self, detail: str, reason: PollReason = PollReason.BROKEN) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


GROUP = "newsmonitor.sources"
"""The entry points under which sources of others are found."""

BUILT_IN = ("feed", "page", "sitemap")

Source = Callable[[Page], Document]
Create = Callable[[Mapping[str, str]], Source]


def refuse_options(options: Mapping[str, str], *, known: tuple[str, ...] = ()) -> None:
    """Raise ValueError for an option that a source does not know."""
    for name in options:
        if name not in known:
            listed = f"; it knows {', '.join(known)}" if known else "; it takes none"
            raise ValueError(f"there is no option `{name}`{listed}")
