"""How the weights are trained."""

from typing import Literal

from vfmc.components import Clip, Component, Length, Optimizer, Schedule, arg, nested
from vfmc.components.sections.group import Group
from vfmc.components.sections.phase import Phase


class Train(Component):
    """How the weights are trained."""

    kind = "section"
    example = "{batch: 256, optimizer: adamw(lr: 1e-3), for: 10 epochs}"
    batch: int = arg(help="samples per optimiser step, over all ranks", ge=1, le=2**31)
    accumulate: int = arg(
        1,
        ge=1,
        le=1_000_000,
        help="micro-batches per step: memory of a smaller batch, the result of the whole",
    )
    optimizer: Optimizer = nested("optimizer", help="the rule that moves the weights")
    schedule: Schedule | None = nested(
        "schedule", None, help="of the learning rate; cosine to 0 if not given"
    )
    clip: Clip | None = nested("clip", None, help="how gradients are clipped")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = arg(
        "auto", help="auto is bf16 on GPUs that have it, fp32 elsewhere"
    )
    no_decay: list[str] = arg(["bias", "norm", "scale"], help="roles of weights that are not decayed")
    groups: list[Group] = nested("section:group.Group", [], many=True, help="weights with rules of their own")
    length: Length | None = arg(None, alias="for", help="how long training lasts, where there are no phases")
    phases: list[Phase] = nested("section:phase.Phase", [], many=True, help="stretches of training, in order")
    seed: int = arg(0, ge=0, le=2**63 - 1, help="of the weights, the order of samples and everything drawn")
    checkpoint: Length | None = arg(None, help="how often a checkpoint is kept; once an epoch if not given")
    keep: int = arg(3, ge=1, le=1_000_000, help="how many checkpoints are kept")
