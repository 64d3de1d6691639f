"""Is an article a near-copy of one in the store, and which story does it tell?

Near-copies are looked for in the database. Word frequencies, furniture and open stories are kept in
memory: after a start they are learnt again from what is stored, and later from what other daemons
store. Used in the writer's thread alone, but for `read`, which uses nothing, and `start`, which comes
before the first article.

What was learnt in a transaction that is undone does no harm: `forget` takes the articles out of their
stories, a story that the database does not know is never joined, and counts of words are rough anyway.

A story that is joined wrongly keeps an alert from being sent, which is worse than a second alert: so
joining takes more here than where articles are only grouped.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.dedup import aliases, fingerprint, furniture, lookalike, neardup, packing, reissue
from monitor.dedup.deduplicator import PRIOR, appearance_of
from monitor.dedup.frequency import Frequencies
from monitor.dedup.furniture import Furniture
from monitor.dedup.lead import LEAD_CHARACTERS, Lead, asked_for, lead
from monitor.dedup.neardup import Appearance, Candidate
from monitor.dedup.reading import Reading
from monitor.dedup.reading import read as read_article
from monitor.dedup.stories import LIFE, WINDOW, Joined, Look, Stories
from monitor.model import (
    Article,
    ArticleId,
    ArticleKind,
    ArticleRef,
    FeedId,
    Keys,
    StoryId,
    Verdict,
)
from monitor.rules.prefilter import index_words_of
from monitor.store import articles, merges, sketches, splits
from monitor.store.additions import Additions
from monitor.store.articles import StoredArticle
from monitor.store.sketches import Member, Resemblance
from monitor.telemetry import logs

log = logs.get(__name__)

_CAUTION = 0.13
_COMMON_TERMS = 3  # two names in two headlines are what a rule looks for, not yet one event
_LEARNT = 1_500  # texts read after a start, for the frequencies of words and the furniture
_MEMBERS = 10_000  # articles in open stories, at some 1.2 KB each: 36 hours of 200,000 articles a month
_REMINDED = timedelta(days=1)
_FURNITURE = 40_000  # paragraphs
_REACHED = 20_000  # addresses
_APPEARANCES = 800  # texts compared before, at some 5 KB each
_VERIFIED = 16  # candidates compared in full
_SHORT = 60  # a text below this many words has few hashes to share
_NEIGHBOURS = 4
_IN_STORIES = (ArticleKind.NEW, ArticleKind.SERIES)
_ISSUES = ("body", "title")  # keys that an issue of a recurring form may share with the last one


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An article, read: what its text alone says."""

    reading: Reading
    keys: Keys
    syndicated_from: str  # the key of the original, where its page names one elsewhere
    lead: Lead
    paragraphs: Sequence[int]  # their keys
    words: Collection[str]  # for the index


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An article as it is compared with those seen before."""

    draft: Draft
    appearance: Appearance
    look: Look


@dataclass(frozen=True, slots=True)
class Recognised:
    """What an article is, and why. `why` None: it is like nothing that was seen."""

    verdict: Verdict
    why: Resemblance | None = None
    apart: tuple[StoryId, ...] = ()  # stories that its own must never be merged with


def read(article: Article) -> Draft:
    """Read an article. Half a millisecond for 400 words."""
    reading = read_article(article)
    said = [aliases.declare(article.url, url) for url in article.declared]
    same = [url for one in said for url in one.same]
    return Draft(
        reading=reading,
        keys=fingerprint.keys_of(article, reading, aliases=same),
        syndicated_from=next((one.syndicated_from for one in said if one.syndicated_from), ""),
        lead=lead(reading.title, reading.body, article.language),
        paragraphs=furniture.keys(reading.host, (item.words for item in reading.paragraphs)),
        words=index_words_of(article, reading.all_words()),
    )


class Recognition:
    """What is known of the articles in the store."""

    def __init__(self, *, members: int = _MEMBERS) -> None:
        """`members`: articles in open stories that are remembered; of more, the newest."""
        self._capacity = members
        self._crowded_at: datetime | None = None  # when that was last told to be too few
        self._frequencies = Frequencies(prior=PRIOR)
        self._furniture = Furniture(capacity=_FURNITURE)
        self._stories = Stories(capacity=members, caution=_CAUTION)
        self._reached = aliases.Reached(capacity=_REACHED)
        self._appearances: OrderedDict[tuple[ArticleId, datetime], Appearance] = OrderedDict()
        self._last_id: ArticleId | None = None
        self._last_split = 0
        self._last_merge = 0
        self.is_ready = False

    # --- learning -----------------------------------------------------------------------------

    def start(self, conn: Connection, *, now: datetime) -> None:
        """Learn from what is stored, once. Some seconds at most, however much there is."""
        if self.is_ready:
            return
        ids = sketches.newest(conn, since=now - sketches.MEMORY, limit=_LEARNT)
        for stored in articles.get_many(conn, ids):
            draft = read(stored.article)
            at = _seen(stored.article.published_at, stored.seen_at)
            self._reached.without_poisoned(draft.keys, stored.feed_id, stored.seen_at)
            self._learn_text(stored.kind, draft, self._appearance_of(draft, at))
        self._last_split, self._last_merge = splits.last(conn), merges.last(conn)
        self.catch_up(conn, now=now)
        self.is_ready = True

    def catch_up(self, conn: Connection, *, now: datetime) -> None:
        """Learn of articles that others have stored, and of stories that were merged, or that people split.

        Merges of our own are learnt here too, when the transaction that made them is over.
        """
        for member in sketches.members_after(conn, self._last_id, since=now - WINDOW, limit=self._capacity):
            self._join(member)
        for merge in merges.after(conn, self._last_merge):
            self._last_merge = merge.id
            self._stories.merge(merge.kept_id, merge.absorbed_id)
        for split in splits.after(conn, self._last_split):
            self._last_split = split.id
            self._stories.drop([split.article_id])
            self._join(sketches.member(conn, split.article_id), apart_from=[split.from_story_id])

    def _join(self, member: Member | None, *, apart_from: Sequence[StoryId] = ()) -> None:
        if member is None:
            return
        self._last_id = max(self._last_id or member.id, member.id)
        packed = packing.unpack(member.lead) if member.lead is not None else None
        if packed is not None:
            look = self._stories.look(packed, _seen(member.published_at, member.seen_at), find=False)
            self._stories.keep(member.id, member.story_id, look, apart_from=apart_from)

    def keep(
        self, added: Additions, ref: ArticleRef, found: Recognised, sight: Sight, *, now: datetime
    ) -> ArticleRef:
        """Make an article findable that was just stored or changed, and learn from it.

        Returns it with the story that it tells then: it may show that two stories are one.
        """
        kind, appearance = found.verdict.kind, sight.appearance
        # A page that goes on growing is like everything about its subject: nothing is found by it.
        probes = appearance.wording.probes[: 0 if appearance.is_live else None]
        self._remember(ref.id, now, appearance)
        if found.verdict.is_same_item:
            added.enter_again(ref.id, probes)
            return ref
        is_member = kind in _IN_STORIES and not appearance.is_live
        added.enter(ref.id, probes, packing.pack(sight.draft.lead) if is_member else None)
        if found.why is not None:
            added.explain(ref.id, found.why)
        self._last_id = max(self._last_id or ref.id, ref.id)
        self._learn_text(kind, sight.draft, appearance)
        if not is_member:
            return ref
        self._stories.keep(ref.id, ref.story_id, sight.look, apart_from=found.apart)
        self._note_crowding(now)
        return self._merge(added, ref, sight, now)

    def _note_crowding(self, now: datetime) -> None:
        """Say once a day when articles are forgotten before their stories are closed."""
        reach = self._stories.reach(now)
        if reach is None or (self._crowded_at is not None and now - self._crowded_at < _REMINDED):
            return
        self._crowded_at = now
        hours = round(reach.total_seconds() / 3600, 1)
        log.warning("stories_crowded", articles=self._capacity, hours=hours)

    def _merge(self, added: Additions, ref: ArticleRef, sight: Sight, now: datetime) -> ArticleRef:
        """Take stories into one another that an article shows to be one, unless a person has split them."""
        ours = ref.story_id
        for found in self._stories.find_merges(ref.id, sight.look):
            added.write()
            other = found.absorbed if found.kept == ours else found.kept
            first = merges.first_article(added.conn, StoryId(other))
            stored = articles.get(added.conn, first) if first is not None else None
            if stored is None or self._is_look_alike(sight, stored):
                continue
            kept = merges.merge(
                added.conn, ref.story_id, StoryId(other), article_id=ref.id, likeness=found.likeness, now=now
            )
            if kept is not None:
                log.info("stories_merged", story=kept, other=other, article=ref.id)
                ref = replace(ref, story_id=kept)
        return ref

    def _learn_text(self, kind: ArticleKind, draft: Draft, appearance: Appearance) -> None:
        self._frequencies.learn(appearance.wording.terms)
        if kind not in (ArticleKind.COPY, ArticleKind.UPDATE):
            self._furniture.learn(draft.paragraphs, appearance.at)

    def forget(self, ids: Sequence[ArticleId]) -> None:
        """Articles whose transaction was undone."""
        self._stories.drop(ids)

    # --- recognising --------------------------------------------------------------------------

    def heed_poisoned(self, conn: Connection, keys: Iterable[Keys]) -> None:
        """Learn which of the addresses at hand were found to identify nothing, by whatever process."""
        self._reached.poison(sketches.poisoned(conn, (url for one in keys for url in one.urls)))

    def without_poisoned(self, conn: Connection, keys: Keys, feed_id: FeedId, *, now: datetime) -> Keys:
        """The keys without addresses under which several different articles appeared."""
        kept = self._reached.without_poisoned(keys, feed_id, now)
        if kept.urls != keys.urls:
            sketches.poison(conn, set(keys.urls) - set(kept.urls), now=now)
        return kept

    def see(
        self, draft: Draft, published_at: datetime | None, *, seen_at: datetime, asked: Collection[str] = ()
    ) -> Sight:
        """An article in the light of what is known; counts its words. `asked`: what rules matched in it."""
        at = _seen(published_at, seen_at)
        stays = self._furniture.which_stay(draft.paragraphs, at)
        draft = draft if all(stays) else _without_furniture(draft, stays)
        draft = replace(draft, lead=asked_for(draft.lead, asked)) if asked else draft
        return Sight(draft, appearance_of(draft.reading, stays, at), self._stories.look(draft.lead, at))

    def judge(self, added: Additions, sight: Sight, verdict: Verdict, *, now: datetime) -> Recognised:
        """What an article is. `verdict` is what its keys say, which text may only overrule for an issue."""
        if verdict.kind is ArticleKind.COPY and verdict.of is not None:
            if verdict.reason not in _ISSUES:
                return Recognised(verdict, Resemblance(verdict.reason))
            if not self._is_issue(added, sight, verdict.of):
                reissued = self._reissued(added, sight, verdict.of.id)
                return reissued or Recognised(verdict, Resemblance(verdict.reason))
        elif verdict.kind is not ArticleKind.NEW:
            return Recognised(verdict, Resemblance(verdict.reason))
        return self._judge_wording(added, sight, now)

    def _is_issue(self, added: Additions, sight: Sight, of: ArticleRef) -> bool:
        """Whether this is the next issue of a short recurring form, word for word like the last one."""
        earlier = _get(added, of.id)
        if earlier is None:
            return False
        like = neardup.compare(sight.appearance, self._appearance(earlier), self._frequencies)
        return like.is_series

    def _reissued(self, added: Additions, sight: Sight, also: ArticleId | None = None) -> Recognised | None:
        """Whether an article is its outlet's correction or further version of an earlier one."""
        if not reissue.is_announced(sight.draft.reading):
            return None
        candidates = self._candidates(added, sight, also)

        def read_again(candidate: Candidate) -> Reading | None:
            stored = _get(added, ArticleId(candidate.number))
            return read_article(stored.article) if stored is not None else None

        found = reissue.original(sight.appearance, sight.draft.reading, candidates, read_again)
        original = _ref(added, found)
        if found is None or original is None:
            return None
        likeness = neardup.compare(sight.appearance, found.appearance, self._frequencies)
        return Recognised(Verdict(ArticleKind.UPDATE, original, "wording"), Resemblance("wording", likeness))

    def _judge_wording(self, added: Additions, sight: Sight, now: datetime) -> Recognised:
        if reissued := self._reissued(added, sight):
            return reissued
        found = neardup.judge(sight.appearance, self._candidates(added, sight), self._frequencies)
        original = _ref(added, found.of)
        why = Resemblance("wording", found.likeness)
        if found.kind is ArticleKind.ROUNDUP or (found.kind is ArticleKind.COPY and original is not None):
            return Recognised(Verdict(found.kind, original, "wording"), why)
        apart = [original.story_id] if original is not None else []
        apart += [StoryId(candidate.group) for candidate in found.look_alikes]
        story, joined = None, None
        if not sight.appearance.is_live and (joined := self._joined(sight, apart)) is not None:
            story = self._story(added, sight, joined, now)
            apart += [StoryId(joined.story)] if story is None else []
        if original is None:
            verdict = Verdict(ArticleKind.NEW, None, "story" if story else "", story)
            return Recognised(verdict, _of_story(joined) if joined and story else None, tuple(apart))
        return Recognised(Verdict(ArticleKind.SERIES, original, "wording", story), why, tuple(apart))

    def _joined(self, sight: Sight, apart: Sequence[StoryId]) -> Joined | None:
        """The story that an article is like."""
        joined = self._stories.nearest(sight.look, apart_from=[int(story) for story in apart])
        if joined is None or joined.nearest is None:
            return None
        common = self._stories.common_terms(sight.look, joined.nearest)
        return None if common < _COMMON_TERMS else joined

    def _story(self, added: Additions, sight: Sight, joined: Joined, now: datetime) -> StoryId | None:
        """The story that an article joins. One that was never stored, or is gone, is forgotten."""
        added.settle_story(StoryId(joined.story))
        story = sketches.open_story(added.conn, StoryId(joined.story), since=now - LIFE)
        if story is None:
            self._stories.close(joined.story)
            return None
        nearest = _get(added, ArticleId(joined.nearest)) if joined.nearest is not None else None
        return None if nearest is not None and self._is_look_alike(sight, nearest) else story

    def _is_look_alike(self, sight: Sight, nearest: StoredArticle) -> bool:
        """Whether only the form is alike: another quake by its numbers, or a frame around another text."""
        return lookalike.is_one_frame(sight.draft.reading, nearest.article) or lookalike.is_same_form(
            sight.appearance, self._appearance(nearest), self._frequencies
        )

    def _candidates(self, added: Additions, sight: Sight, also: ArticleId | None = None) -> list[Candidate]:
        wording = sight.appearance.wording
        shared = dict(added.find(wording.sought).most_common(_VERIFIED))
        for number in sight.look.neighbours(_NEIGHBOURS):
            shared[ArticleId(number)] = _VERIFIED
        if also is not None:
            shared[also] = _VERIFIED
        found = []
        added.settle(shared)
        for stored in articles.get_many(added.conn, list(shared)):
            appearance = self._appearance(stored)
            if shared[stored.id] > 1 or min(wording.size, appearance.wording.size) < _SHORT:
                found.append(Candidate(stored.id, stored.story_id, appearance))
        return found

    def _appearance(self, stored: StoredArticle) -> Appearance:
        """Of an article in the store; those of the latest are remembered."""
        key = (stored.id, stored.changed_at)
        if key not in self._appearances:
            at = _seen(stored.article.published_at, stored.seen_at)
            self._remember(*key, self._appearance_of(read(stored.article), at))
        self._appearances.move_to_end(key)
        return self._appearances[key]

    def _remember(self, id_: ArticleId, changed_at: datetime, appearance: Appearance) -> None:
        self._appearances[id_, changed_at] = appearance
        while len(self._appearances) > _APPEARANCES:
            self._appearances.popitem(last=False)

    def _appearance_of(self, draft: Draft, at: datetime) -> Appearance:
        return appearance_of(draft.reading, self._furniture.which_stay(draft.paragraphs, at), at)


def _without_furniture(draft: Draft, stays: Sequence[bool]) -> Draft:
    """With the story told by what the outlet does not print under everything, which is mostly at the end."""
    reading = draft.reading
    first = stays.index(False)
    if sum(len(item.text) for item in reading.paragraphs[:first]) >= LEAD_CHARACTERS:
        return draft
    kept = "\n".join(item.text for item, is_kept in zip(reading.paragraphs, stays, strict=True) if is_kept)
    return replace(draft, lead=lead(reading.title, kept, reading.language))


def _get(added: Additions, id_: ArticleId) -> StoredArticle | None:
    added.settle([id_])
    return articles.get(added.conn, id_)


def _ref(added: Additions, candidate: Candidate | None) -> ArticleRef | None:
    """A candidate was read, so that it is written."""
    if candidate is None:
        return None
    id_ = ArticleId(candidate.number)
    return articles.get_refs(added.conn, [id_]).get(id_)


def _of_story(joined: Joined) -> Resemblance:
    nearest = ArticleId(joined.nearest) if joined.nearest is not None else None
    return Resemblance("story", nearest=nearest, score=joined.score)


def _seen(published_at: datetime | None, seen_at: datetime) -> datetime:
    """When an article appeared: a date that lies ahead is none."""
    return min(published_at or seen_at, seen_at)
