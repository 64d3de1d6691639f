"""Two versions of one article: is the difference material, and what is it?

*Correction*: the newer version says that it corrects or withdraws something; always worth telling.
*Material*: a figure or a negation in headline or lead changed, or much was added.
*Cosmetic*: everything else (typing errors, style, cuts, markup).
"""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from monitor.dedup import languages
from monitor.dedup.figures import are_replaced, figures
from monitor.dedup.reading import Reading, read
from monitor.model import Article

_LEAD_WORDS = 60
_LEAD_CHARACTERS = 500
_MANY_WORDS = 60
_SOME_WORDS, _SOME_SHARE = 25, 0.15
_HEADLINE_JACCARD, _HEADLINE_WORDS = 0.34, 15
_MAX_SENTENCES = 400

_MARKER = re.compile(
    r"""(?:^|\n)\W{0,30}(?:correct(?:ions?|ed)\b(?!\s(?:officer|official|facilit|department|system|staff))
        |clarification|retraction|editors?['’]?s?\snote|corrects?\b[^\n]{0,60}:
        |korrektur|berichtigung|richtigstellung|rectificatif|correctif\b|correcci[oó]n|rectificaci[oó]n
        |correzione|errata|corre[cç][aã]o|исправлен|поправка|уточнен
        |(?:corrig(?:é|ido)|corregido|corretto|korrigiert|berichtigt|gecorrigeerd|rectificatie|rettelse|rättelse
        |sprostowanie|oprava|виправлен\w*)\b)
    |\(\s*(?:corrects|corrected|clarifies|correction|refiles)
    |earlier\sversion\sof\sthis|has\sbeen\s(?:corrected|retracted|amended|withdrawn)
    |was\s(?:corrected|amended|retracted)\son|updated\sto\scorrect|in\seiner\sfr[uü]heren\sversion
    |(?:cet|une\sversion\sprécédente\sde\scet)\sarticle\sa\sété\scorrigé|en\suna\sversi[oó]n\santerior
    |withdraws?\sthis\s(?:story|article|report)|story\sis\swithdrawn""",
    re.IGNORECASE | re.VERBOSE,
)
# What agencies put before the headline of a further version.
NUMBERED = re.compile(
    r"""^\W*(?:updated?|refiled?|rpt|aktualisier(?:t|ung)|mise\sà\sjour|actuali[sz]a(?:do|ción|ção)
        |aggiorna(?:to|mento)|обновлен[оа]?)\b\W{0,2}\d{0,2}\s*[-:–—|]""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKER_STEMS = (  # each way to say it has one
    *("corr", "korr", "bericht", "richtigst", "rectif", "clarif", "errat", "retract", "refile", "withdraw"),
    *("editor", "amended", "versi", "rettels", "rättels", "sprostow", "oprava"),
    *("исправ", "поправ", "уточн", "виправ"),
)
_NEGATIONS = {
    "en": """not no never nobody none nothing without cannot didn isn wasn aren weren won don doesn hasn haven
        hadn couldn wouldn shouldn deny denies denied""",
    "de": "nicht kein keine keinen keiner nie niemals niemand nichts ohne",
    "fr": "pas aucun aucune jamais rien sans ni",
    "es": "no nunca ningun ninguna nadie nada sin ni",
    "pt": "nao nunca nenhum nenhuma ninguem nada sem nem",
    "it": "non mai nessun nessuno nessuna niente nulla senza",
    "nl": "niet geen nooit niemand niets zonder",
    "ru": "не нет ни никогда никто ничего без",
    "uk": "не немає ні ніколи ніхто нічого без",
    "pl": "nie nigdy nikt nic bez zaden",
}
_NEGATION_WORDS = {language: frozenset(text.split()) for language, text in _NEGATIONS.items()}
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")


class ChangeKind(StrEnum):
    """How much a new version matters."""

    COSMETIC = "cosmetic"
    MATERIAL = "material"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an article. `reasons`: correction, figure, negation, added, headline."""

    kind: ChangeKind
    reasons: tuple[str, ...] = ()
    title_before: str = ""  # "" where the headline stayed
    title_after: str = ""
    added: tuple[str, ...] = ()  # sentences, in their order
    removed: tuple[str, ...] = ()

    @property
    def is_worth_telling(self) -> bool:
        return self.kind is not ChangeKind.COSMETIC


def compare(before: Article, after: Article) -> Change:
    """What changed between two versions. Cost: below a millisecond for an article of usual length."""
    return compare_readings(read(before), read(after))


def is_marked(article: Article) -> bool:
    """Whether an article says that it corrects or withdraws something."""
    return _markers(read(article)) > 0


def has_marker(text: str) -> bool:
    """Whether a text says of itself that it corrects or withdraws something."""
    return bool(_find_markers(text))


def _find_markers(text: str) -> list[str]:
    """Nearly all texts have none of the stems, which is seen twenty times faster."""
    lower = text.lower()
    return _MARKER.findall(text) if any(stem in lower for stem in _MARKER_STEMS) else []


def sentences(article: Article) -> list[str]:
    """The sentences of an article's body, or of its summary where that is longer."""
    return _sentences(read(article).body)


def compare_readings(before: Reading, after: Reading) -> Change:
    """The same for articles that have been read."""
    reasons = tuple(_reasons(before, after))
    kind = ChangeKind.MATERIAL if reasons else ChangeKind.COSMETIC
    if "correction" in reasons:
        kind = ChangeKind.CORRECTION
    added, removed = _sentences_changed(before.body, after.body)
    is_retitled = before.headline_words != after.headline_words
    return Change(
        kind,
        reasons,
        title_before=before.title if is_retitled else "",
        title_after=after.title if is_retitled else "",
        added=added,
        removed=removed,
    )


def _reasons(before: Reading, after: Reading) -> list[str]:
    new_words = _new_words(before, after)
    checks = {
        "correction": _markers(after) > _markers(before),
        "figure": any(
            are_replaced(figures(old), figures(new))
            for old, new in zip(_heads(before), _heads(after), strict=True)
        ),
        "negation": _negations(before) != _negations(after),
        "added": new_words >= _enough(before),
        "headline": new_words >= _HEADLINE_WORDS and _headline_jaccard(before, after) < _HEADLINE_JACCARD,
    }
    return [name for name, holds in checks.items() if holds]


def _markers(reading: Reading) -> int:
    return sum(len(_find_markers(text)) for text in (reading.title, reading.body))


def _heads(reading: Reading) -> tuple[str, str]:
    return NUMBERED.sub("", reading.title), reading.body[:_LEAD_CHARACTERS]


def _body_words(reading: Reading) -> tuple[str, ...]:
    return max(reading.content_words, reading.summary_words, key=len)


def _negations(reading: Reading) -> tuple[bool, bool]:
    """Whether the headline and the lead deny something."""
    lead = _body_words(reading)[:_LEAD_WORDS]
    language = languages.primary(reading.language) or languages.guess([*reading.headline_words, *lead])
    negations = _NEGATION_WORDS.get(language, _NEGATION_WORDS["en"])
    return not negations.isdisjoint(reading.headline_words), not negations.isdisjoint(lead)


def _new_words(before: Reading, after: Reading) -> int:
    return (Counter(_body_words(after)) - Counter(_body_words(before))).total()


def _enough(before: Reading) -> float:
    return min(_MANY_WORDS, max(_SOME_WORDS, _SOME_SHARE * len(_body_words(before))))


def _headline_jaccard(before: Reading, after: Reading) -> float:
    ours, theirs = set(before.headline_words), set(after.headline_words)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 1.0


def _sentences_changed(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = _sentences(before), _sentences(after)
    added: list[str] = []
    removed: list[str] = []
    matcher = SequenceMatcher(None, [_squeezed(s) for s in old], [_squeezed(s) for s in new], autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            removed += old[old_start:old_end]
            added += new[new_start:new_end]
    return tuple(added), tuple(removed)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()][:_MAX_SENTENCES]


def _squeezed(sentence: str) -> str:
    return " ".join(sentence.casefold().split())
