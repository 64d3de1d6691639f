"""Writes notifications for a person to read, to the terminal or wherever the context's stream leads."""

from monitor.deliver import hygiene
from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome

_RULE = "─" * 72


class Console:
    """The context's stream. Control characters never reach it: feeds could drive the terminal with them."""

    recipients = ("",)

    def __init__(self, spec: ChannelSpec, context: Context) -> None:
        self.name = spec.name
        self._stream = context.stream

    def send(self, notification: Notification, recipient: str) -> Outcome:  # noqa: ARG002  (has none)
        text = hygiene.visible(f"{_RULE}\n{notification.text.strip()}\n")
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            return Outcome(DeliveryReason.TRANSIENT, f"cannot write: {error}")
        return Outcome()

    def close(self) -> None:
        """The stream is not ours to close."""


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `console://`."""
    return Console(spec, context)
