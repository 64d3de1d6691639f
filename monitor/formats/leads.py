"""Where a site says, or may be expected to have, its feeds and sitemaps. Pure; fetches nothing."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from monitor.formats import entry

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
USUAL_FEEDS = (
    "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/feeds/posts/default",
)  # fmt: skip
USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")
MOST = 20  # of one kind in one page
_READ = 512 * 1024  # bytes of a page
_MOST_TAGS = 5_000
_TAG = re.compile(rb"<(link|a)\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([a-z-]{1,20})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_LIKE_A_FEED = re.compile(r"(?:^|[/._=-])(?:rss\d?|feeds?|atom|rdf)(?:$|[/._=&-])", re.IGNORECASE)
_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class Lead(NamedTuple):
    """An address worth a look. `how` says what led there."""

    url: str
    how: str
    title: str = ""


def in_page(page: bytes, url: str) -> list[Lead]:
    """What a page says of its feeds: first those it declares, then links that look like one."""
    declared: dict[str, Lead] = {}
    linked: dict[str, Lead] = {}
    for name, attributes in islice(_tags(page[:_READ]), _MOST_TAGS):
        href = attributes.get("href", "").strip()
        address = entry.link(unescape(href), url) if href else ""
        if not address or not address.isprintable():
            continue
        if is_feed_link(attributes):
            title = entry.line(unescape(attributes.get("title", "")))
            declared.setdefault(address, Lead(address, "declared by the page", title))
        elif name == b"a" and _LIKE_A_FEED.search(urlsplit(address).path):
            linked.setdefault(address, Lead(address, "linked in the page"))
    return [*islice(declared.values(), MOST), *islice((linked[a] for a in linked if a not in declared), MOST)]


def is_feed_link(attributes: Mapping[str, str]) -> bool:
    """Whether a link's attributes say that it leads to a feed of the page."""
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    return kind in FEED_TYPES and "alternate" in attributes.get("rel", "").lower().split()


def _tags(page: bytes) -> Iterator[tuple[bytes, dict[str, str]]]:
    for found in _TAG.finditer(page):
        yield found[1].lower(), attributes_of(found[2])


def attributes_of(text: bytes) -> dict[str, str]:
    """The attributes of a tag, their names in lower case."""
    found = _ATTRIBUTE.findall(text.decode("utf-8", "replace"))
    return {name.lower(): double or single or bare for name, double, single, bare in found}


def in_robots(robots: bytes, url: str) -> list[Lead]:
    """The sitemaps that a robots.txt names; those that say "news" first."""
    found = (entry.link(line.decode("utf-8", "replace"), url) for line in _SITEMAP.findall(robots[:_READ]))
    leads = {address: Lead(address, "named by robots.txt") for address in found if address}
    return sorted(leads.values(), key=lambda lead: "news" not in urlsplit(lead.url).path.lower())[:MOST]


def usual(url: str, paths: tuple[str, ...]) -> list[Lead]:
    """The addresses at which many sites have such a thing."""
    return [Lead(urljoin(url, path), "a usual address") for path in paths]
