"""`newsmonitor run`: the daemon."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import click

from monitor.cli import common


@click.command()
@click.pass_obj
def run(config_dir: str) -> None:
    """Run the daemon until SIGTERM or SIGINT. SIGHUP, or a changed file, reloads the configuration."""
    import asyncio

    from monitor import daemon

    config = common.load_config(config_dir, warn=True)
    common.configure_logs(config)
    asyncio.run(daemon.serve(Path(config_dir), config, now=common.utc_now, on_stop=_end_within))


def _end_within(limit: timedelta) -> None:
    """End the process after that time, whatever it still waits for: a look-up of a name, a long match."""
    cutting = threading.Timer(limit.total_seconds(), _cut_short)
    cutting.daemon = True
    cutting.start()


def _cut_short() -> None:
    from monitor.telemetry import logs

    log = logs.get(__name__)
    log.warning("cut_short")
    os._exit(0)
