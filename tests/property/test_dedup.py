"""Deduplication of whatever feeds send: never raises, forgets nothing it holds, depends on no accident."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.dedup import Deduplicator, canonical, versions
from monitor.dedup.lead import lead
from monitor.dedup.reading import read
from monitor.dedup.sketch import overlap
from monitor.dedup.wording import wording
from monitor.dedup.words import words
from monitor.model import Article, ArticleKind
from monitor.text import tokenize
from tests.support.newswire import article, first_words, prose

ANY_TEXT = st.text(st.characters(), max_size=120)
HARSH = st.text(st.sampled_from("aB1 .,|-–<>&;:\n\u00ad\u200b\u0301ё東が\ud800'’½%/?#="), max_size=60)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
ARTICLES = st.builds(
    Article,
    id=st.sampled_from(["1", "2", "3", "é", "\ud800"]),
    title=HARSH | ANY_TEXT,
    summary=HARSH,
    content=HARSH | ANY_TEXT | st.integers(0, 3).map(lambda seed: prose(seed, 60)),
    url=HARSH | st.sampled_from(["https://a.example/1", "https://a.example/live/2", "http://[", ""]),
    source=st.sampled_from(["", "A", "B"]),
    language=st.sampled_from(["", "en", "de-AT", "??"]),
    published_at=TIMES,
)


@given(HARSH | ANY_TEXT)
def test_words_are_the_folded_tokens(text: str) -> None:
    """Whatever the script, the fast way gives what the text layer gives."""
    assert words(text) == [token.folded for token in tokenize(text)]


@settings(max_examples=60)
@given(st.lists(ARTICLES, max_size=12))
def test_never_raises_and_every_finding_is_consistent(articles: list[Article]) -> None:
    """`of` and `story` name articles that came before, in the same story."""
    deduplicator = Deduplicator(capacity=5)
    stories: dict[str, set[str]] = {}
    for item in articles:
        finding = deduplicator.add(item)
        assert finding.article == item.id
        needs_original = finding.kind not in (ArticleKind.NEW, ArticleKind.ROUNDUP)
        assert (finding.of is not None) == needs_original
        if finding.kind in (ArticleKind.COPY, ArticleKind.DUPLICATE, ArticleKind.UPDATE):
            assert finding.story in stories[str(finding.of)]
        stories.setdefault(item.id, set()).add(finding.story)


@settings(max_examples=40)
@given(st.lists(ARTICLES, max_size=8))
def test_runs_are_repeatable(articles: list[Article]) -> None:
    """The same articles in the same order give the same findings."""
    ours, theirs = Deduplicator(), Deduplicator()
    assert [ours.add(item) for item in articles] == [theirs.add(item) for item in articles]


@settings(max_examples=40)
@given(st.lists(ARTICLES, max_size=8), ARTICLES)
def test_the_same_article_again_is_a_duplicate(articles: list[Article], last: Article) -> None:
    """Whatever came before, adding twice adds nothing."""
    deduplicator = Deduplicator()
    for item in articles:
        deduplicator.add(item)
    first, second = deduplicator.add(last), deduplicator.add(last)
    assert second.kind is ArticleKind.DUPLICATE
    assert second.story == first.story or first.kind is ArticleKind.COPY


def _alterations(seed: int) -> list[Article]:
    """One text as five outlets print it."""
    text = prose(seed, 240)
    return [
        article(f"{seed}-full", f"Headline of {prose(seed, 5)}", text),
        article(f"{seed}-cut", "A headline of their own", first_words(text, 170), hours=1),
        article(f"{seed}-longer", "Something else above it", f"{text}\n\n{prose(seed + 900, 60)}", hours=2),
        article(f"{seed}-html", "Marked up", "<p>" + text.replace("\n\n", "</p><p>") + "</p>", hours=3),
        article(f"{seed}-upper", "LOUDER", text.upper(), hours=3),
    ]


def _groups(articles: Sequence[Article]) -> set[frozenset[str]]:
    """The articles by copy group."""
    deduplicator = Deduplicator()
    root: dict[str, str] = {}
    for item in articles:
        finding = deduplicator.add(item)
        is_copy = finding.kind is ArticleKind.COPY and finding.of is not None
        root[item.id] = root[str(finding.of)] if is_copy else item.id
    return {frozenset(i for i in root if root[i] == r) for r in root.values()}


@settings(max_examples=30, deadline=None)
@given(st.permutations([item for seed in (1, 2, 3) for item in _alterations(seed)]))
def test_groups_of_copies_do_not_depend_on_the_order(articles: list[Article]) -> None:
    """Cut, extended, marked up or shouted: whichever comes first, the same texts are copies."""
    expected = {frozenset(item.id for item in _alterations(seed)) for seed in (1, 2, 3)}
    assert _groups(articles) == expected


@given(HARSH | ANY_TEXT, HARSH | ANY_TEXT)
def test_overlap_is_symmetric_and_whole_with_itself(ours: str, theirs: str) -> None:
    """A share between 0 and 1."""
    a, b = (wording(words(text), [text]).shingles for text in (ours, theirs))
    found = overlap(a, b)
    assert found == overlap(b, a)
    assert 0 <= found.jaccard <= found.containment <= 1
    assert overlap(a, a).jaccard == (1.0 if len(a) else 0.0)


@given(ARTICLES, ARTICLES)
def test_versions_of_anything_can_be_compared(before: Article, after: Article) -> None:
    """And nothing has changed between equal ones."""
    versions.compare(before, after)
    assert not versions.compare(before, before).is_worth_telling


@given(HARSH | ANY_TEXT)
def test_the_key_of_an_address_is_its_own(path: str) -> None:
    """A key, read as an address, is its own key; nothing raises."""
    canonical(path)
    key = canonical(f"https://a.example/{path}")
    if key and "?" not in path and "#" not in path:
        assert canonical(f"https://{key}") == key


@given(ARTICLES)
def test_reading_never_raises(item: Article) -> None:
    """And the words of the body are those of its paragraphs."""
    reading = read(item)
    flat = tuple(word for paragraph in reading.paragraphs for word in paragraph.words)
    assert flat == max(reading.content_words, reading.summary_words, key=len)


def test_memory_is_bounded() -> None:
    """Ten thousand articles and versions leave no more behind than the newest hundred."""
    deduplicator = Deduplicator(capacity=100)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(10_000):
        deduplicator.add(
            Article(
                id=str(n % 7000),
                title=f"Headline {n} about {n * 7} things",
                content=f"a{n} b{n} c{n} d{n} e{n}",
                url=f"https://a.example/{n}",
                source=f"S{n % 50}",
                published_at=start + timedelta(minutes=n),
            )
        )
    assert len(deduplicator._memory) == 100
    assert len(deduplicator._memory._by_key) <= 100 * 12
    assert len(deduplicator._stories) <= 100
    assert len(deduplicator._furniture) <= 400
    assert len(deduplicator._reached) <= 400


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "word " * 200_000,
        "中" * 300_000,
        "ก" * 300_000,
        "\ud800" * 100_000,
        "<b>" * 100_000,
        "1," * 200_000,
        "\n" * 300_000,
        "é'" * 200_000,
    ],
    ids=["one word", "words", "Han", "Thai", "surrogates", "markup", "numeral", "lines", "marks"],
)
def test_huge_fields_are_taken(text: str) -> None:
    """A megabyte in any field: no error, and what is compared of a lead stays small."""
    deduplicator = Deduplicator()
    for item in (
        Article(id="1", title=text),
        Article(id="2", content=text, title="A headline of five words"),
        Article(id="3", url=f"https://a.example/{text}", summary="x"),
        Article(id="4", title=text, content=text),
    ):
        assert deduplicator.add(item).article == item.id
    assert len(lead(text, text).terms) <= 100


@settings(max_examples=30)
@given(st.permutations(range(6)))
def test_articles_that_must_stay_apart_never_share_a_story(order: list[int]) -> None:
    """Whatever comes between them, and whichever comes first."""
    items = [article(n, "Storm hits the coast of Chile", prose(n % 2, 40), source=f"S{n}") for n in range(6)]
    deduplicator = Deduplicator(apart=[("0", "2"), ("1", "4")])
    story = {str(n): deduplicator.add(items[n]).story for n in order}
    assert story["0"] != story["2"]
    assert story["1"] != story["4"]
