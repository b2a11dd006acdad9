"""The data of an evaluation: a source, which of its samples, and whether training could have seen them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime import random
from vfmc.runtime.data.sources import Beside, Source, chosen, open_source, user_data
from vfmc.runtime.data_feed import describe
from vfmc.runtime.errors import RunError
from vfmc.runtime.trained import Trained

EMBEDDED: dict[str, dict[str, Any]] = {
    "digits": {"use": "digits"},
    "digits_by_writer": {"use": "digits", "by": "writer"},
    "scenes": {"use": "scenes"},
}
"""Sources that need no file, by the names that evaluations have for them."""

OWN_SPLIT = ("digits", "scenes")
"""Sources that hold out a part of themselves."""

SHARE = 0.2
"""The part of a source without a split that counts as `test`, chosen by a hash of the sample's number."""

READERS = 8
IMAGE, TEXT, LABEL = "image", "text", "label"


@dataclass(frozen=True)
class HeldOut:
    """Samples `ids` of `source`. `held_out` is False where training may have seen them; `about` says for the
    result what they are.
    """

    source: Source
    ids: Sequence[int]
    held_out: bool
    about: dict[str, Any]
    names: dict[str, str]
    inputs: dict[str, dict[str, Any]]
    beside: dict[str, list[str]]  # what views read with a kind

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, kinds: Sequence[str], batch: int = 256) -> Iterator[dict[str, list[Any]]]:
        """The samples in order, `batch` at a time, by kind or by the name of an input, decoded: `{"image": [uint8
        [C, H, W], ...], "label": [...]}`.

        Raises `RunError` that names a sample which cannot be read: a number over fewer samples would not be
        the number asked for.
        """
        with ThreadPoolExecutor(READERS) as pool:
            for start in range(0, len(self.ids), batch):
                rows = list(pool.map(lambda id: self._one(id, kinds), self.ids[start : start + batch]))
                yield {kind: [row[kind] for row in rows] for kind in kinds}

    def _one(self, id: int, kinds: Sequence[str]) -> dict[str, Any]:
        from vfmc.runtime.data.decode import decode
        from vfmc.runtime.data.errors import SampleError, said

        name = ""
        try:
            more = [each for kind in kinds for each in self.beside.get(kind, [])]
            sample = self.source.read(id, [*(self.names[kind] for kind in kinds), *more])
            found: dict[str, Any] = {}
            for input in sample:
                name = f"{input}: "
                if sample[input] is None:
                    raise SampleError("the sample has none")
                found[input] = decode(sample[input], self.inputs[input])
        except Exception as error:
            raise RunError(
                f"the sample {self.source.key(id)} cannot be read ({name}{said(error)})"
            ) from error
        return {kind: self._with_others(kind, found) for kind in kinds}

    def _with_others(self, kind: str, found: dict[str, Any]) -> Any:
        value, others = found[self.names[kind]], self.beside.get(kind)
        return Beside(value, {name: found[name] for name in others}) if others else value


def open_data(
    trained: Trained,
    settings: dict[str, Any],
    kinds: Sequence[str | dict[str, Any]],
    split: str = "test",
    both: bool = False,
    more: dict[str, Any] | None = None,
) -> HeldOut:
    """The samples that an evaluation asks for, the `split` "train" or "test" of them.

    `kinds` are what is read: a kind (`image`, `label`, `text`), or what a tower reads, by where it stands in the
    settings (`{"tower": "audio", "view": "tones"}`); the latter is then called by the name of its input.

    `settings["data"]` is `held_out` (of the training source), a source of the recipe, `digits`,
    `digits_by_writer`, a path or a description; `settings["limit"]` keeps the first so many. A protocol that
    reads `both` parts of a source which has none gets four fifths and one fifth, chosen by a hash. A source with few labels
    (`per_class`) has few to train on, and is measured on all that it holds out. `more` is added to the description of
    the source.

    Raises `RunError` if the source cannot give one of `kinds`.
    """
    inputs = dict(trained.package.data.INPUTS)
    names, beside = {}, {}
    for kind in kinds:
        if isinstance(kind, dict):
            names[input_of(trained, kind)] = input_of(trained, kind)
            beside[input_of(trained, kind)] = trained.beside(kind["view"]) if "view" in kind else []
            continue
        own = _input_of(settings, trained, kind)
        first = next((name for name, entry in inputs.items() if entry["kind"] == kind), kind)
        names[kind] = own or first
        inputs.setdefault(names[kind], {"kind": kind})
    wanted = {
        name: inputs[name] for name in [*names.values(), *(each for own in beside.values() for each in own)]
    }
    trained_on = describe(trained.package, trained.run.command().get("data"))
    description = _describe(settings.get("data"), trained_on, wanted) | (more or {})
    parts = _parts(description)
    if parts:
        description["split"] = parts[split]
    full = {name: value for name, value in description.items() if name not in ("per_class", "choice")}
    source = open_source(full, wanted)
    ids: Sequence[int] = range(len(source))
    if not parts and both:
        noise = random.uniform(random.keys(0, np.arange(len(source))), random.stream("evaluate.split"), 1)
        test = noise[:, 0] < SHARE
        ids = np.flatnonzero(test if split == "test" else ~test).tolist()
    if split == "train" and LABEL in names:
        ids = chosen(source, description, ids, names[LABEL])
    else:
        description = full
    there = len(ids)
    if any(entry.get("optional") for entry in wanted.values()):
        ids = _whole(source, ids, list(wanted))
    lacking = {"lacking": there - len(ids)} if len(ids) < there else {}
    if settings.get("limit"):
        ids = ids[: int(settings["limit"])]
    unseen = all(_apart(description, own) for own in trained_on.values())
    return HeldOut(
        source,
        ids,
        unseen,
        {"data": description, "samples": len(ids), **lacking, "held_out": unseen},
        names,
        wanted,
        beside,
    )


def _whole(source: Source, ids: Sequence[int], names: list[str]) -> list[int]:
    """The samples that have all that is read of them: of data whose samples may lack inputs, a number is one over these.

    Raises `RunError` if there is none.
    """
    whole = [id for id in ids if all(value is not None for value in source.read(id, names).values())]
    if not whole:
        raise RunError(f"no sample of these data has {' and '.join(names)}")
    return whole


def _describe(
    asked: Any, trained_on: dict[str, dict[str, Any]], wanted: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """The description of the source that `data` means."""
    if isinstance(asked, dict):
        return dict(asked)
    if asked in (None, "held_out"):
        return dict(next(iter(trained_on.values())))
    if asked in trained_on:
        return dict(trained_on[asked])
    if asked in EMBEDDED:
        return dict(EMBEDDED[asked])
    return user_data(asked, wanted)


def _parts(description: dict[str, Any]) -> dict[str, str]:
    """What a source calls its parts, by `train` and `test`; empty if it has none."""
    if description["use"] in OWN_SPLIT:
        return {"train": "train", "test": "test"}
    if description["use"] == "image_folder":
        root = Path(description["root"]).expanduser()
        for test in ("test", "val"):
            if (root / "train").is_dir() and (root / test).is_dir():
                return {"train": "train", "test": test}
    return {}


def _apart(measured: dict[str, Any], trained_on: dict[str, Any]) -> bool:
    """Whether a source shares no sample with one that was trained on: another source, or another part of it
    divided in the same way.
    """
    if measured["use"] != trained_on["use"]:
        return True
    place = ("root", "files", "urls")
    if any(measured.get(name) != trained_on.get(name) for name in place):
        return True
    same_way = (measured.get("by") or "stratified") == (trained_on.get("by") or "stratified")
    part, other = measured.get("split"), trained_on.get("split") or ("train" if _parts(trained_on) else None)
    return same_way and part is not None and "all" not in (part, other) and part != other


def operands(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The towers of an evaluation with what feeds them, by argument, in their order."""
    return {
        argument: given
        for argument, given in settings.items()
        if isinstance(given, dict) and "tower" in given
    }


def operand(settings: dict[str, Any]) -> dict[str, Any]:
    """The one tower of an evaluation beside that of `text`."""
    return next(given for argument, given in operands(settings).items() if argument != TEXT)


def input_of(trained: Trained, where: dict[str, Any]) -> str:
    """The input that feeds a tower."""
    return str(where["input"]) if "input" in where else trained.input_of(where["view"])


def encode(
    trained: Trained, data: HeldOut, where: dict[str, Any], *also: str
) -> tuple[Tensor, dict[str, list[Any]]]:
    """What a tower says of all samples, `[N, E]` on the CPU, and the other kinds of input asked for."""
    features: list[Tensor] = []
    rest: dict[str, list[Any]] = {kind: [] for kind in also}
    name = input_of(trained, where)
    key = name if name in data.names else next(kind for kind, own in data.names.items() if own == name)
    for batch in data.read((key, *also)):
        features.append(trained.encode(None, batch[key], **where, decoded=True))
        for kind in also:
            rest[kind] += batch[kind]
    return torch.cat(features), rest


def encode_images(
    trained: Trained, data: HeldOut, where: dict[str, Any], *also: str
) -> tuple[Tensor, dict[str, list[Any]]]:
    """`encode` for a tower that reads images."""
    return encode(trained, data, where, *also)


def fingerprint(
    trained: Trained, *facts: Any, view: str | Sequence[str] | None = None, text: str | None = None
) -> str:
    """A hash of what an evaluation feeds the towers: prompts or other facts, the views' programs (of media that
    are decoded as the input says, with the input), the tokeniser with the words that it learned. Whether samples of
    training may lack an input is no part of it.
    """
    inputs = {
        name: {key: value for key, value in entry.items() if key != "optional"}
        for name, entry in trained.package.data.INPUTS.items()
    }

    def made(name: str) -> Any:
        entry, programs = inputs[trained.input_of(name)], trained.view(name)["evaluate"]
        return programs if entry["kind"] == IMAGE else [entry, programs]

    views = made(view) if isinstance(view, str) else [made(name) for name in view] if view else None
    said = [list(facts), views, [inputs[text], _learned(trained.run.tokenizer(text))] if text else None]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _learned(folder: Path) -> dict[str, str]:
    """A hash of each file of a tokeniser that a run saved."""
    files = sorted(path for path in folder.glob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _input_of(settings: dict[str, Any], trained: Trained, kind: str) -> str | None:
    """The input of a kind that one of the towers reads."""
    for where in operands(settings).values():
        if trained.kind_of(where) == kind:
            return input_of(trained, where)
    return None
