"""Many events of one subject, each in the words of two outlets: what `Venezuela AND Russia` matches."""

import json
from pathlib import Path

_LEADS = Path(__file__).parents[1] / "data" / "one_subject.jsonl"

EVENTS = (
    (
        "Venezuela and Russia sign oil deal in Caracas",
        "Caracas and Moscow seal oil agreement, Venezuela says after talks with Russia",
    ),
    ("Russia and Venezuela condemn new sanctions", "New sanctions condemned by Venezuela and Russia"),
    (
        "Venezuela: Russia sends two bombers to Caracas",
        "Two Russia bombers land in Venezuela's capital Caracas",
    ),
    (
        "Kremlin: Russia and Venezuela closely monitor US moves",
        "Moscow watching US moves closely with Venezuela, Russia's Kremlin says",
    ),
    (
        "Russia delivers wheat to Venezuela as bread queues grow",
        "Bread queues: Russia wheat shipment arrives in Venezuela",
    ),
    (
        "Venezuela and Russia to hold joint naval drill in Caribbean",
        "Russia, Venezuela plan naval exercise in the Caribbean",
    ),
    (
        "Rosneft sells Venezuela assets to Russia state firm",
        "Rosneft hands its Venezuela assets to firm owned by Russia state",
    ),
    (
        "Russia's Lavrov to visit Venezuela next month",
        "Lavrov, Russia foreign minister, plans Venezuela visit in coming month",
    ),
    (
        "Venezuela asks Russia for help to repair power grid",
        "Blackouts: Venezuela turns to Russia for power grid repair",
    ),
    (
        "Russia and Venezuela open direct flights from Moscow",
        "Moscow-Caracas flights begin as Russia and Venezuela restore link",
    ),
    ("Venezuela central bank moves gold to Russia", "Gold from Venezuela central bank flown to Russia"),
    (
        "Maduro thanks Russia for vaccine shipment to Venezuela",
        "Vaccines from Russia arrive in Venezuela, Maduro gives thanks",
    ),
    ("Russia denies sending mercenaries to Venezuela", "No mercenaries in Venezuela, Russia says"),
    ("Venezuela buys Russia made helicopters", "Russia to supply helicopters to Venezuela"),
    ("US warns Russia over Venezuela arms sales", "Arms for Venezuela: Washington warns Russia"),
    (
        "Russia and Venezuela sign film and culture pact",
        "Film and culture agreement between Venezuela and Russia signed",
    ),
    (
        "Venezuela opposition leader urges Russia to cut ties",
        "Cut ties with Maduro, Venezuela opposition tells Russia",
    ),
    (
        "Venezuela, Russia agree on training centre for pilots",
        "Pilots to train at new centre of Russia and Venezuela",
    ),
    ("Russia bank under fire for Venezuela accounts", "Venezuela accounts put Russia bank under scrutiny"),
    (
        "Tourists from Russia return to Venezuela island of Margarita",
        "Margarita island: Venezuela welcomes first tourists from Russia",
    ),
    ("Venezuela and Russia discuss nuclear medicine", "Nuclear medicine on agenda of Russia-Venezuela talks"),
    ("Russia writes off Venezuela debt", "Venezuela debt written off by Russia"),
    (
        "Fire at Venezuela refinery run with Russia partner",
        "Refinery fire in Venezuela hits joint venture with Russia",
    ),
    ("Venezuela women beat Russia in volleyball", "Volleyball: Russia beaten by Venezuela women"),
    (
        "Chess: Russia's champion draws with Venezuela prodigy",
        "Venezuela prodigy holds Russia chess champion to draw",
    ),
)

# Each event as two reports, of a headline and a lead.
EVENTS_WITH_LEADS: list[list[tuple[str, str]]] = [
    [(title, text) for title, text in json.loads(line)] for line in _LEADS.read_text("utf-8").splitlines()
]
