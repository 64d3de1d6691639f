"""`newsmonitor run` on a clock that is so many seconds ahead: `python -m tests.support.shifted SECONDS DIR`.

An hour of news then takes as many starts of the daemon as it has parts, and no waiting.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import daemon
from monitor.cli import common


def main(seconds: str, directory: str) -> None:
    """Run until SIGTERM."""
    ahead = timedelta(seconds=float(seconds))
    config = common.load_config(directory)
    common.configure_logs(config)
    asyncio.run(daemon.serve(Path(directory), config, now=lambda: datetime.now(UTC) + ahead))


if __name__ == "__main__":
    main(*sys.argv[1:])
