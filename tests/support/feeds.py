"""Feed documents written on the spot, for tests that need some feed or a hostile one."""

from collections.abc import Sequence


def rss(*items: str, title: str = "Test feed", channel: str = "") -> bytes:
    """An RSS 2.0 document of these items, each an element's inside."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>{title}</title>'
        f"{channel}{inside}</channel></rss>"
    ).encode()


def item(number: int, title: str = "", *, link: str = "") -> str:
    """The inside of an item with guid, title and link."""
    return (
        f'<guid isPermaLink="false">item-{number}</guid><title>{title or f"Item {number}"}</title>'
        f"<link>{link or f'https://news.example/{number}'}</link>"
    )


def simple(titles: Sequence[str] = ("First", "Second")) -> bytes:
    """A feed of items with these titles."""
    return rss(*(item(number, title) for number, title in enumerate(titles, 1)))
