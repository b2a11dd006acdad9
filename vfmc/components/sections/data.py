"""How samples are read."""

from typing import Literal

from vfmc.components import Component, Finding, Positive, arg, named


class Data(Component):
    """How samples are read, and how several sources share a step.

    `accumulate`: every source feeds losses of its own and has its own batch; a step reads one of each and adds their gradients.
    `ratio`: sources that feed the same losses share one batch, as `ratios` says, or as they have samples (times `repeat`).
    """

    kind = "section"
    example = "{mix: ratio, ratios: {captions: 3, alt_texts: 1}}"
    workers: int | None = arg(
        None, ge=0, le=4096, help="processes that read; chosen from the machine if not given"
    )
    mix: Literal["accumulate", "ratio"] = arg(
        "accumulate", help="with several sources: a batch of each in every step, or one batch shared by ratio"
    )
    ratios: dict[str, Positive] | None = arg(
        None, help="with `mix: ratio`, the share of every source, such as {a: 3, b: 1}"
    )
    absent: Literal["error", "masked"] = arg(
        "error",
        help="a sample that lacks an input is an error, or losses count the samples that have what they compare",
    )
    epoch_of: str | None = named(
        "source", None, help="with several sources: the source whose length is an epoch"
    )

    def consistent(self) -> None:
        if self.ratios is not None and self.mix != "ratio":
            raise Finding(
                f"`ratios` says how sources are mixed by ratio, and `mix` is {self.mix}",
                argument="ratios",
                code="DAT420",
                help="add mix: ratio",
            )
