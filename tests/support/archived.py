"""An archive to look into: a configuration on disk, and articles stored as a poll would store them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from monitor import dedup
from monitor.cli import cli
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, Feed
from monitor.store import Store, additions, articles, feeds

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FEED = Feed("https://world.example/rss.xml", "World", tags=("agency",))
OTHER = Feed("https://second.example/rss.xml", "Second")

RULES = """\
rules:
  Russia in Venezuela:
    match: Venezuela AND Russia*
  Agencies only: {match: oil, feeds: {tags: [agency]}, language: [en]}
  Health:
    score: {threshold: 30, terms: {"cholera*": 20, outbreak: 15, vaccine: -20}}
"""


def write_config(directory: Path, url: str, rules: str = RULES) -> Path:
    """A whole configuration around some rules."""
    config = directory / "config"
    config.mkdir()
    (config / "all.yaml").write_text(
        f"settings: {{database: '{url}'}}\n"
        f"feeds:\n  - {{url: '{FEED.url}', name: World, tags: [agency]}}\n"
        f"  - {{url: '{OTHER.url}', name: Second}}\n"
        "channels: {screen: console://}\n"
        "defaults: {channels: [screen]}\n" + rules
    )
    return config


def run(config: Path, *arguments: str, stdin: str | None = None) -> Result:
    """`newsmonitor …` with this configuration; fails on anything but a clean exit."""
    result = CliRunner().invoke(cli, ["--config", str(config), *arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def keep(
    store: Store,
    article: Article,
    *,
    feed: Feed = FEED,
    now: datetime = NOW,
    kind: ArticleKind | None = None,
) -> ArticleRef:
    """Store an article seen at `now`, folded into stories by the live deduplication."""

    def write(conn: Any) -> ArticleRef:
        state = next(s for s in feeds.states(conn) if s.feed.url == feed.url)
        keys = dedup.keys(article)
        known = articles.find(conn, state.id, [keys], since=now - dedup.TITLE_WINDOW)
        verdict = dedup.identify(keys, feed_id=state.id, now=now, known=known)
        if verdict.kind is ArticleKind.UPDATE and verdict.of:
            return articles.update(conn, verdict.of, article=article, keys=keys, now=now)
        return additions.insert(
            conn,
            feed_id=state.id,
            article=article,
            keys=keys,
            kind=kind or verdict.kind,
            of=verdict.of.id if verdict.of else None,
            story_id=verdict.of.story_id if verdict.of else None,
            now=now,
        )

    return store.write(write)


def keep_new(store: Store, found: list[tuple[Article, datetime]]) -> None:
    """Store many articles of the first feed at once, each as new and in a story of its own."""

    def write(conn: Any) -> None:
        state = next(s for s in feeds.states(conn) if s.feed.url == FEED.url)
        for article, now in found:
            additions.insert(
                conn,
                feed_id=state.id,
                article=article,
                keys=dedup.keys(article),
                kind=ArticleKind.NEW,
                of=None,
                story_id=None,
                now=now,
            )

    store.write(write)


def open_feeds(store: Store, *, polled_at: datetime | None = NOW - timedelta(days=60)) -> None:
    """Configure the two feeds, first polled long ago."""
    store.write(lambda conn: feeds.sync(conn, [FEED, OTHER], now=NOW - timedelta(days=90)))
    if polled_at is not None:
        from monitor.store.tables import feed

        store.write(lambda conn: conn.execute(feed.update().values(first_polled_at=polled_at)))


def texts(store: Store, ids: list[ArticleId]) -> list[str]:
    """The titles of articles."""
    return [stored.article.title for stored in store.read(lambda conn: articles.get_many(conn, ids))]
