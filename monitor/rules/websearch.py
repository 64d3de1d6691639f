"""Translates a query into that of a news search on the web, as far as it goes, and tells what was left out.

A service searches more loosely than a rule. So what it cannot say is left out such that it finds
more, and the rule sorts its articles afterwards; where something could only be left out such that it
finds less, that is told apart (`loses`).

Google News and Bing News take OR, brackets, quotes and a minus; GDELT takes OR in brackets that hold
nothing but words and phrases, and no other brackets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from monitor.rules.printer import render
from monitor.rules.query import (
    And,
    AtLeast,
    Except,
    Field,
    ListRef,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Regex,
    SomeOf,
    Term,
)  # fmt: skip

LONGEST = 1_500  # characters of a query; addresses beyond some 2,000 are refused on the way
_TEXT_FIELDS = frozenset({"title", "summary", "body", "text"})


@dataclass(frozen=True, slots=True)
class Omission:
    """A part of the query that the service is not asked for. `loses`: it finds less than the rule would."""

    part: str
    why: str
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A feed of search results: its address, and what of the query it leaves out."""

    service: str
    url: str
    query: str
    omissions: tuple[Omission, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is asked. `nested`: brackets may hold AND; `title` prefixes a word of headlines."""

    name: str
    address: str
    parameters: Mapping[str, str]
    query_parameter: str = "q"
    nested: bool = True
    title: str = ""
    shortest: int = 1  # letters of a word


SERVICES = {
    service.name: service
    for service in (
        Service(
            "google",
            "https://news.google.com/rss/search",
            {"hl": "{locale}", "gl": "{country}", "ceid": "{country}:{language}"},
            title="intitle:",
        ),
        Service(
            "bing",
            "https://www.bing.com/news/search",
            {"format": "rss", "setlang": "{language}", "cc": "{country}", "qft": 'sortbydate="1"'},
        ),
        Service(
            "gdelt",
            "https://api.gdeltproject.org/api/v2/doc/doc",
            {"mode": "artlist", "format": "rss", "sort": "datedesc", "maxrecords": "75", "timespan": "1d"},
            query_parameter="query",
            nested=False,
            shortest=3,
        ),
    )
}


def search(query: Query, service: Service, *, language: str = "en", country: str = "US") -> Search | None:
    """The address of a feed for this query; None when nothing of it can be asked for."""
    translation = _Translation(service)
    said = translation.top(query.root)
    if not said or len(said) > LONGEST:
        return None
    values = {"language": language, "country": country, "locale": f"{language}-{country}"}
    parameters = {name: text.format(**values) for name, text in service.parameters.items()}
    url = f"{service.address}?{urlencode({service.query_parameter: said, **parameters})}"
    return Search(service.name, url, said, tuple(dict.fromkeys(translation.omissions)))


@dataclass(slots=True)
class _Translation:
    service: Service
    omissions: list[Omission] = field(default_factory=list)

    def omit(self, node: Node, why: str, *, loses: bool = False) -> None:
        part = render(node)
        self.omissions.append(Omission(part if len(part) <= 80 else part[:79] + "…", why, loses))

    def top(self, node: Node) -> str:
        """Everything that must hold, side by side; what is excluded at the end."""
        wanted: list[str] = []
        unwanted: list[str] = []
        for part in _conjuncts(node):
            if isinstance(part, Not):
                unwanted += self.exclude(part)
            elif said := self.say(part):
                wanted.append(said)
        return " ".join(dict.fromkeys([*wanted, *unwanted])) if wanted else ""

    def say(self, node: Node) -> str:
        """A part that must hold; "" when it cannot be asked for."""
        if isinstance(node, Term | Phrase | Regex):
            return self.leaf(node)
        if isinstance(node, Or | ListRef):
            return self.alternatives(node.operands)
        if isinstance(node, And):
            return self.group(node)
        if isinstance(node, Field):
            return self.restricted(node)
        return "" if isinstance(node, Not) else self.loosened(node)

    def loosened(self, node: Near | SomeOf | AtLeast | Except) -> str:
        """What no service knows, as the nearest that finds more."""
        if isinstance(node, Near):
            self.omit(node, "side by side or not")
            return self.group(And((node.left, node.right)))
        if isinstance(node, SomeOf):
            if node.count > 1:
                self.omit(node, f"any of them, not {node.count}")
            return self.alternatives(node.operands)
        if isinstance(node, AtLeast):
            self.omit(node, "once is enough")
        else:
            self.omit(node, "what EXCEPT excludes may be there")
        return self.say(node.operand)

    def leaf(self, node: Term | Phrase | Regex) -> str:
        if isinstance(node, Regex):
            self.omit(node, "no regular expressions there")
            return ""
        text = " ".join(node.text.replace('"', " ").split())
        if isinstance(node, Phrase) and node.slop is not None:
            self.omit(node, "words in any order and distance")
            words = (self.word(node, word) for word in text.split())
            return " ".join(word for word in words if word)
        if isinstance(node, Phrase) and "*" not in text and "?" not in text:
            return f'"{text}"' if " " in text else text
        parts = [self.word(node, word) for word in text.split()]
        return " ".join(part for part in parts if part)

    def word(self, node: Node, word: str) -> str:
        """A word without its wildcards, if enough of it is left."""
        bare = word.strip("*?#'’").strip("-+:()")
        if bare != word and ("*" in word or "?" in word):
            self.omit(node, f"searched as `{bare}`: no wildcards there", loses=True)
        if not bare or "*" in bare or "?" in bare or len(bare) < self.service.shortest:
            if bare == word:
                self.omit(node, f"words of at least {self.service.shortest} letters only")
            return ""
        return bare

    def alternatives(self, nodes: Sequence[Node]) -> str:
        said: dict[str, None] = {}
        for node in (part for whole in nodes for part in _disjuncts(whole)):
            part = "" if isinstance(node, Not) else self.alternative(node)
            if part:
                said[part] = None
            else:
                self.omit(node, "cannot be asked for", loses=True)
        return f"({' OR '.join(said)})" if len(said) > 1 else "".join(said)

    def alternative(self, node: Node) -> str:
        """One of several; where brackets may hold no AND, the first part of it stands for the whole."""
        said = self.say(node)
        if said.startswith("(") and said.endswith(")") and not self.service.nested:
            return said[1:-1]
        if " " not in said or said.startswith(('"', "(")) or self.service.nested:
            return f"({said})" if " " in said and not said.startswith(('"', "(")) else said
        first = _first(said)
        self.omit(node, f"searched as `{first}`: no AND among alternatives there")
        return first

    def group(self, node: And) -> str:
        return " ".join(said for part in _conjuncts(node) if (said := self.say(part)))

    def restricted(self, node: Field) -> str:
        if node.name not in _TEXT_FIELDS and node.name != "exact":
            self.omit(node, "no such field there")
            return ""
        said = self.say(node.operand)
        if node.name == "title" and self.service.title and isinstance(node.operand, Term | Phrase):
            return f"{self.service.title}{said}" if said and (" " not in said or said[0] == '"') else said
        self.omit(node, "anywhere in the article")
        return said

    def exclude(self, node: Not) -> Iterator[str]:
        """What must not be there: words and phrases; whatever else is excluded may be there."""
        for part in _disjuncts(node.operand):
            if isinstance(part, Term | Phrase) and not (isinstance(part, Phrase) and part.slop is not None):
                before = len(self.omissions)
                said = self.leaf(part)
                if said and len(self.omissions) == before and (" " not in said or said[0] == '"'):
                    yield f"-{said}"
                    continue
                del self.omissions[before:]
            self.omit(Not(part), "may be there")


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node


def _disjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Or | ListRef):
        for operand in node.operands:
            yield from _disjuncts(operand)
    else:
        yield node


def _first(said: str) -> str:
    """The first word or phrase of several."""
    if said.startswith('"'):
        return said[: said.index('"', 1) + 1]
    return said.partition(" ")[0].strip("()")
