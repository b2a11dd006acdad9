"""`vfmc inspect`: what a spec means and costs, without building it."""

from __future__ import annotations

import json

import click

from vfmc.cli import facts
from vfmc.cli.common import compiled, level_option, open_spec, set_option


@click.command("inspect")
@click.argument("spec")
@click.option("--tree", is_flag=True, help="The resolved spec, every default written out.")
@click.option(
    "--origins",
    "whence",
    is_flag=True,
    help="Where each resolved value came from: a line, a constant, -s, a default.",
)
@click.option("--graph", is_flag=True, help="The Graph of every phase after the passes of -O.")
@click.option("--types", is_flag=True, help="The type after each arrow.")
@click.option("--params", is_flag=True, help="Every weight with its shape.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="For programs: name, parameters, flops_per_sample, towers, losses.",
)
@level_option
@set_option
def command(
    spec: str,
    tree: bool,
    whence: bool,
    graph: bool,
    types: bool,
    params: bool,
    as_json: bool,
    level: int,
    sets: tuple[str, ...],
) -> None:
    """Show what a spec means: a summary, or the parts that you ask for."""
    work = compiled(open_spec(spec, sets), level, "plan")
    assert work.program is not None and work.plan is not None and work.ledger is not None
    if as_json:
        click.echo(json.dumps(facts.facts(work), indent=2, ensure_ascii=False))
        return
    pages = []
    if tree:
        from vfmc.syntax.read import write
        from vfmc.syntax.tree import Tree

        pages.append(write(Tree(work.program.resolved), "yaml"))
    if whence:
        from vfmc.cli.origins import origins

        pages.append(origins(work.program))
    if types:
        pages.append(facts.types(work.ledger.baseline))
    if params:
        pages.append(facts.weights(work.program))
    if graph:
        from vfmc.graph.dump import dump

        pages += [dump(phase.graph) for phase in work.program.phases] + [dump(work.program.evaluation)]
    click.echo("\n".join(page.rstrip("\n") + "\n" for page in pages or [facts.summary(work)]), nl=False)
