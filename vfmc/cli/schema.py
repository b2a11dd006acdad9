"""`vfmc schema`: the JSON Schema of the YAML spelling, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vfmc.cli.common import write_text
from vfmc.cli.main import CLEAN


@click.command("schema")
@click.option("-o", "--out", metavar="FILE", help="Write there instead of to the standard output.")
def command(out: str | None) -> int:
    """Print the JSON Schema of specs: every component's arguments, with their documentation; plug-ins that are installed as well.

    In VS Code with its YAML extension: put `# yaml-language-server: $schema=vfmc-1.schema.json` on the first line of a spec.
    """
    from vfmc.components.schema import schema

    text = json.dumps(schema(), indent=1, ensure_ascii=False)
    if out:
        write_text(Path(out), text + "\n")
    else:
        click.echo(text)
    return CLEAN
