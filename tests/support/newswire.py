"""Made-up news texts: different ones share only the common words, and alterations are exact."""

import random
from datetime import UTC, datetime, timedelta

from monitor.model import Article

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_COMMON = "the of and to in a that was for on with by at from it is said has had have were".split()
_SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to va we xi yo zu ral ten mir sol dan ver kon".split()


def prose(seed: int, words: int = 200, *, paragraph: int = 40) -> str:
    """Text of so many words, the same for the same seed, in paragraphs set apart by a blank line."""
    dice = random.Random(seed)
    vocabulary = ["".join(dice.choices(_SYLLABLES, k=3)) for _ in range(max(40, words // 2))]
    chosen = [dice.choice(_COMMON) if dice.random() < 0.4 else dice.choice(vocabulary) for _ in range(words)]
    parts = [chosen[start : start + paragraph] for start in range(0, words, paragraph)]
    return "\n\n".join(" ".join(part).capitalize() + "." for part in parts)


def first_words(text: str, count: int) -> str:
    """The beginning of a text."""
    return " ".join(text.split()[:count])


def article(
    number: int | str, title: str = "", content: str = "", *, hours: float = 0, **rest: str
) -> Article:
    """An article of outlet `source` (each its own unless given), published so many hours after noon."""
    source = rest.pop("source", f"Outlet {number}")
    url = rest.pop("url", f"https://{source.lower().replace(' ', '')}.example/{number}")
    return Article(
        id=str(number),
        title=title,
        content=content,
        source=source,
        url=url,
        published_at=NOON + timedelta(hours=hours),
        **rest,
    )
