"""The main job, end to end: a feed with the article, a rule, one mail and one chat message, once."""

from dataclasses import replace
from email.message import EmailMessage

from tests.e2e.conftest import Newsroom
from tests.support.daemon import Daemon
from tests.support.feedxml import SEED_TITLE, others, rss, seed


def poll_again(daemon: Daemon, feed: str, *, outcome: str, count: int = 1) -> None:
    """Wait until the feed has been polled `count` more times with this outcome."""
    daemon.wait_for("poll", after=len(daemon.lines), feed=feed, outcome=outcome, count=count)


def test_the_article_is_told_once_by_mail_and_once_in_chat(newsroom: Newsroom) -> None:
    """Among 200 others, at other addresses, in a second feed, after a restart: one mail, one message."""
    article = seed()
    crowd = others(200)
    first = newsroom.feeds.serve_feed("/world", rss([*crowd[:100], article, *crowd[100:]]))
    second = newsroom.feeds.serve_feed("/second", rss([], title="Second Outlet"))
    newsroom.configure([first, second])

    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=first, outcome="read", entries=201, alerts=1)
        mail = newsroom.mail.wait_for(1, seconds=20)[0]
        newsroom.chat.wait_for(1, seconds=20)
        daemon.wait_for("delivery", channel="desk-mail", outcome="sent")
        daemon.wait_for("delivery", channel="ops-chat", outcome="sent")

        # polled again, unchanged; then with its items under tracking addresses and new guids
        poll_again(daemon, first, outcome="unchanged", count=2)
        moved = replace(article, guid="new", link=article.link + "?utm_source=rss&utm_medium=feed")
        newsroom.feeds.serve_feed("/world", rss([*crowd, moved]), etag='"2"')
        poll_again(daemon, first, outcome="read")

        # in a second feed, under its own address
        elsewhere = replace(article, guid="abc", link="https://second.example/politics/81723")
        newsroom.feeds.serve_feed("/second", rss([elsewhere], title="Second Outlet"), etag='"2"')
        daemon.wait_for("poll", feed=second, outcome="read", copies=1, alerts=0)
        assert daemon.stop() == 0

    with newsroom.daemon() as daemon:
        poll_again(daemon, first, outcome="unchanged", count=2)
        assert daemon.stop() == 0

    assert len(newsroom.mail.mails) == 1
    assert sum(SEED_TITLE in line for line in newsroom.chat.lines) == 1
    told = newsroom.rows("SELECT rule, kind, reason FROM alert")
    assert told == [("Russia and Venezuela", "story", "new_story")]
    assert newsroom.rows("SELECT channel, state, attempts FROM delivery ORDER BY channel") == [
        ("desk-mail", "sent", 1),
        ("ops-chat", "sent", 1),
    ]
    check_mail(mail.message, mail.text, mail.html)


def check_mail(message: EmailMessage, text: str, html: str) -> None:
    """The mail says what happened, where, when and why, and is well-formed."""
    assert SEED_TITLE in message["Subject"]
    assert message["To"] == "desk@news.example"
    assert message.get_all("Message-ID") is not None
    assert len(message.get_all("Message-ID", [])) == 1
    assert message["Auto-Submitted"] == "auto-generated"
    for part in (text, html):
        assert "Example World" in part
        assert "https://world.example/2026/kremlin-venezuela" in part
        assert "Venezuela AND Russia" in part
        assert "Russia and Venezuela" in part
    assert "<mark" in html


def test_an_article_that_is_edited_to_match_is_told(newsroom: Newsroom) -> None:
    """The first version names one place only; the second names both, and the mail says that it is an edit."""
    article = seed()
    before = replace(
        article, title="Kremlin watches developments abroad closely", summary="A spokesman spoke.", content=""
    )
    feed = newsroom.feeds.serve_feed("/world", rss([*others(20), before]))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed, outcome="read", new=21, alerts=0)
        newsroom.feeds.serve_feed("/world", rss([*others(20), article]), etag='"2"')
        daemon.wait_for("decision", decision="alert", reason="updated_into_rule")
        mail = newsroom.mail.wait_for(1, seconds=20)[0]
        assert daemon.stop() == 0
    assert SEED_TITLE in mail.message["Subject"]
    assert len(newsroom.mail.mails) == 1


def test_a_first_poll_tells_only_what_is_fresh(newsroom: Newsroom) -> None:
    """A new feed's backlog is recorded; articles older than max_age, or without a date, are not told."""
    fresh = seed()
    old = replace(
        fresh,
        guid="old",
        link="https://world.example/old",
        title="Venezuela thanks Russia for its old help",
        published_at=fresh.published_at and fresh.published_at.replace(year=2020),
        content="",
    )
    undated = replace(old, guid="undated", link="https://world.example/undated", published_at=None,
                      title="Russia and Venezuela sign a paper of sorts")  # fmt: skip
    feed = newsroom.feeds.serve_feed("/world", rss([old, undated, fresh]))
    newsroom.configure([feed])
    with newsroom.daemon() as daemon:
        daemon.wait_for("poll", feed=feed, outcome="read", new=3, matches=3, alerts=1)
        newsroom.mail.wait_for(1, seconds=20)
        assert daemon.stop() == 0
    reasons = dict(
        newsroom.rows("SELECT article.guid, reason FROM match JOIN article ON article_id = article.id")
    )
    assert reasons == {"old": "too_old", "undated": "undated_backlog", "seed-1": "new_story"}
