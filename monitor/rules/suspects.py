"""Lint: words that hardly find what was meant: too common, too short, uninflected, of no language.

Judges each word alone, and by the languages that the rule reads, if it names some.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from monitor.rules import inflection, stopwords
from monitor.rules.finding import Finding
from monitor.rules.query import Field, ListRef, Node, Not, Phrase, Place, Query, Term, children, walk
from monitor.rules.words import Piece
from monitor.text import characters, fold

# Codes of countries, and of languages in three letters, that feeds do not use for the language.
_MISTAKEN = {
    "jp": "ja", "cn": "zh", "ua": "uk", "gr": "el", "cz": "cs", "dk": "da", "iw": "he", "il": "he",
    "ir": "fa", "vn": "vi", "rs": "sr", "by": "be", "us": "en", "gb": "en", "at": "de",
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt",
    "rus": "ru", "ukr": "uk", "ara": "ar", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "tur": "tr",
    "pol": "pl", "nld": "nl", "dut": "nl", "fas": "fa", "per": "fa", "heb": "he", "hin": "hi",
}  # fmt: skip


class Suspects:
    """The words of one query, or of one item of a list with those beside it."""

    def __init__(self, query: Query, languages: tuple[str, ...], beside: Sequence[Node] = ()) -> None:
        self._query = query
        self._languages = tuple(code.lower().split("-")[0] for code in languages)
        terms = (node for root in (query.root, *beside) for node in walk(root) if isinstance(node, Term))
        self._written = sorted({fold(term.text) for term in terms})

    def findings(self, meant: frozenset[int]) -> Iterator[Finding]:
        """All, save for what begins at one of the places in `meant`."""
        yield from self._visit(self._query.root, negated=False, meant=meant)

    def _visit(self, node: Node, *, negated: bool, meant: frozenset[int]) -> Iterator[Finding]:
        if isinstance(node, ListRef):  # its items stand elsewhere
            return
        if isinstance(node, Field) and node.name in ("lang", "exact", "url", "source"):
            yield from _mistaken_codes(node)
            return
        if isinstance(node, Term | Phrase) and not negated and node.span[0] not in meant:
            yield from self._common(node)
        if isinstance(node, Term | Phrase):
            yield from self._uninflected(node)
        for child in children(node):
            yield from self._visit(child, negated=negated != isinstance(node, Not), meant=meant)

    # --- too common ---------------------------------------------------------------------------

    def _common(self, node: Term | Phrase) -> Iterator[Finding]:
        pieces = _pieces(node)
        if any(piece.before or piece.after or piece.symbols or piece.is_any for piece in pieces):
            return
        found = [piece.folded for piece in pieces]
        if len(found) == 1 and _is_one_letter(found[0]):
            yield Finding(node.span, f"`{node.text}` is a single letter", "write a word or a phrase")
        elif known := self._known(found):
            text = "text" if "en" in known else f"{stopwords.NAMES[known[0]]} text"
            message = f"`{node.text}` is in almost every {text}"
            yield Finding(node.span, message, self._common_hint(node, known))

    def _known(self, found: list[str]) -> tuple[str, ...]:
        """The languages in which all of these words are common, of those that the rule reads."""
        known = stopwords.languages_of(found)
        return tuple(code for code in known if not self._languages or code in self._languages)

    def _common_hint(self, node: Term | Phrase, known: tuple[str, ...]) -> str:
        if node.text.isupper() and len(_pieces(node)) == 1:
            return f"to find it in capitals only, write exact:{node.text}"
        if isinstance(node, Term) and (name := self._name_around(node.span)):
            return f'as a name of several words, quote it: "{name}"'
        if "en" in known or self._languages or not node.text.isascii():
            return "add a word that says more"
        name = stopwords.NAMES[known[0]]
        return f"add a word that says more; if the rule reads no {name}, say what it reads with `language`"

    def _name_around(self, span: Place) -> str:
        """The words with capitals that stand around one, with nothing but a space between: `São Paulo`."""
        text = self._query.text
        words = text[: span[0]].split(" ")[-2:-1], text[span[1] :].split(" ")[1:2]
        before, after = ("".join(word) for word in words)
        before = before if text[: span[0]].endswith(" ") and _is_name(before) else ""
        after = after if text[span[1] :].startswith(" ") and _is_name(after) else ""
        word = text[slice(*span)]
        return " ".join(filter(None, (before, word, after))) if word.istitle() and (before or after) else ""

    # --- uninflected --------------------------------------------------------------------------

    def _uninflected(self, node: Term | Phrase) -> Iterator[Finding]:
        if isinstance(node, Term):
            stem = inflection.stem(node.text, self._languages) if _is_plain(node) else ""
            if stem and not self._has_other_forms(node, stem):
                message = f"`{node.text}` misses its other forms"
                yield Finding(node.span, message, f"write {stem}* to find them")
        elif stems := self._stems_of_name(node):
            forms = " ".join(f"{stem}*" for stem in stems)
            message = f'`"{node.text}"` misses its other forms'
            yield Finding(node.span, message, f'write "{forms}" to find them')

    def _has_other_forms(self, node: Term, stem: str) -> bool:
        """Whether the query lists them itself: another word begins like this one."""
        folded, own = fold(stem), fold(node.text)
        at = bisect_left(self._written, folded)
        return any(word != own and word.startswith(folded) for word in self._written[at : at + 2])

    def _stems_of_name(self, node: Phrase) -> list[str]:
        """The stems of a name of several words (`"Владимир Путин"`), each of which is bent."""
        typed = node.text.split()
        if len(typed) < 2 or len(typed) != len(_pieces(node)) or not all(word.istitle() for word in typed):
            return []
        stems = [inflection.stem(word, self._languages) for word in typed]
        return stems if all(stems) else []


def _pieces(node: Term | Phrase) -> tuple[Piece, ...]:
    return node.words.pieces if isinstance(node, Term) else node.sequence.pieces


def _is_plain(term: Term) -> bool:
    return len(term.words.pieces) == 1 and not term.words.pieces[0].has_wildcard


def _is_one_letter(word: str) -> bool:
    return len(word) == 1 and not characters.is_unspaced(word) and word.isalpha()


def _is_name(word: str) -> bool:
    return word.istitle() and word.isalpha()


def meant_language(code: str) -> str:
    """The code by which feeds name the language that this one was meant for; "" if it is right."""
    return _MISTAKEN.get(code.lower(), "")


def _mistaken_codes(node: Field) -> Iterator[Finding]:
    """`lang:jp` finds nothing: feeds say `ja`."""
    if node.name == "lang":
        for term in walk(node.operand):
            if isinstance(term, Term) and (meant := meant_language(term.text)):
                message = f"feeds do not call a language `{term.text}`"
                yield Finding(term.span, message, f"did you mean lang:{meant}?")
