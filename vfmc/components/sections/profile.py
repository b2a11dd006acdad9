"""What is traced."""

from vfmc.components import Component, arg


class Profile(Component):
    """Records a trace of some steps with torch.profiler, for TensorBoard."""

    kind = "section"
    example = "{from: 10, steps: 5}"
    start: int = arg(10, alias="from", ge=0, le=2**53, help="the first step that is traced")
    steps: int = arg(5, ge=1, le=10_000, help="how many steps are traced")
