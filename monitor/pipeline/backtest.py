"""Backtests: a rule over the archive, with the live engine and alert policy. Sends and writes nothing.

Stories and copies are those that live deduplication made when the articles arrived. The days before
the period are rehearsed too and not counted, so that a story told before is known to be told. Of an
article that was edited the archive has the last text; it is taken as what it said when first seen,
and what the daemon tells of such an edit is not counted.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import partial

from monitor.alerting.decide import Candidate, Decision
from monitor.alerting.rehearsal import Carried, Rehearsal, a_day
from monitor.dedup import versions
from monitor.dedup.versions import ChangeKind
from monitor.errors import DecisionReason
from monitor.model import Article, ArticleId, ArticleKind, Feed, FeedId, Match, Rule, StoryId
from monitor.pipeline.scan import Scan, readable_feeds, refuse_failures
from monitor.rules import RuleSet, scope
from monitor.store import Store, archive
from monitor.store.articles import StoredArticle

LATEST = 10  # matches kept as samples
WARM_UP = timedelta(days=3)
MOST_SAMPLES = 500  # of articles gained and of those lost, kept
_FIRST_POLL = timedelta(minutes=1)  # at most, from the poll's start to its articles' time


@dataclass(frozen=True, slots=True)
class Sample:
    """A matched article, with what would have been decided about it."""

    stored: StoredArticle
    match: Match
    decision: Decision


@dataclass(slots=True)
class Tally:
    """What came of one query within the period."""

    matches: Counter[date] = field(default_factory=Counter)
    alerts: Counter[date] = field(default_factory=Counter)
    suppressed: Counter[DecisionReason] = field(default_factory=Counter)
    follow_ups: int = 0  # among the alerts
    edited: int = 0  # of the matches: articles whose text has changed since they were seen

    def count(self, sample: Sample, day: date) -> None:
        """Count one decision."""
        self.matches[day] += 1
        self.edited += sample.stored.changed_at > sample.stored.seen_at
        if sample.decision.tell:
            self.alerts[day] += 1
        else:
            self.suppressed[sample.decision.reason] += 1


@dataclass(slots=True)
class Difference:
    """What one of two queries matches and the other does not: how many, and the latest of them."""

    count: int = 0
    latest: deque[Sample] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))

    def add(self, samples: Mapping[ArticleId, Sample], others: Mapping[ArticleId, Sample]) -> None:
        """Count those of the samples that are not among the others."""
        only = [sample for id_, sample in samples.items() if id_ not in others]
        self.count += len(only)
        self.latest += only


@dataclass(frozen=True, slots=True)
class Backtest:
    """The result. `old` is the query it was compared with, if there was one."""

    since: datetime
    until: datetime
    archived: int  # articles seen in the period
    read: int  # of these and of the warm-up, those that the index left to look at
    new: Tally
    old: Tally | None
    latest: Sequence[Sample]  # matched, the latest last
    gained: "Difference"  # matched now and not by the old query
    lost: "Difference"

    @property
    def period(self) -> timedelta:
        """From its beginning, or the first article if that came later, to its end."""
        return self.until - self.since

    @property
    def alerts(self) -> int:
        """All alerts, follow-ups among them."""
        return self.new.alerts.total()

    @property
    def alerts_a_day(self) -> float:
        """How many are to be expected."""
        return a_day(self.alerts, self.period)


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule as it would be decided about, with its compiled query as the only rule of a set."""

    rule: Rule
    ruleset: RuleSet


@dataclass(slots=True)
class Archive:
    """The archive with what decisions need to know of it: its feeds, and who copied whom."""

    store: Store
    configured: Sequence[Feed]
    feeds: dict[FeedId, Feed] = field(init=False)
    _first_polls: dict[FeedId, datetime | None] = field(init=False)

    def __post_init__(self) -> None:
        known = self.store.read(archive.feeds)
        settings = {feed.url: feed for feed in self.configured}
        self.feeds = {id_: settings.get(feed.url, feed) for id_, (feed, _) in known.items()}
        self._first_polls = {id_: at for id_, (_, at) in known.items()}

    def begin(self, since: datetime, until: datetime) -> datetime:
        """When a period begins: not before the archive does."""
        first = self.store.read(archive.first_seen_at)
        return min(until, max(since, first or since))

    def in_scope(self, rule: Rule, stored: StoredArticle) -> bool:
        """Whether the rule looks at the article."""
        return scope.in_scope(rule, stored.article, self.feeds.get(stored.feed_id))

    def candidates(self, found: Sequence[StoredArticle]) -> Iterator[Candidate]:
        """The articles as the policy sees them."""
        pairs = [(stored.id, stored.of) for stored in found if stored.of is not None]
        same = self.store.read(lambda conn: archive.shares_address(conn, pairs)) if pairs else set()
        for stored in found:
            yield Candidate(
                article_id=stored.id,
                story_id=stored.story_id,
                kind=ArticleKind.NEW if stored.kind is ArticleKind.UPDATE else stored.kind,
                published_at=stored.article.published_at,
                root_id=stored.of if stored.of is not None and stored.id in same else stored.id,
                backlog=self._is_backlog(stored),
            )

    def _is_backlog(self, stored: StoredArticle) -> bool:
        first = self._first_polls.get(stored.feed_id)
        return first is not None and stored.seen_at <= first + _FIRST_POLL

    def corrects(self, stored: StoredArticle, told: ArticleId) -> bool:
        """Whether an article is a correction of one that was told, as the daemon judges it."""
        if not versions.is_marked(stored.article):
            return False
        earlier = self.store.read(lambda conn: archive.get_many(conn, [told]))
        return any(
            versions.compare(one.article, stored.article).kind is ChangeKind.CORRECTION for one in earlier
        )

    def carried(self, story: StoryId) -> list[Carried]:
        """Who carried a story, in the order of sight."""
        found = self.store.read(lambda conn: archive.appearances(conn, story))
        return [Carried(item.seen_at, item.article_id, item.outlet) for item in found]


def backtest(
    store: Store,
    new: Trial,
    old: Trial | None = None,
    *,
    feeds: Sequence[Feed],
    since: datetime,
    until: datetime,
    zone: tzinfo,
    on_plan: Callable[[int], None] = lambda _: None,
    on_read: Callable[[int], None] = lambda _: None,
) -> Backtest:
    """Rehearse a rule over the articles seen in the period, and an older form of it beside.

    `zone` says where a day begins. Raises MonitorError when a query fails on an article.
    """
    run = _Run(Archive(store, feeds), since, zone)
    trials = [new] if old is None else [new, old]
    feed_ids = _feeds_of(trials, run.archive.feeds)
    compiled = [query for trial in trials for query in trial.ruleset.rules.values()]
    scan = Scan.plan(store, compiled, since=since - WARM_UP, feeds=feed_ids)
    on_plan(len(scan.ids))
    rehearsals = [
        _Rehearsed(trial.rule, scan.prepared(trial.ruleset), Rehearsal(trial.rule, run.archive.carried, zone))
        for trial in trials
    ]
    for batch in scan.batches(on_read):
        run.batch(batch, rehearsals)
    for rehearsed in rehearsals:
        run.follow_ups(rehearsed)
    return Backtest(
        since=run.archive.begin(since, until),
        until=until,
        archived=store.read(lambda conn: archive.count(conn, since=since)),
        read=len(scan.ids),
        new=rehearsals[0].tally,
        old=rehearsals[1].tally if old else None,
        latest=tuple(rehearsals[0].latest),
        gained=run.gained,
        lost=run.lost,
    )


def _feeds_of(trials: Sequence[Trial], feeds: Mapping[FeedId, Feed]) -> list[FeedId] | None:
    chosen: set[FeedId] = set()
    for trial in trials:
        readable = readable_feeds(trial.rule, feeds)
        if readable is None:
            return None
        chosen.update(readable)
    return sorted(chosen)


@dataclass(slots=True)
class _Rehearsed:
    rule: Rule
    ruleset: RuleSet
    rehearsal: Rehearsal
    tally: Tally = field(default_factory=Tally)
    latest: deque[Sample] = field(default_factory=lambda: deque(maxlen=LATEST))


@dataclass(slots=True)
class _Run:
    """One pass over the archive."""

    archive: Archive
    since: datetime
    zone: tzinfo
    gained: Difference = field(default_factory=Difference)
    lost: Difference = field(default_factory=Difference)

    def batch(self, batch: Sequence[StoredArticle], rehearsals: Sequence[_Rehearsed]) -> None:
        """Rehearse each query on a batch, then compare them."""
        found = [dict(self._samples(batch, rehearsed)) for rehearsed in rehearsals]
        if len(found) > 1:
            new, old = found
            self.gained.add(new, old)
            self.lost.add(old, new)

    def _samples(
        self, batch: Sequence[StoredArticle], rehearsed: _Rehearsed
    ) -> Iterator[tuple[ArticleId, Sample]]:
        matched = self._matched(batch, rehearsed)
        candidates = self.archive.candidates([stored for stored, _ in matched])
        for (stored, match), candidate in zip(matched, candidates, strict=True):
            corrects = partial(self.archive.corrects, stored)
            decision = rehearsed.rehearsal.decide(candidate, now=stored.seen_at, corrects=corrects)
            if stored.seen_at >= self.since:
                sample = Sample(stored, match, decision)
                rehearsed.tally.count(sample, self._day(stored.seen_at))
                rehearsed.latest.append(sample)
                yield stored.id, sample

    def _matched(
        self, batch: Sequence[StoredArticle], rehearsed: _Rehearsed
    ) -> list[tuple[StoredArticle, Match]]:
        read = [stored for stored in batch if self.archive.in_scope(rehearsed.rule, stored)]
        articles: list[Article] = [stored.article for stored in read]
        matches = rehearsed.ruleset.match_many(articles)
        refuse_failures(rehearsed.ruleset)
        return [(stored, found[0]) for stored, found in zip(read, matches, strict=True) if found]

    def follow_ups(self, rehearsed: _Rehearsed) -> None:
        """Count the further messages about stories that more outlets carried."""
        for moment in rehearsed.rehearsal.finish():
            if moment >= self.since:
                rehearsed.tally.alerts[self._day(moment)] += 1
                rehearsed.tally.follow_ups += 1

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()
