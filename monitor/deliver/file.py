"""Appends notifications to a file, one JSON object a line, durable before it counts as sent.

`file:///var/lib/news/alerts.jsonl`. The object is the notification's payload (see `render`). The file
is opened anew for each line, so that it may be rotated away at any time.
"""

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome


class File:
    """One file. A line is written by a single write, so that lines of two writers never mix."""

    recipients = ("",)

    def __init__(self, spec: ChannelSpec) -> None:
        self.name = spec.name
        self._path = _path(spec)

    def send(self, notification: Notification, recipient: str) -> Outcome:  # noqa: ARG002  (has none)
        line = json.dumps(notification.payload, ensure_ascii=False) + "\n"
        try:
            self._append(line.encode("utf-8", "replace"))
        except IsADirectoryError:
            return Outcome(DeliveryReason.CONFIGURATION, f"{self._path} is a directory")
        except PermissionError as error:
            return Outcome(DeliveryReason.CONFIGURATION, f"cannot write {self._path}: {error.strerror}")
        except OSError as error:  # a full disk gets room again
            return Outcome(DeliveryReason.TRANSIENT, f"cannot write {self._path}: {error.strerror}")
        return Outcome()

    def preview(self, notification: Notification, recipient: str) -> str:  # noqa: ARG002  (has none)
        """The JSON."""
        return json.dumps(notification.payload, ensure_ascii=False, indent=2)

    def close(self) -> None:
        """Nothing stays open."""

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            end = os.fstat(descriptor).st_size
            if os.write(descriptor, line) != len(line):  # the disk is full: leave no half line behind
                os.ftruncate(descriptor, end)
                raise OSError(28, "No space left on device")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _path(spec: ChannelSpec) -> Path:
    parts = urlsplit(spec.url)
    path = unquote(parts.path)
    if parts.netloc or len(path) < 2 or path.endswith("/") or "\0" in path:
        raise DeliveryError(
            spec.name,
            DeliveryReason.CONFIGURATION,
            "a file's address has three slashes and ends in a name: file:///var/lib/news/alerts.jsonl",
            recoverable=False,
        )
    return Path(path)


def create(spec: ChannelSpec, context: Context) -> Channel:  # noqa: ARG001  (every channel's signature)
    """Make the channel of `file:///path`. Raises DeliveryError when the address names no file."""
    return File(spec)
