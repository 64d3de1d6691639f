"""The exact identities of an article: hashes of what it says, blind to how it is marked up.

Hashes are the first 16 bytes of BLAKE2b in hex: no collisions to think of, and stable between runs.
"""

from collections.abc import Iterable
from hashlib import blake2b

from monitor.dedup import urls
from monitor.dedup.reading import Reading, read
from monitor.model import Article, Keys

MIN_BODY_WORDS = 40  # shorter texts (stubs, captions) are alike without being the same
MIN_TITLE_WORDS = 4
_MAX_GUID = 200


def keys(article: Article, *, aliases: Iterable[str] = ()) -> Keys:
    """Compute all keys. `aliases` are further addresses of the article, beside those that it has itself."""
    return keys_of(article, read(article), aliases=aliases)


def keys_of(article: Article, reading: Reading, *, aliases: Iterable[str] = ()) -> Keys:
    """The same for an article that has been read."""
    title, summary, content = reading.headline_words, reading.summary_words, reading.content_words
    body = content if len(content) >= len(summary) else summary
    return Keys(
        guid=article.id if len(article.id) <= _MAX_GUID else _digest((article.id,)),
        urls=_distinct(urls.canonical(url) for url in (article.url, *article.aliases, *aliases)),
        body_hash=_digest(body) if len(body) >= MIN_BODY_WORDS else "",
        title_hash=_digest(title) if len(title) >= MIN_TITLE_WORDS else "",
        content_hash=_digest((*reading.title_words, "\0", *summary, "\0", *content)),
    )


def _digest(words: Iterable[str]) -> str:
    return blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _distinct(keys_: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys_ if key))
