"""How samples are read."""

from typing import Literal

from vfmc.components.base import Component, arg


class Data(Component):
    """How samples are read, and how several sources share a step."""

    kind = "section"
    example = "{workers: 8}"
    workers: int | None = arg(
        None, ge=0, le=4096, help="processes that read; chosen from the machine if not given"
    )
    mix: Literal["accumulate"] = arg(
        "accumulate", help="with several sources: every step reads one batch of each"
    )
    epoch_of: str | None = arg(None, help="with several sources: the source whose length is an epoch")
