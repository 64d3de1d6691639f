"""The first schema.

Revision: 0001, after none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What the types meant when this was written; the program's own may change later.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _feeds()
    _articles()
    _alerts()
    _deliveries()


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _partial(
    name: str, table: str, columns: list[str], where: str, *, sqlite: str = "", unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(sqlite or where),
        postgresql_where=sa.text(where),
    )


def _feeds() -> None:
    op.create_table(
        "feed",
        sa.Column("id", ID, nullable=False),
        *_texts("url", "host", "name", "tags", "language"),
        sa.Column("every", sa.Float(53)),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("next_poll_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT),
        *_texts("title"),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("wire_hash", sa.Text()),
        sa.Column("first_polled_at", INSTANT),
        sa.Column("last_polled_at", INSTANT),
        sa.Column("last_success_at", INSTANT),
        sa.Column("reason", sa.Text()),
        *_texts("detail"),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("items_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
        sa.UniqueConstraint("url", name="uq_feed_url"),
        sqlite_autoincrement=True,
    )
    _partial("ix_feed_due", "feed", ["due_at", "host", "id", "active"], "active", sqlite="active = 1")
    _partial("ix_feed_leased", "feed", ["host", "due_at"], "owner IS NOT NULL")
    op.create_index("ix_feed_owner", "feed", ["owner"])
    op.create_table(
        "heartbeat",
        *_texts("name"),
        sa.Column("beat_at", INSTANT, nullable=False),
        *_texts("facts"),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )


def _articles() -> None:
    op.create_table(
        "story",
        sa.Column("id", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("latest_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        *_texts("guid", "external_id", "url", "title", "summary", "content"),
        *_texts("source", "author", "language", "tags"),
        sa.Column("published_at", INSTANT),
        sa.Column("updated_at", INSTANT),
        *_texts("content_hash", "body_hash", "title_hash", "kind"),
        sa.Column("of_id", ID),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_article_feed_id"),
        sa.ForeignKeyConstraint(["of_id"], ["article.id"], name="fk_article_of_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name="fk_article_story_id"),
        sqlite_autoincrement=True,
    )
    _partial("ix_article_guid", "article", ["feed_id", "guid"], "guid <> ''", unique=True)
    _partial("ix_article_body_hash", "article", ["body_hash", "seen_at"], "body_hash <> ''")
    _partial("ix_article_title_hash", "article", ["title_hash", "seen_at"], "title_hash <> ''")
    _partial("ix_article_of_id", "article", ["of_id"], "of_id IS NOT NULL")
    op.create_index("ix_article_story_id", "article", ["story_id"])
    op.create_index("ix_article_seen_at", "article", ["seen_at"])
    op.create_table(
        "url_alias",
        *_texts("key"),
        sa.Column("article_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("key", "article_id", name="pk_url_alias"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_url_alias_article_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_url_alias_article_id", "url_alias", ["article_id"])


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", ID, nullable=False),
        *_texts("unique_key", "rule", "kind", "priority"),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("story_id", ID),
        sa.Column("article_id", ID),
        sa.Column("article", sa.Text()),
        *_texts("spans", "query"),
        sa.Column("reason", sa.Text()),
        *_texts("notes", "headline", "detail"),
        sa.Column("first_of_thread", sa.Boolean(), nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.Column("outlets", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("unique_key", name="uq_alert_unique_key"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name="fk_alert_story_id"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_alert_article_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_story_id_rule", "alert", ["story_id", "rule"])
    op.create_index("ix_alert_rule_decided_at", "alert", ["rule", "decided_at"])
    op.create_index("ix_alert_decided_at", "alert", ["decided_at"])
    op.create_index("ix_alert_article_id", "alert", ["article_id"])
    op.create_table(
        "match",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        *_texts("rule", "spans"),
        sa.Column("score", sa.Float(53)),
        *_texts("notes", "decision"),
        sa.Column("reason", sa.Text()),
        sa.Column("alert_id", ID),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_match_article_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_match_alert_id", ondelete="SET NULL"),
    )
    op.create_index("ix_match_article_id", "match", ["article_id"])
    op.create_index("ix_match_rule_decided_at", "match", ["rule", "decided_at"])
    _partial("ix_match_alert_id", "match", ["alert_id"], "alert_id IS NOT NULL")


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("alert_id", ID, nullable=False),
        *_texts("channel", "recipient", "key", "state"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        *_texts("detail"),
        sa.Column("sent_at", INSTANT),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", INSTANT),
        sa.Column("claimed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_delivery_alert_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    _partial("ix_delivery_due", "delivery", ["channel", "due_at", "id"], "state = 'pending'")
    _partial("ix_delivery_leased", "delivery", ["lease_until", "channel"], "state = 'sending'")
    op.create_index("ix_delivery_state_created_at", "delivery", ["state", "created_at"])
    op.create_index("ix_delivery_created_at", "delivery", ["created_at"])
    op.create_index("ix_delivery_alert_id", "delivery", ["alert_id"])
    op.create_table(
        "attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        *_texts("owner"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        *_texts("state"),
        sa.Column("reason", sa.Text()),
        *_texts("detail"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_attempt_delivery_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"])
