"""Evaluations of a run: what its spec asks for, measured on held-out data, written to `eval/NAME.json`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vfmc.runtime import files
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import protocols
from vfmc.runtime.evaluate.protocols import Protocol
from vfmc.runtime.trained import Trained, open_run

__all__ = ["evaluate", "find", "names"]


def evaluate(
    run: str | Path,
    only: str | Iterable[str] | None = None,
    device: str = "auto",
    *,
    step: int | None = None,
    data: Any = None,
    pictures: bool = True,
) -> dict[str, dict[str, Any]]:
    """Runs the evaluations of a run's recipe, or `only` some of them, on its newest checkpoint (or that of
    `step`).

    `data` replaces what they are measured on: a path, or a description as in the recipe's `sources`. Each
    result is returned by name and written to `eval/NAME.json`: its numbers, how many samples, which seed and
    checkpoint, and a hash of prompts and preprocessing, so that two numbers can be told to be comparable.
    Where all are asked for, one that the data cannot answer (zero-shot without labels) is `not_measured`, with
    the reason. Raises `RunError` for a name that the recipe does not have, or where nothing can be measured.
    """
    trained = open_run(run, device, step)
    asked: dict[str, Any] = trained.package.recipe.get("evaluate") or {}
    wanted = list(asked) if only is None else [only] if isinstance(only, str) else list(only)
    for name in wanted:
        if name not in asked:
            raise RunError(f"the spec has no evaluation '{name}': it has {', '.join(asked) or 'none'}")
    results: dict[str, dict[str, Any]] = {}
    failures: list[RunError] = []
    for name in wanted:
        settings = {**asked[name], **({} if data is None else {"data": data})}
        try:
            results[name] = measure(trained, name, settings, pictures)
        except RunError as error:
            if only is not None:
                raise
            failures.append(error)
            results[name] = {"name": name, "use": settings["use"], "not_measured": str(error)}
    if failures and len(failures) == len(wanted):
        raise failures[0]
    return results


def measure(trained: Trained, name: str, settings: dict[str, Any], pictures: bool = True) -> dict[str, Any]:
    """One evaluation of an open run by its settings; writes `eval/NAME.json` and returns the same."""
    numbers = find(settings["use"])(trained, name, settings, pictures)
    result = {
        "name": name,
        "use": settings["use"],
        "step": trained.step,
        "seed": int(trained.package.recipe.get("seed", 0)),
        "model": trained.package.name,
        "package": trained.package.fingerprint(),
        **numbers,
    }
    trained.run.eval.mkdir(exist_ok=True)
    files.write_json(trained.run.eval / f"{name}.json", result)
    return result


def names() -> list[str]:
    """The protocols there are, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(protocols.__path__))


def find(use: str) -> Protocol:
    """The protocol `use`. Raises `RunError` with the known names."""
    if use not in names():
        raise RunError(f"there is no evaluation by '{use}': {', '.join(names())} are known")
    run: Protocol = importlib.import_module(f"{protocols.__name__}.{use}").run
    return run
