"""The bundled feed on a loopback HTTP server: its articles are always a few minutes old."""

import contextlib
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

from monitor import __version__

PATH = "/world.rss"
_AGE = re.compile(rb"(?<=<pubDate>)(\d+) minutes ago(?=</pubDate>)")


def render(*, now: datetime) -> bytes:
    """The feed as it is at that instant."""

    def date(age: re.Match[bytes]) -> bytes:
        return format_datetime(now - timedelta(minutes=int(age[1]))).encode()

    return _AGE.sub(date, _template())


def count_articles() -> int:
    """How many articles the feed has."""
    return len(_AGE.findall(_template()))


def _template() -> bytes:
    return resources.files("monitor.demo").joinpath("world.rss").read_bytes()


@contextlib.contextmanager
def serve() -> Iterator[str]:
    """Serve the feed while the context lasts; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo feed", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_version = f"newsmonitor-demo/{__version__}"

    def do_GET(self) -> None:
        if self.path != PATH:
            self.send_error(404)
            return
        body = render(now=datetime.now(UTC))
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """What was asked for is told by the demonstration, not by the server."""
