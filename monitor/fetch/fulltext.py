"""Reads the text of one article off its own page, and the addresses that the page gives as its own.

The only importer of trafilatura; needs the extra `[fulltext]`. It is a source like any other, so that
it runs in a worker process, but one that no feed can name: its document has one article.
"""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from monitor.errors import PollReason
from monitor.formats import entry
from monitor.formats.source import Page, Unreadable
from monitor.model import Article, Document

NAME = "article-page"
INSTALL = "pip install 'newsmonitor[fulltext]'"
LEAST = 150  # characters; less is a teaser, a notice about cookies, a login
_HTML = ("text/html", "application/xhtml+xml", "text/plain", "")
_DECLARED = (
    "//link[contains(concat(' ', translate(@rel, 'CANOIL', 'canoil'), ' '), ' canonical ')]/@href",
    "//meta[@property='og:url']/@content",
    "//link[contains(concat(' ', translate(@rel, 'AMPHTL', 'amphtl'), ' '), ' amphtml ')]/@href",
)


def read(page: Page) -> Document:
    """A document of one article: `content` is the text, `declared` what the page calls itself.

    Raises Unreadable when the page is not HTML or has no text worth the name.
    """
    kind = page.content_type.partition(";")[0].strip().lower()
    if kind not in _HTML:
        raise Unreadable(f"not a page but {kind[:80]}", PollReason.NO_TEXT)
    root = _parse(page)
    text = _extract(root, page.url)
    if len(text) < LEAST:
        raise Unreadable(f"no text in the page: {len(text)} characters", PollReason.NO_TEXT)
    content = "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines() if line.strip())
    article = Article(
        id=page.url,
        content=content[: entry.LONGEST_TEXT],
        url=page.url,
        language=entry.language(root.get("lang")),
        declared=_declared(root, page.url),
    )
    return Document(articles=(article,))


def _parse(page: Page) -> Any:
    try:
        from trafilatura import load_html
    except ImportError:
        raise ValueError(f"full texts need an extra: {INSTALL}") from None
    root = load_html(page.body)
    if root is None:
        raise Unreadable("not readable as HTML", PollReason.NO_TEXT)
    return root


def _extract(root: Any, url: str) -> str:
    from copy import deepcopy

    from trafilatura import extract

    text = extract(deepcopy(root), url=url, include_comments=False, include_tables=True, with_metadata=False)
    return entry.text(text, entry.LONGEST_TEXT).strip()


def _declared(root: Any, url: str) -> tuple[str, ...]:
    """What the page gives as its address. A site's home page is no address of an article."""
    found = (entry.link(str(value), url) for path in _DECLARED for value in root.xpath(path)[:1])
    return tuple(dict.fromkeys(link for link in found if link and len(urlsplit(link).path) > 1))
