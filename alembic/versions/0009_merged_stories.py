"""Stories that are taken into others.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("story", sa.Column("into_id", ID, nullable=True))
    op.create_index(
        "ix_story_into_id",
        "story",
        ["into_id"],
        sqlite_where=sa.text("into_id IS NOT NULL"),
        postgresql_where=sa.text("into_id IS NOT NULL"),
    )
    op.add_column("alert", sa.Column("thread_id", ID, nullable=True))
    op.create_table(
        "story_merge",
        sa.Column("id", ID, nullable=False),
        sa.Column("kept_id", ID, nullable=False),
        sa.Column("absorbed_id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("likeness", sa.Float(53), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_story_merge"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_story_merge_kept_id", "story_merge", ["kept_id"])
