"""`newsmonitor run` on a clock that the test turns: `steered(file)` goes before the command's own words.

The clock goes as time does, and so many seconds ahead as the file says. It is declared to go fast on the
average, so that turning it by less than sixteen minutes is time that passes, not a clock that was set.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import daemon
from monitor.cli import common

_ROOT = Path(__file__).parents[2]
SPEED = 200.0
_SETTLED = 1.2  # seconds: the daemon looks at its clock once a second


class Clock:
    """The hand that the test holds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = timedelta(0)
        self._turned_at = 0.0
        self._write()

    def now(self) -> datetime:
        """What the daemon reads."""
        return datetime.now(UTC) + self._ahead

    def turn_to(self, moment: datetime) -> None:
        """Let so much time pass at once; less than sixteen minutes, or in as many parts as it takes."""
        while (left := moment - self.now()) > timedelta(0):
            time.sleep(max(0.0, self._turned_at + _SETTLED - time.monotonic()))
            self._ahead += min(left, timedelta(minutes=13))
            self._turned_at = time.monotonic()
            self._write()

    def _write(self) -> None:
        waiting = self._file.with_suffix(".new")
        waiting.write_text(str(self._ahead.total_seconds()))
        waiting.replace(self._file)


def steered(file: Path) -> tuple[list[str], dict[str, str]]:
    """The words before the command, and what its environment needs."""
    script = "import sys; from tests.support.steered import main; main(sys.argv[1], sys.argv[-2])"
    return [sys.executable, "-c", script, str(file)], {"PYTHONPATH": str(_ROOT)}


def main(file: str, directory: str) -> None:
    """Run until SIGTERM."""

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(Path(file).read_text()))

    config = common.load_config(directory)
    common.configure_logs(config)
    asyncio.run(daemon.serve(Path(directory), config, now=now, speed=SPEED))
