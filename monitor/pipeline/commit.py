"""What polls brought, as transactions: articles, their stories, matches and alerts, the feeds' states.

Runs in the writer's thread. Everything that follows from an article is in the article's transaction.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.dedup import account
from monitor.model import (
    ArticleId,
    ArticleKind,
    ArticleRef,
    Event,
    FeedState,
    Keys,
    Rule,
    StoryId,
    Verdict,
)
from monitor.pipeline import silencing
from monitor.pipeline.aftermath import Counted
from monitor.pipeline.items import Harvest, Item, find_known
from monitor.pipeline.recognition import Recognised, Recognition
from monitor.pipeline.tell import Arrival, Decided, Policy, Teller
from monitor.store import articles, events, feeds
from monitor.store.additions import Additions
from monitor.telemetry import faults

Finish = Callable[[Counted], tuple[FeedState, Sequence[Event]]]
"""The feed's state after the poll, and what happened to it, by what became of the articles."""

_COUNTED_AS_NEW = (ArticleKind.NEW, ArticleKind.SERIES, ArticleKind.ROUNDUP)


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


@dataclass(frozen=True, slots=True)
class Piece:
    """Some articles of one poll. With the last of them, `finish` gives the feed's state."""

    before: FeedState
    items: Sequence[Item]
    finish: Finish | None = None
    so_far: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction of pieces, each of another feed's poll."""

    rules: Mapping[str, Rule]
    recipients: Mapping[str, Sequence[str]]
    owner: str
    installation: str
    now: datetime
    recognition: Recognition
    policy: Policy = field(default_factory=Policy)
    _learnt: list[ArticleId] = field(default_factory=list)  # in the transaction at hand

    def run(self, conn: Connection, pieces: Sequence[Piece]) -> list[Kept | None]:
        """Keep the articles, with all that follows from them; with the last of a poll, the feed's state.

        Returns for each piece all that was kept of its poll so far; None, and nothing kept, for one whose
        lease went to somebody else. May be run again when the database undid it.
        """
        self._forget()
        try:
            held = feeds.held(conn, [piece.before.id for piece in pieces], owner=self.owner)
            ours = [piece for piece in pieces if piece.before.id in held]
            kept = dict(zip((piece.before.id for piece in ours), self._keep(conn, ours), strict=True))
            return [kept.get(piece.before.id) for piece in pieces]
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self.recognition.forget(self._learnt)
        self._learnt.clear()

    def _keep(self, conn: Connection, pieces: Sequence[Piece]) -> list[Kept]:
        articles.take_turn(conn)
        self.recognition.catch_up(conn, now=self.now)
        self.recognition.heed_poisoned(conn, [item.keys for piece in pieces for item in piece.items])
        harvests = find_known(conn, [(piece.before, piece.items) for piece in pieces], self.now)
        added = Additions(conn, room=sum(len(harvest.items) for harvest in harvests))
        adding = _Adding(self, added, harvests)
        kept = [adding.take(*pair) for pair in zip(pieces, harvests, strict=True)]
        added.write()
        return self._finish(conn, pieces, kept)

    def _finish(self, conn: Connection, pieces: Sequence[Piece], kept: Sequence[Kept]) -> list[Kept]:
        """Keep the states of feeds whose last articles these are."""
        done = []
        for piece, so_far in zip(pieces, kept, strict=True):
            if piece.finish is not None:
                after, happened = piece.finish(Counted(so_far.published, so_far.alerted))
                after = replace(after, items_seen=piece.before.items_seen + so_far.new)
                so_far = replace(so_far, after=after, events=tuple(happened))
            done.append(so_far)
        # The leases are ours, and the rows are locked.
        feeds.save_many(conn, [one.after for one in done if one.after is not None], owner=self.owner)
        events.insert(conn, [event for one in done for event in one.events])
        return done

    def learnt(self, id_: ArticleId) -> None:
        """Recognition knows an article that the transaction may yet undo."""
        self._learnt.append(id_)

    def teller(self, conn: Connection) -> Teller:
        """Who decides about matches."""
        silences = silencing.load(conn, lists=self.policy.lists, now=self.now)
        return Teller(conn, self.rules, self.recipients, self.installation, self.now, self.policy, silences)


class _Adding:
    """The articles of one transaction, one after the other."""

    def __init__(self, commit: Commit, added: Additions, harvests: Sequence[Harvest]) -> None:
        self.commit = commit
        self.added = added
        self._harvests = harvests
        self._teller = commit.teller(added.conn)

    def take(self, piece: Piece, harvest: Harvest) -> Kept:
        """The articles of one poll."""
        so_far = piece.so_far
        counts, decisions = Counter(so_far.counts), list(so_far.decisions)
        published, alerted = list(so_far.published), so_far.alerted
        for item in harvest.items:
            verdict, decided = self._take(harvest, item)
            counts[verdict.kind] += 1
            decisions += decided
            if not verdict.is_same_item:
                published.append(item.article.published_at)
                alerted += any(decision.alert is not None for decision in decided)
        return Kept(counts, tuple(decisions), tuple(published), alerted)

    def _take(self, harvest: Harvest, item: Item) -> tuple[Verdict, Sequence[Decided]]:
        """Recognise one article, store it, and decide about its matches."""
        recognition, now = self.commit.recognition, self.commit.now
        keys = recognition.without_poisoned(self.added.conn, item.keys, harvest.state.id, now=now)
        item = replace(item, keys=keys) if keys is not item.keys else item
        verdict = harvest.identify(item, now)
        if verdict.kind is ArticleKind.DUPLICATE:
            return verdict, ()
        published_at, asked = item.article.published_at, item.matched_texts()
        sight = recognition.see(item.draft, published_at, seen_at=now, asked=asked)
        found = recognition.judge(self.added, sight, verdict, now=now)
        ref = self._store(harvest.state, item, found.verdict)
        self.commit.learnt(ref.id)
        ref = recognition.keep(self.added, ref, found, sight, now=now)
        self._remember(harvest, keys, ref)
        faults.point("in_transaction")
        return found.verdict, self._tell(harvest.state, item, ref, found)

    def _store(self, before: FeedState, item: Item, verdict: Verdict) -> ArticleRef:
        """Add the article, to the story of the one it copies, or write the new version of it."""
        if verdict.is_same_item and verdict.of is not None:
            self.added.settle([verdict.of.id])
            return articles.update(
                self.added.conn, verdict.of, article=item.article, keys=item.keys, now=self.commit.now
            )
        return self.added.add(
            feed_id=before.id,
            article=item.article,
            keys=item.keys,
            kind=verdict.kind,
            of=verdict.of.id if verdict.of else None,
            story_id=_story(verdict),
            now=self.commit.now,
            words=item.draft.words,
        )

    def _remember(self, harvest: Harvest, keys: Keys, ref: ArticleRef) -> None:
        harvest.known.remember(keys, ref)
        for other in self._harvests:
            if other is not harvest:
                other.known.meet(keys, ref)

    def _tell(self, before: FeedState, item: Item, ref: ArticleRef, found: Recognised) -> Sequence[Decided]:
        arrival = Arrival(
            article=item.shown or item.article,
            ref=ref,
            kind=found.verdict.kind,
            root_id=_root(ref, found.verdict),
            feed=before.feed,
            backlog=before.first_polled_at is None,
            joins=_story(found.verdict) is not None,
            is_live=item.shown is not None,
        )
        if not self._teller.may_tell(arrival, item.matches):
            return ()
        self.added.write()
        if item.matches:
            arrival = replace(arrival, notes=self._notes(item, found))
        return self._teller.tell(arrival, item.matches)

    def _notes(self, item: Item, found: Recognised) -> tuple[str, ...]:
        """What the article repeats, for the reader of a message about it."""
        verdict, why = found.verdict, found.why
        if why is None or verdict.kind is ArticleKind.UPDATE:
            return ()
        id_ = verdict.of.id if verdict.of is not None else why.nearest
        earlier = articles.get(self.added.conn, id_) if id_ is not None else None
        said = account.account(
            verdict.kind,
            why.by,
            why.likeness,
            ours=item.article,
            earlier=earlier.article if earlier else None,
            gap=self.commit.now - earlier.seen_at if earlier else None,
        )
        return (said,) if said else ()


def _story(verdict: Verdict) -> StoryId | None:
    """The story that an article joins; None where it begins one."""
    if (verdict.kind is ArticleKind.COPY or verdict.is_reissue) and verdict.of is not None:
        return verdict.of.story_id
    return verdict.story_id


def _root(ref: ArticleRef, verdict: Verdict) -> ArticleId:
    """The article that this one is another appearance or version of; else itself."""
    is_another = verdict.reason in ("guid", "url") or verdict.is_reissue
    return verdict.of.id if verdict.of and is_another else ref.id
