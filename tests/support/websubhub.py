"""A real hub on the loopback (W3C WebSub): verifies subscribers, keeps them, pushes what it is told to.

with Hub() as hub:
    hub.wait_for("subscribe")                    # → the subscription, verified by the hub
    hub.push(topic, body)                        # → the subscriber's status
    hub.push(topic, body, secret="guess")        # forged
"""

import hmac
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode


@dataclass(frozen=True)
class Subscriber:
    """Who asked, and what came of the verification."""

    mode: str
    topic: str
    callback: str
    secret: str
    verified: bool


class Hub:
    """Runs in threads of its own. `lease` is what it grants; `refuse` and `silent` are for bad days."""

    def __init__(self, *, lease: int = 864_000, status: int = 202, silent: bool = False) -> None:
        self.lease = lease
        self.status = status
        self.silent = silent  # takes requests and never verifies
        self.subscribers: list[Subscriber] = []
        self._grown = threading.Condition()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(hub.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if 200 <= hub.status < 300:
                    request = {name.removeprefix("hub."): values[0] for name, values in form.items()}
                    threading.Thread(target=hub._verify, args=(request,), daemon=True).start()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hub"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _verify(self, request: dict[str, str]) -> None:
        verified = False
        if not self.silent:
            query = {
                "hub.mode": request["mode"],
                "hub.topic": request["topic"],
                "hub.challenge": "a challenge",
                "hub.lease_seconds": str(self.lease),
            }
            verified = call(f"{request['callback']}?{urlencode(query)}") == (200, "a challenge")
        with self._grown:
            self.subscribers.append(
                Subscriber(
                    request["mode"],
                    request["topic"],
                    request["callback"],
                    request.get("secret", ""),
                    verified,
                )
            )
            self._grown.notify_all()

    def wait_for(self, mode: str, count: int = 1, timeout: float = 10.0) -> Subscriber:
        """The newest request of this mode, once there are so many of them."""

        def asked() -> list[Subscriber]:
            return [item for item in self.subscribers if item.mode == mode]

        with self._grown:
            assert self._grown.wait_for(lambda: len(asked()) >= count, timeout), (
                f"no {mode} within {timeout} s"
            )
            return asked()[-1]

    def push(
        self, subscriber: Subscriber, body: bytes, *, secret: str | None = None, algorithm: str = "sha256"
    ) -> int:
        """Push a body; returns the subscriber's answer. `secret` "" leaves the signature away."""
        secret = subscriber.secret if secret is None else secret
        headers = {"Content-Type": "application/rss+xml"}
        if secret:
            signature = hmac.new(secret.encode(), body, algorithm).hexdigest()
            headers["X-Hub-Signature"] = f"{algorithm}={signature}"
        return call(subscriber.callback, body, headers)[0]


def call(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """One request: the status and the text of the answer."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
