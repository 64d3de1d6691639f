"""What each stage costs, in articles of 400 words a CPU second."""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from monitor.dedup import Deduplicator, fingerprint
from monitor.dedup.lead import lead
from monitor.dedup.reading import read
from monitor.dedup.stories import Stories
from monitor.dedup.wording import wording
from monitor.model import Article

_WORDS = 400


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


def measure(articles: Sequence[Article]) -> dict[str, float]:
    """Articles a CPU second, by stage."""
    readings = [read(article) for article in articles]
    leads = [lead(reading.title, reading.body, "en") for reading in readings]
    stories, deduplicator = Stories(), Deduplicator()
    pairs = zip(articles, readings, strict=True)
    return {
        "read (visible text, words)": _rate(read, articles),
        "keys": _rate(lambda pair: fingerprint.keys_of(*pair), list(pairs)),
        "wording (hashes, shingles)": _rate(
            lambda reading: wording(reading.content_words, [reading.body]), readings
        ),
        "lead": _rate(lambda reading: lead(reading.title, reading.body, "en"), readings),
        "story": _rate(
            lambda numbered: stories.assign(numbered[0], stories.look(numbered[1], None)),
            list(enumerate(leads)),
        ),
        "whole path": _rate(deduplicator.add, articles),
    }


def _rate(work: Callable[[Any], object], items: Iterable[Any]) -> float:
    items = list(items)
    started = time.process_time()
    for item in items:
        work(item)
    return len(items) / max(time.process_time() - started, 1e-9)
