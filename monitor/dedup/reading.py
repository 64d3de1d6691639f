"""An article as deduplication reads it: visible texts and folded words, each computed once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from monitor import text
from monitor.dedup import urls, words
from monitor.dedup.titles import without_outlet
from monitor.model import Article

_LIVE_PATH = re.compile(
    r"/(?:live|liveblog|live-?updates?|liveticker|newsblog|direct|en-vivo)(?:[/_-]|$)", re.IGNORECASE
)
_LIVE_TITLE = re.compile(
    r"""^\W*(?:the\slatest\b|live\s*(?:blog|updates?|ticker)?\s*[:|–—-]|en\s(?:direct|vivo|directo)\b
        |diretta\b|онлайн\b)
    |\blive\s(?:blog|updates|coverage)\b|\bliveticker\b|\bnewsblog\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a visible text."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts of an article. `paragraphs` are those of the content, or of a longer summary."""

    title: str
    body: str
    host: str  # of its address; its source's name where it has none
    is_live: bool  # a page that goes on growing
    language: str
    title_words: tuple[str, ...]
    headline_words: tuple[str, ...]  # without the outlet's name
    summary_words: tuple[str, ...]
    content_words: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]

    def all_words(self) -> Iterator[str]:
        """The words of title, summary and content."""
        return chain(self.title_words, self.summary_words, self.content_words)


def read(article: Article) -> Reading:
    """Read one article. Linear in its length; never raises."""
    title, summary, content = map(text.visible_text, (article.title, article.summary, article.content))
    summary_paragraphs, content_paragraphs = _paragraphs(summary), _paragraphs(content)
    summary_words, content_words = _joined(summary_paragraphs), _joined(content_paragraphs)
    is_full = len(content_words) >= len(summary_words)
    headline = without_outlet(title)
    title_words = tuple(words.words(title))
    return Reading(
        title=headline,
        body=content if is_full else summary,
        host=urls.host(article.url) or " ".join(article.source.casefold().split()),
        is_live=is_live(title, article.url),
        language=article.language,
        title_words=title_words,
        headline_words=title_words if headline == title else tuple(words.words(headline)),
        summary_words=summary_words,
        content_words=content_words,
        paragraphs=content_paragraphs if is_full else summary_paragraphs,
    )


def is_live(title: str, url: str) -> bool:
    """Whether this is a live blog or "The Latest": one page with many states, each like the others."""
    return bool(_LIVE_TITLE.search(title) or _LIVE_PATH.search(url))


def _paragraphs(visible: str) -> tuple[Paragraph, ...]:
    lines = ((line, tuple(words.words(line))) for line in visible.split("\n"))
    return tuple(Paragraph(line, found) for line, found in lines if found)


def _joined(paragraphs: tuple[Paragraph, ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(paragraph.words for paragraph in paragraphs))
