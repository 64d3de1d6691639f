"""Killed at any step and started again, the daemon tells everything, and repeats only a send in flight."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import Newsroom
from tests.support.feedxml import Item, others, rss

# Where the process dies, and how often a message may then come twice.
POINTS = {
    "leased": 0,  # 1. the feed is leased
    "fetched": 0,  # 2. its bytes are here
    "parsed": 0,  # 3. its articles are here
    "matched": 0,  # 5. the matches are found
    "in_transaction": 0,  # 6. half of the articles are decided about and written, not committed
    "committed": 0,  # 7. the poll is committed, nobody has been woken
    "claimed": 0,  # 8. a delivery is claimed, nothing is sent
    "sent": 1,  # 8. a message is out and not recorded: the one place where it comes again
    "recorded": 0,  # 8. the attempt is recorded
}
# At these the other channel's thread may have a send in flight, so there is only one channel.
SENDING = ("claimed", "sent", "recorded")
HEADLINES = (
    "Venezuela signs an oil deal with Russia",
    "Russia sends a frigate towards Venezuela this week",
    "Football: Venezuela beat Russia in a friendly match",
)


def matching() -> list[Item]:
    """Three stories that the rule is about."""
    base = Item(guid="", title="", link="", published_at=datetime.now(UTC) - timedelta(minutes=3))
    return [
        replace(base, guid=f"m{n}", title=title, link=f"https://world.example/m{n}")
        for n, title in enumerate(HEADLINES)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("occurrence", [1, 3])
@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_when_the_process_dies(newsroom: Newsroom, point: str, occurrence: int) -> None:
    """Every alert arrives on every channel; a repeat carries the same id."""
    feed = newsroom.feeds.serve_feed("/world", rss([*others(5), *matching()]))
    told = newsroom.directory / "told.jsonl"
    told.touch()
    channels = ["desk-mail"] if point in SENDING else ["desk-mail", "ledger"]
    newsroom.configure([feed], channels=channels)
    newsroom.write("ledger.yaml", f"channels:\n  ledger: file://{told}\n")
    when = occurrence if point in (*SENDING, "in_transaction") else 1
    total = len(HEADLINES) * len(channels)
    with newsroom.daemon({"NEWSMONITOR_CRASH_AT": f"{point}:{when}"}) as daemon:
        assert daemon.wait(30) == 137
    with newsroom.daemon() as daemon:
        daemon.wait_for("ready")
        newsroom.mail.wait_for(len(HEADLINES), seconds=30)
        daemon.wait_until(
            lambda: newsroom.rows("SELECT count(*) FROM delivery WHERE state = 'sent'") == [(total,)],
            what="all deliveries sent",
        )
        assert daemon.stop() == 0

    ids = Counter(mail.message["Message-ID"] for mail in newsroom.mail.mails)
    keys = Counter(json.loads(line)["key"] for line in told.read_text("utf-8").splitlines())
    assert len(ids) + len(keys) == total
    assert ids.total() + keys.total() - total <= POINTS[point]
    assert newsroom.rows("SELECT count(*) FROM alert") == [(3,)]
    assert newsroom.rows("SELECT count(*) FROM delivery WHERE state <> 'sent'") == [(0,)]
    assert newsroom.rows("PRAGMA integrity_check") == [("ok",)]
