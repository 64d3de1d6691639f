"""The tables, as the newest migration leaves them; a test keeps this module and the migrations equal.

Names are the vocabulary's. Some carry more than their name says:
- `feed.due_at`: when the feed may next be claimed. Normally the later of `next_poll_at` and
  `not_before`; while a lease runs, the lease's end. So "who is due" is one index range, and a lease
  that expires needs no sweeper.
- `article_words` is the full-text index: on SQLite a virtual table, whose row ids are the articles'.
- `alert.article`: the article as it was told. A later edit of the article must not move the words
  that the spans point at.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from monitor.errors import DecisionReason, PollReason
from monitor.model import AlertKind, ArticleKind, EventKind, Priority, Why
from monitor.schedule.leases import LeaseState
from monitor.store.basis import id_column as _id
from monitor.store.basis import key_column as _key
from monitor.store.basis import metadata
from monitor.store.basis import partial_index as _partial
from monitor.store.outboxtables import attempt, condition, delivery, silence, slot
from monitor.store.storytables import (
    poisoned_address,
    probe,
    resemblance,
    sketch,
    story,
    story_merge,
    story_split,
)
from monitor.store.types import Characters, Instant, Json, Seconds, Word

__all__ = [
    "HEAD",
    "REVISIONS",
    "alert",
    "article",
    "article_words",
    "attempt",
    "condition",
    "delivery",
    "event",
    "feed",
    "habits",
    "heartbeat",
    "is_compared",
    "is_compared_name",
    "match",
    "metadata",
    "poisoned_address",
    "probe",
    "resemblance",
    "silence",
    "sketch",
    "slot",
    "story",
    "story_merge",
    "story_split",
    "url_alias",
]  # fmt: skip

# Every schema revision this version knows, oldest first. Opening an up-to-date database compares
# with the last one and never imports the migrations.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
HEAD = REVISIONS[-1]

feed = Table(
    "feed",
    metadata,
    _key(),
    Column("url", Characters, nullable=False, unique=True),
    Column("host", Characters, nullable=False),
    Column("name", Characters, nullable=False),
    Column("tags", Json, nullable=False),
    Column("language", Characters, nullable=False),
    Column("every", Seconds),
    Column("allow_private", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),  # False: no longer configured, state kept
    Column("added_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("owner", Characters),  # who polls it now
    Column("next_poll_at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("title", Characters, nullable=False),
    Column("etag", Characters),
    Column("last_modified", Characters),
    Column("wire_hash", Characters),
    Column("first_polled_at", Instant),
    Column("last_polled_at", Instant),
    Column("last_success_at", Instant),
    Column("reason", Word(PollReason, lenient=True)),
    Column("detail", Characters, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("items_seen", BigInteger, nullable=False),
    Column("reading", Json),  # its source, options and full text; NULL: an ordinary feed
    # All that the search for due feeds looks at, so that stepping over a busy host reads no table rows.
    _partial("ix_feed_due", "due_at", "host", "id", "active", where="active", sqlite="active = 1"),
    _partial("ix_feed_leased", "host", "due_at", where="owner IS NOT NULL"),
    Index("ix_feed_owner", "owner"),
    sqlite_autoincrement=True,
)

# What polling learns of a feed beyond the last answer; apart, so that the search for due feeds stays light.
habits = Table(
    "habits",
    metadata,
    Column(
        "feed_id", _id(), ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("rhythm", Json),
    Column("pull", Float(53), nullable=False),  # the feed's part of the budget, before division
    Column("planned_at", Instant),
    Column("why", Word(Why, lenient=True)),
    Column("hints", Json, nullable=False),
    Column("soft_hash", Characters),
    Column("failing_since", Instant),
    Column("silent_since", Instant),
    Column("gone_at", Instant),
    Column("probed_at", Instant),
    Column("distrusted_at", Instant),
    Column("address", Characters),  # where it has moved to for good
    Column("moving_to", Characters),
    Column("moving_since", Instant),
    Column("moving_seen", Integer, nullable=False),
    Index("ix_habits_planned_at", "planned_at"),
)

event = Table(
    "event",
    metadata,
    _key(),
    Column("kind", Word(EventKind), nullable=False),
    Column("subject", Characters, nullable=False),  # a feed's address, as configured
    Column("happened_at", Instant, nullable=False),
    Column("detail", Characters, nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_event_happened_at", "happened_at"),
    Index("ix_event_subject_id", "subject", "id"),
    sqlite_autoincrement=True,
)

article = Table(
    "article",
    metadata,
    _key(),
    Column("feed_id", _id(), ForeignKey("feed.id"), nullable=False),
    Column("guid", Characters, nullable=False),  # "" when the feed gives none
    Column("external_id", Characters, nullable=False),
    Column("url", Characters, nullable=False),
    Column("title", Characters, nullable=False),
    Column("summary", Characters, nullable=False),
    Column("content", Characters, nullable=False),
    Column("source", Characters, nullable=False),
    Column("author", Characters, nullable=False),
    Column("language", Characters, nullable=False),
    Column("tags", Json, nullable=False),
    Column("published_at", Instant),
    Column("updated_at", Instant),
    Column("content_hash", Characters, nullable=False),
    Column("body_hash", Characters, nullable=False),
    Column("title_hash", Characters, nullable=False),
    Column("kind", Word(ArticleKind), nullable=False),
    Column("of_id", _id(), ForeignKey("article.id", ondelete="SET NULL")),
    Column("story_id", _id(), ForeignKey("story.id"), nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _partial("ix_article_guid", "feed_id", "guid", where="guid <> ''", unique=True),
    _partial("ix_article_body_hash", "body_hash", "seen_at", where="body_hash <> ''"),
    _partial("ix_article_title_hash", "title_hash", "seen_at", where="title_hash <> ''"),
    Index("ix_article_story_id", "story_id"),
    Index("ix_article_seen_at", "seen_at"),
    _partial("ix_article_of_id", "of_id", where="of_id IS NOT NULL"),
    sqlite_autoincrement=True,
)

# One address may lead to several articles: the item of one feed, and its copies in others.
url_alias = Table(
    "url_alias",
    metadata,
    Column("key", Characters, primary_key=True),
    Column("article_id", _id(), ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_url_alias_article_id", "article_id"),
    sqlite_with_rowid=False,
)

# What is agreed with the hub of a feed that is pushed.
subscription = Table(
    "subscription",
    metadata,
    Column(
        "feed_id", _id(), ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("hub", Characters, nullable=False),
    Column("topic", Characters, nullable=False),
    Column("token", Characters, nullable=False, unique=True),
    Column("secret", Characters, nullable=False),
    Column("state", Word(LeaseState), nullable=False),
    Column("act_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("detail", Characters, nullable=False),
    Column("verified_at", Instant),
    Index("ix_subscription_act_at", "act_at"),
)

# The texts of articles' own pages, and which could not be had.
page = Table(
    "page",
    metadata,
    Column("key", Characters, primary_key=True),  # the article's canonical address
    Column("said", Characters, nullable=False),  # hash of what the feed said of it then
    Column("fetched_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Word(PollReason, lenient=True)),
    Column("detail", Characters, nullable=False),
    Column("content", Characters, nullable=False),
    Column("url", Characters, nullable=False),
    Column("declared", Json, nullable=False),
    Column("language", Characters, nullable=False),
    Index("ix_page_fetched_at", "fetched_at"),
)

article_words = Table(
    "article_words",
    metadata,
    Column("article_id", _id(), ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("words", TSVECTOR().with_variant(Characters(), "sqlite"), nullable=False),
    Index("ix_article_words_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
)


@compiles(CreateTable, "sqlite")
def _create_table(element: CreateTable, compiler: Any, **options: Any) -> str:
    if element.element is article_words:
        return (
            "CREATE VIRTUAL TABLE article_words USING fts5("
            "words, content='', detail=none, columnsize=0, tokenize='ascii')"
        )
    created: str = compiler.visit_create_table(element, **options)
    return created


def is_compared_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether Alembic can compare a table of a database: the tables inside an FTS5 index it cannot."""
    return not (kind == "table" and name is not None and name.startswith(article_words.name))


def is_compared(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """The same for the tables here; the two schemas' own tests compare what is left out."""
    return is_compared_name(name, kind, None)


alert = Table(
    "alert",
    metadata,
    _key(),
    Column("unique_key", Characters, nullable=False, unique=True),
    Column("rule", Characters, nullable=False),
    Column("kind", Word(AlertKind), nullable=False),
    Column("priority", Word(Priority), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("story_id", _id(), ForeignKey("story.id")),
    Column("thread_id", _id()),  # the story that its thread began with, where that was taken into another
    Column("article_id", _id(), ForeignKey("article.id", ondelete="SET NULL")),
    Column("article", Json),
    Column("spans", Json, nullable=False),
    Column("query", Characters, nullable=False),
    Column("reason", Word(DecisionReason, lenient=True)),
    Column("notes", Json, nullable=False),
    Column("headline", Characters, nullable=False),
    Column("detail", Characters, nullable=False),
    Column("first_of_thread", Boolean, nullable=False),
    Column("seen_at", Instant),
    Column("outlets", Integer, nullable=False),
    Column("changes", Json),  # of an update: what is different from what was told before
    Column("collect_until", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Characters),
    Index("ix_alert_story_id_rule", "story_id", "rule"),
    Index("ix_alert_rule_decided_at", "rule", "decided_at"),
    Index("ix_alert_decided_at", "decided_at"),
    Index("ix_alert_article_id", "article_id"),
    sqlite_autoincrement=True,
)

match = Table(
    "match",
    metadata,
    _key(),
    Column("article_id", _id(), ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Characters, nullable=False),
    Column("spans", Json, nullable=False),
    Column("score", Float(53)),
    Column("notes", Json, nullable=False),
    Column("decision", Characters, nullable=False),  # "alert", "suppress" or "hold"
    Column("reason", Word(DecisionReason, lenient=True)),
    Column("alert_id", _id(), ForeignKey("alert.id", ondelete="SET NULL")),
    Column("decided_at", Instant, nullable=False),
    Index("ix_match_article_id", "article_id"),
    Index("ix_match_rule_decided_at", "rule", "decided_at"),
    _partial("ix_match_alert_id", "alert_id", where="alert_id IS NOT NULL"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Characters, primary_key=True),
    Column("beat_at", Instant, nullable=False),
    Column("facts", Json, nullable=False),
)
