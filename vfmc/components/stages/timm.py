"""A backbone of timm."""

from __future__ import annotations

from vfmc.components import arg
from vfmc.components.external import External


class Timm(External):
    """A model of timm (github.com/huggingface/pytorch-image-models) by its name, without its classifier.

    Tokens and feature maps are what `forward_features` gives, a vector is its pooled form. `pretrained` fetches weights when the
    model is made. Its weights are not known here: `vfmc train` counts them, and passes leave it alone.
    """

    kind = "stage"
    example = 'timm(name: "resnet18", gives: {kind: vector, width: 512})'
    name: str = arg(help="what timm calls it, such as vit_tiny_patch16_224")
    pretrained: bool = arg(False, help="whether its published weights are fetched")

    def imports(self) -> str:
        return "timm"
