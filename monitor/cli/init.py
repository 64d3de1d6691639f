"""`newsmonitor init`: writes the shipped starting configuration into a directory.

Never overwrites: a directory that already holds a configuration is left as it is.
"""

import sys
from pathlib import Path

import click

import monitor
from monitor.config import source
from monitor.config.json_schema import SCHEMA_FILE
from monitor.errors import MonitorError

# By name, so that what an operator adds to the directory of a checkout never travels along.
SHIPPED = ("channels.yaml", "feeds.yaml", "lists.yaml", "rules.yaml", "settings.yaml", SCHEMA_FILE)

_NEXT = """
Next:
  newsmonitor{option} check    validates it and runs the rules' own tests
  newsmonitor{option} poll     polls each feed once and tells what it finds
  newsmonitor{option} run      keeps watching; alerts appear on the console

Whom to tell stands in {directory}/channels.yaml, what to look for in {directory}/rules.yaml."""


@click.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def init(config_dir: str, directory: Path | None) -> None:
    """Write a commented, working configuration into DIRECTORY (default: that of --config).

    Nothing is overwritten: a directory that already holds a configuration is refused.
    """
    target = directory or Path(config_dir)
    try:
        _refuse_existing(target)
        for shipped in _shipped_files():
            _write(target / shipped.name, shipped.read_bytes())
    except OSError as error:
        raise MonitorError(f"{error.filename or target}: cannot be written: {error.strerror}") from None
    option = "" if target == Path("config") else f" --config {target}"
    click.echo(_NEXT.format(option=option, directory=target))


def _shipped_files() -> list[Path]:
    """The starting configuration: inside the installed package, or in the checkout beside it."""
    package = Path(monitor.__file__).parent
    for directory in (package / "_config", package.parent / "config"):
        if (directory / SCHEMA_FILE).is_file():
            return [directory / name for name in SHIPPED]
    raise MonitorError("this installation lacks its starting configuration: install newsmonitor again")


def _refuse_existing(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise MonitorError(f"{target}: is a file; name a directory")
    existing = [path.name for path in source.list_files(target)]
    if existing:
        click.echo(
            f"{target} already holds a configuration ({', '.join(existing)}): nothing was written.", err=True
        )
        sys.exit(2)


def _write(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        click.echo(f"kept     {path}")
    else:
        click.echo(f"written  {path}")
