"""What is said of a compiled spec: as plain data, and as pages for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vfmc.graph import Graph, Module
from vfmc.graph.dump import call
from vfmc.graph.program import Program
from vfmc.plan.memory import estimate
from vfmc.types import item

if TYPE_CHECKING:
    from vfmc.compiler import Compilation

_LAYER = re.compile(r"\.(\d+)\.")


def facts(work: Compilation) -> dict[str, Any]:
    """The whole as plain data, for programs. Its keys are stable."""
    program, plan = work.program, work.plan
    assert program is not None and plan is not None and work.ledger is not None
    return {
        "name": program.name,
        "doc": program.doc,
        "parameters": plan.parameters,
        "flops_per_sample": {key: plan.flops[key] for key in ("forward", "training")},
        "memory": plan.memory,
        "on_device": on_device(program),
        "towers": towers(work.ledger.baseline, plan.parameters["per_tower"]),
        "losses": losses(program),
        "inputs": {name: kind.contract() for name, kind in program.inputs.items()},
        "phases": [{"name": phase.name, "for": phase.length.data()} for phase in program.phases],
        "sources": plan.recipe["sources"],
        "evaluate": plan.recipe["evaluate"],
        "level": work.level,
    }


def on_device(program: Program) -> dict[str, Any]:
    """Bytes on a device in the largest part of a step, with how many samples that is."""
    devices = program.devices or 1
    found = estimate(program, devices)
    part = found.largest
    return {
        "phase": part.phase,
        "part": part.part,
        "batch": part.batch,
        "devices": devices,
        "samples": found.samples,
        "half": part.half,
        "per_sample": part.each,
        "bytes": found.parts_of(),
        "unknown": list(part.unknown),
    }


def towers(program: Program, owned: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Every tower: what it takes and gives at its first use, what it owns and which towers it is made of."""
    graph = program.phases[0].graph
    found = {}
    for name in program.towers:
        uses = [scope for scope in graph.scopes.values() if scope.prefix == f"{name}."]
        entry: dict[str, Any] = {"parameters": owned.get(name, 0), "role": role(program, name)}
        if uses:
            takes, gives = graph.values[uses[0].operand].type, graph.values[uses[0].result].type
            entry |= {"takes": item(takes).describe(), "gives": item(gives).describe()}
            entry["signature"] = f"{entry['takes']} -> {entry['gives']}"
            entry["uses"] = len(uses)
            inner = [scope.tower for scope in graph.scopes.values() if scope.parent == uses[0].id]
            entry |= {"made_of": inner} if inner else {}
        found[name] = entry
    return found


def role(program: Program, tower: str) -> str:
    """trainable, frozen, or `ema of` another tower."""
    copied = [m.follow for m in program.modules.values() if m.follow and m.follow.copy == tower]
    if copied:
        return f"{copied[0].component.component_name} of {copied[0].component.copies()}"  # type: ignore[attr-defined]
    own = [
        module
        for module in program.modules.values()
        if module.tower == tower and not module.follow and module.size
    ]
    return "frozen" if own and all(module.frozen for module in own) else "trainable"


def losses(program: Program) -> dict[str, dict[str, Any]]:
    """Every loss with its component, its weight and what it compares."""
    graph = program.phases[0].graph
    found = {}
    for term in graph.terms:
        component = graph.values[term.value].component
        weight = (
            term.weight
            if isinstance(term.weight, int | float)
            else {"use": term.weight.component_name, **term.weight.plain()}
        )
        couples = getattr(component, "couples", "samples")
        found[term.name] = {"use": component.component_name, "weight": weight, "couples": couples}
    return found


def summary(work: Compilation) -> str:
    """A page for people."""
    found = facts(work)
    counted, flops = found["parameters"], found["flops_per_sample"]
    lines = [f"{found['name']}: {found['doc']}" if found["doc"] else found["name"], ""]
    aside = [
        f"{counted[key]:,} {word}"
        for key, word in (("frozen", "frozen"), ("copies", "in copies"))
        if counted[key]
    ]
    lines.append(f"parameters  {counted['total']:,}" + (f" ({', '.join(aside)})" if aside else ""))
    lines.append(
        f"FLOPs       {scaled(flops['forward'])} forward, {scaled(flops['training'])} training, for one sample"
    )
    lines.append(
        f"memory      {size(found['memory']['total'])} for weights, gradients and optimiser in float32"
    )
    lines += _batch_memory(found["on_device"])
    lines.append(
        "training    "
        + ", then ".join(f"{phase['name']} for {_length(phase['for'])}" for phase in found["phases"])
    )
    lines += ["", "towers"]
    width = max(map(len, found["towers"]), default=0)
    for name, entry in found["towers"].items():
        made = f"{' -> '.join(entry['made_of'])}: " if entry.get("made_of") else ""
        own = f"{entry['parameters']:,} parameters, " if entry["parameters"] else ""
        lines.append(f"  {name:<{width}}  {made}{entry.get('signature', 'not used')} ({own}{entry['role']})")
    lines += ["", "losses"]
    width = max(map(len, found["losses"]), default=0)
    for name, entry in found["losses"].items():
        weight = (
            f"{entry['weight']:g}" if isinstance(entry["weight"], int | float) else entry["weight"]["use"]
        )
        lines.append(f"  {name:<{width}}  {weight} * {entry['use']}")
    lines += ["", "more: --types --params --graph --tree --json"]
    return "\n".join(lines) + "\n"


def _batch_memory(found: dict[str, Any]) -> list[str]:
    """What a batch adds to the memory of a device."""
    sizes = found["bytes"]
    words = {
        "activations": "activations",
        "losses": "losses",
        "data": "the batch itself",
        "casts": "weights in half precision",
    }
    added = {name: sizes[name] for name in words if sizes[name]}
    where = f"each of {found['devices']:,} devices" if found["devices"] > 1 else "one device"
    each = {"activations": f" ({size(found['per_sample'])} a sample)"}
    parts = ", ".join(f"{words[name]} {size(bytes)}{each.get(name, '')}" for name, bytes in added.items())
    at_once = f"{found['samples']:,} samples at once in {'bf16' if found['half'] else 'float32'}"
    lines = [
        f"            about {size(sum(added.values()))} more on {where} for a batch of {found['batch']:,}, {at_once}",
        f"            {parts}",
    ]
    if found["unknown"]:
        lines.append(f"            and what {', '.join(found['unknown'])} keeps inside, which is not known")
    return lines


def types(program: Program) -> str:
    """The Graph of the first phase as it was written, with the type after each arrow."""
    graph = program.phases[0].graph
    rows: list[tuple[str, str]] = []
    above: list[int] = []
    for value in graph.values.values():
        chain = list(reversed(graph.chain(value.scope)))
        common = next(
            (n for n, pair in enumerate(zip(chain, above, strict=False)) if pair[0] != pair[1]),
            min(len(chain), len(above)),
        )
        for depth in range(common, len(chain)):
            rows.append(_opened(graph, chain[depth], depth))
        above = chain
        pad = "  " * len(chain)
        if value.make in ("input", "view", "mask"):
            rows.append((f"{value.make} {value.name} = {call(value.component)}", value.type.describe()))
        elif value.make == "loss":
            rows.append((f"loss {value.name} = {call(value.component)}", value.type.describe()))
        else:
            arrow = f"{pad}->" if chain else f"value {value.name} ="
            rows.append((f"{arrow} {call(value.component)}", value.type.describe()))
    width = min(60, max((len(left) for left, right in rows if right), default=0))
    return "\n".join(f"{left:<{width}}  {right}".rstrip() for left, right in rows) + "\n"


def _opened(graph: Graph, id: int, depth: int) -> tuple[str, str]:
    scope = graph.scopes[id]
    operand = graph.values[scope.operand]
    given = [operand.name if operand.scope is None else "..."]
    given += [f"{take}: {graph.values[value].name}" for take, value in scope.takes]
    views = f", each of {scope.views} views" if scope.views else ""
    return f"{'  ' * depth}tower {scope.prefix.rstrip('.')}({', '.join(given)}){views}", item(
        operand.type
    ).describe()


def weights(program: Program) -> str:
    """Every weight with its shape; those that all blocks of a stack have stand once."""
    rows: list[tuple[str, str, int, str]] = []
    for module in program.modules.values():
        rows += _rows(module)
    names, shapes = (max((len(row[n]) for row in rows), default=0) for n in (0, 1))  # type: ignore[arg-type]
    lines = [
        f"{name:<{names}}  {shape:<{shapes}}  {count:>15,}  {note}".rstrip()
        for name, shape, count, note in rows
    ]
    total = sum(module.size for module in program.modules.values() if not module.follow)
    copies = sum(module.size for module in program.modules.values() if module.follow)
    lines.append(f"{total:,} parameters" + (f", and {copies:,} in copies" if copies else ""))
    return "\n".join(lines) + "\n"


def _rows(module: Module) -> list[tuple[str, str, int, str]]:
    note = f"follows {module.follow.source}" if module.follow else "frozen" if module.frozen else ""
    found: dict[tuple[str, tuple[int, ...], str], list[int]] = {}
    for weight in module.weights:
        layers = found.setdefault(
            (_LAYER.sub(".*.", f".{weight.name}"), weight.shape, "buffer" if weight.buffer else note), []
        )
        layers.append(weight.size)
    return [
        (
            f"{module.name}{name}",
            f"{list(shape)}",
            sum(sizes),
            " ".join([f"{len(sizes)} x" * (len(sizes) > 1), word]).strip(),
        )
        for (name, shape, word), sizes in found.items()
    ]


def scaled(number: float) -> str:
    """A number of operations for people."""
    for unit, name in ((1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP")):
        if number >= unit:
            return f"{number / unit:.2f} {name}"
    return f"{number / 1e3:.2f} kFLOP"


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 2**10:.1f} KiB"


def _length(duration: dict[str, Any]) -> str:
    return f"{duration['value']:,}{'' if duration['unit'] == '%' else ' '}{duration['unit']}"
