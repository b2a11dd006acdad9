"""The objective of `mae`: predict the hidden patches from the visible ones.

B batch · C channels · H W pixels · K visible · M hidden · D width · P pixels of a patch
"""

import torch
from torch import Tensor, nn

SIDE, TOKENS, PIXELS, WIDTH = 4, 4, 48, 32


def patches(x_BCHW: Tensor) -> Tensor:
    """[B, N, P], each patch ordered (row, column, channel)."""
    grid = x_BCHW.unfold(2, SIDE, SIDE).unfold(3, SIDE, SIDE)  # [B, C, rows, columns, SIDE, SIDE]
    return grid.permute(0, 2, 3, 4, 5, 1).flatten(1, 2).flatten(2)


class Objective(nn.Module):
    ABI = 1
    parts = {"main": ("pixels",)}

    def __init__(self) -> None:
        super().__init__()
        self.knobs = {}
        self.encoder = nn.Linear(PIXELS, WIDTH)
        self.position = nn.Parameter(torch.randn(TOKENS, WIDTH) * 0.1)
        self.decoder = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, PIXELS))

    def embed(self, batch, part=None):
        x_BNP = patches(batch["crop"])
        visible_BK, hidden_BM = batch["half.visible"], batch["half.hidden"]
        seen_BKP = x_BNP.gather(1, visible_BK[..., None].expand(-1, -1, PIXELS))
        seen_BD = (self.encoder(seen_BKP) + self.position[visible_BK]).tanh().sum(1)
        said_BMP = self.decoder(seen_BD[:, None] + self.position[hidden_BM])
        target_BMP = x_BNP.gather(1, hidden_BM[..., None].expand(-1, -1, PIXELS))
        return {"pixels.prediction": said_BMP, "pixels.target": target_BMP}

    def combine(self, operands, part=None):
        loss = (operands["pixels.prediction"] - operands["pixels.target"]).square().mean()
        return {"pixels": loss, "total": loss}

    def forward(self, batch, part=None):
        return self.combine(self.embed(batch, part), part)

    def after_step(self, step):
        pass

    def tower(self, name, *inputs):
        return {"encoder": lambda x: self.encoder(patches(x)).mean(1)}[name](*inputs)
