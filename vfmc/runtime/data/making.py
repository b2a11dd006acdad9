"""From ids and keys to a batch: what a worker does on the host, and what the device does after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data import geometry, mixing
from vfmc.runtime.data.decode import MEDIA, blank
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.masks import draw_masks
from vfmc.runtime.data.reader import CACHE_BYTES, Reader
from vfmc.runtime.data.sources.base import Sample, Source
from vfmc.runtime.data.text import Captions, open_tokenizers
from vfmc.runtime.data.views import Program, Unmade
from vfmc.runtime.tokenize import Tokenizer

Host = dict[str, Tensor]
"""Fields of a batch in main memory, images still as bytes."""

Values = list[Any] | Tensor
"""Of one input or view: a value a sample, stacked where all have one size."""


class Maker:
    """Makes the fields of one phase's batch from a source.

    `fields` limits the batch: names of its entries, or of masks. With `evaluate` the views' deterministic
    programs are run, nothing is drawn, and the first of several captions is taken; a view with several of them
    (clips, crops) comes out as `[V, B, ...]`. Raises `DataError` where
    source, tokenizers and contract do not fit together.
    """

    def __init__(
        self,
        data_module: ModuleType,
        phase: str,
        source: Source,
        fields: Collection[str] | None = None,
        tokenizers: Mapping[str, Tokenizer] | None = None,
        evaluate: bool = False,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.module, self.contract, self.source, self.evaluate = (
            data_module,
            data_module.PHASES[phase],
            source,
            evaluate,
        )
        inputs = data_module.INPUTS
        self.fields = _wanted(self.contract, fields, evaluate)
        views = self.contract["views"]
        self.programs: dict[str, list[Program]] = {}  # of views and of images without a view, parents first
        self.parents: dict[str, str] = {}
        self.media = {name: entry["kind"] for name, entry in inputs.items() if entry["kind"] in MEDIA}
        for name in [*views, *inputs]:
            if name in _with_parents(views, self.fields) and name not in self.programs:
                entry = views.get(name)
                if entry is not None and "shares" in entry:
                    continue
                if entry is not None:
                    steps, follows = entry["evaluate" if evaluate else "programs"], entry.get("follows", "")
                    medium = self.media[name] = self.media[entry["of"]]
                    self.programs[name] = [
                        Program(program, name, i, medium, follows) for i, program in enumerate(steps)
                    ]
                    self.parents[name] = entry["of"]
                elif self.media.get(name) == "image":
                    self.programs[name] = [_fitting(name, self.fields[name]["shape"])]
                    self.parents[name] = name
        self.plain = [name for name in self.fields if name in inputs and name not in self.programs]
        self.shares = {name: views[name] for name in self.fields if name in views and "shares" in views[name]}
        mixers = [*self.programs, *(entry["shares"]["with"] for entry in self.shares.values())]
        self.mixed = [name for name in dict.fromkeys(mixers) if "mix" in views.get(name, {})]
        read = [*self.parents.values(), *(entry["of"] for entry in self.shares.values())]
        self.beside = {
            name: {
                argument: own
                for argument, own in beside_of(views, name).items()
                if not evaluate or own in source.gives
            }
            for name in self.programs
        }
        read += [own for reads in self.beside.values() for own in reads.values()]
        needed = list(dict.fromkeys([*self.plain, *(parent for parent in read if parent in inputs)]))
        self.optional = [name for name in needed if inputs[name].get("optional")]
        missing = [name for name in needed if name not in source.gives and name not in self.optional]
        if missing:
            raise DataError(
                f"the batch needs {', '.join(missing)}; the source gives {', '.join(source.gives)}"
            )
        self.kinds = {name: inputs[name]["kind"] for name in needed}
        self.captions = self._open_captions(inputs, tokenizers)
        self._check_labels(inputs)
        self.blanks = {name: blank(inputs[name]) for name in self.optional}
        readable = [name for name in needed if name in source.gives]
        self.read = Reader(source, inputs, readable, cache_bytes, strict=evaluate)

    def _open_captions(
        self, inputs: Mapping[str, Any], tokenizers: Mapping[str, Tokenizer] | None
    ) -> dict[str, Captions]:
        texts = {name: inputs[name] for name in self.plain if self.kinds[name] == "text"}
        if tokenizers is None:
            tokenizers = open_tokenizers(texts, self.source)
        for name in texts:
            below = self.fields[name].get("below")
            if below is not None and tokenizers[name].vocabulary > below:
                count = tokenizers[name].vocabulary
                raise DataError(f"the tokenizer of '{name}' has {count} ids, the model has room for {below}")
        return {name: Captions(name, tokenizers[name]) for name in texts}

    def _check_labels(self, inputs: Mapping[str, Any]) -> None:
        for name in self.kinds:
            classes = inputs[name].get("classes")
            if self.kinds[name] == "label" and classes and len(self.source.classes or ()) > classes:
                there = self.source.classes or []
                raise DataError(
                    f"the source has {len(there)} classes ({there[0]}, {there[1]}, ...),"
                    f" and the spec says classes: {classes}"
                )

    def make(self, ids: Sequence[int], keys: np.ndarray) -> Host:
        """The fields of samples `ids` with `keys` (int64 `[B]`), without masks and keys; images uint8 `[B,
        ...]` or `[V, B, ...]`.
        """
        samples = self.read(ids)
        there = self._fill(samples)
        tried = [0] * len(samples)
        while True:
            try:
                made = self._views(samples, keys)
                break
            except Unmade as error:  # it was opened, and a part that a view asks for is broken
                place = error.place
                samples[place] = self.read.instead(ids[place], tried[place], error.reason)
                there = self._fill(samples)
                tried[place] += 1
        for name in self.plain:
            made[name] = self._plain(name, samples, keys)
        made |= {
            name: there[entry["of"]] for name, entry in self.fields.items() if entry["kind"] == "present"
        }
        for name, entry in self.shares.items():
            made[name] = torch.tensor([sample[entry["of"]] for sample in samples], dtype=torch.int64)
        return made

    def _fill(self, samples: list[Sample]) -> dict[str, Tensor]:
        """Puts blanks in the place of what samples lack, and tells which of them have each optional input, bool `[B]`."""
        there = {}
        for name in self.optional:
            nothing = (None, self.blanks[name])
            has = [not any(sample.get(name) is none for none in nothing) for sample in samples]
            there[name] = torch.tensor(has)
            for place, own in enumerate(has):
                if not own:
                    samples[place] = {
                        **samples[place],
                        name: self.blanks[name],
                    }  # the cache keeps the sample as it is
        return there

    def _views(self, samples: list[Sample], keys: np.ndarray) -> Host:
        made: Host = {}
        values: dict[str, list[Values]] = {
            name: [[sample[name] for sample in samples]] for name, kind in self.kinds.items() if kind in MEDIA
        }
        for name, programs in self.programs.items():
            parents = values[self.parents[name]]
            if len(parents) not in (1, len(programs)):
                whose = f"the {len(parents)} of '{self.parents[name]}'"
                raise DataError(f"view '{name}' has {len(programs)} programs for {whose}")
            if programs[0].follows:
                parents = [self._aligned(each, programs[0].follows, values) for each in parents]
            given = [parents[place if len(parents) > 1 else 0] for place in range(len(programs))]
            beside = {argument: values[own][0] for argument, own in self.beside[name].items()}
            if name not in self.fields:
                values[name] = [
                    program.each(each, keys, beside) for program, each in zip(programs, given, strict=True)
                ]
                continue
            outcomes = [program(each, keys, beside) for program, each in zip(programs, given, strict=True)]
            values[name] = list(outcomes)
            made[name] = torch.stack(outcomes) if self.listed(name) else outcomes[0]
            self._check_shape(name, made[name])
        return made

    def _aligned(self, maps: Values, follows: str, values: Mapping[str, list[Values]]) -> Values:
        """Maps of the size of the pictures whose crop they follow, where those are read as well: a box means the
        same place in both.
        """
        pictures = values.get(self.parents.get(follows, ""))
        if pictures is None or self.evaluate:
            return maps
        goals = [tuple(picture.shape[-2:]) for picture in pictures[0]]
        return [
            each if tuple(each.shape[-2:]) == goal else geometry.resize(each[None], _NOTHING, size=goal)[0]
            for each, goal in zip(maps, goals, strict=True)
        ]

    def listed(self, name: str) -> bool:
        """Whether a field is made as `[V, B, ...]`."""
        if self.evaluate:
            return len(self.programs.get(name, ())) > 1
        return bool(self.fields[name]["dims"][0] == "V")

    def _plain(self, name: str, samples: list[Sample], keys: np.ndarray) -> Tensor:
        values = [sample[name] for sample in samples]
        if name in self.captions:
            return self.captions[name](values, None if self.evaluate else keys)
        made = torch.as_tensor(np.array(values), dtype=getattr(torch, self.fields[name]["dtype"]))
        self._check_shape(name, made)
        return made

    def _check_shape(self, name: str, made: Tensor) -> None:
        if self.evaluate:
            return
        listed = self.fields[name]["dims"][0] == "V"
        shape = [made.shape[0], *made.shape[2:]] if listed else list(made.shape[1:])
        if shape != list(self.fields[name]["shape"]):
            raise DataError(
                f"'{name}' comes out as {shape}, and the model takes {self.fields[name]['shape']}"
            )

    def finish(
        self, host: Host, keys: np.ndarray, device: torch.device, dtype: torch.dtype
    ) -> dict[str, Tensor]:
        """The batch on the device: images real and normalised, masks drawn, in the contract's order."""
        batch = {}
        for name, value in host.items():
            moved = value.to(device, non_blocking=True)
            batch[name] = self._normalise(name, moved, keys, dtype) if name in self.programs else moved
        self._mix(batch, keys, dtype, self._whole(host))
        if not self.evaluate:
            seeds = torch.from_numpy(keys).to(device, non_blocking=True)
            batch |= draw_masks(self.module, self.contract, seeds, self.fields)
            if "key" in self.fields:
                batch["key"] = seeds
        return {name: batch[name] for name in self.fields if name in batch}

    def _whole(self, host: Host) -> dict[str, np.ndarray]:
        """For every view that mixes, which samples have all that goes with it, bool `[B]`: the others are mixed with nobody."""
        views, found = self.contract["views"], {}
        for name in self.mixed:
            labels = [entry["of"] for entry in self.shares.values() if entry["shares"]["with"] == name]
            roots = [f"{root}.present" for root in (views[name]["of"], *labels)]
            there = [host[root].numpy() for root in roots if root in host]
            if there:
                found[name] = np.logical_and.reduce(there)
        return found

    def _mix(
        self,
        batch: dict[str, Tensor],
        keys: np.ndarray,
        dtype: torch.dtype,
        whole: Mapping[str, np.ndarray],
    ) -> None:
        """Mixes pictures and labels with their neighbours, where the contract says so; evaluation mixes none."""
        views = self.contract["views"]
        mixes = (
            {}
            if self.evaluate
            else {name: mixing.draw(keys, name, views[name]["mix"], whole.get(name)) for name in self.mixed}
        )
        for name in mixes.keys() & batch.keys():
            batch[name] = mixing.pictures(batch[name], mixes[name])
        for name, entry in self.shares.items():
            mix, own = mixes.get(entry["shares"]["with"]), entry["shares"]
            batch[name] = mixing.labels(batch[name], own["classes"], own["smoothing"], mix, dtype)

    def _normalise(self, name: str, x: Tensor, keys: np.ndarray, dtype: torch.dtype) -> Tensor:
        programs = self.programs[name]
        alike = all((p.mean, p.std) == (programs[0].mean, programs[0].std) for p in programs)
        if not self.listed(name) or (alike and not any(program.late for program in programs)):
            return programs[0].real(x, keys, dtype)
        return torch.stack([p.real(part, keys, dtype) for part, p in zip(x, programs, strict=True)])


_NOTHING = np.zeros((1, 0))  # no draws


def _wanted(
    contract: Mapping[str, Any], fields: Collection[str] | None, evaluate: bool
) -> dict[str, Mapping[str, Any]]:
    """The entries of the batch that `fields` names, with the masks over them and the key. Evaluation may name a view that no loss
    of the phase reads.
    """
    batch: dict[str, Mapping[str, Any]] = dict(contract["batch"])
    if fields is None:
        return batch
    if evaluate:
        batch |= {name: {"kind": "view"} for name in contract["views"] if name not in batch}
    unknown = [name for name in fields if name not in batch and name not in contract.get("masks", {})]
    if unknown:
        raise DataError(f"the batch has no {', '.join(unknown)}: it has {', '.join(batch)}")
    masks = {
        name for name, entry in contract.get("masks", {}).items() if name in fields or entry["of"] in fields
    }
    views = contract["views"]
    roots = set(fields)
    for name in list(views)[::-1]:
        if name in roots:
            roots |= {views[name]["of"], *beside_of(views, name).values()}
    return {
        name: entry
        for name, entry in batch.items()
        if name in fields
        or entry["kind"] == "key"
        or name.partition(".")[0] in masks
        or (entry["kind"] == "present" and entry["of"] in roots)
    }


def beside_of(views: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, str]:
    """The inputs that a view reads beside its samples, by the argument that takes them."""
    found: Mapping[str, str] = views.get(name, {}).get("reads", {})
    return found


def _with_parents(views: Mapping[str, Mapping[str, Any]], fields: Collection[str]) -> set[str]:
    """Fields, and the views that they are views of."""
    found = set(fields)
    for name in list(views)[::-1]:
        if name in found and views[name]["of"] in views:
            found.add(views[name]["of"])
    return found


def _fitting(name: str, shape: Sequence[int]) -> Program:
    """An image that is used without a view: brought to the model's size, the middle of it where the aspect
    differs.
    """
    height, width = shape[-2:]
    if height != width:
        return Program([{"op": "resize", "size": [height, width], "interpolation": "bicubic"}], name)
    return Program(
        [{"op": "resize", "size": height, "interpolation": "bicubic"}, {"op": "center_crop", "size": height}],
        name,
    )
