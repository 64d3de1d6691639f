"""Quiet hours, digests, storms, silences, escalation, backlogs; the clock set by hand, both databases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.errors import DecisionReason as Why
from monitor.errors import DeliveryReason
from monitor.model import (
    Active,
    AlertId,
    ChannelSpec,
    DeliveryState,
    Digest,
    Escalation,
    Outcome,
    Priority,
    QuietHours,
    Rule,
    Storm,
)
from monitor.store import Store, alerts, outbox, silences, tally
from tests.support.simulation import DOWN, NOTHING, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VIENNA = "Europe/Vienna"
NIGHT = QuietHours(time(22), time(7))
DESK = ChannelSpec("desk", "console://", time_zone=VIENNA)
RULE = Rule("R", "a", channels=("desk",))
EVENING = datetime(2026, 3, 28, 20, 59, tzinfo=UTC)  # 21:59 in Vienna, on the night when the clock is set


@pytest.fixture
def worlds() -> Iterator[list[World]]:
    """Those to end after the test."""
    made: list[World] = []
    yield made
    for world in made:
        world.close()


@pytest.fixture
def make(store: Store, worlds: list[World]):
    """Makes a world on the test's database."""

    def build(
        *specs: ChannelSpec, rules: Sequence[Rule] = (RULE,), start: datetime = EVENING, **options
    ) -> World:
        worlds.append(World(store, start, specs, rules, **options))
        return worlds[-1]

    return build


def states(world: World, number: int) -> list[DeliveryState]:
    return [one.state for one in world.store.read(lambda conn: outbox.of_alert(conn, AlertId(number)))]


def test_quiet_hours_hold_and_deliver_at_the_end(make) -> None:
    """What comes at night goes out at seven local time, in the night that is an hour shorter too."""
    world = make(replace(DESK, quiet_hours=(NIGHT,)))
    world.arrive("R")
    world.run(EVENING + MINUTE)
    world.arrive("R")
    world.run(EVENING + DAY)
    assert [told.at for told in world.told("desk")] == [EVENING, datetime(2026, 3, 29, 5, tzinfo=UTC)]
    assert tally_of(world).told == {DeliveryState.SENT: 2}


def tally_of(world: World) -> tally.Tally:
    return world.store.read(tally.count)


def test_high_priority_passes_quiet_hours_where_it_may(make) -> None:
    """`high_passes: false` holds everything."""
    high = replace(RULE, priority=Priority.HIGH, channels=("desk", "strict"))
    strict = replace(DESK, name="strict", quiet_hours=(replace(NIGHT, high_passes=False),))
    world = make(replace(DESK, quiet_hours=(NIGHT,)), strict, rules=[high], start=EVENING + HOUR)
    world.arrive("R")
    world.run(EVENING + DAY)
    assert [told.at for told in world.told("desk")] == [EVENING + HOUR]
    assert [told.at for told in world.told("strict")] == [datetime(2026, 3, 29, 5, tzinfo=UTC)]


def test_quiet_hours_that_begin_during_an_outage_hold_the_repeat(make) -> None:
    """What failed before ten is not tried at night, and goes out in the morning."""
    world = make(replace(DESK, quiet_hours=(NIGHT,)))
    world.channels["desk"].answer = lambda now: DOWN if now < EVENING + HOUR else NOTHING
    world.arrive("R")
    world.run(EVENING + DAY)
    assert [told.at for told in world.told("desk")] == [datetime(2026, 3, 29, 5, tzinfo=UTC)]


def test_what_quiet_hours_held_is_sent_at_once_when_they_are_removed(make) -> None:
    """A reload without them changes what is already held."""
    world = make(replace(DESK, quiet_hours=(NIGHT,)), start=EVENING + HOUR)
    world.arrive("R")
    world.run(EVENING + 2 * HOUR)
    assert world.told("desk") == []
    world.restart("desk", DESK)
    world.run(EVENING + 2 * HOUR + MINUTE)
    assert len(world.told("desk")) == 1


def test_a_long_quiet_makes_nothing_expire(make) -> None:
    """The age of what was held counts from the end: a quiet weekend outlasts a max_age of a day."""
    weekend = (QuietHours(time(0), time(0), frozenset({5, 6})),)
    world = make(replace(DESK, quiet_hours=weekend, max_age=DAY), start=datetime(2026, 3, 28, 1, tzinfo=UTC))
    world.arrive("R")
    world.run(world.now + 4 * DAY)
    assert [told.at for told in world.told("desk")] == [datetime(2026, 3, 29, 22, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("start", "days"),
    [(datetime(2026, 3, 25, 12, tzinfo=UTC), 7), (datetime(2026, 10, 21, 12, tzinfo=UTC), 7),
     (datetime(2028, 2, 26, 12, tzinfo=UTC), 5)],
)  # fmt: skip
def test_one_digest_a_day_through_every_change_of_the_clock(make, start: datetime, days: int) -> None:
    """Each local half past two has exactly one digest: skipped, doubled, or on the leap day."""
    world = make(replace(DESK, digest=Digest(at=time(2, 30))), start=start)
    for _ in range(days * 24):
        world.arrive("R")
        world.run(world.now + HOUR)
    told = world.told("desk")
    assert len({one.at.astimezone(world.zone).date() for one in told}) == len(told) == days
    assert sum(one.message.payload["count"] for one in told) + tally_of(world).open == days * 24
    assert tally_of(world).total == days * 24


def test_a_missed_slot_is_made_up_once(make) -> None:
    """After three days of downtime one digest tells all of it, then comes the next slot as ever."""
    world = make(replace(DESK, digest=Digest(at=time(7))), start=datetime(2026, 6, 1, 12, tzinfo=UTC))
    world.arrive("R")
    world.now += 3 * DAY
    world.restart("desk")
    world.run(world.now + HOUR)
    (made_up,) = world.told("desk")
    assert made_up.at == datetime(2026, 6, 4, 12, tzinfo=UTC)
    world.arrive("R")
    world.run(world.now + DAY)
    assert [one.at.hour for one in world.told("desk")] == [12, 5]


def test_two_daemons_make_one_digest(make, store: Store, worlds: list[World]) -> None:
    """The slot's key lets only one of them in."""
    spec = replace(DESK, digest=Digest(at=time(7), empty=True))
    start = datetime(2026, 6, 1, 12, tzinfo=UTC)
    world = make(spec, start=start)
    other = World(store, start, [spec], [RULE])
    worlds.append(other)
    for one in (world, other):
        one.run(start + HOUR)
    world.arrive("R")
    for _ in range(3):
        for one in (other, world):
            one.wake()
            one.run(one.now + DAY)
    told = sorted(told.at for told in [*world.told("desk"), *other.told("desk")])
    assert len(told) == 3, "one with the alert, two empty ones"


def test_high_priority_does_not_wait_for_the_digest_unless_asked(make) -> None:
    """`high_passes` is the default."""
    rules = [RULE, replace(RULE, name="H", priority=Priority.HIGH)]
    world = make(replace(DESK, digest=Digest(every=30 * MINUTE)), rules=rules, start=EVENING)
    world.arrive("R", "H")
    world.run(EVENING + HOUR)
    assert [(one.at - EVENING, one.message.payload.get("kind")) for one in world.told("desk")] == [
        (timedelta(0), "story"),
        (MINUTE, "digest"),
    ]


def test_a_storm_is_told_in_one_message_and_none_is_dropped(make) -> None:
    """Three by themselves, then all others of the hour in one, with their count."""
    world = make(DESK, rules=[replace(RULE, storm=Storm(3, HOUR))])
    decided = []
    for _ in range(40):
        decided += world.arrive("R")
        world.run(world.now + MINUTE)
    world.run(world.now + 2 * HOUR)
    counts = [one.message.payload.get("count", 1) for one in world.told("desk")]
    assert counts == [1, 1, 1, 37]
    assert [one.reason for one in decided] == [Why.NEW_STORY] * 3 + [Why.STORM] * 37
    assert tally_of(world).told == {DeliveryState.SENT: 3, DeliveryState.DIGESTED: 37}


def test_a_channels_storm_limit_counts_all_rules(make) -> None:
    """Two rules share what one channel takes singly."""
    rules = [RULE, replace(RULE, name="S")]
    world = make(replace(DESK, storm=Storm(4, HOUR)), rules=rules)
    for _ in range(10):
        world.arrive("R", "S")
        world.run(world.now + MINUTE)
    world.run(world.now + 2 * HOUR)
    assert [one.message.payload.get("count", 1) for one in world.told("desk")] == [1, 1, 1, 1, 16]


def test_a_silence_suppresses_with_its_reason_until_it_ends(make) -> None:
    """Of a rule, or of what a query matches; expired by hand it ends at once."""
    world = make(DESK, rules=[RULE, replace(RULE, name="S")])
    until = EVENING + 3 * DAY
    world.store.write(
        lambda conn: silences.add(conn, query="title:sport", reason="cup", until_at=until, now=EVENING)
    )
    number = world.store.write(lambda conn: silences.add(conn, rule="S", until_at=until, now=EVENING))
    assert [one.reason for one in world.arrive("R", "S", title="Sport today")] == [Why.SILENCED] * 2
    assert [one.reason for one in world.arrive("R", "S", title="Politics")] == [Why.NEW_STORY, Why.SILENCED]
    assert world.store.write(lambda conn: silences.expire(conn, number, now=EVENING))
    assert [one.reason for one in world.arrive("S", title="Politics")] == [Why.NEW_STORY]
    world.now = until
    assert [one.reason for one in world.arrive("R", title="Sport today")] == [Why.NEW_STORY]


def silence(world: World, rule: str = "", query: str = "", *, lasts: timedelta = 3 * DAY) -> None:
    """As the command begins one."""
    now = world.now
    world.store.write(
        lambda conn: silences.add(conn, rule=rule, query=query, reason="cup", until_at=now + lasts, now=now)
    )


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        (replace(DESK, quiet_hours=(NIGHT,)), RULE),
        (DESK, replace(RULE, hold=2 * HOUR)),
        (replace(DESK, digest=Digest(at=time(7))), RULE),
        (replace(DESK, storm=Storm(1, 2 * HOUR)), RULE),
    ],
    ids=["quiet hours", "hold", "digest", "storm"],
)
def test_a_silence_holds_for_what_waits_already(make, channel: ChannelSpec, rule: Rule) -> None:
    """Whatever it waits for; what the silence does not match is told."""
    world = make(channel, rules=[rule], start=EVENING + HOUR)
    world.arrive("R", title="The first is told at once where a storm is what holds the others")
    for title in ("Sport today", "Politics"):
        world.arrive("R", title=title)
    world.run(world.now + 10 * MINUTE)
    silence(world, query="title:sport")
    world.run(world.now + 2 * DAY)
    assert not any("Sport" in one.message.text for one in world.told("desk"))
    assert any("Politics" in one.message.text for one in world.told("desk"))
    (called_off,) = [row for row in all_of(world) if row.state is DeliveryState.CANCELLED]
    assert called_off.reason is DeliveryReason.SILENCED
    assert "until 2026-" in called_off.detail
    assert called_off.detail.endswith("UTC: cup")
    sums = tally_of(world)
    assert (sums.matches, sums.suppressed, sums.told.total(), sums.open) == (3, {Why.SILENCED: 1}, 2, 0)


def all_of(world: World):
    return world.store.read(lambda conn: outbox.recent(conn, limit=1000))


def test_a_silence_leaves_what_was_told_as_it_is(make) -> None:
    """One channel had told of it when the silence began: the match is sent, the other channel keeps still."""
    night = ChannelSpec("night", "console://", time_zone=VIENNA, quiet_hours=(NIGHT,))
    world = make(DESK, night, rules=[replace(RULE, channels=("desk", "night"))], start=EVENING + HOUR)
    world.arrive("R")
    world.run(world.now + HOUR)
    silence(world, "R")
    world.run(world.now + 2 * DAY)
    assert (len(world.told("desk")), len(world.told("night"))) == (1, 0)
    assert sorted(states(world, 1)) == [DeliveryState.CANCELLED, DeliveryState.SENT]
    assert tally_of(world).told == {DeliveryState.SENT: 1}


def test_a_story_that_was_silenced_while_it_waited_is_told_by_its_next_article(make) -> None:
    """As one that was silenced at once: nobody has heard of it yet."""
    world = make(replace(DESK, quiet_hours=(NIGHT,)), start=EVENING + HOUR)
    (first,) = world.arrive("R")
    silence(world, "R", lasts=DAY)
    world.run(world.now + 2 * DAY)
    assert world.told("desk") == []
    (second,) = world.arrive("R", story=first.story)
    assert second.reason is Why.NEW_STORY
    world.run(world.now + DAY)
    assert len(world.told("desk")) == 1


def test_a_silence_calls_off_an_escalation_that_has_not_come(make) -> None:
    """Nobody is called about what nobody was to hear of; retrying what failed does not tell it either."""
    rule = replace(RULE, priority=Priority.HIGH, escalate=Escalation(3 * HOUR, ("phone",)))
    world = make(DESK, ChannelSpec("phone", "console://"), rules=[rule])
    world.channels["desk"].answer = lambda _: DOWN
    world.arrive("R")
    world.run(world.now + HOUR)
    silence(world, "R")
    world.channels["desk"].answer = lambda _: NOTHING
    world.run(world.now + DAY)
    assert (world.told("desk"), world.told("phone")) == ([], [])
    assert set(states(world, 1)) == {DeliveryState.CANCELLED}
    assert tally_of(world).suppressed == {Why.SILENCED: 1}


def test_a_silence_that_ended_before_the_wait_did_holds_nothing_back(make) -> None:
    """What counts is whether it holds when the message would go."""
    world = make(replace(DESK, quiet_hours=(NIGHT,)), start=EVENING + HOUR)
    world.arrive("R")
    silence(world, "R", lasts=HOUR)
    world.run(world.now + DAY)
    assert len(world.told("desk")) == 1


def test_a_story_throttle_holds_for_that_story_only(make) -> None:
    """Another story is told, the same one again after the time."""
    from monitor.model import AlertScope

    world = make(DESK, rules=[replace(RULE, alert=AlertScope.ARTICLE, story_throttle=HOUR)])
    (first,) = world.arrive("R")
    (again,) = world.arrive("R", story=first.story)
    (other,) = world.arrive("R")
    world.now += HOUR
    (later,) = world.arrive("R", story=first.story)
    assert [one.reason for one in (first, again, other, later)] == [
        Why.NEW_ARTICLE, Why.STORY_THROTTLED, Why.NEW_ARTICLE, Why.NEW_ARTICLE,
    ]  # fmt: skip


def test_a_rule_alerts_in_its_hours_and_until_it_ends(make) -> None:
    """Outside of them the match is kept as inactive, afterwards as expired."""
    active = Active(until=EVENING + 2 * DAY, begins=time(8), ends=time(18))
    world = make(DESK, rules=[replace(RULE, active=active)], time_zone=VIENNA)
    reasons = []
    for _ in range(8):
        reasons += [one.reason for one in world.arrive("R")]
        world.run(world.now + 6 * HOUR)
    reasons += [one.reason for one in world.arrive("R")]
    assert set(reasons[:8]) == {Why.INACTIVE, Why.NEW_STORY}
    assert reasons[8] is Why.RULE_EXPIRED
    assert tally_of(world).total == 9


def test_an_alert_that_nobody_acknowledges_is_escalated(make) -> None:
    """After a quarter of an hour the phone rings; an acknowledgement in time spares it."""
    rule = replace(RULE, priority=Priority.HIGH, escalate=Escalation(15 * MINUTE, ("phone",)))
    world = make(DESK, ChannelSpec("phone", "console://"), rules=[rule])
    (seen,) = world.arrive("R")
    (missed,) = world.arrive("R")
    world.run(EVENING + 10 * MINUTE)
    assert world.told("phone") == []
    world.acknowledge(seen.alert)
    world.run(EVENING + HOUR)
    (call,) = world.told("phone")
    assert call.at == EVENING + 15 * MINUTE
    assert call.message.payload["id"] == missed.alert
    assert f"alerts ack {missed.alert}" in call.message.text
    assert states(world, seen.alert) == [DeliveryState.SENT, DeliveryState.CANCELLED]


def test_a_backlog_comes_in_one_message(make) -> None:
    """After an outage, what waited beyond the threshold is one digest; what is urgent comes by itself."""
    rules = [RULE, replace(RULE, name="H", priority=Priority.HIGH)]
    world = make(replace(DESK, backlog=10), rules=rules)
    world.channels["desk"].answer = lambda now: DOWN if now < EVENING + 2 * HOUR else NOTHING
    for _ in range(60):
        world.arrive("R")
        world.run(world.now + MINUTE)
    world.arrive("H")
    world.run(EVENING + 3 * HOUR)
    told = world.told("desk")
    assert len(told) <= 3
    assert max(one.at for one in told) <= EVENING + 2 * HOUR + 5 * MINUTE
    assert tally_of(world).told.total() == 61
    assert tally_of(world).open == 0


def test_a_canary_of_an_outage_is_no_alert_of_the_backlog(make) -> None:
    """It comes by itself when the channel is back, and the digest counts what happened in the world."""
    world = make(replace(DESK, backlog=2, canary=time(22, 30)), rules=[RULE])
    world.channels["desk"].answer = lambda now: DOWN if now < EVENING + 2 * HOUR else NOTHING
    for _ in range(6):
        world.arrive("R")
        world.run(world.now + MINUTE)
    world.run(EVENING + 3 * HOUR)
    titles = [told.message.title for told in world.told("desk")]
    assert len([title for title in titles if "desk works" in title]) == 1
    (digest,) = [title for title in titles if "waited" in title]
    assert "1 rule" in digest
    assert tally_of(world).open == 0


def test_a_notice_of_a_lost_alert_has_the_article_s_link(make) -> None:
    """Who reads it elsewhere can read the article, without a look into the database."""
    world = make(DESK, ChannelSpec("ops", "console://"), rules=[RULE])
    world.channels["desk"].answer = lambda _: Outcome(DeliveryReason.PERMANENT, "550 no such user")
    (first,) = world.arrive("R")
    world.run(EVENING + HOUR)
    (told,) = world.told("ops")
    link = world.store.read(lambda conn: alerts.get(conn, first.alert)).article.url
    assert link.startswith("https://")
    assert link in told.message.text.split("\n")


def test_a_digest_that_dies_takes_its_alerts_along_and_can_be_retried(make) -> None:
    """Dead together, told elsewhere, and sent together by `deliveries retry`."""
    world = make(
        replace(DESK, digest=Digest(every=30 * MINUTE)),
        ChannelSpec("ops", "console://"),
        rules=[RULE],
    )
    world.channels["desk"].answer = lambda _: Outcome(DeliveryReason.PERMANENT, "550 too much")
    (first,) = world.arrive("R")
    world.run(EVENING + HOUR)
    assert states(world, first.alert) == [DeliveryState.DEAD]
    assert "could not be delivered" in world.told("ops")[0].message.title
    world.channels["desk"].answer = lambda _: NOTHING
    assert world.store.write(lambda conn: outbox.retry(conn, dead=True, now=world.now)) == 1
    world.wake()
    world.run(world.now + MINUTE)
    assert states(world, first.alert) == [DeliveryState.DIGESTED]


def test_a_canary_sings_once_a_day(make) -> None:
    """At its local time, through the change of the clock; not for days before it was hired."""
    world = make(replace(DESK, canary=time(8)), start=datetime(2026, 3, 27, 12, tzinfo=UTC))
    world.run(world.now + 4 * DAY)
    zone = world.zone.__class__(VIENNA)
    assert [told.at.astimezone(zone).strftime("%d %H:%M") for told in world.told("desk")] == [
        "28 08:00", "29 08:00", "30 08:00", "31 08:00",
    ]  # fmt: skip


def test_a_rules_own_recipients_get_it_and_nobody_else(make) -> None:
    """The channel's list is for the other rules."""
    rules = [RULE, replace(RULE, name="A", recipients={"desk": ("anna@example.org",)})]
    world = make(DESK, rules=rules, recipients={"desk": ("all@example.org",)})
    world.arrive("R", "A")
    world.run(EVENING + MINUTE)
    assert sorted((one.recipient, one.message.payload["rule"]) for one in world.told("desk")) == [
        ("all@example.org", "R"), ("anna@example.org", "A"),
    ]  # fmt: skip


def test_a_clock_that_jumps_ahead_and_back_tells_each_slot_once(make) -> None:
    """Ten years ahead for a moment: nothing is lost, nothing comes twice."""
    world = make(replace(DESK, digest=Digest(at=time(7), empty=True)), start=EVENING)
    world.run(EVENING + DAY)
    assert len(world.told("desk")) == 1
    world.arrive("R")
    world.now += 3650 * DAY
    world.wake()
    world.step("desk")
    world.step("desk")
    world.now = EVENING + DAY
    world.wake()
    for _ in range(3):
        world.arrive("R")
        world.run(world.now + DAY)
    tally_ = tally_of(world)
    assert (tally_.total, tally_.open) == (4, 0)


@pytest.mark.parametrize("digest", [Digest(at=time(7)), None])
def test_what_came_while_the_clock_was_ahead_waits_no_longer_than_usual(make, digest: Digest | None) -> None:
    """Set back again, the digest or the end of the quiet hours lies as far ahead as ever."""
    world = make(replace(DESK, digest=digest, quiet_hours=() if digest else (NIGHT,)), start=EVENING + HOUR)
    world.jump(3650 * DAY)
    world.arrive("R")
    world.run(world.now + MINUTE)
    world.jump(-3650 * DAY)
    world.run(world.now + DAY)
    assert len(world.told("desk")) == 1
