"""Towers of `tiny`: an image and a text encoder, a handful of weights each.

B batch · C channels · H W pixels · L ids · D width · E embedding
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH, EMBEDDING, VOCABULARY = 16, 8, 64


class Vision(nn.Module):
    """towers.vision"""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(3 * 8 * 8, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.out = nn.Linear(WIDTH, EMBEDDING, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        x_BD = torch.tanh(self.embed(x_BCHW.flatten(1)))
        return F.normalize(self.out(self.norm(x_BD)), dim=-1)


class Text(nn.Module):
    """towers.text"""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.out = nn.Linear(WIDTH, EMBEDDING, bias=False)

    def forward(self, x_BL: Tensor) -> Tensor:
        return F.normalize(self.out(torch.tanh(self.words(x_BL)).mean(1)), dim=-1)
