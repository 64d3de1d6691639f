"""The tables of stories, and of what near-copies and stories are recognised by; part of `tables`."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, Table

from monitor.store.basis import id_column as _id
from monitor.store.basis import key_column as _key
from monitor.store.basis import metadata
from monitor.store.basis import partial_index as _partial
from monitor.store.types import Characters, Instant, Seconds

story = Table(
    "story",
    metadata,
    _key(),
    Column("started_at", Instant, nullable=False),
    Column("latest_at", Instant, nullable=False),
    Column("into_id", _id()),  # the story that has taken this one in; never one that was taken in itself
    _partial("ix_story_into_id", "into_id", where="into_id IS NOT NULL"),
    sqlite_autoincrement=True,
)

# Under which hashes of its text an article is found by its near-copies. No foreign key and no second
# index, which would double its size: `sketch` remembers the hashes, and they are removed by them.
probe = Table(
    "probe",
    metadata,
    Column("hash", Integer, primary_key=True, autoincrement=False),
    Column("article_id", _id(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What recognising near-copies and stories needs of an article for some days: the hashes above, and
# the terms of its headline and first sentences.
sketch = Table(
    "sketch",
    metadata,
    Column(
        "article_id",
        _id(),
        ForeignKey("article.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("probes", LargeBinary, nullable=False),
    Column("lead", LargeBinary),  # None: it is no member of a story that others may join
)

# Why an article was taken for what it is: by which key, or how alike it was to which earlier one.
resemblance = Table(
    "resemblance",
    metadata,
    Column(
        "article_id",
        _id(),
        ForeignKey("article.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("by", Characters, nullable=False),
    Column("nearest_id", _id()),  # the article most like it, in the story that it joined
    Column("score", Float(53)),
    Column("rule", Integer),
    Column("containment", Float(53)),
    Column("jaccard", Float(53)),
    Column("numerals", Float(53)),
    Column("words", Float(53)),
    Column("compared", Integer),
    Column("gap", Seconds),
)

# Articles that a person took out of a story: they and what follows them never go back.
story_split = Table(
    "story_split",
    metadata,
    _key(),
    Column("article_id", _id(), ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    Column("from_story_id", _id(), nullable=False),
    Column("to_story_id", _id(), nullable=False),
    Column("split_at", Instant, nullable=False),
    Index("ix_story_split_article_id", "article_id"),
    sqlite_autoincrement=True,
)

# Stories that were found to be one after all: the later is taken into the earlier.
story_merge = Table(
    "story_merge",
    metadata,
    _key(),
    Column("kept_id", _id(), nullable=False),
    Column("absorbed_id", _id(), nullable=False),
    Column("article_id", _id(), nullable=False),  # the one that showed it; it may be gone
    Column("likeness", Float(53), nullable=False),
    Column("merged_at", Instant, nullable=False),
    Index("ix_story_merge_kept_id", "kept_id"),
    sqlite_autoincrement=True,
)

# Addresses under which several different articles appeared: they identify none.
poisoned_address = Table(
    "poisoned_address",
    metadata,
    Column("key", Characters, primary_key=True),
    Column("poisoned_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
