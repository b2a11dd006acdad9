"""The objective of `tiny`: a contrastive loss over pairs, and self-distillation over two views."""

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

try:
    from .model import EMBEDDING, Text, Vision
except ImportError:
    from model import EMBEDDING, Text, Vision


class Scale(nn.Module):
    """losses.clip.scale: learned, kept as its logarithm, at most 100."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


class Clip(nn.Module):
    """losses.clip"""

    def __init__(self) -> None:
        super().__init__()
        self.scale = Scale()

    def forward(self, a_BE: Tensor, b_BE: Tensor) -> Tensor:
        logits_BB = self.scale.log.exp() * a_BE @ b_BE.T
        labels_B = torch.arange(len(logits_BB), device=logits_BB.device)
        return (F.cross_entropy(logits_BB, labels_B) + F.cross_entropy(logits_BB.T, labels_B)) / 2


class Distill(nn.Module):
    """losses.distill: the student's views should say what the teacher's say, as in DINO."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(EMBEDDING))
        self.seen = None

    def forward(self, student_VBE: Tensor, teacher_VBE: Tensor, temperature: float) -> Tensor:
        self.seen = teacher_VBE.detach().to(self.center.dtype).mean((0, 1))  # half under autocast
        target_VBE = ((teacher_VBE.detach() - self.center) / temperature).softmax(-1)
        return -(target_VBE.flip(0) * (student_VBE / 0.1).log_softmax(-1)).sum(-1).mean()

    def after_step(self) -> None:
        if self.seen is not None:
            self.center.lerp_(self.seen, 0.1)


class Objective(nn.Module):
    ABI = 1
    parts = {"main": ("clip",), "views": ("distill",)}

    def __init__(self) -> None:
        super().__init__()
        self.vision = Vision()
        self.text = Text()
        self.clip = Clip()
        self.distill = Distill()
        self.teacher = copy.deepcopy(self.vision).requires_grad_(False)
        self.knobs = {"teacher.momentum": 0.9, "distill.teacher_temperature": 0.04}

    def embed(self, batch: dict[str, Tensor], part: str | None = None) -> dict[str, Tensor]:
        operands = {}
        if part in (None, "main"):
            operands["clip.a"] = self.vision(batch["crop"])
            operands["clip.b"] = self.text(batch["caption"])
        if part in (None, "views"):
            views = batch["pair"]
            operands["distill.student:V"] = self.vision(views.flatten(0, 1)).unflatten(0, views.shape[:2])
            with torch.no_grad():
                operands["distill.teacher:V"] = self.teacher(views.flatten(0, 1)).unflatten(
                    0, views.shape[:2]
                )
        return operands

    def combine(self, operands: dict[str, Tensor], part: str | None = None) -> dict[str, Tensor]:
        losses = {}
        if part in (None, "main"):
            losses["clip"] = self.clip(operands["clip.a"], operands["clip.b"])
        if part in (None, "views"):
            losses["distill"] = self.distill(
                operands["distill.student:V"],
                operands["distill.teacher:V"],
                self.knobs["distill.teacher_temperature"],
            )
        weights = {"clip": 1.0, "distill": 0.5}
        losses["total"] = sum(weights[name] * loss for name, loss in losses.items())
        return losses

    def forward(self, batch: dict[str, Tensor], part: str | None = None) -> dict[str, Tensor]:
        return self.combine(self.embed(batch, part), part)

    @torch.no_grad()
    def after_step(self, step: int) -> None:
        momentum = self.knobs["teacher.momentum"]
        for own, source in zip(self.teacher.parameters(), self.vision.parameters(), strict=True):
            own.lerp_(source, 1 - momentum)
        self.clip.scale.log.clamp_(max=math.log(100))
        self.distill.after_step()

    def tower(self, name: str, *inputs: Tensor) -> Tensor:
        return {"vision": self.vision, "text": self.text, "teacher": self.teacher}[name](*inputs)
