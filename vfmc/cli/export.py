"""`vfmc export`: weights as other libraries read them, or a tower as a program that needs no vfmc."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vfmc.cli.common import Stop, checked, open_spec, runtime, set_option
from vfmc.cli.main import CLEAN

if TYPE_CHECKING:
    from vfmc.interop.meet import Meeting

PROGRAMS = ("torch_export", "onnx")
EPILOG = """\b
  vfmc export runs/clip --to hf -o exported
  vfmc export clip_vit_b32 --weights weights.safetensors --to open_clip -o exported
  vfmc export runs/clip --to onnx --tower vision --normalize inside -o exported
"""


@click.command("export", epilog=EPILOG)
@click.argument("run")
@click.option(
    "--to",
    "word",
    required=True,
    metavar="LAYOUT",
    help="hf, open_clip, timm ... (vfmc import --layouts), safetensors, torch_export or onnx.",
)
@click.option("--weights", metavar="FILE", help="The weights, where RUN is a spec and no run.")
@click.option(
    "-o", "--out", default="exported", show_default=True, metavar="FOLDER", help="The folder that is written."
)
@click.option(
    "--tower",
    "towers",
    multiple=True,
    metavar="NAME",
    help="This tower alone; THEIRS=OURS says which it is in the layout.",
)
@click.option(
    "--normalize",
    type=click.Choice(["outside", "inside"]),
    default="outside",
    show_default=True,
    help="Of a program: whether it takes pixels in [0, 1] and normalises them itself.",
)
@click.option(
    "--step", type=click.IntRange(min=0), help="The checkpoint of this step; the newest if not given."
)
@click.option(
    "--allow",
    is_flag=True,
    help="Write although the layout takes something for granted that the spec has otherwise.",
)
@set_option
def command(
    run: str, word: str, weights: str | None, out: str, towers: tuple[str, ...], normalize: str, step: int | None, allow: bool,
    sets: tuple[str, ...],
) -> int:  # fmt: skip
    """Write the weights of RUN (the folder of a run, or a spec with --weights) for other libraries."""
    folder, resolved = Path(out), Path(run) / "package" / "spec.yaml"
    is_run = resolved.is_file()
    if not is_run and weights is None and Path(run).is_dir():
        raise Stop(f"{run} is no folder of a run", "give a run, or a spec with --weights FILE")
    if not is_run and weights is None:
        raise Stop(
            f"`{run}` is a spec, and a spec has no weights", "add --weights FILE, or name the folder of a run"
        )
    spec = checked(open_spec(str(resolved) if is_run else run, sets))
    with runtime():
        from vfmc.runtime.interop import opened

        objective = opened.of_run(run, step) if is_run else None
        if objective is None:
            import tempfile

            with tempfile.TemporaryDirectory(prefix="vfmc-") as scratch:
                objective = opened.of_file(spec.build(Path(scratch) / "package"), weights)  # type: ignore[arg-type]
        if word in PROGRAMS:
            made = _programs(spec, objective, word, folder, towers, normalize)
        elif word == "safetensors":
            made = opened.plain(objective, folder, towers)
        else:
            made = _layout(spec, objective, word, folder, towers, allow)
    for path in made:
        click.echo(f"wrote {path}")
    return CLEAN


def _layout(
    spec: Any, objective: Any, word: str, folder: Path, towers: tuple[str, ...], allow: bool
) -> list[Path]:
    """The weights in another library's layout, with the settings that it reads."""
    helper = import_module("vfmc.cli.import")
    from vfmc.interop import config
    from vfmc.interop.layout import LayoutError
    from vfmc.interop.meet import for_towers
    from vfmc.runtime import interop
    from vfmc.runtime.interop import opened

    program = spec.program
    plain = [each for each in towers if "=" not in each]
    if plain:
        try:
            meeting: Meeting = for_towers(word, program, plain)
        except LayoutError as error:
            names = " and ".join(f"`{each}`" for each in plain)
            raise Stop(f"of the spec, {names} cannot be written so: {error}") from None
    else:
        meeting = helper.met(word, program, helper.chosen(towers), ())
        _nothing_lost(meeting, opened.weights_of(objective))
    click.echo("; ".join(f"{role} = {player.tower}" for role, player in meeting.players.items()))
    unmet = meeting.unmet()
    if unmet and not allow:
        raise Stop(
            "it would compute something else there:\n  " + "\n  ".join(unmet),
            "--allow writes it all the same",
        )
    try:
        settings = (
            config.written(meeting.layout, meeting.fact)
            if not plain or len(meeting.layout.roles) == 1
            else {}
        )
    except LayoutError as error:
        raise Stop(str(error)) from None
    opened.need(
        objective,
        {each.tower: [step.name for step in each.steps.values()] for each in meeting.players.values()},
    )
    theirs = interop.to_theirs(meeting.plan(), objective.state_dict(), interop.constants_of(objective))
    made = interop.save(folder, meeting.layout.file, theirs, settings, meeting.layout.wrap)
    click.echo(f"{len(theirs)} tensors of {meeting.layout.name} ({meeting.layout.doc})")
    if meeting.layout.note:
        click.echo(f"note: {meeting.layout.note}")
    return made


def _nothing_lost(meeting: Meeting, weights: Any) -> None:
    """Ends the command with a list of what would stay behind, where the layout has no place for all of the weights."""
    lost = []
    for module in meeting.left():
        inside = [tensor for name, tensor in weights.items() if name.startswith(f"{module}.")]
        if inside:  # of a file that holds some towers alone, the others are no loss
            numbers = sum(tensor.numel() for tensor in inside)
            lost.append(f"- {module}: {len(inside)} tensor{'s' * (len(inside) > 1)} of {numbers:,} in all")
    if lost:
        played = [player.tower for player in meeting.players.values() if "value" not in player.steps]
        others = [f"not as {reason.partition('; ')[0]}" for reason in meeting.refused]
        raise Stop(
            f"{meeting.layout.name} has no place for all that the spec has ({', '.join(played)} alone would be written):\n  "
            + "\n  ".join(lost + others),
            f"{' '.join(f'--tower {name}' for name in played)} writes that without the rest",
        )


def _programs(
    spec: Any, objective: Any, word: str, folder: Path, towers: tuple[str, ...], normalize: str
) -> list[Path]:
    """Towers as programs, each told by what it differs from the tower."""
    from vfmc.interop.roles import tower_facts
    from vfmc.runtime.interop import opened, programs

    program = spec.program
    names = list(towers) or list(program.exports) or list(program.callables)
    unknown = [name for name in names if name not in program.callables]
    if unknown:
        raise Stop(f"the spec has no tower `{unknown[0]}` to export: it has {', '.join(program.callables)}")
    made = []
    facts = {name: tower_facts(program, name) for name in names}
    opened.need(objective, {name: each["modules"] for name, each in facts.items()})
    for name in names:
        path, difference = programs.write(word, objective, name, facts[name], folder, normalize == "inside")
        click.echo(f"{name}: largest difference {difference:.1e}")
        made.append(path)
    return made
