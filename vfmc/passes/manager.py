"""Running the passes of a level, and the ledger of what they did, with reasons."""

from __future__ import annotations

import importlib
from dataclasses import field, replace

from vfmc.graph import Graph
from vfmc.graph.cost import forward
from vfmc.graph.program import Program
from vfmc.graph.verify import verify
from vfmc.source.record import record

# In the order they run. Each is `vfmc/passes/<name>.py` with NUMERICS, DOC and run(graph) -> (graph, entries).
PASSES = ("share_applications", "detach_frozen", "visible_patches", "dead_tokens", "batch_views")
LEVELS = {0: (), 1: ("exact",), 2: ("exact", "reassociates")}


@record(frozen=True)
class Entry:
    """One decision: `where` is the spec path, `taken` whether the rewrite was made, `reason` why or why not."""

    name: str
    graph: str
    where: str
    taken: bool
    reason: str
    saved: int = 0  # forward multiply-adds per sample


@record(frozen=True)
class Ledger:
    """Every decision of every pass, and the program as it was before them."""

    level: int
    baseline: Program
    entries: tuple[Entry, ...] = ()
    forward: dict[str, tuple[int, int]] = field(default_factory=dict)  # graph -> multiply-adds before, after

    def text(self) -> str:
        """A line a decision, then what all of them saved."""
        if self.level == 0:
            return "-O0: no pass ran\n"
        lines = []
        for entry in self.entries:
            mark = "taken  " if entry.taken else "refused"
            saved = f" ({mflop(entry.saved)} MFLOP a sample less, forward)" if entry.saved else ""
            lines.append(f"{mark} {entry.name:<20} {entry.graph}: {entry.where}: {entry.reason}{saved}")
        for name, (before, after) in self.forward.items():
            if before and after:
                lines.append(
                    f"{name}: {mflop(before)} -> {mflop(after)} MFLOP a sample, forward ({before / after:.3f}x)"
                )
        return "\n".join(lines) + "\n"


def mflop(macs: int) -> str:
    """Multiply-adds as millions of operations, with two digits after the point where that says something."""
    millions = macs * 2 / 1e6
    return f"{millions:,.1f}" if millions >= 10 else f"{millions:.3g}"


def run(program: Program, level: int) -> tuple[Program, Ledger]:
    """The program after the passes of the level; the state dict is the same at every level."""
    entries: list[Entry] = []
    costs: dict[str, tuple[int, int]] = {}

    def optimised(graph: Graph) -> Graph:
        before = forward(graph)
        for name in PASSES:
            module = importlib.import_module(f"vfmc.passes.{name}")
            if module.NUMERICS not in LEVELS[level]:
                continue
            changed, found = module.run(graph)
            verify(changed, graph)
            entries.extend(found)
            graph = changed
        costs[graph.name] = (before, forward(graph))
        return graph

    phases = tuple(replace(phase, graph=optimised(phase.graph)) for phase in program.phases)
    evaluation = optimised(program.evaluation)
    return replace(program, phases=phases, evaluation=evaluation), Ledger(
        level, program, tuple(entries), costs
    )
