"""A full or read-only disk: one clear message, nothing lost, nothing else stops."""

import errno
from pathlib import Path

import pytest

from tests.e2e.conftest import Newsroom
from tests.support.feedxml import others, rss, seed


def fill(directory: Path) -> Path:
    """Write a file until there is no room left."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    return ballast


@pytest.mark.slow
def test_a_full_disk_is_told_and_nothing_is_lost(newsroom: Newsroom) -> None:
    """Polling pauses while there is no room; with room again the article is told, once."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])
    with newsroom.daemon(disk="size=3m") as daemon:
        daemon.wait_for("poll", feed=feed, outcome="read")
        ballast = fill(newsroom.disk_of(daemon))
        newsroom.feeds.serve_feed("/world", rss([*others(150), seed()]), etag='"2"')
        line = daemon.wait_for("storage", timeout=60)
        assert "news.db" in line["error"]
        assert "full" in line["error"]
        ballast.unlink()
        newsroom.mail.wait_for(1, seconds=60)
        daemon.wait_for("delivery", channel="ops-chat", outcome="sent", timeout=60)
        assert daemon.stop() == 0
    assert len(newsroom.mail.mails) == 1


def test_a_read_only_disk_is_refused_with_the_way_out(newsroom: Newsroom) -> None:
    """Exit 2: what, where and how to mend it."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])
    with newsroom.daemon(disk="ro,size=1m") as daemon:
        assert daemon.wait() == 2
    text = "".join(daemon.raw)
    assert "data" in text
    assert "writ" in text
    assert "Traceback" not in text
