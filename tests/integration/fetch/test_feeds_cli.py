"""The commands about feeds, over real configurations, a real server and a real database."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load
from monitor.errors import PollReason
from monitor.formats import opml
from monitor.model import Event, EventKind, Feed, Habits, Why
from monitor.schedule import delay, due, rhythm
from monitor.schedule.leases import LeaseState
from monitor.schedule.rhythm import Rhythm
from monitor.store import events, open_store, subscriptions
from monitor.store import feeds as table
from tests.support import feeds
from tests.support.feedserver import Answer, FeedServer

DATA = Path(__file__).parents[2] / "data" / "feeds"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, server: FeedServer) -> Path:
    """A whole configuration with one feed that answers."""
    directory = tmp_path / "config"
    directory.mkdir()
    server.serve_feed("/one", feeds.simple())
    (directory / "main.yaml").write_text(
        f"""\
settings:
  database: "sqlite:///{tmp_path}/n.db"
  poll: {{host_gap: 0s, deadline: 5s}}
  contact: ops@example.org
feeds:
  - {{url: "{server.url("/one")}", name: One, tags: [a, b], language: en, every: 1s, allow_private: true}}
rules: {{r: word}}
channels: {{c: "console://"}}
defaults: {{channels: [c]}}
"""
    )
    return directory


def run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["--config", str(config), "feeds", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def added(config: Path) -> list[Feed]:
    """The feeds that a command added to those of the fixture."""
    return [feed for feed in load(config).feeds if feed.name != "One"]


# --- list -------------------------------------------------------------------------------------


def test_list_works_before_there_is_a_database(config, tmp_path):
    """The configured feeds are shown, and none is made up or created."""
    result = run(config, "list", "--json")
    (row,) = rows(result)
    assert result.exit_code == 0
    assert (row["name"], row["tags"], row["every"], row["last_poll"], row["failures"]) == (
        "One",
        ["a", "b"],
        1.0,
        None,
        0,
    )
    assert "no polls yet" in result.stderr
    assert not (tmp_path / "n.db").exists()
    assert "not polled yet" in run(config, "list").stdout


def test_list_tells_how_the_polls_went(config):
    """Failures with their reason, times in UTC."""
    loaded = load(config)
    with open_store(loaded.settings.database) as store:
        store.write(lambda conn: table.sync(conn, loaded.feeds, now=NOW))
        (state,) = store.write(
            lambda conn: table.claim(conn, None, now=NOW, owner="me", lease=timedelta(minutes=1))
        )
        failed = due.after_failure(
            state, now=NOW, jitter=0, policy=due.Policy(every=timedelta(minutes=30)), retry_after=None,
            reason=PollReason.NOT_FOUND, detail="HTTP 404 Not Found",
        )  # fmt: skip
        assert store.write(lambda conn: table.save(conn, failed, owner="me"))
    (row,) = rows(run(config, "list", "--json"))
    assert (row["failures"], row["reason"], row["detail"]) == (1, "not_found", "HTTP 404 Not Found")
    assert row["last_poll"] == "2026-11-23T12:00:00+00:00"
    assert row["next_poll"] == "2026-11-23T12:00:04+00:00"
    assert "not_found: HTTP 404 Not Found" in run(config, "list").stdout


RHYTHM = Rhythm(
    NOW,
    articles=60.0,
    exposure=20 * 1440.0,
    hours=tuple(6.0 if hour in (9, 10) else 0.1 for hour in range(24)) + (0.0,) * 24,
    days=(12.0,) * 5 + (0.0,) * 2,
    latest_at=NOW - timedelta(hours=1),
    delays=delay.count((0.0,) * delay.BUCKETS, [4.0, 6.0, 8.0, 62.0]),
    delayed=80.0,
)


def know(config: Path, habits: Habits, *, host_waits: timedelta | None = None) -> None:
    """Put a feed that was polled at NOW and is due in two hours into the database."""
    loaded = load(config)
    with open_store(loaded.settings.database) as store:
        store.write(lambda conn: table.sync(conn, loaded.feeds, now=NOW))
        (state,) = store.write(lambda conn: table.claim(conn, None, now=NOW, owner="me", lease=HOUR))
        settled = replace(
            state,
            next_poll_at=NOW + 2 * HOUR,
            not_before=NOW + host_waits if host_waits else None,
            last_polled_at=NOW,
            last_success_at=NOW,
            items_seen=60,
            habits=habits,
        )
        assert store.write(lambda conn: table.save(conn, settled, owner="me"))


@pytest.mark.parametrize("why", [why for why in Why if why is not Why.PUSHED])
def test_list_tells_the_rhythm_and_why_the_next_poll_is_then(config, why):
    """Articles a day, the delay to be expected and the one measured, the next poll and its reason."""
    know(config, Habits(rhythm=rhythm.to_json(RHYTHM), why=why))
    (row,) = rows(run(config, "list", "--json"))
    assert (row["why"], row["next_poll"]) == (str(why), "2026-11-23T14:00:00+00:00")
    assert 2.8 < row["articles_per_day"] < 3.2
    assert 40 * 60 < row["delay_expected"] < 80 * 60, "about half of the gap"
    assert row["delay_measured"] == 20 * 60
    assert row["measured_articles"] == 4
    assert 40 * 60 < row["delay_p95"] < 80 * 60
    result = run(config, "list")
    shown = " ".join(result.stdout.split())
    assert f" {why} " in shown
    assert " 20m " in shown
    assert ("never" in shown) is (why is Why.GONE)
    assert "from an article's date to our seeing it: 20m in the mean" in result.stderr


def test_list_tells_of_a_wait_for_the_host(config):
    """A feed whose host asked for it at another feed: the later moment, and that reason."""
    know(config, Habits(rhythm=rhythm.to_json(RHYTHM), why=Why.RHYTHM), host_waits=6 * HOUR)
    (row,) = rows(run(config, "list", "--json"))
    assert (row["why"], row["next_poll"]) == ("retry_after", "2026-11-23T18:00:00+00:00")
    assert row["delay_expected"] > 2 * 3600


def test_show_draws_the_week(config):
    """A line for each day with a bar for each hour; delays, why then, where it is polled, what happened."""
    moved = Habits(rhythm=rhythm.to_json(RHYTHM), why=Why.FRESH, address="https://new.example/feed")
    know(config, moved)
    loaded = load(config)
    with open_store(loaded.settings.database) as store:
        told = Event(EventKind.FEED_MOVED, loaded.feeds[0].url, NOW, "It has moved \x1b[31m.")
        store.write(lambda conn: events.insert(conn, [told]))
    shown = run(config, "show", "One").stdout
    assert "polled at https://new.example/feed, where it has moved to" in shown
    assert "next poll: 2026-11-23 14:00" in shown
    assert "(fresh)" in shown
    assert "delay measured: 20m in the mean" in shown
    assert "feed_moved: It has moved" in shown
    assert "\x1b" not in shown
    days = {line.split()[0]: line[7:31] for line in shown.splitlines() if line.strip()[:3] in DAYS}
    assert list(days) == list(DAYS)
    assert days["Mon"][9:11] == "██", "at nine and ten most come"
    assert max(days["Sun"]) < max(days["Mon"])
    (row,) = rows(run(config, "show", loaded.feeds[0].url, "--json"))
    week = row["week"]
    assert (len(week), {len(day) for day in week}) == (7, {24})
    assert week[0][9] == max(map(max, week))
    assert sum(map(sum, week)) == pytest.approx(7 * row["articles_per_day"], rel=0.02)
    assert row["events"][0]["kind"] == "feed_moved"


def test_show_tells_what_is_agreed_with_a_hub(config):
    """Who pushes and until when; no delay is expected then."""
    know(config, Habits(rhythm=rhythm.to_json(RHYTHM), why=Why.PUSHED))
    with open_store(load(config).settings.database) as store:
        (state,) = store.read(table.states)
        agreed = subscriptions.Subscription(
            state.id, state.feed.url, "https://hub.example/", state.feed.url, "token", "secret",
            LeaseState.ACTIVE, NOW, expires_at=NOW + 240 * HOUR,
        )  # fmt: skip
        store.write(lambda conn: subscriptions.save(conn, agreed))
    result = run(config, "show", "One")
    assert "(pushed)" in result.stdout
    assert "hub: https://hub.example/, pushes until 2026-12-03 12:00:00" in result.stdout
    assert "delay expected" not in result.stdout
    assert "secret" not in result.stdout
    (row,) = rows(run(config, "show", "One", "--json"))
    assert (row["hub_state"], row["hub_until"]) == ("active", "2026-12-03T12:00:00+00:00")


def test_show_of_a_feed_of_which_nothing_is_known(config):
    """Says so; what is not configured is a usage error."""
    assert "nothing is known of its rhythm yet" in run(config, "show", "One").stdout
    assert run(config, "show", "Two").exit_code == 2


# --- add --------------------------------------------------------------------------------------


def test_add_looks_first_and_then_writes(config, server):
    """The feed's own title names it, and the configuration is whole afterwards."""
    url = server.serve_feed("/two", feeds.rss(feeds.item(1), title='A "b" \\ ${file:/etc/passwd} \u202e'))
    result = run(config, "add", url, "--tag", "x: y", "--tag", "№", "--language", "de", "--allow-private")
    assert result.exit_code == 0, result.output
    (feed,) = added(config)
    assert feed == Feed(
        url, 'A "b" \\ ${file:/etc/passwd} \u202e', ("x: y", "№"), "de", every=None, allow_private=True
    )
    assert server.requests[-1].headers["user-agent"].endswith("(+ops@example.org)")


def test_added_feeds_go_to_the_end_of_a_file_of_their_own(config, server):
    """What a person wrote there, and every other file, stays as it is."""
    before = (config / "main.yaml").read_text()
    for path in ("/two", "/three"):
        run(config, "add", server.serve_feed(path, feeds.simple()), "--allow-private", "--name", "")
        ours = config / "feeds-added.yaml"
        ours.write_text(ours.read_text() + "  # a remark")
    assert [feed.url for feed in added(config)] == [server.url("/two"), server.url("/three")]
    assert ours.read_text().count("# a remark") == 2
    assert (config / "main.yaml").read_text() == before
    assert not list(config.glob(".*"))


def test_the_first_feed_can_be_added(tmp_path, server):
    """A configuration without feeds is not whole yet, and no reason to refuse one."""
    (tmp_path / "rules.yaml").write_text(
        "rules: {r: word}\nchannels: {c: 'console://'}\ndefaults: {channels: [c]}\n"
    )
    result = run(tmp_path, "add", server.serve_feed("/two", feeds.simple()), "--allow-private")
    assert result.exit_code == 0, result.output
    assert len(load(tmp_path).feeds) == 1


def test_a_feed_that_moved_for_good_is_added_where_it_is(config, server):
    """And one that moved to where we read already is not added twice."""
    server.serve("/old", Answer(status=301, headers={"Location": "/new"}))
    server.serve_feed("/new", feeds.simple())
    assert run(config, "add", server.url("/old"), "--allow-private").exit_code == 0
    assert [feed.url for feed in added(config)] == [server.url("/new")]
    assert run(config, "add", server.url("/old"), "--allow-private").exit_code == 1
    assert len(added(config)) == 1


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("/one", ["--allow-private"], "already configured"),
        ("/page", ["--allow-private"], "not_a_feed: this is a web page; it says that its feed is http"),
        ("/missing", ["--allow-private"], "not_found: HTTP 404"),
        ("/one?", [], "--allow-private permits it"),
    ],
)
def test_what_cannot_be_added_is_told(config, server, path, options, words):
    """Known ones, pages, dead and private addresses: exit 1, and nothing is written."""
    server.serve("/page", Answer(b"<!doctype html><link rel=alternate type=application/rss+xml href=/one>"))
    result = run(config, "add", server.url(path), *options)
    assert result.exit_code == 1
    assert words in result.stderr
    assert not (config / "feeds-added.yaml").exists()


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("www.example.org/rss", "Put https:// before it."),
        ("example.org/rss", "Put https:// before it."),
        ("htp://example.org/rss", "Is it misspelt? It begins with https:// or http://."),
        ("https:/example.org/rss", "Is it misspelt?"),
        ("feed://example.org/rss", "Write https:// instead of feed://."),
        ("feed:https://example.org/rss", "Remove `feed:`."),
        ("ftp://example.org/rss", "a feed's address begins with http:// or https://"),
    ],
)
def test_what_is_no_web_address_gets_a_hint(config, address, hint):
    """A usage error before anything is fetched, with how it was perhaps meant."""
    result = run(config, "add", address)
    assert result.exit_code == 2
    assert hint in result.stderr


def test_a_directory_that_cannot_be_written_is_told(config, server):
    """What, where and how to mend it, for one feed and for a list; nothing half written stays."""
    url = server.serve_feed("/two", feeds.simple())
    draft = config / f".feeds-added.yaml.{os.getpid()}"
    draft.mkdir()  # where the new file would be drafted; file modes do not stop root
    result = run(config, "add", url, "--allow-private")
    assert result.exit_code == 2
    assert (
        f"{config / 'feeds-added.yaml'}: cannot be written: Is a directory; nothing was added"
        in result.stderr
    )
    assert "hint: " in result.stderr
    listed = config.parent / "list.opml"
    listed.write_bytes(outline("https://a.example/rss"))
    assert run(config, "import", str(listed)).exit_code == 2


def test_a_file_that_cannot_be_added_to_stays_as_it_was(config, server):
    """The whole is read back; when it does not hold together, the old file is put back."""
    ours = config / "feeds-added.yaml"
    ours.write_text("feeds: [https://other.example/rss]\n")
    result = run(config, "add", server.serve_feed("/two", feeds.simple()), "--allow-private")
    assert result.exit_code == 2
    assert "feeds-added.yaml" in result.output
    assert ours.read_text() == "feeds: [https://other.example/rss]\n"


def test_without_a_configuration_there_is_nothing_to_add_to(tmp_path):
    """Exit 2, and how to make one."""
    result = run(tmp_path / "none", "add", "https://example.org/")
    assert result.exit_code == 2
    assert "newsmonitor init" in result.output


# --- preview ----------------------------------------------------------------------------------

KEYS = ["id", "url", "title", "author", "published", "updated", "summary", "content", "tags", "language"]


def test_preview_of_a_file_prints_articles_as_read(config):
    """One JSON object a line with the documented keys, in their order."""
    result = run(config, "preview", str(DATA / "rss20.xml"), "--json")
    found = rows(result)
    assert [list(row) for row in found] == [KEYS] * 3
    assert (found[0]["id"], found[0]["published"]) == ("example-1", "2026-11-02T09:00:00+00:00")
    assert "1 entry could not be read" in result.stderr


@pytest.fixture
def rules(config: Path) -> Path:
    """Rules that look at a preview's articles from several sides."""
    (config / "rules.yaml").write_text(
        """\
rules:
  fresh: {match: budget, max_age: 3650d}
  aged: {match: budget, max_age: 1h}
  tagged: {match: budget, feeds: {tags: [a]}}
  silent: {match: budget, channels: [], max_age: 3650d}
"""
    )
    return config


def dated_feed() -> bytes:
    date = "<pubDate>Mon, 02 Nov 2026 09:00:00 GMT</pubDate>"
    return feeds.rss("<title>The budget</title>" + date, "<title>Football</title>" + date)


def test_preview_tells_what_the_rules_would_say(rules, tmp_path):
    """Each rule that matches and reads such a feed, with the decision and its reason."""
    path = tmp_path / "f.xml"
    path.write_bytes(dated_feed())
    result = run(rules, "preview", str(path))
    first, second = result.stdout.split("\n\n")[:2]
    assert first.splitlines()[-3:] == [
        "  → fresh: alert (new_story)",
        "  → aged: no alert (too_old)",
        "  → silent: no alert (no_channel)",
    ]
    assert "→" not in second
    assert "1 of 2 articles matched by a rule" in result.stderr


def test_preview_asks_rules_that_choose_feeds_as_the_feed_is_configured(rules, server):
    """By the tags of the configuration, or by those of the option."""
    server.serve_feed("/one", dated_feed())
    other = server.serve_feed("/other", dated_feed())
    assert "→ tagged" in run(rules, "preview", server.url("/one")).stdout
    assert "→ tagged" not in run(rules, "preview", other).stdout
    assert "→ tagged" in run(rules, "preview", other, "--tag", "a").stdout
    assert "→" not in run(rules, "preview", other, "--no-rules").stdout


def test_preview_gives_decisions_as_data_when_asked(rules, tmp_path):
    """With --json only if --rules is given too: the keys of an article are a contract."""
    path = tmp_path / "f.xml"
    path.write_bytes(dated_feed())
    first, second = rows(run(rules, "preview", str(path), "--json", "--rules"))
    assert list(first) == [*KEYS, "rules"]
    assert first["rules"][0] == {
        "rule": "fresh", "alert": True, "reason": "new_story", "spans": [["title", 4, 10]],
    }  # fmt: skip
    assert second["rules"] == []


def test_preview_goes_on_without_a_configuration_that_is_broken(config, tmp_path):
    """And says so; the feed is looked at all the same."""
    (config / "broken.yaml").write_text("rules: {x: 'a AND'}\n")
    path = tmp_path / "f.xml"
    path.write_bytes(dated_feed())
    result = run(config, "preview", str(path))
    assert result.exit_code == 0
    assert "The budget" in result.stdout
    assert "the configuration has errors" in result.stderr


def test_preview_of_an_address_needs_no_permission_and_no_configuration(tmp_path, server):
    """Whoever types an address means it; links are resolved against it."""
    url = server.serve_feed("/dir/feed", feeds.rss("<title>t</title><link>../x</link>"))
    result = run(tmp_path / "none", "preview", url, "--json", "--language", "de")
    (row,) = rows(result)
    assert (row["url"], row["language"]) == (server.url("/x"), "de")


def test_preview_for_people_shows_visible_text(config):
    """Markup and controls do not reach the terminal."""
    result = run(config, "preview", str(DATA / "rss20.xml"))
    assert "Rhine & Main: water falls below 40 cm" in result.stdout
    assert "Ships carry half loads." in result.stdout
    assert "<b>" not in result.stdout


def test_preview_cannot_write_escape_sequences(config, tmp_path):
    """A title that would clear the screen is shown without its power."""
    path = tmp_path / "f.xml"
    path.write_bytes(feeds.rss("<title>a&#x9b;2Jb&amp;#27;[2Jc</title>"))
    stdout = run(config, "preview", str(path)).stdout
    assert not {"\x1b", "\x9b"} & set(stdout)


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "empty"), (b"<html>", "not_a_feed"), (b"<rss>", "broken")]
)
def test_preview_of_what_is_no_feed_exits_with_1(config, tmp_path, body, reason):
    """The reason goes to stderr, nothing to stdout."""
    path = tmp_path / "f.xml"
    path.write_bytes(body)
    result = run(config, "preview", str(path), "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f": {reason}: " in result.stderr


def test_preview_of_an_empty_feed_says_so(config, tmp_path):
    """Silence would look like a failure."""
    path = tmp_path / "f.xml"
    path.write_bytes(feeds.rss())
    result = run(config, "preview", str(path), "--json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "a feed, with no articles in it" in result.stderr


def test_preview_of_an_address_without_scheme_gets_a_hint(config):
    """`www.…` is an address that lacks its beginning, and no file."""
    result = run(config, "preview", "www.example.org/rss")
    assert result.exit_code == 2
    assert "Put https:// before it." in result.stderr


def test_preview_of_no_file_is_a_usage_error(config):
    """Exit 2."""
    assert run(config, "preview", "no-such-file").exit_code == 2


# --- check ------------------------------------------------------------------------------------


def test_check_is_fine_when_all_answer(config):
    """Exit 0 and one line a feed."""
    result = run(config, "check", "--json")
    assert result.exit_code == 0, result.output
    (row,) = rows(result)
    assert (row["name"], row["state"], row["reason"], row["articles"]) == ("One", "ok", None, 2)


def test_check_tells_which_feeds_do_not_answer(config, server):
    """Exit 1 and the reason; one that moved is told too."""
    server.serve("/moved", Answer(status=308, headers={"Location": "/one"}))
    for path in ("/gone", "/moved"):
        with (config / f"{path[1:]}.yaml").open("w") as stream:
            stream.write(f"feeds: [{{url: '{server.url(path)}', allow_private: true}}]\n")
    server.serve("/gone", Answer(status=410))
    result = run(config, "check", "--json")
    assert result.exit_code == 1
    by_url = {row["url"]: row for row in rows(result)}
    assert by_url[server.url("/gone")]["reason"] == "gone"
    assert by_url[server.url("/moved")]["detail"] == f"moved to {server.url('/one')} for good"
    assert "HTTP 410 Gone" in run(config, "check").stdout


# --- import and export ------------------------------------------------------------------------


def outline(*urls: str) -> bytes:
    inside = "".join(f'<outline text="F{n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    return f'<opml version="2.0"><body><outline text="Folder">{inside}</outline></body></opml>'.encode()


def test_import_adds_what_is_new_and_usable(config, server, tmp_path):
    """Known ones are counted, others than web addresses are left out and told."""
    path = tmp_path / "list.opml"
    path.write_bytes(
        outline("https://a.example/rss", server.url("/one"), "javascript:alert(1)", "https://b.example/")
    )
    result = run(config, "import", str(path))
    assert result.exit_code == 1
    assert "2 added" in result.stdout
    assert "1 known before, 1 left out" in result.stdout
    assert "javascript:alert(1)" in result.stderr
    assert [(feed.url, feed.name, feed.tags) for feed in added(config)] == [
        ("https://a.example/rss", "F0", ("Folder",)),
        ("https://b.example/", "F3", ("Folder",)),
    ]
    again = run(config, "import", str(path))
    assert "0 added" in again.stdout
    assert len(added(config)) == 2


def test_import_of_what_freshrss_scrapes_says_what_is_left_out(config):
    """Its feeds are taken over, pages that it reads by XPath or JSON paths are named, with what to do."""
    result = run(config, "import", str(DATA.parent / "opml" / "freshrss.opml"))
    assert result.exit_code == 1
    assert [feed.name for feed in added(config)] == ["L'Exemple", "Micro"]
    assert [feed.tags for feed in added(config)] == [("News & analysis",), ("Data",)]
    assert "2 added" in result.stdout
    assert "4 left out" in result.stdout
    assert (
        "https://council.example/news: another reader's html+xpath, which is not read here" in result.stderr
    )
    assert "see `select:`" in result.stderr
    for url in ("register.example/export.xml", "api.example/alerts", "embedded.example/"):
        assert f"left out: https://{url}:" in result.stderr


def test_import_can_look_first(config, server, tmp_path):
    """With --check only feeds that answer are added; a private address is none of a list's business."""
    path = tmp_path / "list.opml"
    path.write_bytes(outline(server.serve_feed("/two", feeds.simple())))
    result = run(config, "import", "--check", str(path))
    assert "0 added" in result.stdout
    assert result.exit_code == 1
    assert f"left out: {server.url('/two')}: refused_address: " in result.stderr
    assert not server.requests_for("/two")


@pytest.mark.parametrize("body", [b"", b"<rss/>", b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>'])
def test_import_of_what_is_no_list_is_a_usage_error(config, tmp_path, body):
    """Exit 2, with file, line and column."""
    path = tmp_path / "list.opml"
    path.write_bytes(body)
    result = run(config, "import", str(path))
    assert result.exit_code == 2
    assert "line 1, column" in result.stderr


def test_export_is_what_import_reads(config):
    """The same feeds, without what concerns only us."""
    result = run(config, "export")
    (feed,) = opml.read(result.stdout_bytes)
    assert (feed.name, feed.tags, feed.language, feed.every, feed.allow_private) == (
        "One",
        ("a", "b"),
        "en",
        None,
        False,
    )
