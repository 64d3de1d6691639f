"""The contract of the language, line by line: each line has a name here, so that a missing one is seen.

`EXAMPLES` are the numbered examples, `SPELLINGS` the rules of folding and of what one word is, `ERRORS`
what is refused, `WARNINGS` what is doubted. The tables of `match_cases` go deeper; these are complete.
"""

import pytest

from monitor.errors import QueryError
from monitor.model import Article
from monitor.rules import RuleSet, parse
from monitor.rules.engine.engine import BatchEngine
from monitor.rules.lint import lint
from monitor.rules.matcher import matches
from tests.support.match_cases import Case

LISTS = {"russia": ["Russia*", "Kremlin", "Moscow", "Росси*"]}

EXAMPLES: dict[str, list[Case]] = {
    "1 both words": [
        ("Venezuela AND Russia", "Russia arms Venezuela", ["Russia", "Venezuela"]),
        ("Venezuela AND Russia", "Venezuela alone", None),
    ],
    "2 a space is AND": [
        ("Venezuela Russia", "Russia arms Venezuela", ["Russia", "Venezuela"]),
        ("Venezuela Russia", "Venezuela hails Russian help", None),
    ],
    "3 AND binds first": [
        ("oil OR gas AND Iran", "oil", ["oil"]),
        ("oil OR gas AND Iran", "gas from Iran", ["gas", "Iran"]),
        ("oil OR gas AND Iran", "gas", None),
    ],
    "4 three ways to exclude": [
        (query, text, found)
        for query in ("apple -juice", "apple NOT juice", "apple AND NOT juice")
        for text, found in (("apple pie", ["apple"]), ("apple juice", None))
    ],
    "6 typographic quotes": [
        ("“oil tanker” AND «нефть»", "An oil tanker: нефть", ["oil tanker", "нефть"]),
        ("“oil tanker” AND «нефть»", "oil, a tanker, нефть", None),
    ],
    "7 a hyphen, bare and in quotes": [
        ("anti-government", "antigovernment", ["antigovernment"]),
        ('"anti-government"', "anti government", ["anti government"]),
        ('"anti-government"', "antigovernment", None),
    ],
    "8 apostrophe and ampersand": [
        ("O'Brien AND AT&T", "O’Brien of AT&T", ["O’Brien", "AT&T"]),
        ("O'Brien AND AT&T", "O'Brien is at T", None),
    ],
    "9 accents": [("Sao Paulo", "São Paulo", ["São", "Paulo"])],
    "10 exact": [
        ("exact:US AND tariff*", "US tariffs", ["US", "tariffs"]),
        ("exact:US AND tariff*", "tell us of tariffs", None),
    ],
    "11 NEAR takes alternatives": [
        ("nuclear NEAR/3 (test* OR launch*)", "tests a new nuclear", ["tests", "nuclear"]),
        ("nuclear NEAR/3 (test* OR launch*)", "tests 1 2 3 4 nuclear", None),
    ],
    "12 ONEAR has an order": [
        ("Russia ONEAR/5 Venezuela", "Russia asks Venezuela", ["Russia", "Venezuela"]),
        ("Russia ONEAR/5 Venezuela", "Venezuela asks Russia", None),
    ],
    "13 an inner NEAR is one span": [
        ("(Russia NEAR/3 Venezuela) NEAR/8 oil", "Russia, Venezuela: oil", ["Russia", "Venezuela", "oil"]),
        ("(Russia NEAR/3 Venezuela) NEAR/8 oil", "Russia 1 2 3 4 Venezuela oil", None),
    ],
    "15 NOT before brackets": [
        ("NOT (oil OR gas) AND Russia", "Russia", ["Russia"]),
        ("NOT (oil OR gas) AND Russia", "Russia gas", None),
    ],
    "16 wildcards in a phrase": [
        ('"central bank*"', "Central Banks", ["Central Banks"]),
        ('"central bank*"', "central and bank", None),
        ('"President * Maduro"', "President Nicolás Maduro", ["President Nicolás Maduro"]),
        ('"President * Maduro"', "President Maduro", None),
    ],
    "17 words within n": [
        ('"Venezuela Russia"~4', "Russia 1 2 3 4 Venezuela", ["Russia", "Venezuela"]),
        ('"Venezuela Russia"~4', "Russia 1 2 3 4 5 Venezuela", None),
    ],
    "18 counts": [
        ("ATLEAST/3 Maduro", "Maduro, Maduro, Maduro", ["Maduro"] * 3),
        ("ATLEAST/3 Maduro", "Maduro, Maduro", None),
        ('2 OF (oil, tanker*, sanctions, "crude export*")', "oil tankers", ["oil", "tankers"]),
        ('2 OF (oil, tanker*, sanctions, "crude export*")', "oil, oil", None),
    ],
    "19 a field over a group, a list": [
        ("title:(Venezuela OR Maduro) AND $russia", "Maduro in Moscow", ["Maduro", "Moscow"]),
        ("title:(Venezuela OR Maduro) AND $russia", "Moscow", None),
    ],
    "21 EXCEPT": [
        ('Jordan EXCEPT "Michael Jordan"', "Michael Jordan visits Jordan", ["Jordan"]),
        ('Jordan EXCEPT "Michael Jordan"', "Michael Jordan", None),
    ],
    "22 unspaced scripts": [
        ("委内瑞拉 AND 俄罗斯", "俄罗斯与委内瑞拉签署协议", ["俄罗斯", "委内瑞拉"]),
        ("京都 EXCEPT 東京都", "東京都知事", None),
        ("京都 EXCEPT 東京都", "京都の知事", ["京都"]),
        ("러시아", "러시아가", ["러시아"]),
    ],
    "23 clitics and endings": [
        ("روسيا", "وروسيا", ["وروسيا"]),
        ("Росси* AND Венесуэл*", "Россия Венесуэле", ["Россия", "Венесуэле"]),
    ],
    "24 regular expressions": [
        (r"/\bCVE-\d{4}-\d{4,}\b/", "see CVE-2026-12345", ["CVE-2026-12345"]),
        (r"/\bCVE-\d{4}-\d{4,}\b/", "cve-2026-12345", None),
    ],
}
REFUSED_EXAMPLES = {"5 lowercase operator", "14 AND inside NEAR", "20 unknown field"}  # among ERRORS

SPELLINGS: dict[str, list[Case]] = {
    "NFKC": [("Iran", "Ｉｒａｎ", ["Ｉｒａｎ"]), ("fin", "ﬁn", ["ﬁn"])],
    "casefold": [("strasse", "STRAẞE", ["STRAẞE"]), ("IRAN", "iran", ["iran"])],
    "Latin accents": [("Malmö", "Malmo", ["Malmo"]), ("Malmo", "Malmö", ["Malmö"])],
    "Greek accents": [("Ελλάδα", "ΕΛΛΑΔΑ", ["ΕΛΛΑΔΑ"]), ("Ελλαδα", "Ελλάδα", ["Ελλάδα"])],
    "ё is е": [("Королёв", "Королев", ["Королев"]), ("Королев", "Королёв", ["Королёв"])],
    "й is not и": [("мой", "мои", None), ("мои", "мой", None)],
    "Arabic alef": [("احمد", "أحمد", ["أحمد"]), ("إيران", "ايران", ["ايران"]), ("آسيا", "اسيا", ["اسيا"])],
    "Arabic ya": [("مصطفى", "مصطفي", ["مصطفي"])],
    "Arabic ta marbuta": [("القاهرة", "القاهره", ["القاهره"])],
    "Arabic vowel marks": [("صدام", "صَدَّام", ["صَدَّام"])],
    "Hebrew points": [("שלום", "שָׁלוֹם", ["שָׁלוֹם"])],
    "quotes": [("O'Brien", "O’Brien", ["O’Brien"]), ("„oil price“", '"oil price"', ["oil price"])],
    "dashes": [("COVID-19", "COVID–19", ["COVID–19"]), ("anti–war", "anti-war", ["anti-war"])],
    "Turkish i": [("İzmir", "IZMIR", ["IZMIR"]), ("izmir", "ızmır", ["ızmır"])],
    "exact turns folding off": [
        ("exact:US", "us", None),
        ("exact:Malmö", "Malmo", None),
        ("exact:US", "US", ["US"]),
    ],
    "hyphen": [
        ("anti-government", "anti-government", ["anti-government"]),
        ("anti-government", "anti government", ["anti government"]),
        ("anti-government", "antigovernment", ["antigovernment"]),
        ('"anti-government"', "antigovernment", None),
    ],
    "apostrophe": [
        ("Maduro", "Maduro's", ["Maduro"]),
        ("Maduro", "Maduro’s", ["Maduro"]),
        ("Iran", "l'Iran", ["Iran"]),
    ],
    "AT&T": [("AT&T", "at AT&T", ["AT&T"]), ("AT&T", "at T", None)],
    "F-16": [("F-16", "F16", ["F16"]), ("F-16", "F-161", None)],
    "COVID-19": [("COVID-19", "covid 19", ["covid 19"]), ("COVID-19", "covid", None)],
    "C++": [("C++", "C++", ["C++"]), ("C++", "C", None)],
    ".NET": [(".NET", ".NET", [".NET"]), (".NET", "net", None)],
    "#hashtag": [("#oil", "#oil", ["#oil"]), ("#oil", "oil", None)],
    "@handle": [("@oil", "@oil", ["@oil"]), ("@oil", "oil", None)],
    "3.5%": [("3.5%", "3.5%", ["3.5%"]), ("3.5%", "3.5", None)],
    "$TSLA": [("$TSLA", "$TSLA", ["$TSLA"]), ("$TSLA", "TSLA", None)],
    "star: any letters": [("tank*", "tankers tank", ["tankers", "tank"]), ("tank*", "antank", None)],
    "question mark: one letter": [("wom?n", "women", ["women"]), ("wom?n", "womn", None)],
    "star alone in a phrase: one word": [('"a * c"', "a b c", ["a b c"]), ('"a * c"', "a c", None)],
    "no hidden stemming": [("tanker", "tankers", None), ("pagan", "propaganda", None)],
    "Han": [("石油", "中国石油公司", ["石油"])],
    "kana": [("ロシア", "在ロシア大使館", ["ロシア"])],
    "Thai": [("รัสเซีย", "ประเทศรัสเซียประกาศ", ["รัสเซีย"])],
    "Lao": [("ລັດເຊຍ", "ປະເທດລັດເຊຍ", ["ລັດເຊຍ"])],
    "Khmer": [("រុស្ស៊ី", "ប្រទេសរុស្ស៊ី", ["រុស្ស៊ី"])],
    "Burmese": [("ရုရှား", "ရုရှားနိုင်ငံ", ["ရုရှား"])],
    "Hangul": [("북한", "북한은", ["북한"])],
    "Arabic clitic or article": [("نفط", "والنفط", ["والنفط"]), ("نفط", "نفطية", None)],
    "Hebrew clitic or article": [("רוסיה", "ברוסיה", ["ברוסיה"])],
    "regex case": [("/Caracas/", "caracas", None), ("/Caracas/i", "caracas", ["caracas"])],
}

# name: (query, the characters at fault, part of the message, part of the hint)
ERRORS: dict[str, tuple[str, str, str, str]] = {
    "5 lowercase operator": ("iran or iraq", "or", "in lower case", "write OR"),
    "lowercase and": ("iran and iraq", "and", "in lower case", "write AND"),
    "lowercase not": ("iran not iraq", "not", "in lower case", "write NOT"),
    "lowercase near": ("iran near iraq", "near", "in lower case", "write NEAR"),
    "14 AND inside NEAR": (
        "(a AND b) NEAR/5 c",
        "(a AND b)",
        "AND inside NEAR",
        "(a NEAR/5 c) AND (b NEAR/5 c)",
    ),
    "NOT inside NEAR": ("(NOT a) NEAR b", "(NOT a)", "NOT inside NEAR", "NOT (a NEAR/10 b)"),
    "OF inside NEAR": ("2 OF (a, b) NEAR c", "2 OF (a, b)", "OF inside NEAR", "2 OF (a NEAR/10 c"),
    "ATLEAST inside NEAR": ("(ATLEAST/2 a) NEAR b", "(ATLEAST/2 a)", "ATLEAST inside", "ATLEAST/2 (a NEAR"),
    "a field inside NEAR": ("title:a NEAR/3 b", "title:a", "the field", "title:(a NEAR/3 b)"),
    "empty positive part": ("NOT sport", "NOT sport", "only excludes", "must contain"),
    "20 unknown field": ("tilte:x", "tilte:", "unknown field", "did you mean title:?"),
    "unknown list": ("$rusia", "$rusia", "unknown list", "did you mean $russia?"),
    "unclosed quote": ('oil "price', '"', "never closed", "closing quote"),
    "unclosed bracket": ("(oil OR gas", "(", "never closed", "closing"),
    "empty brackets": ("oil ()", "()", "empty brackets", ""),
    "lone minus": ("oil - gas", "-", "a lone `-`", "directly before the word"),
    "operator at the end": ("oil AND", "AND", "nothing after", "add what comes after"),
    "operator at the beginning": ("OR oil", "OR", "nothing before", "between two terms"),
    "wildcard with one letter": ("a*", "a*", "fewer than 2 letters", "at least 2"),
    "bad regular expression": ("/(/", "/(/", "bad regular expression", "RE2"),
    "regular expression of nothing": ("/x*/", "/x*/", "matches the empty text", ""),
    "/n out of range": ("a1 NEAR/101 b1", "NEAR/101", "out of range", "between 0 and 100"),
    "a space after a field": ("title: x", "title:", "nothing directly after", "title:word"),
}

# name: (query, the rule's languages, the characters doubted, part of the message, part of the hint)
WARNINGS: dict[str, tuple[str, tuple[str, ...], str, str, str]] = {
    "contradiction": ("oil AND NOT oil", (), "NOT oil", "can never match", "remove one"),
    "a branch that never matches": (
        "gas OR (oil AND NOT oil)",
        (),
        "NOT oil",
        "can never match",
        "remove one",
    ),
    "an EXCEPT that never matches": ("oil EXCEPT oil*", (), "oil EXCEPT oil*", "can never match", "remove"),
    "a branch that adds nothing": ("oil OR (oil AND gas)", (), "(oil AND gas)", "adds nothing", "remove it"),
    "an alternative that never matches": (
        "(oil OR gas) -oil",
        (),
        "oil",
        "can never match here",
        "remove it",
    ),
    "a contradiction around brackets": ("oil AND (gas -oil)", (), "-oil", "can never match", "remove one"),
    "an EXCEPT that changes nothing": ('Jordan EXCEPT "Mike"', (), '"Mike"', "changes nothing", "AND NOT"),
    "an alternative that counts twice": ("2 OF (oil, oil*)", (), "oil", "counts twice", "remove it"),
    "almost everything by a regular expression": ("/.+/", (), "/.+/", "almost every text", "write more"),
    "a stop word of the rule's language": ("war Iran", ("de",), "war", "every German text", "says more"),
    "an uninflected name": ('"Иван Грозный"', (), '"Иван Грозный"', "other forms", '"Иван* Грозн*"'),
    "almost everything": ("oil OR NOT gas", (), "NOT gas", "matches almost everything", "write AND NOT"),
    "3 mixed AND and OR": ("oil OR gas AND Iran", (), "gas AND Iran", "mixed", "write (gas AND Iran)"),
    "one letter": ("x AND oil", (), "x", "single letter", "write a word"),
    "stop words only": ('"of the" AND oil', (), '"of the"', "in almost every text", "says more"),
    "uninflected": ("Россия", (), "Россия", "misses its other forms", "Росси*"),
    "uninflected by the rule's language": ("Moskwa", ("pl",), "Moskwa", "misses its other forms", "Moskw*"),
}


def _marked(text: str, spans: object) -> list[str]:
    return [text[span.start : span.end] for span in spans]  # type: ignore[attr-defined]


def test_no_example_is_missing() -> None:
    """The examples are numbered without a gap, those that are errors among the errors."""
    assert ERRORS.keys() >= REFUSED_EXAMPLES
    numbers = sorted(int(name.split()[0]) for name in (*EXAMPLES, *REFUSED_EXAMPLES))
    assert numbers == list(range(1, 25))


ROWS = {**EXAMPLES, **SPELLINGS}


@pytest.mark.parametrize("cases", ROWS.values(), ids=ROWS)
def test_a_line_holds_in_both_engines(cases: list[Case]) -> None:
    """The reference matcher and the fast engine find these words, and nothing where there is none."""
    for written, text, expected in cases:
        query, article = parse(written, lists=LISTS), Article(id="a", title=text)
        match = matches(query, article)
        assert (_marked(text, match.spans) if match else None) == expected, (written, text)
        rules = RuleSet({"rule": query}, BatchEngine({"rule": query}))
        (found,) = rules.match_many([article])
        assert [_marked(text, one.spans) for one in found] == ([] if expected is None else [expected])
        assert rules.disabled == {}


@pytest.mark.parametrize(("query", "fault", "message", "hint"), ERRORS.values(), ids=ERRORS)
def test_an_error_has_its_place_caret_and_hint(query: str, fault: str, message: str, hint: str) -> None:
    """Line and column, the source line, a caret under all that is wrong and nothing else, and a way out."""
    with pytest.raises(QueryError) as caught:
        parse(query, lists=LISTS)
    error = caught.value
    where, source, caret, *rest = str(error).splitlines()
    column = query.index(fault) + 1
    assert where.startswith(f"query:1:{column}: error: ")
    assert message in where
    assert source == f"  {query}"
    assert caret == "  " + " " * (column - 1) + "^" * len(fault)
    assert hint in "".join(rest)


@pytest.mark.parametrize(("query", "languages", "fault", "message", "hint"), WARNINGS.values(), ids=WARNINGS)
def test_a_warning_has_its_place_and_hint(
    query: str, languages: tuple[str, ...], fault: str, message: str, hint: str
) -> None:
    """One warning, of these characters."""
    (finding,) = lint(parse(query, lists=LISTS), languages=languages)
    assert query[slice(*finding.span)] == fault
    assert message in finding.message
    assert hint in finding.hint


def test_a_query_of_many_lines_is_told_in_its_line() -> None:
    """In a query of several lines the caret stands under the line at fault."""
    with pytest.raises(QueryError) as caught:
        parse("zinc OR\n  iran or iraq")
    assert str(caught.value).splitlines()[:3] == [
        "query:2:8: error: `or` in lower case",
        "    iran or iraq",
        "  " + " " * 7 + "^^",
    ]
