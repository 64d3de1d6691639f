"""Alerts as feeds in a folder, read back by our own readers."""

import json
from dataclasses import replace

import feedparser
import pytest

from monitor.deliver.channel import Context, create, validate
from monitor.deliver.feed import file_name
from monitor.errors import DeliveryReason
from monitor.formats import jsonfeed
from tests.support.messages import DECIDED_AT, notification, rendered, spec
from tests.unit.deliver.test_chat import HOSTILE

CONTEXT = Context(now=lambda: DECIDED_AT, instance="here")


def feeds(folder, more: str = ""):
    return create(spec(f"feed://{folder}{more}"), CONTEXT)


def test_each_rule_has_an_atom_and_a_json_feed(tmp_path):
    """Readers see headline, link, outlet, language, time and the text with the marked words."""
    channel = feeds(tmp_path / "alerts", "?base=https://news.example/alerts/")
    assert channel.send(rendered(), "").sent
    assert channel.send(rendered("b", rule="Other Rule"), "").sent
    names = sorted(path.name for path in (tmp_path / "alerts").iterdir())
    assert names == [
        f"{file_name('Other Rule')}.atom",
        f"{file_name('Other Rule')}.json",
        "ports.atom",
        "ports.json",
    ]
    parsed = feedparser.parse((tmp_path / "alerts" / "ports.atom").read_bytes())
    assert not parsed.bozo
    (entry,) = parsed.entries
    assert (entry.title, entry.link) == (
        "Ferry runs aground off Trelleborg",
        "https://news.example/ferry?id=1",
    )
    assert entry.author == "The Baltic Post"
    assert "<b>ferry</b>" in entry.content[0].value
    document = jsonfeed.read(
        (tmp_path / "alerts" / "ports.json").read_bytes(), url="https://news.example/f.json"
    )
    (article,) = document.articles
    assert (article.title, article.language) == ("Ferry runs aground off Trelleborg", "en")
    assert json.loads((tmp_path / "alerts" / "ports.json").read_text())["feed_url"].endswith(
        "/alerts/ports.json"
    )


def test_the_latest_stand_first_and_the_oldest_drop_out(tmp_path):
    """A feed is bounded; a repeat replaces its entry instead of coming twice."""
    channel = feeds(tmp_path, "?items=3")
    for key in ("a", "b", "c", "d", "d"):
        channel.send(rendered(key, title=f"Ferry {key} aground"), "")
    items = json.loads((tmp_path / "ports.json").read_text())["items"]
    assert [item["title"] for item in items] == ["Ferry d aground", "Ferry c aground", "Ferry b aground"]
    assert len(feedparser.parse((tmp_path / "ports.atom").read_bytes()).entries) == 3


@pytest.mark.parametrize("text", [*HOSTILE, "]]> \ud800 \x00 \ufffe"])
def test_a_hostile_text_breaks_no_reader(tmp_path, text):
    """The XML is well formed, and nothing in it is the feed's own markup."""
    message = rendered(title=text, summary=text, content=text, source=text, rule=f"../{text[:50]}")
    assert feeds(tmp_path).send(message, "").sent
    (path,) = tmp_path.glob("*.atom")
    assert path.parent == tmp_path
    parsed = feedparser.parse(path.read_bytes())
    assert not parsed.bozo
    assert "<script" not in parsed.entries[0].content[0].value


def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path):
    """A damaged memory costs old entries, not new alerts."""
    (tmp_path / "ports.json").write_text("{half")
    assert feeds(tmp_path).send(rendered(), "").sent
    assert len(json.loads((tmp_path / "ports.json").read_text())["items"]) == 1


def test_nothing_half_written_is_ever_seen(tmp_path):
    """The draft has another name, and is gone afterwards."""
    feeds(tmp_path).send(rendered(), "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ports.atom", "ports.json"]


def test_names_of_rules_never_meet():
    """Letters that a file's name cannot have are told apart by a digest."""
    assert file_name("ports") == "ports"
    assert len({file_name(name) for name in ("Ports", "ports", "ports!", "порты", "Ports ", "")}) == 6


def test_a_message_made_by_hand_and_a_notice_are_written_too(tmp_path):
    """Whatever there is to tell."""
    assert feeds(tmp_path).send(notification(), "").sent
    assert feeds(tmp_path).send(replace(notification(key="n"), payload={}), "").sent


def test_a_folder_that_is_a_file_is_a_matter_of_configuration(tmp_path):
    """It will not become a folder by waiting."""
    (tmp_path / "taken").write_text("")
    assert feeds(tmp_path / "taken").send(rendered(), "").reason is DeliveryReason.CONFIGURATION


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("feed://folder", "three slashes"),
        ("feed:///tmp/x?item=3", "`item=` is not known"),
        ("feed:///tmp/x?items=0", "a number from 1 to 1000"),
        ("feed:///tmp/x?base=ftp://x", "web address of the folder"),
    ],
)
def test_an_address_that_is_wrong_is_refused(address, fault):
    """With what is wrong and how it looks right."""
    problem = validate(spec(address))
    assert problem is not None
    assert fault in problem
