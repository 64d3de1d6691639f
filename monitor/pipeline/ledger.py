"""The ledger of one article: from its feed to each delivery, and where it ended. Reads, writes nothing.

What was recorded when the article arrived is told as it was recorded. For a rule with no record the
live rule is explained instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor import dedup
from monitor.dedup import account
from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, Article, Delivery, Feed, Keys, Rule
from monitor.rules.explain import Explanation, explain
from monitor.rules.ruleset import Compiled
from monitor.store import Store, alerts, archive, articles, merges, outbox, sketches
from monitor.store.alerts import RecordedMatch
from monitor.store.articles import StoredArticle
from monitor.store.merges import Merge
from monitor.store.outbox import Attempt

IN_WORDS = {
    DecisionReason.NEW_STORY: "told: the first article of its story for this rule",
    DecisionReason.NEW_ARTICLE: "told: the rule asks for every article",
    DecisionReason.UPDATED_INTO_RULE: "told: it was edited, and matched for the first time",
    DecisionReason.FOLLOW_UP: "told: more outlets carried the story",
    DecisionReason.UPDATED: "told: what the rule had told of has changed in what it says",
    DecisionReason.CORRECTED: "told: it corrects what the rule had told of",
    DecisionReason.COSMETIC_CHANGE: "not told: what the rule had told of has changed in form only",
    DecisionReason.STORY_ALREADY_TOLD: "not told: the rule had alerted this story (or article) before",
    DecisionReason.TOO_OLD: "not told: it was published longer ago than the rule's max_age",
    DecisionReason.UNDATED_BACKLOG: "not told: it has no date, and was there when its feed was first polled",
    DecisionReason.THROTTLED: "not told: the rule had alerted less than its throttle before",
    DecisionReason.STORM: "told: in one message with others, since the rule had more than its storm limit",
    DecisionReason.STORY_THROTTLED: "not told: the rule told of the story less than story_throttle before",
    DecisionReason.SILENCED: "not told: a silence held",
    DecisionReason.INACTIVE: "not told: the rule was not active at that time",
    DecisionReason.RULE_EXPIRED: "not told: the rule's time was over",
    DecisionReason.NO_CHANNEL: "not told: neither the rule nor the defaults name a channel",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """The earlier article that this one was found to be a copy of, and by which key.

    `account` says more where it was kept: how alike they are, or what of its story it is most like.
    """

    earlier: StoredArticle | None
    key: str  # "address", "body", "title", or "" when it was by its wording, or has changed since
    account: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery with its attempts."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]

    @property
    def held_until(self) -> datetime | None:
        """When it may go out, if it waits for its first attempt by the rule's `hold`."""
        waits = self.delivery.state == "pending" and not self.delivery.attempts and not self.attempts
        return self.delivery.due_at if waits and self.delivery.due_at > self.delivery.created_at else None


@dataclass(frozen=True, slots=True)
class Told:
    """An alert about the article, with its deliveries."""

    alert: Alert
    deliveries: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A recorded match with the decision about it, and the text that its spans point into."""

    recorded: RecordedMatch
    article: Article | None  # None when the text has changed and the old one was not kept
    told: Told | None
    told_before: Alert | None  # why not again


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule and the article. `explanation` is the live one, given when nothing was recorded."""

    rule: str
    decisions: tuple[Decided, ...] = ()
    follow_ups: tuple[Told, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is known about an article's way."""

    stored: StoredArticle
    feed: Feed
    origin: Origin | None
    rules: tuple[RuleEntry, ...]
    merges: tuple[Merge, ...] = ()  # of its story with others


def trace(
    store: Store,
    stored: StoredArticle,
    feed: Feed,
    rules: Iterable[tuple[Rule, Compiled]],
    *,
    only: str | None = None,
) -> Ledger:
    """The ledger of a stored article that came from `feed`; of one rule only when it is named."""
    return store.read(lambda conn: _trace(conn, stored, feed, list(rules), only))


def _trace(
    conn: Connection,
    stored: StoredArticle,
    feed: Feed,
    rules: Sequence[tuple[Rule, Compiled]],
    only: str | None,
) -> Ledger:
    recorded = alerts.matches(conn, stored.id, rule=only)
    told = {alert.id: _told(conn, alert) for alert in archive.alerts_of(conn, stored.id)}
    decided = {found.alert_id for found in recorded}
    names = dict.fromkeys([found.match.rule for found in recorded])
    names |= dict.fromkeys(item.alert.rule for item in told.values() if only in (None, item.alert.rule))
    entries = [
        RuleEntry(
            rule=name,
            decisions=tuple(
                _decided(conn, stored, found, told) for found in recorded if found.match.rule == name
            ),
            follow_ups=tuple(
                item
                for item in told.values()
                if item.alert.rule == name
                and item.alert.kind in (AlertKind.FOLLOW_UP, AlertKind.UPDATE)
                and item.alert.id not in decided
            ),
        )
        for name in names
    ]
    silent = [pair for pair in rules if pair[0].name not in names and only in (None, pair[0].name)]
    entries += (
        RuleEntry(rule.name, explanation=explain(rule, query, stored.article, feed)) for rule, query in silent
    )
    taken_in = tuple(merges.of_story(conn, stored.story_id))
    return Ledger(stored, feed, _origin(conn, stored), tuple(entries), taken_in)


def _decided(
    conn: Connection, stored: StoredArticle, recorded: RecordedMatch, told: dict[AlertId, Told]
) -> Decided:
    own = told.get(recorded.alert_id) if recorded.alert_id is not None else None
    article = stored.article if stored.changed_at <= recorded.decided_at else None
    before = None
    if recorded.reason is DecisionReason.STORY_ALREADY_TOLD:
        rule, until = recorded.match.rule, recorded.decided_at
        before = archive.first_alert(conn, rule, stored.story_id, until=until)
    return Decided(recorded, own.alert.article if own else article, own, before)


def _told(conn: Connection, alert: Alert) -> Told:
    deliveries = outbox.of_alert(conn, alert.id)
    sent = (Sent(delivery, tuple(outbox.attempts(conn, delivery.id))) for delivery in deliveries)
    return Told(alert, tuple(sent))


def _origin(conn: Connection, stored: StoredArticle) -> Origin | None:
    why = sketches.explanations(conn, [stored.id]).get(stored.id)
    earlier = None if stored.of is None else articles.get(conn, stored.of)
    if why is None:
        return Origin(earlier, _key(conn, stored, earlier)) if earlier is not None else None
    nearest = articles.get(conn, why.nearest) if why.nearest is not None else None
    other = earlier or nearest
    told = account.in_full(
        stored.kind,
        why.by,
        why.likeness,
        why.score,
        ours=stored.article,
        earlier=other.article if other else None,
        gap=stored.seen_at - other.seen_at if other else None,
    )
    return Origin(earlier, "" if earlier is None else _key(conn, stored, earlier), told)


def _key(conn: Connection, stored: StoredArticle, earlier: StoredArticle) -> str:
    if archive.shares_address(conn, [(stored.id, earlier.id)]):
        return "address"
    return _shared_key(dedup.keys(stored.article), dedup.keys(earlier.article))


def _shared_key(keys: Keys, earlier: Keys) -> str:
    if keys.body_hash and keys.body_hash == earlier.body_hash:
        return "body"
    return "title" if keys.title_hash and keys.title_hash == earlier.title_hash else ""
