"""The interpreter of view programs: lists of primitive operations (docs/contracts.md, section 1) on uint8
images.

An operation draws from its samples' keys and its own place in the spec, so a view of a sample does not depend
on the batch, the process or the order in which it is made. Bytes go in and come out; what `normalize` says is
done last, on the device.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data import colour, erasing, geometry, randaugment
from vfmc.runtime.data.colour import on_subset
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.random import stream, uniform


class Operation(NamedTuple):
    """`change(x: uint8 [B, C, H, W], u: float64 [B, draws], **arguments) -> uint8 [B, C, h, w]`."""

    change: Callable[..., Tensor]
    draws: int = 0


OPERATIONS: dict[str, Operation] = {
    "resize": Operation(geometry.resize),
    "center_crop": Operation(geometry.center_crop),
    "random_crop": Operation(geometry.random_crop, 2),
    "random_resized_crop": Operation(geometry.random_resized_crop, 22),
    "flip": Operation(geometry.flip),
    "color_jitter": Operation(colour.color_jitter, 8),
    "grayscale": Operation(colour.grayscale),
    "gaussian_blur": Operation(colour.gaussian_blur, 1),
    "solarize": Operation(colour.solarize),
    "randaugment": Operation(randaugment.randaugment, randaugment.DRAWS),
}

LATE: dict[str, Callable[..., Tensor]] = {"erase": erasing.erase}
"""Operations on normalised pictures: `change(x: real [B, C, H, W], keys [B], stream, **arguments)`."""


_PIXELS = 1 << 17
"""Images are worked on together up to this many pixels, so that the intermediate values stay in the cache."""


class Program:
    """One list of operations of a view, checked; `index` is its place among the view's programs.

    Raises `DataError` for an operation or an argument that this runtime does not know.
    """

    def __init__(self, steps: Sequence[Mapping[str, Any]], view: str = "view", index: int = 0) -> None:
        self.view = view
        self.mean: list[float] | None = None
        self.std: list[float] | None = None
        self.pixels = 1  # of the largest size in the program
        self.late: list[tuple[Callable[..., Tensor], int, dict[str, Any]]] = []
        self.steps: list[tuple[Operation, float, dict[str, Any], int]] = []
        for place, step in enumerate(steps):
            arguments = {name: value for name, value in step.items() if name not in ("op", "p")}
            name = step["op"]
            ends = name == "normalize" or name in LATE
            if ends and any(other["op"] not in LATE for other in steps[place + 1 :]):
                raise DataError(f"view '{view}': {name} must be the last operation")
            if name == "normalize":
                self.mean, self.std = list(step["mean"]), list(step["std"])
                continue
            if name not in OPERATIONS and name not in LATE:
                known = ", ".join([*OPERATIONS, *LATE])
                raise DataError(f"view '{view}': this runtime knows no operation '{name}', only {known}")
            change = LATE[name] if name in LATE else OPERATIONS[name].change
            given = (None, None, None) if name in LATE else (None, None)
            try:
                inspect.signature(change).bind(*given, **arguments)
            except TypeError as error:
                raise DataError(f"view '{view}': {name} {error}") from None
            if name in LATE:
                own = {**arguments, "p": step.get("p", 1.0)}
                self.late.append((change, stream(f"views.{view}", index, place), own))
                continue
            rows, columns = geometry.pair(step.get("size", 1))
            self.pixels = max(self.pixels, rows * columns)
            self.steps.append(
                (OPERATIONS[name], step.get("p", 1.0), arguments, stream(f"views.{view}", index, place))
            )

    def __call__(self, images: Sequence[Tensor] | Tensor, keys: np.ndarray) -> Tensor:
        """uint8 images `[C, H, W]` of any sizes (or stacked) and their keys `[B]` -> uint8 `[B, C, h, w]`.

        Raises `DataError` if the program does not bring all images to one size.
        """
        groups: dict[torch.Size, list[int]] = {}
        for place, image in enumerate(images):
            groups.setdefault(image.shape, []).append(place)
        made: list[Tensor | None] = [None] * len(images)
        for shape, group in groups.items():
            count = max(1, _PIXELS // max(shape[-2] * shape[-1], self.pixels))
            for members in (group[i : i + count] for i in range(0, len(group), count)):
                stacked = _stack([images[i] for i in members])
                if len(members) == len(images):
                    return self._run(stacked, keys)
                for place, image in zip(members, self._run(stacked, keys[members]), strict=True):
                    made[place] = image
        done = [image for image in made if image is not None]
        sizes = {tuple(image.shape) for image in done}
        if len(sizes) > 1:
            shown = " and ".join(" x ".join(map(str, size[1:])) for size in sorted(sizes)[:2])
            raise DataError(
                f"view '{self.view}' gives images of different sizes ({shown}): let it end in a crop"
            )
        return torch.stack(done)

    def real(self, x: Tensor, keys: np.ndarray, dtype: torch.dtype) -> Tensor:
        """Bytes `[B, C, h, w]` of samples of `keys` as the view leaves them: normalised, and what is done after."""
        made = normalise(x, self.mean, self.std, dtype)
        for change, name, arguments in self.late:
            made = change(made, keys, name, **arguments)
        return made

    def _run(self, x: Tensor, keys: np.ndarray) -> Tensor:
        for operation, p, arguments, name in self.steps:
            u = uniform(keys, name, 1 + operation.draws)
            chosen = u[:, 0] < p

            def change(
                part: Tensor, draws: np.ndarray, do: Operation = operation, given: dict[str, Any] = arguments
            ) -> Tensor:
                return do.change(part, draws, **given)

            x = on_subset(x, chosen, change, u[:, 1:])
        return x


def _stack(images: Sequence[Tensor]) -> Tensor:
    """`[B, C, H, W]` with the channels of a pixel side by side, as decoding leaves them: resizing is fastest
    so.
    """
    if len(images) == 1:
        return images[0][None]
    return torch.stack([image.permute(1, 2, 0) for image in images]).permute(0, 3, 1, 2)


def normalise(
    x: Tensor,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Bytes `[..., C, H, W]` to `(x / 255 - mean) / std`, or to `x / 255` without a mean, on their device."""
    real = x.to(dtype).div_(255)
    if mean is None or std is None:
        return real
    center, spread = (_constant(tuple(values), dtype, x.device) for values in (mean, std))
    return real.sub_(center).div_(spread)


@lru_cache(maxsize=64)
def _constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """`[C, 1, 1]`, copied to a device once: each copy would wait for the device's work."""
    return torch.tensor(values, dtype=dtype, device=device).reshape(-1, 1, 1)


def evaluate_view(
    images: Sequence[Tensor],
    programs: Sequence[Sequence[Mapping[str, Any]]],
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Tensor:
    """The deterministic programs of a view on uint8 images `[C, H, W]`: `[B, C, h, w]`, or `[V, B, C, h, w]`
    for several programs.
    """
    keys = np.zeros(len(images), np.int64)
    made = []
    for steps in programs:
        program = Program(steps)
        made.append(normalise(program(images, keys).to(device), program.mean, program.std, dtype))
    return made[0] if len(made) == 1 else torch.stack(made)
