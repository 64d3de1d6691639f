"""Warnings about queries that can be read and hardly mean what was wanted."""

import pytest

from monitor.rules import parse
from monitor.rules.lint import lint

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
    ("что AND нефть*", "что", "in almost every text", ""),
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


def test_an_excluded_common_word_is_no_fault() -> None:
    """Excluding a very common word is odd, but says something."""
    assert lint(parse("oil -the")) == []


def test_a_long_query_is_linted_in_reasonable_time() -> None:
    """Thousands of alternatives do not make pairs by the million."""
    assert lint(parse(" OR ".join(f"word{number}" for number in range(5000)))) == []
