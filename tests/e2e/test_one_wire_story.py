"""Twelve outlets carry one agency story for an hour; the desk gets exactly the mails that it asked for."""

import email.utils
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.conftest import Newsroom
from tests.support.daemon import Daemon
from tests.support.feeds import rss
from tests.support.newswire import first_words, prose
from tests.support.steered import Clock, steered

OUTLETS = [f"outlet{number}" for number in range(1, 13)]
RULES = "Venezuela: {match: Venezuela, follow_up: [5, 10]}"

LEAD = "Venezuela closed its western border on Monday after 40 soldiers were taken prisoner near Cucuta"
WIRE = f"{LEAD}, the defence ministry in Caracas said. {prose(1, 300)}"
WORDINGS = [
    ("Venezuela closes western border after soldiers are taken", WIRE),
    ("Caracas shuts border after 40 soldiers taken prisoner", first_words(WIRE, 220)),
    ("Western border of Venezuela closed, says ministry", f"{WIRE} {prose(2, 60)}"),
    ("Border closed", f"From our correspondent. {first_words(WIRE, 160)} {prose(3, 40)}"),
    (
        "Venezuela: western border closed after 40 soldiers taken prisoner near Cucuta",
        f"The defence ministry in Caracas said: {LEAD}.",
    ),
]
LOOK_ALIKE = (
    "Venezuela closes eastern airport after flights of 7 airlines are delayed",
    f"Venezuela closed an airport in the east, an airline said. {prose(9, 300)}",
)


class Hour:
    """The outlets' feeds, one daemon, and a clock that is turned from one part of the hour to the next."""

    def __init__(self, newsroom: Newsroom, database: str) -> None:
        self.newsroom = newsroom
        self._database = database
        self.clock = Clock(newsroom.directory / "clock")
        self.begun_at = self.clock.now()
        self.items: dict[str, list[str]] = {
            outlet: [self._item("old", "Old news", "x")] for outlet in OUTLETS
        }
        self.urls = {outlet: self._serve(outlet) for outlet in OUTLETS}
        newsroom.configure(list(self.urls.values()), rules=RULES, channels=["desk-mail"], database=database)

    def _item(self, guid: str, title: str, body: str) -> str:
        published = email.utils.format_datetime(self.clock.now())
        return (
            f'<guid isPermaLink="false">{guid}</guid><title>{escape(title)}</title>'
            f"<description>{escape(body)}</description><pubDate>{published}</pubDate>"
        )

    def _serve(self, outlet: str) -> str:
        body = rss(*self.items[outlet], title=outlet)
        return self.newsroom.feeds.serve_feed(f"/{outlet}", body, etag=f'"{hash(body)}"')

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        """The one that runs through the hour, once it has read all feeds."""
        prefix, environ = steered(self.newsroom.directory / "clock")
        with Daemon(
            self.newsroom.config, cwd=self.newsroom.directory, environ=environ, prefix=prefix
        ) as daemon:
            for url in self.urls.values():
                daemon.wait_for("poll", feed=url, timeout=60)
            yield daemon
            assert daemon.stop() == 0

    def at(self, minute: float) -> None:
        """Let time pass until that minute of the hour."""
        self.clock.turn_to(self.begun_at + timedelta(minutes=minute))

    def publish(self, daemon: Daemon, outlet: str, title: str, body: str, guid: str = "1") -> None:
        """The outlet's feed carries this (anew, when it had one of that guid); wait until it was read."""
        kept = [item for item in self.items[outlet] if f">{guid}<" not in item]
        self.items[outlet] = [self._item(guid, title, body), *kept]
        after = len(daemon.lines)
        url = self._serve(outlet)
        daemon.wait_until(
            lambda: [
                line
                for line in daemon.lines[after:]
                if line.get("event") == "poll"
                and line.get("feed") == url
                and line.get("new", 0) + line.get("copies", 0) + line.get("updated", 0) > 0
            ],
            timeout=60,
            what=f"poll of {outlet}",
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        engine = create_engine(self._database)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found

    def mails(self, count: int) -> list[EmailMessage]:
        """Those that have arrived, once there are so many."""
        return [mail.message for mail in self.newsroom.mail.wait_for(count, seconds=40)]


@pytest.fixture(params=["sqlite", "postgres"])
def hour(request: pytest.FixtureRequest, newsroom: Newsroom) -> Hour:
    """An hour of news before an empty database of either kind."""
    if request.param == "sqlite":
        return Hour(newsroom, f"sqlite:///{newsroom.directory}/data/news.db")
    return Hour(newsroom, request.getfixturevalue("postgres_url"))


def test_one_story_is_told_once_followed_up_and_corrected(hour: Hour) -> None:
    """One alert, its follow-ups at the steps, the correction at once, the look-alike by itself."""
    with hour.daemon() as daemon:
        hour.publish(daemon, "outlet1", *WORDINGS[0])
        hour.mails(1)
        for number in (2, 3, 4):
            hour.at(number)
            hour.publish(daemon, f"outlet{number}", *WORDINGS[number - 1])
        hour.at(15)
        hour.publish(daemon, "outlet5", *WORDINGS[4])
        hour.mails(2)
        cosmetic = WIRE.replace("were taken prisoner", "have been taken prisoner")
        hour.publish(daemon, "outlet1", WORDINGS[0][0], cosmetic)
        hour.publish(daemon, "outlet7", *LOOK_ALIKE, guid="2")
        hour.mails(3)
        hour.at(27)
        for number in range(6, 11):  # the tenth outlet, but the fifth was told less than half an hour ago
            hour.publish(daemon, f"outlet{number}", *WORDINGS[(number - 1) % 5])
        hour.at(36)
        corrected = f"{WIRE}\n\nCorrection: it was the northern border."
        hour.publish(daemon, "outlet1", WORDINGS[0][0], corrected)
        hour.mails(4)
        for number in (11, 12):
            hour.publish(daemon, f"outlet{number}", *WORDINGS[(number - 1) % 5])
        assert len(hour.mails(4)) == 4
        hour.at(60)
        first, five, look_alike, correction, twelve = hour.mails(5)
    assert_told(hour)
    thread = first["Message-ID"]
    for follower in (five, correction, twelve):
        assert (follower["In-Reply-To"], follower["References"]) == (thread, thread)
    assert look_alike["In-Reply-To"] is None
    assert look_alike["Message-ID"] != thread
    is_marked = ["CORRECTION" in str(mail["Subject"]) for mail in (first, five, correction, twelve)]
    assert is_marked == [False, False, True, False]
    assert len({mail["Message-ID"] for mail in (first, look_alike, five, correction, twelve)}) == 5


def assert_told(hour: Hour) -> None:
    """What the database says of it."""
    told = hour.rows("SELECT kind, reason, first_of_thread, outlets, story_id FROM alert ORDER BY id")
    story = told[0][4]
    assert [row[:4] for row in told if row[4] == story] == [
        ("story", "new_story", True, 1),
        ("follow_up", "follow_up", False, 5),
        ("follow_up", "follow_up", False, 12),
        ("update", "corrected", False, 10),
    ]
    assert [row[:3] for row in told if row[4] != story] == [("story", "new_story", True)]
    silent = hour.rows("SELECT DISTINCT reason FROM match WHERE decision = 'suppress'")
    assert {row[0] for row in silent} == {"story_already_told", "cosmetic_change"}
