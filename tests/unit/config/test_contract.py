"""What the configuration promises about queries in YAML, line by line: each line has a name here.

`ERRORS` are queries that cannot be read, each in four ways to write it; `TRAPS` is what YAML would change in
silence; `SHAPES` what a rule, a list or a file may not look like. The place at fault stands between ⟦ and ⟧.
"""

from pathlib import Path

import pytest

from monitor import config
from monitor.config import Config
from monitor.errors import ConfigError, Problem
from monitor.model import Article

BASE = """\
channels: {desk: console://}
feeds: [{url: "https://example.org/rss", name: Example, tags: [agency]}]
defaults: {channels: [desk]}
lists: {russia: [Russia*, Kremlin]}
"""


def load(directory: Path, text: str) -> Config | tuple[Problem, ...]:
    """The configuration with this rules file, or its problems."""
    (directory / "base.yaml").write_text(BASE)
    (directory / "rules.yaml").write_text(text)
    try:
        return config.load(directory, environ={})
    except ConfigError as error:
        return tuple(problem for problem in error.problems if problem.file.endswith("rules.yaml"))


def unmarked(text: str) -> tuple[str, int, int, int]:
    """The text without its marks; line, column and length of what stands between them."""
    before, _, rest = text.partition("⟦")
    fault, _, after = rest.partition("⟧")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return before + fault + after, line, column, len(fault)


def assert_told(found: Config | tuple[Problem, ...], marked: str, message: str, hint: str) -> None:
    """One error: file, line and column, the source line, a caret under the fault, and a way out."""
    text, line, column, length = unmarked(marked)
    assert isinstance(found, tuple), f"accepted: {text}"
    (problem,) = found
    where, source, caret, *rest = str(problem).splitlines()
    assert where.endswith(f"rules.yaml:{line}:{column}: error: {problem.message}")
    assert message in problem.message
    assert source == "  " + text.splitlines()[line - 1]
    assert caret == "  " + " " * (column - 1) + "^" * length
    assert rest == ([f"  hint: {problem.hint}"])
    assert hint in problem.hint


# name: (query, part of the message, part of the hint)
ERRORS: dict[str, tuple[str, str, str]] = {
    "lowercase and": ("oil ⟦and⟧ gas", "`and` in lower case", "write AND"),
    "lowercase or": ("oil ⟦or⟧ gas", "`or` in lower case", "write OR"),
    "lowercase not": ("oil ⟦not⟧ gas", "`not` in lower case", "write NOT"),
    "lowercase near": ("oil ⟦near⟧ gas", "`near` in lower case", "write NEAR"),
    "lowercase near with a number": ("oil ⟦near/5⟧ gas", "`near/5` in lower case", "write NEAR/5"),
    "an empty positive part": ("⟦NOT sport⟧", "only excludes", "must contain"),
    "unknown field": ("⟦tilte:⟧oil", "unknown field", "did you mean title:?"),
    "a field of another engine": ("⟦site:⟧bbc.com oil", "unknown field", "did you mean url:?"),
    "the content of an article": ("⟦content:⟧oil", "unknown field", "did you mean body:?"),
    "unknown list": ("oil AND ⟦$rusia⟧", "unknown list", "did you mean $russia?"),
    "unclosed quote": ("oil AND ⟦“⟧gas", "quote is never closed", "add the closing quote"),
    "unclosed bracket": ("oil AND ⟦(⟧gas OR coal", "bracket is never closed", "add the closing"),
    "nothing but a bracket": ("oil AND ⟦(⟧", "bracket is never closed", "add the closing"),
    "closed bracket": ("oil AND gas⟦)⟧", "closes nothing", "remove it"),
    "empty brackets": ("oil AND ⟦()⟧", "empty brackets", "write something"),
    "lone minus": ("oil ⟦-⟧ gas", "a lone `-`", "directly before the word"),
    "operator at the end": ("oil ⟦AND⟧", "nothing after `AND`", "add what comes after it"),
    "operator at the beginning": ("⟦OR⟧ oil", "nothing before `OR`", "between two terms"),
    "wildcard with one letter": ("oil AND ⟦g*⟧", "fewer than 2 letters", "at least 2 letters"),
    "bad regular expression": ("oil AND ⟦/(a/⟧", "bad regular expression", "RE2"),
    "regular expression of nothing": ("oil AND ⟦/x*/⟧", "matches the empty text", "use `+`"),
    "/n out of range": ("oil ⟦NEAR/101⟧ gas", "101 is out of range", "between 0 and 100"),
    "~n out of range": ("'' ⟦~101⟧".replace("'' ", '"oil gas"'), "101 is out of range", "between 0 and 100"),
    "ATLEAST and a space": ("⟦ATLEAST⟧ 2 oil", "without a number", "write ATLEAST/2"),
    "AND inside NEAR": ("⟦(a1 AND b1)⟧ NEAR/5 c1", "AND inside NEAR", "(a1 NEAR/5 c1) AND (b1 NEAR/5 c1)"),
    "a comment": ("oil AND gas ⟦#⟧ the fuels", "no letter and no digit", "a query has no comments"),
    "a space before ~n": ('"oil gas" ⟦~5⟧', "a space before `~5`", "directly behind the phrase"),
}


WAYS = {
    "a block": lambda query: f"rules:\n  a rule:\n    match: |\n      {query}\n",
    "a later line of a block": lambda query: f"rules:\n  a rule:\n    match: |\n\n        {query}\n",
    "a folded block": lambda query: f"rules:\n  a rule:\n    match: >-\n      {query}\n",
    "single quotes": lambda query: f"rules:\n  a rule: {{match: '{query}'}}\n",
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("query", "message", "hint"), ERRORS.values(), ids=ERRORS)
def test_an_error_in_a_query_has_its_place_in_the_file(
    query: str, message: str, hint: str, write: object, tmp_path: Path
) -> None:
    """However the query is written, the caret stands under what is wrong and nothing else."""
    marked = write(query)  # type: ignore[operator]
    assert_told(load(tmp_path, unmarked(marked)[0]), marked, message, hint)


BLOCK = "Write it as a block: `match: |`, and the query indented on the next line."
# name: (file, part of the message, part of the hint)
TRAPS: dict[str, tuple[str, str, str]] = {
    "two quoted words": ('rules:\n  a:\n    match: "x1" ⟦A⟧ND "y1"\n', "text after a closing quote", BLOCK),
    "a comment that may be a hashtag": ("rules:\n  a:\n    match: b1 ⟦#⟧ c1\n", "is a comment", "`match: |`"),
    "a hashtag first": ("rules:\n  a:\n    ⟦match⟧: #oil\n", "no value", "begins with # in quotes"),
    "*": ("rules:\n  a:\n    match: ⟦*oil⟧ AND gas\n", "aliases", BLOCK),
    "!": ("rules:\n  a:\n    match: ⟦!oil AND gas⟧\n", "tags", BLOCK),
    "@": ("rules:\n  a:\n    match: ⟦@⟧oil AND gas\n", "cannot begin with @", BLOCK),
    "%": ("rules:\n  a:\n    match: ⟦%⟧oil AND gas\n", "cannot begin with %", BLOCK),
    "|": ("rules:\n  a:\n    match: |⟦o⟧il AND gas\n", "after | or >", BLOCK),
    "&": ("rules:\n  a:\n    match: ⟦&oil AND gas⟧\n", "anchors", BLOCK),
    "?": ("rules:\n  a:\n    match: ⟦?⟧ oil\n", "cannot begin with ? and a space", BLOCK),
    "`": ("rules:\n  a:\n    match: ⟦`⟧oil` AND gas\n", "cannot begin with `", BLOCK),
    "a colon and a space": ("rules:\n  a:\n    match: title⟦:⟧ oil\n", "followed by a space", BLOCK),
    "a colon in the short form": ("rules:\n  Oil: title⟦:⟧ oil\n", "followed by a space", "`Oil: |`"),
    "an apostrophe in single quotes": (
        "rules:\n  a:\n    match: 'O'⟦B⟧rien AND oil'\n",
        "text after a closing quote",
        BLOCK,
    ),
    "an escape that YAML does not know": (
        'rules:\n  a:\n    match: "/CVE-⟦\\⟧d{4}/"\n',
        "begins an escape",
        BLOCK,
    ),
    "an edge of a word that YAML takes for a backspace": (
        'rules:\n  a:\n    match: "/⟦\\b⟧US/"\n',
        "cannot be seen",
        "as a block",
    ),
    "the same in a list": ('lists:\n  x: ["/US⟦\\b⟧/"]\nrules: {a: $x}\n', "cannot be seen", "as a block"),
    "a class of letters that YAML takes for a separator": (
        'rules:\n  a: "/⟦\\P⟧{L}/"\n',
        "cannot be seen",
        "as a block",
    ),
    "a name given twice": ("rules:\n  a: oil\n  ⟦a⟧: gas\n", "`a` is given twice", "rules.yaml:2:3"),
    "a key given twice": ("rules:\n  a: {match: oil, ⟦match⟧: gas}\n", "is given twice", "rules.yaml:2:7"),
    "a list given in two files": ("lists: {⟦russia⟧: [Moscow]}\nrules: {a: oil}\n", "twice", "base.yaml:4:9"),
    "a channel given in two files": (
        "channels: {⟦desk⟧: console://}\nrules: {a: oil}\n",
        "twice",
        "base.yaml:1:12",
    ),
    "a tab": ("rules:\n  a:\n⟦\t⟧match: oil\n", "a tab", "spaces"),
}


@pytest.mark.parametrize(("marked", "message", "hint"), TRAPS.values(), ids=TRAPS)
def test_a_trap_of_yaml_is_an_error(marked: str, message: str, hint: str, tmp_path: Path) -> None:
    """What YAML would change, or what it cannot read, is told at its place with a way to write it."""
    if "\t" in marked:  # the caret stands under the tab itself
        (problem,) = load(tmp_path, unmarked(marked)[0])  # type: ignore[misc]
        assert (problem.line, problem.column) == (3, 1)
        assert message in problem.message
        assert hint in problem.hint
    else:
        assert_told(load(tmp_path, unmarked(marked)[0]), marked, message, hint)


# name: (file, part of the message, part of the hint)
SHAPES: dict[str, tuple[str, str, str]] = {
    "a section misspelt": ("⟦rule⟧: {a: oil}\nrules: {b: oil}\n", "unknown section", "Did you mean `rules`?"),
    "rules as a list": ("rules:\n  ⟦-⟧ a: oil\nlists: {}\n", "must be a mapping", "Write a name for each"),
    "alternatives as a list": ("rules:\n  ⟦a⟧: [oil, gas]\n", "not a list", "oil OR gas"),
    "a list after match": ("rules:\n  a:\n    ⟦match⟧: [oil, gas]\n", "not a list", "oil OR gas"),
    "an empty block": ("rules:\n  a:\n    match: ⟦|⟧\n", "is empty", "Write what to look for"),
    "a key misspelt": ("rules:\n  a: {match: oil, ⟦chanels⟧: [desk]}\n", "unknown key", "`channels`?"),
    "neither match nor score": ("rules:\n  ⟦a⟧: {channels: [desk]}\n", "neither `match` nor", "exactly one"),
    "both match and score": (
        "rules:\n  ⟦a⟧: {match: oil, score: {threshold: 1, terms: {gas: 1}}}\n",
        "both `match` and `score`",
        "exactly one",
    ),
    "an unknown channel": ("rules:\n  a: {match: oil, channels: [⟦dsek⟧]}\n", "no channel", "`desk`?"),
    "feeds as a text": ("rules:\n  a: {match: oil, feeds: ⟦agency⟧}\n", "mapping", "Write {tags: [agency]}"),
    "an unknown tag": ("rules:\n  a: {match: oil, feeds: {tags: [⟦agncy⟧]}}\n", "no feed has", "`agency`?"),
    "a language by its name": ("rules:\n  a: {match: oil, language: ⟦english⟧}\n", "no", "such as en"),
    "an unknown priority": ("rules:\n  a: {match: oil, priority: ⟦hihg⟧}\n", "low, normal, high", "`high`?"),
    "an unknown way to alert": ("rules:\n  a: {match: oil, alert: ⟦storys⟧}\n", "story, article", "`story`?"),
    "one number after follow_up": ("rules:\n  a: {match: oil, follow_up: ⟦3⟧}\n", "a list", "[3, 10, 30]"),
    "one article to match": (
        "rules:\n  a: {match: oil, tests: {should_match: ⟦oil⟧}}\n",
        "a list",
        '["a title", "another"]',
    ),
    "a name of a list that cannot be used": (
        "lists: {⟦two words⟧: [x1]}\nrules: {a: oil}\n",
        "cannot be the name of a list",
        "$name",
    ),
    "an empty list": ("lists: {⟦none⟧: []}\nrules: {a: oil}\n", "is empty", "at least one term"),
    "terms of a score as a list": (
        "rules:\n  a: {score: {threshold: 1, ⟦terms⟧: [oil]}}\n",
        "must be a mapping",
        "each query with its weight",
    ),
    "a bad term of a score": (
        "rules:\n  a: {score: {threshold: 1, terms: {oil ⟦or⟧ gas: 1}}}\n",
        "`or` in lower case",
        "write OR",
    ),
    "a bad item of a list": ("lists: {x: [oil, gas ⟦or⟧ coal]}\nrules: {a: $x}\n", "lower case", "write OR"),
}


@pytest.mark.parametrize(("marked", "message", "hint"), SHAPES.values(), ids=SHAPES)
def test_a_wrong_shape_is_told_with_the_right_one(
    marked: str, message: str, hint: str, tmp_path: Path
) -> None:
    """What does not look like a rule, a list or a section is told at its place, with what to write."""
    found = load(tmp_path, unmarked(marked)[0])
    assert isinstance(found, tuple)
    assert_told(found, marked, message, hint)


@pytest.mark.parametrize("key", ["throttle", "max_age", "hold"])
def test_a_duration_needs_its_unit(key: str, tmp_path: Path) -> None:
    """`24` might be hours or minutes; the message shows how durations are written."""
    (problem,) = load(tmp_path, f"rules:\n  a: {{match: oil, {key}: 24}}\n")  # type: ignore[misc]
    assert "such as 90s, 5m, 2h or 3d" in problem.message
    assert (problem.line, problem.length) == (2, 2)


# What YAML 1.1 takes for something else stays the text it is: (written, article that is found)
PLAIN: list[tuple[str, str]] = [
    ("NO", "no"), ("on", "on"), ("Yes", "yes"), ("off", "off"), ("null", "null"), ("22:00", "at 22:00"),
    ("1e3", "1e3"), ("0x1F", "0x1F"), ("2026-11-24", "2026-11-24"), ("5G", "5G"), ("010", "010"),
    ("1_000", "1_000"), (".5", ".5"), ("=", ""), ("“oil tanker” AND «нефть»", "oil tanker нефть"),
    ("title:oil", "oil"), ("-gas oil", "oil"), ("石油 AND 价格", "石油价格"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "title"), PLAIN)
@pytest.mark.parametrize("form", ["rules:\n  a: {}\n", "rules:\n  a:\n    match: {}\n"])
def test_a_plain_text_stays_a_text(written: str, title: str, form: str, tmp_path: Path) -> None:
    """No query becomes a number, a time or a truth value on its way through YAML."""
    loaded = load(tmp_path, form.format(written))
    if not title:
        assert isinstance(loaded, tuple)  # `=` is no YAML value here, and no query either
        return
    assert isinstance(loaded, Config)
    assert loaded.rules[0].query == written
    assert len(loaded.ruleset.match(Article("1", title=title))) == 1


def test_names_stay_texts_too(tmp_path: Path) -> None:
    """A rule called 2026, and a list with Norway in it."""
    loaded = load(tmp_path, "lists: {c: [NO, on]}\nrules: {2026: $c, yes: oil, 1.0: gas}\n")
    assert isinstance(loaded, Config)
    assert [rule.name for rule in loaded.rules] == ["2026", "yes", "1.0"]
    assert loaded.lists["c"] == ("NO", "on")


def test_all_is_told_at_once(tmp_path: Path) -> None:
    """Every fault of every query, in the order of the file; what follows from another is left out."""
    text = """\
lists:
  fuels: [oil, gas or coal]
rules:
  One: oil and gas or coal
  Two:
    match: |
      tilte:oil AND $rusia
      near/5 (x1 OR )
  Three: oil OR $fuels
"""
    found = load(tmp_path, text)
    assert isinstance(found, tuple)
    assert [(one.line, one.column, one.message) for one in found] == [
        (2, 20, "`or` in lower case"),
        (4, 12, "`and` in lower case"),
        (4, 20, "`or` in lower case"),
        (7, 7, "unknown field `tilte:`"),
        (7, 21, "unknown list `$rusia`"),
        (8, 7, "`near/5` in lower case"),
        (8, 18, "nothing after `OR`"),
    ]


def test_a_query_with_commas_between_braces_is_told_so(tmp_path: Path) -> None:
    """YAML cuts it at each comma; the hint says why, not that a bracket is missing."""
    found = load(tmp_path, "rules:\n  a: {match: 2 OF (oil, gas, coal)}\n")
    assert isinstance(found, tuple)
    assert {problem.hint for problem in found} == {
        "Between { } and [ ] a comma ends a text: put a query with commas in quotes."
    }


def test_a_space_that_is_none_is_named(tmp_path: Path) -> None:
    """A no-break space after a key looks like any other."""
    found = load(tmp_path, "rules:\n  a:\n    match:\u00a0oil\n")
    assert isinstance(found, tuple)
    assert "U+00A0" in found[0].hint


# What is doubted, not refused: (file, part of the message, part of the hint)
DOUBTS: dict[str, tuple[str, str, str]] = {
    "a query": ("rules:\n  a: |\n    oil OR ⟦gas AND Iran⟧\n", "mixed", "write (gas AND Iran)"),
    "a term of a score": (
        "rules:\n  a: {score: {threshold: 1, terms: {⟦Россия⟧: 1}}}\n",
        "misses its other forms",
        "Росси*",
    ),
    "an item of a list": ("lists: {x: [oil, ⟦Россия⟧]}\nrules: {a: $x}\n", "other forms", "Росси*"),
    "an item that another finds": (
        "lists:\n  x:\n    - Russia*\n    - ⟦Russian⟧\nrules: {a: $x}\n",
        "adds nothing",
        "remove it",
    ),
    "a threshold out of reach": (
        "rules:\n  a: {score: {threshold: ⟦30⟧, terms: {oil: 20, gas: 5}}}\n",
        "add up to 25 at most",
        "lower the threshold",
    ),
    "a weight of nothing": (
        "rules:\n  a: {score: {threshold: 20, terms: {oil: 20, gas: ⟦0⟧}}}\n",
        "adds nothing",
        "give it a weight",
    ),
    "a country for a language": (
        "rules:\n  a: {match: oil, language: [en, ⟦jp⟧]}\n",
        "do not call a language `jp`",
        "Did you mean ja?",
    ),
}


@pytest.mark.parametrize(("marked", "message", "hint"), DOUBTS.values(), ids=DOUBTS)
def test_a_doubt_has_its_place_in_the_file(marked: str, message: str, hint: str, tmp_path: Path) -> None:
    """A warning looks as an error does, and the configuration can be used."""
    text, line, column, length = unmarked(marked)
    loaded = load(tmp_path, text)
    assert isinstance(loaded, Config)
    (problem,) = loaded.warnings
    assert (problem.level, problem.line, problem.column, problem.length) == ("warning", line, column, length)
    assert message in problem.message
    assert hint in problem.hint


WHOLE = """\
lists:
  russia2: [Russia*, Kremlin, Moscow, Росси*]
rules:
  Russia in Venezuela:                 # the key is the rule's name
    match: |
      Venezuela AND $russia2
    channels: [desk]
    feeds: {tags: [agency]}
    language: [en, ru]
    priority: high
    max_age: 24h
    alert: story
    follow_up: [3, 10, 30]
    throttle: 30m
    tests:
      should_match: ["Russia watches Venezuela"]
      should_not_match: ["Venezuela wins in Caracas"]
  Anything on cholera: "cholera* AND (outbreak OR case?)"   # short form
"""


def test_a_rule_in_full_means_what_it_says(tmp_path: Path) -> None:
    """Every key of a rule is read; the short form is a query."""
    loaded = load(tmp_path, WHOLE)
    assert isinstance(loaded, Config)
    rule, short = loaded.rules
    assert (rule.name, rule.query) == ("Russia in Venezuela", "Venezuela AND $russia2")
    assert (rule.channels, rule.feeds.tags, rule.languages) == (("desk",), ("agency",), ("en", "ru"))
    assert (str(rule.priority), str(rule.alert), rule.follow_up) == ("high", "story", (3, 10, 30))
    assert rule.max_age is not None
    assert rule.throttle is not None
    assert (rule.max_age.total_seconds(), rule.throttle.total_seconds()) == (86400, 1800)
    assert (short.query, short.channels) == ("cholera* AND (outbreak OR case?)", ("desk",))
    assert [(sample.article.title, sample.should_match) for sample in loaded.samples] == [
        ("Russia watches Venezuela", True),
        ("Venezuela wins in Caracas", False),
    ]
