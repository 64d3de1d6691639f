"""Inflected languages: what to write with a wildcard instead of a bare word.

A guess for a hint, never used in matching.
"""

import unicodedata

from monitor.text import characters, fold

# Languages in Latin letters whose nouns change their endings.
INFLECTED = frozenset(
    {"cs", "et", "fi", "hr", "hu", "is", "lt", "lv", "pl", "ro", "sk", "sl", "sq", "sr", "tr"}
)
# Letters that give such a language away.
_TELLING = frozenset("ąćęłńśźżčďěňřšťůžőűğışățţșāēģīķļņūėįų")
_CYRILLIC_ENDINGS = (
    "иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "ией", "иях", "иям", "ия", "ий", "ый",
    "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ья", "ье", "ью", "ым", "ых", "ах", "ях", "ій", "ія", "а",
    "я", "о", "е", "ы", "и", "ь", "й", "у", "ю", "і", "ї",
)  # fmt: skip
# Росси-я and Росси-и: the и of -ия stays, for only what follows it changes.
_AFTER_I = ("ия", "ие", "ія", "ией", "иях", "иям", "иями")
_GREEK_ENDINGS = ("ος", "ης", "ας", "ού", "ων", "ες", "ους", "α", "η", "ο", "ι", "υ", "ω")
_LATIN_VOWELS = "aeiouyąęěůőűıăāēīūėų"
_SHORTEST_WORD = 4
_SHORTEST_STEM = 3
_LONGEST_ABBREVIATION = 5


def stem(word: str, languages: tuple[str, ...] = ()) -> str:
    """The part before the ending, as typed; empty when the word does not look inflected."""
    if len(word) < _SHORTEST_WORD or not all(characters.is_letter(c) or _is_mark(c) for c in word):
        return ""
    if word.isupper() and len(word) <= _LONGEST_ABBREVIATION:
        return ""
    if not any(character.isalpha() for character in word):
        return ""
    script = _script(word)
    if script == "CYRILLIC":
        return _without_ending(word, _CYRILLIC_ENDINGS)
    if script == "GREEK":
        return _without_ending(word, _GREEK_ENDINGS)
    if script == "LATIN" and (_reads_inflected(languages) or _TELLING.intersection(word.lower())):
        stripped = word.rstrip(_LATIN_VOWELS)
        return stripped if len(stripped) >= _SHORTEST_STEM else word
    return ""


def _reads_inflected(languages: tuple[str, ...]) -> bool:
    return any(language.lower().split("-")[0] in INFLECTED for language in languages)


def _script(word: str) -> str:
    """The script of all letters, by their Unicode names; empty when mixed."""
    scripts = {unicodedata.name(character, "?").split()[0] for character in word if character.isalpha()}
    return scripts.pop() if len(scripts) == 1 else ""


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    folded = fold(word)
    for ending in sorted(endings, key=len, reverse=True):
        length = len(word) - len(ending)
        if length >= _SHORTEST_STEM and len(folded) == len(word) and folded.endswith(fold(ending)):
            return word[:length] + (word[length] if ending in _AFTER_I else "")
    return word
