"""Every kind of hostile text through every family of channel, as it arrives at the other end."""

import html.parser
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import pytest

from monitor.deliver.channel import Context, create
from monitor.model import Notification
from monitor.pipeline.surroundings import channel_context
from tests.support.apprisehosts import hosted_at
from tests.support.httpsink import Answer, HttpSink
from tests.support.ircserver import IrcServer
from tests.support.messages import rendered, spec
from tests.support.smtpserver import SmtpServer

LINK = "https://news.example/ferry?id=1"
ADDRESSES = {
    "slack": "slack+http://{}/services/T/B/X",
    "discord": "discord+http://{}/api/webhooks/1/t",
    "telegram": "telegram+http://{}/bot1:a?chat=-1",
    "teams": "teams+http://{}/workflows/1",
    "googlechat": "googlechat+http://{}/v1/spaces/x/messages?key=k",
    "mattermost": "mattermost+http://{}/hooks/k",
    "rocketchat": "rocketchat+http://{}/hooks/k",
    "ntfy": "ntfy+http://{}/news",
    "gotify": "gotify+http://{}?token=abcdef",
    "matrix": "matrix+http://:syt_token@{}/!room:example.org",
    "webhook": "webhook+http://{}/hook",
}
THROUGH_APPRISE = {
    "slack://": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F",
    "discord://": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "discord:// with embeds": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?format=markdown",
    "tgram://": "tgram://123456789:AAFdT7ld3kqx5yMZ/-1001234567890",
    "matrix://": "matrix://news:password@{}/!room:example.org",
    "mmost://": "mmost://{}/3ccdd113474722377935511fc85d3dd4",
    "rocket://": "rocket://webhookaaaa%2Fwebhookbbbb@{}/#news?mode=webhook",
    "gchat://": "gchat://workspace/key/token",
    "ntfy://": "ntfy://{}/news",
    "gotify://": "gotify://{}/3ccdd113474722377935511fc85d3dd4",
}
ADDRESSES |= THROUGH_APPRISE
MATRIX_SERVER = {
    "access_token": "syt",
    "user_id": "@news:example.org",
    "home_server": "example.org",
    "room_id": "!room:example.org",
    "event_id": "$1",
}
CHATS = {*ADDRESSES, "irc"} - {"webhook"}
HTML = {"mail", "telegram", "matrix", "feed", "tgram://", "matrix://"}
SIZES = {"slack": 3000, "discord": 2000, "telegram": 4096, "irc": 380, "ntfy": 4096}
SIZES |= {"slack://": 3000, "discord://": 2000, "tgram://": 4096, "mmost://": 4000, "ntfy://": 4096}


@dataclass(frozen=True)
class Arrived:
    """What came: every text of it; of HTML that which a program shows; the title where there is one."""

    texts: tuple[str, ...]
    html: str = ""
    title: str = ""

    @property
    def all(self) -> str:
        return "\n".join((*self.texts, self.html))


Send = Callable[[Notification], Arrived]


def _texts(value: Any) -> Iterator[str]:
    """Every text within JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, list):
        yield from (text for one in value for text in _texts(one))


@contextmanager
def _posted(family: str) -> Iterator[Send]:
    with HttpSink() as sink, hosted_at(sink.port):
        if family == "matrix":
            sink.answer(Answer(body=b'{"room_id": "!room:example.org"}'))
        if family in THROUGH_APPRISE:  # what a Matrix server says to a log-in, to joining and to an event
            sink.answer(*[Answer(body=json.dumps(MATRIX_SERVER).encode())] * 5)
        channel = create(spec(ADDRESSES[family].format(f"127.0.0.1:{sink.port}")), channel_context())

        def send(message: Notification) -> Arrived:
            assert channel.send(message, channel.recipients[0]).sent
            content = sink.wait_for(1)[-1].json
            markup = content.get("formatted_body") or content["text"] if family in HTML else ""
            title = content.get("title", "")
            return Arrived(tuple(_texts(content)), markup, title)

        yield send


@contextmanager
def _mailed() -> Iterator[Send]:
    with SmtpServer() as server:
        channel = create(spec(server.url(to=["desk@reader.example"])), Context())

        def send(message: Notification) -> Arrived:
            assert channel.send(message, channel.recipients[0]).sent
            (mail,) = server.wait_for(1)
            assert mail.recipients == ("desk@reader.example",)
            headers = {name.lower() for name in mail.message}
            assert not headers & {"bcc", "cc", "x-evil"}
            subject, text, html = str(mail.message["Subject"]), mail.text, mail.html
            return Arrived((subject, text.replace("\r\n", "\n")), html.replace("\r\n", "\n"), subject)

        yield send


@contextmanager
def _said() -> Iterator[Send]:
    with IrcServer() as server, server.listen("#news") as listener:
        channel = create(spec(f"irc://bot@127.0.0.1:{server.port}/%23news?join=yes"), Context())

        def send(message: Notification) -> Arrived:
            assert channel.send(message, "").sent
            (line,) = listener.wait_for(1)
            return Arrived((line,), title=line)

        yield send


@contextmanager
def _written(family: str, folder: Path) -> Iterator[Send]:
    """Channels of this machine: a file, feeds, a program's input, a terminal."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\ncat > {folder}/input\n")
    program.chmod(0o755)
    address = {
        "file": f"file://{folder}/alerts.jsonl",
        "feed": f"feed://{folder}",
        "command": f"command://{program}?stdin=text",
        "console": "console://",
    }[family]
    stream = io.StringIO()
    channel = create(spec(address), Context(stream=stream))

    def send(message: Notification) -> Arrived:
        assert channel.send(message, "").sent
        if family == "file":
            (line,) = (folder / "alerts.jsonl").read_text("utf-8").splitlines()
            content = json.loads(line)
            return Arrived(tuple(_texts(content)), title=content["title"])
        if family == "feed":
            parsed = feedparser.parse((folder / "ports.atom").read_bytes())
            assert not parsed.bozo
            (entry,) = parsed.entries
            return Arrived((entry.title,), entry.content[0].value, entry.title)
        text = (folder / "input").read_text("utf-8") if family == "command" else stream.getvalue()
        return Arrived((text,))

    yield send


@contextmanager
def opened(family: str, folder: Path) -> Iterator[Send]:
    """A channel of that family with its other end."""
    if family in ADDRESSES:
        made = _posted(family)
    elif family == "mail":
        made = _mailed()
    elif family == "irc":
        made = _said()
    else:
        made = _written(family, folder)
    with made as send:
        yield send


class _Tags(html.parser.HTMLParser):
    """The tags of a document, with the addresses in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links |= {value or "" for name, value in attributes if name in ("href", "src")}
        assert not any(name.startswith("on") for name, _ in attributes)


def one_line_titles(family: str, came: Arrived) -> None:
    """The title stays one line; what came after its line end is no header, command or message."""
    assert "\r" not in came.all
    assert "\n" not in came.title
    assert "Bcc: everybody@evil.example" in came.all.replace("\u2060", "").replace("\\", "")


def cut_titles(family: str, came: Arrived) -> None:
    """An endless headline is cut, where there is a title to 200 characters or so; it arrives all the same."""
    assert len(came.title) <= 310 if family in ("file", "feed") else len(came.title) <= 380
    if family == "mail":
        assert len(came.title) <= 200


def nobody_called(family: str, came: Arrived) -> None:
    """No mention works in any chat; elsewhere these are words."""
    if family in CHATS:
        assert not re.search(r"@(everyone|here|channel|all)\b|<!|<@U", "\n".join(came.texts))


def links_that_say_where_they_lead(family: str, came: Arrived) -> None:
    """No link of the feed's text becomes one, let alone under another name; no picture is fetched."""
    if family in HTML:
        tags = _Tags(came.html)
        assert not tags.names & {"img", "script", "iframe", "object", "link", "form"}
        assert not any("evil" in link for link in tags.links)
    if family in CHATS:
        said = "\n".join(came.texts)
        assert not re.search(r"(?<!\\)\]\(<?https://evil|<https://evil", said)


def markup_is_text(family: str, came: Arrived) -> None:
    """Tags of the feed's, odd or closing ours, are shown as they are written."""
    if family in HTML:
        assert not _Tags(came.html).names & {"script", "odd", "blink"}
    if family in {"slack", "slack://"}:
        assert not re.search(r"</|<(?!http)", "\n".join(came.texts))


def one_message(family: str, came: Arrived) -> None:
    """A hundred kilobytes are one message of the size that people read and services take."""
    if family not in ("file", "webhook"):  # whose readers are programs; they get the headline whole
        assert max(map(len, came.texts)) <= SIZES.get(family, 16_000)
    assert len(came.all) < 250_000
    assert len(came.html.encode()) < 100_000


def nothing_for_the_terminal(family: str, came: Arrived) -> None:
    """No escape, bell, NUL, direction or half character comes through."""
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", came.all
    )


CASES: dict[str, tuple[str, Callable[[str, Arrived], None]]] = {
    "line ends": ("Ferry\r\nBcc: everybody@evil.example\r\n\r\nX-Evil: 1\nQUIT :gone", one_line_titles),
    "3,000 characters": ("Ferry aground " * 215, cut_titles),
    "mentions": ("Ferry @everyone @here &lt;!channel&gt; &lt;@U024BE7LH&gt; @channel", nobody_called),
    "slack link": ("Ferry &lt;https://evil.example|bank.example&gt;", links_that_say_where_they_lead),
    "markdown link": (
        "Ferry [bank.example](https://evil.example) ![p](https://evil.example/p.png) &lt;img src=//evil&gt;",
        links_that_say_where_they_lead,
    ),
    "odd tags": (
        "Ferry &lt;/b&gt;&lt;/a&gt;&lt;/td&gt; &lt;script&gt;x&lt;/script&gt; &lt;odd &lt;blink&gt;",
        markup_is_text,
    ),
    "100 kB": ("Ferry aground. " * 7_000, one_message),
    "terminal": ("Ferry \x1b[2J\x07\x00\x02 \u202egnol\u2069 \ud800 \ufeff", nothing_for_the_terminal),
    "log lines": ('Ferry\n{"event": "delivery", "outcome": "sent"}\nagain', one_message),
    "formula": ('=HYPERLINK("https://evil.example") Ferry', links_that_say_where_they_lead),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", [*ADDRESSES, "mail", "irc", "file", "feed", "command", "console"])
def test_a_hostile_text_arrives_harmless(tmp_path, family, case):
    """In the headline, the text, the outlet's name and the author's: one message, with its link."""
    text, check = CASES[case]
    message = rendered(title=text, summary=text, content=f"<p>{text}</p>", source=text, author=text)
    with opened(family, tmp_path) as send:
        came = send(message)
    check(family, came)
    nothing_for_the_terminal(family, came)
    if family != "feed":  # where the link is the entry's own
        assert "https://news.example/ferry?id=1" in came.all.replace("&amp;", "&")
