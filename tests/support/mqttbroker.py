"""A real MQTT broker on the loopback, and a subscriber that keeps what is published.

    with MqttBroker("news/#") as broker:
        ...   # publish to mqtt://127.0.0.1:PORT/news/alerts
        broker.wait_for(1)   # → [Message("news/alerts", 1, "the text")]

The broker and the subscriber are amqtt's, in a process of their own: `python -m tests.support.mqttbroker
TOPIC` prints the port, then a line of JSON for each message, until its input ends.
"""

import asyncio
import json
import subprocess
import sys
import threading
from typing import NamedTuple


class Message(NamedTuple):
    """What a subscriber got."""

    topic: str
    qos: int
    text: str


class MqttBroker:
    """Runs from `with` on."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._messages: list[Message] = []
        self._arrived = threading.Condition()

    def wait_for(self, count: int, *, seconds: float = 20) -> list[Message]:
        """The messages, once there are `count`."""
        with self._arrived:
            enough = self._arrived.wait_for(lambda: len(self._messages) >= count, timeout=seconds)
            assert enough, f"expected {count} messages within {seconds} s, got {self._messages}"
            return list(self._messages)

    def __enter__(self) -> "MqttBroker":
        command = [sys.executable, "-m", "tests.support.mqttbroker", self._topic]
        self._process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._arrived:
                self._messages.append(Message(*json.loads(line)))
                self._arrived.notify_all()

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._reading.join(10)
        self._process.stdout.close()


async def _serve(topic: str) -> None:
    from amqtt.broker import Broker
    from amqtt.client import MQTTClient

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    server = broker._servers["default"].instance
    port = server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    client = MQTTClient(config={"auto_reconnect": False})
    await client.connect(f"mqtt://127.0.0.1:{port}/")
    await client.subscribe([(topic, 1)])
    print(port, flush=True)
    listening = asyncio.create_task(_print(client))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.cancel()
    await client.disconnect()
    await broker.shutdown()


async def _print(client: "MQTTClient") -> None:  # type: ignore[name-defined]  # noqa: F821
    while True:
        message = await client.deliver_message()
        print(json.dumps([message.topic, message.qos, message.data.decode()]), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
