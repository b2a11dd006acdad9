"""`data.py`: the batch contract as literals, and a function for every mask."""

from __future__ import annotations

import copy
from typing import Any

from vfmc.components.base import MaskKind
from vfmc.emit.printer import comment, pretty
from vfmc.emit.templates import environment, macro
from vfmc.graph.program import Program
from vfmc.plan.contract import Contract
from vfmc.types import Mask, item


def render(program: Program, contract: Contract, header: str) -> str:
    """The text of data.py. A mask that a phase draws otherwise gets a function of its own, named after the phase."""
    phases = copy.deepcopy(contract.phases)
    functions: dict[str, dict[str, str]] = {}
    for phase in program.phases:
        for value in phase.graph.values.values():
            entry = phases[phase.name]["masks"].get(value.name) if value.make == "mask" else None
            if entry is None or not isinstance(value.component, MaskKind):
                continue
            made = _function(value.component, item(value.type))
            name = value.name
            if functions.setdefault(name, {"name": name, **made})["code"] != made["code"]:
                name = f"{value.name}_{phase.name}"
                functions[name] = {"name": name, **made}
            entry["draw"] = f"draw_{name}"
    return str(
        environment()
        .get_template("package/data.py.j2")
        .render(
            header=header,
            title=comment(program.name),
            inputs=pretty(contract.inputs),
            phases=pretty(phases),
            masks=list(functions.values()),
        )
    )


def _function(component: MaskKind, kind: Any) -> dict[str, str]:
    """The body of a mask's function, and what it says it does."""
    assert isinstance(kind, Mask)
    context = {
        "args": component.plain(),
        "tokens": kind.tokens,
        "hidden": kind.hidden,
        "visible": kind.visible,
        "grid": [kind.grid.rows, kind.grid.columns] if kind.grid else None,
    }
    code = macro(component, "draw", context)
    if code is None:
        raise LookupError(f"the template of {component.component_name} has no macro `draw`")
    return {"doc": f"{component.component_name}, {kind.hidden} of {kind.tokens} tokens hidden", "code": code.strip("\n")}
