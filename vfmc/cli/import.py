"""`vfmc import`: weights of another library under the names of a spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vfmc.cli.common import Stop, checked, open_spec, runtime, set_option
from vfmc.cli.main import CLEAN

if TYPE_CHECKING:
    from vfmc.graph.program import Program
    from vfmc.interop.meet import Meeting

EPILOG = """\b
  vfmc import open_clip_model.safetensors --from open_clip --spec clip_vit_b32 -o weights.safetensors
  vfmc import mae_pretrain_vit_base_full.pth --from mae --spec mae_vit_b16 -o weights.safetensors
  vfmc import --layouts

The layouts are explained in docs/weights.md.
"""


@click.command("import", epilog=EPILOG)
@click.argument("file", required=False)
@click.option(
    "--from",
    "word",
    metavar="LAYOUT",
    help="How the file calls its weights: a layout, a family of them, or a file of your own.",
)
@click.option("--spec", metavar="SPEC", help="The spec whose names they get: a file or a name of the zoo.")
@click.option(
    "-o",
    "--out",
    default="weights.safetensors",
    show_default=True,
    metavar="FILE",
    help="Where the weights go.",
)
@click.option(
    "--tower",
    "towers",
    multiple=True,
    metavar="THEIRS=OURS",
    help="Which tower of the spec is which of the layout.",
)
@click.option("--only", multiple=True, metavar="THEIRS", help="These towers of the layout alone.")
@click.option(
    "--fresh",
    multiple=True,
    metavar="NAME",
    help="Weights of ours that need not be in the file: head, or vision.linear.*",
)
@click.option("--ignore", multiple=True, metavar="NAME", help="Tensors of the file that are left out.")
@click.option(
    "--allow", is_flag=True, help="Take the weights although the file's settings differ from the spec's."
)
@click.option("--layouts", is_flag=True, help="List the layouts and end.")
@set_option
def command(
    file: str | None, word: str | None, spec: str | None, out: str, towers: tuple[str, ...], only: tuple[str, ...],
    fresh: tuple[str, ...], ignore: tuple[str, ...], allow: bool, layouts: bool, sets: tuple[str, ...],
) -> int:  # fmt: skip
    """Bring weights of open_clip, timm, transformers and others under the names of a spec, every tensor accounted for.

    FILE is safetensors (or the index of its shards), a .pth of torch, or a folder with one of them.
    """
    if layouts:
        from vfmc.interop import layout

        for each in [layout.find(name)[0] for name in layout.names()]:
            click.echo(f"{each.name:20}{each.doc}")
        return CLEAN
    if not (file and word and spec):
        raise Stop(
            "say which FILE, `--from` which layout, and `--spec` which spec",
            "for example: " + EPILOG.split("\n")[1].strip(),
        )
    program = checked(open_spec(spec, sets)).program
    meeting = met(word, program, chosen(towers), only)
    click.echo("; ".join(f"{role} = {player.tower}" for role, player in meeting.players.items()))
    with runtime():
        from vfmc.runtime import interop

        theirs, folder = interop.read(file, meeting.layout.inside)
        plan = meeting.plan()
        compare(meeting, plan, folder, allow)
        found, report = interop.to_ours(
            plan, theirs, shapes(program), constants(spec, sets, plan), fresh, ignore
        )
        about = {"layout": meeting.layout.name, "source": Path(file).name, "spec": program.name}
        path = Path(out)
        interop.save(path.parent, path.name, found, about=about)
    click.echo("\n".join(report.lines()))
    left = {} if only else dict.fromkeys(name.rpartition(".")[0] or name for name in meeting.left())
    if left:
        click.echo(
            f"  {meeting.layout.name} has nothing for {', '.join(left)}: as they begin, and not in {out}"
        )
    if meeting.layout.note:
        click.echo(f"note: {meeting.layout.note}")
    click.echo(f"wrote {out}; begin with it by `with: {{init: {out}}}` at a tower")
    return CLEAN


def met(word: str, program: Program, towers: dict[str, str], only: tuple[str, ...]) -> Meeting:
    """The layout with the spec's towers in its roles; ends the command where it does not fit."""
    from vfmc.interop.layout import LayoutError
    from vfmc.interop.meet import meet

    try:
        return meet(word, program, towers, only)
    except LayoutError as error:
        raise Stop(
            str(error), "`vfmc import --layouts` lists what there is; docs/weights.md explains it"
        ) from None


def chosen(towers: tuple[str, ...]) -> dict[str, str]:
    """The options `--tower THEIRS=OURS`."""
    found = {}
    for given in towers:
        role, sign, tower = given.partition("=")
        if not sign or not role or not tower:
            raise Stop(
                f"`--tower {given}` says too little",
                "write --tower THEIRS=OURS, such as --tower vision=image",
            )
        found[role] = tower
    return found


def compare(meeting: Meeting, plan: dict[str, Any], folder: Path, allow: bool) -> None:
    """Says where the settings beside the file differ from the spec; ends the command there, unless it is allowed."""
    from vfmc.runtime import interop

    differences, missing = interop.compare(plan, folder)
    differences = meeting.unmet() + differences
    if differences and not allow:
        raise Stop(
            "the weights would compute something else in this spec:\n  " + "\n  ".join(differences),
            "change the spec (-s ADDRESS=VALUE), or take them all the same with --allow",
        )
    for difference in differences:
        click.echo(f"warning: {difference}", err=True)
    if missing:
        click.echo(
            f"note: no {' or '.join(missing)} beside the file: what it would say was not compared", err=True
        )


def shapes(program: Program) -> dict[str, list[int]]:
    """The weights of the spec with their shapes."""
    return {
        f"{module.name}.{weight.name}": list(weight.shape)
        for module in program.modules.values()
        for weight in module.weights
    }


def constants(spec: str, sets: tuple[str, ...], plan: dict[str, Any]) -> dict[str, Any]:
    """The fixed tables of a spec, built where the layout holds any."""
    if not plan["constants"]:
        return {}
    import tempfile

    from vfmc.runtime import load_package
    from vfmc.runtime.interop import constants_of

    with tempfile.TemporaryDirectory(prefix="vfmc-") as folder:
        return constants_of(
            load_package(open_spec(spec, sets).build(Path(folder) / "package")).build_objective(0)
        )
