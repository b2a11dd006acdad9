"""Files of settings beside the weights that towers begin with, as rules compare them with the spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vfmc.graph.program import Program
from vfmc.interop.layout import LayoutError
from vfmc.interop.meet import for_tower

if TYPE_CHECKING:
    from vfmc.runtime.interop.settings import Difference

PIXELS = ("mean", "std", "interpolation", "size")


def of_pixels(differing: Difference) -> bool:
    """Whether it is about what a tower reads: `vision.mean`, and not `vision.patches.size`."""
    return differing.fact.partition(".")[2] in PIXELS


def beside(program: Program, folder: Path | None = None) -> Iterator[tuple[str, Difference]]:
    """Every tower with what the settings beside its weights say otherwise. Weights are looked for as training does: where the
    command runs, then in the `folder` of the spec.

    Weights that are not there, and files that cannot be read, say nothing: they may be on the machine that trains.
    """
    from vfmc.runtime.errors import RunError
    from vfmc.runtime.interop.settings import differences

    for init in program.inits:
        path = _found(init.path, folder)
        if not init.layout or path is None:
            continue
        try:
            plan = for_tower(init.layout, program, init.tower, init.source).plan()
            found = list(differences(plan, path if path.is_dir() else path.parent))
        except (LayoutError, RunError, OSError):
            continue
        yield from ((init.tower, each) for each in found)


def _found(name: str, folder: Path | None) -> Path | None:
    """The file or the folder of weights; None where it is not on this machine."""
    places = [Path(name), *([] if folder is None else [folder / name])]
    try:
        return next((path for path in places if path.exists()), None)
    except (OSError, ValueError):  # such as a name that is too long
        return None
