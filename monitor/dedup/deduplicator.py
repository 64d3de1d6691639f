"""Deduplication of a stream held in memory: articles in, in order; what each is to the earlier ones out.

>>> from monitor.dedup import Deduplicator
>>> from monitor.model import Article
>>> deduplicator = Deduplicator()
>>> first = deduplicator.add(Article(id="1", title="Storm hits the coast of Chile", source="A"))
>>> second = deduplicator.add(Article(id="2", title="Storm hits the coast of Chile", source="B"))
>>> second.kind.value, second.of, second.story, second.reason.by
('copy', '1', '1', 'title')
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from monitor.dedup import aliases as addresses
from monitor.dedup import fingerprint, furniture, lookalike, neardup, reissue, reuse, versions
from monitor.dedup.apart import Apart
from monitor.dedup.exact import identify
from monitor.dedup.findings import Finding, Reason
from monitor.dedup.frequency import Frequencies
from monitor.dedup.furniture import Furniture
from monitor.dedup.lead import lead
from monitor.dedup.memory import Memory, Record
from monitor.dedup.neardup import Appearance, Candidate, Judgement
from monitor.dedup.reading import Reading, read
from monitor.dedup.stories import Joined, Look, Stories
from monitor.dedup.storynames import StoryNames
from monitor.dedup.versions import Change
from monitor.dedup.wording import wording
from monitor.dedup.words import hash_text
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, Keys, StoryId, Verdict

_NEIGHBOURS = 4  # of the story layer, that are looked at for copies too
PRIOR = 200  # texts taken as seen before the first: no word is common yet
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class _Arrival:
    """The article at hand, read."""

    number: int
    article: Article
    reading: Reading
    keys: Keys
    feed_id: FeedId
    at: datetime | None


class Deduplicator:
    """Feed articles in order. `capacity` bounds how many are remembered, at some 6 KB each.

    An article's feed is its `source`, or the host of its address. Its time is `published_at`, or that
    of the article before it. `apart` names pairs of article ids that must not share a story.
    """

    def __init__(self, *, capacity: int = 50_000, apart: Iterable[tuple[str, str]] = ()) -> None:
        self._memory = Memory(capacity=capacity)
        self._stories = Stories(capacity=capacity)
        self._frequencies = Frequencies(prior=PRIOR)
        self._furniture = Furniture(capacity=4 * capacity)
        self._reached = addresses.Reached(capacity=4 * capacity)
        self._apart = Apart(apart)
        self._names = StoryNames(capacity=capacity)
        self._next = 0
        self._latest_at: datetime | None = None

    def add(self, article: Article, *, canonical: str = "", other_urls: Collection[str] = ()) -> Finding:
        """What the article is to those added before. Never raises on what an article says.

        `canonical` is the address that its page declares, `other_urls` are those it was reached by.
        """
        declared = addresses.declare(article.url, canonical)
        arrival = self._arrive(article, (*declared.same, *other_urls))
        verdict = self._identify(arrival, declared.syndicated_from)
        if self._is_another(arrival, verdict):
            arrival = replace(arrival, keys=reuse.keys_of_another(arrival.keys))
            verdict = self._identify(arrival, declared.syndicated_from)
        if verdict.of is None:
            return self._add_by_wording(arrival)
        earlier = self._memory.get(int(verdict.of.id))
        if earlier is None or self._is_apart(arrival, earlier):
            return self._add_by_wording(arrival)
        if verdict.kind is ArticleKind.COPY:
            return self._add_exact_copy(arrival, earlier, verdict.reason)
        if verdict.kind is ArticleKind.UPDATE:
            return self._update(arrival, earlier, verdict.reason)
        story = self.story_now(earlier.story_name)
        return Finding(article.id, verdict.kind, earlier.name, story, Reason(verdict.reason))

    def _arrive(self, article: Article, aliases: Collection[str]) -> _Arrival:
        number, self._next = self._next, self._next + 1
        reading = read(article)
        at = article.published_at
        if at is not None:
            self._latest_at = at if at.tzinfo else at.replace(tzinfo=UTC)
        keys = fingerprint.keys_of(article, reading, aliases=aliases)
        feed_id = FeedId(hash_text((article.source or reading.host,)))
        keys = self._reached.without_poisoned(keys, feed_id, self._latest_at)
        return _Arrival(number, article, reading, keys, feed_id, self._latest_at)

    def _identify(self, arrival: _Arrival, syndicated_from: str) -> Verdict:
        found = self._memory.find(arrival.feed_id, arrival.keys)
        verdict = identify(arrival.keys, feed_id=arrival.feed_id, now=arrival.at or _NO_TIME, known=found)
        if verdict.of is None and syndicated_from:
            original = self._memory.by_url(syndicated_from)
            return Verdict(ArticleKind.COPY, original, "canonical") if original else verdict
        return verdict

    def _is_another(self, arrival: _Arrival, verdict: Verdict) -> bool:
        """Whether an address that identifies the article stood for a different one before."""
        if verdict.of is None or not reuse.is_by_address(arrival.keys, verdict):
            return False
        before = self._memory.article(int(verdict.of.id))
        return before is not None and reuse.is_another(read(before), arrival.reading)

    def _is_apart(self, arrival: _Arrival, earlier: Record) -> bool:
        return self._story(earlier) in self._apart.stories(arrival.article.id)

    def story_now(self, story: str) -> str:
        """The story that one of a finding is part of by now: later articles may have shown two to be one."""
        return self._names.now(story)

    # --- what it turned out to be -------------------------------------------------------------

    def _add_exact_copy(self, arrival: _Arrival, earlier: Record, by: str) -> Finding:
        """A copy by a key; but the same short form on the same host, days later, is the next issue."""
        appearance, _ = self._appearance(arrival)
        likeness = None
        if by in ("body", "title") and earlier.candidate is not None:
            likeness = neardup.compare(appearance, earlier.candidate.appearance, self._frequencies)
        if likeness is not None and likeness.is_series:
            return self._add_by_wording(arrival)
        candidates = self._memory.candidates(appearance, [int(earlier.ref.id)])
        if reissued := self._reissued(arrival, appearance, candidates):
            return self._keep_reissue(arrival, appearance, reissued)
        self._frequencies.learn(appearance.wording.terms)
        return self._keep_copy(arrival, appearance, earlier, Reason(by))

    def _update(self, arrival: _Arrival, earlier: Record, by: str) -> Finding:
        """A new version takes the place of the old one; story and group stay."""
        number = int(earlier.ref.id)
        before = self._memory.article(number)
        change = versions.compare_readings(read(before), arrival.reading) if before else None
        appearance, _ = self._appearance(arrival)
        self._memory.remember(
            self._ref(arrival, number, self._story(earlier)),
            arrival.article,
            arrival.keys,
            group=earlier.group,
            story_name=earlier.story_name,
            appearance=appearance,
        )
        reason = Reason(by, change=change)
        story = self.story_now(earlier.story_name)
        return Finding(arrival.article.id, ArticleKind.UPDATE, earlier.name, story, reason)

    def _add_by_wording(self, arrival: _Arrival) -> Finding:
        appearance, paragraph_keys = self._appearance(arrival)
        look = self._stories.look(
            lead(arrival.reading.title, arrival.reading.body, arrival.article.language), arrival.at
        )
        candidates = self._candidates(arrival, appearance, look)
        if reissued := self._reissued(arrival, appearance, candidates):
            return self._keep_reissue(arrival, appearance, reissued)
        judgement = neardup.judge(appearance, candidates, self._frequencies)
        self._frequencies.learn(appearance.wording.terms)
        original = self._memory.get(judgement.of.number) if judgement.of else None
        if judgement.kind is ArticleKind.COPY and original is not None:
            return self._keep_copy(arrival, appearance, original, Reason("wording", judgement.likeness))
        self._furniture.learn(paragraph_keys, arrival.at)
        return self._keep_new(arrival, appearance, judgement, look, original)

    def _candidates(self, arrival: _Arrival, appearance: Appearance, look: Look) -> list[Candidate]:
        candidates = self._memory.candidates(appearance, look.neighbours(_NEIGHBOURS))
        apart = self._apart.stories(arrival.article.id)
        if not apart:
            return candidates
        records = ((candidate, self._memory.get(candidate.number)) for candidate in candidates)
        return [candidate for candidate, record in records if record and self._story(record) not in apart]

    def _reissued(
        self, arrival: _Arrival, appearance: Appearance, candidates: Sequence[Candidate]
    ) -> tuple[Record, Change] | None:
        """The earlier article that this is a correction or further version of, under a key of its own."""
        if not reissue.is_announced(arrival.reading):
            return None
        found = reissue.original(appearance, arrival.reading, candidates, self._read_again)
        before, original = (
            (self._read_again(found), self._memory.get(found.number)) if found else (None, None)
        )
        if before is None or original is None:
            return None
        return original, versions.compare_readings(before, arrival.reading)

    def _read_again(self, candidate: Candidate) -> Reading | None:
        before = self._memory.article(candidate.number)
        return read(before) if before else None

    # --- keeping ------------------------------------------------------------------------------

    def _keep_reissue(
        self, arrival: _Arrival, appearance: Appearance, reissued: tuple[Record, Change]
    ) -> Finding:
        original, change = reissued
        self._frequencies.learn(appearance.wording.terms)
        kept = self._keep_copy(arrival, appearance, original, Reason("wording", change=change))
        return replace(kept, kind=ArticleKind.UPDATE)

    def _keep_copy(
        self, arrival: _Arrival, appearance: Appearance, original: Record, reason: Reason
    ) -> Finding:
        story, story_name = self._story(original), self.story_now(original.story_name)
        self._memory.remember(
            self._ref(arrival, arrival.number, story),
            arrival.article,
            arrival.keys,
            group=original.group,
            story_name=story_name,
            appearance=appearance,
        )
        self._apart.note(arrival.article.id, story)
        return Finding(arrival.article.id, ArticleKind.COPY, original.name, story_name, reason)

    def _keep_new(
        self,
        arrival: _Arrival,
        appearance: Appearance,
        judgement: Judgement,
        look: Look,
        original: Record | None,
    ) -> Finding:
        """New, a further issue, or a roundup: the last two never join the story of what they resemble."""
        article = arrival.article
        apart = set(self._apart.stories(article.id))
        if original is not None:
            apart.add(self._story(original))
        joined = Joined(arrival.number, 0.0, None)
        others = (self._memory.get(candidate.number) for candidate in judgement.look_alikes)
        apart |= {self._story(other) for other in others if other is not None}
        if judgement.kind is not ArticleKind.ROUNDUP:
            apart |= self._look_alike(arrival.reading, look, apart)
            joined = self._stories.assign(arrival.number, look, apart_from=apart)
        nearest = self._memory.get(joined.nearest) if joined.nearest is not None else None
        named = nearest.story_name if nearest else self._names.begin(article.id, joined.story)
        self._merge(arrival.number, look)
        story_name = self.story_now(named)
        self._memory.remember(
            self._ref(arrival, arrival.number, joined.story),
            article,
            arrival.keys,
            group=arrival.number,
            story_name=story_name,
            appearance=appearance if judgement.kind is not ArticleKind.ROUNDUP else None,
        )
        self._apart.note(article.id, joined.story)
        by = "wording" if judgement.kind is not ArticleKind.NEW else "story" if nearest else ""
        reason = Reason(by, judgement.likeness, None, joined.score, nearest.name if nearest else None)
        return Finding(article.id, judgement.kind, original.name if original else None, story_name, reason)

    def _look_alike(self, reading: Reading, look: Look, apart: Collection[int]) -> set[int]:
        """The story that an article would join, if it has no more than the form of its headline."""
        joined = self._stories.nearest(look, apart_from=apart)
        nearest = self._memory.article(joined.nearest) if joined and joined.nearest is not None else None
        is_form = nearest is not None and lookalike.is_one_frame(reading, nearest)
        return {joined.story} if joined and is_form else set()

    def _story(self, record: Record) -> int:
        return self._names.number(int(record.ref.story_id))

    def _merge(self, number: int, look: Look) -> None:
        for merge in self._stories.find_merges(number, look):
            self._stories.merge(merge.kept, merge.absorbed)
            self._apart.merge(merge.kept, merge.absorbed)
            self._names.merge(merge.kept, merge.absorbed)

    def _appearance(self, arrival: _Arrival) -> tuple[Appearance, list[int]]:
        """The text without its outlet's furniture, and the keys by which furniture is learnt."""
        reading = arrival.reading
        keys = furniture.keys(reading.host, (paragraph.words for paragraph in reading.paragraphs))
        stays = self._furniture.which_stay(keys, arrival.at)
        return appearance_of(reading, stays, arrival.at), keys

    def _ref(self, arrival: _Arrival, number: int, story: int) -> ArticleRef:
        return ArticleRef(
            id=ArticleId(number),
            feed_id=arrival.feed_id,
            story_id=StoryId(story),
            content_hash=arrival.keys.content_hash,
            body_hash=arrival.keys.body_hash,
            title_hash=arrival.keys.title_hash,
            source=arrival.article.source,
            seen_at=arrival.at or _NO_TIME,
        )


def appearance_of(reading: Reading, stays: Sequence[bool], at: datetime | None) -> Appearance:
    """An article as it is compared: its headline, and the paragraphs that are no furniture."""
    kept = [item for item, is_kept in zip(reading.paragraphs, stays, strict=True) if is_kept]
    of_text = wording(
        [*chain(reading.headline_words, *(item.words for item in kept))],
        [reading.title, *(item.text for item in kept)],
        headline=len(reading.headline_words),
    )
    return Appearance(of_text, reading.host, at, reading.is_live)
