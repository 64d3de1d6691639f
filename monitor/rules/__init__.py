"""The rule language: reading queries, matching articles, warning about queries that mislead.

>>> from monitor.model import Article
>>> rules = RuleSet.compile({"tariffs": "exact:US AND tariff*"})
>>> [match.rule for match in rules.match(Article(id="1", title="US tariffs rise"))]
['tariffs']
"""

from monitor.errors import QueryError
from monitor.rules.lists import Lists, parse
from monitor.rules.printer import render
from monitor.rules.query import Query
from monitor.rules.ruleset import Engine, ReferenceEngine, RuleSet

__all__ = ["Engine", "Lists", "Query", "QueryError", "ReferenceEngine", "RuleSet", "parse", "render"]
