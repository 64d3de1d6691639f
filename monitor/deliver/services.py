"""Chat and push services that take a POST, each in its own markup: `slack+https://hooks.slack.com/…`.

The address is the one that the service itself shows, with its name and a `+` before it. What our own
posting brings over a general library: the service's answer with its Retry-After, its own markup, the
switch that keeps it from calling anybody, and connections that are kept. Markup is in `chat`.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from monitor.deliver import chat
from monitor.deliver.channel import Channel, Context, Post
from monitor.deliver.webhook import attempt
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome, Priority

_WAIT = re.compile(r'"retry_after"\s*:\s*(\d{1,9}(?:\.\d{1,6})?)')
_OURS = re.compile(r"chat not found|channel_not_found|no_service|unknown webhook", re.IGNORECASE)
_NTFY = {Priority.LOW: 2, Priority.NORMAL: 3, Priority.HIGH: 5}
_GOTIFY = {Priority.LOW: 2, Priority.NORMAL: 5, Priority.HIGH: 8}


@dataclass(frozen=True, slots=True)
class _Place:
    """A parsed address. `query` without the parameters that are ours."""

    base: str  # scheme, host and port
    path: str
    query: Mapping[str, str]
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


Build = Callable[[_Place, Notification, str], _Request]


def _slack(place: _Place, message: Notification, _recipient: str) -> _Request:
    text = chat.compose(message, chat.SLACK).text
    quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
    return _Request(_whole(place), {"text": text, "mrkdwn": True, **quiet})


def _discord(place: _Place, message: Notification, _recipient: str) -> _Request:
    text = chat.compose(message, chat.DISCORD).text
    content = {"content": text, "allowed_mentions": {"parse": []}, "flags": 4}  # 4: no previews of links
    return _Request(_whole(place, wait="true"), content)


def _telegram(place: _Place, message: Notification, recipient: str) -> _Request:
    content = {
        "chat_id": recipient,
        "text": chat.compose(message, chat.TELEGRAM).text,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": message.priority is Priority.LOW,
    }
    path = place.path.removesuffix("/sendMessage").rstrip("/")
    return _Request(f"{place.base}{path}/sendMessage", content)


def _mattermost(place: _Place, message: Notification, _recipient: str) -> _Request:
    return _Request(_whole(place), {"text": chat.compose(message, chat.MARKDOWN).text})


def _rocketchat(place: _Place, message: Notification, _recipient: str) -> _Request:
    text = chat.compose(message, chat.ROCKET).text
    return _Request(_whole(place), {"text": text, "parseUrls": False})


def _google(place: _Place, message: Notification, _recipient: str) -> _Request:
    return _Request(_whole(place), {"text": chat.compose(message, replace(chat.SLACK, limit=4000)).text})


def _teams(place: _Place, message: Notification, _recipient: str) -> _Request:
    text = chat.compose(message, chat.MARKDOWN, title=False).text
    colour = {"color": "Attention"} if message.priority is Priority.HIGH else {}
    title = {"type": "TextBlock", "text": chat.title_of(message, 200), "weight": "Bolder", "wrap": True}
    lines = [{"type": "TextBlock", "text": line, "wrap": True} for line in text.split("\n")]
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [{**title, **colour}, *lines],
    }
    if link := message.payload.get("link"):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Read", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return _Request(
        _whole(place), {"type": "message", "attachments": [{"contentType": kind, "content": card}]}
    )


def _ntfy(place: _Place, message: Notification, recipient: str) -> _Request:
    content = {
        "topic": recipient,
        "title": chat.title_of(message, 200),
        "message": chat.compose(message, chat.NTFY, title=False).text,
        "priority": _NTFY[message.priority],
        "sequence_id": message.key[:64],
    }
    if link := message.payload.get("link"):
        content["click"] = link
    return _Request(f"{place.base}/", content, _login(place))


def _gotify(place: _Place, message: Notification, _recipient: str) -> _Request:
    content: dict[str, Any] = {
        "title": chat.title_of(message, 200),
        "message": chat.compose(message, chat.PLAIN, title=False).text,
        "priority": _GOTIFY[message.priority],
    }
    if link := message.payload.get("link"):
        content["extras"] = {"client::notification": {"click": {"url": link}}}
    path = place.path.removesuffix("/message").rstrip("/")
    token = place.query.get("token") or place.password or place.user
    return _Request(f"{place.base}{path}/message", content, {"X-Gotify-Key": token})


@dataclass(frozen=True, slots=True)
class _Kind:
    """A service. `needs`: what its address must have; `recipients`: which part of it names them."""

    build: Build
    example: str
    recipients: str = ""  # "path", or a parameter's name
    needs: str = "path"


KINDS: Mapping[str, _Kind] = {
    "slack": _Kind(_slack, "slack+https://hooks.slack.com/services/T000/B000/token"),
    "discord": _Kind(_discord, "discord+https://discord.com/api/webhooks/ID/TOKEN"),
    "telegram": _Kind(_telegram, "telegram+https://api.telegram.org/botTOKEN?chat=-1001234567890", "chat"),
    "mattermost": _Kind(_mattermost, "mattermost+https://chat.example.org/hooks/KEY"),
    "rocketchat": _Kind(_rocketchat, "rocketchat+https://chat.example.org/hooks/ID/TOKEN"),
    "googlechat": _Kind(
        _google, "googlechat+https://chat.googleapis.com/v1/spaces/SPACE/messages?key=KEY&token=TOKEN"
    ),
    "teams": _Kind(
        _teams, "teams+https://example.logic.azure.com/workflows/ID/triggers/manual/paths/invoke?sig=X"
    ),
    "ntfy": _Kind(_ntfy, "ntfy+https://:TOKEN@ntfy.example.org/news", "path"),
    "gotify": _Kind(_gotify, "gotify+https://gotify.example.org?token=TOKEN", needs="token"),
}


class Service:
    """One address of one of the services."""

    def __init__(self, spec: ChannelSpec, context: Context, post: Post, kind: _Kind) -> None:
        self.name = spec.name
        self._kind = kind
        self._place, self.recipients = _read(spec, kind)
        self._deadline = spec.deadline
        self._post = post
        self._now = context.now

    def send(self, notification: Notification, recipient: str) -> Outcome:
        request = self._kind.build(self._place, notification, recipient)
        outcome = attempt(
            self._post,
            request.url,
            content=json.dumps(request.content, ensure_ascii=False).encode("utf-8", "replace"),
            headers={"Content-Type": "application/json; charset=utf-8", **request.headers},
            deadline=self._deadline,
            now=self._now(),
        )
        return _understood(outcome)

    def preview(self, notification: Notification, recipient: str) -> str:
        """What is posted."""
        content = self._kind.build(self._place, notification, recipient).content
        return json.dumps(content, ensure_ascii=False, indent=2)

    def close(self) -> None:
        """Connections belong to the context."""


def _understood(outcome: Outcome) -> Outcome:
    """What these services say in words: how long to wait, and that the address is wrong."""
    wait = _WAIT.search(outcome.detail)
    if outcome.reason is DeliveryReason.THROTTLED and outcome.retry_after is None and wait:
        return replace(outcome, retry_after=timedelta(seconds=float(wait[1])))
    if outcome.reason is DeliveryReason.PERMANENT and _OURS.search(outcome.detail):
        return replace(outcome, reason=DeliveryReason.CONFIGURATION)
    return outcome


def _read(spec: ChannelSpec, kind: _Kind) -> tuple[_Place, tuple[str, ...]]:
    url = spec.url.partition("+")[2]
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _wrong(spec, kind, f"not a web address: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _wrong(spec, kind, "the address of the service is missing")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = unquote(parts.path).strip("/") if kind.recipients == "path" else query.pop(kind.recipients, "")
    recipients = tuple(dict.fromkeys(name.strip() for name in named.split(",") if name.strip()))
    if kind.recipients and not recipients:
        what = "topic" if kind.recipients == "path" else f"`{kind.recipients}=`"
        raise _wrong(spec, kind, f"the {what} is missing")
    if kind.needs == "path" and parts.path in ("", "/"):
        raise _wrong(spec, kind, "the address is not whole")
    if kind.needs == "token" and not (query.get("token") or parts.password or parts.username):
        raise _wrong(spec, kind, "the token is missing")
    host = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return _Place(base, parts.path, query, user, password), recipients or ("",)


def _whole(place: _Place, **more: str) -> str:
    query = urlencode({**place.query, **more}, quote_via=quote)
    return f"{place.base}{place.path}" + (f"?{query}" if query else "")


def _login(place: _Place) -> Mapping[str, str]:
    """A token alone, or user and password."""
    if place.user and place.password:
        login = b64encode(f"{place.user}:{place.password}".encode()).decode()
        return {"Authorization": f"Basic {login}"}
    token = place.password or place.user
    return {"Authorization": f"Bearer {token}"} if token else {}


def _wrong(spec: ChannelSpec, kind: _Kind, detail: str) -> DeliveryError:
    text = f"{detail}; expected {kind.example}"
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, text, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `NAME+https://…`; Apprise's for `NAME://`. Raises DeliveryError."""
    name, plus, _ = spec.url.partition("://")[0].lower().partition("+")
    if not plus:
        from monitor.deliver import apprise

        if not apprise.knows(spec.url):
            raise _wrong(spec, KINDS[name], f"{name}:// is no address of a channel")
        return apprise.create(spec, context)
    if context.post is None:
        raise _wrong(spec, KINDS[name], "nothing can be posted from here: no HTTP client was given")
    return Service(spec, context, context.post, KINDS[name])
