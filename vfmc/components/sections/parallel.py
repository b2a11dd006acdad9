"""How work is spread."""

from vfmc.components.base import Component, arg


class Parallel(Component):
    """How work is spread over devices."""

    kind = "section"
    example = "{compile: true}"
    compile: bool = arg(False, help="compile every transformer block with torch.compile")
