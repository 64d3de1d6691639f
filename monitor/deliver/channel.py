"""What a channel is, and how one is made from its configured address.

The scheme of the address chooses: `console://`, `file:///path.jsonl`, `feed:///folder`,
`command:///program`, `webhook+https://…`, `slack+https://…` and the like, and what other packages offer
through the entry-point group `newsmonitor.channels`; `mailto(s)://` is our e-mail; anything else is a
service that Apprise knows. An entry point named `NAME` serves `NAME://…` and `NAME+https://…`; it is a
function `create(spec, context) -> Channel`.

Says nothing of retries or threads: a channel makes one attempt and tells what became of it.
"""

import difflib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TextIO, runtime_checkable

from monitor.deliver import custom, masking, sample
from monitor.deliver.view import view_of
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome

GROUP = "newsmonitor.channels"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9.-]*)(?:\+([A-Za-z][A-Za-z0-9.-]*))?://")
_MAIL = {"smtp", "smtps", "mail", "email", "e-mail"}
_MAIL_EXAMPLE = "mailtos://user:password@example.org?to=desk@example.org"
_CHATS = (
    "slack", "discord", "telegram", "mattermost", "rocketchat", "googlechat", "teams", "ntfy", "gotify"
)  # fmt: skip
_OURS = {name: name for name in ("console", "file", "webhook", "matrix", "command", "feed")}
_OURS |= dict.fromkeys(_CHATS, "services")
_OTHERS = {"mailto", "mailtos", "webhook+https", "webhook+http"}


class Posted(Protocol):
    """An HTTP answer."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body_excerpt(self) -> str: ...


class Post(Protocol):
    """Posts once, follows no redirect. Raises TimeoutError past the deadline, OSError when not connected."""

    def __call__(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        deadline: timedelta,
        method: str = "POST",
    ) -> Posted: ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What channels may use of the outside world. `post` None means that there are no webhooks.

    `instance` names this installation's database: with it, two installations (or one begun anew,
    whose numbers start again) never give two messages the same Message-ID.
    """

    post: Post | None = None
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    now: Callable[[], datetime] = _utc_now
    instance: str = ""


class Channel(Protocol):
    """One configured way to tell people."""

    @property
    def name(self) -> str: ...

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets a delivery of their own; `("",)` when the service knows no recipients."""

    def send(self, notification: Notification, recipient: str) -> Outcome:
        """Make one attempt. Blocks; called from one thread at a time."""

    def close(self) -> None:
        """Let go of connections and files."""


@runtime_checkable
class Resting(Protocol):
    """What a channel may have besides: it is told when nothing has been sent for a while."""

    def rest(self) -> None:
        """Hang up politely; the next `send` connects anew. Called from the thread that sends."""


Create = Callable[[ChannelSpec, Context], Channel]


@runtime_checkable
class Previewing(Protocol):
    """What a channel may have besides: it shows what it would send."""

    def preview(self, notification: Notification, recipient: str) -> str:
        """The message in the form in which it would go out. Sends nothing."""


@dataclass(frozen=True, slots=True)
class TemplateFaults:
    """How often a channel's templates failed since it was made, and how at last."""

    count: int = 0
    last: str = ""


class Guarded:
    """A channel that cannot raise and cannot tell its secrets, whoever wrote it; applies its templates."""

    def __init__(self, channel: Channel, spec: ChannelSpec) -> None:
        self._channel = channel
        self._secrets = masking.secrets_of(spec.url)
        self._templates = spec.templates
        self.name = spec.name
        self.recipients = channel.recipients
        self.template_faults = TemplateFaults()

    def send(self, notification: Notification, recipient: str) -> Outcome:
        with custom.noting() as failures:
            try:
                outcome = self._channel.send(self._in_its_own_words(notification), recipient)
            except Exception as error:  # a plugin's fault must not end the channel's thread
                outcome = Outcome(DeliveryReason.TRANSIENT, f"{type(error).__name__}: {error}")
        if failures:
            count = self.template_faults.count + len(failures)
            self.template_faults = TemplateFaults(count, masking.redact(failures[-1], self._secrets))
        detail = masking.redact(outcome.detail, self._secrets)[:500]
        return Outcome(outcome.reason, detail, outcome.retry_after)

    def preview(self, notification: Notification, recipient: str) -> str:
        """What `send` would hand over, for people to look at; where the channel cannot say it, the text."""
        message = self._in_its_own_words(notification)
        if isinstance(self._channel, Previewing):
            return masking.redact(self._channel.preview(message, recipient), self._secrets)
        return message.text

    def html(self, notification: Notification) -> str:
        """The HTML as this channel sends it."""
        return self._in_its_own_words(notification).html

    def _in_its_own_words(self, notification: Notification) -> Notification:
        return custom.apply(notification, self._templates, channel=self.name)

    def rest(self) -> None:
        if isinstance(self._channel, Resting):
            self._channel.rest()

    def close(self) -> None:
        self._channel.close()

    def __repr__(self) -> str:
        return f"<channel {self.name}>"


def create(spec: ChannelSpec, context: Context) -> Guarded:
    """Make the channel. Opens no connection. Raises DeliveryError(configuration) saying what is wrong."""
    if fault := custom.fault_in(spec.templates, view_of(sample.alert(), **sample.WHEN, repeat=False)):
        raise _wrong(spec, fault)
    try:
        return Guarded(_factory(spec)(spec, context), spec)
    except DeliveryError as error:
        raise _wrong(spec, error.detail) from None
    except Exception as error:  # a plugin may raise anything
        raise _wrong(spec, f"{type(error).__name__}: {error}") from None


def validate(spec: ChannelSpec) -> str | None:
    """What is wrong with the channel's address and how to mend it, or None. Sends nothing."""
    try:
        create(spec, Context(post=_no_post)).close()
    except DeliveryError as error:
        return error.detail
    return None


def _no_post(
    url: str,  # noqa: ARG001
    *,
    content: bytes,  # noqa: ARG001
    headers: Mapping[str, str],  # noqa: ARG001
    deadline: timedelta,  # noqa: ARG001
    method: str = "POST",  # noqa: ARG001
) -> Posted:
    raise ConnectionError("nothing is sent while checking")


def describe(spec: ChannelSpec) -> str:
    """The address as it may be shown: scheme and server, everything else masked."""
    return masking.mask(spec.url)


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    detail = masking.redact(detail, masking.secrets_of(spec.url))
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def _factory(spec: ChannelSpec) -> Create:
    name, inner = _scheme(spec.url)
    if not name:
        raise _wrong(spec, f"not a channel's address; expected scheme://…, for example {_example()}")
    if name in _plugins():
        return _loaded(spec, _plugins()[name])
    if name in {"mailto", "mailtos"} and not inner:  # imported here: Apprise and its plugins load slowly
        from monitor.deliver import email

        return email.create
    from monitor.deliver import apprise

    if not apprise.knows(spec.url):
        raise _wrong(spec, _unknown(name, inner, apprise.schemes()))
    return apprise.create


def _scheme(url: str) -> tuple[str, str]:
    found = _SCHEME.match(url)
    return (found[1].lower(), (found[2] or "").lower()) if found else ("", "")


@cache
def _plugins() -> Mapping[str, EntryPoint]:
    """Our own kinds, which no package can replace, and those of other packages. Imported when used."""
    ours = {
        name: EntryPoint(name, f"monitor.deliver.{module}:create", GROUP) for name, module in _OURS.items()
    }
    return {point.name: point for point in entry_points(group=GROUP)} | ours


def _loaded(spec: ChannelSpec, point: EntryPoint) -> Create:
    try:
        create_channel: Create = point.load()
    except Exception as error:  # somebody else's package
        detail = f"the plugin {point.value} for {point.name}:// cannot be loaded: {error}"
        raise _wrong(spec, detail) from error
    return create_channel


def _unknown(name: str, inner: str, known: frozenset[str]) -> str:
    scheme = f"{name}+{inner}" if inner else name
    if scheme in {"http", "https"}:
        return f"{scheme}:// is not a known service's address; to post JSON to it use webhook+{scheme}://…"
    if scheme in _MAIL:
        return f"{scheme}:// is not a channel; for mail use {_MAIL_EXAMPLE}"
    close = difflib.get_close_matches(scheme, sorted(known | _OTHERS | set(_plugins())), n=3)
    hint = f"did you mean {' or '.join(f'{name}://' for name in close)}?" if close else f"try {_example()}"
    return f"unknown kind of channel {scheme}://; {hint}"


def _example() -> str:
    return f"{_MAIL_EXAMPLE} or webhook+https://example.org/hook"
