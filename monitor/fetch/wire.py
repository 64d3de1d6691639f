"""What the pool and its worker processes say to each other: frames of JSON, never of pickle.

A worker has read what strangers wrote, so what it answers is data to be checked, not objects to be
brought to life. A frame is its length in four bytes and then that many bytes.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from monitor.errors import PollReason
from monitor.fetch.outcome import Failed
from monitor.formats import hints
from monitor.model import Article, Document

HEADER = struct.Struct(">I")
LARGEST_FRAME = 128 * 1024 * 1024


def frame(payload: bytes) -> bytes:
    """The payload with its length before it."""
    return HEADER.pack(len(payload)) + payload


def write_task(body: bytes, **about: Any) -> bytes:
    """A task as two frames: what is known of the body (keyword arguments of its reader), and the body."""
    return frame(json.dumps(about).encode()) + frame(body)


def read_task(about: bytes) -> dict[str, Any]:
    """What is known of the body, as keyword arguments of its reader."""
    task: dict[str, Any] = json.loads(about)
    return task


def write_result(result: Document | Failed) -> bytes:
    """What came of a task, without the frame around it."""
    if isinstance(result, Failed):
        return json.dumps({"reason": result.reason, "detail": result.detail}).encode()
    document = asdict(result)
    document["hints"] = hints.to_json(result.hints)
    document["articles"] = [_write_article(article) for article in result.articles]
    return json.dumps(document).encode()


def read_result(payload: bytes) -> Document | Failed:
    """The inverse of `write_result`. Raises ValueError when it is anything else."""
    try:
        return _read(json.loads(payload))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a result: {error!r}") from None


def _read(result: Mapping[str, Any]) -> Document | Failed:
    if "reason" in result:
        return Failed(PollReason(result["reason"]), str(result["detail"]))
    return Document(
        title=str(result["title"]),
        link=str(result["link"]),
        language=str(result["language"]),
        articles=tuple(map(_read_article, result["articles"])),
        skipped=int(result["skipped"]),
        hints=hints.from_json(result["hints"]),
        older=str(result["older"]),
        hub=str(result["hub"]),
        topic=str(result["topic"]),
        further=tuple(map(str, result["further"])),
    )


def _write_article(article: Article) -> dict[str, Any]:
    return {**article.to_dict(), "aliases": article.aliases, "declared": article.declared}


def _read_article(values: Mapping[str, Any]) -> Article:
    aliases, declared = (tuple(map(str, values[name])) for name in ("aliases", "declared"))
    return replace(Article.from_dict(values), aliases=aliases, declared=declared)
