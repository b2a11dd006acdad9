"""The places of hidden tokens."""

from vfmc.components import Component


class HiddenIndex(Component):
    """Positions [B, M] of the tokens that a mask hides, after the prefix."""

    kind = "op"
    prefix: int
