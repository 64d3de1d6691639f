"""An item of a plain feed while its elements come by, and the article that it becomes. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from monitor.formats import entry
from monitor.model import Article

_HTML = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})


@dataclass(slots=True)
class Item:
    """An item while its elements come by, in the terms of the reader whose habits are kept."""

    is_atom: bool = False
    guid: str | None = None
    link: str | None = None
    alternates: list[str] = field(default_factory=list)
    title: str = ""
    title_is_plain: bool = False
    title_at: int | None = None  # how deep in the item the kept one stood
    title_seen: int = -1  # how deep the last one stood that was not empty
    summary: str | None = None
    summary_is_plain: bool = False
    summary_at: int | None = None
    has_summary: bool = False  # one of its own, not a content that serves as one
    contents: list[str] = field(default_factory=list)
    has_content: bool = False
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    outlet: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    origin: str = ""

    def take_title(self, value: str, depth: int, *, plain: bool, aside: bool = False) -> None:
        """`aside`: the title of something else in the item, such as a picture."""
        if not -1 < self.title_seen <= depth:
            if self.title_at is None or depth <= self.title_at:
                self.title, self.title_at = value, depth
            self.title_is_plain = plain
        if value and not aside:
            self.title_seen = depth

    def take_summary(self, value: str, depth: int, *, plain: bool, plain_content: bool) -> None:
        """The second of two descriptions is the content, where there is none."""
        if self.summary is not None and not self.has_content:
            self.take_content(value, plain=plain_content)
            return
        if self.summary_at is None or depth <= self.summary_at:
            self.summary, self.summary_at = value, depth
        self.summary_is_plain, self.has_summary = plain, True

    def take_content(self, value: str, *, plain: bool) -> None:
        """A text as content; it stands for the summary where there is none."""
        self.has_content = True
        self.contents.append(self.marked_up(value, plain, entry.LONGEST_TEXT))
        if self.summary is None:
            self.summary = value

    def take_alternate(self, href: str, kind: str) -> None:
        """A link element of Atom to the article's own page."""
        self.alternates.append(href)
        if kind in _HTML:
            self.link = href

    def marked_up(self, value: str, plain: bool, limit: int) -> str:
        """Cleaned; in Atom, what is declared to be plain is made HTML where it would be misread."""
        given = entry.text(value, limit)
        return entry.markup(given) if plain and self.is_atom else given

    def page(self) -> str:
        """The address of the article's own page."""
        if self.link and self.link != self.guid:
            return self.link
        is_address = bool(self.link) and str(self.link).startswith(("http://", "https://"))
        return next(filter(None, self.alternates), str(self.link) if is_address else "")

    def article(self, source: entry.Source, *, language: str, author: str) -> Article | None:
        """The article, or None where nothing could be told of it."""
        url = entry.link(self.page(), source.url)
        title = " ".join(self.marked_up(self.title, self.title_is_plain, entry.LONGEST_TITLE).split())
        summary = ""
        if self.has_summary:
            summary = self.marked_up(self.summary or "", self.summary_is_plain, entry.LONGEST_TEXT)
        content = max(self.contents, key=len, default="")
        if not (self.guid or url or title or summary or content):
            return None
        has_text = self.title_at is not None or self.has_summary or self.contents
        origin = entry.link(self.origin, source.url)
        return Article(
            id=entry.identity(self.guid, url, title, summary, content),
            title=title,
            summary=summary,
            content=content,
            url=url,
            source=entry.line(self.outlet) or source.title,
            author=joined(self.authors) or author,
            language=entry.language(language if has_text else "", source.language),
            tags=entry.tags(self.tags),
            published_at=self.published if self.published or self.is_atom else self.updated,
            updated_at=self.updated,
            aliases=(origin,) if origin else (),
        )


def joined(authors: list[str]) -> str:
    """Their names, each once."""
    names = dict.fromkeys(line for name in authors if (line := entry.line(name)))
    return ", ".join(names)[: entry.LONGEST_NAME]
