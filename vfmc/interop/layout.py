"""A layout: how another library calls the weights of a model, read from a file of `maps/` and checked.

The words of such a file are explained in docs/weights.md. Nothing here knows tensors: `vfmc.runtime.interop` does what is said.
"""

from __future__ import annotations

import re
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vfmc.source.files import read_text
from vfmc.source.record import record

LONGEST = 1_000_000  # bytes of a layout; the longest has about 10,000
FOLDER = Path(__file__).with_name("maps")
WILD = {"N": r"[0-9]+", "M": r"[0-9]+", "w": "weight|bias", "rest": ".+"}
VERBS = {  # name -> how many words follow it: numbers, or facts of the spec
    "squeeze": 1, "unsqueeze": 1, "transpose": 0, "kernel": 1, "kernel_last": 1, "inflate": 1, "insert_rows": 2, "without_rows": 1,
    "log": 0, "exp": 0,
}  # fmt: skip
KEYS = (
    "layout", "family", "doc", "source", "note", "towers", "weights", "constants", "ignore", "also", "inside", "strip", "needs",
    "config", "file", "wrap", "fresh",
)  # fmt: skip


class LayoutError(ValueError):
    """A layout that does not exist, is written wrongly, or does not fit a spec: a sentence for people."""


@record(frozen=True)
class Rule:
    """Weights of `theirs` (a pattern, or several that are joined) are `ours` after the verbs of `do`, each a list of words.

    Several of `ours` stand for one tensor that is split among them along its first dimension.
    """

    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    do: tuple[tuple[str, ...], ...] = ()


@record(frozen=True)
class Made:
    """A tensor of theirs that no weight of ours stands for: a number (`value`, or its logarithm) everywhere, or a causal mask.

    Words of `value` and `shape` are numbers or facts of the spec.
    """

    theirs: str
    value: str
    shape: tuple[str, ...] = ()
    log: bool = False
    causal: bool = False


@record(frozen=True)
class Role:
    """A tower as the layout knows it: what it reads, and its stages that own weights, in order, name -> (kind, optional)."""

    name: str
    reads: str = ""
    stages: dict[str, tuple[str, bool]] = field(default_factory=dict)
    optional: bool = False


@record(frozen=True)
class Layout:
    """One file of `maps/`."""

    name: str
    family: str
    doc: str
    roles: dict[str, Role]
    rules: tuple[Rule, ...]
    constants: tuple[Rule, ...] = ()
    made: tuple[Made, ...] = ()
    ignore: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    inside: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    needs: dict[str, Any] = field(default_factory=dict)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    file: str = "model.safetensors"
    wrap: str = ""
    note: str = ""


def names() -> list[str]:
    """The layouts that come with vfmc, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def find(word: str) -> list[Layout]:
    """The layouts that a name, a family of them, or the path of a file stands for. Raises `LayoutError` if there is none."""
    if word.endswith((".yaml", ".yml")):
        return [read(Path(word))]
    every = _shipped()
    family = [layout for layout in every if layout.family == word] or [
        layout for layout in every if layout.name == word
    ]
    if not family:
        from vfmc.source.suggest import nearest

        known = sorted({*names(), *(layout.family for layout in every)})
        near = nearest(word, known)
        raise LayoutError(
            f"there is no layout `{word}`: "
            + (
                f"did you mean `{near}`?"
                if near
                else f"known are {', '.join(known)}, or the path of a file of your own"
            )
        )
    return family


@cache
def _shipped() -> list[Layout]:
    """The layouts that come with vfmc, read once."""
    return [read(path) for path in sorted(FOLDER.glob("*.yaml"))]


def read(path: Path) -> Layout:
    """The layout in a file. Raises `LayoutError` with the line that is wrong."""
    try:
        data = yaml.safe_load(read_text(path, LONGEST))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LayoutError(f"the layout {path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict) or not isinstance(data.get("weights"), dict):
        raise LayoutError(f"{path} is no layout: it has no `weights`")
    unknown = [key for key in data if key not in KEYS]
    if unknown:
        raise LayoutError(f"{path}: `{unknown[0]}` is no word of a layout ({', '.join(KEYS)})")
    tables = data.get("constants") or {}
    return Layout(
        name=str(data.get("layout", path.stem)),
        family=str(data.get("family", "")),
        doc=str(data.get("doc", "")),
        roles={name: _role(name, entry or {}, path) for name, entry in (data.get("towers") or {}).items()},
        rules=tuple(_rule(key, value, path) for key, value in data["weights"].items()),
        constants=tuple(_rule(key, value, path) for key, value in tables.items() if isinstance(value, str)),
        made=tuple(_made(key, value, path) for key, value in tables.items() if not isinstance(value, str)),
        ignore=tuple(data.get("ignore") or ()),
        also=tuple((data.get("also") or {}).items()),
        inside=tuple(data.get("inside") or ()),
        strip=tuple(data.get("strip") or ()),
        needs=dict(data.get("needs") or {}),
        config=dict(data.get("config") or {}),
        file=str(data.get("file", "model.safetensors")),
        wrap=str(data.get("wrap", "")),
        note=str(data.get("note", "")),
    )


def _role(name: str, entry: dict[str, Any], path: Path) -> Role:
    stages: dict[str, tuple[str, bool]] = {}
    for item in entry.get("stages") or []:
        label, kind = (
            next(iter(item.items())) if isinstance(item, dict) else (str(item).rstrip("?"), str(item))
        )
        if label in stages:
            raise LayoutError(f"{path}: the tower `{name}` has two stages `{label}`")
        stages[label] = (str(kind).rstrip("?"), str(kind).endswith("?"))
    return Role(name, str(entry.get("reads", "")), stages, bool(entry.get("optional", False)))


def _rule(theirs: str, value: str, path: Path) -> Rule:
    ours, *verbs = (part.strip() for part in str(value).split("|"))
    rule = Rule(
        tuple(alternatives(theirs)), tuple(alternatives(ours)), tuple(tuple(verb.split()) for verb in verbs)
    )
    for verb in rule.do:
        if VERBS.get(verb[0]) != len(verb) - 1:
            raise LayoutError(f"{path}: `{' '.join(verb)}` at `{theirs}` is no verb ({', '.join(VERBS)})")
    wild = [set(re.findall(r"{(\w+)}", part)) for part in (*rule.theirs, *rule.ours) if part != "0"]
    if any(each != wild[0] for each in wild) or not wild[0] <= set(WILD):
        raise LayoutError(
            f"{path}: `{theirs}` and `{ours}` must hold the same of {{N}}, {{M}}, {{w}} and {{rest}}"
        )
    return rule


def _made(theirs: str, entry: Any, path: Path) -> Made:
    if (
        not isinstance(entry, dict)
        or not {*entry} <= {"value", "log", "causal", "shape"}
        or len({*entry} - {"shape"}) != 1
    ):
        raise LayoutError(
            f"{path}: the constant `{theirs}` is a name of ours, or {{value: 1.0, shape: [10, 1]}}, log: or causal:"
        )
    shape = tuple(str(each) for each in entry.get("shape") or ())
    kind = next(key for key in entry if key != "shape")
    return Made(theirs, str(entry[kind]), shape, kind == "log", kind == "causal")


def alternatives(pattern: str) -> list[str]:
    """`a.{q,k,v}_proj.{w}` is three names that are joined; the alternative `0` stands for zeros."""
    found = re.search(r"{([^{}]*,[^{}]*)}", pattern)
    if found is None:
        return [pattern]
    before, after = pattern[: found.start()], pattern[found.end() :]
    return ["0" if word == "0" else before + word + after for word in found.group(1).split(",")]
