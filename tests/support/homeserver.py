"""A real Matrix homeserver (Synapse) on the loopback, a process of its own, with one account.

with Homeserver(directory) as server:
    room = server.create_room("news")
    ...   # send to matrix+http://:TOKEN@127.0.0.1:PORT/#news:localhost
    server.messages(room)   # → the contents of the messages in it, the first first
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

_PATIENCE = 120.0  # seconds until it must have started: it makes its database first
_UNLIMITED = {"per_second": 1000, "burst_count": 1000}


class Homeserver:
    """Runs from `with` on. `token` is that of the account."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.token = ""

    def __enter__(self) -> "Homeserver":
        until = time.monotonic() + _PATIENCE
        while not self._start(until):  # another process may have taken the port
            assert time.monotonic() < until, self._log().read_text("utf-8")[-3000:]
        user = {"username": "news", "password": "n", "auth": {"type": "m.login.dummy"}}
        self.token = self._call("POST", "register", user)["access_token"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # nothing of it is kept
        self._process.wait(30)

    def create_room(self, alias: str) -> str:
        """A public room with that alias; returns its id."""
        content = {"room_alias_name": alias, "preset": "public_chat"}
        return str(self._call("POST", "createRoom", content)["room_id"])

    def messages(self, room: str) -> list[dict[str, Any]]:
        """What was said in a room."""
        events = self._call("GET", f"rooms/{room}/messages?dir=f&limit=100")["chunk"]
        return [event["content"] for event in events if event["type"] == "m.room.message"]

    def _start(self, until: float) -> bool:
        """Whether it runs on a port that was free just now."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = self._directory / "homeserver.yaml"
        config.write_text(yaml.safe_dump(self._settings()), "utf-8")
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(config)]
        with self._log().open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self._directory, stdout=log, stderr=log)
        while self._process.poll() is None and time.monotonic() < until:
            try:
                self._call("GET", "login")
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return True
        self._process.kill()
        return False

    def _settings(self) -> dict[str, Any]:
        listener = {"port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False}
        return {
            "server_name": "localhost",
            "listeners": [{**listener, "resources": [{"names": ["client"]}]}],
            "database": {"name": "sqlite3", "args": {"database": str(self._directory / "homeserver.db")}},
            "pid_file": str(self._directory / "homeserver.pid"),
            "media_store_path": str(self._directory / "media"),
            "signing_key": "ed25519 a_test bmV3c21vbml0b3ItdGVzdHMtb25seS0tLS0tLS0tLS0",
            "macaroon_secret_key": "tests",
            "form_secret": "tests",
            "report_stats": False,
            "trusted_key_servers": [],
            "enable_registration": True,
            "enable_registration_without_verification": True,
            "bcrypt_rounds": 4,
            "rc_message": _UNLIMITED,
            "rc_registration": _UNLIMITED,
            "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
        }

    def _log(self) -> Path:
        return self._directory / "homeserver.out"

    def _call(self, method: str, path: str, content: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_matrix/client/v3/{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers=headers,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
