"""Pages for the reference matcher that are filled from a scan, word by word as the matcher asks.

What the matcher sees is exactly what a `Page` shows; only the work of cutting and folding a whole
article is spared.
"""

from typing import SupportsIndex, overload

from monitor.rules import words
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.lookup import Found
from monitor.rules.page import FieldText, Page
from monitor.text.fold import fold
from monitor.text.tokens import Token


class BatchPage(Page):
    """One article of a batch."""

    def __init__(self, batch: Batch, number: int, found: Found) -> None:
        super().__init__(batch.articles[number])
        self._batch = batch
        self._number = number
        self._found = found

    def field(self, name: str) -> FieldText:
        """The field, served from the scan when it was scanned."""
        if name not in self._fields:
            text = self._batch.text_number(self._number, name)
            if text is None:
                return super().field(name)
            self._fields[name] = _ScannedText(name, self._batch, self._number, text, self._found)
        return self._fields[name]


class _ScannedText(FieldText):
    """One text of the scan."""

    def __init__(self, name: str, batch: Batch, article: int, number: int, found: Found) -> None:
        super().__init__(name, batch.scan.texts[number])
        scan = batch.scan
        self._found = found
        self._article = article
        self._first, self._end = scan.first_words[number : number + 2].tolist()
        self.tokens = _Tokens(batch, number, self._first, self._end)

    def positions(self, run: words.Run, *, exact: bool) -> list[int]:
        """As the page says, from the hits of the batch where they tell."""
        if exact and words.has_wildcard(run.plain):
            return super().positions(run, exact=True)
        pattern = fold(run.plain) if exact else run.folded
        heads = () if exact else words.prefixes(pattern)
        places = self._found.places(pattern, heads, self._article) if pattern != "*" else None
        if places is None:
            return super().positions(run, exact=exact)
        inside = (place - self._first for place in places if self._first <= place < self._end)
        return [place for place in inside if self.accepts(run, place, exact=exact)]


class _Tokens(list[Token]):
    """The words of one text, made when they are asked for."""

    def __init__(self, batch: Batch, number: int, first: int, end: int) -> None:
        super().__init__([_UNREAD] * (end - first))
        self._scan = batch.scan
        self._first = first
        self._offset = int(batch.scan.offsets[number])

    @overload
    def __getitem__(self, index: SupportsIndex) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> list[Token]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Token | list[Token]:
        """The word, with offsets in its own text."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        token = super().__getitem__(index)
        if token is _UNREAD:
            number = range(len(self))[index]
            token = self[number] = self._read(self._first + number)
        return token

    def __iter__(self):  # type: ignore[no-untyped-def]
        """All words in order."""
        return (self[number] for number in range(len(self)))

    def _read(self, word: int) -> Token:
        scan = self._scan
        start, end = int(scan.starts[word]), int(scan.ends[word])
        folded = fold(scan.joined[start:end])
        offset = self._offset
        touches = bool(scan.touches[word])
        return Token(start - offset, end - offset, folded, int(scan.blocks[word]), touches)


_UNREAD = Token(-1, -1, "", -1, False)
