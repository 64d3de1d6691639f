"""Work that costs little more for many than for one: who comes while a group is at work waits for the next.

So nobody waits for others when there is little to do, and groups grow as there is more. Knows nothing of
what the work is.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class _Asked(NamedTuple, Generic[A, B]):
    one: A
    answer: "asyncio.Future[B]"


class Turns(Generic[A, B]):
    """One group after the other. For one event loop at a time.

    `work` takes the members of a group and gives their answers in the same order. `weigh` says how much
    one counts; a group of more than one weighs no more than `most`, and `are_alike` holds for each with
    the first of it.
    """

    def __init__(
        self,
        work: Callable[[Sequence[A]], Awaitable[Sequence[B]]],
        *,
        most: int,
        weigh: Callable[[A], int],
        are_alike: Callable[[A, A], bool],
    ) -> None:
        self._work = work
        self._most = most
        self._weigh = weigh
        self._are_alike = are_alike
        self._waiting: deque[_Asked[A, B]] = deque()
        self._going: asyncio.Task[None] | None = None

    async def ask(self, one: A) -> B:
        """The answer for one. Raises what the work raises for this one alone."""
        asked = _Asked[A, B](one, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._going is None:
            self._going = asyncio.create_task(self._go())
        return await asked.answer

    async def _go(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next())
        finally:
            self._going = None
            while self._waiting:  # the loop ends
                self._waiting.popleft().answer.cancel()

    def _next(self) -> list[_Asked[A, B]]:
        group = [self._waiting.popleft()]
        weight = self._weigh(group[0].one)
        while self._waiting and self._are_alike(group[0].one, self._waiting[0].one):
            weight += self._weigh(self._waiting[0].one)
            if weight > self._most:
                break
            group.append(self._waiting.popleft())
        return [asked for asked in group if not asked.answer.done()]  # else cancelled

    async def _answer(self, group: Sequence[_Asked[A, B]]) -> None:
        """When a group fails, each of it has a turn of its own, so that one hurts no other."""
        try:
            answers = await self._work([asked.one for asked in group]) if group else ()
        except Exception as error:  # whatever it is, it is for those who wait
            if len(group) == 1:
                _tell(group[0], error)
                return
            for asked in group:
                await self._answer([asked])
        else:
            for asked, answer in zip(group, answers, strict=True):
                if not asked.answer.done():
                    asked.answer.set_result(answer)


def _tell(asked: _Asked[A, B], error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
