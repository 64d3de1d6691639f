"""Reads every feed under a directory as `feeds preview` does, and compares with what feedparser finds.

    python -m benchmarks.corpus DIR [--show N]

Each file is read in a worker process with the usual limits. Ends with 1 when one crashed or hung the worker.
Bring your own files, such as the tests of feed readers; none are kept here.
"""

import argparse
import asyncio
import io
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import feedparser

from monitor.errors import PollReason
from monitor.fetch.outcome import Failed
from monitor.fetch.workers import ParserPool
from monitor.model import Document
from monitor.text import visible_text

URL = "http://127.0.0.1:8097/feed"
SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json"}
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
    return 1 if any(isinstance(it, Failed) and it.reason in DEADLY for it in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
