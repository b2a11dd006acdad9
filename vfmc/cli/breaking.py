"""`vfmc breaking`: what a change of a spec breaks for those who have its checkpoints, its data or its results."""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import click

from vfmc import api
from vfmc.cli.common import Stop, compiled, open_spec
from vfmc.cli.main import CLEAN, FINDINGS

CATEGORIES = ("CHECKPOINT", "DATA", "OBJECTIVE", "RECIPE")


@click.command("breaking")
@click.argument("spec")
@click.option(
    "--against",
    required=True,
    metavar="git:REF|PATH",
    help="The old state: a commit or branch, or another file or zoo name.",
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=click.Choice(CATEGORIES),
    help="Only these; as often as wanted.",
)
@click.option("--format", "format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(spec: str, against: str, categories: tuple[str, ...], format: str) -> int:
    """Compare SPEC with an older state of it.

    CHECKPOINT: weights that are gone, new, or of another shape (declare renames with `renamed: {old: new}`). DATA: what a sample must hold,
    and what evaluation makes of it. OBJECTIVE: losses, their weights and arguments, masks. RECIPE: optimiser, schedule, batch, augmentations;
    for information. Exits with 1 if something breaks.
    """
    from vfmc.plan import breaking

    with old_spec(spec, against) as old:
        before, after = (compiled(each, 1, "plan") for each in (old, open_spec(spec)))
        assert before.program and before.plan and after.program and after.plan
        found = breaking.changes((before.program, before.plan), (after.program, after.plan))
    shown = [each for each in found if not categories or each.category in categories]
    breaks = sum(each.breaks for each in shown)
    if format == "json":
        rows = [
            {"category": e.category, "what": e.what, "message": e.message, "breaks": e.breaks} for e in shown
        ]
        click.echo(json.dumps({"schema_version": 1, "changes": rows}, indent=2, ensure_ascii=False))
    else:
        for each in shown:
            click.echo(f"{each.category:<10}  {each.message}")
        told = f"{breaks} breaking change{'s' * (breaks != 1)}" if breaks else "nothing breaks"
        click.echo(told + (f", {len(shown) - breaks} for information" if len(shown) > breaks else ""))
    return FINDINGS if breaks else CLEAN


@contextmanager
def old_spec(spec: str, against: str) -> Iterator[api.Spec]:
    """The old state of a spec: another path, or the same path at a commit, with the files beside it that it may extend."""
    if not against.startswith("git:"):
        yield open_spec(against)
        return
    path = Path(spec)
    if not path.is_file():
        raise Stop(
            f"`{spec}` is not a file, so git has no older state of it",
            "compare with another spec: --against PATH",
        )
    folder = path.resolve().parent
    ref = against.removeprefix("git:")
    if not ref or ref.startswith("-"):
        raise Stop(f"`{against}` names no commit", "write git:main, or git: and the hash of a commit")
    prefix = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    packed = _git(top, "archive", "--format=tar", f"{ref}:{prefix}" if prefix else ref)
    with tempfile.TemporaryDirectory(prefix="vfmc-") as place:
        with tarfile.open(fileobj=BytesIO(packed)) as files:
            files.extractall(place, filter="data")
        old = Path(place) / path.name
        if not old.is_file():
            raise Stop(f"`{spec}` is not in {ref}", "it is new, so it breaks nothing")
        yield open_spec(str(old))


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise Stop("this needs git, which is not installed here") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode(errors="replace").split())
        raise Stop(
            f"git cannot give the older state ({said[:200]})", "name a commit or a branch that is there"
        ) from None
