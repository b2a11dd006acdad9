"""A rule of the optimiser for some weights."""

from typing import Any

from vfmc.components import Component, Duration, Length, arg, nested, raw


class Frozen(Component):
    """A window in which weights do not move."""

    kind = "section"
    example = "{until: 1 epoch}"
    until: Length = arg(help="when they begin to move, such as 1 epoch")


class Group(Component):
    """Weights that are optimised by rules of their own. Later groups win over earlier ones."""

    kind = "section"
    example = "{of: head.last, frozen: {until: 1 epoch}}"
    of: Any = raw(help="which weights: a tower, tower.stage, or {of:, layers:, role:}")
    lr: float | None = arg(None, ge=0, help="factor of the learning rate")
    weight_decay: float | None = arg(None, ge=0, help="weight decay of its own, absolute")
    layer_decay: float | None = arg(
        None, gt=0, le=1, help="factor of the rate for every block farther from the output"
    )
    clip: float | None = arg(
        None,
        gt=0,
        help="gradients of these weights are clipped to this norm of their own, whatever `train.clip` says",
    )
    frozen: bool | Frozen = nested("section:group.Frozen", False, help="true, or {until: 1 epoch}")

    def frozen_until(self) -> Duration | None:
        return self.frozen.until if isinstance(self.frozen, Frozen) else None
