"""When and how alerts are told: digests, quiet hours, storms, silences, escalation, conditions.

Revision: 0006, after 0005. Alerts and deliveries that are there already are as they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite builds the table anew, as it would have been made with these columns from the beginning.
WHOLE = {"table_kwargs": {"sqlite_autoincrement": True}}


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    with op.batch_alter_table("alert", recreate=_recreate(), **WHOLE) as batch:
        batch.add_column(sa.Column("collect_until", instant, nullable=True))
        batch.add_column(sa.Column("acknowledged_at", instant, nullable=True))
        batch.add_column(sa.Column("acknowledged_by", sa.Text(), nullable=True))
    _extend_deliveries(instant)
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "silence",
        sa.Column("id", id_, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("until_at", instant, nullable=False),
        sa.Column("expired_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_silence_until_at", "silence", ["until_at"])
    op.create_table(
        "slot",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slot_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_slot"),
    )
    op.create_table(
        "condition",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("since_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_condition"),
    )


def _recreate() -> str:
    """Columns that are merely added would stand behind the constraints."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def _extend_deliveries(instant: sa.DateTime) -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("delivery", **WHOLE) as batch:
        batch.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("held_until", instant, nullable=True))
        batch.add_column(sa.Column("bundle", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("part_of", id_, nullable=True))
        batch.add_column(sa.Column("escalates", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key("fk_delivery_part_of", "delivery", ["part_of"], ["id"], ondelete="SET NULL")
    with op.batch_alter_table("delivery", **WHOLE) as batch:
        for name in ("urgent", "bundle", "escalates"):
            batch.alter_column(name, server_default=None)
    for name, columns, where in (
        ("ix_delivery_waiting", ["channel", "due_at"], "state = 'waiting' AND part_of IS NULL"),
        ("ix_delivery_part_of", ["part_of"], "part_of IS NOT NULL"),
    ):
        op.create_index(
            name, "delivery", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_index("ix_delivery_channel_created_at", "delivery", ["channel", "created_at"])
