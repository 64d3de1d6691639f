"""`newsmonitor alerts why`: the ledger of an article, to the step where its way ended."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import DeliveryReason
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, DeliveryState, Rule
from monitor.pipeline.ledger import IN_WORDS
from monitor.pipeline.tell import Arrival, Teller
from monitor.rules import RuleSet
from monitor.store import Store, open_store, outbox
from tests.support import archived
from tests.support.archived import FEED, NOW, OTHER, run

BODY = " ".join(["Russia and Venezuela sign.", *(f"word{number}" for number in range(50))])
RULES = (
    Rule(
        "Russia in Venezuela", query="Venezuela AND Russia*", channels=("screen",), hold=timedelta(minutes=2)
    ),
)


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    return archived.write_config(tmp_path, database_url)


@pytest.fixture
def opened(config: Path, database_url: str):
    with open_store(database_url) as store:
        archived.open_feeds(store)
        yield store


def arrive(store: Store, article: Article, *, hours: int = 0, feed=FEED) -> ArticleRef:
    """Store an article and tell of it, as a poll does."""
    now = NOW + timedelta(hours=hours)
    ref = archived.keep(store, article, feed=feed, now=now)
    stored = store.read(lambda conn: archived.articles.get(conn, ref.id))
    arrival = Arrival(
        article, ref, stored.kind, ref.id, feed, backlog=False, joins=stored.kind is ArticleKind.COPY
    )
    matches = RuleSet.compile({rule.name: rule.query for rule in RULES}).match(article)
    rules = {rule.name: rule for rule in RULES}
    store.write(lambda conn: Teller(conn, rules, {}, "test", now).tell(arrival, matches))
    return ref


def why(config: Path, *arguments: object) -> list[str]:
    shown = run(config, "alerts", "why", *map(str, arguments))
    assert shown.exit_code == 0, shown.output
    return shown.stdout.splitlines()


def test_from_the_feed_to_the_delivery(config: Path, opened: Store) -> None:
    """Fetched, new, matched by these words, told, held, tried, sent."""
    article = Article(id="1", title="Russia arms Venezuela", url="https://world.example/1")
    ref = arrive(opened, article)
    lines = why(config, ref.id)
    assert lines[:8] == [
        "article 1: Russia arms Venezuela",
        "  https://world.example/1",
        "  fetched 2026-03-20 12:00:00 from World, without a date",
        "  new: the first article of story 1",
        "rule `Russia in Venezuela`",
        "  matched, 2026-03-20 12:00:00",
        "      title: **Russia** arms **Venezuela**",
        "  told: the first article of its story for this rule",
    ]
    assert lines[8:11] == [
        "  alert 1, 2026-03-20 12:00:00",
        "  delivery 1: screen: pending, 2026-03-20 12:02:00, 0 attempts",
        "      held until 2026-03-20 12:02:00",
    ]
    assert lines[11:] == [
        "  `Agencies only`: fails at oil",
        "  `Health`: fails at a score of 0, 30 needed",
    ]
    later = NOW + timedelta(minutes=3)
    lease = timedelta(minutes=1)

    def attempt(conn) -> None:
        outbox.claim(conn, channel="screen", now=later, limit=9, owner="me", lease=lease)
        outbox.finish(
            conn, 1, owner="me", state=DeliveryState.DEAD, reason=DeliveryReason.PERMANENT,
            detail="no such box", due_at=later, now=later,
        )  # fmt: skip

    opened.write(attempt)
    tried = why(config, "https://world.example/1")
    assert "      attempt 1, 2026-03-20 12:03:00: dead (permanent: no such box)" in tried
    assert not any("held" in line for line in tried)


def test_a_copy_was_told_already(config: Path, opened: Store) -> None:
    """Of which article by which key, and by which alert its story was told."""
    arrive(opened, Article(id="1", title="First", content=BODY))
    ref = arrive(opened, Article(id="2", title="Second", content=BODY), hours=1, feed=OTHER)
    lines = why(config, ref.id, "Russia in Venezuela")
    assert "  copy by its body of article 1 (First); story 1" in lines
    assert "  not told: the rule had alerted this story (or article) before" in lines
    assert "      by alert 1, 2026-03-20 12:00:00" in lines
    data = json.loads(run(config, "alerts", "why", str(ref.id), "--json").stdout)
    assert (data["kind"], data["of"], data["key"]) == ("copy", 1, "body")
    (entry,) = (entry for entry in data["rules"] if entry["decisions"])
    assert entry["decisions"][0]["reason"] == "story_already_told"
    assert entry["decisions"][0]["told_before"] == 1


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        (("one", "https://world.example/x"), ("two", "http://www.world.example/x?utm_source=a"), "address"),
        (("a long title of news", ""), ("A long title: of news", ""), "title"),
    ],
)
def test_each_key_is_named(
    config: Path, opened: Store, first: tuple[str, str], second: tuple[str, str], key: str
) -> None:
    """The address and the title, besides the body."""
    archived.keep(opened, Article(id="1", title=first[0], url=first[1]))
    ref = archived.keep(opened, Article(id="2", title=second[0], url=second[1]), feed=OTHER)
    assert f"  copy by its {key} of article 1" in "\n".join(why(config, ref.id))


def test_no_rule_matched(config: Path, opened: Store) -> None:
    """The way ends there; each rule says where it failed."""
    ref = arrive(opened, Article(id="1", title="Venezuela votes"))
    assert why(config, ref.id)[-4:] == [
        "no rule matched: here its way ended",
        "  `Russia in Venezuela`: fails at Russia*",
        "  `Agencies only`: fails at oil",
        "  `Health`: fails at a score of 0, 30 needed",
    ]
    assert why(config, ref.id, "Russia in Venezuela")[-5:] == [
        "`Russia in Venezuela` does not match article 1",
        "  ✗ Russia*",
        "      not in the text, nor a word spelt like it",
        "  ✓ Venezuela",
        "      title: **Venezuela** votes",
    ]


def test_a_rule_made_later(config: Path, opened: Store) -> None:
    """It matches now and did not exist then."""
    ref = arrive(opened, Article(id="1", title="oil", language="en"))
    assert (
        "  matches now, but no match was recorded: the rule is newer than the article, or was changed"
        in why(config, ref.id, "Agencies only")
    )


def test_an_edit_is_shown_with_the_words_of_then(config: Path, opened: Store) -> None:
    """An alert keeps what it told; a suppressed match of an old text has no words to show."""
    body = Article(id="1", title="Russia arms Venezuela again today")
    arrive(opened, body)
    suppressed = arrive(opened, Article(id="2", title=body.title), feed=OTHER)
    archived.keep(opened, Article(id="1", title="Something else"), now=NOW + timedelta(hours=2))
    archived.keep(opened, Article(id="2", title="Other"), feed=OTHER, now=NOW + timedelta(hours=2))
    lines = why(config, 1)
    assert "  edited, last at 2026-03-20 14:00:00" in lines
    assert "      title: **Russia** arms **Venezuela** again today" in lines
    assert "      by words that have been edited since" in why(config, suppressed.id)


def test_an_article_that_was_never_seen(config: Path, opened: Store) -> None:
    """Says so, with a way on."""
    shown = run(config, "alerts", "why", "https://nowhere.example/")
    assert shown.exit_code == 2
    assert "the archive has no article https://nowhere.example/" in shown.stderr
    ref = archived.keep(opened, Article(id="1", title="x"))
    unknown = run(config, "alerts", "why", str(ref.id), "Nonesuch")
    assert unknown.exit_code == 2
    assert "no rule is called Nonesuch" in unknown.stderr


def test_every_reason_has_words() -> None:
    """No decision is left unexplained."""
    from monitor.errors import DecisionReason

    assert set(IN_WORDS) == set(DecisionReason)


def test_the_last_of_many_silent_rules(tmp_path: Path, sqlite_url: str) -> None:
    """A long list of rules that did not match is cut."""
    rules = "rules:\n" + "".join(f"  rule {number}: word{number}\n" for number in range(15))
    config = archived.write_config(tmp_path, sqlite_url, rules)
    with open_store(sqlite_url) as store:
        archived.open_feeds(store)
        ref = archived.keep(store, Article(id="1", title="x"))
    assert why(config, ArticleId(ref.id))[-1] == "  and 5 more rules; name one to have it explained"


def test_follow_ups_and_attempts_as_data(config: Path, opened: Store) -> None:
    """A copy that made a follow-up shows it, with each delivery and its attempts."""
    rule = Rule("Loud", query="Russia", channels=("screen",), follow_up=(2,))
    ids = []
    for number, (feed, source) in enumerate(((FEED, "A"), (OTHER, "B"))):
        now = NOW + timedelta(hours=number)
        news = Article(id=str(number), title=f"News {number}", content=BODY, source=source)
        ref = archived.keep(opened, news, feed=feed, now=now)
        kind = opened.read(lambda conn, ref=ref: archived.articles.get(conn, ref.id)).kind
        arrival = Arrival(news, ref, kind, ref.id, feed, backlog=False, joins=bool(number))
        matches = RuleSet.compile({"Loud": "Russia"}).match(news)
        opened.write(
            lambda conn, a=arrival, m=matches, at=now: Teller(conn, {"Loud": rule}, {}, "test", at).tell(a, m)
        )
        ids.append(ref.id)
    lease = timedelta(minutes=1)

    def attempt(conn) -> None:
        outbox.claim(conn, channel="screen", now=now, limit=9, owner="me", lease=lease)
        outbox.finish(
            conn, 2, owner="me", state=DeliveryState.SENT, reason=None, detail="", due_at=now, now=now
        )

    opened.write(attempt)
    shown = why(config, ids[1], "Loud")
    assert "  followed up: alert 2, 2026-03-20 13:00:00" in shown
    data = json.loads(run(config, "alerts", "why", str(ids[1]), "Loud", "--json").stdout)
    (entry,) = data["rules"]
    (follow_up,) = entry["follow_ups"]
    (delivery,) = follow_up["deliveries"]
    assert (follow_up["kind"], delivery["state"], delivery["held_until"]) == ("follow_up", "sent", None)
    assert [(one["state"], one["reason"]) for one in delivery["tries"]] == [("sent", None)]
