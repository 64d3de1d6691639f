"""A finding of lint: where in the query, what, and what to write instead."""

from typing import NamedTuple

from monitor.rules.printer import render
from monitor.rules.query import Node, Place

# Comparing each pair of a long OR would take quadratic time.
MOST_COMPARED = 200


class Finding(NamedTuple):
    """A warning."""

    span: Place
    message: str
    hint: str


def shown(node: Node) -> str:
    """A part of a query as it stands in a message."""
    text = render(node)
    return text if len(text) <= 60 else text[:59] + "…"
