"""Headlines of one form about different events are other stories; other words for one event are no form."""

from datetime import timedelta

import pytest

from monitor.dedup import Deduplicator
from monitor.dedup.frame import is_one_frame
from monitor.model import Article
from tests.support.newswire import NOON

FRAMES = [
    (
        "Magnitude 6.1 earthquake strikes off Sumatra, Indonesia",
        "Magnitude 6.1 earthquake strikes off Mindanao, Philippines",
    ),
    (
        "Oil rises on supply fears",
        "Oil falls on supply fears",
    ),
    (
        "Siemens third-quarter profit beats expectations",
        "Bayer third-quarter profit beats expectations",
    ),
    (
        "Apple posts record second-quarter revenue",
        "Apple posts record third-quarter revenue",
    ),
    (
        "Bayern München schlägt Augsburg 3:1",
        "Bayern München schlägt Stuttgart 2:0",
    ),
    (
        "Arsenal beat Chelsea 2-1 to go top of the league",
        "Liverpool beat Everton 2-1 to go top of the league",
    ),
    (
        "Djokovic beats Alcaraz to reach Paris final",
        "Sinner beats Zverev to reach Paris final",
    ),
    (
        "Man jailed for 12 years for murder in Leeds",
        "Man jailed for 9 years for murder in Bristol",
    ),
    (
        "Lyon : un homme condamné pour le meurtre de sa femme",
        "Nantes : un homme condamné pour le meurtre de sa femme",
    ),
    (
        "Climate talks: Day 3 of COP31 in Antalya",
        "Climate talks: Day 4 of COP31 in Antalya",
    ),
    (
        "Wetter in Hessen: Heute Regen und bis zu 12 Grad",
        "Wetter in Hessen: Morgen sonnig und bis zu 17 Grad",
    ),
    (
        "Resultados de la Primitiva del jueves 20 de noviembre",
        "Resultados de la Primitiva del sábado 22 de noviembre",
    ),
    (
        "Exit poll: Conservatives ahead in Norway election",
        "Exit poll: Conservatives ahead in Chile election",
    ),
    (
        "Actor John Miller dies aged 84",
        "Actor Peter Miller dies aged 91",
    ),
    (
        "Toyota Recalls 120,000 Vehicles Over Brake Fault",
        "Honda Recalls 250,000 Vehicles Over Brake Fault",
    ),
    (
        "Incidente sull'A1 a Modena, morti due operai",
        "Incidente sull'A4 a Bergamo, morti tre operai",
    ),
    (
        "Incêndio destrói armazém em Braga",
        "Incêndio destrói fábrica em Aveiro",
    ),
    (
        "Jury acquits former mayor of bribery",
        "Jury convicts former mayor of bribery",
    ),
    (
        "В Казани в ДТП погибли три человека",
        "В Самаре в ДТП погибли два человека",
    ),
    (
        "北海道で震度5弱の地震 津波の心配なし",
        "沖縄で震度4の地震 津波の心配なし",
    ),
    (
        "Wypadek na A4 pod Wrocławiem, dwie osoby nie żyją",
        "Wypadek na S8 pod Warszawą, trzy osoby nie żyją",
    ),
]
ONE_EVENT = [
    ("Strong earthquake hits southern Peru near Arequipa", "Earthquake near Arequipa in Peru damages homes"),
    ("Storm hits the coast of Chile", "Storm batters the coast of Chile"),
    ("Norway raises its interest rate", "Norway raises its interest rate again"),
    (
        "Lindsay Lohan Leaves Clinic, Checks Into Malibu Rehab",
        "Lindsay Lohan Checks Into Court-Ordered Rehab",
    ),
    ("Court in Nairobi acquits former minister", "Former minister acquitted of fraud by Nairobi court"),
]


@pytest.mark.parametrize(("one", "other"), FRAMES)
def test_headlines_of_one_form_begin_stories_of_their_own(one: str, other: str) -> None:
    """Whichever comes first; a story that is joined wrongly hides news."""
    for titles in ((one, other), (other, one)):
        assert is_one_frame(*titles)
        deduplicator = Deduplicator()
        found = [
            deduplicator.add(
                Article(id=str(n), title=title, source=f"outlet {n}", published_at=NOON + timedelta(hours=n))
            )
            for n, title in enumerate(titles)
        ]
        assert [item.story for item in found] == ["0", "1"]


@pytest.mark.parametrize(("one", "other"), ONE_EVENT)
def test_other_words_for_one_event_are_no_form(one: str, other: str) -> None:
    """No name and no number is exchanged for another one."""
    assert not is_one_frame(one, other)


def test_equal_and_empty_headlines_are_no_form() -> None:
    """There is nothing in which they differ."""
    assert not is_one_frame("Storm hits Chile", "Storm hits Chile")
    assert not is_one_frame("", "")
    assert not is_one_frame("Storm hits Chile", "")
