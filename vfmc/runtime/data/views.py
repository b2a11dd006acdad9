"""The interpreter of view programs: lists of primitive operations (docs/contracts.md, section 1) on the samples
of a medium.

An operation draws from its samples' keys and its own place in the spec, so a view of a sample does not depend
on the batch, the process or the order in which it is made. Bytes stay bytes, maps of depth, spectrograms and
signals are reals; what `normalize` says is done last, on the device.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data import colour, erasing, geometry, randaugment, stretches
from vfmc.runtime.data.colour import on_subset
from vfmc.runtime.data.errors import UNREADABLE, DataError, SampleError, said
from vfmc.runtime.data.fbank import fbank
from vfmc.runtime.random import stream, uniform

_log = logging.getLogger("vfmc")


class Operation(NamedTuple):
    """`change(x: [B, C, H, W], u: float64 [B, draws], **arguments) -> [B, C, h, w]` of one type; with `alone`,
    `change(sample, u: float64 [draws], **arguments)` for one sample at a time, where `reads` names arguments that may come
    with each sample.
    """

    change: Callable[..., Tensor]
    draws: int = 0
    alone: bool = False
    reads: tuple[str, ...] = ()


GEOMETRY: dict[str, Operation] = {
    "resize": Operation(geometry.resize),
    "center_crop": Operation(geometry.center_crop),
    "side_crop": Operation(geometry.side_crop),
    "random_crop": Operation(geometry.random_crop, 2),
    "random_resized_crop": Operation(geometry.random_resized_crop, 22),
    "flip": Operation(geometry.flip),
}

OPERATIONS: dict[str, Operation] = {  # on images of bytes
    **GEOMETRY,
    "color_jitter": Operation(colour.color_jitter, 8),
    "grayscale": Operation(colour.grayscale),
    "gaussian_blur": Operation(colour.gaussian_blur, 1),
    "solarize": Operation(colour.solarize),
    "randaugment": Operation(randaugment.randaugment, randaugment.DRAWS),
    "randaugment_moves": Operation(randaugment.moves, randaugment.DRAWS),
}

MAPS: dict[str, Operation] = {  # on depth and heat, which have no colours
    **GEOMETRY,
    "randaugment_moves": Operation(randaugment.moves, randaugment.DRAWS),
}

LATE: dict[str, Callable[..., Tensor]] = {"erase": erasing.erase}
"""Operations on normalised pictures: `change(x: real [B, C, H, W], keys [B], stream, **arguments)`."""

TIME: dict[str, Operation] = {
    "stretch": Operation(stretches.stretch, 1, alone=True),
    "fit": Operation(stretches.fit, 0, alone=True),
}


class Medium(NamedTuple):
    """What may be done to samples of a medium, and how many dimensions stand behind their channels."""

    operations: Mapping[str, Operation]
    behind: int = 2


MEDIA: dict[str, Medium] = {
    "image": Medium(OPERATIONS),
    "depth": Medium({**MAPS, "disparity": Operation(geometry.disparity, alone=True, reads=("camera",))}),
    "thermal": Medium(MAPS),
    "audio": Medium(
        {
            **TIME,
            "fbank": Operation(fbank, 0, alone=True),
            "hide": Operation(stretches.hide, 2, alone=True),
        }
    ),
    "signal": Medium(TIME, behind=1),
    "video": Medium(
        {**OPERATIONS, "sample_frames": Operation(stretches.sample_frames, 1, alone=True)}, behind=3
    ),
}


_COMMON = ("op", "p", "at", "own", "like")  # what every operation may say

Beside = Mapping[str, Sequence[Any] | Tensor]
"""By argument of the operations that read them, a value a sample."""

NOTHING: Beside = {}

_PIXELS = 1 << 17
"""Images are worked on together up to this many pixels, so that the intermediate values stay in the cache."""


class Unmade(SampleError):
    """A sample that was read and of which a view cannot be made: `place` is its place in the batch."""

    def __init__(self, place: int, reason: Exception) -> None:
        super().__init__(str(reason))
        self.place, self.reason = place, reason


class _Step(NamedTuple):
    operation: Operation
    p: float
    arguments: dict[str, Any]
    stream: int


class Program:
    """One list of operations of a view, checked; `index` is its place among the view's programs.

    `follows` names another view whose draws it shares: the same operations at the same places do the same. `at` gives an
    operation another place than its own, `own` the draws of this view, `like` those of another.
    Raises `DataError` for an operation or an argument that this runtime does not know for the medium.
    """

    def __init__(
        self,
        steps: Sequence[Mapping[str, Any]],
        view: str = "view",
        index: int = 0,
        medium: str = "image",
        follows: str = "",
    ) -> None:
        self.view, self.follows = view, follows
        self.mean: list[float] | None = None
        self.std: list[float] | None = None
        self.pixels = 1  # of the largest size in the program
        self.late: list[tuple[Callable[..., Tensor], int, dict[str, Any]]] = []
        self.alone: list[_Step] = []
        self.steps: list[_Step] = []
        self.told = False  # that a sample fills less than half of a stretch
        known, self.behind = MEDIA[medium]
        for place, step in enumerate(steps):
            arguments = {name: value for name, value in step.items() if name not in _COMMON}
            name = step["op"]
            ends = name == "normalize" or name in LATE
            if ends and any(other["op"] not in LATE for other in steps[place + 1 :]):
                raise DataError(f"view '{view}': {name} must be the last operation")
            if name == "normalize":
                self.mean, self.std = list(step["mean"]), list(step["std"])
                continue
            if name not in known and name not in LATE:
                of = "" if medium == "image" else f" on {medium}"
                there = ", ".join([*known, *LATE])
                raise DataError(f"view '{view}': this runtime knows no operation '{name}'{of}, only {there}")
            change = LATE[name] if name in LATE else known[name].change
            given = (None, None, None) if name in LATE else (None, None)
            try:
                inspect.signature(change).bind(*given, **arguments)
            except TypeError as error:
                raise DataError(f"view '{view}': {name} {error}") from None
            drawn = view if step.get("own") else step.get("like") or follows or view
            named = stream(f"views.{drawn}", index, step.get("at", place))
            if name in LATE:
                self.late.append((change, named, {**arguments, "p": step.get("p", 1.0)}))
                continue
            rows, columns = geometry.pair(step.get("size", 1))
            self.pixels = max(self.pixels, rows * columns)
            if known[name].alone and self.steps:
                raise DataError(f"view '{view}': {name} must stand before {steps[place - 1]['op']}")
            (self.alone if known[name].alone else self.steps).append(
                _Step(known[name], step.get("p", 1.0), arguments, named)
            )

    def __call__(self, samples: Sequence[Any] | Tensor, keys: np.ndarray, beside: Beside = NOTHING) -> Tensor:
        """Samples `[C, H, W]` of any sizes (or stacked) and their keys `[B]` -> `[B, C, h, w]`; sounds, signals
        and films as their decoders give them. `beside` holds what operations read with them, a value a sample.

        Raises `DataError` if the program does not bring all samples to one size, `Unmade` for one that cannot be
        read after all.
        """
        done = self.each(samples, keys, beside)
        if isinstance(done, Tensor):
            return done
        sizes = {tuple(value.shape) for value in done}
        if len(sizes) > 1:
            shown = " and ".join(" x ".join(map(str, size[1:])) for size in sorted(sizes)[:2])
            raise DataError(
                f"view '{self.view}' gives images of different sizes ({shown}): let it end in a crop"
            )
        return torch.stack(done)

    def each(
        self, samples: Sequence[Any] | Tensor, keys: np.ndarray, beside: Beside = NOTHING
    ) -> list[Tensor] | Tensor:
        """As a call, for samples that may stay of different sizes: a list, or a tensor where all have one."""
        if self.alone:
            samples = [self._alone(place, sample, keys, beside) for place, sample in enumerate(samples)]
        groups: dict[torch.Size, list[int]] = {}
        for place, sample in enumerate(samples):
            groups.setdefault(sample.shape, []).append(place)
        made: list[Tensor | None] = [None] * len(samples)
        for shape, group in groups.items():
            count = max(1, _PIXELS // max(shape[-2] * shape[-1], self.pixels))
            for members in (group[i : i + count] for i in range(0, len(group), count)):
                stacked = _stack([samples[i] for i in members])
                if len(members) == len(samples):
                    return self._run(stacked, keys)
                for place, image in zip(members, self._run(stacked, keys[members]), strict=True):
                    made[place] = image
        return [value for value in made if value is not None]

    def _alone(self, place: int, sample: Any, keys: np.ndarray, beside: Beside) -> Any:
        for operation, p, arguments, name in self.alone:
            u = uniform(keys[place : place + 1], name, 1 + operation.draws)[0]
            if u[0] < p:
                read = {each: beside[each][place] for each in operation.reads if each in beside}
                try:
                    sample = self._timed(operation, sample, u[1:], {**arguments, **read})
                except UNREADABLE as error:
                    raise Unmade(place, SampleError(f"{self.view}: {said(error)}")) from error
        return sample

    def _timed(self, operation: Operation, sample: Any, u: np.ndarray, arguments: dict[str, Any]) -> Any:
        """One operation in time. A sample of which zeros make more than half is told once: its rate may be another than was said."""
        if operation.change is stretches.fit and not self.told and 2 * sample.shape[-1] < arguments["length"]:
            self.told = True
            _log.warning(
                "view '%s': a sample fills %d of %d places and zeros the others (told once): if it is not so short,"
                " its rate is another than the spec says; else take fewer `seconds`",
                self.view, sample.shape[-1], arguments["length"],
            )  # fmt: skip
        return operation.change(sample, u, **arguments)

    def _run(self, x: Tensor, keys: np.ndarray) -> Tensor:
        frames = x.shape[1] if self.behind == 3 else 0
        if frames:  # the frames of a film are images with one key
            x, keys = x.flatten(0, 1), np.repeat(keys, frames)
        for operation, p, arguments, name in self.steps:
            u = uniform(keys, name, 1 + operation.draws)
            chosen = u[:, 0] < p

            def change(
                part: Tensor, draws: np.ndarray, do: Operation = operation, given: dict[str, Any] = arguments
            ) -> Tensor:
                return do.change(part, draws, **given)

            x = on_subset(x, chosen, change, u[:, 1:])
        return x.unflatten(0, (-1, frames)).transpose(1, 2) if frames else x

    def real(self, x: Tensor, keys: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
        """What the program made of samples of `keys` as the view leaves it: normalised, and what is done after."""
        made = normalise(x, self.mean, self.std, dtype, self.behind)
        for change, name, arguments in self.late:
            made = change(made, keys, name, **arguments)
        return made


def _stack(samples: Sequence[Tensor]) -> Tensor:
    """`[B, C, H, W]`, of bytes with the channels of a pixel side by side, as decoding leaves them: resizing is
    fastest so. Reals lie as they are: how they lie must not change a sum.
    """
    if len(samples) == 1:
        return samples[0][None]
    if samples[0].ndim != 3 or samples[0].dtype != torch.uint8:
        return torch.stack(list(samples))
    return torch.stack([image.permute(1, 2, 0) for image in samples]).permute(0, 3, 1, 2)


def normalise(
    x: Tensor,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    dtype: torch.dtype = torch.float32,
    behind: int = 2,
) -> Tensor:
    """Bytes `[..., C, H, W]` to `(x / 255 - mean) / std`, or to `x / 255` without a mean, on their device; reals
    are not divided by 255. `behind` dimensions stand behind the channels.
    """
    bytes_ = x.dtype == torch.uint8
    real = x.to(dtype).div_(255) if bytes_ else x
    if mean is not None and std is not None:
        center, spread = (_constant(tuple(values), real.dtype, x.device, behind) for values in (mean, std))
        real = real.sub_(center).div_(spread) if bytes_ else (real - center) / spread
    return real.to(dtype)


@lru_cache(maxsize=64)
def _constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device, behind: int) -> Tensor:
    """`[C, 1, 1]`, copied to a device once: each copy would wait for the device's work."""
    return torch.tensor(values, dtype=dtype, device=device).reshape(-1, *[1] * behind)


def evaluate_view(
    images: Sequence[Tensor],
    programs: Sequence[Sequence[Mapping[str, Any]]],
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    medium: str = "image",
) -> Tensor:
    """The deterministic programs of a view on samples, such as uint8 images `[C, H, W]`: `[B, C, h, w]`, or
    `[V, B, C, h, w]` for several programs.
    """
    keys = np.zeros(len(images), np.int64)
    made = []
    for steps in programs:
        program = Program(steps, medium=medium)
        made.append(program.real(program(images, keys).to(device), keys, dtype))
    return made[0] if len(made) == 1 else torch.stack(made)
