"""The daemon's manners: reload, signals, a second daemon, bad input, full disk."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.conftest import RULE, Newsroom
from tests.support.feedserver import Answer
from tests.support.feedxml import others, rss, seed


def run(
    *arguments: str, cwd: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`newsmonitor …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=cwd, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["SIGHUP", "file"])
def test_a_broken_rule_keeps_the_old_rules_and_a_good_one_takes_effect(newsroom: Newsroom, how: str) -> None:
    """Reload by signal or by the file's change; the error names file, line and column."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])

    def reload(text: str) -> None:
        newsroom.write("rules.yaml", text)
        if how == "SIGHUP":
            daemon.signal(signal.SIGHUP)

    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed)
        reload("rules:\n  Russia and Venezuela: {match: Venezuela AND (Russia}\n")
        failed = daemon.wait_for("reload_failed")
        assert any("rules.yaml:2:" in problem for problem in failed["problems"])
        newsroom.feeds.serve_feed("/world", rss([*others(3), seed()]), etag='"2"')
        newsroom.mail.wait_for(1, seconds=20)  # the old rule is still at work

        start = len(daemon.lines)
        reload("rules:\n  Whales: {match: whales}\n")
        daemon.wait_for("reloaded", after=start)
        whale = replace(
            seed(guid="w", link="https://world.example/w"), title="Three whales seen off Iceland", content=""
        )
        newsroom.feeds.serve_feed("/world", rss([whale]), etag='"3"')
        mails = newsroom.mail.wait_for(2, seconds=20)
        assert "whales" in mails[1].message["Subject"]
        assert daemon.stop() == 0


def test_a_feed_and_a_channel_come_and_go_with_a_reload(newsroom: Newsroom) -> None:
    """A new feed is polled at once; a removed channel keeps its deliveries for its return."""
    first = newsroom.feeds.serve_feed("/first", rss(others(3)))
    second = newsroom.feeds.serve_feed("/second", rss([seed()]))
    newsroom.configure([first], channels=["desk-mail"])
    newsroom.mail.answer("RCPT", *["451 later"] * 50)
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=first)
        newsroom.configure([first, second], channels=["desk-mail"])
        daemon.wait_for("delivery", channel="desk-mail", outcome="pending", reason="transient")
        assert daemon.stop() == 0
    assert newsroom.rows("SELECT state FROM delivery") == [("pending",)]


def test_a_second_daemon_on_the_same_database_is_refused(newsroom: Newsroom) -> None:
    """It says what is the matter and exits with 2; the first goes on."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("ready")
        second = run("run", cwd=newsroom.directory)
        assert second.returncode == 2
        assert "news.db" in second.stderr
        assert str(daemon.process.pid) in second.stderr
        assert "Traceback" not in second.stderr
        daemon.wait_for("poll", after=len(daemon.lines), feed=feed)
        assert daemon.stop() == 0


def test_sigterm_drains_the_send_in_flight(newsroom: Newsroom) -> None:
    """A mail that is being sent when the daemon is told to stop is sent and recorded once."""
    feed = newsroom.feeds.serve_feed("/world", rss([seed()]))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed, alerts=1)
        assert daemon.stop() == 0
        assert daemon.lines[-1]["event"] == "stopped"
    with newsroom.daemon() as daemon:
        daemon.wait_for("ready")
        newsroom.mail.wait_for(1, seconds=20)
        newsroom.chat.wait_for(1, seconds=20)
        daemon.wait_until(
            lambda: newsroom.rows("SELECT DISTINCT state FROM delivery") == [("sent",)], what="all sent"
        )
        assert daemon.stop() == 0
    assert len(newsroom.mail.mails) == 1


def test_a_bad_feed_is_told_and_stops_nothing_else(newsroom: Newsroom) -> None:
    """Unreachable, HTML, garbage, gone: each has its reason in the log; the good feed alerts."""
    good = newsroom.feeds.serve_feed("/good", rss([seed()]))
    bad = {
        newsroom.feeds.serve(
            "/html", Answer(b"<!doctype html><html><body>Log in</body></html>")
        ): "not_a_feed",
        newsroom.feeds.serve("/garbage", Answer(b"\x00\x01\x02 nothing of a feed")): "not_a_feed",
        newsroom.feeds.serve("/empty", Answer(b"")): "empty",
        newsroom.feeds.serve("/missing", Answer(b"", status=404)): "not_found",
        newsroom.feeds.serve("/ill", Answer(b"", status=503)): "server_error",
        "http://127.0.0.1:9/nothing-listens": "connect",
    }
    newsroom.configure([*bad, good])
    with newsroom.daemon() as daemon:
        for feed, reason in bad.items():
            daemon.wait_for("poll", feed=feed, outcome="failed", reason=reason)
        newsroom.mail.wait_for(1, seconds=20)
        assert daemon.stop() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rules": "R: {match: Venezuela AND}"}, ["rules.yaml:2:", "^", "hint"]),
        ({"channels": ["desk-mial"]}, ["desk-mial", "Did you mean `desk-mail`"]),
        ({"more": "lists: {x: ['${env:NOT_SET_ANYWHERE}']}"}, ["NOT_SET_ANYWHERE", "main.yaml:"]),
        ({"database": "sqlite:////proc/no/such/place/news.db"}, ["/proc/no"]),
        ({"database": "postgresql://u:sesame@127.0.0.1:9/x"}, ["127.0.0.1"]),
    ],
)
def test_a_bad_configuration_is_refused_with_one_clear_message(
    newsroom: Newsroom, change: dict[str, object], words: list[str]
) -> None:
    """Exit 2, what and where, no traceback, no secret."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed], **change)  # type: ignore[arg-type]
    done = run("run", cwd=newsroom.directory)
    assert done.returncode == 2, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert "sesame" not in done.stderr


def test_a_missing_configuration_names_the_way_out(tmp_path: Path) -> None:
    """No directory: the message names `newsmonitor init`."""
    done = run("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "newsmonitor init" in done.stderr


def test_init_check_poll_and_lists_work_on_a_fresh_directory(newsroom: Newsroom) -> None:
    """The shipped configuration is valid; one pass polls, delivers and can be looked at."""
    assert run("init", "fresh", cwd=newsroom.directory).returncode == 0
    checked = run("--config", "fresh", "check", cwd=newsroom.directory)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    feed = newsroom.feeds.serve_feed("/world", rss([*others(3), seed()]))
    newsroom.configure([feed])
    polled = run("poll", "--json", cwd=newsroom.directory)
    assert polled.returncode == 0, polled.stderr
    assert '"alerts": 1' in polled.stdout
    assert len(newsroom.mail.mails) == 1
    for command, expected in (
        (["alerts", "list"], "Kremlin"),
        (["alerts", "show", "1"], "Venezuela AND Russia"),
        (["deliveries", "list"], "desk-mail"),
        (["feeds", "list"], "Example World"),
        (["channels", "list"], "ops-chat"),
        (["rules", "list"], RULE.split(":")[0]),
        (["db", "check"], ""),
    ):
        shown = run(*command, cwd=newsroom.directory)
        assert shown.returncode == 0, shown.stderr
        assert expected in shown.stdout
    assert run("health", cwd=newsroom.directory).returncode == 1  # no daemon is running


def test_a_storm_of_signals_does_not_stop_the_polls(newsroom: Newsroom) -> None:
    """Forty reloads at once are one, and one more after it; no poll waits for them."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed)
        start = len(daemon.lines)
        for _ in range(40):
            daemon.signal(signal.SIGHUP)
        daemon.wait_for("reloaded", after=start)
        daemon.wait_for("poll", feed=feed, after=start, count=2)
        assert daemon.stop() == 0
        assert sum(line["event"] == "reloaded" for line in daemon.lines[start:]) < 20


def test_a_database_that_another_process_holds_does_not_hold_up_the_end(newsroom: Newsroom) -> None:
    """SIGTERM ends the daemon within a container's grace, although nothing can be written."""
    feed = newsroom.feeds.serve_feed("/world", rss(others(3)))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed)
        path = newsroom.directory / "data" / "news.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert daemon.stop(timeout=38) == 0
