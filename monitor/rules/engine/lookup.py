"""The lookup: all features of a rule set made ready to be found in a batch.

Order matters: phrases are made of words, NEAR of phrases; the features of single fields are those of
all fields, restricted.
"""

from collections.abc import Sequence

import numpy as np

from monitor.model import Article
from monitor.rules.engine.arrays import I64, Bool, pointers, spread
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.features import ALWAYS, DEFAULT_MASK, Features, names_of
from monitor.rules.engine.leaves import WILDCARDS
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.nearness import Nearness
from monitor.rules.engine.phrases import Phrases
from monitor.rules.engine.postings import Masks, Met, Postings
from monitor.rules.engine.regexes import Regexes
from monitor.rules.engine.sequences import Sequences
from monitor.rules.engine.vocabulary import Beginnings, Hits, Parts, Words
from monitor.rules.matcher import UNKNOWN_LANGUAGES, is_language, language_code


class Lookup:
    """Finds features. Its masks belong to the batch looked at last."""

    def __init__(self, features: Features, letters: Letters) -> None:
        self.texts = features.texts
        self.masks = Masks(len(features))
        self._groups: I64 = np.zeros(len(features), dtype=np.int64)
        self._words = Words(features.words, letters)
        self._beginnings = Beginnings(features.beginnings, letters)
        self._ends = Parts(features.ends, letters)
        self._parts = Parts(features.parts, letters)
        self._phrases = Phrases(features.phrases, len(features))
        self._in_fields = _InFields(features)
        self._sequences = Sequences(features.sequences)
        self._nearness = Nearness(features.nears)
        self._languages = features.languages
        self._regexes = Regexes(features.regexes, names_of(features.regex_fields))
        self._spans: I64 = np.zeros(len(features), dtype=np.int64)
        for steps, number in features.phrases.items():
            self._spans[number] = len(steps) - 1
        for (number, _), restricted in features.in_fields.items():
            self._spans[restricted] = self._spans[number]
        self.is_joined: Bool = np.zeros(len(features), dtype=np.bool_)
        self.is_joined[[*features.sequences.values(), *features.nears.values()]] = True

    def find(self, batch: Batch) -> "Found":
        """All features of the batch."""
        self.masks.clear()
        self.masks.set(np.array([ALWAYS]), np.array([batch.all], dtype=np.uint64))
        features, firsts = self._hits(batch)
        hits = Postings(features, firsts, None, self._spans)
        hits.file(batch.article_of, self.masks, self._groups)
        met = [
            self._sequences.find(self.masks, hits, batch.scan),
            self._nearness.find(self.masks, hits, batch.scan.blocks),
        ]
        joined = _join([item for item in met if item is not None], self._spans)
        if joined is not None:
            joined.file(batch.article_of, self.masks, self._groups)
        self._set_languages(batch.articles)
        self.masks.set(*self._regexes.find(batch.articles))
        return Found(self, hits, joined)

    def _hits(self, batch: Batch) -> Hits:
        """The hits of words, parts and phrases, and of their features of single fields."""
        scan = batch.scan
        words = self._words.find(scan)
        found = [words, *self._phrases.find(scan, words), *self._beginnings.find(scan)]
        found += [*self._ends.find_at_ends(scan), *self._parts.find_anywhere(scan)]
        features = np.concatenate([hits[0] for hits in found])
        firsts = np.concatenate([hits[1] for hits in found])
        if not len(self._in_fields) and not batch.has_other_fields:
            return features, firsts
        flags = batch.field_flags(firsts)
        restricted = self._in_fields.find(features, firsts, flags)
        is_default = (flags & DEFAULT_MASK) != 0
        return (
            np.concatenate((features[is_default], restricted[0])),
            np.concatenate((firsts[is_default], restricted[1])),
        )

    def _set_languages(self, articles: Sequence[Article]) -> None:
        codes = [language_code(article.language) for article in articles] if self._languages else []
        for (wanted, is_open), number in self._languages.items():
            mask = sum(1 << index for index, code in enumerate(codes) if _speaks(code, wanted, is_open))
            if mask:
                self.masks.set(np.array([number]), np.array([mask], dtype=np.uint64))


def _join(met: list[Met], spans: I64) -> Postings | None:
    """The postings of joined places; None when there are none."""
    found = [item for item in met if len(item.features)]
    if not found:
        return None
    features, firsts, lasts = map(np.concatenate, zip(*found, strict=True))
    return Postings(features, firsts, lasts, spans)


def _speaks(code: str, wanted: tuple[str, ...], is_open: bool) -> bool:
    if code in UNKNOWN_LANGUAGES:
        return is_open
    return any(is_language(code, item) for item in wanted)


class _InFields:
    """Features restricted to fields: from hits anywhere to hits there."""

    def __init__(self, features: Features) -> None:
        rows = sorted((number, mask, own) for (number, mask), own in features.in_fields.items())
        self._masks: I64 = np.array([mask for _, mask, _ in rows], dtype=np.int64)
        self._own: I64 = np.array([own for _, _, own in rows], dtype=np.int64)
        numbers = np.array([number for number, _, _ in rows], dtype=np.int64)
        self._pointers = pointers(np.bincount(numbers, minlength=len(features)))

    def __len__(self) -> int:
        return len(self._own)

    def find(self, features: I64, firsts: I64, flags: I64) -> Hits:
        """The hits of restricted features, given all hits and the fields they are in."""
        starts = self._pointers[features]
        counts = self._pointers[features + 1] - starts
        rows = spread(starts, counts)
        which = np.repeat(np.arange(len(counts)), counts)
        inside = (self._masks[rows] & flags[which]) != 0
        return self._own[rows[inside]], firsts[which[inside]]


class Found:
    """What was found in a batch: the masks, and the places of words, phrases, sequences and NEARs."""

    def __init__(self, lookup: Lookup, hits: Postings, joined: Postings | None) -> None:
        self.masks = lookup.masks
        self.hits = hits
        self.joined = joined
        self.is_joined = lookup.is_joined
        self._texts = lookup.texts

    def places(self, pattern: str, heads: Sequence[str], article: int) -> list[int] | None:
        """Words that may be what a folded pattern asks for, with or without a head before it.

        Ascending; None when something of it is not looked up.
        """
        first, *others = WILDCARDS.split(pattern)
        known, text = self._texts.words if not others else self._texts.beginnings, first
        if not first:
            heads = ()
            known, text = self._texts.ends, others[-1]
            if not text:
                known, text = self._texts.parts, max(others, key=len)
        numbers = [known.get(text), *(known.get(head + text) for head in heads)]
        places: list[int] = []
        for number in numbers:
            if number is None:
                return None
            if int(self.masks.of[number]) >> article & 1:
                starts, counts = self.hits.ranges(np.array([number]), np.array([article]))
                start, count = int(starts[0]), int(counts[0])
                places += self.hits.firsts[start : start + count].tolist()
        return places if len(numbers) == 1 and known is not self._texts.parts else sorted(set(places))
