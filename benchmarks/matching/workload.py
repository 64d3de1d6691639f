"""The workload: articles and rules drawn from real word frequencies, the same for the same seed.

Ten languages; an article is about one to three topics, whose words and fixed pairs of words come in
bursts. Rules combine words of one topic in the shapes that people write.
"""

import random
from dataclasses import dataclass
from itertools import accumulate

from monitor.model import Article

LANGUAGES = {"en": 40, "es": 8, "fr": 8, "de": 8, "ru": 8, "pt": 8, "it": 5, "pl": 5, "ar": 5, "tr": 5}
_WORDS = 40_000  # per language
_TOPICS = 250  # per language
_TOPIC_RANKS = (300, 30_000)
_OPERATORS = {"and", "or", "not", "near", "except"}


@dataclass(frozen=True)
class Term:
    """A word, a beginning (`word*`) or a phrase of two."""

    words: tuple[str, ...]
    is_beginning: bool = False

    def __str__(self) -> str:
        text = " ".join(self.words) + ("*" if self.is_beginning else "")
        return f'"{text}"' if len(self.words) > 1 else text


@dataclass(frozen=True)
class Clause:
    """At least `count` of the terms; two of them within `near` words of each other; or none."""

    terms: tuple[Term, ...]
    count: int = 1
    near: int | None = None
    is_negated: bool = False

    def __str__(self) -> str:
        if self.near is not None:
            return f"({self.terms[0]} NEAR/{self.near} {self.terms[1]})"
        if self.count > 1:
            return f"{self.count} OF ({', '.join(map(str, self.terms))})"
        joined = " OR ".join(map(str, self.terms))
        joined = f"({joined})" if len(self.terms) > 1 else joined
        return f"NOT {joined}" if self.is_negated else joined


Rule = tuple[Clause, ...]


def query_text(rule: Rule) -> str:
    """The rule in the rule language."""
    return " AND ".join(map(str, rule))


@dataclass(frozen=True)
class _Topic:
    words: list[str]
    pairs: list[tuple[str, str]]


class Language:
    """The words of one language by frequency, and topics made of the rarer ones."""

    def __init__(self, code: str, chance: random.Random) -> None:
        self.code = code
        self.words, weights = _frequencies(code, chance)
        self._cumulated = list(accumulate(weights))
        self._chance = chance
        self.topics = [self._topic() for _ in range(_TOPICS)]

    def _topic(self) -> _Topic:
        low, high = _TOPIC_RANKS
        high = min(high, len(self.words) - 1)
        ranks = (int(low * (high / low) ** self._chance.random()) for _ in range(40))
        words = list(dict.fromkeys(self.words[rank] for rank in ranks if self.words[rank] not in _OPERATORS))
        pairs = [(self._chance.choice(words), self._chance.choice(words)) for _ in range(12)]
        return _Topic(words, pairs)

    def text(self, length: int) -> str:
        """Running text of about that many words."""
        chance = self._chance
        topics = chance.sample(self.topics, chance.randrange(1, 4))
        common = chance.choices(self.words, cum_weights=self._cumulated, k=length)
        favourites = [word for topic in topics for word in chance.sample(topic.words, 8)]
        pairs = [pair for topic in topics for pair in chance.sample(topic.pairs, 3)]
        found: list[str] = []
        while len(found) < length:
            kind = chance.random()
            if kind < 0.80:
                found.append(common[len(found)])
            elif kind < 0.93:
                found.append(chance.choice(favourites))
            else:
                found += chance.choice(pairs)
        return _punctuate(found, chance)


def _punctuate(words: list[str], chance: random.Random) -> str:
    """Sentences with capitals, commas and paragraphs."""
    parts = []
    is_start = True
    for word in words:
        parts.append(word.capitalize() if is_start or chance.random() < 0.06 else word)
        kind = chance.random()
        is_start = kind < 0.06
        parts.append("\n\n" if kind < 0.01 else ". " if is_start else ", " if kind < 0.12 else " ")
    return "".join(parts).strip() + "."


def _frequencies(code: str, chance: random.Random) -> tuple[list[str], list[float]]:
    try:
        import wordfreq
    except ImportError:
        return _made_up(code, chance)
    words = [word for word in wordfreq.top_n_list(code, _WORDS + 5000) if word.isalpha()][:_WORDS]
    return words, [wordfreq.word_frequency(word, code) for word in words]


_ALPHABETS = {"ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф", "ar": "اليمونترةبسدعفحكقجهشصخطذثزضغظء"}


def _made_up(code: str, chance: random.Random) -> tuple[list[str], list[float]]:
    """Words without meaning by Zipf's law, for machines without `wordfreq`."""
    alphabet = _ALPHABETS.get(code, "etaoinshrdlcumwfgypbvkjxqzéüçş")
    weights = [1 / (number + 3) for number in range(len(alphabet))]
    words: dict[str, None] = {}
    while len(words) < _WORDS:
        length = min(14, 1 + int(chance.gammavariate(3.5, 0.45 + len(words) ** 0.12 / 2)))
        words["".join(chance.choices(alphabet, weights, k=length))] = None
    return list(words), [1 / (rank + 2.7) for rank in range(_WORDS)]


class Workload:
    """Articles and rules of one seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._languages = [Language(code, self._chance) for code in LANGUAGES]

    def _language(self) -> Language:
        return self._chance.choices(self._languages, weights=list(LANGUAGES.values()))[0]

    def articles(self, count: int) -> list[Article]:
        """Articles of 500 words on average."""
        found = []
        for number in range(count):
            language = self._language()
            length = max(40, int(self._chance.gammavariate(2.5, 195)))
            title = language.text(9).replace("\n\n", " ").rstrip(".")
            text = language.text(length)
            found.append(Article(id=str(number), title=title, content=text, language=language.code))
        return found

    def rules(self, count: int) -> list[Rule]:
        """Rules of one to three clauses."""
        return [self._rule() for _ in range(count)]

    def _rule(self) -> Rule:
        chance = self._chance
        language = self._language()
        topic = chance.choice(language.topics)
        count = chance.choices((1, 2, 3), weights=(25, 50, 25))[0]
        clauses = [self._clause(topic, count) for _ in range(count)]
        if chance.random() < 0.15:
            clauses.append(Clause((self._word(topic),), is_negated=True))
        return tuple(clauses)

    def _clause(self, topic: _Topic, clauses: int) -> Clause:
        chance = self._chance
        kind = chance.random()
        if kind < 0.05:
            return Clause((self._word(topic), self._word(topic)), near=chance.randrange(3, 9))
        if kind < 0.08:
            return Clause(tuple(self._word(topic) for _ in range(4)), count=2)
        size = chance.choices((1, 2, 3, 4), weights=(45, 30, 15, 10))[0]
        if clauses == 1:
            return Clause((Term(chance.choice(topic.pairs)),) if kind < 0.9 else (self._word(topic),))
        return Clause(tuple(self._term(topic) for _ in range(size)))

    def _term(self, topic: _Topic) -> Term:
        kind = self._chance.random()
        if kind < 0.10:
            return Term(self._chance.choice(topic.pairs))
        word = self._chance.choice(topic.words)
        if kind < 0.13 and len(word) > 4:
            return Term((word[: max(4, len(word) - 2)],), is_beginning=True)
        return Term((word,))

    def _word(self, topic: _Topic) -> Term:
        return Term((self._chance.choice(topic.words),))
