"""`newsmonitor demo`: prints the demonstration as it happens, and the mail at its end."""

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.demo.mailbox import Mail
    from monitor.demo.play import Shown

_HEADERS = ("From", "To", "Subject", "Message-ID")
_MAIL, _PAGE, _LOG = "demo-mail.eml", "demo-mail.html", "demo-daemon.log"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to stderr.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save the mail, its HTML part and the daemon's log here.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0, 600, min_open=True),
    default=18.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the mail.",
)
def demo(*, as_json: bool, keep: Path | None, patience: float) -> None:
    """See a rule send a mail: the real daemon between a local feed and a local mail server.

    Needs no internet, and leaves configuration and database of this place alone. Exits with 1, and
    shows the daemon's log, when no mail comes.
    """
    from monitor.demo import play

    if keep is not None:
        _make_directory(keep)

    def tell(elapsed: timedelta, text: str) -> None:
        click.echo(f"{elapsed.total_seconds():5.1f} s  {common.printable(text)}", err=as_json)

    try:
        shown = play.play(tell, patience=timedelta(seconds=patience))
    except play.Interrupted as error:
        click.echo(str(error), err=True)
        sys.exit(128 + error.number)
    except play.Failed as error:
        for line in error.log:
            click.echo(line, err=True)
        click.echo(f"the demonstration failed: {error}", err=True)
        sys.exit(1)
    saved = _save(keep, shown) if keep is not None else None
    if as_json:
        click.echo(json.dumps(_as_dict(shown, saved), ensure_ascii=False))
    else:
        _print_mail(shown.mail, saved)


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MonitorError(f"{directory}: cannot be made: {error.strerror}") from None


def _save(directory: Path, shown: "Shown") -> Path:
    """Write what is worth keeping; the path of the HTML part."""
    page = directory / _PAGE
    try:
        (directory / _MAIL).write_bytes(shown.mail.content)
        page.write_text(shown.mail.html, encoding="utf-8")
        (directory / _LOG).write_text("".join(f"{line}\n" for line in shown.log), encoding="utf-8")
    except OSError as error:
        raise MonitorError(f"{error.filename}: cannot be written: {error.strerror}") from None
    return page


def _print_mail(mail: "Mail", saved: Path | None) -> None:
    click.echo("\nThe mail, as it was received:\n")
    width = max(map(len, _HEADERS)) + 1
    for name in _HEADERS:
        click.echo(f"  {name + ':':{width}} {common.printable(mail.header(name))}")
    click.echo()
    for line in mail.text.strip().splitlines():
        click.echo(click.wrap_text(common.printable(line), _page_width(), "  ", "  "))
    click.echo()
    if saved is not None:
        click.echo(f"Its HTML part: {saved}")
    else:
        click.echo("It has an HTML part too: --keep DIR saves it.")
    click.echo("Next: newsmonitor init")


def _page_width() -> int:
    return min(shutil.get_terminal_size().columns, 100)


def _as_dict(shown: "Shown", saved: Path | None) -> dict[str, Any]:
    alert, mail = shown.alert, shown.mail
    return {
        "rule": {"name": alert.rule, "query": alert.query.strip()},
        "article": alert.article.to_dict() if alert.article else None,
        "reason": alert.reason,
        "mail": {
            **{name.lower().replace("-", "_"): mail.header(name) for name in _HEADERS},
            "text": mail.text,
            "html_file": str(saved) if saved is not None else None,
        },
        "seconds": round(shown.took.total_seconds(), 3),
    }
