"""`vfmc lint`: check specs without building anything. It imports neither torch nor numpy."""

from __future__ import annotations

import click

from vfmc import api
from vfmc.cli.common import (
    STDIN,
    Findings,
    exit_code,
    expand,
    open_spec,
    overrides,
    read_stdin,
    say,
    set_option,
)
from vfmc.cli.main import CLEAN
from vfmc.source import Diagnostic


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, metavar="SPEC...")
@click.option(
    "--format",
    "format",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    show_default=True,
    help="For people, one line a finding, or a JSON list.",
)
@click.option(
    "--color/--no-color", default=None, help="Colour, or none; as the terminal wants it if not given."
)
@click.option(
    "--stdin-filename",
    default="<stdin>",
    metavar="NAME",
    help="With `-`: what the text is called; its suffix tells the spelling.",
)
@set_option
def command(
    paths: tuple[str, ...], format: str, color: bool | None, stdin_filename: str, sets: tuple[str, ...]
) -> int:
    """Check specs: files, folders, names of the zoo, or `-` for the standard input.

    Exits with 0 if they are clean, 1 if there are findings, 2 if the command itself is wrong.
    """
    findings: list[Diagnostic] = []
    specs = expand(paths)
    nodes = overrides(sets)
    for path in specs:
        try:
            spec = api.Spec(read_stdin(stdin_filename), None) if path == STDIN else open_spec(path)
        except Findings as found:  # a file that is no text
            findings += found.findings
            continue
        spec.overrides = nodes
        findings += spec.check()
    if findings or format == "json":
        say(findings, format, color, err=False)
    else:
        click.echo(f"{len(specs)} spec{'s' if len(specs) > 1 else ''}, no findings")
    return exit_code(findings) if findings else CLEAN
