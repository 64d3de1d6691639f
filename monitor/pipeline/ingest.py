"""From a leased feed to the outbox: fetch, parse, identify, match, and hand over to be committed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from monitor.config import Config
from monitor.errors import DecisionReason, PollReason
from monitor.fetch import completion
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Failed, Fresh, Unchanged
from monitor.fetch.reader import Reader
from monitor.fetch.softhash import soft_hash
from monitor.model import ArticleKind, Document, Event, Feed, FeedState
from monitor.pipeline import aftermath, lookback
from monitor.pipeline.aftermath import Brought, Counted
from monitor.pipeline.commit import Finish, Kept
from monitor.pipeline.fulltext import FullTexts
from monitor.pipeline.gathering import Gathering
from monitor.pipeline.intake import Intake, Setting
from monitor.pipeline.pacing import Pacer
from monitor.pipeline.recognition import Recognition
from monitor.pipeline.seen import Seen
from monitor.pipeline.tell import Decided
from monitor.pipeline.websub import Hubs
from monitor.schedule.plan import shares_budget
from monitor.store import Store, events, feeds, hosts
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
    decisions: tuple[Decided, ...] = ()  # one for each match, and for each follow-up
    events: tuple[Event, ...] = ()  # of the feed

    @property
    def matches(self) -> int:
        """How many pairs of rule and article: a follow-up is about a match of before."""
        return len(
            {(one.rule, one.article) for one in self.decisions if one.reason is not DecisionReason.FOLLOW_UP}
        )

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


@dataclass(slots=True)
class Ingest:
    """The stages with all they need from outside. `config` and `recipients` are replaced by a reload."""

    store: Store
    fetcher: Fetcher
    parser: Reader
    config: Config
    recipients: Mapping[str, Sequence[str]]  # channel → its recipients
    owner: str
    installation: str
    now: Callable[[], datetime]
    random: Callable[[], float]
    recognition: Recognition = field(default_factory=Recognition)
    pacer: Pacer = field(default_factory=Pacer)
    seen: Seen = field(default_factory=Seen)
    # One thread: a rule set is not for several at once, and matching is pure computing anyway.
    matcher: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "matcher"))
    full_texts: FullTexts | None = None
    hubs: Hubs | None = None
    gathering: Gathering = field(init=False)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        self.gathering = Gathering(self.store, self.owner)
        self.intake = Intake(self.store, self.matcher, self.owner, self.installation, self.now)

    async def poll(self, state: FeedState) -> PollReport:
        """Poll one leased feed; commit all that follows from it, or nothing. Releases the lease."""
        faults.point("leased")
        request = aftermath.request(state, now=self.now())
        fetched = await self.fetcher.fetch(request)
        faults.point("fetched")
        if isinstance(fetched, Failed):
            return await self.fail(state, fetched)
        brought = await self._read(state, fetched, conditional=bool(request.etag or request.last_modified))
        faults.point("parsed")
        if isinstance(brought, Failed):
            return await self.fail(state, brought)
        if self.hubs is not None and isinstance(fetched, Fresh) and not brought.unchanged:
            await self.hubs.note(state, fetched, brought.document)
        return await self._finish(state, brought)

    async def receive(self, state: FeedState, pushed: Fresh) -> PollReport | None:
        """Take what a hub pushed for a leased feed, as a poll would; None when it cannot be read.

        The feed's validators stay, for nothing was asked of its server.
        """
        pushed = replace(
            pushed, etag=state.etag, last_modified=state.last_modified, wire_hash=state.wire_hash or ""
        )
        read = await self._parse(state.feed, pushed)
        if isinstance(read, Failed):
            await asyncio.wrap_future(self.store.submit(lambda conn: self._give_back(conn, state)))
            return None
        document = replace(_named(read, state.feed.name), older="", further=())
        return await self._finish(state, Brought(pushed, document, len(read.articles), is_push=True))

    def _give_back(self, conn: Connection, state: FeedState) -> None:
        """Release the lease; the feed itself is looked at next."""
        if feeds.save(conn, state, owner=self.owner):
            feeds.hasten(conn, state.id, now=self.now())

    async def _finish(self, state: FeedState, brought: Brought) -> PollReport:
        if self.full_texts is not None:
            brought = await self.full_texts.complete(state, brought, self.config)
        if self.hubs is not None:
            brought = replace(brought, pushed_until=self.hubs.pushed_until(state.id))
        return await self._keep(state, brought)

    async def _read(
        self, state: FeedState, fetched: Fresh | Unchanged, *, conditional: bool
    ) -> Brought | Failed:
        """The document, with older pages where it may have missed articles; an empty one when unchanged."""
        known = Brought(fetched, Document(title=state.title), unchanged=True, conditional=conditional)
        if isinstance(fetched, Unchanged) or fetched.wire_hash == state.wire_hash:
            return known
        soft = soft_hash(fetched.body)
        if soft == state.habits.soft_hash:
            return known
        parse = partial(self._parse, state.feed)
        read = await parse(fetched)
        if isinstance(read, Document) and read.further:
            read = await completion.complete(read, state.feed, fetcher=self.fetcher, read=parse)
        if isinstance(read, Failed):
            return read
        brought = Brought(fetched, read, len(read.articles), soft, conditional=conditional)
        overlaps = self.seen.overlaps(state, read.articles)
        if not overlaps and lookback.is_worthwhile(state, brought):
            brought = await lookback.go(self.store, self.fetcher, parse, state, brought)
        return replace(brought, document=_named(brought.document, state.feed.name))

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
        self._spend(state)
        now = self.now()
        after, told = aftermath.after_failure(
            state, failed, now=now, jitter=self.random(), policy=self.pacer.policy(self.config)
        )
        whole_host = (
            self.config.settings.poll.retry_after == "host"
            and not state.feed.allow_private
            and aftermath.asks_whole_host_to_wait(failed)
        )

        def save(conn: Connection) -> bool:
            kept = feeds.save(conn, after, owner=self.owner)
            if kept:
                events.insert(conn, told)
            if failed.retry_after is not None and after.not_before is not None:
                hosts.hold(conn, state.id, until=after.not_before)
            else:
                hosts.slow(conn, state.id, now=now)
            return kept

        if whole_host:
            kept = await asyncio.wrap_future(self.store.submit(save))
        else:
            kept = await self.gathering.keep(after, told)
        return PollReport(
            feed=state.feed.url,
            reason=failed.reason,
            detail=failed.detail,
            next_poll_at=after.next_poll_at,
            kept=kept,
            events=tuple(told) if kept else (),
        )

    def _spend(self, state: FeedState) -> None:
        if shares_budget(state.feed, self.pacer.policy(self.config)):
            self.pacer.spend()

    async def _keep(self, state: FeedState, brought: Brought) -> PollReport:
        """Match what is new, then commit it together with the feed's validators and due time."""
        self._spend(state)
        config = self.config  # a reload takes effect with the next poll
        setting = Setting(config, self.recipients, self.recognition)
        read = brought.document
        fresh, marks = self.seen.sift(state, read.articles)
        items = await self.intake.match(setting, state, fresh) if fresh else ()
        faults.point("matched")
        finish = partial(
            aftermath.after_success,
            state,
            brought,
            now=self.now(),
            jitter=self.random(),
            policy=self.pacer.policy(config),
        )
        if items:
            kept = await self.intake.keep(setting, state, items, finish)
        else:
            kept = await self._release(finish)
        if kept is None:
            return PollReport(feed=state.feed.url, kept=False)
        faults.point("committed")
        if not brought.unchanged:
            self.seen.note(state, marks)
        if kept.after is not None:
            self.pacer.note(config, state.habits, kept.after, kept.published, kept.alerted)
        if self.hubs is not None and not (isinstance(brought.fetched, Fresh) and brought.fetched.is_delta):
            await self.hubs.judge(state, kept.published)
        return PollReport(
            feed=state.feed.url,
            next_poll_at=kept.after.next_poll_at if kept.after else None,
            new=kept.new,
            updated=kept.counts[ArticleKind.UPDATE],
            copies=kept.counts[ArticleKind.COPY],
            decisions=kept.decisions,
            events=kept.events,
            unchanged=brought.unchanged,
            entries=len(read.articles),
            skipped=read.skipped,
        )

    async def _release(self, finish: Finish) -> Kept | None:
        """Keep the state of a feed that brought no articles; None when the lease was lost."""
        after, happened = finish(Counted())
        if not await self.gathering.keep(after, happened):
            return None
        return Kept(after=after, events=tuple(happened))


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
