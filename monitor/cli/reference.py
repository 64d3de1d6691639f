"""The reference page of the commands, written from the commands' own help so that it cannot be out of date.

`python -m monitor.cli.reference > docs/commands.md` writes it anew; a test compares.
"""

from collections.abc import Iterator

import click

from monitor.cli import cli

_WIDTH = 96
_INTRODUCTION = """\
# Commands

<!-- Written by `monitor.cli.reference` from the commands' help: change that, not this page. -->

`newsmonitor COMMAND` and `python -m monitor COMMAND` are the same; from a clone, `scripts/run COMMAND` sets
up what is missing first. `-h` behind any command shows what is printed here.

- **Data goes to the standard output, logs and remarks to the standard error.** With `--json` each row is one
  JSON object on a line of its own; keys are added over time, never renamed.
- **Exit status:** 0 when all is well, 1 when there is a finding (a feed that does not answer, a test that
  fails, a daemon that is not well), 2 when the command line or the configuration is wrong.
- The configuration is `./config`, or the directory named by `--config` or by `NEWSMONITOR_CONFIG`.
- Commands that look into the database (`feeds list`, `alerts`, `deliveries`, `health`) may run beside the
  daemon. `poll` needs an SQLite database for itself and says so when a daemon holds it.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_sections(cli, None, "newsmonitor")])


def _sections(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=_WIDTH, **command.context_settings
    )
    title = context.command_path
    level = "##" if parent is None or parent.parent is None else "###"
    yield f"{level} `{title}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            if found is not None and not found.hidden:
                yield from _sections(found, context, sub)


if __name__ == "__main__":
    click.echo(markdown(), nl=False)
