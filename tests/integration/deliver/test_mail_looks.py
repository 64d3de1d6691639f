"""Mail in a real browser, light and dark, wide and narrow: legible, nothing cut off, nothing fetched."""

from dataclasses import replace
from functools import cache

import pytest

from monitor.deliver import digests
from monitor.errors import DecisionReason
from monitor.model import AlertId, AlertKind, Bundle, Difference, DigestContent, Priority, StoryId
from tests.support import chromium
from tests.support.messages import DECIDED_AT, alert, notification, rendered

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.find() is None, reason="there is no Chromium on this machine"),
]

HEADLINES = (
    "Passenger ferry runs aground off Trelleborg, 214 people wait for tugs",
    "Паром сел на мель у Треллеборга: пассажиров эвакуируют вертолётами",
    "عبارة تجنح قبالة السواحل",
    "Ferrydonaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstellenleiterin" * 2,
)


@cache
def mails() -> dict[str, str]:
    """The HTML of each kind of message."""
    many = [
        replace(
            alert(title=HEADLINES[n % 4], rule=rule),
            id=AlertId(n + 1),
            story_id=StoryId(n + 1),
            outlets=1 + n % 4,
        )
        for n, rule in enumerate(["ports and ferries"] * 14 + ["Венесуэла и Россия"] * 3)
    ]
    content = DigestContent(
        bundle=Bundle.DIGEST, name="", alerts=tuple(many), since_at=None, until_at=DECIDED_AT
    )
    digest = digests.render(
        content, alert_id=AlertId(9), delivery_key="k", now=DECIDED_AT, time_zone="UTC", repeat=True
    )
    notice = rendered(
        kind=AlertKind.NOTICE,
        article=None,
        priority=Priority.HIGH,
        headline="A feed is gone",
        detail="HTTP 410\nRemove it.",
    )
    return {
        "alert": rendered(title=HEADLINES[0], outlets=5, notes=("language unknown",)).html,
        "long words": rendered(title=HEADLINES[3], content=HEADLINES[3], query="x" * 400).html,
        "urgent": rendered(title=HEADLINES[1], priority=Priority.HIGH).html,
        "notice": notice.html,
        "update": rendered(
            kind=AlertKind.UPDATE,
            reason=DecisionReason.UPDATED,
            outlets=5,
            reports=5,
            copies=12,
            difference=Difference(("numbers",), removed=("Two people died.",), added=("Nine people died.",)),
        ).html,
        "digest": digest.html,
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["alert", "long words", "urgent", "notice", "update", "digest"])
def test_every_text_can_be_read_and_nothing_hangs_over(name, dark):
    """Contrast as the accessibility guidelines ask for, on a small phone and on a desk; nothing is loaded."""
    for width in (340, 800):
        found = chromium.measure(mails()[name], width=width, dark=dark)
        assert found["texts"]
        assert found["width"] <= width
        assert found["loaded"] == 0
        faint = [text for text in found["texts"] if text["contrast"] < 4.5]
        assert faint == []
        assert [text for text in found["texts"] if text["right"] > width] == []


def test_dark_is_dark_and_light_is_light():
    """The reader's own choice holds."""
    grounds = [chromium.measure(mails()["alert"], width=800, dark=dark)["ground"] for dark in (False, True)]
    assert grounds == ["rgb(242, 243, 245)", "rgb(22, 24, 28)"]


def test_a_picture_can_be_taken(tmp_path):
    """For looking at it: a PNG as wide as the window."""
    page = tmp_path / "mail.html"
    page.write_text(mails()["digest"], encoding="utf-8")
    chromium.screenshot(page, tmp_path / "mail.png", width=800)
    head = (tmp_path / "mail.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert int.from_bytes(head[16:20], "big") == 800


def test_the_measure_sees_what_is_wrong():
    """Faint text, a picture from elsewhere and a line that is too wide are found."""
    bad = (
        '<body style="background:#fff"><p style="color:#eee">faint</p>'
        '<p style="white-space:nowrap">' + "wide " * 200 + '</p><img src="https://news.example/p.png"></body>'
    )
    found = chromium.measure(bad, width=340)
    assert min(text["contrast"] for text in found["texts"]) < 1.5
    assert found["width"] > 340
    assert found["loaded"] == 1
    assert notification().html
