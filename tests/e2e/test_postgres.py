"""The same job on PostgreSQL, where two daemons may share the work."""

from sqlalchemy import create_engine, text

from tests.e2e.conftest import Newsroom
from tests.support.feedxml import SEED_TITLE, others, rss, seed


def test_two_daemons_on_one_database_tell_a_story_once(newsroom: Newsroom, postgres_url: str) -> None:
    """Each feed is polled by one of them at a time; one mail, one message, every delivery sent once."""
    first = newsroom.feeds.serve_feed("/first", rss([*others(20), seed()]))
    second = newsroom.feeds.serve_feed("/second", rss(others(3), title="Second Outlet"))
    newsroom.configure([first, second], database=postgres_url)
    with newsroom.daemon() as one, newsroom.daemon() as other:
        one.wait_for("ready")
        other.wait_for("ready")
        newsroom.mail.wait_for(1, seconds=20)
        newsroom.chat.wait_for(1, seconds=20)
        copy = seed(guid="copy", link="https://second.example/81723")
        newsroom.feeds.serve_feed("/second", rss([*others(3), copy], title="Second Outlet"), etag='"2"')
        polled = len(newsroom.feeds.requests_for("/second"))
        one.wait_until(
            lambda: len(newsroom.feeds.requests_for("/second")) > polled + 3, what="three more polls"
        )
        assert one.stop() == 0
        assert other.stop() == 0
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        sent = connection.execute(
            text("SELECT channel, state, attempts FROM delivery ORDER BY channel")
        ).all()
        copies = connection.scalar(text("SELECT count(*) FROM article WHERE kind = 'copy' AND guid = 'copy'"))
    engine.dispose()
    assert [tuple(row) for row in sent] == [("desk-mail", "sent", 1), ("ops-chat", "sent", 1)]
    assert copies == 1
    assert len(newsroom.mail.mails) == 1
    assert sum(SEED_TITLE in line for line in newsroom.chat.lines) == 1
