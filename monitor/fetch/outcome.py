"""What is asked of a fetch, and the three things that can come of it. Values only."""

from dataclasses import dataclass
from datetime import timedelta

from monitor.errors import PollReason


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One visit. The validators are sent back byte for byte as the server gave them.

    `allow_private` lets the host that `url` itself names lie at a private address; a redirect to
    any other host must still lead to a public one.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """The server sent a document. `body` is decoded from its content coding, not from its charset."""

    body: bytes
    url: str  # where the redirects ended; without credentials
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    wire_hash: str = ""  # SHA-256 of the bytes as they came, in hexadecimal
    fresh_for: timedelta | None = None  # how long the server says not to ask again; at most 24 h
    permanent_url: str | None = None  # where the unbroken run of permanent redirects leads
    is_delta: bool = False  # holds only what is new since the validators' document
    hub: str = ""  # who pushes it, and under which address, as the Link header says
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304: what we have is still right. Validators are those of this answer, None when it has none."""

    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    permanent_url: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """No document. `detail` is fit for people and holds no credentials."""

    reason: PollReason
    detail: str = ""
    retry_after: timedelta | None = None  # at most 7 days
    status: int | None = None
