"""Inputs that nobody writes, and what must hold for each: for lexer, parser, matcher and texts.

Query texts come from a grammar that is broken on purpose, and from a corpus whose bytes are changed.
An input depends on its number and a seed alone, so that a finding can be looked at again.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from monitor.errors import QueryError
from monitor.model import Article, Rule
from monitor.rules import Lists, Query, RuleSet, parse
from monitor.rules.engine.engine import BatchEngine
from monitor.rules.explain import explain
from monitor.rules.lexer import LONGEST_QUERY
from monitor.rules.lint import lint
from monitor.rules.matcher import matches
from monitor.rules.prefilter import index_words, is_satisfied, necessary
from monitor.rules.printer import render
from monitor.text import clean, excerpt, fields, fold, tokenize, visible, visible_text
from tests.support import match_cases
from tests.support.randomrules import LISTS, mutate, random_article, random_query, random_text

_OPERATORS = """
    AND OR NOT NEAR NEAR/3 ONEAR ONEAR/0 NEAR/101 NEAR/ EXCEPT ATLEAST/2 ATLEAST OF and or near/2
    ( ) ( ) ( ) （ ） , ， - – -( " “ ” „ « » ' ’ / /i ~ ~3 $ $fuel $deals $rusia $TSLA 2 OF( :
""".split()
_WORDS = r"""
    title: any: lang: lang:en exact: tag: url:http://a.b/c tilte: * ? ** a* *a a?b o*l oi* 京* 京 石油
    oil gas Iran l'Iran AT&T C++ .NET F-16 #a @b 3.5% 5€ ½ \ | || && & + +oil ^2 {} [a] <b> ! !oil
    東京都 ไทย น้ำ صدام الروسية צה"ל /\bo[il]+\b/ /(a+)+$/i /a{1000}/ /[/ /(?=a)/ /\p{Han}+/
""".split()
_TOKENS = [
    *_OPERATORS, *_WORDS, "2 OF (oil, gas)", "\n", "\t", "\xa0", "\u3000", "\u2028", "\x00", "\u200d",
    "\u0301", "\ufeff", "\ud800", "\U000e0001",
]  # fmt: skip
_TAGS = """
    <p> </p> <br> <b> </b> <script> </script> <style> </style> <!-- --> <![CDATA[ ]]> </ <a
    href=" &amp; &#233; &#x110000; &bogus; &lt;b&gt; < > & <ruby><rt> </ruby> <td> <li>
""".split()
_MARKUP = [
    *_TAGS, "<img alt='x &amp; y'>", "<?xml ?>", "<div hidden>", "<p style='display:none'>", "\n\n",
    "\x00", "\ud800",
]  # fmt: skip
_BYTES = [
    b"", b"\xff", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b'"', b"(", b" ", b"\x00",
    b"\xcc\x81",
]  # fmt: skip
_CORPUS = [case[0] for case in match_cases.ALL]
_TEXTS = [case[1] for case in match_cases.ALL]
_LONG = 3_000


def query_text(chance: random.Random) -> str:
    """Something that may be meant as a query."""
    kind = chance.random()
    if kind < 0.25:
        return random_query(chance)
    if kind < 0.5:
        return chance.choice(("", " ")).join(chance.choices(_TOKENS, k=chance.randrange(1, 12)))
    if kind < 0.6:
        return _spliced(chance)
    if kind < 0.65:
        return _repeated(chance, _TOKENS)
    source = chance.choice(_CORPUS) if kind < 0.9 else random_query(chance)
    return mutated(chance, source)


def _spliced(chance: random.Random) -> str:
    """The beginning of one query and the end of another, a token between."""
    left, right = chance.choice(_CORPUS), random_query(chance)
    return (
        left[: chance.randrange(len(left) + 1)]
        + chance.choice(_TOKENS)
        + right[chance.randrange(len(right)) :]
    )


def _repeated(chance: random.Random, tokens: list[str]) -> str:
    """One or a few tokens over and over: what makes a careless reader quadratic, or recurse."""
    period = "".join(chance.choice(tokens) + chance.choice(("", " ")) for _ in range(chance.randrange(1, 4)))
    longest = LONGEST_QUERY + 50 if chance.random() < 0.02 else _LONG
    text = period * (chance.randrange(1, longest) // len(period) + 1)
    return text[:longest] + chance.choice(("", ")", '"', " oil", "/"))


def mutated(chance: random.Random, text: str) -> str:
    """The text with some of its bytes changed, removed, doubled or moved."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[place % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[place : min(end, place + 8)]
        elif kind == 2:
            data[place:place] = chance.choice(_BYTES)
        elif kind == 3:
            data[place:place] = data[place:end]
        elif kind == 4:
            data[place:place] = chance.choice(_TOKENS).encode("utf-8", "surrogatepass")
        else:
            data[place:end] = bytes(reversed(data[place:end]))
    return data.decode("utf-8", chance.choice(("replace", "surrogateescape", "ignore")))


def markup(chance: random.Random) -> str:
    """Something that a feed may send as an article's content."""
    kind = chance.random()
    if kind < 0.1:
        return _repeated(chance, _MARKUP)
    kinds = (lambda: chance.choice(_MARKUP), lambda: random_text(chance, 6), lambda: chance.choice(_TEXTS))
    text = "".join(chance.choice(kinds)() for _ in range(chance.randrange(13)))
    return mutated(chance, text) if kind < 0.6 else text


def article(chance: random.Random) -> Article:
    """An article with some field out of its senses."""
    found = random_article(chance, 0)
    if chance.random() < 0.3:
        found = mutate(chance, found)
    name = chance.choice(("title", "summary", "content", "author", "source", "url", "language"))
    return replace(found, **{name: markup(chance)})


# --- what must hold ---------------------------------------------------------------------------


def check_query(chance: random.Random) -> None:
    """Read it, or refuse it with a place and a hint; what was read is printed, linted and matched."""
    text = query_text(chance)
    query = read(text)
    if query is None:
        return
    printed = render(query)
    if len(printed) <= LONGEST_QUERY:  # with its operators written out it may be longer than it was
        assert parse(printed, lists=LISTS) == query, (text, printed)
    for finding in lint(query, languages=chance.choice(((), ("ru",)))):
        start, end = finding.span
        assert 0 <= start <= end <= len(text), (text, finding)
        assert finding.message
    _check_match(query, article(chance))


def read(text: str) -> Query | None:
    """The query; None when it is refused, properly."""
    try:
        return parse(text, lists=LISTS)
    except QueryError as error:
        refused = error
    start, end = refused.span
    assert 0 <= start <= end <= len(refused.text), (text, refused.span)
    assert refused.message, text
    assert str(refused), text
    return None


def _check_match(query: Query, found: Article) -> None:
    match = matches(query, found)
    told = explain(Rule("fuzzed", query=query.text), query, found)
    assert told.matched == (match is not None), (query.text, found)
    if match is None:
        return
    texts = fields(found)
    for span in match.spans:
        assert 0 <= span.start < span.end, (query.text, found, span)
        assert span.field not in texts or span.end <= len(texts[span.field]), (query.text, found, span)
    need = necessary(query)
    assert need is None or is_satisfied(need, index_words(found)), (query.text, found)


def check_list(chance: random.Random) -> None:
    """The same as an item of a list."""
    lists = {"items": [query_text(chance), "oil"], "outer": ["$items", query_text(chance)]}
    for text in ("$items", "$outer -gas", "title:$items", "oil NEAR $items", "ATLEAST/2 $outer"):
        try:
            query = parse(text, lists=Lists(lists))
        except QueryError:
            continue
        matches(query, article(chance))


def check_text(chance: random.Random) -> None:
    """Any markup has a visible text, whose words stand where they are said to."""
    text = markup(chance)
    shown = visible_text(text)
    assert visible(text).text == shown
    clean(text).encode()
    end = 0
    for token in tokenize(shown):
        assert end <= token.start < token.end <= len(shown)
        assert token.folded == fold(shown[token.start : token.end]) == fold(token.folded), (text, token)
        end = token.end
    places = sorted(chance.randrange(len(shown) + 1) for _ in range(2))
    assert sum(len(piece) for piece, _ in excerpt(shown, [tuple(places)], 40)) <= 42  # type: ignore[list-item]


def check_engine(chance: random.Random) -> None:
    """The batch engine finds what the reference matcher finds."""
    queries = {str(number): query for number in range(20) if (query := read(query_text(chance))) is not None}
    articles = [article(chance) for _ in range(4)]
    engine = BatchEngine(queries)
    found = RuleSet(queries, engine).match_many(articles)
    assert not engine.disabled, engine.disabled
    for written, row in zip(articles, found, strict=True):
        by_name = {match.rule: match.spans for match in row}
        for name, query in queries.items():
            match = matches(query, written)
            assert by_name.get(name) == (match.spans if match else None), (query.text, written)


Check = Callable[[random.Random], None]
CHECKS: tuple[Check, ...] = (
    *[check_query] * 12, *[check_text] * 6, *[check_list] * 2, check_engine,
)  # fmt: skip


def run_one(seed: int, number: int) -> str:
    """One input and what must hold for it. Returns which check it was; raises what went wrong."""
    chance = random.Random(f"{seed}:{number}")
    check = CHECKS[number % len(CHECKS)]
    check(chance)
    return check.__name__
