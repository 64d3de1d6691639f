"""What goes over a connection: one request and its answer, in whichever version of HTTP. Values only."""

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol

import httpcore

Fields = Sequence[tuple[bytes, bytes]]

_FRAMES = 20_000  # pieces that come for nothing; a document of eight megabytes has some hundred
_LEAST = 64  # bytes that a piece should bring in the mean


class Place(NamedTuple):
    """Where a connection leads, and whether it was allowed to lead to a private address."""

    scheme: str
    host: str
    port: int
    is_private: bool


class Call(NamedTuple):
    """One request. `fields` begin with Host and hold none that are about the connection."""

    method: str
    place: Place
    target: bytes
    fields: Fields
    content: bytes = b""
    keep: bool = False  # the connection may be of use again in a moment


class Answer(NamedTuple):
    """An answer's head; its body is read from `chunks`, once. Names of fields are in lower case."""

    status: int
    fields: Fields
    chunks: AsyncGenerator[bytes, None]


class Exchange(Protocol):
    """A connection in one version of HTTP. One request at a time."""

    heard: bool

    async def send(self, call: Call) -> Answer: ...
    def is_free(self) -> bool: ...
    def is_stale(self) -> bool: ...


class Budget:
    """How many pieces an answer may come in: bytes one by one, or empty frames, cost much for little."""

    def __init__(self) -> None:
        self._left = float(_FRAMES)

    def earn(self, received: int) -> None:
        """Some bytes of the body have come."""
        self._left += received / _LEAST

    def spend(self) -> None:
        """A piece has come. Raises RemoteProtocolError when there were too many."""
        self._left -= 1
        if self._left < 0:
            raise httpcore.RemoteProtocolError("the answer comes in too many pieces")
