"""The public Python interface, and what the command line is made of: finding a spec, checking it, building it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfmc.source import Diagnostic, Severity, Source, Span
from vfmc.source.suggest import nearest

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from vfmc.compiler import Compilation
    from vfmc.emit.package import Package
    from vfmc.graph.program import Program
    from vfmc.runtime.trained import Trained
    from vfmc.syntax.tree import Node

    Overrides = Mapping[str, Any]

SUFFIXES = (".yaml", ".yml", ".vfm", ".json")
SET = "<-s>"  # the name of the text that values of `-s` are read from
OVERRIDES = "<overrides>"  # the same of values given in Python
UNKNOWN = ("REF100", "REF102", "REF111")  # findings on a key or an address that does not exist


class SpecError(ValueError):
    """A spec that cannot be used. The text shows every finding with its line; `diagnostics` holds them."""

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = list(diagnostics)


class UnknownSpec(SpecError):
    """Neither a file nor a spec of the zoo; `near` is what was probably meant."""

    def __init__(self, message: str, near: str | None = None) -> None:
        super().__init__(f"{message}: did you mean `{near}`?" if near else message)
        self.message, self.near = message, near


class Spec:
    """One spec, checked when something asks for it. `overrides` maps addresses such as `train.batch` to values."""

    def __init__(
        self, source: Source, folder: Path | None, overrides: Iterable[tuple[str, Node]] = ()
    ) -> None:
        self.source, self.folder, self.overrides = source, folder, list(overrides)
        self._front: Compilation | None = None

    def compile(self, level: int = 1, until: str = "emit") -> Compilation:
        """Every stage of the compiler in turn, up to `check`, `optimise`, `plan` or `emit`."""
        from vfmc import compiler

        if self._front is None:
            work = compiler.Compilation(self.source, self.folder, self.overrides)
            self._front = compiler.compile_source(work, compiler.FRONT)
            work.diagnostics = [_at_address(each) for each in work.diagnostics]
        names = [stage.__name__ for stage in compiler.STAGES]
        rest = compiler.STAGES[len(compiler.FRONT) : names.index(until) + 1]
        return compiler.compile_source(
            replace(self._front, level=level, seconds=dict(self._front.seconds)), rest
        )

    def check(self) -> list[Diagnostic]:
        """What is wrong with the spec, in the order of its text; empty if nothing is.

        What can be built all the same is left out where a comment of the text, or the settings beside it, silence it.
        """
        work = self.compile(until="check")
        found = work.diagnostics
        if found:
            from vfmc.lint import settings, suppress  # needed for findings alone

            try:
                own = settings.find(Path(self.source.name).parent)
            except settings.BadSettings as wrong:
                raise SpecError(str(wrong)) from None
            found = suppress.told(found, suppress.Comments(self.source, work.tree), own)
        return sorted(found, key=lambda each: each.order)

    @property
    def program(self) -> Program:
        """The checked spec: its Graphs, its modules, its settings. Raises `SpecError` if it has errors."""
        work = self.compile(until="check")
        errors = (
            [each for each in self.check() if each.severity is Severity.ERROR] if work.diagnostics else []
        )
        if work.program is None or errors:
            from vfmc.source.render import render

            raise SpecError(render(errors, "full", False), errors)
        return work.program

    @property
    def name(self) -> str:
        """The name that the spec gives itself. Raises `SpecError` if it has errors."""
        return self.program.name

    def build(self, out: str | Path, level: int = 1, *, force: bool = False) -> Path:
        """Writes the package into the folder `out` and returns it. Raises `SpecError` if the spec has errors."""
        work = self.compile_package(level)
        assert work.package is not None
        write(work.package, Path(out), force)
        return Path(out)

    def compile_package(self, level: int = 1) -> Compilation:
        """All stages; the package is in memory. Raises `SpecError` if the spec has errors."""
        self.program  # noqa: B018 - raises for a spec with errors
        if level not in (0, 1, 2):
            raise ValueError(
                f"there is no level {level}: 0 (no pass), 1 (exact passes) and 2 (reassociating ones) are known"
            )
        return self.compile(level, until="emit")

    def __repr__(self) -> str:
        return f"<vfmc.Spec {self.source.name}>"


def write(package: Package, out: Path, force: bool = False) -> list[str]:
    """Writes a package into a folder and gives the names of the files that changed.

    Raises `SpecError` where that would overwrite what was edited by hand or what is not ours, unless `force`.
    """
    from vfmc.emit.lock import NAME
    from vfmc.emit.package import EditedByHand

    foreign = [] if (out / NAME).is_file() else [name for name in package.files if (out / name).exists()]
    if foreign and not force:
        raise SpecError(
            f"{out} holds files that are no package of vfmc ({', '.join(foreign[:3])}): name another folder, or force it"
        )
    try:
        return package.write(out, force=force)
    except EditedByHand as edited:
        raise SpecError(
            f"{out} was edited by hand ({edited}): keep the changes elsewhere, or force it"
        ) from None
    except OSError as error:
        raise SpecError(
            f"cannot write {error.filename or out}: {(error.strerror or str(error)).lower()}"
        ) from None


def load(path: str | Path, overrides: Overrides | None = None) -> Spec:
    """The spec in a file, or the one of the zoo with that name. Raises `SpecError` if there is no such text."""
    source, folder = find_source(path)
    return Spec(source, folder, nodes(overrides or {}))


def module(
    path: str | Path,
    level: int = 1,
    overrides: Overrides | None = None,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    seed: int | None = 0,
    phase: str | None = None,
) -> nn.Module:
    """The live objective of a spec with fresh weights drawn at `seed`: `forward(batch) -> {loss: ..., "total": ...}`.

    `dtype` is float32 unless given; `phase` is the first one unless given. Raises `SpecError` if the spec has errors.
    """
    settings = {} if dtype is None else {"dtype": dtype}
    objective: nn.Module = _loaded(path, level, overrides).build_objective(
        seed, device, phase=phase, **settings
    )
    return objective


def example_batch(
    path: str | Path,
    size: int = 2,
    seed: int = 0,
    overrides: Overrides | None = None,
    phase: str | None = None,
    dtype: torch.dtype | None = None,
    device: str | torch.device = "cpu",
) -> dict[str, Tensor]:
    """A random batch of `size` samples that fits the objective of a spec, the same for the same arguments."""
    loaded = _loaded(path, 1, overrides)
    from vfmc.runtime.data.example import example_batch as make

    phases = loaded.data.PHASES
    if phase is not None and phase not in phases:
        raise SpecError(f"{loaded.name} has no phase `{phase}`: it has {', '.join(phases)}")
    contract = phases[phase or loaded.recipe["phases"][0]["name"]]
    settings = {} if dtype is None else {"dtype": dtype}
    batch: dict[str, Tensor] = make(contract, size, seed, device, data_module=loaded.data, **settings)
    return batch


def open(run: str | Path, device: str = "auto", step: int | None = None) -> Trained:
    """The trained model in the folder of a run, with `encode`, `encode_image`, `encode_text` and `classify`."""
    _need_torch()
    from vfmc.runtime import open_run

    return open_run(run, device, step)


def _need_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ImportError(
            "this needs torch, which is not installed here: pip install 'vfmc[train]'", name="torch"
        )


def _loaded(path: str | Path, level: int, overrides: Overrides | None) -> Any:
    import tempfile

    _need_torch()

    from vfmc.runtime import load_package

    with tempfile.TemporaryDirectory(prefix="vfmc-") as folder:  # what is imported stays imported
        return load_package(load(path, overrides).build(Path(folder) / "package", level))


def find_source(given: str | Path) -> tuple[Source, Path | None]:
    """The text that a path or a name of the zoo stands for, and the folder that `extends` looks in.

    Raises `UnknownSpec` for what is neither, `SpecError` for a file that is no text.
    """
    from vfmc import resources
    from vfmc.syntax.load import load_source

    path = Path(given)
    if not path.is_file() and str(given).isidentifier():
        zoo = resources.path("specs", f"{given}.yaml")
        if zoo.is_file():
            return Source(f"{given}.yaml", zoo.read_text(encoding="utf-8")), zoo.parent
    if not path.exists() or path.is_dir():
        from vfmc.source.render.cells import visible

        shown = f"`{visible(str(given))}`"
        if path.is_dir():
            raise UnknownSpec(f"{shown} is a folder, and a spec is a file", near_name(given))
        raise UnknownSpec(f"there is no spec {shown}, neither a file nor in the zoo", near_name(given))
    loaded = load_source(path)
    if isinstance(loaded, Diagnostic):
        from vfmc.source.render import render

        raise SpecError(render([loaded], "full", False), [loaded])
    return loaded, path.parent


def near_name(given: str | Path) -> str | None:
    """The spec that somebody meant: a file beside the one they named, or one of the zoo."""
    path = Path(given)
    try:
        beside = (
            {each.name for each in path.parent.iterdir() if each.suffix in SUFFIXES}
            if path.parent.is_dir()
            else set()
        )
    except OSError:
        beside = set()
    near = nearest(path.name, beside) or next(
        (f"{path.name}{end}" for end in SUFFIXES if f"{path.name}{end}" in beside), None
    )
    if near:
        return str(path.parent / near) if str(path.parent) != "." else near
    return nearest(path.stem, zoo_names()) or (path.stem if path.stem in zoo_names() else None)


def zoo_names() -> list[str]:
    """The specs of the zoo, in alphabetical order."""
    from vfmc import resources

    return [name.removesuffix(".yaml") for name in resources.names("specs", ".yaml")]


def nodes(overrides: Mapping[str, Any]) -> list[tuple[str, Node]]:
    """Overrides given as Python values. Raises `SpecError` for a value that no spec can hold."""
    import json

    found = []
    for address, value in overrides.items():
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError):
            raise SpecError(
                f"the override of `{address}` is {value!r}: give a number, a text, a list or a mapping"
            ) from None
        found.append((address, read_override(address, text, OVERRIDES)))
    return found


def read_override(address: str, text: str, name: str) -> Node:
    """The value of an override, read as a YAML flow value. Raises `SpecError` if it is none."""
    from vfmc.source.render import render
    from vfmc.syntax.read import read

    source = Source(name, f"{address}: {text}")
    if not address or not all(part.isidentifier() or part.isdecimal() for part in address.split(".")):
        raise SpecError(
            f"`{address}` is not an address: write something like train.batch=256 or vision.blocks.depth=6"
        )
    tree, found = read(source, "yaml")
    if tree is None or found:
        raise SpecError(render(found, "full", False), found)
    if len(tree.root) != 1:
        raise SpecError(f"the value of `{address}` must be one YAML value on one line")
    return tree.root.entries[0].value


def _at_address(finding: Diagnostic) -> Diagnostic:
    """In an override, an address that does not exist shows at the address, not at its value."""
    source = finding.span.source
    colon = source.text.find(":")
    value = source.text[finding.span.start :].strip() == source.text[colon + 1 :].strip()
    if finding.code not in UNKNOWN or source.name not in (SET, OVERRIDES) or not value:
        return finding
    return replace(finding, span=Span(source, 0, colon))
