"""What a poll brought, as transactions: articles, their stories, matches and alerts, the feed's state.

Runs in the writer's thread. Everything that follows from an article is in the article's transaction.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor import dedup
from monitor.dedup import account, reading, reuse
from monitor.model import (
    Article,
    ArticleId,
    ArticleKind,
    ArticleRef,
    Event,
    FeedState,
    Keys,
    Match,
    Rule,
    StoryId,
    Verdict,
)
from monitor.pipeline import silencing
from monitor.pipeline.aftermath import Counted
from monitor.pipeline.recognition import Draft, Recognised, Recognition
from monitor.pipeline.tell import Arrival, Decided, Policy, Teller
from monitor.store import articles, events, feeds
from monitor.store.articles import Known
from monitor.telemetry import faults

Finish = Callable[[Counted], tuple[FeedState, Sequence[Event]]]
"""The feed's state after the poll, and what happened to it, by what became of the articles."""

_COUNTED_AS_NEW = (ArticleKind.NEW, ArticleKind.SERIES, ArticleKind.ROUNDUP)


@dataclass(frozen=True, slots=True)
class Item:
    """An article of the poll at hand: read, with its keys and the matches found before the transaction."""

    article: Article
    keys: Keys
    draft: Draft
    matches: tuple[Match, ...] = ()
    shown: Article | None = None  # what the matches' spans point into, where it is not the article

    def identify(self, state: FeedState, known: Known, now: datetime) -> Verdict:
        """What it is by its keys."""
        verdict = dedup.identify(self.keys, feed_id=state.id, now=now, known=known)
        original = known.by_url.get(self.draft.syndicated_from)
        if verdict.of is None and original is not None:
            return Verdict(ArticleKind.COPY, original, "canonical")
        return verdict

    def of_reused_address(self, before: Article | None) -> "Item":
        """Known by its headline, if `before`, which had its address, is a different article; else itself."""
        if before is None or not reuse.is_another(reading.read(before), self.draft.reading):
            return self
        return replace(self, keys=reuse.keys_of_another(self.keys))

    def is_duplicate(self, state: FeedState, known: Known, now: datetime) -> bool:
        """Whether there is nothing new in it."""
        return self.identify(state, known, now).kind is ArticleKind.DUPLICATE


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept so far."""

    counts: Counter[ArticleKind] = field(default_factory=Counter)
    decisions: tuple[Decided, ...] = ()
    published: tuple[datetime | None, ...] = ()  # the dates of articles never seen in this feed
    alerted: int = 0  # of these
    after: FeedState | None = None  # with the last piece
    events: tuple[Event, ...] = ()

    @property
    def new(self) -> int:
        """Articles that are neither updates nor copies."""
        return sum(self.counts[kind] for kind in _COUNTED_AS_NEW)


class LeaseLost(Exception):
    """Undoes the commit of a poll whose feed is no longer ours."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The transactions of one poll."""

    rules: Mapping[str, Rule]
    recipients: Mapping[str, Sequence[str]]
    before: FeedState
    owner: str
    installation: str
    now: datetime
    recognition: Recognition
    policy: Policy = field(default_factory=Policy)
    _learnt: list[ArticleId] = field(default_factory=list)  # in the transaction at hand

    def run(self, conn: Connection, *, items: Sequence[Item], finish: Finish | None, so_far: Kept) -> Kept:
        """Keep some articles, with all that follows from them; with the last of them, the feed's state.

        Returns all that was kept so far. May be run again when the database undid it. Raises LeaseLost.
        """
        self._forget()
        try:
            kept = self._keep(conn, items, so_far)
            return self._release(conn, finish, kept)
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self.recognition.forget(self._learnt)
        self._learnt.clear()

    def _release(self, conn: Connection, finish: Finish | None, kept: Kept) -> Kept:
        if finish is None:
            if not feeds.is_held(conn, self.before.id, owner=self.owner):
                raise LeaseLost
            return kept
        after, happened = finish(Counted(kept.published, kept.alerted))
        after = replace(after, items_seen=self.before.items_seen + kept.new)
        if not feeds.save(conn, after, owner=self.owner):
            raise LeaseLost
        events.insert(conn, happened)
        return replace(kept, after=after, events=tuple(happened))

    def _keep(self, conn: Connection, items: Sequence[Item], so_far: Kept) -> Kept:
        articles.take_turn(conn)
        self.recognition.catch_up(conn, now=self.now)
        self.recognition.heed_poisoned(conn, [item.keys for item in items])
        items, known = find_known(conn, self.before, items, self.now)
        counts, decisions = Counter(so_far.counts), list(so_far.decisions)
        published, alerted = list(so_far.published), so_far.alerted
        teller = Teller(
            conn,
            self.rules,
            self.recipients,
            self.installation,
            self.now,
            self.policy,
            silencing.load(conn, lists=self.policy.lists, now=self.now),
        )
        for item in items:
            verdict, decided = self._take(conn, item, known, teller)
            counts[verdict.kind] += 1
            decisions += decided
            if not verdict.is_same_item:
                published.append(item.article.published_at)
                alerted += any(decision.alert is not None for decision in decided)
        return Kept(counts, tuple(decisions), tuple(published), alerted)

    def _take(
        self, conn: Connection, item: Item, known: Known, teller: Teller
    ) -> tuple[Verdict, Sequence[Decided]]:
        """Recognise one article, store it, and decide about its matches."""
        keys = self.recognition.without_poisoned(conn, item.keys, self.before.id, now=self.now)
        item = replace(item, keys=keys)
        verdict = item.identify(self.before, known, self.now)
        if verdict.kind is ArticleKind.DUPLICATE:
            return verdict, ()
        sight = self.recognition.see(item.draft, item.article.published_at, seen_at=self.now)
        found = self.recognition.judge(conn, sight, verdict, now=self.now)
        ref = self._store(conn, item, found.verdict)
        self._learnt.append(ref.id)
        ref = self.recognition.keep(conn, ref, found, sight, now=self.now)
        known.remember(keys, ref)
        faults.point("in_transaction")
        return found.verdict, self._tell(teller, item, ref, found)

    def _store(self, conn: Connection, item: Item, verdict: Verdict) -> ArticleRef:
        """Insert the article, into the story of the one it copies, or write the new version of it."""
        if verdict.is_same_item and verdict.of is not None:
            return articles.update(conn, verdict.of, article=item.article, keys=item.keys, now=self.now)
        return articles.insert(
            conn,
            feed_id=self.before.id,
            article=item.article,
            keys=item.keys,
            kind=verdict.kind,
            of=verdict.of.id if verdict.of else None,
            story_id=_story(verdict),
            now=self.now,
        )

    def _tell(self, teller: Teller, item: Item, ref: ArticleRef, found: Recognised) -> Sequence[Decided]:
        return teller.tell(
            Arrival(
                article=item.shown or item.article,
                ref=ref,
                kind=found.verdict.kind,
                root_id=_root(ref, found.verdict),
                feed=self.before.feed,
                backlog=self.before.first_polled_at is None,
                joins=_story(found.verdict) is not None,
                is_live=item.shown is not None,
                notes=self._notes(teller.conn, item, found) if item.matches else (),
            ),
            item.matches,
        )

    def _notes(self, conn: Connection, item: Item, found: Recognised) -> tuple[str, ...]:
        """What the article repeats, for the reader of a message about it."""
        verdict, why = found.verdict, found.why
        if why is None or verdict.kind is ArticleKind.UPDATE:
            return ()
        id_ = verdict.of.id if verdict.of is not None else why.nearest
        earlier = articles.get(conn, id_) if id_ is not None else None
        said = account.account(
            verdict.kind,
            why.by,
            why.likeness,
            ours=item.article,
            earlier=earlier.article if earlier else None,
            gap=self.now - earlier.seen_at if earlier else None,
        )
        return (said,) if said else ()


def find_known(
    conn: Connection, state: FeedState, items: Sequence[Item], now: datetime
) -> tuple[Sequence[Item], Known]:
    """The earlier articles that share a key with these; and these, without addresses that were used again."""
    known = _find(conn, state, items, now)
    by_address = {
        number: verdict.of.id
        for number, item in enumerate(items)
        if reuse.is_by_address(item.keys, verdict := item.identify(state, known, now)) and verdict.of
    }
    if not by_address:
        return items, known
    before = {stored.id: stored.article for stored in articles.get_many(conn, list(by_address.values()))}
    apart = [
        item.of_reused_address(before.get(by_address[number])) if number in by_address else item
        for number, item in enumerate(items)
    ]
    changed = [one for one, other in zip(apart, items, strict=True) if one is not other]
    return apart, _find(conn, state, apart, now) if changed else known


def _find(conn: Connection, state: FeedState, items: Sequence[Item], now: datetime) -> Known:
    keys = [item.keys for item in items]
    keys += [
        Keys("", (item.draft.syndicated_from,), "", "", "") for item in items if item.draft.syndicated_from
    ]
    return articles.find(conn, state.id, keys, since=now - dedup.TITLE_WINDOW)


def _story(verdict: Verdict) -> StoryId | None:
    """The story that an article joins; None where it begins one."""
    if (verdict.kind is ArticleKind.COPY or verdict.is_reissue) and verdict.of is not None:
        return verdict.of.story_id
    return verdict.story_id


def _root(ref: ArticleRef, verdict: Verdict) -> ArticleId:
    """The article that this one is another appearance or version of; else itself."""
    is_another = verdict.reason in ("guid", "url") or verdict.is_reissue
    return verdict.of.id if verdict.of and is_another else ref.id
