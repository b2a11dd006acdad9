"""Pooling by learned queries."""

from typing import Any, Literal

from vfmc.components import FULL, Finding, Saved, Stage, Weight, arg, fit
from vfmc.components.stages.cross_decoder import cross_weights
from vfmc.types import Tokens, Type


class AttentionPool(Stage):
    """Learned queries attend to all tokens, once: as many tokens come out as there are queries (CoCa, arXiv 2205.01917 sec. 3.2).

    The first `cls` of the queries are class tokens: `.cls` reads them and `.tokens` the others, which is how open_clip reads one
    pooler twice. The result of one query is read by `first`. The queries are projected once a batch, and not counted for a sample.
    """

    example = "attention_pool(queries: 256, heads: 8, width: 512)"
    queries: int = arg(help="how many tokens come out", ge=1, le=65536)
    heads: int = arg(help="attention heads", ge=1, le=1024)
    width: int | None = arg(
        None, ge=1, le=65536, help="of the queries and the result; that of the tokens if not given"
    )
    cls: int = arg(0, ge=0, le=64, help="how many of the queries are class tokens")
    epsilon: float = arg(1e-5, gt=0, lt=1, help="of the layer norms")
    initializer: Literal["truncated_normal", "torch"] = arg(
        "truncated_normal",
        help="how the weights begin; torch: queries N(0, 1), the rest as torch's own attention",
    )

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "attention_pool")
        fit.heads(self.out(tokens), self.heads)
        if self.cls > self.queries:
            raise Finding(
                f"there are {self.queries} queries, so {self.cls} of them cannot be class tokens",
                argument="cls",
                code="SHP209",
            )
        return Tokens(self.queries, self.out(tokens), prefix=self.cls)

    def out(self, tokens: Tokens) -> int:
        return self.width or tokens.width

    def weights(self, x: Type) -> list[Weight]:
        tokens = fit.tokens(x, "attention_pool")
        width = self.out(tokens)
        return [
            Weight("queries", (self.queries, width), "prefix"),
            *(Weight(f"norm.{kind}", (width,), "norm") for kind in ("weight", "bias")),
            *(Weight(f"norm_memory.{kind}", (tokens.width,), "norm") for kind in ("weight", "bias")),
            *(
                Weight(f"attention.{name}", shape, role)
                for name, shape, role in cross_weights(width, tokens.width)
            ),
        ]

    def facts(self, x: Type) -> dict[str, Any]:
        tokens = fit.tokens(x, "attention_pool")
        return {"width": self.out(tokens), "memory": tokens.width}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        tokens = fit.tokens(x, "attention_pool")
        width = self.out(tokens)
        keys_and_values = 2 * tokens.count * tokens.width * width
        return keys_and_values + self.queries * (2 * tokens.count * width + width * width)

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        tokens = fit.tokens(x, "attention_pool")
        width, count = self.out(tokens), tokens.count
        full = 2 * count + self.heads * self.queries  # of the norm, and of the softmax
        half = (
            count * tokens.width + 2 * count * width + self.queries * width
        )  # normed; keys and values; the result
        return Saved(full, half, once=2 * self.queries * width, operands={"x": FULL})
