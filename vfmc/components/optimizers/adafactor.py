"""Adafactor."""

from math import prod

from vfmc.components import NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Adafactor(Optimizer):
    """Adam whose second moment is kept as a row and a column sum (arXiv 1804.04235), with the decay of `adamw`.

    The defaults are those of Scaling ViT (arXiv 2106.04560 sec. 3.4), which CoCa and LiT follow: a first moment, a second
    one that forgets no slower than 0.999, rates that are not multiplied by the size of the weights.
    """

    example = "adafactor(lr: 8e-4, weight_decay: 0.01)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    momentum: Share = arg(0.9, help="decay of the first moment; 0 keeps none")
    memory: float = arg(0.8, gt=0, le=1, help="the second moment forgets 1 at step t by `t` to minus this")
    slowest: Share = arg(0.999, help="most of the second moment that a step keeps")
    clip: float | None = arg(1.0, gt=0, help="largest root mean square of a step, before the rate; or null")
    relative: bool = arg(False, help="multiply the rate by the root mean square of the weight")
    smallest: int = arg(32, ge=1, le=2**31, help="weights with fewer rows or columns are not factored")
    epsilon: float = arg(1e-30, gt=0, help="added to the squared gradient")
    weight_decay: NonNegative | Schedule = nested(
        "schedule", 0.0, help="decoupled decay, times the learning rate"
    )

    def keeps(self, shape: tuple[int, ...]) -> int:
        size = prod(shape)
        rows = shape[0] if shape else 1
        columns = size // max(1, rows)
        second = rows + columns if len(shape) > 1 and min(rows, columns) >= self.smallest else size
        return (size if self.momentum else 0) + second
