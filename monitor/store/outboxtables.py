"""The tables of what is told, when and when not; part of `tables`, through which all others use them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from monitor.errors import DeliveryReason
from monitor.model import DeliveryState
from monitor.store.basis import id_column as _id
from monitor.store.basis import key_column as _key
from monitor.store.basis import metadata
from monitor.store.basis import partial_index as _partial
from monitor.store.types import Characters, Instant, Word

delivery = Table(
    "delivery",
    metadata,
    _key(),
    Column("alert_id", _id(), ForeignKey("alert.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Characters, nullable=False),
    Column("recipient", Characters, nullable=False),
    Column("key", Characters, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("maybe_sent", Boolean, nullable=False),
    Column("reason", Word(DeliveryReason, lenient=True)),
    Column("detail", Characters, nullable=False),
    Column("sent_at", Instant),
    Column("owner", Characters),
    Column("lease_until", Instant),
    Column("claimed_at", Instant),
    Column("urgent", Boolean, nullable=False),
    Column("held_until", Instant),
    Column("bundle", Characters, nullable=False),
    Column("part_of", _id(), ForeignKey("delivery.id", ondelete="SET NULL")),
    Column("escalates", Boolean, nullable=False),
    UniqueConstraint("key"),
    _partial("ix_delivery_due", "channel", "due_at", "id", where="state = 'pending'"),
    _partial("ix_delivery_leased", "lease_until", "channel", where="state = 'sending'"),
    _partial("ix_delivery_waiting", "channel", "due_at", where="state = 'waiting' AND part_of IS NULL"),
    _partial("ix_delivery_part_of", "part_of", where="part_of IS NOT NULL"),
    Index("ix_delivery_channel_created_at", "channel", "created_at"),
    Index("ix_delivery_state_created_at", "state", "created_at"),
    Index("ix_delivery_created_at", "created_at"),
    Index("ix_delivery_alert_id", "alert_id"),
    sqlite_autoincrement=True,
)

attempt = Table(
    "attempt",
    metadata,
    _key(),
    Column("delivery_id", _id(), ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("owner", Characters, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),  # what the delivery became
    Column("reason", Word(DeliveryReason, lenient=True)),
    Column("detail", Characters, nullable=False),
    Index("ix_attempt_delivery_id", "delivery_id"),
)

silence = Table(
    "silence",
    metadata,
    _key(),
    Column("rule", Characters, nullable=False),
    Column("query", Characters, nullable=False),
    Column("reason", Characters, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Column("expired_at", Instant),
    Index("ix_silence_until_at", "until_at"),
    sqlite_autoincrement=True,
)

# What is told at certain times, and the last of these times that it was told at.
slot = Table(
    "slot",
    metadata,
    Column("channel", Characters, primary_key=True),
    Column("name", Characters, primary_key=True),
    Column("slot_at", Instant, nullable=False),
)

# What is wrong at present with feeds, rules, channels and the storage, each told once.
condition = Table(
    "condition",
    metadata,
    Column("key", Characters, primary_key=True),
    Column("kind", Characters, nullable=False),
    Column("headline", Characters, nullable=False),
    Column("since_at", Instant, nullable=False),
)
