"""`newsmonitor run`: the daemon."""

from pathlib import Path

import click

from monitor.cli import common


@click.command()
@click.pass_obj
def run(config_dir: str) -> None:
    """Run the daemon until SIGTERM or SIGINT. SIGHUP, or a changed file, reloads the configuration."""
    import asyncio

    from monitor import daemon

    config = common.load_config(config_dir)
    common.configure_logs(config)
    asyncio.run(daemon.serve(Path(config_dir), config, now=common.utc_now))
