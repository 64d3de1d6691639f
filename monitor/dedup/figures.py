"""The figures of a short text as numbers: what changes when a toll or a price is put right.

Scaled ("2.5 mln", "3 Mrd."), spelled out up to twenty in English and up to twelve in other languages.
Clock times and years are no figures here. 1 is left out where the language uses it as an article.
"""

import re

from monitor.dedup.words import words

_NUMBER = r"[0-9]+(?:[.,\u00a0\u202f'][0-9]{3})+(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)?"
_FIGURE = re.compile(
    rf"(?<![\w.,:])(?P<number>{_NUMBER})(?P<clock>[:h][0-9]{{2}})?[\s-]?(?P<unit>[^\W\d_]+)?"
)
_THOUSANDS = re.compile(r"[.,\u00a0\u202f'](?=[0-9]{3}(?:[^0-9]|$))")
_SCALES = {
    unit: scale
    for scale, units in (
        (1e3, "thousand k tausend mille mil mila tys тыс тысяч тысячи duizend"),
        (
            1e6,
            "million millions mln mio mn m millionen millones milhoes milioni miljoen млн миллион миллиона",
        ),
        (1e9, "billion billions bn bln b mrd milliarden milliard milliards miliardi miljard млрд"),
        (1e12, "trillion trillions tn trn billionen трлн"),
    )
    for unit in units.split()
}
_CLOCK_UNITS = frozenset("am pm a p gmt utc cet est edt bst uhr uur ч".split())
_SPELLED = {
    word: float(value)
    for line in (
        "2 two three four five six seven eight nine ten eleven twelve",
        "13 thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
        "2 zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
        "2 deux trois quatre cinq six sept huit neuf dix onze douze",
        "2 dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "2 dois tres quatro cinco seis sete oito nove dez onze doze",
        "2 due tre quattro cinque sei sette otto nove dieci undici dodici",
        "2 два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
        "2 двое трое четверо пятеро шестеро",
    )
    for value, word in enumerate(line.split()[1:], int(line.split()[0]))
}
_ORDINALS = frozenset("first second third fourth fifth sixth erste zweite dritte vierte".split())
_TOLERANCE = 0.02


def figures(text: str) -> frozenset[float]:
    """The distinct figures of a visible text."""
    found = {_value(match) for match in _FIGURE.finditer(text)}
    spelled = {_SPELLED[word] for word in words(text) if word in _SPELLED}
    return frozenset(value for value in found if value is not None) | spelled


def is_number(word: str) -> bool:
    """Whether a folded word is a number: with a digit, or spelled out."""
    return any(map(str.isdigit, word)) or word in _SPELLED or word in _ORDINALS


def _value(match: re.Match[str]) -> float | None:
    number, unit = match["number"], (match["unit"] or "").casefold()
    if match["clock"] or unit in _CLOCK_UNITS:
        return None
    if len(number) == 4 and number.isdigit() and 1900 <= int(number) < 2100 and unit not in _SCALES:
        return None
    plain = _THOUSANDS.sub("", number).replace(",", ".")
    try:
        return float(plain) * _SCALES.get(unit, 1.0)
    except ValueError:
        return None


def are_replaced(before: frozenset[float], after: frozenset[float]) -> bool:
    """Whether a figure went and another came. One that differs by less than 2 % has stayed."""
    gone = [value for value in before if not _has(after, value)]
    come = [value for value in after if not _has(before, value)]
    return bool(gone and come)


def _has(values: frozenset[float], wanted: float) -> bool:
    return any(abs(value - wanted) <= _TOLERANCE * max(abs(value), abs(wanted)) for value in values)
