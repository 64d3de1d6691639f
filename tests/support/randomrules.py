"""Random queries and random articles from few words, so that they often meet.

Words come from many scripts and are bent in the ways that break matchers: upper case, accents apart,
invisible characters inside, symbols at the edges. All depends on the `random.Random` given.
"""

import random
import unicodedata

from monitor.errors import QueryError
from monitor.model import Article, Score
from monitor.rules.lists import Lists, parse

WORDS = """
    oil gas tanker tankers pipeline iran Iran l'Iran US us it IT who WHO São Paulo Straße STRASSE strasse
    München naïve café Œuvre cœur Łódź ﬁnance İstanbul ISTANBUL ırak DIŞIŞLERI anti government antigovernment
    C AT T F 16 COVID 19 2024 3 5 ½ ² x² Å Ångström ſtraſſe ǆ ŉ Việt Nam
    Россия России росси ещё еще й и Україна їжак Ελλάδα σίσυφος ΣΊΣΥΦΟΣ
    روسيا وروسيا الروسية بالروسية إيران ايران مُحَمَّد ישראל בישראל הישראלי שָׁלוֹם
    भारत में हिन्दी क़लम বাংলা தமிழ்
    東京 東京都 京都 委内瑞拉 俄罗斯 ロシア ﾛｼｱ ﾊﾞｽ ガス か\u3099す ไทย น้ำมัน น\u0e4d\u0e32
    ລາວ မြန်မာ ខ្មែរ 러시아 러시아가 \u1112\u1161\u11ab국
    𝐎𝐢𝐥 Ｏｉｌ 𠀀 oil\u00adrig oi\u200bl i\u0301r\u0301an a\u0301\u0323 e\u0301\u0301
""".split()
_SYMBOLED = (
    "C++ AT&T F-16 #oil @iran .NET $5 3.5% 5€ O'Brien anti-government U.S. co-op-ed gas/oil R&D".split()
)
_SEPARATORS = [" "] * 12 + [
    ", ", ". ", " — ", "-", "-", "’", "'", "\n", "\n\n", "\n \n", "\u2029", "", "", "\u200b", "\xad",
    "/", "&", " & ", "#", "@", "$", "%", "+", "\ufe0f", " 🇫🇷 ", "\u0301", " \u0301", "\u3099", "…", "　",
    "、", "</p><p>", "<br>", "&amp;", "&#xAD;", "\t", "\ud800", "\x00", "\u2028", "\x85",
]  # fmt: skip
_FIELDS = ["title", "summary", "body", "any", "author", "tag", "url", "source", "exact"]
LANGUAGES = ["", "en", "pt-BR", "pt", "ru", "und", "EN_us"]
LISTS = {
    "russia": ["Россия", "росси*", "俄罗斯", "روسيا", "White House"],
    "deals": ["oil AND gas", "tanker NOT iran", "title:Россия", "2 OF (oil, US, 東京)"],
    "mixed": ["$deals", "iran"],
    "fuel": ["oil", "gas", '"oil tanker"'],
}


def random_word(chance: random.Random) -> str:
    """One word of a text, bent now and then."""
    word = chance.choice(WORDS if chance.random() < 0.9 else _SYMBOLED)
    bent = chance.random()
    if bent < 0.08:
        return word.upper()
    if bent < 0.12:
        return unicodedata.normalize("NFD", word)
    if bent < 0.14:
        return unicodedata.normalize("NFKC", word).title()
    if bent < 0.16:
        place = chance.randrange(len(word) + 1)
        return word[:place] + chance.choice("\u0301\u200d\xad\u0650\u05b0*a5") + word[place:]
    return word


def random_text(chance: random.Random, longest: int = 60) -> str:
    """Words with all kinds of things between them."""
    count = chance.choice((0, 1, 2, chance.randrange(longest), chance.randrange(longest)))
    few = [random_word(chance) for _ in range(chance.randrange(1, 30))]
    return "".join(chance.choice(few) + chance.choice(_SEPARATORS) for _ in range(count))


def random_article(chance: random.Random, number: int) -> Article:
    """An article; most fields of most articles are short or empty."""
    return Article(
        id=str(number),
        title=random_text(chance, 12),
        summary=random_text(chance, 20) if chance.random() < 0.5 else "",
        content=random_text(chance, 120) if chance.random() < 0.8 else "",
        url=chance.choice(
            ("", "https://example.org/oil-gas?iran", "https://oil.example/" + random_word(chance))
        ),
        source=chance.choice(("", "Oil Times", random_word(chance))),
        author=chance.choice(("", "Iran O'Brien", random_word(chance))),
        language=chance.choice(LANGUAGES),
        tags=tuple(random_word(chance) for _ in range(chance.randrange(3))),
    )


def _wildcard(chance: random.Random, word: str) -> str:
    place = chance.randrange(len(word) + 1)
    kind = chance.random()
    if kind < 0.6:
        return word[: max(2, place)] + "*"
    if kind < 0.8:
        return word[:place] + chance.choice("*?") + word[place + 1 :]
    return "*" + word[place:] + chance.choice(("", "*", "?"))


def _leaf(chance: random.Random) -> str:
    kind = chance.random()
    word = random_word(chance)
    if kind < 0.5:
        return word
    if kind < 0.62:
        return _wildcard(chance, word)
    if kind < 0.64:
        return "exact:" + (_wildcard(chance, word) if chance.random() < 0.3 else word)
    if kind < 0.66:
        return "$" + chance.choice(list(LISTS))
    if kind < 0.68:
        return "-".join(random_word(chance) for _ in range(chance.randrange(2, 4)))
    words = [random_word(chance) for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.15:
        words.insert(chance.randrange(len(words) + 1), "*")
    if chance.random() < 0.15:
        words[-1] = _wildcard(chance, words[-1])
    slop = f"~{chance.randrange(5)}" if chance.random() < 0.1 else ""
    return f'"{" ".join(words)}"{slop}'


def _place(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth <= 0 or kind < 0.6:
        return _leaf(chance)
    if kind < 0.75:
        return "(" + " OR ".join(_place(chance, depth - 1) for _ in range(chance.randrange(2, 4))) + ")"
    if kind < 0.85:
        return f"({_place(chance, depth - 1)} EXCEPT {_place(chance, depth - 1)})"
    near = chance.choice(("NEAR", "ONEAR")) + chance.choice(("", "/0", "/1", "/3", "/9"))
    return f"({_place(chance, depth - 1)} {near} {_place(chance, depth - 1)})"


def _expression(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth <= 0 or kind < 0.3:
        return _leaf(chance) if chance.random() < 0.6 else _place(chance, 2)
    parts = [_expression(chance, depth - 1) for _ in range(chance.randrange(2, 4))]
    if kind < 0.55:
        return "(" + chance.choice((" AND ", " ")).join(parts) + ")"
    if kind < 0.75:
        return "(" + " OR ".join(parts) + ")"
    if kind < 0.83:
        return "NOT " + parts[0]
    if kind < 0.87:
        return f"{chance.randrange(1, len(parts) + 1)} OF ({', '.join(parts)})"
    if kind < 0.9:
        return f"ATLEAST/{chance.randrange(1, 4)} {_place(chance, 1)}"
    if kind < 0.93:
        return chance.choice((r"/\bo[il]+\b/", "/Iran|gas/i", "/[0-9]{2,}/", "/東./", "/ا+/"))
    if kind < 0.95:
        return chance.choice(("lang:en", "lang:pt", "lang:(ru OR en)"))
    return f"{chance.choice(_FIELDS)}:({parts[0]} {chance.choice(('AND', 'OR', ''))} {parts[1]})"


def random_query(chance: random.Random) -> str:
    """The text of a query that can be read."""
    while True:
        text = _expression(chance, chance.choice((0, 1, 1, 2, 2, 3)))
        try:
            parse(text, lists=Lists(LISTS))
        except QueryError:
            continue
        return text


def random_score(chance: random.Random) -> Score:
    """A weighted rule."""
    terms = {
        random_query(chance): chance.choice((-10, 1, 5, 10, 10, 20)) for _ in range(chance.randrange(1, 5))
    }
    return Score(threshold=chance.choice((0, 5, 10, 20, 30, -5)), terms=terms)


def random_rules(chance: random.Random, count: int) -> dict[str, str | Score]:
    """Rules by name, one in ten weighted."""
    return {
        f"rule {number}": random_score(chance) if chance.random() < 0.1 else random_query(chance)
        for number in range(count)
    }


def mutate(chance: random.Random, article: Article) -> Article:
    """The same article shuffled, doubled, in capitals, decomposed, or emptied."""
    text = article.content
    pieces = text.split(" ")
    chance.shuffle(pieces)
    content = chance.choice(
        (" ".join(pieces), text + text, text.upper(), unicodedata.normalize("NFD", text), "", text[::-1])
    )
    return Article(
        id=article.id + "m", title=article.title.swapcase(), content=content, language=article.language
    )
