"""Mean squared error on tokens."""

from typing import Any

from vfmc.components import FULL, Finding, LossKind, Ref, Saved, operand
from vfmc.types import Mask, Tokens


class Mse(LossKind):
    """The mean squared error between predicted and target tokens, at the tokens that `on` hides (MAE, arXiv 2111.06377 sec. 3)."""

    example = "mse(prediction: decoder, target: patch_pixels(of: crop, size: 16), on: hidden)"
    variants = ("all", "read")
    reads = {"prediction": "on"}
    prediction: Ref = operand(Tokens, help="predicted tokens; their prefix is left out")
    target: Ref = operand(Tokens, help="target tokens")
    on: Ref | None = operand(
        Mask, default=None, help="count the tokens that this mask hides only; none counts all"
    )

    def signature(self) -> None:
        prediction, target = self.prediction.type, self.target.type
        assert isinstance(prediction, Tokens) and isinstance(target, Tokens)
        if prediction.width != target.width:
            raise Finding(
                f"the prediction is {prediction.width} wide and the target {target.width}",
                argument="prediction",
                code="SHP211",
                help=f"let the decoder end with linear(out: {target.width})",
            )
        if prediction.hidden_by:
            raise Finding(
                f"the prediction lacks the tokens that `{prediction.hidden_by}` hides",
                argument="prediction",
                code="MSK307",
                help="put `restore` into the decoder",
            )
        patches = prediction.count - prediction.prefix
        if patches != target.count:
            raise Finding(
                f"{patches} tokens are predicted and the target has {target.count}",
                argument="target",
                code="SHP212",
                help="use the same patch size for the encoder and the target",
            )
        if self.on is not None and isinstance(self.on.type, Mask):
            if self.on.type.tokens != target.count:
                raise Finding(
                    f"`{self.on.name}` covers {self.on.type.tokens} tokens, and the target has {target.count}",
                    argument="on",
                    code="MSK301",
                )
            if not self.on.type.hidden:
                raise Finding(
                    f"`{self.on.name}` hides no token, so there is nothing to count",
                    argument="on",
                    code="MSK308",
                )

    def facts(self) -> dict[str, Any]:
        assert isinstance(self.prediction.type, Tokens)
        return {"prefix": self.prediction.type.prefix}

    def saved(self, samples: int) -> Saved:
        """Both sides where they differ; where a mask chooses tokens, copies of them, and of the prediction the whole."""
        prediction, target = self.prediction.type, self.target.type
        assert isinstance(prediction, Tokens) and isinstance(target, Tokens)
        if self.on is None or not isinstance(self.on.type, Mask):
            return Saved(operands={"prediction": FULL, "target": FULL})
        return Saved(2 * samples * self.on.type.hidden * target.width, operands={"prediction": FULL})
