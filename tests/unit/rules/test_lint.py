"""Warnings about queries that can be read and hardly mean what was wanted."""

import pytest

from monitor.rules import Lists, parse
from monitor.rules.lint import lint, lint_items, lint_score

LISTS = {"oil": ["oil", "petroleum"], "the": ["the"]}

# (query, the characters warned about, part of the message, part of the hint)
WARNINGS = [
    ("oil OR gas AND Iran", "gas AND Iran", "AND and OR mixed", "write (gas AND Iran)"),
    ("(oil OR gas Iran) AND coal", "gas Iran", "mixed", ""),
    ("oil OR gas -Iran", "gas -Iran", "mixed", ""),
    ("oil AND NOT oil", "NOT oil", "can never match", "remove one"),
    ("tanker AND NOT tank*", "NOT tank*", "can never match", ""),
    ("tanker -(tank* OR ship)", "-(tank* OR ship)", "can never match", ""),
    ('"oil price" -price', "-price", "can never match", ""),
    ("Öl AND NOT ol", "NOT ol", "can never match", ""),
    ("(oil AND gas) AND NOT gas", "NOT gas", "can never match", ""),
    ("title:oil AND NOT oil", "NOT oil", "can never match", ""),
    ("oil AND NOT $oil", "NOT $oil", "can never match", ""),
    ("Jordan EXCEPT Jordan", "Jordan EXCEPT Jordan", "can never match", ""),
    ("Jordan EXCEPT (Jord* OR x1)", "Jordan EXCEPT (Jord* OR x1)", "can never match", ""),
    ("oil OR (oil AND gas)", "(oil AND gas)", "adds nothing to `oil`", "remove it"),
    ("oil OR oil", "oil", "adds nothing", ""),
    ('price OR "oil price"', '"oil price"', "adds nothing to `price`", ""),
    ("tank* OR tanker", "tanker", "adds nothing to `tank*`", ""),
    ("tank* OR tanker*", "tanker*", "adds nothing", ""),
    ("oil OR (oil NEAR gas)", "(oil NEAR gas)", "adds nothing", ""),
    ("oil OR ATLEAST/2 oil", "ATLEAST/2 oil", "adds nothing", ""),
    ("oil OR title:oil", "title:oil", "adds nothing", ""),
    ("oil AND (oil OR gas)", "(oil OR gas)", "adds nothing to `oil`", ""),
    ("oil* AND oilfield", "oil*", "adds nothing to `oilfield`", ""),
    ("#oil OR oil", "#oil", "adds nothing to `oil`", ""),
    ("2 OF (oil, gas) AND NOT gas", "NOT gas", "can never match", ""),
    ('"oil * price" AND NOT price', "NOT price", "can never match", ""),
    ("(oil NEAR gas) AND NOT gas", "NOT gas", "can never match", ""),
    ("ATLEAST/2 oil AND NOT oil", "NOT oil", "can never match", ""),
    ("oil OR NOT gas", "NOT gas", "matches almost everything", "write AND NOT"),
    ("x1 AND oil", None, "", ""),
    ("x AND oil", "x", "single letter", "write a word"),
    ("the AND oil", "the", "in almost every text", "says more"),
    ('"of the" AND oil', '"of the"', "in almost every text", ""),
    ("US AND tariffs", "US", "in almost every text", "exact:US"),
    ("и AND нефть*", "и", "single letter", ""),
    ("что AND нефть*", "что", "in almost every Russian text", "says more"),
    ("war AND Iran", "war", "in almost every German text", "if the rule reads no German"),
    ("MIT AND robots", "MIT", "in almost every German text", "write exact:MIT"),
    ("São Paulo", "São", "in almost every Portuguese text", 'quote it: "São Paulo"'),
    ("Rio AND The Hague", "The", "in almost every text", 'quote it: "The Hague"'),
    ("oil AND (gas -oil)", "-oil", "can never match", "remove one"),
    ("gas AND (coal OR (oil -gas))", "-gas", "can never match: it wants `gas`", ""),
    ("(oil OR gas) -oil -gas", "(oil OR gas)", "each of `oil OR gas` is excluded", ""),
    ("(oil OR gas) -oil", "oil", "`oil` can never match here: `NOT oil` excludes it", "remove it"),
    ("oil gas -(oil gas)", "-(oil gas)", "wants all of `oil AND gas`", ""),
    ("coal NOT (oil -oil)", "-oil", "can never match", ""),
    ("lang:en lang:de oil", "lang:de", "unknown language only", "write lang:(de OR en)"),
    ("lang:en oil -lang:en", "-lang:en", "unknown language only", ""),
    ("lang:jp oil", "jp", "do not call a language `jp`", "did you mean lang:ja?"),
    ("lang:(rus OR en) oil", "rus", "do not call a language", "lang:ru?"),
    ("2 OF (oil, NOT gas, coal)", "NOT gas", "counts in almost every article", "AND NOT"),
    ("2 OF (oil, oil*, gas)", "oil", "counts twice: wherever it is, `oil*` is", "OR between"),
    ("2 OF (oil, gas, Oil)", "Oil", "counts twice", ""),
    ("any:oil OR oil", "oil", "adds nothing to `any:oil`", ""),
    ("(oil NEAR/3 gas) OR (gas NEAR/9 oil)", "(oil NEAR/3 gas)", "adds nothing", ""),
    ("(oil ONEAR/3 gas) OR (gas NEAR/3 oil)", "(oil ONEAR/3 gas)", "adds nothing", ""),
    ("/.+/", "/.+/", "in almost every text", "more of it"),
    (r"oil OR /\w/", r"/\w/", "in almost every text", ""),
    ('oil EXCEPT "oil"', 'oil EXCEPT "oil"', "leaves nothing", ""),
    ('"oil price" EXCEPT "oil price"', '"oil price" EXCEPT "oil price"', "leaves nothing", ""),
    ('Jordan EXCEPT "Michael Smith"', '"Michael Smith"', "no `Jordan` lies inside it", "write AND NOT"),
    ('Jordan EXCEPT ("Michael Jordan" OR Iran)', "Iran", "changes nothing", ""),
    ('"oil price" EXCEPT oil', "oil", "changes nothing", ""),
    ("京都 EXCEPT 大阪", "大阪", "changes nothing", ""),
    ("Россией", "Россией", "misses its other forms", "Росси*"),
    ("нефтью", "нефтью", "misses", "нефт*"),
    ("РОССИЯ", "РОССИЯ", "misses", "РОССИ*"),
    ('"Владимир Путин"', '"Владимир Путин"', "misses its other forms", '"Владимир* Путин*"'),
    ("oil; gas", ";", "a semicolon separates nothing", "write OR"),
    ("coal AND title :gas", "title :gas", "`title` is a word here", "write title:gas"),
    ("oil AND 'crude oil'", "'crude oil'", "apostrophes", ""),
    ("Россия", "Россия", "misses its other forms", "Росси*"),
    ("Венесуэла", "Венесуэла", "misses its other forms", "Венесуэл*"),
    ("Путин", "Путин", "misses", "Путин*"),
    ("Болгария", "Болгария", "misses", "Болгари*"),
    ("Україна", "Україна", "misses", "Україн*"),
    ("Ελλάδα", "Ελλάδα", "misses", "Ελλάδ*"),
    ("Łódka", "Łódka", "misses", "Łódk*"),
    ("'oil price'", "'oil price'", "apostrophes make no phrase", 'write "oil price" in double quotes'),
    ("gas OR (‘crude oil price’ AND Iran)", "‘crude oil price’", "apostrophes", '"crude oil price"'),
    ("oil NEAR 5 gas", "NEAR 5", "5 is a word here", "did you mean NEAR/5?"),
    ("oil ONEAR 12 (gas OR coal)", "ONEAR 12", "12 is a word here", "did you mean ONEAR/12?"),
    ("oil W/5 gas", "W/5", "`W/5` is no operator here", "write NEAR/5"),
    ("(oil OR gas) w/5 $oil", "w/5", "no operator here", "write NEAR/5"),
    ("oil PRE/3 gas", "PRE/3", "no operator here", "write ONEAR/3"),
    ("oil N5 gas", "N5", "no operator here", "write NEAR/5"),
    ("oil within 5 gas", "within 5", "`within 5` is no operator", "write NEAR/5"),
    ("oil W 5 gas", "W 5", "no operator", "write NEAR/5"),
    ("oil UND gas", "UND", "`UND` is no operator here", "write AND"),
    ("oil ODER gas", "ODER", "no operator", "write OR"),
    ('"oil price" ET gas', "ET", "no operator", "write AND"),
    ("oil OU (gas)", "OU", "no operator", "write OR"),
    ("oil Y gas", "Y", "no operator", "write AND"),
    ("oil O gas", "O", "no operator", "write OR"),
    ("нефть* ИЛИ газ*", "ИЛИ", "no operator", "write OR"),
    ("oil NICHT gas", "NICHT", "no operator", "write AND NOT"),
    ("oil BUT NOT gas", "BUT NOT", "no operator", "write AND NOT"),
]


@pytest.mark.parametrize(("query", "fault", "message", "hint"), WARNINGS)
def test_warning_names_the_place(query: str, fault: str | None, message: str, hint: str) -> None:
    """What is odd is told once, at its place, with what to write instead."""
    found = lint(parse(query, lists=LISTS))
    if fault is None:
        assert found == []
        return
    assert len(found) == 1, found
    assert query[slice(*found[0].span)] == fault
    assert message in found[0].message
    assert hint in found[0].hint


SENSIBLE = [
    "Venezuela AND Russia", "oil OR (gas AND Iran)", "apple -juice", "oil AND NOT \"oil price\"", "C++ OR C#",
    "exact:US AND tariff*", "Росси* AND Венесуэл*", "委内瑞拉 OR 俄罗斯", "Jordan EXCEPT \"Michael Jordan\"",
    "title:oil AND body:oil", "lang:en AND oil", "oil -title:oil", "oil AND gas AND coal", "$the",
    "Russland OR Russie", "ОПЕК", "\"Россия сегодня\"", "2 OF (oil, gas, coal)", "tanker OR tank",
    "url:a AND oil", "$oil OR gas",    "(oil NEAR gas) OR (gas NEAR coal)", "3.5% AND oil", "$5 AND oil",
    "rock 'nn' roll", "O'Neill oil", "'70s oil", "LUB", "LUB OR Neisse", "n5 oil gas",
    "\"W/5\" oil", "5 NEAR oil",
    "lang:en OR lang:de", "lang:pt lang:pt-BR oil", "(oil OR gas) AND (oil OR coal)", "oil -(oil gas)",
    "oil* -oil", "oil AND (gas OR (coal AND NOT iron))", "title:(oil -gas) OR (oil -gas)", "1 OF (oil, oil*)",
    "oil EXCEPT oil?", "京都 EXCEPT 東京都", 'Jordan EXCEPT "Jordan* Peterson"', "نفط EXCEPT \"النفط الخام\"",
    "(oil ONEAR gas) OR (gas ONEAR oil)", "Россия OR России OR Россию", "\"Российская газета сегодня\"",
    "СССР", "/[0-9]{4}/", "oil;", "title:oil :gas", "2 OF (oil, gas, coal) AND NOT oil",
    "M5 motorway", "oil NEAR 5", "oil AND N5 AND gas", "Peter O'Neill' oil", "within five days",
]  # fmt: skip


@pytest.mark.parametrize("query", SENSIBLE)
def test_sensible_queries_are_left_alone(query: str) -> None:
    """No warning where there is nothing to warn about."""
    found = lint(parse(query, lists=LISTS))
    assert found == []


def test_the_rules_languages_make_latin_words_suspicious() -> None:
    """A word in plain Latin letters is taken as inflected when the rule reads such a language."""
    query = parse("Moskwa")
    assert lint(query) == []
    assert [finding.hint for finding in lint(query, languages=("pl",))] == ["write Moskw* to find them"]


def test_a_common_word_is_one_of_the_rules_languages() -> None:
    """Whoever reads English only may look for `war`, which is in every German text."""
    query = parse("war AND Iran")
    assert lint(query, languages=("en",)) == []
    assert [finding.message for finding in lint(query, languages=("en", "de"))] == [
        "`war` is in almost every German text"
    ]


def test_items_of_a_list_are_looked_at_together() -> None:
    """Each by itself, and against the others."""
    items = ["Russia*", "Russian", "Россия", "White House", "Москва", "Москвой", "x"]
    read = Lists({"l": items}).resolve("l") or ()
    found = [
        (items[number], finding.message)
        for number, finding in lint_items(list(zip(items, read, strict=True)))
    ]
    assert sorted(found) == [
        ("Russian", "`Russian` adds nothing to `Russia*`"),
        ("x", "`x` is a single letter"),
        ("Россия", "`Россия` misses its other forms"),
    ]


@pytest.mark.parametrize(
    ("threshold", "weights", "expected"),
    [
        (30, [20, 15, -5], []),
        (30, [20, 5], [(None, "can never match: the weights add up to 25 at most")]),
        (0, [20], [(None, "any term alone reaches a threshold of 0")]),
        (30, [30, 0], [(1, "a weight of 0 adds nothing")]),
    ],
)
def test_a_score_that_cannot_work_is_told(
    threshold: float, weights: list[float], expected: list[tuple[int | None, str]]
) -> None:
    """A sum that is never reached, or always, and weights that weigh nothing."""
    assert [(number, message) for number, message, _ in lint_score(threshold, weights)] == expected


def test_an_excluded_common_word_is_no_fault() -> None:
    """Excluding a very common word is odd, but says something."""
    assert lint(parse("oil -the")) == []


def test_a_long_query_is_linted_in_reasonable_time() -> None:
    """Thousands of alternatives do not make pairs by the million."""
    assert lint(parse(" OR ".join(f"word{number}" for number in range(5000)))) == []
