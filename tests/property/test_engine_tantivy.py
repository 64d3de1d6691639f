"""Another opinion: tantivy agrees with the batch engine where both have the words.

The common ground is AND, OR, NOT, n OF, words, beginnings, wildcards, phrases also with a lone `*`, ONEAR and
fields, over words of plain letters. Skipped where tantivy is not installed: `pip install tantivy`.
"""

import random

import pytest

from monitor.model import Article
from monitor.rules import RuleSet
from monitor.rules.engine.engine import BatchEngine

tantivy = pytest.importorskip("tantivy")

WORDS = "oil gas iran iraq tank tanker tankers rig russia russian price prices opec deal sea port".split()
FIELDS = ("title", "summary", "body")


class Writer:
    """Random queries, each as text of our language and as a tantivy query."""

    def __init__(self, chance: random.Random, schema: object) -> None:
        self.chance = chance
        self.schema = schema

    def query(self, depth: int) -> tuple[str, object]:
        """A query of at most that depth. What only excludes is never the whole."""
        kind = self.chance.random()
        if depth == 0 or kind < 0.25:
            return self.leaf(self.fields())
        left, right = self.query(depth - 1), self.query(depth - 1)
        must, should, must_not = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
        if kind < 0.5:
            return f"({left[0]} AND {right[0]})", self.joined((must, left), (must, right))
        if kind < 0.7:
            return f"({left[0]} OR {right[0]})", self.joined((should, left), (should, right))
        if kind < 0.9:
            return f"({left[0]} AND NOT {right[0]})", self.joined((must, left), (must_not, right))
        third = self.query(depth - 1)
        pairs = ((left, right), (left, third), (right, third))
        found = [("", self.joined((must, one), (must, other))) for one, other in pairs]
        return (
            f"2 OF ({left[0]}, {right[0]}, {third[0]})",
            self.joined(*((should, pair) for pair in found)),
        )

    def joined(self, *parts: tuple[object, tuple[str, object]]) -> object:
        """All parts in one boolean query."""
        return tantivy.Query.boolean_query([(occur, query) for occur, (_, query) in parts])

    def fields(self) -> tuple[str, ...]:
        """Where a leaf is looked for: in all fields, or in one."""
        return FIELDS if self.chance.random() < 0.7 else (self.chance.choice(FIELDS),)

    def leaf(self, fields: tuple[str, ...]) -> tuple[str, object]:
        """A word, beginning, wildcard, phrase or ONEAR, in each of the fields."""
        kind = self.chance.random()
        word = self.chance.choice(WORDS)
        place = self.chance.randrange(2, len(word) + 1)
        if kind < 0.4:
            text, make = word, lambda name: tantivy.Query.term_query(self.schema, name, word)
        elif kind < 0.5:
            text, make = f"{word[:place]}*", self.matching(f"{word[:place]}[a-z]*")
        elif kind < 0.6:
            text, make = f"{word[:place]}*?", self.matching(f"{word[:place]}[a-z]*[a-z]")
        elif kind < 0.75:
            phrase = self.chance.choices(WORDS, k=self.chance.randrange(2, 4))
            text, make = f'"{" ".join(phrase)}"', self.phrase(list(enumerate(phrase)))
        elif kind < 0.87:
            first, last = self.chance.choices(WORDS, k=2)
            text, make = f'"{first} * {last}"', self.phrase([(0, first), (2, last)])
        else:
            first, last = self.chance.sample(WORDS, 2)
            distance = self.chance.randrange(4)
            text = f"({first} ONEAR/{distance} {last})"
            gaps = [self.phrase([(0, first), (gap + 1, last)]) for gap in range(distance + 1)]
            should = tantivy.Occur.Should
            make = lambda name: self.joined(*((should, ("", gap(name))) for gap in gaps))  # noqa: E731
        prefix = f"{fields[0]}:" if len(fields) == 1 else ""
        return prefix + text, self.joined(*((tantivy.Occur.Should, ("", make(name))) for name in fields))

    def matching(self, pattern: str):
        """What makes a query for words of a pattern in a field."""
        return lambda name: tantivy.Query.regex_query(self.schema, name, pattern)

    def phrase(self, places: list[tuple[int, str]]):
        """What makes a query for words at their distances in a field."""
        return lambda name: tantivy.Query.phrase_query(self.schema, name, places)


@pytest.mark.parametrize("seed", range(4))
def test_tantivy_agrees(seed: int) -> None:
    """Each query finds the same articles in both."""
    chance = random.Random(seed)
    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name)
    builder.add_unsigned_field("number", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    articles = []
    for number in range(130):
        texts = [" ".join(chance.choices(WORDS, k=chance.randrange(18))) for _ in FIELDS]
        articles.append(Article(id=str(number), title=texts[0], summary=texts[1], content=texts[2]))
        writer.add_document(tantivy.Document(number=number, **dict(zip(FIELDS, texts, strict=True))))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    writing = Writer(chance, schema)
    queries = [writing.query(3) for _ in range(200)]
    engine = RuleSet.compile({str(n): ours for n, (ours, _) in enumerate(queries)}, engine=BatchEngine)
    found = {(match.rule, n) for n, row in enumerate(engine.match_many(articles)) for match in row}
    expected = {
        (str(n), searcher.doc(place)["number"][0])
        for n, (_, theirs) in enumerate(queries)
        for _, place in searcher.search(theirs, limit=len(articles)).hits
    }
    wrong = sorted(found ^ expected)
    assert not wrong, [(queries[int(rule)][0], articles[number]) for rule, number in wrong[:3]]
    assert len(expected) > 1_000
