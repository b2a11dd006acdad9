"""The place of the end of a text."""

from vfmc.components import Component


class EndIndex(Component):
    """Positions [B, 1] of the first end-of-text id."""

    kind = "op"
    end: int
    prefix: int
