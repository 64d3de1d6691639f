"""`newsmonitor poll`: one pass, its rows, its exit status."""

import subprocess
import sys

from tests.e2e.conftest import Newsroom
from tests.support.feedxml import others, rss, seed


def poll(newsroom: Newsroom) -> subprocess.CompletedProcess[str]:
    """The command to its end, which must come soon."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", "poll"],
        cwd=newsroom.directory, capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip


def test_a_pass_ends_though_feeds_are_due_again(newsroom: Newsroom) -> None:
    """Three feeds of one host, a second apart and due every second: each is polled once."""
    paths = ("/a", "/b", "/c")
    newsroom.configure([newsroom.feeds.serve_feed(path, rss(others(3))) for path in paths])
    path = newsroom.config / "main.yaml"
    path.write_text(path.read_text().replace("host_gap: 0s, per_host: 8", "host_gap: 1s, per_host: 2"))
    assert poll(newsroom).returncode == 0
    assert [len(newsroom.feeds.requests_for(path)) for path in paths] == [1, 1, 1]


def test_a_message_that_cannot_be_sent_is_a_finding(newsroom: Newsroom) -> None:
    """Exit 1 and a line that says so; the other channel is told of it before the command ends."""
    newsroom.configure([newsroom.feeds.serve_feed("/world", rss([seed()]))], channels=["desk-mail"])
    newsroom.mail.answer("RCPT", "550 no such user")
    done = poll(newsroom)
    assert done.returncode == 1
    assert "1 not sent: newsmonitor deliveries list" in done.stderr
    newsroom.chat.wait_for(1, seconds=1)


def test_credentials_of_a_feed_are_not_printed(newsroom: Newsroom) -> None:
    """The rows go to scripts and into mails of cron."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed.replace("127.0.0.1", "reader:sesame-open@127.0.0.1")])
    done = poll(newsroom)
    assert done.returncode == 0
    assert "***@127.0.0.1" in done.stdout
    assert "sesame-open" not in done.stdout + done.stderr
