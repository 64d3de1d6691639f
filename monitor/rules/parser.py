"""The parser: lexemes to a syntax tree, by recursive descent over the grammar of the language.

    or      = and { "OR" and }
    and     = not { ["AND"] not }
    not     = ( "NOT" | "-" ) not | near
    near    = except { ( "NEAR" | "ONEAR" ) ["/" n] except }
    except  = prim { "EXCEPT" prim }
    prim    = "(" or ")" | field ":" prim | "ATLEAST/" n prim | n "OF" "(" or { "," or } ")"
            | phrase ["~" n] | regex | "$" list | term

Every problem is a QueryError with the place and a way out. Linear; depth is bounded.
"""

from collections.abc import Callable, Iterable, Sequence

from monitor.errors import QueryError
from monitor.rules import leaves, lexer, operands, query
from monitor.rules.lexer import Kind, Lexeme
from monitor.rules.query import And, AtLeast, Except, Field, ListRef, Near, Node, Not, Or, Query, SomeOf
from monitor.rules.suggest import did_you_mean, did_you_mean_field

DEEPEST_QUERY = 50
NEAR_DISTANCE = 10

Resolve = Callable[[str], "tuple[Node, ...] | None"]


def read(
    text: str, *, resolve: Resolve, list_names: Iterable[str] = (), deepest: int = DEEPEST_QUERY
) -> Query:
    """Read a query. `resolve` gives the alternatives of a list, or None when there is no such list."""
    return _Parser(text, resolve, tuple(list_names), deepest).read()


class _Parser:
    def __init__(self, text: str, resolve: Resolve, list_names: tuple[str, ...], deepest: int) -> None:
        self.text = text
        self.lexemes = lexer.read(text)
        self.index = 0
        self.resolve = resolve
        self.list_names = list_names
        self.deepest = deepest
        self.depth = 0
        self.field = ""  # the one that is being read into, "" outside
        self.mixed: list[query.Place] = []

    # --- moving -------------------------------------------------------------------------------

    @property
    def next(self) -> Lexeme:
        return self.lexemes[self.index]

    def take(self) -> Lexeme:
        lexeme = self.lexemes[self.index]
        self.index += 1
        return lexeme

    def accept(self, *kinds: Kind) -> Lexeme | None:
        return self.take() if self.next.kind in kinds else None

    def error(self, message: str, span: query.Place, hint: str = "") -> QueryError:
        return QueryError(message, text=self.text, span=span, hint=hint)

    def descend(self, lexeme: Lexeme) -> None:
        self.depth += 1
        if self.depth > self.deepest:
            hint = "split the query, or put alternatives into a list"
            raise self.error(f"nested more than {self.deepest} deep", lexeme.span, hint)

    # --- the grammar --------------------------------------------------------------------------

    def read(self) -> Query:
        if self.next.kind is Kind.END:
            raise self.error(
                "an empty query", (0, len(self.text)), "write what to look for: Venezuela AND Russia"
            )
        root = self.read_or()
        self.expect_end()
        if not operands.is_positive(root):
            hint = "add what the article must contain: oil AND NOT sport"
            raise self.error("this query only excludes", root.span, hint)
        return Query(self.text, root, tuple(self.mixed))

    def expect_end(self) -> None:
        lexeme = self.next
        if lexeme.kind is Kind.CLOSE:
            raise self.error("this `)` closes nothing", lexeme.span, "remove it, or add the opening bracket")
        if lexeme.kind is Kind.COMMA:
            hint = "write OR between alternatives; a comma only stands in 2 OF (oil, gas)"
            raise self.error("a comma between words", lexeme.span, hint)
        if lexeme.kind is not Kind.END:
            raise self.error(f"`{lexeme.text}` is out of place", lexeme.span, self.operator_hint(lexeme))

    def read_or(self) -> Node:
        found = [self.read_and()]
        if self.lexemes[self.index].kind is not Kind.OR:
            return found[0]
        bare = [self.bare_and]
        while self.accept(Kind.OR):
            found.append(self.read_and())
            bare.append(self.bare_and)
        self.mixed += [node.span for node, is_bare in zip(found, bare, strict=True) if is_bare]
        self.bare_and = False
        return Or(tuple(found), _hull(found))

    bare_and = False  # whether the operand just read is an AND without brackets

    def read_and(self) -> Node:
        found = [self.read_not()]
        while (kind := self.lexemes[self.index].kind) in _AND_STARTS:
            self.index += kind is Kind.AND
            found.append(self.read_not())
        self.bare_and = len(found) > 1
        return And(tuple(found), _hull(found)) if len(found) > 1 else found[0]

    def read_not(self) -> Node:
        lexeme = self.lexemes[self.index]
        if lexeme.kind in _LEAVES and self.lexemes[self.index + 1].kind not in _BINDS_TIGHTER:
            self.index += 1  # the most frequent case by far, and nothing more could come of it below
            return leaves.read(lexeme, self.text)
        if lexeme.kind is not Kind.NOT and lexeme.kind is not Kind.MINUS:
            return self.read_near()
        self.index += 1
        self.descend(lexeme)
        operand = self.read_not()
        self.depth -= 1
        return Not(operand, lexer.place(lexeme.start, operand.span[1]))

    def read_near(self) -> Node:
        left = self.read_except()
        depth = self.depth
        while (lexeme := self.accept(Kind.NEAR, Kind.ONEAR)) is not None:
            self.descend(lexeme)
            if self.next.kind in (Kind.NOT, Kind.MINUS):
                hint = "write a AND NOT b, or a NEAR/5 (b EXCEPT c)"
                raise self.error(f"NOT inside {lexeme.kind}", self.next.span, hint)
            right = self.read_except()
            distance = NEAR_DISTANCE if lexeme.number is None else lexeme.number
            near = Near(left, right, distance, lexeme.kind is Kind.ONEAR, _hull((left, right)))
            if problem := operands.near_problem(near):
                raise self.error(problem.message, problem.span, problem.hint)
            left = near
        self.depth = depth
        return left

    def read_except(self) -> Node:
        operand = self.read_prim()
        excluded = []
        while self.accept(Kind.EXCEPT):
            excluded.append(self.read_prim())
        if not excluded:
            return operand
        self.require_places("EXCEPT", operand, *excluded)
        return Except(operand, tuple(excluded), _hull((operand, *excluded)))

    def require_places(self, operator: str, *found: Node) -> None:
        for node in found:
            if problem := operands.place_problem(operator, node):
                raise self.error(problem.message, problem.span, problem.hint)

    def read_prim(self) -> Node:
        lexeme = self.take()
        match lexeme.kind:
            case Kind.OPEN:
                return self.read_group(lexeme)
            case Kind.FIELD:
                return self.read_field(lexeme)
            case Kind.ATLEAST:
                return self.read_at_least(lexeme)
            case Kind.LIST:
                return self.read_list(lexeme)
            case Kind.WORD if lexeme.text.isdecimal() and self.next.kind is Kind.OF:
                return self.read_some_of(lexeme)
            case Kind.WORD | Kind.PHRASE | Kind.REGEX:
                return leaves.read(lexeme, self.text)
            case _:
                raise self.misplaced(lexeme)

    def read_group(self, opening: Lexeme) -> Node:
        if self.next.kind is Kind.CLOSE:
            hint = "write something between the brackets, or remove them"
            raise self.error("empty brackets", (opening.start, self.next.end), hint)
        self.descend(opening)
        node = self.read_or()
        self.bare_and = False
        self.depth -= 1
        object.__setattr__(
            node, "span", lexer.place(opening.start, self.close(opening))
        )  # it was made just now
        return node

    def close(self, opening: Lexeme) -> int:
        """Take the closing bracket; gives its end."""
        if self.next.kind is Kind.COMMA:
            self.expect_end()
        if self.next.kind not in (Kind.CLOSE, Kind.END):
            self.expect_end()
        closing = self.accept(Kind.CLOSE)
        if closing is None:
            raise self.unclosed(opening)
        return closing.end

    def unclosed(self, opening: Lexeme) -> QueryError:
        return self.error("this bracket is never closed", opening.span, "add the closing `)`")

    def read_field(self, lexeme: Lexeme) -> Node:
        name = lexeme.text.casefold()
        if name not in query.FIELDS:
            hint = did_you_mean_field(name, query.FIELDS) or "fields are " + ", ".join(query.FIELDS)
            hint = _or_quote(hint, f"{lexeme.text}:…")
            raise self.error(f"unknown field `{lexeme.text}:`", lexeme.span, hint)
        if self.field and name != "exact":
            hint = f"close the brackets of `{self.field}:` first"
            raise self.error(f"`{name}:` inside `{self.field}:`", lexeme.span, hint)
        self.descend(lexeme)
        outer, self.field = self.field, self.field if name == "exact" else name
        operand = self.read_prim()
        self.field = outer
        self.depth -= 1
        if name == "lang" and (problem := operands.language_problem(operand)):
            raise self.error(problem.message, problem.span, problem.hint)
        return Field(name, operand, (lexeme.start, operand.span[1]))

    def read_at_least(self, lexeme: Lexeme) -> Node:
        count = lexeme.number or 0
        if count < 1:
            raise self.error("ATLEAST/0 is always true", lexeme.span, "write at least 1")
        self.descend(lexeme)
        operand = self.read_prim()
        self.depth -= 1
        self.require_places("ATLEAST", operand)
        return AtLeast(count, operand, (lexeme.start, operand.span[1]))

    def read_some_of(self, number: Lexeme) -> Node:
        operator = self.take()
        opening = self.accept(Kind.OPEN)
        if opening is None:
            hint = "write 2 OF (oil, gas, coal)"
            raise self.error("OF without a bracket after it", (number.start, operator.end), hint)
        if self.next.kind is Kind.CLOSE:
            raise self.error("empty brackets", (opening.start, self.next.end), "write 2 OF (oil, gas, coal)")
        self.descend(opening)
        found = [self.read_or()]
        while self.accept(Kind.COMMA):
            found.append(self.read_or())
        self.bare_and = False
        self.depth -= 1
        span = (number.start, self.close(opening))
        count = int(number.text) if len(number.text) < 7 else len(found) + 1
        if not 1 <= count <= len(found):
            hint = f"choose between 1 and {len(found)}, and put commas between the alternatives"
            raise self.error(f"{number.text} of {len(found)} alternatives", number.span, hint)
        return SomeOf(count, tuple(found), span)

    def read_list(self, lexeme: Lexeme) -> Node:
        found = self.resolve(lexeme.text)
        if found is not None:
            return ListRef(lexeme.text, found, lexeme.span)
        similar = did_you_mean(lexeme.text, self.list_names, prefix="$")
        if lexeme.text.isupper() and not similar:
            return leaves.read(lexeme._replace(kind=Kind.WORD, text="$" + lexeme.text), self.text)
        hint = similar or ("lists are " + ", ".join(sorted(self.list_names)[:10]) if self.list_names else "")
        hint = _or_quote(hint or "no list is defined", f"${lexeme.text}")
        raise self.error(f"unknown list `${lexeme.text}`", lexeme.span, hint)

    # --- what went wrong ------------------------------------------------------------------------

    def misplaced(self, lexeme: Lexeme) -> QueryError:
        """Something stands where a term was to come."""
        before = self.lexemes[self.index - 2] if self.index > 1 else None
        if before is not None and before.kind in (*lexer.OPERATORS, Kind.MINUS, Kind.FIELD):
            if lexeme.kind in (Kind.END, Kind.CLOSE, Kind.COMMA):
                hint = f'add what comes after it, or quote the word: "{before.text.lower()}"'
                return self.error(f"nothing after `{before.text}`", before.span, hint)
            return self.error(
                f"`{lexeme.text}` directly after `{before.text}`", lexeme.span, "remove one of them"
            )
        if lexeme.kind is Kind.END:
            return self.unclosed(self.lexemes[self.index - 2])
        if lexeme.kind is Kind.CLOSE:
            return self.error("this `)` closes nothing", lexeme.span, "remove it, or add the opening bracket")
        if lexeme.kind is Kind.COMMA:
            return self.error("a comma with nothing before it", lexeme.span, "remove it")
        return self.error(f"nothing before `{lexeme.text}`", lexeme.span, self.operator_hint(lexeme))

    def operator_hint(self, lexeme: Lexeme) -> str:
        if lexeme.kind is Kind.OF:
            return 'a number and brackets belong to it: 2 OF (oil, gas, coal); for the word, write "of"'
        return f'it stands between two terms; to search for the word, quote it: "{lexeme.text.lower()}"'


_AND_STARTS = frozenset(
    {
        Kind.AND, Kind.WORD, Kind.PHRASE, Kind.REGEX, Kind.LIST, Kind.FIELD,
        Kind.OPEN, Kind.MINUS, Kind.NOT, Kind.ATLEAST,
    }
)  # fmt: skip


_LEAVES = frozenset({Kind.WORD, Kind.PHRASE, Kind.REGEX})
_BINDS_TIGHTER = frozenset({Kind.NEAR, Kind.ONEAR, Kind.EXCEPT, Kind.OF})


def _or_quote(hint: str, text: str) -> str:
    """A way out, and the other one: to search for the text as it stands."""
    way_out = f'to search for the text, quote it: "{text}"'
    return f"{hint} Or, {way_out}" if hint.endswith("?") else f"{hint}; {way_out}"


def _hull(nodes: Sequence[Node]) -> query.Place:
    """From the first to the last of some nodes in the order of the text."""
    return lexer.place(nodes[0].span[0], nodes[-1].span[1])
