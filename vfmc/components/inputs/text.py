"""Captions."""

from typing import Any

from vfmc.components import InputKind, Tokenizer, arg, nested
from vfmc.types import Text as TextType
from vfmc.types import Type


class Text(InputKind):
    """A string, with the tokenizer that makes ids of it; cut and padded to `length` ids."""

    example = "text(length: 77, tokenizer: clip)"
    length: int = arg(help="ids a caption is cut or padded to", ge=1, le=65536)
    tokenizer: Tokenizer = nested("tokenizer", help="how the string becomes ids")

    def type(self, name: str) -> Type:
        special = self.tokenizer.special()
        return TextType(
            self.length,
            self.tokenizer.vocabulary_size(),
            special["end"],
            special["pad"],
            self.tokenizer.component_name,
        )

    def contract(self) -> dict[str, Any]:
        tokenizer = {
            "use": self.tokenizer.component_name,
            **self.tokenizer.plain(),
            **self.tokenizer.special(),
        }
        return {"kind": "text", "length": self.length, "tokenizer": tokenizer}
