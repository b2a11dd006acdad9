"""A trained model as people use it: pictures, sentences, sounds and the like in, embeddings and names out."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vfmc.runtime import checkpoint
from vfmc.runtime.data.sources.base import Beside, Sample, Source
from vfmc.runtime.errors import RunError
from vfmc.runtime.package import Package, load_package
from vfmc.runtime.precision import Precision, apply_backend_flags, choose_device, choose_precision
from vfmc.runtime.run_folder import RunFolder, open_folder

SCALE = 100.0
"""What cosines are multiplied by before a softmax where the model has no scale of its own: CLIP's upper
limit.
"""


_PLURALS = {"image": "images", "text": "texts", "audio": "sounds", "signal": "signals", "video": "videos"}


class Trained:
    """The objective of a run with the weights of one of its checkpoints, in eval mode.

    `step` counts the optimiser steps behind the weights. Its own deterministic view prepares images (and depth,
    sounds, signals, videos), its own tokeniser texts. `where` is a tower with what feeds it, as evaluations have it:
    `{"tower": "vision", "view": "crop"}` or `{"tower": "text", "input": "caption"}`.
    """

    def __init__(
        self,
        run: RunFolder,
        package: Package,
        objective: nn.Module,
        precision: Precision,
        step: int,
        seed: int | None = None,
    ) -> None:
        self.run, self.package, self.objective, self.precision = run, package, objective, precision
        self.step, self.seed = step, seed
        self._tokenizers: dict[str, Any] = {}

    @property
    def device(self) -> torch.device:
        return self.precision.device

    @property
    def phase(self) -> dict[str, Any]:
        """The batch contract of the last phase: the one the weights were last trained on."""
        entry: dict[str, Any] = self.package.data.PHASES[self.phase_name]
        return entry

    @property
    def phase_name(self) -> str:
        return str(self.package.recipe["phases"][-1]["name"])

    def untrained(self) -> Trained:
        """The same model before its first step: what a result is worth shows beside it."""
        objective = self.package.build_objective(self.seed, "cpu", self.precision.weights, self.phase_name)
        return Trained(self.run, self.package, objective.to(self.device).eval(), self.precision, 0, self.seed)

    def tower(self, name: str, *inputs: Tensor) -> Tensor:
        """What a tower gives for a batch, as float32 on the device (float64 for a model of that)."""
        with torch.inference_mode(), self.precision.context():
            given = [x.to(self.device) for x in inputs]
            try:
                out: Tensor = self.objective.tower(name, *given)  # type: ignore[operator]
            except KeyError:
                raise RunError(f"{self.package.name} has no tower '{name}' to evaluate") from None
        return out.to(self.precision.weights)

    def view(self, name: str) -> dict[str, Any]:
        """The view `name` of the contract. Raises `RunError` with the names there are."""
        views: dict[str, Any] = self.phase["views"]
        if name not in views:
            raise RunError(f"{self.package.name} has no view '{name}': it has {', '.join(views)}")
        entry: dict[str, Any] = views[name]
        return entry

    def prepare(self, values: Sequence[Any], view: str) -> Tensor:
        """What a source may give for a medium, such as Pillow images or arrays, through the first deterministic
        program of a view: `[B, C, h, w]` on the device.
        """
        return self.prepared(values, view)[0]

    def prepared(self, values: Sequence[Any], view: str, decoded: bool = False) -> list[Tensor]:
        """The same through all programs of the view: one tensor a clip or crop. `decoded` values are what decoders
        make of files.

        Raises `RunError` for a value that cannot be read.
        """
        from vfmc.runtime.data.making import Maker

        name = self.input_of(view)
        given = _Given(name, self.package.data.INPUTS[name]["kind"], values, decoded)
        maker = Maker(self.package.data, self.phase_name, given, [view], {}, True, cache_bytes=0)
        nothing = np.zeros(len(values), np.int64)
        host = maker.make(range(len(values)), nothing)
        made = maker.finish(host, nothing, self.device, self.precision.weights)[view]
        return list(made) if maker.listed(view) else [made]

    def input_of(self, view: str) -> str:
        """The input that a view is a view of, through other views if need be."""
        while view not in self.package.data.INPUTS:
            view = self.view(view)["of"]
        return view

    def beside(self, view: str) -> list[str]:
        """The inputs that a view and those that it is a view of read beside their samples."""
        found: list[str] = []
        while view not in self.package.data.INPUTS:
            entry = self.view(view)
            found += entry.get("reads", {}).values()
            view = entry["of"]
        return found

    def tokenizer(self, name: str) -> Any:
        """The tokeniser of the text input `name`, as it was saved with the run."""
        if name not in self._tokenizers:
            from vfmc.runtime.tokenize import open_tokenizer

            entry = self.package.data.INPUTS.get(name)
            if entry is None or entry["kind"] != "text":
                raise RunError(f"{self.package.name} has no text input '{name}'")
            self._tokenizers[name] = open_tokenizer(
                entry["tokenizer"], entry["length"], folder=self.run.tokenizer(name), root=self.package.folder
            )
        return self._tokenizers[name]

    def encode(
        self,
        what: str | None,
        values: Any,
        tower: str | None = None,
        view: str | None = None,
        input: str | None = None,
        batch: int = 256,
        decoded: bool = False,
    ) -> Tensor:
        """One value (`[E]`) or a list (`[B, E]`): what a tower gives, on the CPU.

        `what` is a medium (`image`, `text`, `audio`, `depth`, `thermal`, `signal`, `video`) or a tower; tower and
        view are those that the spec's evaluations use for the medium unless given. A value is a path, bytes or
        what the source of a medium may give (`vfmc/runtime/data/sources/base.py`), or `decoded` already; `Beside` adds the camera of
        a depth map. The embeddings of several clips
        or crops are averaged, and not normalised again (ImageBind's way). Raises `RunError` if there is no such
        tower or a value cannot be read.
        """
        where = dict(self.default(what)) if what else {}
        where |= {key: given for key, given in (("tower", tower), ("view", view), ("input", input)) if given}
        if "tower" not in where or not where.keys() & {"view", "input"}:
            raise RunError(
                f"the spec evaluates no {what} tower: say which `tower` and"
                f" `{'input' if what == 'text' else 'view'}` to encode {_PLURALS.get(what or '', 'values')} with"
            )
        many = isinstance(values, list) or (isinstance(values, tuple) and not _with_rate(values))
        found = self._in_batches(
            list(values) if many else [values], batch, lambda part: self.embed(part, where, decoded)
        )
        return found if many else found[0]

    def embed(self, values: list[Any], where: dict[str, Any], decoded: bool = False) -> Tensor:
        """What the tower of `where` gives for values, `[B, E]` on the device."""
        if "input" in where:
            return self.tower(where["tower"], self.tokenizer(where["input"]).encode(values))
        each = [self.tower(where["tower"], made) for made in self.prepared(values, where["view"], decoded)]
        return each[0] if len(each) == 1 else torch.stack(each).mean(0)

    def encode_image(
        self, images: Any, tower: str | None = None, view: str | None = None, batch: int = 256
    ) -> Tensor:
        """One image (`[E]`) or a list (`[B, E]`), Pillow's, arrays `[H, W, C]` or paths: `encode("image", ...)`."""
        return self.encode("image", images, tower, view, batch=batch)

    def encode_text(
        self, texts: str | Sequence[str], tower: str | None = None, input: str | None = None, batch: int = 256
    ) -> Tensor:
        """One text (`[E]`) or a list (`[B, E]`): `encode("text", ...)`."""
        return self.encode("text", texts, tower, input=input, batch=batch)

    def class_weights(self, names: Sequence[str], templates: Sequence[str], **where: Any) -> Tensor:
        """Unit vectors `[classes, E]`: each prompt normalised, then their mean, then normalised (CLIP's
        notebook; the order matters).
        """
        prompts = [template.format(name) for name in names for template in templates]
        each = F.normalize(self.encode_text(prompts, **where), dim=-1)
        return F.normalize(each.view(len(names), len(templates), -1).mean(1), dim=-1)

    def classify(
        self, values: Any, names: Sequence[str], templates: str | Sequence[str] = "plain", of: str = "image"
    ) -> Any:
        """How likely each name is, for one value of the medium `of` (`{name: probability}`, the likeliest first)
        or a list of them.
        """
        from vfmc.runtime.evaluate.templates import find

        weights = self.class_weights(names, find(templates))
        features = self.encode(of, values)
        shares = (self.scale() * F.normalize(features, dim=-1) @ weights.T).softmax(-1)
        ranked = [
            dict(sorted(zip(names, row.tolist(), strict=True), key=lambda own: -own[1]))
            for row in shares.reshape(-1, len(names))
        ]
        return ranked if features.ndim > 1 else ranked[0]

    def generate(self, values: Any, loss: str | None = None, **how: Any) -> Any:
        """The text that the model writes of a picture, or a list of them: `runtime.writing.write` tells how (`top_k`, `temperature`,
        `seed`; greedily without). Raises `RunError` where no loss taught it to write.
        """
        from vfmc.runtime import writing

        many = isinstance(values, list)
        found = writing.write(self, values if many else [values], loss, **how)
        return found if many else found[0]

    def scale(self) -> float:
        """What the model multiplies cosines by: its first learned scale, else `SCALE`."""
        for name, tensor in self.objective.state_dict().items():
            if name.endswith("scale.log") and tensor.numel() == 1:
                return math.exp(tensor.item())
        return SCALE

    def default(self, what: str) -> dict[str, Any]:
        """The tower called `what`, or the one of that medium (`image`, `text`, `audio` ...) which the spec's
        evaluations use, with its view or input; empty if there is none.
        """
        recipe = self.package.recipe
        used = [
            given
            for entry in (recipe.get("evaluate") or {}).values()
            for given in entry.values()
            if isinstance(given, dict) and "tower" in given
        ]
        others = [*(recipe.get("exports") or {}).values(), *(recipe.get("feeds") or {}).values()]
        for given in [*used, *others]:
            if given["tower"] == what:
                return dict(given)
        for given in used:
            if self.kind_of(given) == what:
                return dict(given)
        feeding = {str(given): dict(given) for given in others if self.kind_of(given) == what}
        return next(iter(feeding.values())) if len(feeding) == 1 else {}

    def kind_of(self, where: dict[str, Any]) -> str:
        """What a tower reads there: `image`, `text`, `audio` ..."""
        name = where["input"] if "input" in where else self.input_of(where["view"])
        return str(self.package.data.INPUTS[name]["kind"])

    @staticmethod
    def _in_batches(listed: list[Any], batch: int, encode: Callable[[list[Any]], Tensor]) -> Tensor:
        if not listed:
            raise RunError("there is nothing to encode: the list is empty")
        return torch.cat([encode(listed[i : i + batch]).cpu() for i in range(0, len(listed), batch)])


def open_run(run: str | Path, device: str = "auto", step: int | None = None) -> Trained:
    """The trained model in the folder of a run: the newest checkpoint, or the one after `step` steps.

    Raises `RunError` if there is no such run or checkpoint.
    """
    folder = open_folder(run)
    package = load_package(folder.package)
    if step is None:
        found = checkpoint.newest(folder)
        if found is None:
            raise RunError(f"{run} has no checkpoint yet")
    else:
        path = folder.checkpoints / checkpoint.name_of(step)
        if not path.is_dir():
            kept = (
                ", ".join(str(int(own.name.removeprefix("step-"))) for own in checkpoint.found(folder))
                or "none"
            )
            raise RunError(f"{run} has no checkpoint of step {step}: it has {kept}")
        found = checkpoint.open_checkpoint(path)
    said = folder.command().get("resolved", {}).get("precision") or package.recipe.get("precision") or "auto"
    chosen = choose_device(device)
    precision = choose_precision(said, chosen)
    apply_backend_flags(precision)
    phase = found.notes.get("phase")
    objective = package.build_objective(found.notes.get("seed"), "cpu", precision.weights, phase)
    found.load_weights(objective)
    return Trained(
        folder, package, objective.to(chosen).eval(), precision, found.step, found.notes.get("seed")
    )


class _Given(Source):
    """Values in memory as a source of one input, and of what they have `Beside` them."""

    def __init__(self, name: str, kind: str, values: Sequence[Any], decoded: bool) -> None:
        first = values[0] if values else None
        self.gives = (name, *first.others) if isinstance(first, Beside) else (name,)
        self.kind, self.values, self.decoded = kind, values, decoded

    def __len__(self) -> int:
        return len(self.values)

    def read(self, id: int, names: Collection[str]) -> Sample:
        value = self.values[id]
        if not isinstance(value, Beside):
            return dict.fromkeys(names, value)
        return {name: value.others.get(name, value.value) for name in names}

    def key(self, id: int) -> str:
        value = self.values[id]
        value = value.value if isinstance(value, Beside) else value
        return str(value) if isinstance(value, str | Path) else f"the {self.kind} number {id}"


def _with_rate(value: tuple[Any, ...]) -> bool:
    """Whether a pair is one array with its rate, and no two values."""
    return len(value) == 2 and isinstance(value[1], int | float) and not isinstance(value[0], int | float)
