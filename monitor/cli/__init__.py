"""The command line: one module per command group; each reads options, prints, and decides nothing.

Commands are imported when they are called, so that `check` and `--help` never pay for the database.
Data goes to stdout, logs and progress to stderr. Exit codes: 0 fine, 1 a finding, 2 usage or bad
configuration.
"""

import difflib
import importlib
import sys
from typing import Any

import click

from monitor import __version__
from monitor.errors import MonitorError

# command → (module, attribute, one-line help); the help stands here so that --help imports nothing.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("monitor.cli.init", "init", "Write a commented, working configuration."),
    "check": ("monitor.cli.check", "check", "Validate the configuration and run the rules' own tests."),
    "run": ("monitor.cli.run", "run", "Run the daemon."),
    "poll": ("monitor.cli.poll", "poll", "Poll feeds once, deliver what is due, exit."),
    "stories": (
        "monitor.cli.stories",
        "stories",
        "List, show, split and find stories.",
    ),
    "match": ("monitor.cli.match", "match", "Match a query or rules against given articles."),
    "rules": ("monitor.cli.rules", "rules", "List, test, explain and try out rules."),
    "search": ("monitor.cli.search", "search", "Search the archive in the language of the rules."),
    "feeds": ("monitor.cli.feeds", "feeds", "List, find, add, preview, check, import and export feeds."),
    "alerts": ("monitor.cli.alerts", "alerts", "List and show alerts; say what became of an article."),
    "silence": ("monitor.cli.silence", "silence", "Silence rules or articles for a while."),
    "deliveries": ("monitor.cli.deliveries", "deliveries", "List and retry deliveries."),
    "channels": ("monitor.cli.channels", "channels", "List and test channels."),
    "db": ("monitor.cli.db", "db", "Upgrade and check the database."),
    "health": ("monitor.cli.health", "health", "Tell whether the daemon is well."),
    "schema": ("monitor.cli.schema", "schema", "Print the configuration's JSON Schema."),
    "demo": ("monitor.cli.demo", "demo", "See a rule send a mail: real daemon, local feed and mail server."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0].lower(), COMMANDS, n=1, cutoff=0.6)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MonitorError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="newsmonitor")
@click.option(
    "--config",
    "config_dir",
    envvar="NEWSMONITOR_CONFIG",
    default="./config",
    show_default=True,
    metavar="DIR",
    help="The configuration directory (also NEWSMONITOR_CONFIG).",
)
@click.pass_context
def cli(ctx: click.Context, config_dir: str) -> None:
    """Watch news feeds, match articles against rules, alert once per event."""
    ctx.obj = config_dir


def main() -> None:
    """Run the command line; a reader that closed the pipe is not an error."""
    try:
        cli(prog_name="newsmonitor")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
