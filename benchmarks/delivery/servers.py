"""Messages into a real Matrix homeserver and a real MQTT broker, read back from there and shown.

    python -m benchmarks.delivery.servers [--into DIRECTORY] [matrix] [mqtt]

Synapse, amqtt and paho-mqtt are installed from the package index into a virtual environment of their
own (in DIRECTORY, which is kept, or a temporary one): they are too heavy for everybody's. Exits with 1
when a message did not arrive as it was meant, or a repeat came twice.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import rig
from monitor.deliver.channel import create
from monitor.deliver.testing import NOW, notification, spec
from monitor.pipeline.surroundings import channel_context

_PACKAGES = {"matrix": ["matrix-synapse"], "mqtt": ["amqtt", "paho-mqtt"]}
_PORTS = {"matrix": 18008, "mqtt": 18183}
_HOSTILE = "Ferry @everyone <b>aground</b> & @desk:localhost #news"
_BROKER = """
listeners: {{default: {{type: tcp, bind: "127.0.0.1:{port}"}}}}
plugins: {{amqtt.plugins.authentication.AnonymousAuthPlugin: {{allow_anonymous: true}}}}
"""
# Runs where paho-mqtt is: listens, sends one message through our Apprise channel, prints what came.
_MQTT = """
import json, sys, threading
import paho.mqtt.client as mqtt
came, ready = [], threading.Event()
arrived = threading.Event()
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.on_subscribe = lambda *_: ready.set()
def on_message(_client, _data, message):
    came.append(message.payload.decode()); arrived.set()
client.on_message = on_message
client.connect("127.0.0.1", PORT); client.subscribe("news/alerts", qos=1); client.loop_start()
assert ready.wait(10)
from monitor.deliver.channel import Context, create
from monitor.deliver.testing import notification, spec
channel = create(spec("mqtt://127.0.0.1:PORT/news/alerts?qos=1"), Context())
outcome = channel.send(notification(TEXT), channel.recipients[0])
arrived.wait(10)
print(json.dumps([outcome.sent, outcome.detail, came]))
client.loop_stop()
"""


def main() -> int:
    """Start, send, read back, show; 1 when something is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery.servers", description=__doc__)
    parser.add_argument("servers", nargs="*", choices=["matrix", "mqtt"], default=["matrix", "mqtt"])
    parser.add_argument("--into", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.into or Path(temporary)
        python = install(place, options.servers)
        runs = {"matrix": try_matrix, "mqtt": try_mqtt}
        good = [runs[name](Path(temporary), python) for name in options.servers]
    return 0 if all(good) else 1


def install(place: Path, servers: list[str]) -> Path:
    """A virtual environment with the servers and, for its sending side, newsmonitor's own packages."""
    python = place / "venv" / "bin" / "python"
    if not python.exists():
        command = [sys.executable, "-m", "venv", "--system-site-packages", str(place / "venv")]
        subprocess.run(command, check=True)
    packages = [package for name in servers for package in _PACKAGES[name]]
    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """A server process, ended with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def call(method: str, path: str, content: Any = None, token: str = "") -> Any:
    """One request to the homeserver."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{_PORTS['matrix']}/_matrix/client/v3/{path}",
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_for_matrix() -> None:
    """Until the homeserver answers."""
    until = time.monotonic() + 120
    while True:
        try:
            call("GET", "login")
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def configure_matrix(place: Path, python: Path) -> Path:
    """A homeserver of its own, where anybody may register."""
    config = place / "homeserver.yaml"
    generate = ["-m", "synapse.app.homeserver", "--server-name", "localhost", "--generate-config"]
    subprocess.run(
        [python, *generate, "-c", str(config), "--report-stats", "no"],
        cwd=place,
        check=True,
        capture_output=True,
    )
    text = config.read_text().replace("port: 8008", f"port: {_PORTS['matrix']}")
    text += "\nenable_registration: true\nenable_registration_without_verification: true\n"
    config.write_text(text + "rc_message: {per_second: 1000, burst_count: 1000}\n")
    return config


def try_matrix(place: Path, python: Path) -> bool:
    """A message, its repeat and another one: two events, as they were meant."""
    config = configure_matrix(place, python)
    command = [str(python), "-m", "synapse.app.homeserver", "-c", str(config)]
    with running(command, place / "synapse.out"):
        wait_for_matrix()
        user = {"username": "news", "password": "n", "auth": {"type": "m.login.dummy"}}
        token = call("POST", "register", user)["access_token"]
        room = call("POST", "createRoom", {"room_alias_name": "news", "preset": "public_chat"}, token)[
            "room_id"
        ]
        address = f"matrix+http://:{token}@127.0.0.1:{_PORTS['matrix']}/#news:localhost"
        channel = create(spec(address), channel_context(now=lambda: NOW))
        outcomes = [
            channel.send(notification(text, key=key), channel.recipients[0])
            for text, key in ((_HOSTILE, "a"), (_HOSTILE, "a"), ("Ferry pulled free", "b"))
        ]
        found = call("GET", f"rooms/{room}/messages?dir=f&limit=50", token=token)["chunk"]
    contents = [event["content"] for event in found if event["type"] == "m.room.message"]
    for content in contents:
        print(f"matrix: {json.dumps(content, ensure_ascii=False)}")
    good = all(outcome.sent for outcome in outcomes) and len(contents) == 2
    good = good and contents[0]["m.mentions"] == {} and "@everyone" not in contents[0]["body"]
    print(
        f"matrix: {'met' if good else 'MISSED'}: 3 sends, one of them a repeat, made {len(contents)} events"
    )
    return good


def try_mqtt(place: Path, python: Path) -> bool:
    """One message through Apprise's plugin to a subscriber."""
    config = place / "broker.yaml"
    config.write_text(_BROKER.format(port=_PORTS["mqtt"]))
    code = _MQTT.replace("PORT", str(_PORTS["mqtt"])).replace("TEXT", repr(_HOSTILE))
    with running([str(python.parent / "amqtt"), "-c", str(config)], place / "broker.out"):
        time.sleep(5)
        path = [path for path in sys.path if path.endswith("site-packages")]
        environment = rig.environment()
        environment["PYTHONPATH"] = ":".join([environment["PYTHONPATH"], *path])
        ran = subprocess.run(
            [python, "-c", code], env=environment, capture_output=True, text=True, timeout=60
        )
    if ran.returncode:
        print(f"mqtt: MISSED: {ran.stderr[-500:]}")
        return False
    sent, detail, came = json.loads(ran.stdout.splitlines()[-1])
    for text in came:
        print(f"mqtt: {text!r}")
    good = sent and len(came) == 1 and "https://news.example/ferry" in came[0]
    print(f"mqtt: {'met' if good else 'MISSED'}: one message arrived {detail}")
    return bool(good)


if __name__ == "__main__":
    sys.exit(main())
