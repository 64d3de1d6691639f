"""Every service that Apprise knows, as a channel.

Apprise gets one finished piece for one recipient and sends it once: no retries, no throttling, no
splitting, no redirects, no pictures, nothing on disk. The plugin is called in the channel's own
thread, never through Apprise's shared pool. All that Apprise tells is "no" and a line in its log;
the HTTP status in that line makes the outcome. What the piece looks like is for `forms` to say.
"""

import copy
import hashlib
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict
from apprise.plugins.base import NotifyBase

from monitor.deliver import answers, forms
from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome, Priority

_manager: Any = NotificationManager  # Apprise's registry, a singleton; it has no types
_LOGGER = logging.getLogger("apprise")
# At DEBUG these write whole addresses, and with them the tokens.
_TALKATIVE = ("urllib3", "requests_oauthlib", "oauthlib", "slixmpp", "paho")
_STATUS = re.compile(r"\berror=(\d{3})\b")
_UNREACHABLE = re.compile(r"connection error", re.IGNORECASE)
_PICTURES = (
    ("image", "include_image"),
    ("avatar", "avatar"),
    ("footer", "footer"),
    ("footer", "include_footer"),
)
_CONNECT_TIMEOUT = 10.0  # seconds; Apprise's own 4 s give up on slow services
_LONGEST_READ = 30.0


def asset() -> AppriseAsset:
    """Apprise's settings: nothing of its own initiative."""
    return AppriseAsset(
        app_id="newsmonitor",
        app_desc="newsmonitor",
        app_url="",
        http_redirects=False,
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
        interpret_emojis=False,
        default_service_retry=0,
        pgp_autogen=False,
        pem_autogen=False,
        secure_logging=True,
        image_url_mask="",
        image_url_logo="",
    )


class _Capture(logging.Handler):
    """Keeps the warnings that one thread causes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(" ".join(record.getMessage().split()))


@contextmanager
def warnings_of_apprise() -> Iterator[list[str]]:
    """Collect what Apprise says, instead of letting it into the logs: its lines may hold tokens.

    The level is set each time: below WARNING Apprise writes live tokens, above it no reasons.
    """
    _LOGGER.setLevel(logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    capture = _Capture()
    _LOGGER.addHandler(capture)
    try:
        yield capture.lines
    finally:
        _LOGGER.removeHandler(capture)


_LOGGER.propagate = False
_LOGGER.addHandler(logging.NullHandler())  # or Python itself prints what nobody captures


def schemes() -> frozenset[str]:
    """Every scheme that Apprise has a plugin for."""
    return frozenset(_manager().schemas())


def knows(url: str) -> bool:
    """Whether Apprise has a plugin for this address; also for a service's own https:// addresses."""
    if url.partition("://")[0].lower() in _manager():
        return True
    return any(plugin.parse_native_url(url) for plugin in _manager().plugins())


class Service:
    """One Apprise address. Each of its targets is a recipient of its own, with its own plugin instance."""

    def __init__(self, spec: ChannelSpec) -> None:
        self.name = spec.name
        settings = _settings(spec)
        self._plugins = _plugins(spec, settings)
        self._own_priority = "priority" in (settings.get("qsd") or {})  # the address's goes before the rule's
        self.recipients = tuple(self._plugins)

    def send(self, notification: Notification, recipient: str) -> Outcome:
        plugin = self._plugins.get(recipient)
        if plugin is None:
            detail = f"the channel's address no longer names the recipient {recipient}"
            return Outcome(DeliveryReason.PERMANENT, detail)
        form = forms.form_of(plugin)
        piece = forms.piece_of(plugin, form, notification)
        if form and form.priorities and not self._own_priority:
            plugin.priority = form.priorities[notification.priority]  # type: ignore[attr-defined]
        began = time.monotonic()
        with warnings_of_apprise() as lines:
            taken = plugin.notify(
                body=piece.body,
                title=piece.title,
                body_format=NotifyFormat(piece.format),
                notify_type=NotifyType.WARNING if notification.priority is Priority.HIGH else NotifyType.INFO,
            )
        if taken:
            return Outcome()
        return _refusal(plugin, lines, time.monotonic() - began)

    def preview(self, notification: Notification, recipient: str) -> str:
        """Title and body as the plugin gets them."""
        plugin = self._plugins.get(recipient) or next(iter(self._plugins.values()))
        piece = forms.piece_of(plugin, forms.form_of(plugin), notification)
        return "\n".join(part for part in (piece.title, piece.body) if part)

    def close(self) -> None:
        """Plugins keep no connections."""


def _refusal(plugin: NotifyBase, lines: list[str], seconds: float) -> Outcome:
    """What a failed send was, from Apprise's log lines and the time it took."""
    detail = "; ".join(dict.fromkeys(lines)) or "Apprise gave no reason"
    found = _STATUS.search(detail)
    if found:
        return answers.outcome_of(int(found[1]), detail=detail)
    if _UNREACHABLE.search(detail) and seconds >= plugin.socket_read_timeout:
        return Outcome(DeliveryReason.UNKNOWN, f"no answer within {plugin.socket_read_timeout:g} s")
    if _UNREACHABLE.search(detail):
        return Outcome(DeliveryReason.TRANSIENT, f"no connection to {_server(plugin)}, or it was cut")
    return Outcome(DeliveryReason.TRANSIENT, detail)


def _server(plugin: NotifyBase) -> str:
    """The host and port of the address; of a service whose address has a token there, its name."""
    host = str(plugin.host or "")
    if "." not in host and host != "localhost":
        return str(plugin.service_name)
    return f"{host}:{plugin.port}" if plugin.port else host


def _plugins(spec: ChannelSpec, settings: Mapping[str, Any]) -> Mapping[str, NotifyBase]:
    """recipient → plugin. A service without recipients has one, named ""."""
    whole = _instance(spec, settings)
    targets = _targets(settings)
    if len(targets) < 2 or not _sends_one_by_one(whole, len(targets)):
        return {"": whole}
    alone = [_instance(spec, {**settings, "targets": [target]}) for target in targets]
    if any(len(plugin) != 1 for plugin in alone):
        return {"": whole}
    shown = unquote(whole.url(privacy=True))  # type: ignore[no-untyped-call]
    return {_recipient(target, shown): plugin for target, plugin in zip(targets, alone, strict=True)}


def _settings(spec: ChannelSpec) -> dict[str, Any]:
    with warnings_of_apprise() as lines:
        settings: dict[str, Any] | None = url_to_dict(spec.url)  # type: ignore[no-untyped-call]
    if not settings:
        raise _wrong(spec, "; ".join(lines) or "the address cannot be read")
    if settings.get("schema") == "discord":
        settings.setdefault("flags", "4")  # no previews of links
    given = settings.get("qsd") or {}
    for parameter, argument in _PICTURES:
        if argument in settings and parameter not in given:
            settings[argument] = False
    deadline = spec.deadline.total_seconds()  # not to connect takes less than not to answer: see _refusal
    settings.setdefault("cto", str(min(_CONNECT_TIMEOUT, deadline / 8)))
    settings.setdefault("rto", str(min(_LONGEST_READ, deadline / 2)))
    return {**settings, "retry": 0, "optional": False, "overflow": "upstream", "store": "no"}


def _instance(spec: ChannelSpec, settings: Mapping[str, Any]) -> NotifyBase:
    with warnings_of_apprise() as lines:
        try:
            plugin = Apprise.instantiate(
                copy.deepcopy(dict(settings)), asset=asset(), suppress_exceptions=False
            )
        except TypeError as error:  # Apprise's "improperly configured" is one
            raise _wrong(spec, str(error), settings) from None
    if plugin is None:
        raise _wrong(spec, "; ".join(lines), settings)
    dropped = [line for line in lines if "ropped invalid" in line]
    if dropped:
        raise _wrong(spec, "; ".join(dropped), settings)
    form = forms.form_of(plugin)
    if form and form.final:
        plugin.dialect_convert = _as_written  # type: ignore[method-assign]
    plugin.request_rate_per_sec = 0  # the outbox paces; this would sleep with the channel's thread
    return plugin


def _as_written(body: str, *_: Any, **__: Any) -> str:
    return body


def _targets(settings: Mapping[str, Any]) -> list[str]:
    """The recipients in the address, each once; a `to=` may hold several between commas."""
    found = settings.get("targets") or []
    texts = [found] if isinstance(found, str) else [text for text in found if isinstance(text, str)]
    parts = (part.strip() for text in texts for part in unquote(text).split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _sends_one_by_one(plugin: NotifyBase, targets: int) -> bool:
    """Whether each target costs a request of its own, so that one may fail while others arrive."""
    counts = type(plugin).__len__ is not NotifyBase.__len__
    return len(plugin) == targets if counts else True


def _recipient(target: str, shown: str) -> str:
    """The target's name in the outbox; a digest where Apprise itself would hide it."""
    if target.strip("#@+ ") in shown:
        return target
    return "target-" + hashlib.sha256(target.encode()).hexdigest()[:10]


def _wrong(spec: ChannelSpec, detail: str, settings: Mapping[str, Any] | None = None) -> DeliveryError:
    scheme = str((settings or {}).get("schema") or spec.url.partition("://")[0]).lower()
    plugin = next((p for p in _manager().plugins() if scheme in p.schemas(p)), None)
    if plugin is not None and not plugin.enabled:
        packages = plugin.requirements.get("packages_required") or []
        needed = packages if isinstance(packages, str) else ", ".join(packages)
        detail = f"{scheme}:// needs a package that is not installed" + (f": {needed}" if needed else "")
    elif plugin is not None:
        forms = [form.replace("{schema}", scheme) for form in plugin.templates[:3]]
        detail = f"{detail or 'the address is incomplete'}; expected {' or '.join(forms)}"
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:  # noqa: ARG001  (every channel's signature)
    """Make the channel of an Apprise address. Raises DeliveryError saying what the address lacks."""
    return Service(spec)
