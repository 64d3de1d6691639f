"""Corrections and further versions under a guid and an address of their own."""

import pytest

from monitor.dedup import Deduplicator, Finding
from monitor.dedup.explain import explain
from monitor.dedup.reading import read
from monitor.dedup.reissue import is_announced
from monitor.dedup.versions import ChangeKind
from monitor.model import Article
from tests.support.newswire import article, prose

TITLE = "Storm kills 12 people in southern Chile"
TEXT = "A storm has killed 12 people in southern Chile, the police said. "


def find(later: Article, *, words: int = 200, title: str = TITLE) -> Finding:
    """What an article is, half an hour after the first."""
    deduplicator = Deduplicator()
    deduplicator.add(article(1, title, TEXT + prose(1, words), source="Wire"))
    deduplicator.add(article(2, "Parliament votes on fishing quotas", prose(2), source="Wire"))
    return deduplicator.add(later)


def version(title: str, content: str, *, source: str = "Wire", hours: float = 0.5) -> Article:
    """An item with a guid and an address of its own."""
    return article(9, title, content, source=source, hours=hours)


@pytest.mark.parametrize("words", [0, 30, 200])
@pytest.mark.parametrize(
    "mark", ["CORRECTED - ", "CORRECTION: ", "Correction: ", "Corrigé : ", "Korrektur: ", "Corrección: "]
)
def test_a_marked_correction_is_a_version_of_the_original(mark: str, words: int) -> None:
    """However short the text; the wrong figure must not keep it apart."""
    found = find(
        version(mark + TITLE.replace("12", "2"), TEXT.replace("12", "2") + prose(1, words)), words=words
    )
    assert (found.kind.value, found.of, found.story) == ("update", "1", "1")
    assert found.reason.change is not None
    assert found.reason.change.kind is ChangeKind.CORRECTION


def test_a_correction_of_a_headline_alone_is_one() -> None:
    """Feeds without texts correct too."""
    deduplicator = Deduplicator()
    deduplicator.add(article(1, TITLE, source="Wire"))
    found = deduplicator.add(version("CORRECTED-" + TITLE.replace("12", "2"), ""))
    assert (found.kind.value, found.of) == ("update", "1")


def test_a_correction_with_the_same_text_is_one() -> None:
    """The headline was wrong, the text was right."""
    found = find(version("CORRECTED-Storm kills 12 people in southern Peru", TEXT + prose(1, 200)))
    assert (found.kind.value, found.of) == ("update", "1")


def test_a_correction_announced_in_the_text_is_one() -> None:
    """At its beginning or at its end."""
    found = find(version(TITLE, "(Corrects number of dead in first paragraph)\n" + TEXT + prose(1, 200)))
    assert found.kind.value == "update"
    found = find(version(TITLE, TEXT + prose(1, 200) + "\n\nCorrection: it was the south of Chile."))
    assert found.kind.value == "update"


def test_a_numbered_version_is_one_if_it_says_more() -> None:
    """A figure that was replaced is more; the same again is a copy."""
    more = find(
        version("UPDATE 1-Storm kills 31 people in southern Chile", TEXT.replace("12", "31") + prose(1))
    )
    assert (more.kind.value, more.of) == ("update", "1")
    assert more.reason.change is not None
    assert more.reason.change.kind is ChangeKind.MATERIAL
    assert explain(more) == "the same outlet's new version of 1; material change: figure"
    same = find(version(f"UPDATE 1-{TITLE}", TEXT + prose(1, 200)))
    assert (same.kind.value, same.of) == ("copy", "1")


def test_a_plain_reprint_is_a_copy() -> None:
    """On the same site, with a headline as it was or another."""
    assert find(version(TITLE, TEXT + prose(1, 200))).kind.value == "copy"
    assert find(version("Chilean storm: police count the dead", TEXT + prose(1, 200))).kind.value == "copy"


def test_a_second_correction_in_the_same_words_is_a_copy() -> None:
    """It corrects nothing that was not corrected before."""
    corrected = TEXT.replace("12", "2") + prose(1, 200)
    deduplicator = Deduplicator()
    for number, title in enumerate(
        (TITLE, "CORRECTED-" + TITLE, "CORRECTED-Chile storm kills people in south")
    ):
        content = TEXT + prose(1, 200) if not number else corrected
        found = deduplicator.add(article(number, title, content, source="Wire", hours=number / 4))
    assert (found.kind.value, found.of) == ("copy", "1")


def test_what_another_outlet_corrects_is_its_own() -> None:
    """It folds as a copy; whether it is told is for the thread of the story to say."""
    found = find(version("CORRECTED-" + TITLE, TEXT + prose(1, 200), source="Elsewhere"))
    assert (found.kind.value, found.of) == ("copy", "1")


def test_a_correction_of_something_else_is_new() -> None:
    """The mark alone makes no version."""
    assert (
        find(version("CORRECTED-Dollar falls against the yen on Friday", prose(5, 200))).kind.value == "new"
    )


@pytest.mark.parametrize(
    "title",
    ["Update on the budget", "Correctional officers strike", "Corrections officer held", "Updates from Lima"],
)
def test_words_that_look_like_marks_are_none(title: str) -> None:
    """A number or a dash must follow, as agencies write it."""
    assert not is_announced(read(Article("1", title=title, content=prose(1))))
