"""`data.py`: the batch contract as literals, and a function for every mask."""

from __future__ import annotations

from vfmc.components.base import MaskKind
from vfmc.emit.printer import comment, pretty
from vfmc.emit.templates import environment, macro
from vfmc.graph import Value
from vfmc.graph.program import Program
from vfmc.plan.contract import Contract
from vfmc.types import Mask, item


def render(program: Program, contract: Contract, header: str) -> str:
    """The text of data.py."""
    return str(
        environment()
        .get_template("package/data.py.j2")
        .render(
            header=header,
            title=comment(program.name),
            inputs=pretty(contract.inputs),
            phases=pretty(contract.phases),
            masks=[{"name": name, **_function(value)} for name, value in contract.draws.items()],
        )
    )


def _function(value: Value) -> dict[str, str]:
    """The body of a mask's function, and what it says it does."""
    component, kind = value.component, item(value.type)
    assert isinstance(component, MaskKind) and isinstance(kind, Mask)
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
    doc = f"{component.component_name}, {kind.hidden} of {kind.tokens} tokens hidden"
    return {"doc": doc, "code": code.strip("\n")}
