"""Hand-built stand-ins for the outside world: a fetcher and a parser that answer from a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.fetch.outcome import Failed, FetchRequest, Fresh, Unchanged
from monitor.model import Document

Answer = Fresh | Unchanged | Failed


@dataclass
class FakeFetcher:
    """Answers by address; remembers what it was asked."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[FetchRequest] = field(default_factory=list)

    async def fetch(self, request: FetchRequest) -> Answer:
        self.requests.append(request)
        return self.answers[request.url]


@dataclass
class FakeParser:
    """Reads a body as the name of a prepared document."""

    documents: dict[bytes, Document | Failed] = field(default_factory=dict)

    async def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str = "",
        feed_language: str = "",
        source: str = "",
        options: Mapping[str, str] | None = None,
    ) -> Document | Failed:
        return self.documents[body]
