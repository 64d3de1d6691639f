"""The gate in front of hosts."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from monitor.fetch.hosts import HostGate


class Crowd:
    """Visitors that note when they came in, and stay until let go."""

    def __init__(self, gate: HostGate) -> None:
        self.gate = gate
        self.inside: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.entered: list[tuple[str, float]] = []

    async def visit(self, host: str, stay: float = 0.0, *, follows: bool = False) -> None:
        async with self.gate.visit(host, follows=follows):
            for key in (host, "all"):
                self.inside[key] = self.inside.get(key, 0) + 1
                self.most[key] = max(self.most.get(key, 0), self.inside[key])
            self.entered.append((host, asyncio.get_running_loop().time()))
            await asyncio.sleep(stay)
            for key in (host, "all"):
                self.inside[key] -= 1


def make(*, concurrency: int = 100, per_host: int = 100, gap: float = 0.0) -> Crowd:
    return Crowd(HostGate(concurrency=concurrency, per_host=per_host, gap=timedelta(seconds=gap)))


def test_no_more_than_so_many_at_one_host():
    """The sixth visitor waits, while another host is free."""

    async def scenario() -> Crowd:
        crowd = make(per_host=2)
        await asyncio.gather(*(crowd.visit("a", 0.01) for _ in range(6)), crowd.visit("b"))
        return crowd

    crowd = asyncio.run(scenario())
    assert crowd.most["a"] == 2
    assert {host for host, _ in crowd.entered[:3]} == {"a", "b"}


def test_no_more_than_so_many_altogether():
    """Many hosts at once share the room there is."""

    async def scenario() -> Crowd:
        crowd = make(concurrency=3)
        await asyncio.gather(*(crowd.visit(f"h{n}", 0.01) for n in range(12)))
        return crowd

    assert asyncio.run(scenario()).most["all"] == 3


def test_starts_at_one_host_are_spaced():
    """However short the visits, the next one starts a gap later; other hosts do not wait."""

    async def scenario() -> Crowd:
        crowd = make(gap=0.05)
        await asyncio.gather(*(crowd.visit("a") for _ in range(4)), *(crowd.visit(f"b{n}") for n in range(9)))
        return crowd

    entered = asyncio.run(scenario()).entered
    starts = [at for host, at in entered if host == "a"]
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(starts))
    assert all(at - entered[0][1] < starts[-1] - entered[0][1] for host, at in entered if host != "a")


def test_the_next_hop_of_a_visit_need_not_wait_the_gap():
    """A redirect within a host belongs to the same visit."""

    async def scenario() -> Crowd:
        crowd = make(gap=3600)
        await crowd.visit("a")
        await asyncio.wait_for(crowd.visit("a", follows=True), 5)
        return crowd

    assert len(asyncio.run(scenario()).entered) == 2


def test_visitors_waiting_for_a_slow_host_leave_room_for_others():
    """A host's queue takes no place in the crowd."""

    async def scenario() -> Crowd:
        crowd = make(concurrency=2, per_host=1, gap=3600)
        slow = [asyncio.create_task(crowd.visit("slow")) for _ in range(10)]
        await asyncio.wait_for(asyncio.gather(*(crowd.visit(f"h{n}") for n in range(5))), 5)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return crowd

    assert len(asyncio.run(scenario()).entered) == 6


def test_a_cancelled_visitor_gives_its_place_back():
    """Cancelling those who wait or are inside leaves the gate as it was."""

    async def scenario() -> int:
        crowd = make(concurrency=1, per_host=1)
        tasks = [asyncio.create_task(crowd.visit("a", 3600)) for _ in range(3)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(crowd.visit("a"), 5)
        return len(crowd.entered)

    assert asyncio.run(scenario()) == 2


def test_hosts_are_forgotten():
    """Ten thousand hosts leave no ten thousand records behind."""

    async def scenario() -> int:
        gate = HostGate(concurrency=8, per_host=2, gap=timedelta())
        for n in range(10_000):
            async with gate.visit(f"h{n}"):
                pass
        return len(gate._lanes)

    assert asyncio.run(scenario()) <= 1100
