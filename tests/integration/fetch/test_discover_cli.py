"""`newsmonitor feeds discover` against real sites on the loopback."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load
from tests.support import feeds
from tests.support.feedserver import Answer, FeedServer

HTML = "text/html; charset=utf-8"


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path) -> Path:
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "main.yaml").write_text(
        "settings: {poll: {host_gap: 0s, deadline: 5s}, time_zone: Europe/Vienna}\n"
        "rules: {r: word}\nchannels: {c: 'console://'}\ndefaults: {channels: [c]}\n"
    )
    return directory


def run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["--config", str(config), "feeds", "discover", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def site(server: FeedServer) -> str:
    """A site with two feeds, one of them at two addresses, a feed of comments and a sitemap."""
    date = "<pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate>"
    news = feeds.rss(f"<title>One</title>{date}", "<title>Two</title>", title="All the news")
    server.serve_feed("/news.rss", news)
    server.serve_feed("/rss/same", news)
    server.serve_feed("/comments/feed", feeds.rss("<title>Re: One</title>", title="Comments"))
    server.serve(
        "/feed.json", Answer(b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []}')
    )
    server.serve("/robots.txt", Answer(f"Sitemap: {server.url('/s.xml')}".encode()))
    server.serve("/s.xml", Answer(b"<urlset><url><loc>/a</loc></url></urlset>"))
    links = "".join(
        f"<link rel=alternate type=application/rss+xml href={path}>"
        for path in ("/news.rss", "/dead.rss", "/comments/feed", "/feed.json")
    )
    page = f"<!doctype html>{links}<a href=/rss/same>RSS</a><a href=/rss/about>What is RSS?</a>"
    server.serve("/rss/about", Answer(b"<html>It is...", content_type=HTML))
    return server.serve("/start", Answer(page.encode(), content_type=HTML))


def test_what_a_site_has_is_found_and_read(config, server):
    """With titles, counts and what led there; dead links, pages and second addresses are left out."""
    result = run(config, site(server), "--allow-private", "--json")
    assert result.exit_code == 0
    shown = [(row["kind"], row["articles"], row["title"], row["url"], row["found"]) for row in rows(result)]
    assert shown == [
        ("feed", 2, "All the news", server.url("/news.rss"), "declared by the page"),
        ("feed", 1, "Comments", server.url("/comments/feed"), "declared by the page"),
        ("json feed", 0, "J", server.url("/feed.json"), "declared by the page"),
        ("sitemap", 1, "", server.url("/s.xml"), "named by robots.txt"),
    ]
    assert rows(result)[0]["latest"] == "2026-11-23T09:00:00+00:00"
    assert not server.requests_for("/rss.xml")  # no guessing where a site says what it has


def test_a_table_is_for_people(config, server):
    """On the reader's own clock."""
    shown = run(config, site(server), "--allow-private").stdout
    assert shown.splitlines()[0].split() == ["KIND", "ARTICLES", "LATEST", "TITLE", "URL", "FOUND"]
    assert "2026-11-23 10:00:00  All the news" in shown


def test_the_usual_addresses_are_tried_where_a_site_says_nothing(config, server):
    """Of feeds and of sitemaps."""
    server.serve("/", Answer(b"<html>Welcome", content_type=HTML))
    server.serve_feed("/feed.xml", feeds.simple())
    server.serve("/news-sitemap.xml", Answer(b"<urlset><url><loc>/a</loc></url></urlset>"))
    found = rows(run(config, server.url("/"), "--allow-private", "--json"))
    assert [(row["kind"], row["found"]) for row in found] == [
        ("feed", "a usual address"),
        ("sitemap", "a usual address"),
    ]


def test_a_feed_is_its_own_discovery(config, server):
    """One request, and no search."""
    url = server.serve_feed("/x", feeds.simple())
    assert [row["url"] for row in rows(run(config, url, "--allow-private", "--json"))] == [url]
    assert len(server.requests) == 1


def test_nothing_found_is_told(config, server):
    """Exit 1, and what can be done."""
    server.serve("/", Answer(b"<html>Welcome", content_type=HTML))
    result = run(config, server.url("/"), "--allow-private")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no feed or sitemap found; `select:` reads pages without one" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [([], "refused_address: "), (["--allow-private"], "not_found: HTTP 404")],
)
def test_a_site_that_cannot_be_had_is_told(config, server, options, words):
    """With the reason, and how to permit a private one."""
    result = run(config, server.url("/"), *options)
    assert result.exit_code == 1
    assert words in result.stderr
    assert options or "--allow-private permits it" in result.stderr


def test_a_page_cannot_lead_into_the_private_network(config, server):
    """Only the host that was named may be private; others on it are not even asked."""
    with FeedServer("127.0.0.2") as other:
        other.serve_feed("/feed", feeds.simple())
        page = f"<link rel=alternate type=application/rss+xml href={other.url('/feed')}>"
        server.serve("/", Answer(page.encode(), content_type=HTML))
        assert run(config, server.url("/"), "--allow-private").exit_code == 1
        assert other.requests == []


def test_what_was_found_can_be_added(config, server):
    """The feeds, with names and tags, each once; no comments, and sitemaps only where there is no feed."""
    url = site(server)
    result = run(config, url, "--allow-private", "--add", "--tag", "found")
    assert "2 added" in result.stderr
    added = [(feed.url, feed.name, feed.tags, feed.allow_private) for feed in load(config).feeds]
    assert added == [
        (server.url("/news.rss"), "All the news", ("found",), True),
        (server.url("/feed.json"), "J", ("found",), True),
    ]
    assert "0 added" in run(config, url, "--allow-private", "--add").stderr
