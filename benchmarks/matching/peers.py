"""Other ways to match the same rules: what a user would write, and what databases offer.

All of them get the words ready made, folded and single-spaced, which spares them what our engine does
itself. Each gives the number of matches, so that the table shows who agrees.
"""

import contextlib
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import psutil
import psycopg

from benchmarks.matching.workload import Clause, Rule, Term
from tests.support.databases import postgres_server

Text = str  # folded words, single spaces between, one at each end
Test = Callable[[Text], bool]


# --- by hand --------------------------------------------------------------------------------------


def with_in(rules: Sequence[Rule]) -> Callable[[Sequence[Text]], int]:
    """`' word ' in text` for every term of every rule: what a careful user writes."""
    return _looped([_rule_test(rule, _in_text) for rule in rules])


def with_re(rules: Sequence[Rule]) -> Callable[[Sequence[Text]], int]:
    r"""`re.search(r"\\bword\\b", text, re.I)`: what most users write."""
    return _looped([_rule_test(rule, _by_regex) for rule in rules])


def _looped(tests: list[Test]) -> Callable[[Sequence[Text]], int]:
    return lambda texts: sum(test(text) for text in texts for test in tests)


def _in_text(term: Term) -> Test:
    wanted = " " + " ".join(term.words) + ("" if term.is_beginning else " ")
    return lambda text: wanted in text


def _by_regex(term: Term) -> Test:
    end = r"\w*" if term.is_beginning else ""
    search = re.compile(rf"\b{' '.join(map(re.escape, term.words))}{end}\b", re.IGNORECASE).search
    return lambda text: search(text) is not None


def _rule_test(rule: Rule, make: Callable[[Term], Test]) -> Test:
    tests = [_clause_test(clause, make) for clause in rule]
    return lambda text: all(test(text) for test in tests)


def _clause_test(clause: Clause, make: Callable[[Term], Test]) -> Test:
    tests = [make(term) for term in clause.terms]
    if clause.near is not None:
        left, right = (term.words[0] for term in clause.terms)
        distance = clause.near + 1
        return lambda text: all(test(text) for test in tests) and _is_near(text, left, right, distance)
    if clause.is_negated:
        return lambda text: not any(test(text) for test in tests)
    if clause.count > 1:
        return lambda text: sum(test(text) for test in tests) >= clause.count
    return lambda text: any(test(text) for test in tests)


def _is_near(text: Text, left: str, right: str, distance: int) -> bool:
    words = text.split()
    places = [number for number, word in enumerate(words) if word == left]
    others = [number for number, word in enumerate(words) if word == right]
    return any(0 < abs(place - other) <= distance for place in places for other in others)


def with_sets(rules: Sequence[Rule]) -> Callable[[Sequence[Text]], int]:
    """Rules filed under the words of one clause in a dict, then tested: presearch in pure Python."""
    filed: dict[str, list[Test]] = defaultdict(list)
    always: list[Test] = []
    for rule in rules:
        test = _rule_test(rule, _in_text)
        plain = [c for c in rule if not c.is_negated and not any(t.is_beginning for t in c.terms)]
        if not plain:
            always.append(test)
            continue
        best = min(plain, key=lambda clause: len(clause.terms))
        for word in {max(term.words, key=len) for term in best.terms}:
            filed[word].append(test)

    def match(texts: Sequence[Text]) -> int:
        count = 0
        for text in texts:
            found = {id(test): test for word in filed.keys() & set(text.split()) for test in filed[word]}
            count += sum(test(text) for test in (*always, *found.values()))
        return count

    return match


# --- SQLite FTS5 ----------------------------------------------------------------------------------


_FTS5_TABLE = "CREATE VIRTUAL TABLE a USING fts5(t, tokenize='unicode61 remove_diacritics 0')"


def with_fts5(rules: Sequence[Rule]) -> Callable[[Sequence[Text]], int]:
    """Each batch becomes an index in memory, and every rule a query of it."""
    queries = [_fts5(rule) for rule in rules]

    def match(texts: Sequence[Text]) -> int:
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(_FTS5_TABLE)
            connection.executemany("INSERT INTO a VALUES (?)", [(text,) for text in texts])
            count = "SELECT count(*) FROM a WHERE a MATCH ?"
            return sum(connection.execute(count, (query,)).fetchone()[0] for query in queries)

    return match


def _fts5(rule: Rule) -> str:
    positive = [f"({_fts5_clause(clause)})" for clause in rule if not clause.is_negated]
    negative = [f"({_fts5_clause(clause)})" for clause in rule if clause.is_negated]
    return " NOT ".join([f"({' AND '.join(positive)})", *negative])


def _fts5_clause(clause: Clause) -> str:
    terms = ['"' + " ".join(term.words) + '"' + ("*" if term.is_beginning else "") for term in clause.terms]
    if clause.near is not None:
        return f"NEAR({' '.join(terms)}, {clause.near})"
    if clause.count > 1:
        return " OR ".join(f"({a} AND {b})" for n, a in enumerate(terms) for b in terms[n + 1 :])
    return " OR ".join(terms)


# --- tantivy --------------------------------------------------------------------------------------


def with_tantivy(rules: Sequence[Rule]) -> Callable[[Sequence[Text]], int]:
    """Each batch becomes an index in memory, and every rule a query of it: `pip install tantivy`."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("t", tokenizer_name="whitespace")
    schema = builder.build()
    writing = _Tantivy(tantivy, schema)
    queries = [writing.rule(rule) for rule in rules]

    def match(texts: Sequence[Text]) -> int:
        index = tantivy.Index(schema)
        writer = index.writer(heap_size=15_000_000, num_threads=1)
        for text in texts:
            writer.add_document(tantivy.Document(t=text))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        return sum(searcher.search(query, limit=1, count=True).count for query in queries)

    return match


class _Tantivy:
    """Rules as queries of tantivy."""

    def __init__(self, library: Any, schema: Any) -> None:
        self._make = library.Query
        self._occur = library.Occur
        self._schema = schema

    def rule(self, rule: Rule) -> Any:
        wanted = ((self._occur.MustNot if clause.is_negated else self._occur.Must, clause) for clause in rule)
        return self._make.boolean_query([(occur, self._clause(clause)) for occur, clause in wanted])

    def _clause(self, clause: Clause) -> Any:
        if clause.near is not None:
            left, right = (term.words[0] for term in clause.terms)
            steps = range(1, clause.near + 2)
            return self._any(
                self._make.phrase_query(self._schema, "t", [(0, a), (step, b)])
                for a, b in ((left, right), (right, left))
                for step in steps
            )
        terms = [self._term(term) for term in clause.terms]
        if clause.count > 1:
            must = self._occur.Must
            pairs = ((a, b) for n, a in enumerate(terms) for b in terms[n + 1 :])
            return self._any(self._make.boolean_query([(must, a), (must, b)]) for a, b in pairs)
        return self._any(terms)

    def _any(self, queries: Iterable[Any]) -> Any:
        return self._make.boolean_query([(self._occur.Should, query) for query in queries])

    def _term(self, term: Term) -> Any:
        if term.is_beginning:
            return self._make.regex_query(self._schema, "t", re.escape(term.words[0]) + ".*")
        if len(term.words) > 1:
            return self._make.phrase_query(self._schema, "t", list(enumerate(term.words)))
        return self._make.term_query(self._schema, "t", term.words[0])


# --- PostgreSQL -----------------------------------------------------------------------------------


_ASK = """
    WITH a AS MATERIALIZED (SELECT to_tsvector('simple', %s) v)
    SELECT count(*) FROM r, a WHERE a.v @@ q
"""


class Postgres:
    """Rules as `tsquery` in a table, asked with `@@` by a prepared statement.

    Its time is that of the server's process alone: what the client does is not counted.
    """

    def __init__(self, connection: "psycopg.Connection[tuple[int]]", rules: Sequence[Rule]) -> None:
        self._connection = connection
        self._process = psutil.Process(connection.info.backend_pid)
        connection.execute("DROP TABLE IF EXISTS r")
        connection.execute("CREATE TABLE r (id int, q tsquery)")
        with connection.cursor().copy("COPY r FROM STDIN") as copy:
            for number, rule in enumerate(rules):
                copy.write_row((number, _tsquery(rule)))
        connection.execute("VACUUM (ANALYZE) r")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")  # which would be compiled anew for each article

    def seconds(self) -> float:
        """CPU time so far."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def match(self, texts: Sequence[Text]) -> int:
        """How many rules match the texts, one text at a time."""
        rows = (self._connection.execute(_ASK, (text,), prepare=True).fetchone() for text in texts)
        return sum(row[0] for row in rows if row is not None)


@contextlib.contextmanager
def postgres() -> Iterator["psycopg.Connection[tuple[int]]"]:
    """A connection to a server of our own."""
    with postgres_server() as server:
        url = server.admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


def _tsquery(rule: Rule) -> str:
    return " & ".join(f"({_tsquery_clause(clause)})" for clause in rule)


def _tsquery_clause(clause: Clause) -> str:
    terms = [_tsquery_term(term) for term in clause.terms]
    if clause.near is not None:
        left, right = terms
        steps = range(1, clause.near + 2)
        return " | ".join(f"({a} <{n}> {b})" for a, b in ((left, right), (right, left)) for n in steps)
    if clause.is_negated:
        return f"!({' | '.join(terms)})"
    if clause.count > 1:
        return " | ".join(f"({a} & {b})" for n, a in enumerate(terms) for b in terms[n + 1 :])
    return " | ".join(terms)


def _tsquery_term(term: Term) -> str:
    words = [f"'{word}'" + (":*" if term.is_beginning else "") for word in term.words]
    return f"({' <-> '.join(words)})"


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process for some work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
