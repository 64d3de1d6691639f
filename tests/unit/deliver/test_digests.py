"""Digests as messages: contents, order, cuts, and what a hostile feed cannot do in them."""

import re
from dataclasses import replace

import pytest

from monitor.deliver import chat, digests
from monitor.model import AlertId, Bundle, DigestContent, StoryId
from tests.support.messages import DECIDED_AT, alert
from tests.unit.deliver.test_chat import DIALECTS, HOSTILE


def digest(*alerts, repeat=False, name=""):
    content = DigestContent(
        bundle=Bundle.DIGEST, name=name, alerts=tuple(alerts), since_at=None, until_at=DECIDED_AT
    )
    return digests.render(
        content,
        alert_id=AlertId(900),
        delivery_key="k",
        now=DECIDED_AT,
        time_zone="Europe/Vienna",
        repeat=repeat,
    )


def numbered(number: int, rule: str = "ports", **changes):
    one = alert(rule=rule, **{"title": f"Ferry {number} runs aground", **changes})
    return replace(one, id=AlertId(number), story_id=StoryId(number))


def test_the_contents_stand_first_and_lead_to_the_rules():
    """Counts by rule, each a link to its part of the page."""
    html = digest(*(numbered(n) for n in (1, 2)), numbered(3, "sanctions", outlets=4)).html
    assert html.index('href="#rule-1"') < html.index('id="rule-1"') < html.index('id="rule-2"')
    assert "4 outlets" in html
    assert "Ferry</mark> 1 runs" in html


def test_beyond_the_most_important_only_headlines_are_told():
    """And beyond a hundred of one rule, how many there are more."""
    message = digest(*(numbered(n) for n in range(1, 121)))
    assert message.html.count("09:30 CET") == digests.TOP
    assert "… and 20 more stories" in message.html
    assert "… and 20 more stories" in message.text
    assert len(message.payload["rules"][0]["alerts"]) == 120


@pytest.mark.parametrize("name", DIALECTS)
def test_a_chat_gets_the_counts_and_as_many_headlines_as_go_in(name):
    """The first story of each rule before the second of any; the rest is counted."""
    dialect = replace(DIALECTS[name], limit=1200)
    alerts = [numbered(n, rule) for n, rule in enumerate(["ports"] * 30 + ["sanctions"] * 2, start=1)]
    text = chat.compose(digest(*alerts), dialect).text
    assert dialect.measure(text) <= 1200
    assert "30 ports, 2 sanctions" in text
    lines = text.split("\n")
    assert "… and " in lines[-2]
    assert lines[-1].endswith("900")
    assert "31" in lines[3] + lines[2]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", DIALECTS)
def test_hostile_headlines_stay_words(name, text):
    """In mail and in each markup."""
    message = digest(numbered(1, title=text, source=text), numbered(2, text[:60], title=text))
    shown = chat.compose(message, DIALECTS[name]).text
    assert "@everyone" not in shown
    assert "<!channel>" not in shown
    assert "<script" not in message.html
    assert "\x1b" not in shown + message.text + message.html


def test_nothing_new_is_said_plainly():
    """An empty digest, for those who asked for it."""
    message = digest(name="evening")
    assert message.title == "Digest of evening: nothing new"
    assert chat.compose(message, chat.PLAIN).text.startswith("Digest of evening: nothing new")
    assert "<h1" in message.html


@pytest.mark.parametrize(("rules", "stories"), [(1, 90), (20, 60), (400, 1), (2000, 2)])
def test_a_mail_is_never_so_large_that_it_is_clipped(rules, stories):
    """Gmail cuts at 102 kB: we cut before, with a count and the command that shows the rest."""
    alerts = [numbered(100 * rule + n, f"rule {rule}") for rule in range(rules) for n in range(stories)]
    html = digest(*alerts).html
    assert len(html.encode()) < 100_000
    told = len(re.findall(r" \d+ runs ", re.sub("<[^>]*>", "", html)))
    assert told
    left = sum(map(int, re.findall(r"… and (\d+) more stor", html)))
    assert "newsmonitor alerts list --rule &#39;rule 0&#39;" in html or not left
    if found := re.search(r"… and (\d+) alerts? of (\d+) more rules?: newsmonitor alerts list", html):
        left += int(found[1])
    assert told + left == rules * stories
