"""The data of an evaluation: a source, which of its samples, and whether training could have seen them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime import random
from vfmc.runtime.data.sources import Source, open_source, user_data
from vfmc.runtime.data_feed import describe
from vfmc.runtime.errors import RunError
from vfmc.runtime.trained import Trained

SPLIT = ("digits", "scenes")
"""Sources that hold out a part of themselves; others do if their description names a `split`."""

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

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, kinds: Sequence[str], batch: int = 256) -> Iterator[dict[str, list[Any]]]:
        """The samples in order, `batch` at a time: `{"image": [uint8 [C, H, W], ...], "label": [...]}`.

        Raises `RunError` that names a sample which cannot be read: a number over fewer samples would not be
        the number asked for.
        """
        with ThreadPoolExecutor(READERS) as pool:
            for start in range(0, len(self.ids), batch):
                rows = list(pool.map(lambda id: self._one(id, kinds), self.ids[start : start + batch]))
                yield {kind: [row[kind] for row in rows] for kind in kinds}

    def _one(self, id: int, kinds: Sequence[str]) -> dict[str, Any]:
        from vfmc.runtime.data.decode import to_tensor

        try:
            sample = self.source.read(id, [self.names[kind] for kind in kinds])
            found = {kind: sample[self.names[kind]] for kind in kinds}
            return {kind: to_tensor(value) if kind == IMAGE else value for kind, value in found.items()}
        except Exception as error:
            raise RunError(f"the sample {self.source.key(id)} cannot be read ({error})") from error


def open_data(
    trained: Trained, settings: dict[str, Any], kinds: Sequence[str], split: str = "test", both: bool = False
) -> HeldOut:
    """The samples that an evaluation asks for, `split` of them: `settings["data"]` names a source of the
    recipe or an embedded one, or is a path or a description itself. `settings["limit"]` keeps the first so
    many. A protocol that reads `both` parts of a source without a split gets four fifths and one fifth,
    chosen by a hash.

    Raises `RunError` if the source cannot give one of `kinds` (image, text, label).
    """
    asked = settings.get("data")
    inputs = dict(trained.package.data.INPUTS)
    names = {}
    for kind in kinds:
        own = _input_of(settings, trained, kind)
        names[kind] = own or next((name for name, entry in inputs.items() if entry["kind"] == kind), kind)
        inputs.setdefault(names[kind], {"kind": kind})
    wanted = {name: inputs[name] for name in names.values()}
    sources = describe(trained.package, trained.run.command().get("data"))
    if asked is None and len(sources) == 1:
        asked = next(iter(sources))
    if isinstance(asked, dict):
        description = dict(asked)
    elif asked in sources:
        description = dict(sources[asked])
    elif asked in SPLIT:
        description = {"use": asked}
    elif asked is not None:
        description = user_data(asked, wanted)
    else:
        raise RunError("the evaluation names no `data`, and the spec has no source or several")
    natural = description["use"] in SPLIT or "split" in description
    if natural:
        description["split"] = settings.get(split, split)
    source = open_source(description, wanted)
    ids: Sequence[int] = range(len(source))
    if not natural and settings.get("train") is not None and split == "train":
        source = open_source(settings["train"], wanted)
        ids = range(len(source))
    elif not natural and both:
        test = (
            random.uniform(random.keys(0, np.arange(len(source))), random.stream("evaluate.split"), 1)[:, 0]
            < SHARE
        )
        ids = np.flatnonzero(test if split == "test" else ~test).tolist()
    if settings.get("limit"):
        ids = ids[: int(settings["limit"])]
    about = {
        "data": {**description, "split": description.get("split", split)},
        "samples": len(ids),
        "held_out": natural,
    }
    return HeldOut(source, ids, natural, about, names)


def encode_images(
    trained: Trained, data: HeldOut, where: dict[str, Any], *also: str
) -> tuple[Tensor, dict[str, list[Any]]]:
    """What a tower says of all samples, `[N, E]` on the CPU, and the other kinds of input asked for."""
    features: list[Tensor] = []
    rest: dict[str, list[Any]] = {kind: [] for kind in also}
    for batch in data.read((IMAGE, *also)):
        features.append(trained.encode_image(batch[IMAGE], **where))
        for kind in also:
            rest[kind] += batch[kind]
    return torch.cat(features), rest


def fingerprint(trained: Trained, *facts: Any, view: str | None = None, text: str | None = None) -> str:
    """A hash of what an evaluation feeds the towers: prompts or other facts, the view's program, the
    tokeniser.
    """
    inputs = trained.package.data.INPUTS
    said = [list(facts), trained.view(view)["evaluate"] if view else None, inputs[text] if text else None]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _input_of(settings: dict[str, Any], trained: Trained, kind: str) -> str | None:
    if kind == IMAGE and isinstance(settings.get("image"), dict):
        return trained.input_of(settings["image"]["view"])
    if kind == TEXT and isinstance(settings.get("text"), dict):
        return str(settings["text"]["input"])
    return None
