"""Queries as news searches on the web understand them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.rules import parse
from monitor.rules.websearch import LONGEST, SERVICES, Omission, Search, search

GOOGLE, BING, GDELT = SERVICES.values()


def ask(query: str, service=GOOGLE) -> Search:
    found = search(parse(query), service)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("query", "google", "gdelt"),
    [
        ("Venezuela AND Russia", "Venezuela Russia", "Venezuela Russia"),
        ('oil AND NOT (olive OR "palm oil")', 'oil -olive -"palm oil"', 'oil -olive -"palm oil"'),
        ("(oil OR gas) AND price", "(oil OR gas) price", "(oil OR gas) price"),
        ("oil OR (gas AND coal)", "(oil OR (gas coal))", "(oil OR gas)"),
        ('title:Kremlin AND "White House"', 'intitle:Kremlin "White House"', 'Kremlin "White House"'),
        ("oil OR (gas OR (coal OR wind))", "(oil OR gas OR coal OR wind)", "(oil OR gas OR coal OR wind)"),
    ],
)
def test_each_service_is_asked_in_its_own_words(query, google, gdelt):
    """Bing as Google, but for headlines; GDELT takes no AND among alternatives."""
    assert ask(query).query == google
    assert ask(query, GDELT).query == gdelt


@pytest.mark.parametrize(
    ("query", "asked", "omission"),
    [
        ("oil NEAR/5 tanker", "oil tanker", Omission("oil NEAR/5 tanker", "side by side or not")),
        ("lang:en AND oil", "oil", Omission("lang:en", "no such field there")),
        ("oil AND /ga[sz]/", "oil", Omission("/ga[sz]/", "no regular expressions there")),
        ("oil OR /ga[sz]/", "oil", Omission("/ga[sz]/", "cannot be asked for", loses=True)),
        ("tanker*", "tanker", Omission("tanker*", "searched as `tanker`: no wildcards there", loses=True)),
        ("oil AND NOT /ga[sz]/", "oil", Omission("NOT /ga[sz]/", "may be there")),
        (
            "2 OF (oil, gas, coal)",
            "(oil OR gas OR coal)",
            Omission("2 OF (oil, gas, coal)", "any of them, not 2"),
        ),
        ("ATLEAST/3 oil", "oil", Omission("ATLEAST/3 oil", "once is enough")),
        ("oil EXCEPT palm", "oil", Omission("oil EXCEPT palm", "what EXCEPT excludes may be there")),
        ('"oil price"~3', "oil price", Omission('"oil price"~3', "words in any order and distance")),
    ],
)
def test_what_is_left_out_is_told(query, asked, omission):
    """What finds more without a further word; what finds less is marked."""
    found = ask(query)
    assert found.query == asked
    assert omission in found.omissions


def test_the_addresses_are_those_of_the_services():
    """With the edition asked for; the query is quoted as an address needs it."""
    found = search(parse('"AT&T" OR oil'), GOOGLE, language="de", country="AT")
    assert found is not None
    parts = urlsplit(found.url)
    assert (parts.netloc, parts.path) == ("news.google.com", "/rss/search")
    assert parse_qs(parts.query) == {
        "q": ["(AT&T OR oil)"], "hl": ["de-AT"], "gl": ["AT"], "ceid": ["AT:de"],
    }  # fmt: skip
    assert "format=rss" in ask("oil", BING).url
    assert ask("oil", GDELT).url.startswith(
        "https://api.gdeltproject.org/api/v2/doc/doc?query=oil&mode=artlist"
    )


@pytest.mark.parametrize("query", ["/only/", "lang:en", " OR ".join(f"word{n}" for n in range(LONGEST // 5))])
def test_what_cannot_be_asked_for_at_all_is_no_search(query):
    """An empty search would bring everything, and one too long nothing."""
    assert search(parse(query), GOOGLE) is None


def test_gdelt_takes_no_short_words():
    """It refuses the whole query for one of them."""
    found = ask("oil OR EU", GDELT)
    assert found.query == "oil"
    assert Omission("EU", "cannot be asked for", loses=True) in found.omissions
