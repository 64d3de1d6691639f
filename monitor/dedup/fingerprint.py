"""The exact identities of an article: hashes of what it says, blind to how it is marked up.

Hashes are the first 16 bytes of BLAKE2b in hex: no collisions to think of, and stable between runs.
"""

from collections.abc import Iterable
from hashlib import blake2b

from monitor import text
from monitor.dedup import urls
from monitor.model import Article, Keys

MIN_BODY_WORDS = 40  # shorter texts (stubs, captions) are alike without being the same
MIN_TITLE_WORDS = 4
_MAX_GUID = 200


def keys(article: Article, *, aliases: Iterable[str] = ()) -> Keys:
    """Compute all keys. `aliases` are further addresses of the article (after redirects, canonical)."""
    title = _words(article.title)
    summary = _words(article.summary)
    content = _words(article.content)
    body = content if len(content) >= len(summary) else summary
    return Keys(
        guid=article.id if len(article.id) <= _MAX_GUID else _digest((article.id,)),
        urls=_distinct(urls.canonical(url) for url in (article.url, *aliases)),
        body_hash=_digest(body) if len(body) >= MIN_BODY_WORDS else "",
        title_hash=_digest(title) if len(title) >= MIN_TITLE_WORDS else "",
        content_hash=_digest((*title, "\0", *summary, "\0", *content)),
    )


def _words(markup: str) -> tuple[str, ...]:
    return tuple(token.folded for token in text.tokenize(text.visible_text(markup)))


def _digest(words: Iterable[str]) -> str:
    return blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _distinct(keys_: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys_ if key))
