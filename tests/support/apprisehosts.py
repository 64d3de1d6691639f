"""Lets the services whose server Apprise has built in post to a server of this machine.

Only the addresses that Apprise's plugins keep are exchanged; what they build and send stays theirs.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram

_ADDRESSES = (
    (NotifySlack, "webhook_url", "/services"),
    (NotifyDiscord, "notify_url", "/api/webhooks"),
    (NotifyTelegram, "notify_url", "/bot"),
    (NotifyGoogleChat, "notify_url", "/v1/spaces/{workspace}/messages"),
)


@contextmanager
def hosted_at(port: int) -> Iterator[None]:
    """While it lasts, Slack, Discord, Telegram and Google Chat are at that port."""
    with ExitStack() as stack:
        for plugin, name, path in _ADDRESSES:
            stack.enter_context(patch.object(plugin, name, f"http://127.0.0.1:{port}{path}"))
        yield
