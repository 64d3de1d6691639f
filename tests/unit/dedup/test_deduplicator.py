"""The public deduplicator: articles in, findings out."""

from monitor.dedup import Deduplicator, Finding
from monitor.dedup.explain import as_data, explain
from monitor.model import Article, ArticleKind
from tests.support.newswire import article, first_words, prose

TEXT = prose(1, 300)


def found(*articles: Article, deduplicator: Deduplicator | None = None) -> list[Finding]:
    """What each article is."""
    deduplicator = Deduplicator() if deduplicator is None else deduplicator
    return [deduplicator.add(item) for item in articles]


def short(finding: Finding) -> tuple[str, str | None, str, str]:
    """A finding in four words."""
    return finding.kind.value, finding.of, finding.story, finding.reason.by


def test_the_first_article_is_new_and_begins_a_story() -> None:
    """The story has its id."""
    (first,) = found(article(1, "Storm hits the coast of Chile", TEXT))
    assert short(first) == ("new", None, "1", "")
    assert explain(first) == "nothing like it was seen"


def test_a_rewritten_wire_text_is_a_copy_in_the_same_story() -> None:
    """Cut, with a headline of its own, at another outlet."""
    _, copy = found(
        article(1, "Storm hits the coast of Chile", TEXT),
        article(2, "Wind and rain in the south", first_words(TEXT, 150), hours=3),
    )
    assert short(copy) == ("copy", "1", "1", "wording")
    data = as_data(copy)
    assert (data["rule"], data["gap"]) == (2, 10_800.0)
    assert data["containment"] > 0.9
    assert explain(copy).endswith("of the shorter text appears in 1 too, 3 hours apart (rule 2)")


def test_an_own_report_joins_the_story() -> None:
    """Other words about the same event: no copy, but the same story."""
    lead = "A storm has hit the coast of Chile near Valparaiso."
    _, report = found(
        article(1, "Storm hits the coast of Chile near Valparaiso", TEXT),
        article(2, "Chile: storm near Valparaiso damages the coast", f"{lead} {prose(2, 300)}", hours=3),
    )
    assert short(report) == ("new", None, "1", "story")
    assert as_data(report)["nearest"] == "1"
    assert explain(report).startswith("tells what 1 tells (score 0.")


def test_kinds_of_the_exact_layer() -> None:
    """Unchanged, edited, at another address, from another outlet."""
    first = article(1, "Storm hits the coast of Chile", TEXT, source="A", url="https://a.example/1")
    edited = article(
        1, "Storm hits the coast of Chile, ten dead", TEXT, source="A", url="https://a.example/1"
    )
    linked = article("x", "Read this", "", source="B", url="https://a.example/1?utm_source=b")
    same_text = article("y", "Another headline for it", TEXT, source="C", hours=900)
    kinds = [short(item) for item in found(first, first, edited, linked, same_text)]
    assert kinds == [
        ("new", None, "1", ""),
        ("duplicate", "1", "1", "guid"),
        ("update", "1", "1", "guid"),
        ("copy", "1", "1", "url"),
        ("copy", "1", "1", "body"),
    ]


def test_an_update_says_what_changed() -> None:
    """As a value, and in words."""
    _, update = found(
        article(1, "Storm kills five in Chile", TEXT), article(1, "Storm kills seven in Chile", TEXT, hours=1)
    )
    assert update.reason.change is not None
    assert update.reason.change.reasons == ("figure",)
    assert explain(update) == "the same id in its feed as 1; material change: figure"
    assert as_data(update)["changed"] == ["figure"]


def test_after_an_update_the_new_text_is_looked_for() -> None:
    """A copy of the second version is a copy, also of the first part that stayed."""
    second = prose(5, 300)
    findings = found(
        article(1, "Storm hits the coast of Chile", TEXT),
        article(1, "Storm hits the coast of Chile", second, hours=1),
        article(2, "Wind and rain in the south", first_words(second, 200), hours=2),
    )
    assert short(findings[2]) == ("copy", "1", "1", "wording")


def test_a_declared_original_elsewhere_makes_a_copy() -> None:
    """`rel=canonical` to another outlet is syndication; to the own site it is an alias."""
    deduplicator = Deduplicator()
    deduplicator.add(article(1, "Storm hits the coast of Chile", TEXT, url="https://a.example/storm"))
    taken = article(2, "Sturm in Chile", "", url="https://b.example/9")
    copy = deduplicator.add(taken, canonical="https://www.a.example/storm")
    assert short(copy) == ("copy", "1", "1", "canonical")
    amp = article("1b", "Storm hits coast", "", source="Outlet 1", url="https://x.a.example/amp1")
    assert short(deduplicator.add(amp, canonical="https://a.example/storm"))[:2] == ("update", "1")


def test_articles_kept_apart_share_no_story() -> None:
    """Neither as copies nor as reports of one event."""
    deduplicator = Deduplicator(apart=[("1", "2"), ("1", "3")])
    findings = found(
        article(1, "Storm hits the coast of Chile", TEXT),
        article(2, "Storm hits the coast of Chile", TEXT),
        article(3, "Storm on the coast of Chile", prose(3, 300)),
        article(4, "Storm hits the coast of Chile", TEXT),
        deduplicator=deduplicator,
    )
    assert [item.story for item in findings[:3]] in (["1", "2", "2"], ["1", "2", "3"])
    assert findings[3].kind is ArticleKind.COPY


def test_the_same_id_at_two_sources_is_two_articles() -> None:
    """Ids are unique within a source; stories get different names."""
    findings = found(
        article(1, "Storm hits the coast of Chile", source="A"),
        article(1, "Bank of Norway raises interest rate", source="B"),
    )
    assert [item.kind.value for item in findings] == ["new", "new"]
    assert findings[0].story != findings[1].story


def test_articles_without_anything_are_new() -> None:
    """Empty texts are alike and still not the same."""
    findings = found(*(Article(id=str(n)) for n in range(3)))
    assert [short(item) for item in findings] == [("new", None, str(n), "") for n in range(3)]


def test_a_naive_time_is_taken_as_utc() -> None:
    """A caller's slip does not end the run."""
    naive = article(1, "Storm hits the coast of Chile", TEXT)
    object.__setattr__(naive, "published_at", naive.published_at.replace(tzinfo=None))
    assert [item.kind.value for item in found(naive, article(2, "Chile", TEXT))] == ["new", "copy"]


def test_what_is_forgotten_is_new_again() -> None:
    """Memory is bounded by the number of articles."""
    deduplicator = Deduplicator(capacity=3)
    others = [article(n, f"Headline number {n} of many", prose(n, 60)) for n in range(10, 14)]
    findings = found(
        article(1, "Storm hits the coast", TEXT), *others, article(2, "", TEXT), deduplicator=deduplicator
    )
    assert findings[-1].kind is ArticleKind.NEW
