"""Lint: what can never match, because a query excludes what it wants.

Goes down the tree with what must hold beside each part: in `oil AND (gas OR (coal -oil))` the last
alternative has `oil` beside it. Looks at the tree alone, and is silent where it cannot be sure.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from monitor.rules.finding import MOST_COMPARED, Finding, shown
from monitor.rules.implication import Judge
from monitor.rules.query import And, Field, ListRef, Node, Not, Or, Term, children, walk

_REMOVE = "remove one of the two"


def contradictions(root: Node, judge: Judge) -> Iterator[Finding]:
    """Each place where nothing can match, told once."""
    yield from _visit(root, [], [], judge)


def _visit(node: Node, wanted: list[Node], refused: list[Not], judge: Judge) -> Iterator[Finding]:
    """A node beside which all of `wanted` and `refused` must hold."""
    if isinstance(node, ListRef):  # its items stand elsewhere
        return
    if isinstance(node, Or):
        yield from _alternatives(node, wanted, refused, judge)
    elif isinstance(node, And):
        yield from _conjunction(node, wanted, refused, judge)
    else:
        for child in children(node):
            yield from _visit(child, [], [], judge)


def _conjunction(node: And, wanted: list[Node], refused: list[Not], judge: Judge) -> Iterator[Finding]:
    parts = list(_conjuncts(node))
    own = [part for part in parts if not isinstance(part, Not)][:MOST_COMPARED]
    excluded = [part for part in parts if isinstance(part, Not)][:MOST_COMPARED]
    found = [*_excluded([*wanted, *own], excluded, judge), *_languages(own)]
    yield from found
    for part in own:
        beside = [other for other in (*wanted, *own) if other is not part]
        yield from _visit(part, beside, refused if found else [*refused, *excluded], judge)
    for exclusion in excluded:
        yield from _visit(exclusion.operand, [], [], judge)


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node


def _excluded(wanted: Sequence[Node], excluded: Sequence[Not], judge: Judge) -> Iterator[Finding]:
    """`a AND NOT a`, also when the excluded is only wider: `tanker -tank*`."""
    for exclusion in excluded:
        culprit = next((part for part in wanted if judge.implies(part, exclusion.operand)), None)
        if culprit is not None:
            asked = _asked_languages(culprit)
            message = (
                f"matches articles of unknown language only: it wants `{shown(culprit)}` and excludes it"
                if asked
                else f"can never match: it wants `{shown(culprit)}` and excludes it"
            )
            yield Finding(exclusion.span, message, _REMOVE)
        elif len(wanted) > 1 and judge.implies(And(tuple(wanted)), exclusion.operand):
            message = f"can never match: it wants all of `{shown(exclusion.operand)}` and excludes it"
            yield Finding(exclusion.span, message, _REMOVE)


def _alternatives(node: Or, wanted: list[Node], refused: list[Not], judge: Judge) -> Iterator[Finding]:
    found: list[Finding] = []
    for branch in node.operands[:MOST_COMPARED]:
        exclusion = next((it for it in refused if judge.implies(branch, it.operand)), None)
        if exclusion is None:
            found += _visit(branch, wanted, refused, judge)
        else:
            message = f"`{shown(branch)}` can never match here: `{shown(exclusion)}` excludes it"
            found.append(Finding(branch.span, message, "remove it"))
    impossible = [finding for finding in found if "can never match here" in finding.message]
    if len(impossible) == len(node.operands):
        message = f"can never match: each of `{shown(node)}` is excluded"
        yield Finding(node.span, message, _REMOVE)
    else:
        yield from found


# --- languages --------------------------------------------------------------------------------


def _asked_languages(node: Node) -> frozenset[str]:
    """The codes of `lang:`, empty for any other node."""
    if not (isinstance(node, Field) and node.name == "lang"):
        return frozenset()
    return frozenset(term.text.replace("_", "-").lower() for term in walk(node) if isinstance(term, Term))


def _languages(parts: Sequence[Node]) -> Iterator[Finding]:
    """`lang:en AND lang:de`: an article is in one language."""
    fields = [part for part in parts if _asked_languages(part)]
    for one, other in combinations(fields[:MOST_COMPARED], 2):
        pairs = ((a + "-", b + "-") for a in _asked_languages(one) for b in _asked_languages(other))
        if not any(a.startswith(b) or b.startswith(a) for a, b in pairs):
            message = f"matches articles of unknown language only: none is in two, `{shown(one)}` and this"
            codes = " OR ".join(sorted(_asked_languages(one) | _asked_languages(other)))
            yield Finding(other.span, message, f"write lang:({codes})")
            return
