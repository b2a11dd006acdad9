"""`vfmc build`: from a spec to a package of plain PyTorch."""

from __future__ import annotations

from pathlib import Path

import click

from vfmc import api
from vfmc.cli.common import Stop, compiled, level_option, open_spec, set_option
from vfmc.cli.main import CLEAN, FINDINGS


@click.command("build")
@click.argument("spec")
@click.option("-o", "--out", metavar="FOLDER", help="Where the package goes; out/NAME if not given.")
@click.option(
    "--check", is_flag=True, help="Write nothing; tell what is stale, missing, orphaned or edited by hand."
)
@click.option("--explain", is_flag=True, help="Tell what every pass did or refused, and why.")
@click.option("--force", is_flag=True, help="Write over files that were edited by hand.")
@level_option
@set_option
def command(
    spec: str, out: str | None, check: bool, explain: bool, force: bool, level: int, sets: tuple[str, ...]
) -> int:
    """Compile a spec to a package of plain PyTorch that reads well and trains.

    With --check it exits with 1 if the folder is not what would be built.
    """
    work = compiled(open_spec(spec, sets), level)
    assert work.package is not None and work.ledger is not None and work.plan is not None
    folder = Path(out) if out else Path("out") / work.package.name
    if folder.exists() and not folder.is_dir():
        raise Stop(f"{folder} is a file", "name a folder with -o")
    if explain:
        click.echo(work.ledger.text(), nl=False)
    if check:
        differences = work.package.check(folder)
        for difference in differences:
            click.echo(f"{folder}: {difference}")
        if differences:
            options = " ".join([*(f"-s {given}" for given in sets), *([f"-O{level}"] if level != 1 else [])])
            edited = " --force" if any(difference.kind == "edited" for difference in differences) else ""
            click.echo(
                f"run `vfmc build {spec} {options}{' ' if options else ''}-o {folder}{edited}` to mend it",
                err=True,
            )
        else:
            click.echo(f"{folder} is as it would be built")
        return FINDINGS if differences else CLEAN
    try:
        changed = api.write(work.package, folder, force)
    except api.SpecError as error:
        raise Stop(str(error), "--force writes over it", FINDINGS) from None
    count = f"{work.plan.parameters['total']:,} parameters"
    click.echo(
        f"built {work.package.name} ({count}, -O{level}) in {folder}"
        + ("" if changed else ": nothing had changed")
    )
    click.echo(
        f"read {folder / 'model.py'} and {folder / 'objective.py'}; train with `vfmc train {folder} --out runs/{work.package.name}`"
    )
    return CLEAN
