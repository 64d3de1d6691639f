"""The rules that decide about near-copies, one by one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.dedup import neardup
from monitor.dedup.frequency import Frequencies
from monitor.dedup.neardup import Appearance, Candidate, judge
from monitor.dedup.wording import wording
from monitor.dedup.words import words
from monitor.model import ArticleKind
from tests.support.newswire import NOON, first_words, prose


def seen(text: str, host: str = "a.example", *, hours: float = 0, is_live: bool = False) -> Appearance:
    """A text as it appeared so many hours after noon."""
    return Appearance(wording(words(text), [text]), host, NOON + timedelta(hours=hours), is_live)


def rule(ours: Appearance, theirs: Appearance) -> int:
    """The rule that holds of two appearances, whichever came first."""
    found = {neardup.compare(a, b, Frequencies(prior=100)).rule for a, b in ((ours, theirs), (theirs, ours))}
    assert len(found) == 1
    return found.pop()


def test_a_cut_copy_elsewhere_is_a_copy() -> None:
    """Half of the text is enough, whatever its length."""
    text = prose(1, 400)
    assert rule(seen(text), seen(first_words(text, 120), "b.example", hours=70)) == 2


def test_after_three_days_the_guards_are_asked() -> None:
    """A reprint keeps its numerals and its rare words; after a week it is news again."""
    text = prose(1, 300) + " In all 4,711 were counted."
    assert rule(seen(text), seen(text, "b.example", hours=100)) == 4
    assert rule(seen(text), seen(text, "b.example", hours=169)) == 0
    other_numbers = text.replace("4,711", "5,822").replace("In all", "Then 17 in all, 18 at least,")
    assert rule(seen(text), seen(other_numbers, "b.example", hours=100)) == 0


def test_a_text_below_twenty_words_is_never_judged() -> None:
    """Captions and stubs are alike without being the same."""
    text = prose(1, 19)
    assert rule(seen(text), seen(text, "b.example")) == 0
    assert rule(seen(prose(1, 20)), seen(prose(1, 20), "b.example")) != 0


def test_a_form_filled_in_anew_on_the_same_host_is_a_series() -> None:
    """Yesterday's report never takes today's."""
    form = prose(1, 60)
    today, tomorrow = f"{form} Funds traded at 6.25.", f"{form} Funds traded at 6.5."
    assert rule(seen(today), seen(tomorrow, hours=48)) == 1
    assert rule(seen(today), seen(tomorrow, "b.example", hours=72)) == 0


def test_one_host_repeats_itself_only_when_all_agrees() -> None:
    """Two stubs in one frame of furniture are two articles."""
    frame = prose(1, 80)
    ours, theirs = f"{prose(2, 30)} {frame} 14 dead", f"{prose(3, 30)} {frame} 15 dead"
    assert rule(seen(ours), seen(theirs, hours=1)) == 0
    assert rule(seen(ours), seen(theirs, "b.example", hours=1)) == 2
    assert rule(seen(ours), seen(ours + " More soon.", hours=1)) == 3


def test_an_unknown_host_is_not_another_host() -> None:
    """Where no outlet is named, the guards are asked too."""
    frame = prose(1, 80)
    ours, theirs = f"{prose(2, 30)} {frame} 14 dead", f"{prose(3, 30)} {frame} 15 dead"
    assert rule(seen(ours, ""), seen(theirs, "", hours=1)) == 0


def test_without_times_texts_are_taken_as_simultaneous() -> None:
    """An archive without dates is still deduplicated."""
    text = prose(1, 300)
    assert rule(replace(seen(text), at=None), seen(first_words(text, 200), "b.example", hours=999)) == 2


def test_of_a_live_page_all_must_agree() -> None:
    """It holds much of every report on its subject, and is the original of none."""
    parts = [prose(n, 150) for n in range(4)]
    page = "\n".join(parts)
    assert rule(seen(parts[0], "b.example"), seen(page)) == 2
    assert rule(seen(parts[0], "b.example"), seen(page, is_live=True)) == 0
    assert rule(seen(page, "b.example", is_live=True), seen(page, is_live=True)) == 2


def test_different_texts_have_nothing_in_common() -> None:
    """No rule holds of two articles that share the common words only."""
    assert rule(seen(prose(1)), seen(prose(2), "b.example")) == 0
    assert rule(seen(""), seen("", "b.example")) == 0


def candidate(number: int, appearance: Appearance) -> Candidate:
    """An earlier text that is no copy."""
    return Candidate(number, number, appearance)


def test_a_copy_goes_to_the_text_it_is_most_like() -> None:
    """Among several originals the closest is named, the others are listed."""
    text = prose(1, 300)
    near, nearer = seen(first_words(text, 150) + prose(9, 100), "b"), seen(first_words(text, 280), "c")
    found = judge(seen(text, "d"), [candidate(1, near), candidate(2, nearer)], Frequencies(prior=100))
    assert found.kind is ArticleKind.COPY
    assert found.of is not None
    assert found.of.number == 2
    assert [other.number for other, _ in found.others] == [1]


def test_a_copy_is_preferred_to_a_series() -> None:
    """Today's report from another outlet is a copy, although yesterday's is like it too."""
    report = prose(1, 70)
    earlier, original = seen(report, "a", hours=-72), seen(report, "b", hours=-1)
    found = judge(seen(report, "a"), [candidate(1, earlier), candidate(2, original)], Frequencies(prior=100))
    assert (found.kind, found.of and found.of.number) == (ArticleKind.COPY, 2)


@pytest.mark.parametrize(("parts", "kind"), [(3, ArticleKind.ROUNDUP), (2, ArticleKind.COPY)])
def test_a_text_of_several_articles_is_a_roundup(parts: int, kind: ArticleKind) -> None:
    """Three unlike articles inside one text: it is a copy of none of them."""
    texts = [prose(n, 80) for n in range(10)]
    earlier = [candidate(n, seen(texts[n], f"host{n}")) for n in range(parts)]
    assert judge(seen("\n".join(texts), "z"), earlier, Frequencies(prior=100)).kind is kind


def test_three_stubs_of_one_article_make_no_roundup() -> None:
    """The parts of a roundup have little in common with each other."""
    text = prose(1, 900)
    earlier = [candidate(n, seen(first_words(text, 60 + n), f"host{n}")) for n in range(4)]
    assert judge(seen(text, "z"), earlier, Frequencies(prior=100)).kind is ArticleKind.COPY


def test_guards_measure_the_shorter_text() -> None:
    """What the longer one adds does not count against it."""
    text = prose(1, 100) + " 12 hurt"
    like = neardup.compare(seen(text), seen(f"{text} {prose(2, 300)} 13 14 15"), Frequencies(prior=100))
    assert (like.containment, like.numerals, like.words) == (1.0, 1.0, pytest.approx(1.0))
    assert like.compared == 102
