"""Finding components by kind and name: a file of that name, here or in a plug-in, imported when it is used.

Nothing is registered by importing it, so the order of imports cannot matter. A plug-in is a package named by an entry point of the group
`vfmc.components`; it holds `<folder>/<name>.py` as we do, and its templates in `templates/<folder>/<name>.py.j2`.
"""

from __future__ import annotations

import importlib.util
import inspect
from functools import cache
from pathlib import Path

from vfmc.components import Component

FOLDERS = {
    "input": "inputs",
    "tokenizer": "tokenizers",
    "view": "views",
    "mask": "masks",
    "stage": "stages",
    "value": "values",
    "loss": "losses",
    "source": "sources",
    "optimizer": "optimizers",
    "schedule": "schedules",
    "clip": "clips",
    "protocol": "protocols",
    "op": "ops",
}
GROUP = "vfmc.components"
HERE = Path(__file__).parent
LONGEST = 60  # letters of a component's name: a file is called so


class BrokenPlugin(Exception):
    """A component of somebody else's that cannot be imported."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


@cache
def plugins() -> tuple[tuple[str, Path], ...]:
    """Packages of other people that hold components: (module name, folder)."""
    from importlib.metadata import distributions, entry_points  # slow to import: only when a name is not ours

    if not any(GROUP in (each.read_text("entry_points.txt") or "") for each in distributions()):
        return ()  # parsing what all packages say takes longer than reading it
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.value):
        try:
            spec = importlib.util.find_spec(point.value)
        except (
            Exception
        ):  # gone, no package, or one that fails as its parent is imported: its names are unknown then
            continue
        for place in (spec.submodule_search_locations or []) if spec else []:
            found.append((point.value, Path(place)))
    return tuple(found)


@cache
def find(kind: str, name: str) -> type[Component] | None:
    """The component class called `name` of that kind, or None."""
    folder = FOLDERS[kind]
    if not _is_word(name):
        return None
    if ours(kind, name):
        return _load(f"vfmc.components.{folder}.{name}", kind, name, None)
    for package, place in plugins():
        if (place / folder / f"{name}.py").is_file():
            return _load(f"{package}.{folder}.{name}", kind, name, place)
    return None


def ours(kind: str, name: str) -> bool:
    """Whether we have a component of that name ourselves; nothing is imported for it."""
    return _is_word(name) and (HERE / FOLDERS[kind] / f"{name}.py").is_file()


def _is_word(name: str) -> bool:
    """Whether a file may be called so: what a spec says may be longer than a file system takes."""
    return name.isidentifier() and not name.startswith("_") and len(name) <= LONGEST


@cache
def section(place: str) -> type[Component]:
    """The class of a section: "train.Train" is `Train` in `components/sections/train.py`."""
    module, _, name = place.partition(".")
    return getattr(importlib.import_module(f"vfmc.components.sections.{module}"), name or module.capitalize())  # type: ignore[no-any-return]


def _load(module_name: str, kind: str, name: str, place: Path | None) -> type[Component]:
    try:
        module = importlib.import_module(module_name)
    except Exception as reason:
        if place is None:
            raise
        raise BrokenPlugin(name, f"{module_name}: {type(reason).__name__}: {reason}") from reason
    for candidate in vars(module).values():
        own = inspect.isclass(candidate) and candidate.__module__ == module_name
        if own and issubclass(candidate, Component) and candidate.kind == kind:
            candidate.component_name = name
            candidate.folder = place
            return candidate  # type: ignore[no-any-return]
    missing = f"{module_name} defines no component of kind {kind}"
    raise ImportError(missing) if place is None else BrokenPlugin(name, missing)


@cache
def names(kind: str) -> tuple[str, ...]:
    """All component names of a kind, sorted; nothing is imported for it but the plug-ins' entry points."""
    folder = FOLDERS[kind]
    found = {path.stem for path in (HERE / folder).glob("*.py")}
    for _, place in plugins():
        found |= {path.stem for path in (place / folder).glob("*.py")}
    return tuple(sorted(name for name in found if name.isidentifier() and not name.startswith("_")))


def kinds_with(name: str) -> list[str]:
    """The kinds that have a component of this name: what a person may have meant."""
    return [kind for kind in FOLDERS if kind != "op" and name in names(kind)]
