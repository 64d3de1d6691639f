"""What the stories of a stream are called: by the article that began them, whatever was merged since."""

from collections import OrderedDict


class StoryNames:
    """The names of the `capacity` newest stories, and the merges of as many."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._numbers: OrderedDict[str, int] = OrderedDict()  # name → story
        self._names: dict[int, str] = {}
        self._merged: OrderedDict[int, int] = OrderedDict()  # story → the older one that took it in

    def begin(self, article_id: str, story: int) -> str:
        """The name of a new story: the id of its article, made distinct where ids repeat between sources."""
        name = article_id if article_id not in self._numbers else f"{article_id}#{story}"
        self._numbers[name], self._names[story] = story, name
        while len(self._numbers) > self._capacity:
            self._names.pop(self._numbers.popitem(last=False)[1], None)
        return name

    def merge(self, kept: int, absorbed: int) -> None:
        """Remember that an older story took in another one."""
        self._merged[absorbed] = kept
        while len(self._merged) > self._capacity:
            self._merged.popitem(last=False)

    def number(self, story: int) -> int:
        """The story that one is part of by now."""
        while story in self._merged:
            story = self._merged[story]
        return story

    def now(self, name: str) -> str:
        """The same by name. A story that was forgotten keeps its name."""
        story = self._numbers.get(name)
        return name if story is None else self._names.get(self.number(story), name)
