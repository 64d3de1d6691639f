"""A test kit for channels of other packages, and for our own: what every channel has to keep.

    from monitor.deliver.testing import ChannelContract, spec

    class TestPager(ChannelContract):
        address = "pager://1234"

The class holds tests that pytest finds and runs; it needs nothing else. `make` may be overridden, to
bring a server of one's own. `notification` and `HOSTILE` are for further tests.
"""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.deliver import channel
from monitor.deliver.channel import Channel, Context
from monitor.deliver.render import render
from monitor.errors import DecisionReason, DeliveryReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ChannelSpec,
    Notification,
    Outcome,
    Priority,
    Span,
    StoryId,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

HOSTILE = (
    "Ferry\r\nBcc: everybody@evil.example\r\n\r\nQUIT",
    "Ferry " * 600,
    "@everyone @here <!channel> <@U024BE7LH> @channel",
    "<https://evil.example|bank.example> [bank.example](https://evil.example)",
    "![pixel](https://evil.example/p.png) <img src=https://evil.example/p.png>",
    "</b></a></td> <script>alert(1)</script> &amp; <odd",
    "\x1b[2J\x07\x00\x02 \u202egnol \ud800 \ufeff",
    '=HYPERLINK("https://evil.example")',
    "paragraph\n" * 9_000,
)
"""Texts that feeds have sent, or may: headlines and bodies for which nothing may break."""


def spec(address: str, **changes: Any) -> ChannelSpec:
    """A channel's specification as the configuration would make it."""
    return ChannelSpec(**{"name": "test", "url": address, "deadline": timedelta(seconds=20), **changes})


def notification(
    text: str = "Ferry runs aground off Trelleborg",
    *,
    key: str = "0123456789abcdef",
    priority: Priority = Priority.NORMAL,
    repeat: bool = False,
) -> Notification:
    """A message about an article whose title, summary and body are `text`, as the daemon hands it over."""
    article = Article(
        id="urn:test:1",
        title=text,
        summary=text,
        content=text,
        url="https://news.example/ferry",
        source="The Baltic Post",
        language="en",
        published_at=NOW - timedelta(minutes=10),
    )
    alert = Alert(
        id=AlertId(731),
        rule="ports",
        kind=AlertKind.STORY,
        decided_at=NOW,
        priority=priority,
        story_id=StoryId(1),
        article=article,
        spans=(Span("title", 0, 5),),
        query="ferry",
        reason=DecisionReason.NEW_STORY,
    )
    return render(alert, delivery_key=key, now=NOW, time_zone="UTC", repeat=repeat)


class ChannelContract:
    """What the sender relies on. Name an `address` that works, or override `make`."""

    address = ""

    def make(self) -> Channel:
        """The channel under test, one that can be reached."""
        return channel.create(spec(self.address), Context(stream=io.StringIO(), now=lambda: NOW))

    def test_it_has_a_name_and_recipients(self) -> None:
        """The outbox makes a delivery for each recipient; a service without any has one, named ""."""
        made = self.make()
        assert made.name
        assert made.recipients
        assert all(isinstance(recipient, str) for recipient in made.recipients)
        assert len(set(made.recipients)) == len(made.recipients)
        made.close()

    def test_making_it_twice_gives_the_same_recipients(self) -> None:
        """Deliveries outlive a restart: their recipients must be found again."""
        first, second = self.make(), self.make()
        assert first.recipients == second.recipients
        first.close()
        second.close()

    def test_it_tells_what_became_of_an_attempt(self) -> None:
        """An Outcome, and no exception."""
        made = self.make()
        for recipient in made.recipients:
            outcome = made.send(notification(), recipient)
            assert isinstance(outcome, Outcome)
            assert outcome.reason is None or isinstance(outcome.reason, DeliveryReason)
        made.close()

    def test_a_repeat_is_taken_as_well(self) -> None:
        """The same key comes again when nobody knows whether the first arrived."""
        made = self.make()
        outcomes = [made.send(notification(repeat=again), made.recipients[0]) for again in (False, True)]
        assert all(isinstance(outcome, Outcome) for outcome in outcomes)
        made.close()

    def test_no_text_makes_it_raise(self) -> None:
        """What a feed wrote may be refused, but never with an exception or for a passing reason."""
        made = self.make()
        for text in HOSTILE:
            for priority in Priority:
                outcome = made.send(notification(text, priority=priority), made.recipients[0])
                assert outcome.reason in (None, DeliveryReason.PERMANENT), (text[:40], outcome)
        made.close()

    def test_a_recipient_that_it_no_longer_has_is_no_accident(self) -> None:
        """The address may have changed since the delivery was queued."""
        made = self.make()
        assert isinstance(made.send(notification(), "nobody@nowhere.example"), Outcome)
        made.close()

    def test_it_can_be_closed_twice(self) -> None:
        """An orderly end may come to a channel that is closed."""
        made = self.make()
        made.close()
        made.close()
