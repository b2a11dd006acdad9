"""`vfmc train`: lint, build, train."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from vfmc import api
from vfmc.cli.common import (
    Findings,
    Stop,
    compiled,
    device_option,
    level_option,
    open_spec,
    runtime,
    set_option,
)
from vfmc.cli.main import CLEAN, INTERRUPTED
from vfmc.source import Severity

RECIPE = "recipe.json"


@click.command("train")
@click.argument("spec", metavar="SPEC|PACKAGE")
@click.option("--out", metavar="RUN", help="The folder of the run; runs/NAME if not given.")
@click.option("--steps", type=click.IntRange(min=1), help="Train for so many steps, schedules and all.")
@click.option(
    "--resume",
    type=click.Choice(["auto", "never"]),
    default="never",
    show_default=True,
    help="Go on with a run that is there, or refuse to.",
)
@click.option(
    "--data", metavar="PATH", help="Your own data: a .csv or .tsv table, a folder of images, or .tar shards."
)
@click.option(
    "--columns",
    multiple=True,
    metavar="INPUT=COLUMN",
    help="With --data: which column (or file extension) an input is, such as caption=title.",
)
@click.option("--dry-run", is_flag=True, help="Make one step on an example batch and write nothing.")
@device_option
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Of weights, order and everything drawn; the spec's if not given.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Processes that read data; chosen from the machine if not given.",
)
@click.option("--profile", metavar="FIRST:END", help="Trace these steps for TensorBoard, such as 10:15.")
@click.option("--quiet", is_flag=True, help="No progress.")
@level_option
@set_option
def command(
    spec: str,
    out: str | None,
    steps: int | None,
    resume: str,
    data: str | None,
    columns: tuple[str, ...],
    dry_run: bool,
    device: str,
    seed: int | None,
    workers: int | None,
    profile: str | None,
    quiet: bool,
    level: int,
    sets: tuple[str, ...],
) -> int:
    """Train a spec, or a package that was built before, into a run folder.

    What `vfmc lint` calls an error ends the command before the first step.
    Ctrl-C saves and ends; the same command with `--resume auto` goes on bit for bit.
    """
    if columns and data is None:
        raise Stop("--columns names the columns of --data, which is missing")
    with runtime(), package_of(spec, level, sets) as (folder, name):
        from vfmc.runtime import train

        run = None if dry_run else Path(out or Path("runs") / name)
        result = train(
            folder,
            run,
            steps=steps,
            resume=resume,
            device=device,
            data=user_data(folder, data, pairs(columns)) if columns else data,
            workers=workers,
            seed=seed,
            profile=profile,
            dry_run=dry_run,
            quiet=quiet,
            argv=sys.argv,
            home=Path(spec).resolve().parent if Path(spec).is_file() else None,
        )
    if dry_run:
        return CLEAN
    if result.interrupted:
        return INTERRUPTED
    if os.environ.get("RANK", "0") == "0":  # under torchrun, one process speaks
        click.echo(f"trained {name}: {result.step:,} steps, in {run}; now: vfmc eval {run}")
    return CLEAN


@contextlib.contextmanager
def package_of(spec: str, level: int, sets: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """A package to train and its name: the folder that was named, or a fresh build, which the run keeps a copy of."""
    if Path(spec).is_dir() and (Path(spec) / RECIPE).is_file():
        if sets:
            raise Stop(
                "-s changes a spec, and this is a built package",
                "build the spec with -s, or train the spec itself",
            )
        yield Path(spec), Path(spec).resolve().name
        return
    opened = open_spec(spec, sets)
    work = compiled(opened, level)
    linted(opened)
    assert work.package is not None
    with tempfile.TemporaryDirectory(prefix="vfmc-") as scratch:
        folder = Path(scratch) / work.package.name
        api.write(work.package, folder)
        yield folder, work.package.name


def linted(spec: api.Spec) -> None:
    """Ends the command with what the rules call an error: hours of training would be lost to it. Warnings are `vfmc lint`'s."""
    from vfmc.lint import runner, settings

    try:
        own = settings.find(Path(spec.source.name).parent)
    except settings.BadSettings as wrong:
        raise Stop(str(wrong), wrong.help) from None
    errors = [each for each in runner.lint(spec, own) if each.severity is Severity.ERROR]
    if errors:
        raise Findings(errors)


def pairs(columns: tuple[str, ...]) -> dict[str, str]:
    """`--columns image=path --columns caption=title` as a mapping; several may stand in one, with commas."""
    found = {}
    for given in ",".join(columns).split(","):
        name, sign, column = given.partition("=")
        if not sign or not name.strip() or not column.strip():
            raise Stop(
                f"`--columns {given}` is not INPUT=COLUMN",
                "such as --columns image=path --columns caption=title",
            )
        found[name.strip()] = column.strip()
    return found


def user_data(folder: Path, data: str | None, columns: dict[str, str]) -> dict[str, Any]:
    """The user's data as the description of every source of the package, with the columns that were named."""
    from vfmc.runtime import load_package
    from vfmc.runtime.data.sources import user_data as describe

    package = load_package(folder)
    description = describe(data or "", package.data.INPUTS, columns)
    return dict.fromkeys(package.recipe["sources"], description)
