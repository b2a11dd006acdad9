"""What a module of somebody else's gives."""

from typing import Literal

from vfmc.components import Component, Finding, Width, arg


class Gives(Component):
    """What an external module gives for one sample: a vector [D], tokens [N, D] with a prefix, or a feature map [D, rows, columns]."""

    kind = "section"
    example = "{kind: tokens, width: 192, count: 197, prefix: 1}"
    shape: Literal["vector", "tokens", "features"] = arg(alias="kind", help="vector, tokens or features")
    width: Width = arg(help="its last dimension; the channels of a feature map")
    count: int | None = arg(None, ge=1, le=10**7, help="how many tokens, the prefix included")
    prefix: int = arg(0, ge=0, le=10**4, help="how many class tokens and registers come first")
    rows: int | None = arg(None, ge=1, le=10**5, help="rows of a feature map")
    columns: int | None = arg(
        None, ge=1, le=10**5, help="columns of a feature map; as many as rows if not given"
    )

    def consistent(self) -> None:
        if self.shape == "tokens" and self.count is None:
            raise Finding(
                "tokens are counted",
                argument="kind",
                code="REF104",
                help="add count: how many, the prefix included",
            )
        if self.shape == "tokens" and self.prefix >= (self.count or 0):
            raise Finding(
                "the prefix is all of the tokens",
                argument="prefix",
                code="SHP212",
                help="`count` includes the prefix",
            )
        if self.shape == "features" and self.rows is None:
            raise Finding("a feature map has rows", argument="kind", code="REF104", help="add rows: how many")
