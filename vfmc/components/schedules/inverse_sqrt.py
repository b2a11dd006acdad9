"""Falls as the inverse square root of the step."""

from vfmc.components import Finding, Length, arg
from vfmc.components.curves import Curve


class InverseSqrt(Curve):
    """`sqrt(timescale / (timescale + steps since the warm-up))`, so a longer training only goes on (arXiv 1706.03762 sec. 5.3).

    With a `timescale` as long as the warm-up, which is the default, it is the Transformer's. `cooldown` brings it to `end`
    along a line in the last steps (Scaling ViT, arXiv 2106.04560).
    """

    kind = "schedule"
    example = "inverse_sqrt(warmup: 10000 steps, cooldown: 10%)"
    timescale: Length | None = arg(
        None, help="in how long a time it falls to 0.71; the warm-up's length if not given"
    )
    cooldown: Length | None = arg(None, help="how long the line to `end` is, such as 10%")

    def consistent(self) -> None:
        if self.timescale is None and (self.warmup is None or not self.warmup.value):
            raise Finding(
                "an inverse square root falls over the length of its warm-up, and there is none",
                code="REF103",
                help="say warmup: 10000 steps, or timescale: 10000 steps",
            )
        if self.timescale is not None and not self.timescale.value:
            raise Finding("the timescale has no length", argument="timescale", code="REF118")
