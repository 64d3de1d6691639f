"""Hands notifications to a program: `command:///usr/local/bin/page?arg=--to&arg=desk`.

The program gets the payload as one line of JSON on its standard input, or with `stdin=text` the plain
text. No shell is involved, and nothing from a feed is an argument. Of our environment it sees only
PATH, HOME, LANG and TZ, besides NEWSMONITOR_KEY, which is the same in every repeat.

    0 sent · 64, 77, 78, 126, 127 configuration · 65 permanent · any other: tried again
    not done within the deadline: killed with all its children, and unknown
"""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.deliver import hygiene
from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome

_EXAMPLE = "command:///usr/local/bin/page?arg=--to&arg=desk"
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ")
_CONFIGURATION = {
    64,
    77,
    78,
    126,
    127,
}  # sysexits: usage, no permission, configuration; the shell's "not found"
_PERMANENT = {65}  # sysexits: the data is not to its liking
_MARGIN = 0.5  # seconds that we end before the sender would give up on us


class Command:
    """One program and its arguments."""

    recipients = ("",)

    def __init__(self, spec: ChannelSpec) -> None:
        self.name = spec.name
        self._command, self._as_text = _read(spec)
        self._seconds = max(spec.deadline.total_seconds() - _MARGIN, spec.deadline.total_seconds() / 2)

    def send(self, notification: Notification, recipient: str) -> Outcome:  # noqa: ARG002  (has none)
        text = notification.text
        if not self._as_text:
            text = json.dumps(notification.payload, ensure_ascii=False) + "\n"
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**environment, "NEWSMONITOR_KEY": notification.key},
                start_new_session=True,  # so that its children can be ended with it
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            return Outcome(DeliveryReason.CONFIGURATION, f"{self._command[0]} cannot be started: {reason}")
        return self._talk(process, text.encode("utf-8", "replace"))

    def close(self) -> None:
        """Nothing stays open."""

    def _talk(self, process: "subprocess.Popen[bytes]", content: bytes) -> Outcome:
        try:
            _, complaint = process.communicate(content, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Outcome(DeliveryReason.UNKNOWN, f"not done within {self._seconds:g} s: killed")
        return _outcome(process.returncode, complaint)


def _outcome(code: int, complaint: bytes) -> Outcome:
    if code == 0:
        return Outcome()
    lines = hygiene.visible(complaint[-2000:].decode(errors="replace")).strip().splitlines()
    said = f": {lines[-1][:200]}" if lines else ""
    if code < 0:
        return Outcome(DeliveryReason.TRANSIENT, f"killed by signal {-code}{said}")
    reason = DeliveryReason.TRANSIENT
    if code in _CONFIGURATION:
        reason = DeliveryReason.CONFIGURATION
    elif code in _PERMANENT:
        reason = DeliveryReason.PERMANENT
    return Outcome(reason, f"exit code {code}{said}")


def _read(spec: ChannelSpec) -> tuple[list[str], bool]:
    """The command line of the address, and whether the program reads text."""
    parts = urlsplit(spec.url)
    program = unquote(parts.path)
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    unknown = next((name for name, _ in parameters if name not in {"arg", "stdin"}), None)
    forms = [value for name, value in parameters if name == "stdin"] or ["json"]
    if parts.netloc or len(program) < 2 or "\0" in spec.url + program:
        raise _wrong(spec, f"a program's address has three slashes: {_EXAMPLE}")
    if unknown is not None:
        raise _wrong(spec, f"`{unknown}=` is not known here; there are `arg=` and `stdin=json|text`")
    if forms[-1] not in {"json", "text"}:
        raise _wrong(spec, f"`stdin={forms[-1]}`: it is `json` or `text`")
    if not Path(program).is_file() or not os.access(program, os.X_OK):
        raise _wrong(spec, f"{program} is no program that can be run")
    return [program, *(value for name, value in parameters if name == "arg")], forms[-1] == "text"


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:  # noqa: ARG001  (every channel's signature)
    """Make the channel of `command:///path`. Raises DeliveryError when there is no such program."""
    return Command(spec)
