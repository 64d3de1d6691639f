"""Writes alerts into feeds, an Atom and a JSON Feed for each rule: `feed:///var/www/alerts?items=100`.

Any reader becomes an inbox. A file is replaced whole, so that nobody ever reads half of one; the
latest alerts stand first and the oldest drop out. A repeat replaces its entry. The JSON Feed is the
memory: what it holds is what the Atom feed is made of.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.deliver import atom
from monitor.deliver.channel import Channel, Context
from monitor.deliver.digests import DigestView
from monitor.deliver.templates import environment
from monitor.deliver.view import View
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome

_VERSION = "https://jsonfeed.org/version/1.1"
_EXAMPLE = "feed:///var/www/alerts?items=100&base=https://news.example/alerts"
_MOST_ITEMS = 1_000
_LARGEST = 64 * 1024 * 1024  # bytes: a larger file is not one of ours


class Feeds:
    """The folder. `base` is the address under which it can be read, "" when unknown."""

    recipients = ("",)

    def __init__(self, spec: ChannelSpec, context: Context) -> None:
        self.name = spec.name
        self._folder, self._items, self._base = _read(spec)
        self._instance = context.instance
        self._now = context.now

    def send(self, notification: Notification, recipient: str) -> Outcome:  # noqa: ARG002  (has none)
        try:
            self._add(notification)
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            return Outcome(DeliveryReason.CONFIGURATION, f"cannot write {self._folder}: {error.strerror}")
        except OSError as error:  # a full disk gets room again
            return Outcome(DeliveryReason.TRANSIENT, f"cannot write {self._folder}: {error.strerror}")
        return Outcome()

    def close(self) -> None:
        """Nothing stays open."""

    def _add(self, notification: Notification) -> None:
        rule = str(notification.payload.get("rule") or self.name)
        name = file_name(rule)
        self._folder.mkdir(parents=True, exist_ok=True)
        item = self._item(notification)
        kept = [old for old in _items(self._folder / f"{name}.json") if old["id"] != item["id"]]
        document = {
            "version": _VERSION,
            "title": f"newsmonitor: {rule}",
            "description": f"Alerts of the rule {rule}",
            **({"feed_url": f"{self._base}/{name}.json"} if self._base else {}),
            "items": [item, *kept][: self._items],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1)
        _replace(self._folder / f"{name}.json", text.encode("utf-8", "replace"))
        address = f"{self._base}/{name}.atom" if self._base else ""
        written = atom.write(
            document, address=address, identity=self._urn(f"feed {rule}"), updated=self._now()
        )
        _replace(self._folder / f"{name}.atom", written)

    def _item(self, notification: Notification) -> dict[str, Any]:
        payload = notification.payload
        article = payload.get("article") or {}
        language = str(payload.get("language") or "")
        item: dict[str, Any] = {
            "id": self._urn(notification.key),
            "title": str(payload.get("title") or notification.title),
            "content_html": _fragment(notification),
            "content_text": notification.text,
            "date_published": notification.decided_at.isoformat(),
            "tags": [str(payload.get("rule") or self.name), str(notification.priority)],
        }
        if payload.get("link"):
            item["url"] = item["external_url"] = payload["link"]
        if article.get("source"):
            item["authors"] = [{"name": article["source"]}]
        return {**item, **({"language": language} if language else {})}

    def _urn(self, text: str) -> str:
        digest = hashlib.sha256(f"{self._instance}\n{text}".encode("utf-8", "replace")).hexdigest()
        return f"urn:newsmonitor:{digest[:40]}"


def file_name(rule: str) -> str:
    """The rule's name as that of a file; two rules never share one."""
    plain = re.sub(r"[^a-z0-9]+", "-", rule.lower()).strip("-")[:80]
    if plain == rule:
        return plain
    digest = hashlib.sha256(rule.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{plain or 'rule'}-{digest}"


def _fragment(notification: Notification) -> str:
    """The message for readers of feeds, who bring their own fonts and colours."""
    if not isinstance(notification.content, View | DigestView):
        return notification.html
    name = "entry.html.j2" if isinstance(notification.content, View) else "digest-entry.html.j2"
    return environment().get_template(name).render(view=notification.content).strip()


def _items(path: Path) -> list[dict[str, Any]]:
    """What the file holds; nothing when it is not there, and what cannot be read is begun anew."""
    try:
        if path.stat().st_size > _LARGEST:
            return []
        found = json.loads(path.read_bytes())["items"]
        return [item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return []


def _replace(path: Path, content: bytes) -> None:
    """Durable, and all or nothing."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(spec: ChannelSpec) -> tuple[Path, int, str]:
    """Folder, number of items and public address."""
    parts = urlsplit(spec.url)
    folder = unquote(parts.path)
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = next((name for name in parameters if name not in {"items", "base"}), None)
    items, base = parameters.get("items", "100"), parameters.get("base", "").rstrip("/")
    if parts.netloc or len(folder) < 2 or "\0" in folder:
        raise _wrong(spec, f"a folder's address has three slashes: {_EXAMPLE}")
    if unknown is not None:
        raise _wrong(spec, f"`{unknown}=` is not known here; there are `items=` and `base=`")
    if not (items.isascii() and items.isdigit() and 1 <= int(items) <= _MOST_ITEMS):
        raise _wrong(spec, f"`items={items}`: it is a number from 1 to {_MOST_ITEMS}")
    if base and not base.startswith(("http://", "https://")):
        raise _wrong(spec, f"`base={base}`: it is the web address of the folder, http:// or https://")
    return Path(folder), int(items), base


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `feed:///folder`. Raises DeliveryError when the address names no folder."""
    return Feeds(spec, context)
