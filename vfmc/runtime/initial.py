"""Weights to begin with: a tower's, from a file of safetensors or from an earlier run."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vfmc.runtime import checkpoint
from vfmc.runtime.errors import RunError
from vfmc.runtime.run_folder import RunFolder


@dataclass(frozen=True)
class Report:
    """What became of each key: names of the objective's weights in `matched`, `missing`, `skipped`, keys of
    the file in `unexpected`.
    """

    tower: str
    path: Path
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    skipped: tuple[str, ...]

    def line(self) -> str:
        text = f"{self.tower}: {len(self.matched)} weights from {self.path}"
        for what, names in (
            ("skipped", self.skipped),
            ("not in the file", self.missing),
            ("not used", self.unexpected),
        ):
            if names:
                text += f"; {len(names)} {what} ({', '.join(names[:3])}{' ...' if len(names) > 3 else ''})"
        return text


def load_all(objective: nn.Module, inits: Iterable[dict[str, Any]], base: Path) -> list[str]:
    """Loads what a recipe's `inits` name, in order; relative paths are looked for in the current folder, then
    in `base`. One line each.
    """
    lines = []
    for entry in inits:
        path = Path(entry["path"]).expanduser()
        if not path.is_absolute() and not path.exists():
            path = base / path
        if not path.exists():
            raise RunError(
                f"the weights that `{entry['tower']}` is to begin with are not there: `{entry['path']}` (looked in "
                f"{Path.cwd()} and {base})"
            )
        if "layout" in entry:
            lines += foreign(objective, entry["tower"], path, entry["layout"], entry.get("skip") or ())
            continue
        lines.append(
            load(
                objective,
                entry["tower"],
                path,
                entry.get("skip") or (),
                entry.get("source") or "",
                entry.get("renamed") or {},
            ).line()
        )
    if lines and hasattr(objective, "synchronise"):
        objective.synchronise()  # type: ignore[operator]  # copies begin with the weights of what they follow
    return lines


def load(
    objective: nn.Module,
    tower: str,
    path: str | Path,
    skip: Iterable[str] = (),
    source: str = "",
    renamed: Mapping[str, str] | None = None,
) -> Report:
    """Loads the weights of `tower` (all of the objective if it is empty) from `path`: a safetensors file or
    the folder of a run.

    The file's keys may carry the tower's name (`vision.blocks.0...`; `source` if it is another there) or not
    (`blocks.0...`); `renamed` maps beginnings of its keys to what they are called now. `skip` holds
    names or patterns (`head.*`), with or without the tower's name: these stay as they were initialised.
    Raises `RunError` that names every other key which is missing, unexpected or of another shape.
    """
    path = Path(path)
    weights = {current(name, renamed or {}): tensor for name, tensor in _read(path).items()}
    prefix = f"{tower}." if tower else ""
    theirs = f"{source or tower}." if tower else ""
    if any(name.startswith(theirs) for name in weights):
        weights = {
            prefix + name.removeprefix(theirs): tensor
            for name, tensor in weights.items()
            if name.startswith(theirs)
        }
    else:
        weights = {prefix + name: tensor for name, tensor in weights.items()}
    own = {name: tensor for name, tensor in objective.state_dict().items() if name.startswith(prefix)}
    if not own:
        raise RunError(f"the objective has no tower '{tower}' to load {path} into")
    patterns = list(skip)

    def skipped(name: str) -> bool:
        short = name.removeprefix(prefix)
        return any(
            fnmatch.fnmatchcase(n, p) or n.startswith(f"{p}.") for p in patterns for n in (name, short)
        )

    missing = [name for name in own if name not in weights and not skipped(name)]
    unexpected = [name for name in weights if name not in own and not skipped(name)]
    common = [name for name in own if name in weights and not skipped(name)]
    shapes = [
        f"! {name}: {list(weights[name].shape)} in the file, {list(own[name].shape)} in the objective"
        for name in common
        if weights[name].shape != own[name].shape
    ]
    if missing or unexpected or shapes:
        lines = (
            [f"+ {name}: not in the file" for name in missing]
            + [f"- {name}: not in the objective" for name in unexpected]
            + shapes
        )
        shown = "\n  ".join(lines)
        raise RunError(
            f"{path} does not fit the tower {tower} (name in `skip` what is meant to differ):\n  {shown}"
        )
    with torch.no_grad():
        for name in common:
            own[name].copy_(weights[name])
    return Report(
        tower, path, tuple(common), (), (), tuple(name for name in {**own, **weights} if skipped(name))
    )


def current(name: str, renamed: Mapping[str, str]) -> str:
    """What a weight of an older checkpoint is called now: the longest beginning that was renamed is replaced."""
    for before in sorted(renamed, key=len, reverse=True):
        if name == before or name.startswith(f"{before}."):
            return renamed[before] + name.removeprefix(before)
    return name


def foreign(
    objective: nn.Module, tower: str, path: Path, plan: dict[str, Any], skip: Iterable[str] = ()
) -> list[str]:
    """Loads the weights of `tower` from a file of another library, by the plan of its layout (`vfmc.interop`); lines that say how.

    Raises `RunError` that lists what does not fit, or how the settings beside the file differ from the spec.
    """
    from vfmc.runtime import interop

    own = objective.state_dict()
    theirs, folder = interop.read(path, plan["inside"])
    differences, _ = interop.compare(plan, folder)
    if differences:
        shown = "\n  ".join(differences)
        raise RunError(
            f"the weights of {path} would compute something else in the tower {tower} (`vfmc import --allow` takes them all the "
            f"same):\n  {shown}"
        )
    shapes = {name: list(tensor.shape) for name, tensor in own.items()}
    fresh = [each for name in skip for each in (name, f"{tower}.{name}")]
    found, report = interop.to_ours(plan, theirs, shapes, interop.constants_of(objective), fresh)
    with torch.no_grad():
        for name, tensor in found.items():
            own[name].copy_(tensor)
    first, *more = report.lines()
    return [f"{tower}: {first} from {path}", *more]


def carry_over(objective: nn.Module, weights: dict[str, Tensor]) -> None:
    """Puts the weights of an earlier phase into the next one's objective; what is new there stays as it was
    initialised.

    Raises `RunError` for a weight of another shape.
    """
    with torch.no_grad():
        for name, tensor in objective.state_dict().items():
            if name not in weights:
                continue
            if weights[name].shape != tensor.shape:
                raise RunError(
                    f"the weight {name} changes its shape between phases, from {list(weights[name].shape)} "
                    f"to {list(tensor.shape)}"
                )
            tensor.copy_(weights[name])


def _read(path: Path) -> dict[str, Tensor]:
    if path.is_dir():
        found = checkpoint.newest(RunFolder(path.resolve()))
        if found is None:
            raise RunError(
                f"{path} is a folder without a checkpoint: `init` wants a safetensors file or the folder of "
                "a run"
            )
        path = found.folder / checkpoint.WEIGHTS
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise RunError(f"the weights to begin with cannot be read from {path} ({error})") from None
