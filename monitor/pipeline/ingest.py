"""From a leased feed to the outbox: fetch, parse, identify, match, and one commit of all that follows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from monitor import dedup
from monitor.config import Config
from monitor.dedup import exact
from monitor.errors import PollReason
from monitor.fetch import completion
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Failed, FetchRequest, Fresh, Unchanged
from monitor.fetch.workers import ParserPool
from monitor.model import (
    Article,
    ArticleId,
    ArticleKind,
    ArticleRef,
    Document,
    Feed,
    FeedState,
    Keys,
    Match,
    Rule,
    Verdict,
)
from monitor.pipeline import notice
from monitor.pipeline.notice import Notice
from monitor.pipeline.tell import Arrival, Decided, Teller
from monitor.schedule import due
from monitor.store import Store, articles, feeds
from monitor.telemetry import faults, logs

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll brought. `reason` None means that the feed answered."""

    feed: str
    reason: PollReason | None = None
    detail: str = ""
    next_poll_at: datetime | None = None
    unchanged: bool = False
    kept: bool = True  # False: the feed was removed, or its lease lost, while it was polled
    entries: int = 0
    skipped: int = 0
    new: int = 0
    updated: int = 0
    copies: int = 0
    decisions: tuple[Decided, ...] = ()  # one for each match

    @property
    def outcome(self) -> str:
        """In a word: dropped, failed, unchanged or read."""
        if not self.kept:
            return "dropped"
        if self.reason is not None:
            return "failed"
        return "unchanged" if self.unchanged else "read"

    @property
    def alerts(self) -> int:
        """How many alerts came of it."""
        return sum(decision.alert is not None for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class Item:
    """An article of the poll at hand, with its keys and the matches found before the transaction."""

    article: Article
    keys: Keys
    matches: tuple[Match, ...] = ()


class LeaseLost(Exception):
    """Undoes the commit of a poll whose feed is no longer ours."""


@dataclass(slots=True)
class Ingest:
    """The stages with all they need from outside. `config` and `recipients` are replaced by a reload."""

    store: Store
    fetcher: Fetcher
    parser: ParserPool
    config: Config
    recipients: Mapping[str, Sequence[str]]  # channel → its recipients
    owner: str
    installation: str
    now: Callable[[], datetime]
    random: Callable[[], float]
    # One thread: a rule set is not for several at once, and matching is pure computing anyway.
    matcher: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "matcher"))

    async def poll(self, state: FeedState) -> PollReport:
        """Poll one leased feed; commit all that follows from it, or nothing. Releases the lease."""
        faults.point("leased")
        fetched = await self.fetcher.fetch(
            FetchRequest(state.feed.url, state.etag, state.last_modified, state.feed.allow_private)
        )
        faults.point("fetched")
        if isinstance(fetched, Failed):
            return await self.fail(state, fetched)
        read = await self._read(state, fetched)
        faults.point("parsed")
        if isinstance(read, Failed):
            return await self.fail(state, read)
        return await self._keep(state, fetched, read)

    async def _read(self, state: FeedState, fetched: Fresh | Unchanged) -> Document | Failed:
        """The document; an empty one when it is known to be unchanged."""
        if isinstance(fetched, Unchanged) or fetched.wire_hash == state.wire_hash:
            return Document(title=state.title)
        read = await self._parse(state.feed, fetched)
        if isinstance(read, Document) and read.further:
            read = await completion.complete(
                read, state.feed, fetcher=self.fetcher, read=partial(self._parse, state.feed)
            )
        return _named(read, state.feed.name) if isinstance(read, Document) else read

    async def _parse(self, feed: Feed, fetched: Fresh) -> Document | Failed:
        return await self.parser.parse(
            fetched.body,
            url=fetched.url,
            content_type=fetched.content_type,
            feed_language=feed.language,
            source=feed.source,
            options=dict(feed.options),
        )

    async def fail(self, state: FeedState, failed: Failed) -> PollReport:
        """A failed poll moves the due time; articles and validators stay as they are."""
        after = due.after_failure(
            state,
            now=self.now(),
            jitter=self.random(),
            default_every=self.config.settings.poll.every,
            reason=failed.reason,
            detail=failed.detail,
            retry_after=failed.retry_after,
        )
        saving = self.store.submit(lambda conn: feeds.save(conn, after, owner=self.owner))
        return PollReport(
            feed=state.feed.url,
            reason=failed.reason,
            detail=failed.detail,
            next_poll_at=after.next_poll_at,
            kept=await asyncio.wrap_future(saving),
        )

    async def _keep(self, state: FeedState, fetched: Fresh | Unchanged, read: Document) -> PollReport:
        """Match what is new, then commit it together with the feed's validators and due time."""
        config, recipients = self.config, self.recipients  # a reload takes effect with the next poll
        items: tuple[Item, ...] = ()
        if read.articles:
            running = asyncio.get_running_loop()
            items = await running.run_in_executor(self.matcher, self._match, config, state, read.articles)
        faults.point("matched")
        after = self._after_success(config, state, fetched, read)
        rules = {rule.name: rule for rule in config.rules}
        commit = _Commit(rules, recipients, state, self.owner, self.installation, self.now())
        try:
            report = await asyncio.wrap_future(self.store.submit(lambda conn: commit.run(conn, after, items)))
        except LeaseLost:
            return PollReport(feed=state.feed.url, kept=False)
        faults.point("committed")
        return replace(
            report,
            unchanged=isinstance(fetched, Unchanged) or fetched.wire_hash == state.wire_hash,
            entries=len(read.articles),
            skipped=read.skipped,
        )

    def _match(self, config: Config, state: FeedState, read: Sequence[Article]) -> tuple[Item, ...]:
        """The articles that are no plain duplicates, matched. Outside of any transaction: it may be slow."""
        now = self.now()
        keys = exact.tell_apart([dedup.keys(article) for article in read])
        items = [Item(article, own) for article, own in zip(read, keys, strict=True)]
        known = self.store.read(lambda conn: _known(conn, state, items, now))
        changed = [
            item
            for item in items
            if dedup.identify(item.keys, feed_id=state.id, now=now, known=known).kind
            is not ArticleKind.DUPLICATE
        ]
        before = set(config.ruleset.disabled)
        found = config.ruleset.match_many([item.article for item in changed])
        for name in config.ruleset.disabled.keys() - before:
            self._tell_of_disabled(config, name, now)
        return tuple(
            replace(item, matches=tuple(matches)) for item, matches in zip(changed, found, strict=True)
        )

    def _tell_of_disabled(self, config: Config, name: str, now: datetime) -> None:
        """A rule that failed is left out from now on: whoever would have had its alerts must know."""
        reason = config.ruleset.disabled[name]
        log.error("rule_disabled", rule=name, reason=reason)
        channels = next(rule.channels for rule in config.rules if rule.name == name)
        told = Notice(
            key=f"rule_disabled|{name}|{config.fingerprint}",
            rule=name,
            headline=f"The rule {name!r} is switched off: it failed",
            detail=f"{reason}\nIt is tried again after the next change of the configuration, or a restart.",
        )
        recipients = {channel: self.recipients.get(channel, ("",)) for channel in channels}
        self.store.write(
            lambda conn: notice.enqueue(conn, told, recipients, installation=self.installation, now=now)
        )

    def _after_success(
        self, config: Config, state: FeedState, fetched: Fresh | Unchanged, read: Document
    ) -> FeedState:
        after = due.after_success(
            state,
            now=self.now(),
            jitter=self.random(),
            default_every=config.settings.poll.every,
            fresh_for=fetched.fresh_for,
            ttl=read.ttl,
        )
        if isinstance(fetched, Unchanged):
            # A 304 may bring new validators (RFC 9111, 4.3.4); those that it does not name stay.
            return replace(
                after,
                etag=fetched.etag or state.etag,
                last_modified=fetched.last_modified or state.last_modified,
            )
        after = replace(after, title=read.title or state.title)
        if read.further:  # it may stay the same while its parts change
            return replace(after, etag=None, last_modified=None, wire_hash=None)
        return replace(
            after,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            wire_hash=fetched.wire_hash,
        )


@dataclass(frozen=True, slots=True)
class _Commit:
    """The one transaction of a poll. Runs in the writer's thread; all of it is kept or nothing."""

    rules: Mapping[str, Rule]
    recipients: Mapping[str, Sequence[str]]
    before: FeedState
    owner: str
    installation: str
    now: datetime

    def run(self, conn: Connection, after: FeedState, items: Sequence[Item]) -> PollReport:
        counts = dict.fromkeys(ArticleKind, 0)
        decisions: list[Decided] = []
        if items:
            articles.take_turn(conn)
        known = _known(conn, self.before, items, self.now)
        for item in items:
            verdict = dedup.identify(item.keys, feed_id=self.before.id, now=self.now, known=known)
            counts[verdict.kind] += 1
            if verdict.kind is ArticleKind.DUPLICATE:
                continue
            ref = self._keep_article(conn, item, verdict)
            known.remember(item.keys, ref)
            faults.point("in_transaction")
            decisions += self._tell(conn, item, ref, verdict)
        after = replace(after, items_seen=self.before.items_seen + counts[ArticleKind.NEW])
        if not feeds.save(conn, after, owner=self.owner):
            raise LeaseLost
        return PollReport(
            feed=self.before.feed.url,
            next_poll_at=after.next_poll_at,
            new=counts[ArticleKind.NEW],
            updated=counts[ArticleKind.UPDATE],
            copies=counts[ArticleKind.COPY],
            decisions=tuple(decisions),
        )

    def _keep_article(self, conn: Connection, item: Item, verdict: Verdict) -> ArticleRef:
        """Insert the article, into the story of the one it copies, or write the new version of it."""
        if verdict.kind is ArticleKind.UPDATE and verdict.of is not None:
            return articles.update(conn, verdict.of, article=item.article, keys=item.keys, now=self.now)
        return articles.insert(
            conn,
            feed_id=self.before.id,
            article=item.article,
            keys=item.keys,
            kind=verdict.kind,
            of=verdict.of.id if verdict.of else None,
            story_id=verdict.of.story_id if verdict.of else None,
            now=self.now,
        )

    def _tell(self, conn: Connection, item: Item, ref: ArticleRef, verdict: Verdict) -> list[Decided]:
        teller = Teller(conn, self.rules, self.recipients, self.installation, self.now)
        return teller.tell(
            Arrival(
                article=item.article,
                ref=ref,
                kind=verdict.kind,
                root_id=_root(ref, verdict),
                feed=self.before.feed,
                backlog=self.before.first_polled_at is None,
            ),
            item.matches,
        )


def _named(document: Document, name: str) -> Document:
    """With the name that the operator gave the feed as the outlet of all articles that name no other."""
    if not name:
        return document
    unnamed = ("", document.title)
    articles_ = tuple(
        replace(article, source=name) if article.source in unnamed else article
        for article in document.articles
    )
    return replace(document, articles=articles_)


def _known(conn: Connection, state: FeedState, items: Sequence[Item], now: datetime) -> articles.Known:
    keys = [item.keys for item in items]
    return articles.find(conn, state.id, keys, since=now - dedup.TITLE_WINDOW)


def _root(ref: ArticleRef, verdict: Verdict) -> ArticleId:
    """The article that this one is another appearance of, by guid or address; else itself."""
    return verdict.of.id if verdict.of and verdict.reason in ("guid", "url") else ref.id
