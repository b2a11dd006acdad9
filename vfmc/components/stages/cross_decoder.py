"""A decoder that looks at the tokens of another tower."""

from typing import Any, Literal

from vfmc.components import FULL, Finding, Ref, Saved, Stage, Weight, arg, fit, operand
from vfmc.components.stages.blocks import block_saved, block_weights
from vfmc.source.record import replace
from vfmc.types import Tokens, Type


class CrossDecoder(Stage):
    """Causal transformer blocks that alternate with cross-attention to `memory`, each followed by a perceptron (CoCa, arXiv 2205.01917 sec. 3.2).

    A layer is a block of `blocks(causal: true)`, then `x + attention(norm(x), norm_memory(memory))`, then a perceptron with a norm of
    its own: the order of open_clip's multimodal decoder. No norm ends it.
    """

    example = "cross_decoder(memory: pooled, depth: 12, heads: 8)"
    memory: Ref = operand(Tokens, help="the tokens that are looked at, of another tower")
    depth: int = arg(help="number of layers, each of one causal block and one cross-attention", ge=1, le=1024)
    heads: int = arg(help="attention heads", ge=1, le=1024)
    mlp: int | None = arg(
        None, ge=1, le=1_000_000, help="hidden width of the perceptrons; four times the width if not given"
    )
    activation: Literal["gelu", "quick_gelu", "relu"] = arg("gelu", help="of the perceptrons")
    epsilon: float = arg(1e-5, gt=0, lt=1, help="of the layer norms")
    initializer: Literal["truncated_normal", "clip_text"] = arg("clip_text", help="how the weights begin")

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "cross_decoder")
        fit.heads(tokens.width, self.heads)
        if tokens.suffix:
            raise Finding(
                "a class token comes after the words, so the decoder would see the whole text in it",
                code="SHP208",
                help="decode the words alone: `.tokens` of the tower that appends it",
            )
        return replace(tokens, space="")

    def sees(self, operand: str) -> str:
        return "all" if operand == "memory" else "before"

    def looked_at(self) -> Tokens:
        assert isinstance(self.memory.type, Tokens)
        return self.memory.type

    def hidden(self, width: int) -> int:
        return self.mlp or 4 * width

    def weights(self, x: Type) -> list[Weight]:
        width, memory = fit.width(x, "cross_decoder"), self.looked_at().width
        hidden = self.hidden(width)
        own = [(f"own.{name}", shape, role) for name, shape, role in block_weights(width, hidden)]
        attention = [(f"attention.{name}", shape, role) for name, shape, role in cross_weights(width, memory)]
        rest = block_weights(width, hidden)
        cross = [
            *rest[:2],
            ("norm_memory.weight", (memory,), "norm"),
            ("norm_memory.bias", (memory,), "norm"),
            *attention,
            *rest[6:],
        ]
        shapes = own + [(f"cross.{name}", shape, role) for name, shape, role in cross]
        return [
            Weight(f"{layer}.{name}", shape, role, layer)
            for layer in range(self.depth)
            for name, shape, role in shapes
        ]

    def facts(self, x: Type) -> dict[str, Any]:
        width = fit.width(x, "cross_decoder")
        return {"width": width, "looks_at": self.looked_at().width, "hidden": self.hidden(width)}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        tokens, memory = fit.tokens(x, "cross_decoder"), self.looked_at()
        width, count = tokens.width, tokens.count
        perceptron = 2 * count * width * self.hidden(width)
        own = 4 * count * width * width + 2 * count * count * width
        cross = (
            2 * count * width * width
            + 2 * memory.count * memory.width * width
            + 2 * count * memory.count * width
        )
        return self.depth * (own + cross + 2 * perceptron)

    def features(self) -> set[str]:
        return {self.activation, "causal"}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        tokens, memory = fit.tokens(x, "cross_decoder"), self.looked_at()
        width, count, hidden = tokens.width, tokens.count, self.hidden(tokens.width)
        full, half = block_saved(count, count, width, hidden, self.heads, self.activation)
        # Attention to the memory keeps what a block does, but keys and values are of the memory, which has a norm of its own.
        other_full, other_half = block_saved(count, count, width, hidden, self.heads, self.activation)
        full += other_full + 2 * memory.count
        half += other_half - 2 * count * width + memory.count * (memory.width + 2 * width)
        operands = {"x": FULL, "memory": FULL}
        return Saved(self.depth * full - count * width, self.depth * half, operands=operands)


def cross_weights(width: int, memory: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Name, shape and role of the weights of one cross-attention."""
    return [
        ("q.weight", (width, width), "matrix"),
        ("q.bias", (width,), "bias"),
        ("kv.weight", (2 * width, memory), "matrix"),
        ("kv.bias", (2 * width,), "bias"),
        ("proj.weight", (width, width), "matrix"),
        ("proj.bias", (width,), "bias"),
    ]
