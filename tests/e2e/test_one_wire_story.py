"""Twelve outlets carry one agency story for an hour; the desk gets exactly the mails that it asked for."""

import email.utils
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from tests.e2e.conftest import Newsroom
from tests.support.daemon import Daemon
from tests.support.feeds import rss
from tests.support.newswire import first_words, prose

ROOT = Path(__file__).parents[2]
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
    """The outlets' feeds, and the daemon at a given minute of the hour."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.begun_at = datetime.now(UTC)
        self.items: dict[str, list[str]] = {
            outlet: [self._item("old", "Old news", "x", 0)] for outlet in OUTLETS
        }
        self.urls = {outlet: self._serve(outlet) for outlet in OUTLETS}
        newsroom.configure(list(self.urls.values()), rules=RULES, channels=["desk-mail"])

    def _item(self, guid: str, title: str, body: str, minute: float) -> str:
        published = email.utils.format_datetime(self.begun_at + timedelta(minutes=minute))
        return (
            f'<guid isPermaLink="false">{guid}</guid><title>{escape(title)}</title>'
            f"<description>{escape(body)}</description><pubDate>{published}</pubDate>"
        )

    def _serve(self, outlet: str) -> str:
        body = rss(*self.items[outlet], title=outlet)
        return self.newsroom.feeds.serve_feed(f"/{outlet}", body, etag=f'"{hash(body)}"')

    def publish(
        self, daemon: Daemon, outlet: str, title: str, body: str, minute: float, guid: str = "1"
    ) -> None:
        """The outlet's feed carries this (anew, when it had one of that guid); wait until it was read."""
        kept = [item for item in self.items[outlet] if f">{guid}<" not in item]
        self.items[outlet] = [self._item(guid, title, body, minute), *kept]
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

    @contextmanager
    def at(self, minute: float):  # type: ignore[no-untyped-def]
        """The daemon, started at that minute of the hour."""
        ahead = self.begun_at + timedelta(minutes=minute) - datetime.now(UTC)
        prefix = [
            sys.executable,
            "-c",
            "import sys; from tests.support.shifted import main; main(sys.argv[1], sys.argv[-2])",
            str(ahead.total_seconds()),
        ]
        environ = {"PYTHONPATH": str(ROOT)}
        with Daemon(
            self.newsroom.config, cwd=self.newsroom.directory, environ=environ, prefix=prefix
        ) as daemon:
            daemon.wait_for("ready")
            yield daemon
            assert daemon.stop() == 0

    def mails(self, count: int) -> None:
        """Wait until so many have arrived."""
        self.newsroom.mail.wait_for(count, seconds=40)


def test_one_story_is_told_once_followed_up_and_corrected(newsroom: Newsroom) -> None:
    """One alert, its follow-ups at the steps, the correction at once, the look-alike by itself."""
    hour = Hour(newsroom)
    with hour.at(0) as daemon:
        for url in hour.urls.values():
            daemon.wait_for("poll", feed=url)
        hour.publish(daemon, "outlet1", *WORDINGS[0], 0)
        hour.mails(1)
        for number in (2, 3):
            hour.publish(daemon, f"outlet{number}", *WORDINGS[number - 1], 1)
    with hour.at(15) as daemon:
        for number in (4, 5, 6):
            hour.publish(daemon, f"outlet{number}", *WORDINGS[(number - 1) % 5], 15)
        hour.mails(2)  # five outlets
        cosmetic = WIRE.replace("were taken prisoner", "have been taken prisoner")
        hour.publish(daemon, "outlet1", WORDINGS[0][0], cosmetic, 16)
        hour.publish(daemon, "outlet7", *LOOK_ALIKE, 17, guid="2")
        hour.mails(3)
    with hour.at(50) as daemon:
        corrected = f"{WIRE}\n\nCorrection: it was the northern border."
        hour.publish(daemon, "outlet1", WORDINGS[0][0], corrected, 50)
        hour.mails(4)
        for number in range(7, 13):
            hour.publish(daemon, f"outlet{number}", *WORDINGS[(number - 1) % 5], 51)
        hour.mails(5)  # ten outlets
    told = newsroom.rows("SELECT kind, reason, first_of_thread, outlets, story_id FROM alert ORDER BY id")
    story = told[0][4]
    assert [row[:4] for row in told if row[4] == story] == [
        ("story", "new_story", 1, 1),
        ("follow_up", "follow_up", 0, 5),
        ("update", "corrected", 0, told[3][3]),
        ("follow_up", "follow_up", 0, 10),
    ]
    assert [row[:3] for row in told if row[4] != story] == [("story", "new_story", 1)]
    suppressed = {
        row[0] for row in newsroom.rows("SELECT DISTINCT reason FROM match WHERE decision = 'suppress'")
    }
    assert suppressed == {"story_already_told", "cosmetic_change"}
    _assert_threaded(newsroom)


def _assert_threaded(newsroom: Newsroom) -> None:
    """Five mails: four in one thread, with the correction marked, and the look-alike's own."""
    mails = [mail.message for mail in newsroom.mail.mails]
    assert len(mails) == 5
    first, others = mails[0], mails[1:]
    thread = [mail for mail in others if mail["References"] == mails[1]["References"]]
    assert len(thread) == 3
    assert first["References"] in (None, mails[1]["References"])
    assert sum("CORRECTION" in str(mail["Subject"]) for mail in thread) == 1
