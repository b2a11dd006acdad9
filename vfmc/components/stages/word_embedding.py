"""Word embedding."""

from typing import Any, Literal

from vfmc.components import Finding, Saved, Stage, Weight, arg
from vfmc.types import Text, Tokens, Type


class WordEmbedding(Stage):
    """Looks every id of a text up in a learned table."""

    example = "word_embedding(width: 512)"
    width: int = arg(help="width of the tokens", ge=1, le=65536)
    initializer: Literal["truncated_normal", "clip_text"] = arg(
        "truncated_normal", help="how the table begins"
    )

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        if not isinstance(x, Text):
            raise Finding(
                f"`word_embedding` takes a text, not {x.word}", label=f"this arrives: {x.describe()}"
            )
        return Tokens(x.length, self.width)

    def weights(self, x: Type) -> list[Weight]:
        assert isinstance(x, Text)
        return [Weight("weight", (x.vocabulary, self.width), "embedding")]

    def facts(self, x: Type) -> dict[str, Any]:
        assert isinstance(x, Text)
        return {"vocabulary": x.vocabulary}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
