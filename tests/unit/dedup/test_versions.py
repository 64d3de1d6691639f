"""Which new versions are worth telling, and what they changed."""

import pytest

from monitor.dedup import versions
from monitor.dedup.figures import are_replaced, figures
from monitor.dedup.versions import Change, ChangeKind
from monitor.model import Article
from tests.support.newswire import first_words, prose

BODY = f"Police in Lima said five people were killed on Monday.\n\n{prose(1, 200)}"


def change(after: str, before: str = BODY, *, title: str = "Five killed in Lima", was: str = "") -> Change:
    """What became of an article."""
    return versions.compare(
        Article(id="1", title=was or title, content=before), Article(id="1", title=title, content=after)
    )


def test_nothing_changed_is_cosmetic() -> None:
    """Markup, white space and case are no news."""
    assert change(BODY) == Change(ChangeKind.COSMETIC)
    marked = f"<p>{BODY.replace(chr(10) * 2, '</p> <p>')}</p>"
    assert not change(marked).is_worth_telling


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Police in Lima said", "Police in Lima say"),
        ("on Monday.", "Monday."),
        ("five people were", "5 people were"),
        ("on Monday.", "on Monday, at 10:30."),
        ("on Monday.", "on Monday 23 November 2026."),
    ],
)
def test_style_and_dates_are_cosmetic(old: str, new: str) -> None:
    """Another spelling of the same figure, a clock time or a year is no news."""
    assert not change(BODY.replace(old, new)).is_worth_telling


def test_a_cut_is_cosmetic() -> None:
    """A shorter version tells nothing new."""
    assert not change(first_words(BODY, 100)).is_worth_telling


def test_another_toll_is_material() -> None:
    """The most frequent correction of breaking news."""
    found = change(BODY.replace("five", "seven"), title="Seven killed in Lima", was="Five killed in Lima")
    assert (found.kind, found.reasons) == (ChangeKind.MATERIAL, ("figure",))
    assert (found.title_before, found.title_after) == ("Five killed in Lima", "Seven killed in Lima")
    assert found.removed == ("Police in Lima said five people were killed on Monday.",)
    assert found.added == ("Police in Lima said seven people were killed on Monday.",)


def test_a_negation_is_material() -> None:
    """One word turns the news round."""
    before = "The minister will resign on Friday, the government said. " + prose(2, 100)
    found = change(before.replace("will resign", "will not resign"), before)
    assert found.reasons == ("negation",)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("de", "Der Minister tritt zurück", "Der Minister tritt nicht zurück"),
        ("fr", "Le ministre démissionne", "Le ministre ne démissionne pas"),
        ("ru", "Министр уходит в отставку", "Министр не уходит в отставку"),
    ],
)
def test_negations_are_known_in_other_languages(language: str, before: str, after: str) -> None:
    """By the language of the article."""
    found = versions.compare(
        Article(id="1", title=before, language=language), Article(id="1", title=after, language=language)
    )
    assert found.reasons == ("negation",)


def test_much_new_text_is_material() -> None:
    """Sixty words, or a sixth of a short article."""
    assert not change(f"{BODY}\n\n{prose(9, 20)}").is_worth_telling
    found = change(f"{BODY}\n\n{prose(9, 70)}")
    assert found.reasons == ("added",)
    assert len(found.added) == 2
    assert found.removed == ()


def test_another_headline_over_some_new_text_is_material() -> None:
    """A new headline alone is style."""
    title = "Peru declares emergency in capital"
    assert not change(BODY, title=title, was="Five killed in Lima").is_worth_telling
    found = change(f"{BODY}\n\n{prose(9, 20)}", title=title, was="Five killed in Lima")
    assert found.reasons == ("headline",)


@pytest.mark.parametrize(
    "marker",
    [
        "Correction: an earlier version of this article misstated the name.",
        "(Corrects name in paragraph 2)",
        "This story has been corrected.",
        "Berichtigung: Der Name war falsch.",
        "Rectificatif : le nom était faux.",
        "Corrección: el nombre era otro.",
        "Исправлено: имя было неверным.",
        "Editor's note: the photograph was replaced.",
    ],
)
def test_a_correction_is_always_told(marker: str) -> None:
    """However small it is."""
    found = change(f"{BODY}\n\n{marker}")
    assert found.kind is ChangeKind.CORRECTION
    assert found.is_worth_telling


def test_a_correction_is_told_once() -> None:
    """The next version still carries the marker."""
    corrected = f"{BODY}\n\nCorrection: the name was wrong."
    assert not change(corrected.replace("on Monday", "Monday"), corrected).is_worth_telling


def test_a_market_correction_is_none() -> None:
    """The word inside a sentence marks nothing."""
    assert not change(BODY.replace("on Monday", "on Monday after a market correction")).is_worth_telling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.5 mln dollars", {2.5e6}),
        ("$19bn", {19e9}),
        ("3 Mrd. Euro und 4,5 Millionen", {3e9, 4.5e6}),
        ("1,200 homes", {1200}),
        ("1.200 Häuser", {1200}),
        ("at 10:30, 5 pm and 14h30", set()),
        ("in 2026 and 1999", set()),
        ("2,026 cases", {2026}),
        ("seven hurt, zwölf Tote, двенадцать", {7, 12}),
        ("one man", set()),
        ("9" * 400, {float("inf")}),
    ],
)
def test_figures_are_read_as_numbers(text: str, expected: set[float]) -> None:
    """Scaled, grouped and spelled out; neither clock times nor years."""
    assert figures(text) == expected


def test_a_figure_is_replaced_when_one_goes_and_another_comes() -> None:
    """Added and dropped figures, and rounding, are no replacement."""
    assert are_replaced(frozenset({5.0}), frozenset({7.0}))
    assert not are_replaced(frozenset({5.0}), frozenset({5.0, 7.0}))
    assert not are_replaced(frozenset({5.0, 7.0}), frozenset({5.0}))
    assert not are_replaced(frozenset({1_984_000.0}), frozenset({2_000_000.0}))


def test_a_huge_article_is_compared_in_bounded_time() -> None:
    """Sentences beyond the first hundreds are not listed."""
    before = "Same. " * 50_000
    found = change(before + "Other. " * 50_000, before)
    assert len(found.added) <= 400


@pytest.mark.parametrize(
    "said",
    [
        *(
            "Correction: it was two.",
            "CORRECTED-Two",
            "Corrects name:",
            "(Corrects name)",
            "(Refiles to mend)",
        ),
        *(
            "Clarification: two",
            "Retraction",
            "Editors' note",
            "Korrektur: zwei",
            "Berichtigung",
            "Berichtigt:",
        ),
        *(
            "Richtigstellung",
            "Rectificatif",
            "Correctif",
            "Corrigé : deux",
            "Corrección: dos",
            "Rectificación",
        ),
        *("Correzione", "Errata", "Correção: dois", "Исправлено", "Поправка", "Уточнение", "Виправлено"),
        *("An earlier version of this said", "It has been amended", "was corrected on", "updated to correct"),
        *("In einer früheren Version", "en una versión anterior", "cet article a été corrigé", "Rättelse"),
        *(
            "une version précédente de cet article a été corrigé",
            "withdraws this story",
            "story is withdrawn",
        ),
        *("Gecorrigeerd", "Rectificatie", "Rettelse", "Sprostowanie", "Oprava", "Corretto", "Korrigiert"),
    ],
)
def test_a_correction_is_announced_in_many_ways(said: str) -> None:
    """At the start of a line, or anywhere where the words leave no doubt."""
    assert versions.has_marker(said)
    assert versions.has_marker(f"Something before.\n{said}")
