"""Modules such as users write them: what `python(class: ...)` stands for in the tests."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Encoder(nn.Module):
    """Patches of 4 pixels through a small network, with dropout that draws from torch's generator: [B, N, D]."""

    def __init__(self, width: int = 24, dropout: float = 0.1) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, width, 4, stride=4)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))

    def forward(self, image: Tensor) -> Tensor:
        x = self.cut(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1)
        return self.dropout(self.norm(x))
