"""The place of one fixed token."""

from vfmc.components import Component


class FirstIndex(Component):
    """Positions [B, 1] of the class token, or of the first token after the prefix."""

    kind = "op"
    place: int
