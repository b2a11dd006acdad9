"""Program to Plan: everything that a generated package says about data and training, and what it costs."""

from __future__ import annotations

from typing import Any

from vfmc.graph.program import Program
from vfmc.plan.contract import Contract, contract
from vfmc.plan.diagram import diagram
from vfmc.plan.flops import flops
from vfmc.plan.groups import frozen
from vfmc.plan.memory import memory
from vfmc.plan.parameters import parameters, signature
from vfmc.plan.recipe import recipe
from vfmc.source.record import record


@record(frozen=True)
class Plan:
    """What is emitted beside the modules, all of it plain data.

    `recipe` is recipe.json, `contract` what data.py holds (docs/contracts.md). `parameters` counts elements,
    `flops` operations of one sample at -O0, `memory` bytes; `signature` maps the keys of the state dict to
    their shapes; `diagram` is mermaid.
    """

    recipe: dict[str, Any]
    contract: Contract
    parameters: dict[str, Any]
    flops: dict[str, Any]
    memory: dict[str, int]
    signature: dict[str, list[int]]
    diagram: str


def make(program: Program, ledger: Any) -> Plan:
    """The plan of a program after its passes; `ledger` knows their level and the program before them."""
    baseline: Program = getattr(ledger, "baseline", None) or program
    agreed = contract(program)
    found = recipe(program, agreed, level=int(getattr(ledger, "level", 0)))
    never = set(frozen(program))
    counted = parameters(program, never)
    operations = flops(baseline)
    held = memory(program, never)
    named = signature(program)
    found |= {"weights": named, "parameters": counted, "flops": operations, "memory": held}
    return Plan(
        recipe=found,
        contract=agreed,
        parameters=counted,
        flops=operations,
        memory=held,
        signature=named,
        diagram=diagram(baseline),
    )
