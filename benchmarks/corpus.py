"""Reads every feed under a directory as `feeds preview` does, and compares with what feedparser finds.

    python -m benchmarks.corpus DIR [--show N]

Each file is read in a worker process with the usual limits. Those that are plain enough to be read without
one are read both ways: every field of every article must come out the same. Ends with 1 when a file crashed
or hung the worker, when an id or a link differed, or more than one field of a thousand.
Bring your own files, such as the tests of feed readers; none are kept here.
"""

import argparse
import asyncio
import io
import sys
import warnings
from collections import Counter, defaultdict
from dataclasses import fields
from pathlib import Path

import feedparser

from monitor.errors import PollReason
from monitor.fetch import reader
from monitor.fetch.outcome import Failed
from monitor.fetch.workers import ParserPool
from monitor.model import Article, Document
from monitor.text import visible_text

URL = "http://127.0.0.1:8097/feed"
SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json"}
LEAST_AGREEMENT = 0.999
DEADLY = frozenset({PollReason.PARSE_TIMEOUT, PollReason.PARSER_DIED, PollReason.INTERNAL})


async def read_all(bodies: list[bytes]) -> list[Document | Failed]:
    """What newsmonitor makes of each document, two at a time."""
    pool = ParserPool(2)

    try:
        return await asyncio.gather(*(pool.parse(body, url=URL) for body in bodies))
    finally:
        await pool.close()


def compare(body: bytes, document: Document | Failed) -> list[str]:
    """In what our reading differs from feedparser's own, by kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            entries = feedparser.parse(io.BytesIO(body)).get("entries", [])
        except Exception as error:  # its own crash is worth knowing too
            return [f"feedparser itself: {type(error).__name__}"]
    if isinstance(document, Failed):
        return [f"refused ({document.reason}), feedparser finds entries"] if entries else []
    if len(entries) == len(document.articles) + document.skipped and document.skipped:
        return ["entries without id, link, title and text, which are skipped"]
    if len(entries) != len(document.articles):
        return ["another number of entries"]
    found = []
    for entry, article in zip(entries, document.articles, strict=True):
        if visible_text(entry.get("title") or "") != visible_text(article.title):
            found.append("title")
        if (entry.get("link") or "") not in (article.url, "") and article.url:
            found.append("link")
        if entry.get("link") and not article.url:
            found.append("link left out")
    return list(dict.fromkeys(found))


def agreement(read: list[tuple[bytes, Path, Document | Failed]], *, show: int) -> bool:
    """Compare the reader of plain feeds with the patient one, print, and say whether it is good enough."""
    plain = articles = values = 0
    wrong: Counter[str] = Counter()
    files: defaultdict[str, list[str]] = defaultdict(list)
    for body, path, meant in read:
        found = reader.read_plain(body, url=URL)
        if found is None:
            continue
        plain, articles = plain + 1, articles + len(found.articles)
        values += len(fields(Document)) - 1 + len(found.articles) * len(fields(Article))
        for name in reader.differing(found, meant):
            wrong[name] += 1
            files[name].append(path.name)
    print(f"read as plain: {plain} of {len(read)} files, {articles} articles, {values} fields")
    for name, count in wrong.most_common():
        print(f"{count:6} files differ in {name}: {', '.join(files[name][:show])}")
    agreed = 1 - wrong.total() / max(1, values)
    print(f"{agreed:.4%} of the fields agree with feedparser")
    return agreed >= LEAST_AGREEMENT and not wrong.keys() & {
        "articles",
        "articles.id",
        "articles.url",
        "reason",
    }


def main() -> int:
    """Read, compare and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--show", type=int, default=3, help="Files named for each difference.")
    options = parser.parse_args()
    files = sorted(path for path in options.directory.rglob("*") if path.suffix.lower() in SUFFIXES)
    outcomes = asyncio.run(read_all([path.read_bytes() for path in files]))
    reasons = Counter(str(it.reason) if isinstance(it, Failed) else "read" for it in outcomes)
    differences: defaultdict[str, list[Path]] = defaultdict(list)
    for path, outcome in zip(files, outcomes, strict=True):
        for kind in compare(path.read_bytes(), outcome):
            differences[kind].append(path)
    articles = sum(len(it.articles) for it in outcomes if isinstance(it, Document))
    print(f"{len(files)} files, {articles} articles: {dict(reasons.most_common())}")
    for kind, paths in sorted(differences.items(), key=lambda item: -len(item[1])):
        names = ", ".join(str(path.relative_to(options.directory)) for path in paths[: options.show])
        print(f"{len(paths):6} {kind}: {names}")
    read = [(path.read_bytes(), path, outcome) for path, outcome in zip(files, outcomes, strict=True)]
    agrees = agreement(read, show=options.show)
    deadly = any(isinstance(it, Failed) and it.reason in DEADLY for it in outcomes)
    return 1 if deadly or not agrees else 0


if __name__ == "__main__":
    sys.exit(main())
