"""`vfmc rule`: what a rule of the linter finds, why, and what to write instead."""

from __future__ import annotations

import json

import click

from vfmc.cli.common import Stop
from vfmc.cli.main import CLEAN


@click.command("rule")
@click.argument("code", required=False, metavar="CODE")
@click.option("--all", "every", is_flag=True, help="All rules.")
@click.option(
    "--format",
    "format",
    type=click.Choice(["md", "json"]),
    default="md",
    show_default=True,
    help="A page, or data.",
)
def command(code: str | None, every: bool, format: str) -> int:
    """Explain a rule by its code or its name, such as OPT510; `--all` lists them."""
    from vfmc.lint import page, registry
    from vfmc.source.suggest import nearest

    if every == (code is not None):
        raise Stop("name one rule, or say --all", "such as vfmc rule OPT510")
    if code is None:
        rules = list(registry.rules())
        click.echo(
            page.table(rules)
            if format == "md"
            else json.dumps([page.data(each) for each in rules], indent=2),
            nl=format != "md",
        )
        return CLEAN
    stems = {
        path.stem.partition("_")[0].upper(): path.stem.partition("_")[2].replace("_", "-")
        for path in registry.files()
    }
    wanted = (
        code.upper()
        if code.upper() in stems
        else next((own for own, name in stems.items() if name == code), "")
    )
    module = registry.load(wanted)
    if module is None:
        near = nearest(code, [*stems, *stems.values()])
        raise Stop(
            f"there is no rule `{code}`",
            f"did you mean `{near}`?" if near else "`vfmc rule --all` lists them",
        )
    click.echo(
        page.markdown(module.RULE) if format == "md" else json.dumps(page.data(module.RULE), indent=2),
        nl=format != "md",
    )
    return CLEAN
