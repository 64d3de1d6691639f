"""Told to stop while a feed and a channel hang, the daemon ends in the time that containers are given."""

from tests.e2e.conftest import Newsroom
from tests.support.feedserver import Answer as FeedAnswer
from tests.support.feedxml import rss, seed
from tests.support.httpsink import Answer, HttpSink

SOON = 20  # seconds: twice what containers are given, far less than the deadlines of polls and sends


def test_the_end_is_bounded_and_loses_nothing(newsroom: Newsroom) -> None:
    """A send that was cut off is made again at the next start, marked as a repeat; no feed stays leased."""
    hanging = newsroom.feeds.serve("/hangs", FeedAnswer(b"<rss>", hang=True))
    feed = newsroom.feeds.serve_feed("/world", rss([seed()]))
    with HttpSink() as sink:
        newsroom.configure([hanging, feed], channels=["hook"])
        newsroom.write("hook.yaml", f"channels: {{hook: {'webhook+' + sink.url!r}}}")
        sink.answer(Answer(hang=True))
        with newsroom.daemon() as daemon:
            sink.wait_for(1, seconds=20)
            daemon.wait_until(lambda: newsroom.feeds.requests_for("/hangs"), what="poll that hangs")
            assert daemon.stop(timeout=SOON) == 0
        assert newsroom.rows("SELECT count(*) FROM feed WHERE owner IS NOT NULL") == [(0,)]
        with newsroom.daemon() as daemon:
            sink.wait_for(2, seconds=20)
            daemon.wait_for("delivery", outcome="sent")
            assert daemon.stop() == 0
        first, again = sink.requests
        assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
        assert again.json["repeat"] is True
    assert newsroom.rows("SELECT maybe_sent, state FROM delivery") == [(1, "sent")]
