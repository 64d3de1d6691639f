"""Events of feeds, and what is remembered of each feed's habits.

Revision: 0003, after 0002. Feeds that are there already have no habits yet: they come with the polls.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_happened_at", "event", ["happened_at"])
    op.create_index("ix_event_subject_id", "event", ["subject", "id"])
    op.create_table(
        "habits",
        sa.Column("feed_id", ID, autoincrement=False, nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=True),
        sa.Column("pull", sa.Float(53), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("hints", sa.Text(), nullable=False),
        sa.Column("soft_hash", sa.Text(), nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("silent_since", INSTANT, nullable=True),
        sa.Column("gone_at", INSTANT, nullable=True),
        sa.Column("probed_at", INSTANT, nullable=True),
        sa.Column("distrusted_at", INSTANT, nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("moving_to", sa.Text(), nullable=True),
        sa.Column("moving_since", INSTANT, nullable=True),
        sa.Column("moving_seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_habits_feed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_habits"),
    )
    op.create_index("ix_habits_planned_at", "habits", ["planned_at"])
