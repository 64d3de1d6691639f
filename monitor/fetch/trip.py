"""One visit between its hops: where it stands, and what a redirect may make of it. Does no I/O.

What a server sends chooses neither scheme nor port nor credentials: a redirect keeps to http and
https, to the ordinary ports (and, at the feed's own host, to the feed's own port), and takes the
credentials along to the feed's own origin alone.
"""

import base64
from dataclasses import dataclass
from typing import NamedTuple

from monitor.errors import PollReason
from monitor.fetch import headers
from monitor.fetch.failures import Rejected
from monitor.fetch.outcome import FetchRequest

_PERMANENT = frozenset({301, 308})
_ORDINARY_PORTS = (None, 80, 443)


class Address(NamedTuple):
    """A place to visit. `text` holds all of it but the credentials."""

    text: str
    scheme: str
    host: str  # as it is looked up: in lower case, IDNA-encoded
    port: int | None  # None: the scheme's own


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an address said before its @."""

    user: str
    password: str

    @property
    def authorization(self) -> str:
        """The value of the header that carries them."""
        secret = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(secret).decode("ascii")


class Trip:
    """One visit. `budget` is the seconds left for it, `stays` whether the next hop is at the same host."""

    def __init__(
        self, request: FetchRequest, start: Address, credentials: Credentials | None, *, budget: float
    ) -> None:
        self.start = self.here = start
        self.budget = budget
        self.stays = False
        self.permanent_url: str | None = None
        self.private_host = start.host if request.allow_private else None
        self.validators = {
            name: value
            for name, value in (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
            if value and headers.is_sendable(value)
        }
        self._credentials = credentials
        self._seen = {start.text}
        self._only_permanent = True

    @property
    def fields(self) -> dict[str, str]:
        """The header fields that are this visit's own, for the hop at hand."""
        if self._credentials is None or not self._is_own_origin():
            return self.validators
        return {**self.validators, "Authorization": self._credentials.authorization}

    def _is_own_origin(self) -> bool:
        """At the origin that the credentials were given for, or at its own https."""
        start, here = self.start, self.here
        if here.host != start.host:
            return False
        upgraded = (start.scheme, start.port, here.scheme, here.port) == ("http", None, "https", None)
        return upgraded or (start.scheme, start.port) == (here.scheme, here.port)

    def turn(self, target: Address, *, status: int, max_hops: int) -> None:
        """Follow a redirect. Raises Rejected when it leads round, too far, or to a port not visited."""
        own_port = target.host == self.start.host and target.port == self.start.port
        if target.port not in _ORDINARY_PORTS and not own_port:
            raise Rejected(PollReason.REFUSED_ADDRESS, f"redirected to port {target.port} of {target.host}")
        if target.text in self._seen:
            raise Rejected(PollReason.REDIRECT, "the redirects go round in a circle")
        if len(self._seen) > max_hops:
            raise Rejected(PollReason.REDIRECT, f"more than {max_hops} redirects")
        self._only_permanent = self._only_permanent and status in _PERMANENT
        if self._only_permanent:
            self.permanent_url = target.text
        self._seen.add(target.text)
        self.stays = target.host == self.here.host
        self.here = target
