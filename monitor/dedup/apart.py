"""Articles that a person has said do not tell one story: kept apart for as long as the saying stands."""

from collections.abc import Iterable, Set


class Apart:
    """Pairs of article ids. Remembers the stories of these articles, and of no others."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._others: dict[str, set[str]] = {}
        for one, other in pairs:
            self._others.setdefault(one, set()).add(other)
            self._others.setdefault(other, set()).add(one)
        self._stories: dict[str, set[int]] = {}

    def stories(self, article_id: str) -> Set[int]:
        """The stories that the article must not join."""
        others = self._others.get(article_id)
        if not others:
            return frozenset()
        return frozenset(story for other in others for story in self._stories.get(other, ()))

    def note(self, article_id: str, story: int) -> None:
        """Tell which story an article got."""
        if article_id in self._others:
            self._stories.setdefault(article_id, set()).add(story)

    def merge(self, kept: int, absorbed: int) -> None:
        """One story took in another: who is apart from that is apart from the whole."""
        for stories in self._stories.values():
            if absorbed in stories:
                stories.add(kept)
