"""Groups: who comes while one is at work waits for the next, and hurts no other."""

import asyncio
from collections.abc import Sequence

import pytest

from monitor.pipeline.turns import Turns


class Counter:
    """Doubles numbers, a group at a time, when it is let go on; those above a hundred it cannot."""

    def __init__(self, *, most: int = 100, open_: bool = True) -> None:
        self.groups: list[list[int]] = []
        self.gate, self.busy = asyncio.Event(), asyncio.Event()
        if open_:
            self.gate.set()
        self.turns: Turns[int, int] = Turns(
            self.work, most=most, weigh=lambda one: one, are_alike=lambda one, other: one % 2 == other % 2
        )

    async def work(self, group: Sequence[int]) -> list[int]:
        """The work."""
        self.groups.append(list(group))
        self.busy.set()
        await self.gate.wait()
        if max(group) > 100:
            raise ValueError(f"{max(group)} is too much")
        return [2 * one for one in group]

    async def ask_all(self, *numbers: int) -> list[int | BaseException]:
        """All at once, the first of them before the others."""
        asked = [asyncio.create_task(self.turns.ask(one)) for one in numbers]
        await self.busy.wait()
        self.gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)


def test_one_alone_does_not_wait() -> None:
    """It is a group of its own."""

    async def run() -> None:
        counter = Counter()
        assert await counter.turns.ask(1) == 2
        assert await counter.turns.ask(3) == 6
        assert counter.groups == [[1], [3]]

    asyncio.run(run())


def test_who_comes_meanwhile_goes_together() -> None:
    """Everybody has the answer to what was asked."""

    async def run() -> None:
        counter = Counter(open_=False)
        task = asyncio.create_task(counter.turns.ask(1))
        await counter.busy.wait()
        assert await counter.ask_all(3, 5, 7) == [6, 10, 14]
        assert await task == 2
        assert counter.groups == [[1], [3, 5, 7]]

    asyncio.run(run())


def test_a_group_weighs_no_more_than_it_may() -> None:
    """But one that weighs more has its turn, alone."""

    async def run() -> None:
        counter = Counter(most=8, open_=False)
        task = asyncio.create_task(counter.turns.ask(99))
        assert await counter.ask_all(3, 5, 7, 51, 1) == [6, 10, 14, 102, 2]
        assert await task == 198
        assert counter.groups == [[99], [3, 5], [7], [51], [1]]

    asyncio.run(run())


def test_only_what_is_alike_goes_together() -> None:
    """In the order of asking."""

    async def run() -> None:
        counter = Counter(open_=False)
        task = asyncio.create_task(counter.turns.ask(1))
        await counter.busy.wait()
        assert await counter.ask_all(1, 2, 4, 3) == [2, 4, 8, 6]
        assert await task == 2
        assert counter.groups == [[1], [1], [2, 4], [3]]

    asyncio.run(run())


def test_one_that_fails_hurts_no_other() -> None:
    """When a group fails, each of it has a turn alone."""

    async def run() -> None:
        counter = Counter(most=1000, open_=False)
        task = asyncio.create_task(counter.turns.ask(1))
        one, two, three = await counter.ask_all(3, 101, 5)
        assert (one, three, await task) == (6, 10, 2)
        assert isinstance(two, ValueError)
        assert str(two) == "101 is too much"
        with pytest.raises(ValueError, match="103 is too much"):
            await counter.turns.ask(103)

    asyncio.run(run())


def test_who_gave_up_is_left_out() -> None:
    """A poll that is cancelled while it waits keeps nobody waiting, and nothing is done for it."""

    async def run() -> None:
        counter = Counter(open_=False)
        first = asyncio.create_task(counter.turns.ask(1))
        await counter.busy.wait()
        second, third = (asyncio.create_task(counter.turns.ask(one)) for one in (3, 5))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        counter.gate.set()
        assert (await first, await third) == (2, 10)
        assert counter.groups == [[1], [5]]

    asyncio.run(run())


def test_a_loop_that_ends_leaves_nothing_behind() -> None:
    """In the next one all begins anew."""
    counter = Counter(open_=False)

    async def give_up() -> None:
        asked = [asyncio.create_task(counter.turns.ask(one)) for one in (1, 3)]
        await counter.busy.wait()
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(give_up())
    counter.gate = asyncio.Event()
    counter.gate.set()
    assert asyncio.run(counter.turns.ask(5)) == 10
