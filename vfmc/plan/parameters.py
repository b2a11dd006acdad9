"""How many numbers are learned, and the names and shapes of all that is saved."""

from __future__ import annotations

from typing import Any

from vfmc.graph import Module
from vfmc.graph.program import Program
from vfmc.plan.groups import frozen


def parameters(program: Program, never: set[str] | None = None) -> dict[str, Any]:
    """Elements of learned weights: those owned (`total` = `trainable` + `frozen`), and those of copies apart.

    `per_tower` counts what each tower, loss or copy owns. Buffers and constant tables are no weights.
    `never` are the `frozen` ones, if they are known already.
    """
    never = set(frozen(program)) if never is None else never
    trainable = total = copies = 0
    per_tower: dict[str, int] = {}
    for module in in_order(program):
        if not module.size:
            continue
        owner = module.follow.copy if module.follow else module.tower
        per_tower[owner] = per_tower.get(owner, 0) + module.size
        if module.follow:
            copies += module.size
            continue
        total += module.size
        trainable += sum(
            weight.size
            for weight in module.weights
            if not weight.buffer and f"{module.name}.{weight.name}" not in never
        )
    return {
        "total": total,
        "trainable": trainable,
        "frozen": total - trainable,
        "copies": copies,
        "per_tower": per_tower,
    }


def in_order(program: Program) -> list[Module]:
    """The modules as the objective holds them: those of the towers as declared, then the copies, then what losses own."""
    copied = [name for name, tower in program.towers.items() if tower.copies]
    owners = [name for name in program.towers if name not in copied] + copied

    def place(module: Module) -> int:
        owner = module.follow.copy if module.follow else module.tower
        return owners.index(owner) if owner in owners else len(owners)

    return sorted(program.modules.values(), key=place)


def signature(program: Program) -> dict[str, list[int]]:
    """The keys of the state dict with their shapes, saved buffers included, in the order of the modules."""
    return {
        f"{module.name}.{weight.name}": list(weight.shape)
        for module in in_order(program)
        for weight in module.weights
    }
