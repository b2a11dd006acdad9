"""The text transformer as one word."""

from typing import Any, Literal

from vfmc.components import Stage, arg
from vfmc.types import Type


class TextTransformer(Stage):
    """A transformer over words: embedding, learned positions, blocks, a last layer norm (CLIP, arXiv 2103.00020 sec. 2.4)."""

    example = "text_transformer(width: 512, depth: 12, heads: 8, causal: true)"
    width: int = arg(help="width of the tokens", ge=1, le=65536)
    depth: int = arg(help="number of blocks", ge=1, le=1024)
    heads: int = arg(help="attention heads", ge=1, le=1024)
    mlp: int | None = arg(
        None, ge=1, le=1_000_000, help="hidden width of the perceptrons; four times the width if not given"
    )
    causal: bool = arg(False, help="a word attends to itself and those before it only")
    append_cls: bool = arg(
        False, help="a learned class token after the words: `.cls` reads it, `.tokens` the words (CoCa)"
    )
    padding: Literal["seen", "hidden", "shifted"] | None = arg(
        None,
        help="whether padding is attended to: hidden if a class token is appended; shifted as released CoCa weights have it",
    )
    norm: bool = arg(True, help="whether a layer norm ends it")
    activation: Literal["gelu", "quick_gelu", "relu"] = arg("gelu", help="of the perceptrons")
    epsilon: float = arg(1e-5, gt=0, lt=1, help="of the layer norms")
    initializer: Literal["truncated_normal", "clip_text"] = arg("clip_text", help="how the weights begin")

    def expand(self, x: Type) -> list[dict[str, Any]]:
        padding = self.padding or ("hidden" if self.append_cls else "seen")
        stages: list[dict[str, Any]] = [
            {"use": "word_embedding", "width": self.width, "initializer": self.initializer}
        ]
        if self.append_cls:
            stages.append({"use": "append_cls", "initializer": self.initializer})
        stages += [
            {"use": "position", "initializer": self.initializer},
            {
                "use": "blocks",
                "depth": self.depth,
                "heads": self.heads,
                "mlp": self.mlp,
                "causal": self.causal,
                "padding": padding,
                "activation": self.activation,
                "epsilon": self.epsilon,
                "initializer": self.initializer,
            },
        ]
        return stages + [{"use": "layernorm", "epsilon": self.epsilon, "as": "norm"}] * self.norm
