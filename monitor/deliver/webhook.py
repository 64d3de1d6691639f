"""Posts notifications as JSON to a web address: `webhook+https://user:password@example.org/hook`.

The body is the notification's payload (see `render`). The header Idempotency-Key is the same in
every repeat of a delivery, so that the receiver can tell a repeat. With a `secret` the post is
signed (see `signature`).
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit, urlunsplit

from monitor.deliver import answers, signature
from monitor.deliver.channel import Channel, Context, Post
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome


class Webhook:
    """One web address."""

    recipients = ("",)

    def __init__(self, spec: ChannelSpec, context: Context, post: Post) -> None:
        self.name = spec.name
        self._url, self._authorization = _target(spec)
        self._secret = spec.secret
        self._deadline = spec.deadline
        self._post = post
        self._now = context.now

    def send(self, notification: Notification, recipient: str) -> Outcome:  # noqa: ARG002  (has none)
        content = json.dumps(notification.payload, ensure_ascii=False).encode("utf-8", "replace")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": notification.key,
            **self._authorization,
        }
        if self._secret:
            headers |= signature.headers(self._secret, key=notification.key, body=content, now=self._now())
        return attempt(
            self._post, self._url, content=content, headers=headers, deadline=self._deadline, now=self._now()
        )

    def preview(self, notification: Notification, recipient: str) -> str:  # noqa: ARG002  (has none)
        """The JSON."""
        return json.dumps(notification.payload, ensure_ascii=False, indent=2)

    def close(self) -> None:
        """Connections belong to the context."""


def attempt(
    post: Post,
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    deadline: timedelta,
    now: datetime,
    method: str = "POST",
) -> Outcome:
    """One request and what its answer, or the lack of one, means for the delivery."""
    try:
        answer = post(url, content=content, headers=headers, deadline=deadline, method=method)
    except TimeoutError:
        return Outcome(DeliveryReason.UNKNOWN, f"no answer within {deadline.total_seconds():g} s")
    except OSError as error:
        return Outcome(DeliveryReason.TRANSIENT, f"no connection to {error}")
    except ValueError as error:
        return Outcome(DeliveryReason.CONFIGURATION, f"the address cannot be used: {error}")
    fields = {name.lower(): value for name, value in answer.headers.items()}
    pause = answers.retry_after(fields.get("retry-after"), now=now)
    detail = " ".join(answer.body_excerpt.split())[:200]
    return answers.outcome_of(answer.status, detail=detail, retry_after=pause)


def _target(spec: ChannelSpec) -> tuple[str, dict[str, str]]:
    inner = spec.url.partition("+")[2]
    try:
        parts = urlsplit(inner)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _wrong(spec, f"not a web address: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _wrong(spec, "a webhook's address is webhook+https://host/path (or webhook+http://…)")
    if ":" in host:
        host = f"[{host}]"
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    netloc = f"{host}:{port}" if port is not None else host
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")), headers


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `webhook+https://…`. Raises DeliveryError when the address is no web address."""
    if context.post is None:
        raise _wrong(spec, "webhooks cannot be sent from here: no HTTP client was given")
    try:
        signature.key_of(spec.secret)
    except ValueError as error:
        raise _wrong(spec, str(error)) from None
    return Webhook(spec, context, context.post)
