"""Our own Matrix sender and a real homeserver, which keeps what was said."""

import pytest

from monitor.deliver.channel import create
from monitor.deliver.testing import HOSTILE, notification
from monitor.errors import DeliveryReason
from monitor.pipeline.surroundings import channel_context
from tests.support.messages import rendered, spec

pytest.importorskip("synapse", reason="the Matrix homeserver is installed on Linux only")

from tests.support.homeserver import Homeserver


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Homeserver(tmp_path_factory.mktemp("homeserver")) as running:
        yield running


def matrix(server: Homeserver, room: str, token: str = ""):
    token = token or server.token
    return create(
        spec(f"matrix+http://:{token}@127.0.0.1:{server.port}/#{room}:localhost"), channel_context()
    )


def test_a_repeat_is_one_message(server):
    """The same key twice and another one once: two messages, since the server knows the transaction."""
    room = server.create_room("repeats")
    channel = matrix(server, "repeats")
    for key in ("a", "a", "b"):
        assert channel.send(rendered(key), channel.recipients[0]).sent
    first, second = server.messages(room)
    assert first == second
    assert "https://news.example/ferry?id=1" in first["body"]
    assert first["formatted_body"].startswith("<b>[ports] Ferry runs aground off Trelleborg</b><br>")


def test_hostile_texts_are_said_harmlessly(server):
    """Every one arrives, mentions nobody and holds no markup but ours."""
    room = server.create_room("hostile")
    channel = matrix(server, "hostile")
    for number, text in enumerate(HOSTILE):
        assert channel.send(notification(text, key=f"hostile {number}"), channel.recipients[0]).sent
    contents = server.messages(room)
    assert len(contents) == len(HOSTILE)
    for content in contents:
        assert content["m.mentions"] == {}
        said = content["body"] + content["formatted_body"]
        assert not any(
            sign in said for sign in ("@everyone", "@channel", "<script", "<img", "\x1b", "\u202e")
        )


def test_a_token_that_is_refused_is_a_matter_of_configuration(server):
    """Trying again would not help."""
    server.create_room("closed")
    channel = matrix(server, "closed", "syt_wrong")
    assert channel.send(notification(), channel.recipients[0]).reason is DeliveryReason.CONFIGURATION
