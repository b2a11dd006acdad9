"""`data.py`: the batch contract as literals, and a function for every mask."""

from __future__ import annotations

from vfmc.components import MaskKind
from vfmc.emit.model import imports
from vfmc.emit.printer import comment, pretty
from vfmc.emit.templates import environment, helpers, macro
from vfmc.graph import Value
from vfmc.graph.program import Program
from vfmc.plan.contract import Contract
from vfmc.types import Mask, item


def render(program: Program, contract: Contract, header: str) -> str:
    """The text of data.py."""
    masks = [{"name": name, **_function(value)} for name, value in contract.draws.items()]
    code = "\n".join(mask["code"] for mask in masks)
    parts = [text for _, text in helpers(code, set(), [])]
    return str(
        environment()
        .get_template("package/data.py.j2")
        .render(
            header=header,
            title=comment(program.name),
            inputs=pretty(contract.inputs),
            phases=pretty(contract.phases),
            imports=imports("\n".join(["Tensor", code, *parts])) if masks else None,
            parts=parts,
            masks=masks,
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
        "noise": component.noise(kind.tokens),
        "grid": [kind.grid.rows, kind.grid.columns] if kind.grid else None,
    }
    code = macro(component, "draw", context)
    if code is None:
        raise LookupError(f"the template of {component.component_name} has no macro `draw`")
    doc = f"{component.component_name}, {kind.hidden} of {kind.tokens} tokens hidden"
    return {"doc": doc, "code": code.strip("\n")}
