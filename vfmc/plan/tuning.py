"""How a spec fine-tunes, in the words of `components/tuning_protocols.py`, and where that is not what a paper does."""

from __future__ import annotations

from collections.abc import Iterable
from math import isclose
from typing import Any

from vfmc.components import Component
from vfmc.graph.program import Program
from vfmc.plan.schedules import number, rate
from vfmc.plan.taps import pipe

NORMAL = {"truncated_normal": 0.02}  # deviations of initial weights, by initializer


def departs(program: Program, tower: str, facts: dict[str, Any]) -> list[str]:
    """One sentence for each fact of the protocol that the training of the last phase, or the tower, does not share."""
    own = trained(program, tower, facts.get("per"))
    return [
        f"{name}: {own[name]} in place of {wanted}"
        for name, wanted in facts.items()
        if name != "per" and not same(own[name], wanted)
    ]


def same(own: Any, wanted: Any) -> bool:
    """Whether two facts agree, numbers up to rounding."""
    if isinstance(own, int | float) and isinstance(wanted, int | float):
        return isclose(own, wanted, rel_tol=1e-6)
    return bool(own == wanted)


def trained(program: Program, tower: str, per: int | None) -> dict[str, Any]:
    """The facts of the last phase and of the stages that a picture goes through to the logits of `tower`."""
    phase = program.phases[-1]
    train, graph = phase.train, phase.graph
    optimizer = train.optimizer
    peak, schedule = rate(train)
    stages = [value.component for value in pipe(program, tower)]
    words = [stage.component_name for stage in stages]
    blocks = stages[words.index("blocks")] if "blocks" in words else None
    read = stages[words.index("blocks") + 1 :] if "blocks" in words else stages
    position = _first(stages, "kind", "position")
    views = [value.component for value in graph.values.values() if value.make in ("input", "view")]
    losses = [graph.values[term.value].component for term in graph.terms]
    augment = _first([*views, *(of for view in views if (of := _of(view)))], "randaugment")
    decays = [group.layer_decay for group in train.groups if group.layer_decay is not None]
    return {
        "reads": [stage.component_name for stage in read],
        "positions": position or "none",
        "head_std": _head(read),
        "loss": losses[0].component_name if len(losses) == 1 else [loss.component_name for loss in losses],
        "optimizer": optimizer.component_name,
        "betas": _given(optimizer, "betas"),
        "weight_decay": number(_given(optimizer, "weight_decay") or 0.0, train.batch),
        "rate": peak if per is None else peak * per / train.batch,
        "layer_decay": decays[-1] if decays else 1.0,
        "batch": train.batch,
        "schedule": schedule["use"],
        "warmup": _epochs(schedule.get("warmup")),
        "epochs": _epochs(phase.length.data()),
        "end": schedule.get("end", 0.0),
        "drop_path": _given(blocks, "drop_path") or 0.0,
        "randaugment": _given(augment, "magnitude") or 0.0,
        "erase": _first([*views, *(of for view in views if (of := _of(view)))], "erase") or 0.0,
        "mixup": _first(views, "mixup", "mixup") or 0.0,
        "cutmix": _first(views, "cutmix", "mixup") or 0.0,
        "smoothing": _first([*views, *losses], "smoothing") or 0.0,
    }


def _given(component: Component | None, argument: str) -> Any:
    return (
        component.argument(argument) if component is not None and argument in component.arguments() else None
    )


def _first(components: Iterable[Component], argument: str, use: str = "") -> Any:
    """What the first of the components that has something there says of an argument, of those of one name if it is given."""
    found = (_given(each, argument) for each in components if not use or each.component_name == use)
    return next((value for value in found if value), None)


def _of(view: Component) -> Component | None:
    """The view that a view is made of."""
    ref = _given(view, "of")
    return getattr(ref, "component", None)


def _epochs(length: Any) -> Any:
    """A length as a number of epochs, or in its own unit."""
    if not isinstance(length, dict):
        return length or 0
    return length["value"] if length["unit"] == "epochs" else f"{length['value']} {length['unit']}"


def _head(read: list[Component]) -> Any:
    """The deviation that the last linear map's weights begin with, or its initializer."""
    last = read[-1] if read and read[-1].component_name == "linear" else None
    if last is None:
        return "none"
    initializer = last.argument("initializer")
    return NORMAL[initializer] * last.argument("init_scale") if initializer in NORMAL else initializer
