"""Weights that the named device cannot hold."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.memory import memory
from vfmc.source import Severity

GIBIBYTE = 2**30

RULE = Rule(
    code="MEM803",
    name="device-too-small",
    severity=Severity.ERROR,
    triggers=("device",),
    what="Weights, gradients, optimiser state and copies alone are more than the memory of the device that `parallel` names.",
    why="Every device holds all of them, and activations come on top: the first step ends without memory, hours after the job was queued.",
    bad="""\
vfmc: 1
name: example
extends: imagebind_huge
parallel: {device: t4}
""",
    good="""\
vfmc: 1
name: example
extends: imagebind_huge
parallel: {device: h100}
""",
    source="bytes as Rajbhandari et al. count them, ZeRO, arXiv 1910.02054 sec. 3.1, in float32; memory as vendors' data sheets say",
)


def check(facts: Facts, report: Report) -> None:
    parallel = facts.program.sections.get("parallel")
    room = getattr(parallel, "gibibytes", None)
    if parallel is None or room is None:
        return
    held = memory(facts.program)
    if held["total"] > room * GIBIBYTE:
        parts = ", ".join(
            f"{held[name] / GIBIBYTE:.1f} of {name}" for name in held if name != "total" and held[name]
        )
        report(
            facts.place(parallel, "device", facts.span("parallel")),
            f"training holds {held['total'] / GIBIBYTE:.1f} GiB besides activations, and the device has {room}",
            help="a smaller model, an optimiser that keeps less (adafactor), or a larger device",
            notes=(f"GiB: {parts}",),
        )
