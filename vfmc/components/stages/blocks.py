"""Transformer blocks."""

from functools import lru_cache
from typing import Any, Literal

from vfmc.components import FULL, Finding, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Tokens, Type


class Blocks(Stage):
    """A stack of pre-norm transformer blocks: attention, then a two-layer perceptron, each with a residual (ViT, arXiv 2010.11929 eq. 2-3)."""

    example = "blocks(depth: 12, heads: 12)"
    variants = ("all", "read")
    depth: int = arg(help="number of blocks", ge=1, le=1024)
    heads: int = arg(help="attention heads", ge=1, le=1024)
    mlp: int | None = arg(
        None, ge=1, le=1_000_000, help="hidden width of the perceptron; four times the width if not given"
    )
    causal: bool = arg(False, help="a token attends to itself and those before it only")
    padding: Literal["seen", "hidden", "shifted"] = arg(
        "seen",
        help="whether the padding of a text is attended to; shifted hides it one place late, as open_clip's CoCa weights were trained",
    )
    activation: Literal["gelu", "quick_gelu", "relu"] = arg("gelu", help="of the perceptron")
    epsilon: float = arg(1e-6, gt=0, lt=1, help="of the layer norms")
    drop_path: float = arg(
        0.0,
        ge=0,
        lt=1,
        help="stochastic depth: the last block's rate, growing linearly from 0 (arXiv 1603.09382)",
    )
    bias_kv: bool = arg(
        False,
        help="one more key and value, learned, that every token may attend to (torch's `add_bias_kv`, ImageBind)",
    )
    initializer: Literal["truncated_normal", "xavier", "clip_text", "torch"] = arg(
        "truncated_normal", help="how the weights begin"
    )

    @property
    def random(self) -> bool:  # type: ignore[override]
        return self.drop_path > 0

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "blocks")
        fit.heads(tokens.width, self.heads)
        if self.padding != "seen" and tokens.grid is not None:
            raise Finding(
                "these are patches of an image, which has no padding", argument="padding", code="SHP204"
            )
        if self.padding != "seen" and self.bias_kv:
            raise Finding(
                "padding cannot be hidden where there is one more key", argument="bias_kv", code="SHP204"
            )
        if self.padding == "shifted" and not tokens.suffix:
            raise Finding(
                "padding is hidden one place late only where a class token was appended",
                argument="padding",
                code="SHP208",
                help="put `append_cls` before the blocks, or hide it with padding: hidden",
            )
        return replace(tokens, space="")

    def sees(self, operand: str) -> str:
        return "before" if self.causal else "all"

    def companions(self, x: Type) -> dict[str, str]:
        return {} if self.padding == "seen" else {"ids": "text"}

    def hidden(self, width: int) -> int:
        return self.mlp or 4 * width

    def weights(self, x: Type) -> list[Weight]:
        width = fit.width(x, "blocks")
        return list(stack_weights(self.depth, width, self.hidden(width), self.bias_kv))

    def facts(self, x: Type) -> dict[str, Any]:
        tokens = fit.tokens(x, "blocks")
        facts = {"width": tokens.width, "hidden": self.hidden(tokens.width)}
        return facts | ({} if self.padding == "seen" else {"prefix": tokens.prefix, "suffix": tokens.suffix})

    def macs(self, x: Type, out: Type, variant: str) -> int:
        tokens = fit.tokens(x, "blocks")
        assert isinstance(out, Tokens)
        width, hidden, count = tokens.width, self.hidden(tokens.width), tokens.count

        def block(read: int) -> int:
            keys_and_values = 2 * count * width * width
            seen = count + self.bias_kv
            return keys_and_values + read * (2 * width * width + 2 * width * hidden + 2 * seen * width)

        return (self.depth - 1) * block(count) + block(out.count if variant == "read" else count)

    def features(self) -> set[str]:
        found = {self.activation, f"init_{self.initializer}"}
        found |= {"causal"} if self.causal else {"full"}
        found |= {"bias_kv"} if self.bias_kv else {"own_kv"}
        found |= {"causal_bias_kv"} if self.causal and self.bias_kv else set()
        if self.padding != "seen":
            found |= {"padding", "padding_causal" if self.causal else "padding_full"}
        return found | ({"drop_path"} if self.drop_path else set())

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        tokens = fit.tokens(x, "blocks")
        assert isinstance(out, Tokens)
        width, count = tokens.width, tokens.count
        block = (width, self.hidden(width), self.heads, self.activation)
        full, half = block_saved(count, count, *block)
        last_full, last_half = block_saved(count, out.count, *block) if variant == "read" else (full, half)
        full, half = (self.depth - 1) * full + last_full, (self.depth - 1) * half + last_half
        if self.bias_kv:  # keys and values again, with one more each
            half += self.depth * 2 * (count + 1) * width
        if self.padding != "seen":  # what every token sees, made into numbers by every block
            half += self.depth * count * count
        seen = self.depth * count * (count + 1) if self.bias_kv and self.causal else 0
        return Saved(full - count * width, half, seen, operands={"x": FULL})


@lru_cache
def stack_weights(depth: int, width: int, hidden: int, bias_kv: bool) -> tuple[Weight, ...]:
    """The weights of a stack: those of towers of one size are the same."""
    block = block_weights(width, hidden, bias_kv)
    return tuple(
        Weight(f"{layer}.{name}", shape, role, layer) for layer in range(depth) for name, shape, role in block
    )


def block_weights(width: int, hidden: int, bias_kv: bool = False) -> list[tuple[str, tuple[int, ...], str]]:
    """Name, shape and role of the weights of one block."""
    return [
        ("norm1.weight", (width,), "norm"),
        ("norm1.bias", (width,), "norm"),
        *([(f"attention.bias_{name}", (width,), "bias") for name in "kv"] if bias_kv else []),
        ("attention.qkv.weight", (3 * width, width), "matrix"),
        ("attention.qkv.bias", (3 * width,), "bias"),
        ("attention.proj.weight", (width, width), "matrix"),
        ("attention.proj.bias", (width,), "bias"),
        ("norm2.weight", (width,), "norm"),
        ("norm2.bias", (width,), "norm"),
        ("mlp.fc1.weight", (hidden, width), "matrix"),
        ("mlp.fc1.bias", (hidden,), "bias"),
        ("mlp.fc2.weight", (width, hidden), "matrix"),
        ("mlp.fc2.bias", (width,), "bias"),
    ]


KEPT = {"gelu": 2, "quick_gelu": 3, "relu": 1}  # hidden layers that the backward pass needs, by activation


def block_saved(
    count: int, read: int, width: int, hidden: int, heads: int, activation: str
) -> tuple[int, int]:
    """Numbers that a block keeps of a sample, in full and in half precision, where it is read at `read` of its tokens.

    Full: the operands of both norms with their means and deviations, and a number a head and token that attention keeps in place of
    its matrix. Half: what both norms give, queries, keys and values, the result of attention, and the perceptron's hidden layer.
    """
    full = count * width + 2 * count + read * width + 2 * read + heads * read
    queries = (
        read * width if read == count else 2 * read * width
    )  # which are taken out of the normed tokens first
    half = count * width + 2 * count * width + queries + 2 * read * width + KEPT[activation] * read * hidden
    return full, half
