"""`vfmc graph`: a picture of who feeds whom."""

from __future__ import annotations

from pathlib import Path

import click

from vfmc.cli.common import Stop, checked, open_spec, set_option, write_text
from vfmc.cli.main import CLEAN


@click.command("graph")
@click.argument("spec")
@click.option(
    "--format",
    "format",
    type=click.Choice(["svg", "mermaid"]),
    help="By the suffix of -o if not given, else mermaid.",
)
@click.option("--phase", metavar="NAME", help="The phase that is drawn; the first if not given.")
@click.option("-o", "--out", metavar="FILE", help="Write there instead of to the standard output.")
@set_option
def command(spec: str, format: str | None, phase: str | None, out: str | None, sets: tuple[str, ...]) -> int:
    """Draw a spec: every pass through a tower, which losses it feeds, and whether its weights learn, follow or stay."""
    from vfmc.plan.flow import flow, mermaid
    from vfmc.plan.svg import svg

    phases = {each.name: each for each in checked(open_spec(spec, sets)).program.phases}
    if phase is not None and phase not in phases:
        from vfmc.source.suggest import nearest

        near = nearest(phase, phases)
        raise Stop(
            f"there is no phase `{phase}`",
            f"did you mean `{near}`?" if near else f"it has {', '.join(phases)}",
        )
    picture = flow(phases[phase].graph if phase else next(iter(phases.values())).graph)
    kind = format or ("svg" if out and out.endswith(".svg") else "mermaid")
    text = svg(picture) if kind == "svg" else mermaid(picture)
    if out:
        write_text(Path(out), text)
    else:
        click.echo(text, nl=False)
    return CLEAN
