"""Features from inside of a tower: class tokens of its last blocks, and the mean of the last one's patches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.trained import Trained

Feature = dict[str, Any]
"""`{"blocks": 4, "of": ["cls", "mean"]}`: class tokens of so many last blocks, and the mean of the last one's patches."""


class Inside(Trained):
    """A trained model whose one tower gives, for a picture, `[cls of block -N, ..., cls of block -1, mean of block -1]` side by side.

    `taps` names the blocks and the norm behind them, as the recipe does. What `columns` says of a feature are its places therein.
    """

    def __init__(self, trained: Trained, taps: dict[str, Any], features: list[Feature]) -> None:
        super().__init__(
            trained.run, trained.package, trained.objective, trained.precision, trained.step, trained.seed
        )
        blocks = trained.objective.get_submodule(taps["blocks"])
        assert isinstance(blocks, nn.ModuleList)
        self.blocks, self.taps = blocks, taps
        self.norm = trained.objective.get_submodule(taps["norm"]) if taps["norm"] else nn.Identity()
        self.most = max(feature["blocks"] for feature in features)

    def columns(self, feature: Feature, width: int) -> tuple[int, int]:
        """The first column of a feature and the one after its last, of `width` in all."""
        each = width // (self.most + 1)
        begin = self.most - feature["blocks"] if "cls" in feature["of"] else self.most
        return begin * each, (self.most + ("mean" in feature["of"])) * each

    def tower(self, name: str, *inputs: Tensor) -> Tensor:
        """`[B, (N + 1) E]`. The last block is run again on what it was given: evaluation may have read some tokens of it alone."""
        given: list[Tensor] = []  # what the later of the last blocks read: what those before them gave
        hooks = [
            block.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0]))
            for block in self.blocks[-max(self.most - 1, 1) :]
        ]
        try:
            super().tower(name, *inputs)
        finally:
            for hook in hooks:
                hook.remove()
        with torch.inference_mode(), self.precision.context():
            layers = [*(given if self.most > 1 else []), self.blocks[-1](given[-1])]
            layers = [self.norm(x_BND) for x_BND in layers]
            patches = layers[-1][:, self.taps["prefix"] : layers[-1].shape[1] - self.taps["suffix"]]
            found = torch.cat([*(x_BND[:, 0] for x_BND in layers), patches.mean(1)], dim=1)
        return found.to(self.precision.weights)
