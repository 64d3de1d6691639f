"""The feeds to poll: from YAML entries and OPML files, each address once.

Sees to the polite interval and warns of addresses that the fetcher will refuse.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic_core import PydanticCustomError

from monitor.config.nodes import Mapping, Node, shorten
from monitor.config.problems import Report
from monitor.config.quantities import write_duration
from monitor.config.reading import FeedEntry
from monitor.config.schema import Settings
from monitor.config.source import Place, SourceFile
from monitor.config.values import check_feed_url, fault, is_private_address
from monitor.model import Feed

POLITE = timedelta(minutes=5)
"""The least time between two polls of a public feed."""


@dataclass(frozen=True, slots=True)
class PlacedFeed:
    """A feed and where it is configured."""

    feed: Feed
    place: Place
    every_place: Place | None = None


def read_opml(name: str, content: bytes, report: Report) -> list[PlacedFeed]:
    """The feeds of an OPML file; folders are tags."""
    from monitor.formats import opml  # most configurations have none: do not pay for it

    place = SourceFile(name, "").whole()
    try:
        listed = opml.read(content)
    except ValueError as error:
        report.error(place, str(error), "An OPML file is what a feed reader exports.")
        return []
    found = []
    for feed in listed:
        try:
            check_feed_url(feed.url)
            if feed.source:
                raise fault(f"another reader's {feed.source}, which is not read here")
        except PydanticCustomError as error:
            report.error(place, f"the feed {shorten(feed.label)}: {error.message()}")
        else:
            found.append(PlacedFeed(feed, place))
    return found


def read_entries(entries: Iterable[tuple[Node, FeedEntry]]) -> list[PlacedFeed]:
    """The feeds of the `feeds` sections."""
    return [
        PlacedFeed(
            Feed(
                url=entry.url,
                name=entry.name,
                tags=entry.tags,
                language=entry.language,
                every=entry.every,
                allow_private=entry.allow_private,
                source="page" if entry.select else entry.source or "",
                full_text=entry.full_text,
                options=tuple((entry.select.options if entry.select else entry.options).items()),
            ),
            _place_of(node, "url"),
            _place_of(node, "every"),
        )
        for node, entry in entries
    ]


def _place_of(node: Node, key: str) -> Place:
    value = node.get(key) if isinstance(node, Mapping) else None
    return (value or node).place


def settle(placed: Iterable[PlacedFeed], settings: Settings, report: Report) -> tuple[Feed, ...]:
    """Each address once and no public feed polled faster than is polite."""
    first: dict[str, PlacedFeed] = {}
    for entry in placed:
        known = first.setdefault(entry.feed.url, entry)
        if known is not entry:
            report.error(
                entry.place,
                "this feed is given twice",
                f"It is first given at {_where(known.place)}; keep one of the two.",
            )
    return tuple(_settle_one(entry, settings, report) for entry in first.values())


def _settle_one(entry: PlacedFeed, settings: Settings, report: Report) -> Feed:
    feed = entry.feed
    if feed.allow_private:
        # The default interval may be below the polite one only for these.
        return (
            replace(feed, every=settings.poll.every)
            if feed.every is None and settings.poll.every is not None and settings.poll.every < POLITE
            else feed
        )
    if is_private_address(feed.url):
        report.warn(
            entry.place,
            "this address is private, so it will not be fetched",
            "Add `allow_private: true` to poll it.",
        )
    if feed.every is not None and feed.every < POLITE:
        report.warn(
            entry.every_place or entry.place,
            f"a public feed is polled every {write_duration(POLITE)} at most",
            f"It will be polled every {write_duration(POLITE)}; a private one may set `allow_private: true`.",
        )
        return replace(feed, every=POLITE)
    return feed


def _where(place: Place) -> str:
    if place.start < 0:
        return place.file.name
    line, column = place.file.position(place.start)
    return f"{place.file.name}:{line}:{column}"
