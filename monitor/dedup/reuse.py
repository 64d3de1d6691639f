"""An address that a feed uses again: for each article in turn, or for all that it has.

Some feeds link every item to one page and give no guid. By that address each article would be the next
version of the one before, for ever. It is taken for another article when its headline and its text have
next to nothing in common with what the address stood for: an edit leaves one of the two, or most of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import blake2b

from monitor.dedup import sketch, urls
from monitor.dedup.reading import Reading
from monitor.dedup.words import hash_words
from monitor.model import ArticleKind, Keys, Verdict

_HEADLINE = 0.34  # as many words in common are an edited headline
_TEXT = 0.1  # as many four-word shingles of the shorter text are an edited text
_SHORT_TEXT = 0.3  # the same of the words of a text that has few shingles
_SHINGLED = 20  # words


def is_by_address(keys: Keys, verdict: Verdict) -> bool:
    """Whether an article was taken for a new version by its address alone, which may be its guid too."""
    if verdict.kind is not ArticleKind.UPDATE:
        return False
    return verdict.reason == "url" or (verdict.reason == "guid" and urls.canonical(keys.guid) in keys.urls)


def is_another(before: Reading, after: Reading) -> bool:
    """Whether two texts at one address are two articles. Without a headline and a text each, nobody knows."""
    if before.is_live or after.is_live:
        return False
    headlines, texts = (before.headline_words, after.headline_words), (_text(before), _text(after))
    if not all((*headlines, *texts)):
        return False
    return _share(*headlines) < _HEADLINE and not _is_edited(*texts)


def keys_of_another(keys: Keys) -> Keys:
    """The keys of an article whose address identifies nothing: it is known again by its headline."""
    said = f"{keys.guid}\0{keys.title_hash or keys.content_hash}"
    guid = "reused:" + blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return replace(keys, guid=guid, urls=())


def _text(reading: Reading) -> Sequence[str]:
    return max(reading.content_words, reading.summary_words, key=len)


def _is_edited(before: Sequence[str], after: Sequence[str]) -> bool:
    if min(len(before), len(after)) < _SHINGLED:
        return _share(before, after) >= _SHORT_TEXT
    shingles = (sketch.marks(sketch.shingle(hash_words(words))) for words in (before, after))
    return sketch.overlap(*shingles).containment >= _TEXT


def _share(one: Collection[str], other: Collection[str]) -> float:
    """How many of the fewer distinct words are among the others."""
    ours, theirs = set(one), set(other)
    return len(ours & theirs) / min(len(ours), len(theirs))
