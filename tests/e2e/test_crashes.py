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
    """Every alert arrives by mail and in the file; a repeat carries the same id."""
    feed = newsroom.feeds.serve_feed("/world", rss([*others(5), *matching()]))
    told = newsroom.directory / "told.jsonl"
    newsroom.configure(
        [feed],
        channels=["desk-mail", "ledger"],
        more="",
    )
    newsroom.write("ledger.yaml", f"channels:\n  ledger: file://{told}\n")
    once_per_poll = point in ("leased", "fetched", "parsed", "matched", "committed")
    when = 1 if once_per_poll else occurrence
    with newsroom.daemon({"NEWSMONITOR_CRASH_AT": f"{point}:{when}"}) as daemon:
        assert daemon.wait(30) == 137
    with newsroom.daemon() as daemon:
        newsroom.mail.wait_for(len(HEADLINES), seconds=30)
        daemon.wait_until(
            lambda: newsroom.rows("SELECT count(*) FROM delivery WHERE state = 'sent'") == [(6,)],
            what="six deliveries sent",
        )
        assert daemon.stop() == 0

    ids = Counter(mail.message["Message-ID"] for mail in newsroom.mail.mails)
    keys = Counter(json.loads(line)["key"] for line in told.read_text("utf-8").splitlines())
    assert len(ids) == len(keys) == len(HEADLINES)
    repeats = ids.total() + keys.total() - 2 * len(HEADLINES)
    assert repeats <= POINTS[point]
    assert newsroom.rows("SELECT count(*) FROM alert") == [(3,)]
    assert newsroom.rows("SELECT count(*) FROM delivery WHERE state <> 'sent'") == [(0,)]
    assert newsroom.rows("PRAGMA integrity_check") == [("ok",)]
