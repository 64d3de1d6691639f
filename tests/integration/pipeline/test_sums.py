"""No match is lost: each ends in exactly one way, whatever policies, outages, kills and the clock do."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.errors import DeliveryReason
from monitor.model import (
    Active,
    AlertScope,
    ChannelSpec,
    DeliveryState,
    Digest,
    Escalation,
    Outcome,
    Priority,
    QuietHours,
    Rule,
    Storm,
    StoryId,
)
from monitor.store import Store, outbox, silences, tally
from tests.support.simulation import DOWN, NOTHING, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STARTS = (
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),
)
JUMPS = (-DAY, -HOUR, timedelta(seconds=-2), timedelta(seconds=7), HOUR, DAY, 3650 * DAY, -3650 * DAY)
ENDED = {DeliveryState.SENT, DeliveryState.DIGESTED, DeliveryState.DEAD, DeliveryState.EXPIRED}
ANSWERS = (
    DOWN,
    Outcome(DeliveryReason.PERMANENT, "550 no"),
    Outcome(DeliveryReason.THROTTLED, "429", 10 * MINUTE),
    Outcome(DeliveryReason.UNKNOWN, "no answer"),
)


def _channel(rng: random.Random, name: str) -> ChannelSpec:
    nights = (QuietHours(time(22), time(7), high_passes=rng.random() < 0.5),)
    plans = (None, None, Digest(every=30 * MINUTE), Digest(at=time(2, 30)), Digest(at=time(7), empty=True))
    return ChannelSpec(
        name,
        "console://",
        time_zone=rng.choice(["Europe/Vienna", "America/New_York", "Asia/Kathmandu", "UTC"]),
        max_age=rng.choice([6 * HOUR, 72 * HOUR]),
        quiet_hours=nights if rng.random() < 0.5 else (),
        digest=rng.choice(plans),
        storm=rng.choice([None, Storm(5, HOUR)]),
        backlog=rng.choice([None, 3]),
        canary=rng.choice([None, time(8)]),
    )


def _rule(rng: random.Random, name: str, channels: list[str]) -> Rule:
    return Rule(
        name,
        "a",
        channels=tuple(rng.sample(channels, rng.randint(1, len(channels)))),
        priority=rng.choice(list(Priority)),
        alert=rng.choice(list(AlertScope)),
        follow_up=rng.choice([(), (2, 4)]),
        throttle=rng.choice([None, None, 20 * MINUTE]),
        story_throttle=rng.choice([None, HOUR]),
        hold=rng.choice([None, 15 * MINUTE]),
        storm=rng.choice([None, Storm(4, HOUR)]),
        active=rng.choice([None, None, Active(begins=time(6), ends=time(23))]),
        escalate=rng.choice([None, Escalation(15 * MINUTE, (channels[0],))]),
    )


@pytest.mark.parametrize("seed", range(8))
def test_every_match_ends_in_exactly_one_way_and_the_sums_agree(store: Store, seed: int) -> None:
    """Matches = sent + digested + suppressed, by reasons, + expired + dead; nothing is open in the end."""
    rng = random.Random(seed)
    names = ["one", "two", "three"][: rng.randint(1, 3)]
    specs = [_channel(rng, name) for name in names]
    rules = [_rule(rng, f"R{number}", names) for number in range(3)]
    world = World(store, rng.choice(STARTS), specs, rules, seed=seed, recipients={"one": ("a@x", "b@x")})
    try:
        matched = _live(world, rng, names)
        for channel in world.channels.values():
            channel.answer = lambda _: NOTHING
        world.wake()
        world.run(world.now + 4 * DAY)
        sums = store.read(tally.count)
        assert sums.matches == sums.total == matched
        assert sums.pruned == 0
        assert set(sums.told) <= ENDED
        assert None not in sums.suppressed
        _nothing_came_twice_without_reason(world)
    finally:
        world.close()


def _live(world: World, rng: random.Random, names: list[str]) -> int:
    """A day and a half of articles, outages, kills, silences, acknowledgements and jumps of the clock."""
    stories: list[StoryId] = []
    matched = 0
    for _ in range(60):
        chance = rng.random()
        name = rng.choice(names)
        if chance < 0.06:
            answer = rng.choice(ANSWERS)
            world.channels[name].answer = lambda _, answer=answer: answer
        elif chance < 0.14:
            world.channels[name].answer = lambda _: NOTHING
        elif chance < 0.18:
            world.kill(name, sent=rng.randint(0, 2))
        elif chance < 0.20:
            until = world.now + rng.choice([HOUR, DAY])
            rule = rng.choice(list(world.rules))
            world.store.write(
                lambda conn, rule=rule, until=until: silences.add(
                    conn, rule=rule, until_at=until, now=world.now
                )
            )
        elif chance < 0.22:
            world.restart(name, replace(world.specs[name], quiet_hours=()))
        elif chance < 0.27:
            world.jump(rng.choice(JUMPS))
        story = rng.choice(stories) if stories and rng.random() < 0.3 else None
        chosen = rng.sample(list(world.rules), rng.randint(1, 3))
        decided = world.arrive(*chosen, story=story)
        matched += len(chosen)
        stories += [one.story for one in decided[:1]]
        if rng.random() < 0.1 and decided[0].alert is not None:
            world.acknowledge(decided[0].alert)
        world.run(world.now + rng.choice([MINUTE, 5 * MINUTE, 40 * MINUTE]))
    return matched


def _nothing_came_twice_without_reason(world: World) -> None:
    """A message comes again only as a marked repeat, with the same key; every key is of one delivery."""
    rows = world.store.read(lambda conn: outbox.recent(conn, limit=100_000))
    assert len({row.key for row in rows}) == len(rows)
    for channel in world.channels.values():
        counts = Counter(told.message.key for told in channel.told)
        repeated = {key for key, count in counts.items() if count > 1}
        marked = {told.message.key for told in channel.told if told.message.repeat}
        assert repeated <= marked
    inside = {row.id for row in rows if row.state is DeliveryState.DIGESTED}
    assert all(row.part_of is not None for row in rows if row.id in inside)
