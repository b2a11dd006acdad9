"""A stretch of training."""

from typing import Any

from vfmc.components import Component, Length, arg, raw


class Phase(Component):
    """A stretch of training: the base plus its own `set`."""

    kind = "section"
    example = "{name: unmasked, for: 0.32 epochs, set: {half.ratio: 0.0}}"
    name: str = arg(help="its name, for logs and checkpoints")
    length: Length = arg(alias="for", help="how long it lasts")
    set: Any = raw(None, help="what differs from the base: address: value")
