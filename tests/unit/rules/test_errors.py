"""What is wrong with a query: the place, and the way out."""

import time

import pytest

from monitor.errors import QueryError
from monitor.rules import Lists, RuleSet, parse

LISTS = {"russia": ["Russia*"], "bad": ["oil", "gas AND"], "empty": [], "loop": ["$loop"], "far": ["$loop"]}
LISTS |= {"deals": ["oil AND price", "gas"], "outer": ["coal", "$deals"]}

# (query, the characters at fault, part of the message, part of the hint)
ERRORS = [
    ("", "", "empty query", "write what to look for"),
    ("  \n ", "  \n ", "empty query", ""),
    ("iran or iraq", "or", "`or` in lower case", "write OR"),
    ("iran and iraq", "and", "`and` in lower case", "write AND"),
    ("iran not iraq", "not", "`not` in lower case", "write NOT"),
    ("iran Or iraq", "Or", "in lower case", "write OR"),
    ("iran near iraq", "near", "in lower case", "write NEAR"),
    ("iran near/3 iraq", "near/3", "in lower case", "write NEAR/3"),
    ("iran onear/3 iraq", "onear/3", "in lower case", "write ONEAR/3"),
    ("atleast/3 iraq", "atleast/3", "in lower case", "write ATLEAST/3"),
    ("iran except iraq", "except", "in lower case", "write EXCEPT"),
    ("or", "or", "in lower case", '"or" in quotes'),
    ("NOT sport", "NOT sport", "only excludes", "add what the article must contain"),
    ("-sport", "-sport", "only excludes", ""),
    ("NOT a1 AND NOT b1", "NOT a1 AND NOT b1", "only excludes", ""),
    ("-a1 OR -b1", "-a1 OR -b1", "only excludes", ""),
    ("title:(NOT a1)", "title:(NOT a1)", "only excludes", ""),
    ("tilte:x", "tilte:", "unknown field `tilte:`", "did you mean title:?"),
    ("nonsense:x", "nonsense:", "unknown field", "fields are title"),
    ("oil Re:Zero", "Re:", "unknown field", "quote it"),
    ("oil AND $rusia", "$rusia", "unknown list `$rusia`", "did you mean $russia?"),
    ("$zzz", "$zzz", "unknown list", "lists are"),
    ("$RUSIA", "$RUSIA", "unknown list", "did you mean $russia?"),
    ("$russia*", "$russia*", "is no list", "quote it"),
    ('oil "price', '"', "quote is never closed", "add the closing quote"),
    ("oil „price", "„", "quote is never closed", ""),
    ("(oil OR (gas AND coal)", "(", "bracket is never closed", "add the closing"),
    ("2 OF (oil, gas", "(", "bracket is never closed", ""),
    ("oil)", ")", "closes nothing", "remove it"),
    (")", ")", "closes nothing", ""),
    ("oil ()", "()", "empty brackets", ""),
    ("title:()", "()", "empty brackets", ""),
    ("2 OF ()", "()", "empty brackets", ""),
    ("oil - gas", "-", "a lone `-`", "directly before the word"),
    ("oil -", "-", "a lone `-`", ""),
    ("(oil -)", "-", "a lone `-`", ""),
    ("oil – gas", "–", "a lone `-`", ""),
    ("oil AND", "AND", "nothing after `AND`", "add what comes after it"),
    ("oil OR", "OR", "nothing after `OR`", ""),
    ("oil NOT", "NOT", "nothing after `NOT`", ""),
    ("oil NEAR/3", "NEAR/3", "nothing after `NEAR/3`", ""),
    ("(oil EXCEPT)", "EXCEPT", "nothing after `EXCEPT`", ""),
    ("ATLEAST/3", "ATLEAST/3", "nothing after", ""),
    ("AND oil", "AND", "nothing before `AND`", "it stands between two terms"),
    ("(OR oil)", "OR", "nothing before `OR`", ""),
    ("NEAR/3 oil", "NEAR/3", "nothing before", ""),
    ("oil AND OR gas", "OR", "`OR` directly after `AND`", "remove one"),
    ("oil NEAR AND gas", "AND", "directly after `NEAR`", ""),
    ("a*", "a*", "fewer than 2 letters", "at least 2 letters"),
    ("?b", "?b", "fewer than 2 letters", ""),
    ("*", "*", "has a wildcard but no letters", 'inside a phrase: "President * Maduro"'),
    ('"oil ?"', '"oil ?"', "has a wildcard but no letters", "at least 2 letters"),
    ('"*"', '"*"', "nothing but `*`", "add a word"),
    ('"oil * price"~3', '"oil * price"~3', "together with `~`", ""),
    ("俄*", "俄*", "fewer than 2 letters", "found without `*`"),
    ("俄罗*斯亚", "俄罗*斯亚", "is not possible", "NEAR"),
    ("/(/", "/(/", "bad regular expression", "RE2 syntax"),
    ("/(?=a)/", "/(?=a)/", "bad regular expression", "no look-around"),
    ("/a{2000}/", "/a{2000}/", "bad regular expression", ""),
    ("/x*/", "/x*/", "matches the empty text", "use `+`"),
    (r"/\b/", r"/\b/", "matches the empty text", ""),
    ("/a|/", "/a|/", "matches the empty text", ""),
    ("//", "//", "matches the empty text", ""),
    (r"/a\bc/", r"/a\bc/", r"`\b` inside", r"[^\pL\pN]"),
    (r"/(\ba)/", r"/(\ba)/", r"`\b` inside", ""),
    (r"/a[\W]/", r"/a[\W]/", r"`\W` inside [ ]", ""),
    ("/abc", "/", "never closed", "quote it"),
    ("/abc/x", "x", "after the regular expression", "only `i`"),
    ("/" + "a" * 1001 + "/", "/" + "a" * 1001 + "/", "1001 characters", "at most 1000"),
    ("a1 NEAR/101 b1", "NEAR/101", "101 is out of range", "between 0 and 100"),
    ("a1 NEAR/99999999999999999999999 b1", "NEAR/99999999999999999999999", "out of range", ""),
    ("a1 NEAR/x b1", "NEAR/x", "needs a number", "NEAR/5"),
    ("a1 NEAR/ b1", "NEAR/", "needs a number", ""),
    ("a1 NEAR/-1 b1", "NEAR/-1", "needs a number", ""),
    ("a1 NEAR/٣ b1", "NEAR/٣", "needs a number", ""),
    ('"a1 b1"~101', "~101", "out of range", ""),
    ('"a1 b1"~', "~", "needs a number", ""),
    ("ATLEAST/0 oil", "ATLEAST/0", "always true", ""),
    ("ATLEAST oil", "ATLEAST", "without a number", "ATLEAST/3"),
    ("ATLEAST/101 oil", "ATLEAST/101", "out of range", ""),
    ("0 OF (oil, gas)", "0", "0 of 2 alternatives", "between 1 and 2"),
    ("3 OF (oil, gas)", "3", "3 of 2 alternatives", ""),
    ("99999999999 OF (oil, gas)", "99999999999", "of 2 alternatives", ""),
    ("2 OF oil", "2 OF", "without a bracket", "2 OF (oil"),
    ("BANK OF AMERICA", "OF", "out of place", '"of"'),
    ("OF", "OF", "nothing before", ""),
    ("oil, gas", ",", "a comma between words", "write OR"),
    ("(oil, gas)", ",", "a comma between words", ""),
    ("2 OF (oil,, gas)", ",", "comma with nothing before", ""),
    ("(a AND b) NEAR/5 c", "(a AND b)", "AND inside NEAR", "(a NEAR/5 c) AND (b NEAR/5 c)"),
    ("c ONEAR/5 (a AND b)", "(a AND b)", "AND inside ONEAR", "(c ONEAR/5 a) AND (c ONEAR/5 b)"),
    ("(a OR b c) NEAR d", "b c", "AND inside NEAR", "(a NEAR/10 d) OR ((b NEAR/10 d) AND (c NEAR/10 d))"),
    ("title:a NEAR/3 b", "title:a", "the field `title:` inside NEAR", "title:(a NEAR/3 b)"),
    ("title:a NEAR/3 title:b", "title:a", "the field", "title:(a NEAR/3 b)"),
    ("(ATLEAST/2 a) NEAR b", "(ATLEAST/2 a)", "ATLEAST inside NEAR", "ATLEAST/2 (a NEAR/10 b)"),
    ("2 OF (a, b) NEAR c", "2 OF (a, b)", "OF inside NEAR", "2 OF (a NEAR/10 c, b NEAR/10 c)"),
    ("(NOT a) NEAR b", "(NOT a)", "NOT inside NEAR", "NOT (a NEAR/10 b)"),
    ("a NEAR NOT b", "NOT", "NOT inside NEAR", ""),
    ("a NEAR -b", "-", "NOT inside NEAR", ""),
    ("a NEAR/3 /b/", "/b/", "a regular expression inside NEAR", "wildcards"),
    ("a EXCEPT (b AND c)", "(b AND c)", "AND inside EXCEPT", "EXCEPT takes terms"),
    ("ATLEAST/3 (a b)", "(a b)", "AND inside ATLEAST", ""),
    ("ATLEAST/3 ATLEAST/2 a", "ATLEAST/2 a", "ATLEAST inside ATLEAST", ""),
    (
        "oil NEAR $deals",
        "$deals",
        "list of whole conditions, `$deals`, inside NEAR",
        "words alone into $deals",
    ),
    ("oil EXCEPT $deals", "$deals", "`$deals`, inside EXCEPT", "an item of $deals is more"),
    ("ATLEAST/2 $outer", "$outer", "`$outer`, inside ATLEAST", ""),
    ("ATLEAST/3 lang:en", "lang:en", "the field `lang:` inside ATLEAST", ""),
    ("title:body:x", "body:", "`body:` inside `title:`", "close the brackets"),
    ("title:(x OR body:y)", "body:", "`body:` inside `title:`", ""),
    ("title: x", "title:", "nothing directly after", "title:word"),
    ("title:", "title:", "nothing directly after", ""),
    ("(title:)", "title:", "nothing after `title`", ""),
    ("lang:english", "english", "no language code", "codes look like"),
    ("lang:(en AND ru)", "(en AND ru)", "takes codes only", ""),
    ("lang:e*", "e*", "wildcard", ""),
    ("a || b", "||", "`|` is no operator", "write OR"),
    ("a && b", "&&", "`&&` is no operator", "write AND"),
    ("a +b", "+b", "`+` is no operator", "required already"),
    ("a !b", "!b", "`!` is no operator", "write NOT"),
    ("oil^2", "oil^2", "`^` is no operator", "score"),
    ("roam~", "roam~", "`~` is no operator", "follows a phrase"),
    ("[a TO b]", "[a", "`[` is no operator", "ranges"),
    ("🔥", "🔥", "no letter and no digit", "regular expression"),
    ("'", "'", "no letter and no digit", ""),
    ('"…"', '"…"', "a phrase without", ""),
    ("2 OF (oil) gas)", "2", "2 of 1 alternatives", ""),
    ("(oil NEAR 2 OF (a, b))", "2 OF (a, b)", "OF inside NEAR", "2 OF (oil NEAR/10 a, oil NEAR/10 b)"),
    ("title:/a/ NEAR b", "title:/a/", "the field `title:` inside NEAR", ""),
    ('"oil"~3~4', "~3~4", "needs a number", ""),
    ("(oil 2 OF gas)", "2 OF", "without a bracket", ""),
    (r"/a[]b]|c*/", r"/a[]b]|c*/", "matches the empty text", ""),
    (r"/[^]]*/", r"/[^]]*/", "matches the empty text", ""),
    ("x" * 251, "x" * 251, "251 characters is too long", "at most 250"),
    ('"' + "a " * 251 + '"', '"' + "a " * 251 + '"', "a phrase of 251 words is too long", "at most 250"),
    ('"' + "a " * 51 + '"~2', '"' + "a " * 51 + '"~2', "51 words is too long", "at most 50 with `~`"),
    ("(" * 51 + "a" + ")" * 51, "(", "nested more than 50 deep", "split the query"),
    ("$empty", "$empty", "list `empty` is empty", "add an item"),
    ("$loop", "$loop", "lists within lists: $loop → $loop", "never themselves"),
    ("$far", "$loop", "lists within lists: $far → $loop → $loop", ""),
]


@pytest.mark.parametrize(("query", "fault", "message", "hint"), ERRORS)
def test_error_names_the_place_and_the_way_out(query: str, fault: str, message: str, hint: str) -> None:
    """A query that cannot be read is refused with the exact characters at fault and a hint."""
    with pytest.raises(QueryError) as caught:
        parse(query, lists=LISTS)
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert error.text[slice(*error.span)] == fault


def test_lowercase_operator_is_at_column_six() -> None:
    """The printed error has the line, the column and a caret under the word."""
    with pytest.raises(QueryError) as caught:
        parse("iran or iraq")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("query:1:6: error:")
    assert lines[2] == "  " + " " * 5 + "^^"


def test_places_count_in_many_lines() -> None:
    """A query of several lines is told with its own line and column."""
    with pytest.raises(QueryError) as caught:
        parse("oil AND\n  (gas OR\n   coal or wood)")
    assert str(caught.value).startswith("query:3:9: error:")


def test_error_in_a_list_item_speaks_of_the_item() -> None:
    """The place in a bad list item is a place in that item."""
    with pytest.raises(QueryError, match="list `bad`, item 2: nothing after `AND`") as caught:
        parse("oil $bad", lists=LISTS)
    assert caught.value.text == "gas AND"
    assert caught.value.span == (4, 7)


def test_without_lists_every_list_is_unknown() -> None:
    """A query that names a list cannot be read where no list is defined."""
    with pytest.raises(QueryError) as caught:
        parse("$russia")
    assert "no list is defined" in caught.value.hint


def test_a_list_in_capitals_goes_before_a_stock_symbol() -> None:
    """`$TSLA` is the list of that name when there is one."""
    assert parse("$TSLA", lists={"TSLA": ["Tesla"]}).root != parse("$TSLA").root


def test_rule_set_names_the_rule() -> None:
    """Compiling a rule set that holds a bad query says which rule it is."""
    with pytest.raises(QueryError, match="rule `Bad one`: `or` in lower case") as caught:
        RuleSet.compile({"Good": "oil", "Bad one": "oil or gas"})
    assert caught.value.span == (4, 6)


def test_lists_are_read_once() -> None:
    """Queries that share lists share what was read."""
    lists = Lists({"russia": ["Russia*"]})
    assert lists.resolve("russia") is lists.resolve("russia")


def test_error_in_a_list_within_a_list_names_the_inner_one() -> None:
    """A bad item is told as an item of the list that holds it."""
    with pytest.raises(QueryError, match="list `inner`, item 1: `or` in"):
        parse("$outer", lists={"outer": ["$inner"], "inner": ["oil or gas"]})


def test_a_long_rewrite_is_described_instead() -> None:
    """A rewrite longer than a few lines is not printed."""
    words = " AND ".join(f"word{number}" for number in range(100))
    with pytest.raises(QueryError) as caught:
        parse(f"({words}) NEAR oil")
    assert caught.value.hint == "bring NEAR inside the brackets"


HUGE = [
    "a " * 500_000,
    "(" * 1_000_000,
    '"' * 1_000_001,
    "/" * 1_000_000,
    "-" * 1_000_000,
    "a NEAR " * 150_000,
]


@pytest.mark.parametrize("query", HUGE, ids=range(len(HUGE)))
def test_a_megabyte_is_refused_quickly(query: str) -> None:
    """A query far too long is refused with a clear error in less than a second of processor time."""
    before = time.process_time()
    with pytest.raises(QueryError, match="more than 200,000"):
        parse(query)
    assert time.process_time() - before < 1


DEEP = ["(" * 9000, "NOT " * 9000 + "a", "-" * 9000 + "a", "a NEAR " * 9000 + "a", "title:" * 9000 + "a",
        "exact:" * 9000 + "a", "ATLEAST/2 " * 9000 + "a", "2 OF (" * 9000]  # fmt: skip


@pytest.mark.parametrize("query", DEEP, ids=range(len(DEEP)))
def test_deep_nesting_is_an_error_and_no_recursion(query: str) -> None:
    """However deep a query nests, the answer is a query error."""
    with pytest.raises(QueryError):
        parse(query)


def test_fifty_levels_are_read() -> None:
    """Nesting within the limit is no problem."""
    assert parse("(" * 50 + "a" + ")" * 50) == parse("a")
