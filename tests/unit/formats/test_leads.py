"""Where a site's feeds may be: what pages and robots.txt say of them."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.formats import leads
from monitor.formats.leads import Lead

URL = "https://news.example/world/"
PAGE = b"""<html><head>
<link rel="stylesheet" href="/feed.css"><LINK REL='Alternate' TYPE="application/rss+xml; charset=utf-8"
 TITLE="World &amp; Wire" HREF="rss.xml?a=1&amp;b=2">
<link rel=alternate type=application/feed+json href=//cdn.news.example/feed.json>
<link rel="alternate" type="text/html" hreflang="fr" href="/fr/">
<link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
</head><body><a class=x href="/services/rss">RSS</a> <a href="/world/rss.xml?a=1&amp;b=2">again</a>
<a href="/feedback">Write to us</a> <a href="https://other.example/politics.atom">Atom</a></body>"""


def test_declared_feeds_come_before_linked_ones():
    """Each address once, absolute, with its title; a style sheet or a translation is no feed."""
    assert leads.in_page(PAGE, URL) == [
        Lead("https://news.example/world/rss.xml?a=1&b=2", "declared by the page", "World & Wire"),
        Lead("https://cdn.news.example/feed.json", "declared by the page"),
        Lead("https://news.example/services/rss", "linked in the page"),
        Lead("https://other.example/politics.atom", "linked in the page"),
    ]


def test_a_page_can_only_name_so_many():
    """A page of ten thousand links does not send us to all of them."""
    page = b"".join(b"<a href=/rss/%d>" % n for n in range(10_000))
    assert len(leads.in_page(page, URL)) == leads.MOST


def test_robots_txt_names_sitemaps():
    """In whatever case; those of news first."""
    robots = (
        b"User-agent: *\nDisallow: /rss\nSitemap: https://news.example/all.xml\r\n sitemap:/news.xml\n"
        b"# Sitemap: https://news.example/no.xml"
    )
    assert [lead.url for lead in leads.in_robots(robots, URL)] == [
        "https://news.example/news.xml",
        "https://news.example/all.xml",
    ]


def test_usual_addresses_are_of_the_site():
    """They begin at its root, not at the page."""
    assert leads.usual(URL, ("/feed",)) == [Lead("https://news.example/feed", "a usual address")]


@given(st.binary(max_size=300))
def test_whatever_a_page_holds_only_web_addresses_come_out(noise):
    """Hostile markup yields no other schemes and raises nothing."""
    declared = b"<link rel=alternate type=application/rss+xml href='" + noise + b"'>"
    for page in (noise, declared, b"Sitemap: " + noise):
        for lead in (*leads.in_page(page, URL), *leads.in_robots(page, URL)):
            assert lead.url.startswith(("http://", "https://"))
