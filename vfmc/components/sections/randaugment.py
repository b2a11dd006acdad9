"""RandAugment's settings."""

from vfmc.components import Component, arg


class Randaugment(Component):
    """Random operations on pictures, each with a chance of one half (arXiv 1909.13719, as timm's rand-m9-mstd0.5-inc1)."""

    kind = "section"
    example = "{ops: 2, magnitude: 9, std: 0.5}"
    ops: int = arg(2, ge=1, le=8, help="how many operations, one after the other")
    magnitude: float = arg(9.0, ge=0, le=10, help="their strength, 0 to 10")
    std: float = arg(0.5, ge=0, le=100, help="standard deviation of the strength")
    chance: float = arg(0.5, ge=0, le=1, help="chance of each of them")
