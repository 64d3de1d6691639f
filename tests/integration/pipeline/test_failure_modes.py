"""Where folding is known to go wrong, row by row, through the daemon's own pipeline on both databases.

Each row plays what outlets publish, and says what became of each article and which alerts came of it.
`-` in place of a kind: nothing was stored, for the item was known and unchanged.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.pipeline.ingest import PollReport
from monitor.store import Store
from monitor.store.tables import article
from tests.support.newsroom import DAY, HOUR, MINUTE, Newsroom, later
from tests.support.newswire import first_words, prose

WIRE = "Venezuela closed its border on Sunday. " + prose(1, 260)
BOX = prose(99, 120, paragraph=30)  # on each page of an outlet
PAYWALL = (
    "Subscribe now to read this article and thousands more from our award-winning newsroom.\n\n"
    "Already a subscriber? Log in with your account to continue where you have left off today.\n\n"
    "By continuing you agree to the terms of service and to the privacy policy of this website."
)
Play = Callable[[Newsroom], Iterator[PollReport]]


def live_blog(it: Newsroom) -> Iterator[PollReport]:
    """Three reports, a blog that holds them all and grows by one entry, and a further report."""
    reports = [f"Venezuela report {number}. {prose(number + 30, 120)}" for number in range(4)]
    for number in range(2):
        yield it.run("AB"[number], 1, f"Correspondent {prose(number + 60, 4)}", reports[number])
    url, title = "https://c.example/live/1", "Live updates: the border of Venezuela"
    blog = it.article("C", 1, title, "\n\n".join(reports[:3]), url=url)
    yield it.publish("C", blog)
    it.time += HOUR
    yield it.publish("C", later(blog, content="Venezuela opens one bridge.\n\n" + blog.content))
    yield it.run("D", 1, f"Correspondent {prose(64, 4)}", reports[2])


def daily_boilerplate(it: Newsroom) -> Iterator[PollReport]:
    """The central bank's form: other numbers each day, the same day twice from the same hour's feed."""
    for day in range(4):
        yield it.run(
            "A",
            day,
            "Central bank of Venezuela adds reserves via customer repurchases",
            "The central bank of Venezuela entered the government securities market to arrange "
            f"{day + 1}.5 billion bolivars of customer repurchase agreements, a spokesman said. Dealers said "
            f"funds were trading at 6-{day + 1}/16 percent when the bank began its temporary and indirect "
            "supply of reserves to the banking system.",
        )
        it.time += DAY


def daily_list_word_for_word(it: Newsroom) -> Iterator[PollReport]:
    """The very same short text every third day."""
    for number in range(3):
        yield it.run("A", number, "Pollen count for Caracas, Venezuela", f"Pollen: {prose(5, 60)}")
        it.time += 3 * DAY


def correction_at_its_place(it: Newsroom) -> Iterator[PollReport]:
    """The item itself is changed and says so."""
    first = it.article("A", 1, "Venezuela closes its border", WIRE)
    yield it.publish("A", first)
    it.time += MINUTE
    yield it.publish("A", later(first, content=f"{WIRE}\n\nCorrection: it was the northern border."))


def correction_under_a_new_guid(it: Newsroom) -> Iterator[PollReport]:
    """The outlet publishes it as an item of its own."""
    yield it.run("A", 1, "Venezuela closes its border", WIRE)
    it.time += MINUTE
    yield it.run("A", 2, "CORRECTED-Venezuela closes its border", WIRE.replace("Sunday", "Saturday"))


def paywall_stub(it: Newsroom) -> Iterator[PollReport]:
    """The full text, then its beginning with the outlet's appeal to subscribe."""
    for number in range(4):
        yield it.run(
            "B", number, f"Venezuela {prose(number + 70, 5)}", f"{prose(number + 80, 12)}\n\n{PAYWALL}"
        )
        it.time += MINUTE
    yield it.run("A", 1, "Venezuela closes its border", WIRE)
    it.time += HOUR
    yield it.run("B", 9, "Caracas shuts crossing points", f"{first_words(WIRE, 70)}\n\n{PAYWALL}")


def title_only_feed(it: Newsroom) -> Iterator[PollReport]:
    """The same headline elsewhere, with the outlet's name behind it; two days later it is news again."""
    yield it.run("A", 1, "Storm hits the coast of Venezuela")
    yield it.run("B", 1, "Storm hits the coast of Venezuela - The Daily Post")
    it.time += 2 * DAY
    yield it.run("C", 1, "Storm hits the coast of Venezuela")


def roundup(it: Newsroom) -> Iterator[PollReport]:
    """The morning briefing holds five articles."""
    texts = [f"Venezuela item {number}. {prose(number + 20, 90)}" for number in range(9)]
    for number, text in enumerate(texts[:5]):
        yield it.run("ABCDE"[number], 1, prose(number + 40, 6), text)
    it.time += HOUR
    yield it.run("F", 1, "The briefing for Monday", "\n\n".join(texts))


def look_alikes(it: Newsroom) -> Iterator[PollReport]:
    """Two quakes in one form of words, and advisories that differ in their number."""
    form = (
        "An earthquake of magnitude {} struck {} km beneath {}, the geological survey of Venezuela said. "
        "There were no immediate reports of casualties or damage, and no tsunami warning was issued."
    )
    yield it.run("A", 1, "Magnitude 6.1 quake strikes Peru", form.format("6.1", 35, "Arequipa in Peru"))
    yield it.run("A", 2, "Magnitude 5.8 quake strikes Japan", form.format("5.8", 60, "Honshu in Japan"))
    yield it.run("B", 1, "Security advisory 4711 for the mail server of Venezuela")
    yield it.run("B", 2, "Security advisory 4712 for the mail server of Venezuela")


def redated_items(it: Newsroom) -> Iterator[PollReport]:
    """The feed puts today's date on what it had yesterday."""
    first = it.article("A", 1, "Venezuela closes its border", WIRE)
    for _ in range(3):
        yield it.publish("A", later(first, published_at=it.time, updated_at=it.time))
        it.time += DAY


def reguided_items(it: Newsroom) -> Iterator[PollReport]:
    """New ids for the same address; then a new address too."""
    first = it.article("A", 1, "Venezuela closes its border", WIRE)
    yield it.publish("A", first)
    yield it.publish("A", later(first, id="b5f1"))
    yield it.publish("A", later(first, id="77aa", url="https://a.example/2026/11/venezuela"))


def html_only_edits(it: Newsroom) -> Iterator[PollReport]:
    """Other tags, classes, pictures and scripts around the same words."""
    first = it.article("A", 1, "Venezuela closes its border", f"<p>{WIRE}</p>")
    yield it.publish("A", first)
    marked = WIRE.replace("\n\n", "</p><script>track()</script><p>")
    yield it.publish("A", later(first, content=f"<div class='v2'><img src=x><p>{marked}</p></div>"))


def feed_that_links_all_to_one_page(it: Newsroom) -> Iterator[PollReport]:
    """One item a document, without guids, all with the address of the home page; then the first again."""
    link = "https://a.example/latest"
    titles = ["Venezuela closes its border", "Parliament votes on quotas", "Champions lose the final"]
    items = [
        it.article("A", 1, title, f"Venezuela {number}. {prose(number + 10)}", id=link, url=link)
        for number, title in enumerate(titles)
    ]
    for item in [*items, items[0]]:
        yield it.publish("A", item)
        it.time += HOUR


def error_page_for_many(it: Newsroom) -> Iterator[PollReport]:
    """Three outlets' links end at one error page: it stops to identify anything."""
    titles = ["Norway raises interest rates", "Volleyball cup ends in Cuba", "Whales return to the fjord"]
    for number, title in enumerate(titles):
        yield it.run("ABC"[number], 1, title, url="https://e.example/not-found.html")
    yield it.run("D", 1, "Venezuela closes its border posts", url="https://e.example/not-found.html")


def outlet_furniture(it: Newsroom) -> Iterator[PollReport]:
    """A long box under every article of one site."""
    for number in range(6):
        yield it.run("A", number, f"Venezuela: {prose(number + 50, 5)}", f"{prose(number + 60, 60)}\n\n{BOX}")
        it.time += HOUR


def chain_of_write_throughs(it: Newsroom) -> Iterator[PollReport]:
    """Each version is longer than the one before; all are one story."""
    text = f"Venezuela closed its border. {prose(3, 500)}"
    for number, words in enumerate((120, 200, 320, 480)):
        yield it.run("ABCD"[number], 1, f"Border, version {prose(number + 30, 4)}", first_words(text, words))
        it.time += 20 * MINUTE


# What is known to go wrong: what comes, what each article is, and why each alert was made.
NEWS, CORRECTED = "new_story", "corrected"
ROWS: dict[str, tuple[Play, str, list[str]]] = {
    "live blog": (live_blog, "new new new update new", [NEWS, NEWS, NEWS, "updated", NEWS]),
    "daily boilerplate": (daily_boilerplate, "new new series series", [NEWS] * 4),
    "daily list, word for word": (daily_list_word_for_word, "new series series", [NEWS] * 3),
    "correction at its place": (correction_at_its_place, "new update", [NEWS, CORRECTED]),
    "correction under a new guid": (correction_under_a_new_guid, "new update", [NEWS, CORRECTED]),
    "paywall stub": (paywall_stub, "new new new new new copy", [NEWS] * 5),
    "title-only feed": (title_only_feed, "new copy new", [NEWS] * 2),
    "roundup": (roundup, "new new new new new roundup", [NEWS] * 6),
    "look-alikes": (look_alikes, "new new new new", [NEWS] * 4),
    "re-dated items": (redated_items, "new - -", [NEWS]),
    "re-guided items": (reguided_items, "new - copy", [NEWS]),
    "HTML-only edits": (html_only_edits, "new -", [NEWS]),
    "feed that links all to one page": (feed_that_links_all_to_one_page, "new new new -", [NEWS] * 3),
    "error page for many": (error_page_for_many, "new copy new new", [NEWS]),
    "outlet furniture": (outlet_furniture, "new new new new new new", [NEWS] * 6),
    "chain of write-throughs": (chain_of_write_throughs, "new copy copy copy", [NEWS]),
}


@pytest.mark.parametrize("row", ROWS)
def test_failure_mode(row: str, store: Store, tmp_path: Path) -> None:
    """What each article is found to be, and exactly the alerts that its row says."""
    play, expected, told = ROWS[row]
    it = Newsroom(store, tmp_path, "R: {match: Venezuela OR pollen OR border}")
    newest = 0
    found = []
    for report in play(it):
        rows = it.store.read(
            lambda conn, newest=newest: conn.execute(
                select(article.c.id, article.c.kind).where(article.c.id > newest).order_by(article.c.id)
            ).all()
        )
        found += [str(one.kind) for one in rows] or ["update" if report.updated else "-"]
        newest = max([newest, *(one.id for one in rows)])
    assert found == expected.split()
    assert it.told() == told
