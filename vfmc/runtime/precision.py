"""Devices and number formats: what `auto` means where, autocast, TF32 and the loss scale of float16."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from vfmc.runtime.errors import RunError

NAMES = {
    "bf16": "bf16", "bfloat16": "bf16", "fp16": "fp16", "float16": "fp16", "tf32": "tf32",
    "fp32": "float32", "float32": "float32", "float64": "float64",
}  # fmt: skip


@dataclass(frozen=True)
class Precision:
    """`name` is bf16, fp16, tf32, float32 or float64; weights are kept as `weights`, products run as
    `autocast` if that is set.
    """

    name: str
    device: torch.device
    weights: torch.dtype
    autocast: torch.dtype | None

    def context(self) -> AbstractContextManager[object]:
        """What forward passes run under."""
        if self.autocast is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast)

    def full(self, operands: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Operands of losses in the precision of the weights: a logit of 100 in bf16 is only known to half a
        unit, so losses are never computed in half precision.
        """
        half = (torch.float16, torch.bfloat16)
        return {
            name: part.to(self.weights) if part.dtype in half else part for name, part in operands.items()
        }

    def scaler(self) -> torch.amp.GradScaler:
        """The loss scale: at work under fp16, and otherwise one that passes everything through."""
        return torch.amp.GradScaler(self.device.type, enabled=self.name == "fp16")


def choose_device(name: str, local_rank: int = 0) -> torch.device:
    """`auto` is CUDA where torch sees a device, else the CPU; `cuda` is this process's own device."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        if not torch.cuda.is_available():
            raise RunError(
                "torch sees no CUDA device: leave `--device` out, or install a torch built for your driver"
            )
        name = f"cuda:{local_rank}"
    try:
        chosen = torch.device(name)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise RunError(
            f"torch has no device '{name}' here: leave `--device` out, or name cpu or cuda"
        ) from None
    return chosen


def choose_precision(name: str, device: torch.device) -> Precision:
    """The precision of a recipe on a device.

    `auto` is bf16 autocast on a CUDA device that has it, else fp16 with a loss scale there, and float32
    elsewhere. Products left in float32 run in TF32 on CUDA, except under `float32` and `float64`, which mean
    what they say. Raises `RunError` for other names.
    """
    if name == "auto":
        cuda = device.type == "cuda"
        name = ("bf16" if torch.cuda.is_bf16_supported() else "fp16") if cuda else "float32"
    if name not in NAMES:
        raise RunError(
            f"there is no precision '{name}': auto, bf16, fp16, tf32, float32 and float64 are known"
        )
    name = NAMES[name]
    autocast = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(name)
    weights = torch.float64 if name == "float64" else torch.float32
    return Precision(name, device, weights, autocast)


def apply_backend_flags(precision: Precision) -> None:
    """Lets float32 products use TF32 on CUDA, through whichever of its two interfaces this torch has."""
    if precision.device.type != "cuda":
        return
    tf32 = precision.name not in ("float32", "float64")
    if hasattr(torch.backends, "fp32_precision"):
        torch.backends.fp32_precision = "tf32" if tf32 else "ieee"
    else:
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = tf32
