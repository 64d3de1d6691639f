"""Matrix rooms, by the client-server API: `matrix+https://:TOKEN@matrix.example.org/#news,!room:example.org`.

The delivery's key is the transaction id, so that the server itself drops a repeat made with the same
token. Each room is a recipient; it is joined before the first message, which also finds the room
behind an alias. Nobody is mentioned. `matrix://` and `matrixs://` without `+` stay Apprise's.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from monitor.deliver import answers, chat
from monitor.deliver.channel import Channel, Context, Post, Posted
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome

_EXAMPLE = "matrix+https://:TOKEN@matrix.example.org/#news:example.org"
_ROOM = re.compile(r"[#!][^\s/?#]+")
_WAIT = re.compile(r'"retry_after_ms"\s*:\s*(\d{1,12})')
_MOST_TEXT = 16_000  # characters of each form: an event holds 64 KiB at most


class Matrix:
    """The rooms of one account."""

    def __init__(self, spec: ChannelSpec, context: Context, post: Post) -> None:
        self.name = spec.name
        self._server, self._token, self.recipients = _read(spec)
        self._deadline = spec.deadline
        self._post = post
        self._now = context.now
        self._joined: dict[str, str] = {}  # recipient → room id

    def send(self, notification: Notification, recipient: str) -> Outcome:
        if recipient not in self._joined:
            outcome = self._join(recipient)
            if not outcome.sent:
                return outcome
        room = quote(self._joined[recipient], safe="")
        transaction = hashlib.sha256(f"{notification.key}\n{recipient}".encode()).hexdigest()[:40]
        return self._call("PUT", f"rooms/{room}/send/m.room.message/{transaction}", _content(notification))[0]

    def preview(self, notification: Notification, recipient: str) -> str:  # noqa: ARG002  (all get the same)
        """The event's content."""
        return json.dumps(_content(notification), ensure_ascii=False, indent=2)

    def close(self) -> None:
        """Connections belong to the context."""

    def _join(self, recipient: str) -> Outcome:
        outcome, answer = self._call("POST", f"join/{quote(recipient, safe='')}", {})
        if outcome.reason is DeliveryReason.UNKNOWN:  # joining twice does no harm
            return Outcome(DeliveryReason.TRANSIENT, outcome.detail)
        if not outcome.sent or answer is None:
            return outcome
        try:
            room = str(json.loads(answer.body_excerpt)["room_id"])
        except (ValueError, LookupError, TypeError):
            return Outcome(DeliveryReason.CONFIGURATION, "the server does not answer as a Matrix server does")
        self._joined[recipient] = room
        return outcome

    def _call(self, method: str, path: str, content: Mapping[str, Any]) -> tuple[Outcome, Posted | None]:
        url = f"{self._server}/_matrix/client/v3/{path}"
        try:
            answer = self._post(
                url,
                content=json.dumps(content).encode(),
                headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
                deadline=self._deadline,
                method=method,
            )
        except TimeoutError:
            seconds = self._deadline.total_seconds()
            return Outcome(DeliveryReason.UNKNOWN, f"no answer within {seconds:g} s"), None
        except OSError as error:
            return Outcome(DeliveryReason.TRANSIENT, f"no connection to {error}"), None
        except ValueError as error:
            return Outcome(DeliveryReason.CONFIGURATION, f"the address cannot be used: {error}"), None
        wait = _WAIT.search(answer.body_excerpt)
        pause = timedelta(milliseconds=int(wait[1])) if wait else None
        detail = " ".join(answer.body_excerpt.split())[:200]
        return answers.outcome_of(answer.status, detail=detail, retry_after=pause), answer


def _content(notification: Notification) -> Mapping[str, Any]:
    message = chat.compose(notification, chat.MATRIX)
    content: dict[str, Any] = {
        "msgtype": "m.text",
        "body": message.plain[:_MOST_TEXT],
        "m.mentions": {},  # says that nobody is meant, whatever the text looks like
    }
    if len(message.text) <= _MOST_TEXT:
        content |= {"format": "org.matrix.custom.html", "formatted_body": message.text}
    return content


def _read(spec: ChannelSpec) -> tuple[str, str, tuple[str, ...]]:
    """Server, token and rooms of the address."""
    url = spec.url.partition("+")[2]
    head, _, fragment = url.partition("#")  # a room's # begins no fragment here
    try:
        parts = urlsplit(head)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _wrong(spec, f"not a Matrix address: {error}; expected {_EXAMPLE}") from None
    token = unquote(parts.password or parts.username or "")
    names = unquote(parts.path.lstrip("/") + (f"#{fragment}" if fragment else ""))
    rooms = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if parts.scheme not in {"http", "https"} or not host:
        raise _wrong(spec, f"a Matrix address names its server; expected {_EXAMPLE}")
    if not token:
        raise _wrong(spec, f"the access token is missing; expected {_EXAMPLE}")
    faulty = next((room for room in rooms if not _ROOM.fullmatch(room)), None)
    if not rooms or faulty:
        what = f"{faulty!r} is no room" if faulty else "no room is named"
        raise _wrong(spec, f"{what}: rooms look like #news:example.org or !id:example.org")
    host = f"[{host}]" if ":" in host else host
    server = f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
    # An alias without a server is of the server that is asked.
    return server, token, tuple(room if ":" in room or room[0] == "!" else f"{room}:{host}" for room in rooms)


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `matrix+https://…`; Apprise's for `matrix://`. Raises DeliveryError."""
    if "+" not in spec.url.partition("://")[0]:
        from monitor.deliver import apprise

        return apprise.create(spec, context)
    if context.post is None:
        raise _wrong(spec, "nothing can be posted from here: no HTTP client was given")
    return Matrix(spec, context, context.post)
