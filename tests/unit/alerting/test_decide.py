"""From a match to a decision, with the reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting import decide as policy
from monitor.errors import DecisionReason as Why
from monitor.model import AlertKind, AlertScope, ArticleId, ArticleKind, Rule, StoryId

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULE = Rule(name="R", query="a", channels=("console",))
FRESH = policy.Candidate(
    article_id=ArticleId(7),
    story_id=StoryId(3),
    kind=ArticleKind.NEW,
    published_at=NOW - timedelta(minutes=5),
    root_id=ArticleId(7),
)
NOTHING = policy.History()
OLD = NOW - timedelta(hours=25)
EDITED = replace(FRESH, published_at=OLD, kind=ArticleKind.UPDATE)
EACH = replace(RULE, alert=AlertScope.ARTICLE)


@pytest.mark.parametrize(
    ("candidate", "rule", "history", "tell", "reason"),
    [
        (FRESH, RULE, NOTHING, True, Why.NEW_STORY),
        (FRESH, RULE, policy.History(told_story=True), False, Why.STORY_ALREADY_TOLD),
        (replace(FRESH, kind=ArticleKind.COPY), RULE, NOTHING, True, Why.NEW_STORY),
        (replace(FRESH, published_at=OLD), RULE, NOTHING, False, Why.TOO_OLD),
        (EDITED, RULE, NOTHING, True, Why.UPDATED_INTO_RULE),
        (replace(FRESH, published_at=NOW + timedelta(days=9)), RULE, NOTHING, True, Why.NEW_STORY),
        (replace(FRESH, published_at=None), RULE, NOTHING, True, Why.NEW_STORY),
        (replace(FRESH, published_at=None, backlog=True), RULE, NOTHING, False, Why.UNDATED_BACKLOG),
        (replace(FRESH, backlog=True), RULE, NOTHING, True, Why.NEW_STORY),
        (FRESH, replace(RULE, channels=()), NOTHING, False, Why.NO_CHANNEL),
        (
            FRESH,
            replace(RULE, throttle=timedelta(minutes=30)),
            policy.History(last_told_at=NOW - timedelta(minutes=29)),
            False,
            Why.THROTTLED,
        ),
        (
            FRESH,
            replace(RULE, throttle=timedelta(minutes=30)),
            policy.History(last_told_at=NOW - timedelta(minutes=30)),
            True,
            Why.NEW_STORY,
        ),
        (FRESH, EACH, policy.History(told_story=True), True, Why.NEW_ARTICLE),
        (
            FRESH,
            replace(RULE, alert=AlertScope.ARTICLE),
            policy.History(told_article=True),
            False,
            Why.STORY_ALREADY_TOLD,
        ),
    ],
)  # fmt: skip
def test_each_match_is_told_or_suppressed_for_a_reason(
    candidate: policy.Candidate, rule: Rule, history: policy.History, tell: bool, reason: Why
) -> None:
    """The table of the policy."""
    decision = policy.decide(candidate, rule, history, now=NOW)
    assert (decision.tell, decision.reason) == (tell, reason)


def test_one_key_per_rule_and_story() -> None:
    """Copies of a story share the alert's key, so that it can be made only once."""
    first = policy.decide(FRESH, RULE, NOTHING, now=NOW)
    copy = policy.decide(replace(FRESH, article_id=ArticleId(8)), RULE, NOTHING, now=NOW)
    other = policy.decide(FRESH, replace(RULE, name="S"), NOTHING, now=NOW)
    assert first.key == copy.key != other.key
    assert first.kind is AlertKind.STORY


def test_a_rule_for_every_article_has_a_key_per_article_but_one_for_the_same_address() -> None:
    """The same address in two feeds is one article."""
    rule = replace(RULE, alert=AlertScope.ARTICLE)
    first = policy.decide(FRESH, rule, NOTHING, now=NOW)
    second = policy.decide(replace(FRESH, article_id=ArticleId(8)), rule, NOTHING, now=NOW)
    third = policy.decide(replace(FRESH, root_id=ArticleId(8)), rule, NOTHING, now=NOW)
    assert first.key == second.key != third.key


def test_hold_delays_the_delivery_only() -> None:
    """A held alert is decided now and due later."""
    decision = policy.decide(FRESH, replace(RULE, hold=timedelta(minutes=2)), NOTHING, now=NOW)
    assert (decision.tell, decision.due_at) == (True, NOW + timedelta(minutes=2))


@pytest.mark.parametrize(("outlets", "step"), [(1, None), (2, None), (3, 3), (9, 3), (10, 10), (99, 10)])
def test_follow_up_steps(outlets: int, step: int | None) -> None:
    """The highest step reached, none before the first."""
    assert policy.follow_up_step(replace(RULE, follow_up=(3, 10)), outlets) == step


@given(
    st.sampled_from(ArticleKind),
    st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    st.booleans(),
    st.builds(
        policy.History,
        told_story=st.booleans(),
        told_article=st.booleans(),
        last_told_at=st.one_of(st.none(), st.just(NOW)),
    ),
    st.sampled_from(AlertScope),
)
def test_nothing_is_told_twice_nor_without_a_channel(
    kind: ArticleKind, published: datetime | None, backlog: bool, history: policy.History, scope: AlertScope
) -> None:
    """Whatever else holds, a told story or article is never told again."""
    candidate = replace(FRESH, kind=kind, published_at=published, backlog=backlog)
    decision = policy.decide(candidate, replace(RULE, alert=scope), history, now=NOW)
    if decision.tell:
        assert not (history.told_story if scope is AlertScope.STORY else history.told_article)
    assert not policy.decide(candidate, replace(RULE, alert=scope, channels=()), history, now=NOW).tell
