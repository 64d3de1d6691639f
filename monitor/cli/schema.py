"""`newsmonitor schema`: the JSON Schema of the configuration, for editors."""

import click

from monitor.config.json_schema import schema_text


@click.command()
def schema() -> None:
    """Print the configuration's JSON Schema (draft 2020-12).

    Editors that speak to yaml-language-server read it through the first line of each file:
    `# yaml-language-server: $schema=schema.json`.
    """
    click.echo(schema_text(), nl=False)
