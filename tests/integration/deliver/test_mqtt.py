"""MQTT through Apprise, into a real broker and out of it again."""

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import Outcome
from tests.support.messages import notification, rendered, spec

pytest.importorskip("amqtt", reason="the MQTT broker is installed on Linux only")
pytest.importorskip("paho.mqtt.client")

from tests.support.mqttbroker import MqttBroker


@pytest.fixture(scope="module")
def broker():
    with MqttBroker("news/#") as running:
        yield running


def mqtt(broker: MqttBroker, path: str = "news/alerts?qos=1"):
    return create(spec(f"mqtt://127.0.0.1:{broker.port}/{path}"), Context())


def test_a_message_arrives_with_its_headline_and_link(broker):
    """Who subscribes to the topic gets one message, at least once (QoS 1)."""
    channel = mqtt(broker, "news/one?qos=1")
    assert channel.send(rendered(title="Ferry aground off the pier"), channel.recipients[0]) == Outcome()
    (message,) = [one for one in broker.wait_for(1) if one.topic == "news/one"]
    assert message.qos == 1
    assert "Ferry aground off the pier" in message.text
    assert "https://news.example/ferry" in message.text


def test_a_hostile_text_arrives_without_hidden_characters(broker):
    """Control characters and disguises are gone; what looks like markup is text."""
    before = len(broker.wait_for(0))
    channel = mqtt(broker, "news/two?qos=1")
    assert channel.send(
        rendered(title="Ferry\x1b]0;x\x07\u202e\r\n&lt;b&gt;@everyone"), channel.recipients[0]
    ).sent
    message = broker.wait_for(before + 1)[-1]
    assert not any(sign in message.text for sign in "\x1b\x07\u202e\r")
    assert "<b>@\u2060everyone" in message.text


def test_messages_in_a_row_keep_their_order(broker):
    """As they were sent."""
    before = len(broker.wait_for(0))
    channel = mqtt(broker, "news/three?qos=1")
    for number in range(5):
        message = notification(short=f"[ports] Report {number}\nhttps://news.example/{number}")
        assert channel.send(message, channel.recipients[0]).sent
    texts = [one.text for one in broker.wait_for(before + 5)[before:]]
    assert texts == [f"[ports] Report {number}\nhttps://news.example/{number}" for number in range(5)]


def test_a_broker_that_is_down_is_tried_again():
    """Nobody listening is a failure that passes."""
    with MqttBroker("news/#") as gone:
        port = gone.port
    channel = create(spec(f"mqtt://127.0.0.1:{port}/news/alerts"), Context())
    assert channel.send(notification(), channel.recipients[0]).reason is DeliveryReason.TRANSIENT
