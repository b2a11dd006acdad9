"""More than the named device can hold."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.memory import Estimate, estimate
from vfmc.source import Severity, Span

GIBIBYTE = 2**30
LEVEL = 1  # of optimisation, unless `build` is told another
WORDS = {"optimizer": "optimiser state", "casts": "weights in half precision", "data": "the batch itself"}

RULE = Rule(
    code="MEM803",
    name="device-too-small",
    severity=Severity.ERROR,
    triggers=("device",),
    what="Training needs more memory than the device that `parallel` names has: for what every device holds, or (a warning) for the batch.",
    why="Every device holds weights, gradients, optimiser state and copies, and its share of the batch keeps activations for the backward "
    "pass: the first step ends without memory, hours after the job was queued.",
    bad="""\
vfmc: 1
name: example
extends: imagebind_huge
parallel: {device: t4}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
parallel: {device: h100, devices: 64}
""",
    source="bytes as Rajbhandari et al. count them, ZeRO, arXiv 1910.02054 sec. 3.1-3.2, in float32; activations by what torch's autograd "
    "saves, within 10 % where tests/test_plan_activations.py compares; memory as vendors' data sheets say",
)


def check(facts: Facts, report: Report) -> None:
    parallel = facts.program.sections.get("parallel")
    room = getattr(parallel, "gibibytes", None)
    if parallel is None or room is None:
        return
    place = facts.place(parallel, "device", facts.span("parallel"))
    devices = facts.program.devices
    found = estimate(facts.program, devices or 1)
    held = sum(found.held.values())
    if held > room * GIBIBYTE:
        report(
            place,
            f"training holds {gibibytes(held)} GiB besides activations, and the device has {room}",
            help="a smaller model, an optimiser that keeps less (adafactor), or a larger device",
            notes=(breakdown(found.held),),
        )
    elif found.parts_of()["total"] > room * GIBIBYTE:
        from vfmc.passes.manager import run

        _batch(run(facts.program, LEVEL)[0], room, devices, place, parallel.device, report)  # type: ignore[attr-defined]


def _batch(program: object, room: int, devices: int | None, place: Span, device: str, report: Report) -> None:
    """The batch, after the passes that a build runs: what no loss reads is not kept."""
    found = estimate(program, devices or 1)  # type: ignore[arg-type]
    sizes = found.parts_of()
    if sizes["total"] <= room * GIBIBYTE:
        return
    part = found.largest
    on = f"each of {devices:,} devices" if (devices or 1) > 1 else f"one {device}"
    notes = [
        breakdown(sizes),
        f"activations are those of {found.samples:,} samples at once" + _of(part.phase, part.part),
    ]
    if part.unknown:
        notes.append(f"what {', '.join(part.unknown)} keeps inside is not known and comes on top")
    report(
        place,
        f"a batch of {part.batch:,} takes about {gibibytes(sizes['total'])} GiB on {on}, which has {room}",
        help=remedy(found, room * GIBIBYTE, devices),
        notes=tuple(notes),
        severity=Severity.WARNING,
    )


def remedy(found: Estimate, room: int, devices: int | None) -> str:
    """What makes it fit."""
    times, most = found.times(room), found.most(room)
    ways = []
    if times:
        ways.append(
            f"`accumulate: {times * found.largest.pieces}` in `train` makes it fit, with the same result"
        )
    ways.append(f"the largest batch that fits is {most:,}" if most else "no batch fits: take a larger device")
    if devices is None:
        ways.append("if several devices share the batch, say so, such as `devices: 8`")
    return "; ".join(ways)


def breakdown(sizes: dict[str, int]) -> str:
    """What takes how much, in GiB."""
    parts = [
        f"{gibibytes(size)} of {WORDS.get(name, name)}"
        for name, size in sizes.items()
        if name != "total" and size >= GIBIBYTE / 20
    ]
    return f"GiB: {', '.join(parts)}"


def gibibytes(size: int) -> str:
    return f"{size / GIBIBYTE:,.1f}"


def _of(phase: str, part: str) -> str:
    words = [f"phase {phase}"] * (phase != "main") + [f"part {part}"] * (part != "main")
    return f", of {' and '.join(words)}" if words else ""
