"""Where near-copies of a text are found, why articles were folded, and what people said of stories.

Revision: 0005, after 0004. Articles that are there already are not looked at again: of them, only
exact copies are recognised.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_article(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["article_id"], ["article.id"], name=f"fk_{table}_article_id", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "probe",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_id", _id(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("hash", "article_id", name="pk_probe"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sketch",
        sa.Column("article_id", _id(), autoincrement=False, nullable=False),
        sa.Column("probes", sa.LargeBinary(), nullable=False),
        sa.Column("lead", sa.LargeBinary(), nullable=True),
        _of_article("sketch"),
        sa.PrimaryKeyConstraint("article_id", name="pk_sketch"),
    )
    op.create_table(
        "resemblance",
        sa.Column("article_id", _id(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("nearest_id", _id(), nullable=True),
        sa.Column("score", sa.Float(53), nullable=True),
        sa.Column("rule", sa.Integer(), nullable=True),
        sa.Column("containment", sa.Float(53), nullable=True),
        sa.Column("jaccard", sa.Float(53), nullable=True),
        sa.Column("numerals", sa.Float(53), nullable=True),
        sa.Column("words", sa.Float(53), nullable=True),
        sa.Column("compared", sa.Integer(), nullable=True),
        sa.Column("gap", sa.Float(53), nullable=True),
        _of_article("resemblance"),
        sa.PrimaryKeyConstraint("article_id", name="pk_resemblance"),
    )
    op.create_table(
        "story_split",
        sa.Column("id", _id(), nullable=False),
        sa.Column("article_id", _id(), nullable=False),
        sa.Column("from_story_id", _id(), nullable=False),
        sa.Column("to_story_id", _id(), nullable=False),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=False),
        _of_article("story_split"),
        sa.PrimaryKeyConstraint("id", name="pk_story_split"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_story_split_article_id", "story_split", ["article_id"])
    op.create_table(
        "poisoned_address",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("poisoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_poisoned_address"),
        sqlite_with_rowid=False,
    )
    op.add_column("alert", sa.Column("changes", sa.Text(), nullable=True))
