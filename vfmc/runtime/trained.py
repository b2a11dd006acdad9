"""A trained model as people use it: pictures and sentences in, embeddings and names out."""

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
from vfmc.runtime.data.sources.base import Sample, Source
from vfmc.runtime.errors import RunError
from vfmc.runtime.package import Package, load_package
from vfmc.runtime.precision import Precision, apply_backend_flags, choose_device, choose_precision
from vfmc.runtime.run_folder import RunFolder, open_folder

SCALE = 100.0
"""What cosines are multiplied by before a softmax where the model has no scale of its own: CLIP's upper
limit.
"""


class Trained:
    """The objective of a run with the weights of one of its checkpoints, in eval mode.

    `step` counts the optimiser steps behind the weights. Its own deterministic view prepares images, its own
    tokeniser texts.
    """

    def __init__(
        self, run: RunFolder, package: Package, objective: nn.Module, precision: Precision, step: int
    ) -> None:
        self.run, self.package, self.objective, self.precision, self.step = (
            run,
            package,
            objective,
            precision,
            step,
        )
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

    def prepare(self, images: Sequence[Any], view: str) -> Tensor:
        """Pillow images, arrays or uint8 tensors `[C, H, W]` through the deterministic side of a view: `[B,
        C, h, w]` on the device.
        """
        from vfmc.runtime.data.making import Maker

        name = self.input_of(view)
        maker = Maker(
            self.package.data, self.phase_name, _Given(name, images), [view], {}, True, cache_bytes=0
        )
        nothing = np.zeros(len(images), np.int64)
        host = maker.make(range(len(images)), nothing)
        made = maker.finish(host, nothing, self.device, self.precision.weights)[view]
        return made[0] if made.ndim == 5 else made

    def input_of(self, view: str) -> str:
        """The input that a view is a view of, through other views if need be."""
        while view not in self.package.data.INPUTS:
            view = self.view(view)["of"]
        return view

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

    def encode_image(
        self, images: Any, tower: str | None = None, view: str | None = None, batch: int = 256
    ) -> Tensor:
        """One image (`[E]`) or a list (`[B, E]`): what the image tower gives, on the CPU. Images are
        Pillow's, arrays `[H, W, C]` or paths.

        Tower and view are those that the spec's evaluations use unless given. Raises `RunError` if there are
        none.
        """
        default = self.default("image")
        tower, view = tower or default.get("tower"), view or default.get("view")
        if tower is None or view is None:
            raise RunError(
                "the spec evaluates no image tower: say which `tower` and `view` to encode images with"
            )
        many = isinstance(images, list | tuple)
        listed = [_opened(image) for image in (images if many else [images])]
        found = self._in_batches(listed, batch, lambda part: self.tower(tower, self.prepare(part, view)))
        return found if many else found[0]

    def encode_text(
        self, texts: str | Sequence[str], tower: str | None = None, input: str | None = None, batch: int = 256
    ) -> Tensor:
        """One text (`[E]`) or a list (`[B, E]`): what the text tower gives, on the CPU."""
        default = self.default("text")
        tower, name = tower or default.get("tower"), input or default.get("input")
        if tower is None or name is None:
            raise RunError(
                "the spec evaluates no text tower: say which `tower` and `input` to encode texts with"
            )
        listed = [texts] if isinstance(texts, str) else list(texts)
        encode = self.tokenizer(name).encode
        found = self._in_batches(listed, batch, lambda part: self.tower(tower, encode(part)))
        return found[0] if isinstance(texts, str) else found

    def class_weights(self, names: Sequence[str], templates: Sequence[str], **where: Any) -> Tensor:
        """Unit vectors `[classes, E]`: each prompt normalised, then their mean, then normalised (CLIP's
        notebook; the order matters).
        """
        prompts = [template.format(name) for name in names for template in templates]
        each = F.normalize(self.encode_text(prompts, **where), dim=-1)
        return F.normalize(each.view(len(names), len(templates), -1).mean(1), dim=-1)

    def classify(self, images: Any, names: Sequence[str], templates: str | Sequence[str] = "plain") -> Any:
        """How likely each name is, for one image (`{name: probability}`, the likeliest first) or a list of
        them.
        """
        from vfmc.runtime.evaluate.templates import find

        weights = self.class_weights(names, find(templates))
        many = isinstance(images, list | tuple)
        features = F.normalize(self.encode_image(images if many else [images]), dim=-1)
        shares = (self.scale() * features @ weights.T).softmax(-1)
        ranked = [
            dict(sorted(zip(names, row.tolist(), strict=True), key=lambda own: -own[1])) for row in shares
        ]
        return ranked if many else ranked[0]

    def scale(self) -> float:
        """What the model multiplies cosines by: its first learned scale, else `SCALE`."""
        for name, tensor in self.objective.state_dict().items():
            if name.endswith("scale.log") and tensor.numel() == 1:
                return math.exp(tensor.item())
        return SCALE

    def default(self, kind: str) -> dict[str, Any]:
        """The tower of a kind (`image`, `text`) that the spec's evaluations use, with its view or input;
        empty if there is none.
        """
        for entry in (self.package.recipe.get("evaluate") or {}).values():
            if isinstance(entry.get(kind), dict):
                return dict(entry[kind])
        return {}

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
    return Trained(folder, package, objective.to(chosen).eval(), precision, found.step)


class _Given(Source):
    """Images in memory as a source of one input."""

    def __init__(self, name: str, images: Sequence[Any]) -> None:
        self.gives, self.images = (name,), images

    def __len__(self) -> int:
        return len(self.images)

    def read(self, id: int, names: Collection[str]) -> Sample:
        return dict.fromkeys(names, self.images[id])

    def key(self, id: int) -> str:
        return f"the image number {id}"


def _opened(image: Any) -> Any:
    if isinstance(image, str | Path):
        from PIL import Image

        return Image.open(image)
    return image
