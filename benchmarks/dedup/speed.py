"""What each stage costs, in articles of 400 words a CPU second, beside MinHash signatures of the same texts.

Each stage works in rounds; the median of their rates is told, and the best, since other work on the
machine can only make a round slower.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.dedup import methods
from monitor.dedup import Deduplicator, fingerprint
from monitor.dedup.lead import lead
from monitor.dedup.reading import read
from monitor.dedup.stories import Stories
from monitor.dedup.wording import wording
from monitor.model import Article

_WORDS = 400
_ROUND = 250  # articles


def of_400_words(articles: Sequence[Article], count: int) -> list[Article]:
    """Articles of that length, made of real paragraphs."""
    parts = itertools.cycle(item for item in articles if len(item.content.split()) > 60)
    made = []
    for number in range(count):
        first = next(parts)
        text = first.content
        while len(text.split()) < _WORDS:
            text += "\n    " + next(parts).content
        outlet = f"outlet{number % 50}"
        made.append(
            replace(
                first,
                id=str(number),
                content=_cut(text),
                source=outlet,
                url=f"https://{outlet}.example/{number}",
            )
        )
    return made


def _cut(text: str) -> str:
    lines, left = [], _WORDS
    unwrapped = text.replace("\n    ", "\r").replace("\n", " ").replace("\r", "\n")
    for line in unwrapped.replace("<", "(").replace("&", "and").split("\n"):
        words = line.split()[:left]
        left -= len(words)
        lines.append(" ".join(words))
    return "\n".join(line for line in lines if line)


def measure(articles: Sequence[Article]) -> dict[str, tuple[float, float]]:
    """Median and best rate by stage, in articles a CPU second. The baseline goes by "MinHash"."""
    readings = [read(article) for article in articles]
    leads = [lead(reading.title, reading.body, "en") for reading in readings]
    stories, deduplicator = Stories(), Deduplicator()
    return {
        "MinHash 128, four-word shingles": _rates(_min_hash, articles),
        "read (visible text, words)": _rates(read, articles),
        "keys": _rates(lambda pair: fingerprint.keys_of(*pair), zip(articles, readings, strict=True)),
        "wording (hashes, shingles)": _rates(
            lambda reading: wording(reading.content_words, [reading.body]), readings
        ),
        "lead": _rates(lambda reading: lead(reading.title, reading.body, "en"), readings),
        "story": _rates(
            lambda numbered: stories.assign(numbered[0], stories.look(numbered[1], None)), enumerate(leads)
        ),
        "whole path": _rates(deduplicator.add, articles),
    }


def _min_hash(article: Article) -> object:
    from datasketch import MinHash

    signature = MinHash(num_perm=128)
    signature.update_batch(list(methods.shingles(methods.body(article), 4)))
    return signature


def _rates(work: Callable[[Any], object], items: Iterable[Any]) -> tuple[float, float]:
    rates = []
    for batch in _batches(items):
        started = time.process_time()
        for item in batch:
            work(item)
        rates.append(len(batch) / max(time.process_time() - started, 1e-9))
    return statistics.median(rates), max(rates)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while batch := list(itertools.islice(left, _ROUND)):
        yield batch
