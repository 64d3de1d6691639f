"""RSS documents made of given items."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

SEED_TITLE = "Russia closely monitoring developments in Venezuela: Kremlin"

_PLACES = ("Venezuela", "Russia", "Norway", "Kenya", "Chile", "Japan", "Canada", "Egypt", "Peru", "India")
_EVENTS = (
    "opens a new railway line", "holds a film festival", "counts its votes", "wins at chess",
    "plants a million trees", "reports mild weather", "repairs its old bridges", "hosts a book fair",
    "raises the price of bread", "counts its whales",
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One entry of a feed."""

    guid: str
    title: str
    link: str
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None


def rss(items: Iterable[Item], *, title: str = "Example World") -> bytes:
    """An RSS 2.0 document."""
    entries = "".join(_entry(item) for item in items)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(title)}</title><link>https://world.example/</link><language>en</language>"
        f"{entries}</channel></rss>"
    ).encode()


def seed(*, guid: str = "seed-1", link: str = "https://world.example/2026/kremlin-venezuela") -> Item:
    """The article that a rule `Venezuela AND Russia` is about."""
    return Item(
        guid=guid,
        title=SEED_TITLE,
        link=link,
        summary="<p>Moscow keeps a close eye on Caracas, a spokesman said on Monday.</p>",
        content=(
            "<p>Russia is closely monitoring developments in Venezuela, the Kremlin said on Monday. "
            "A spokesman told reporters that Moscow was in touch with its partners in Caracas and called on "
            "all sides to refrain from steps that could make matters worse.</p>"
            "<p>He declined to say whether a call between the two presidents had been planned for the week, "
            "and pointed to a statement that the foreign ministry had put out the day before.</p>"
        ),
        published_at=datetime.now(UTC) - timedelta(minutes=10),
    )


def others(count: int) -> list[Item]:
    """Articles each of which names one place only; none is about both Venezuela and Russia."""
    now = datetime.now(UTC)
    return [
        Item(
            guid=f"other-{number}",
            title=f"{_PLACES[number % 10]} {_EVENTS[number // 10 % 10]} for the {number + 2}th time",
            link=f"https://world.example/2026/other-{number}",
            summary=f"The {number + 2}th time in {_PLACES[number % 10]}, officials said.",
            published_at=now - timedelta(minutes=5 + number % 60),
        )
        for number in range(count)
    ]


def _entry(item: Item) -> str:
    date = f"<pubDate>{format_datetime(item.published_at)}</pubDate>" if item.published_at else ""
    content = f"<content:encoded>{escape(item.content)}</content:encoded>" if item.content else ""
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f'<guid isPermaLink="false">{escape(item.guid)}</guid>{date}'
        f"<description>{escape(item.summary)}</description>{content}</item>"
    )
