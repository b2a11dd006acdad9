"""Which weights the optimiser moves, and by which rules: one group for all that share them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from vfmc.check.selectors import select
from vfmc.components import Duration, Schedule
from vfmc.components.sections.group import Group
from vfmc.components.sections.train import Train
from vfmc.graph import Graph, Module
from vfmc.graph.learning import learners
from vfmc.graph.program import Program
from vfmc.plan.schedules import number, rate
from vfmc.source.record import record
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence

ALWAYS = Duration(100, "%")  # of the whole training: weights that a group freezes for good


@record(frozen=True)
class Rule:
    """How a weight is optimised: factors of rate and decay, a decay of its own, how long it stays."""

    lr: float = 1.0
    decay: float = 1.0
    weight_decay: float | None = None  # absolute, where the optimiser's decay is no number to multiply
    frozen_until: Duration | None = None
    clip: tuple[str, float] | None = None  # the selector whose weights share a norm, and its most
    settings: tuple[tuple[str, Any], ...] = ()  # what the optimiser does otherwise with weights of this role


@record()
class Draft:
    """The rule of one weight in the making, with the selectors that it comes from."""

    rule: Rule
    words: tuple[str, ...] = ()
    layer: tuple[float, int] = (1.0, 0)  # the factor of its layer, and the layer counted from the input


def groups(graph: Graph, train: Train) -> list[dict[str, Any]]:
    """The groups of a phase: every weight that its losses teach stands in exactly one, in the order of the modules.

    Weights of the roles in `no_decay` are not decayed. `groups` of the spec come on top: later ones win, each
    in what it says alone.
    """
    modules = graph.modules
    of_role = cache(lambda role: Draft(_of_role(role, train)))
    drafts = {  # weights of one rule share one draft
        f"{module.name}.{weight.name}": of_role(weight.role)
        for module in learners(graph).values()
        for weight in module.weights
        if not weight.buffer
    }
    for group in train.groups:
        by_role = isinstance(group.of, Mapping) and "role" in group.of
        places = layers(modules) if group.layer_decay is not None else {}
        known: dict[
            tuple[int, tuple[int, int] | None], tuple[Draft, Draft]
        ] = {}  # old and new, by the old and the layer
        for name in select(group.of, modules):
            if name in drafts:
                old, place = drafts[name], places.get(name)
                if (id(old), place) not in known:
                    spared = old.rule.decay == 0.0 and not by_role
                    known[id(old), place] = old, _ruled(old, group, train, place, spared)
                drafts[name] = known[id(old), place][1]
    merged: dict[Rule, list[str]] = {}
    words: dict[Rule, dict[str, None]] = {}
    done: dict[int, list[str]] = {}  # the weights of a rule, by its draft
    for name, draft in drafts.items():
        if id(draft) not in done:
            rule = draft.rule
            if draft.layer[0] != 1.0:
                rule = replace(rule, lr=rule.lr * draft.layer[0])
            done[id(draft)] = merged.setdefault(rule, [])
            words.setdefault(rule, {})[_name(rule, draft)] = None
        done[id(draft)].append(name)
    found: list[dict[str, Any]] = []
    for rule, weights in merged.items():
        taken = [entry["name"] for entry in found]
        found.append(_entry(_unique(", ".join(words[rule]), taken), weights, rule))
    return found


def frozen(program: Program) -> list[str]:
    """Learned weights of no copy that never move: frozen, or out of reach of the losses, or every phase's groups say so."""
    names = [
        f"{module.name}.{weight.name}"
        for module in program.modules.values()
        if module.follow is None
        for weight in module.weights
        if not weight.buffer
    ]
    moving: set[str] = set()
    for phase in program.phases:
        for group in groups(phase.graph, phase.train):
            if group.get("frozen_until") != ALWAYS.data():
                moving.update(group["weights"])
    return [name for name in names if name not in moving]


def _of_role(role: str, train: Train) -> Rule:
    """The rule of a weight of which no group says anything."""
    settings = tuple(train.optimizer.by_role(role).items())
    return Rule(decay=0.0 if role in train.no_decay else 1.0, settings=settings)


def _ruled(draft: Draft, group: Group, train: Train, layer_of: tuple[int, int] | None, spared: bool) -> Draft:
    """The draft after one more group. A weight that is `spared` is not decayed: only a selector by role does that."""
    rule, layer = draft.rule, draft.layer
    if group.lr is not None:
        rule = replace(rule, lr=group.lr)
    if group.weight_decay is not None and not spared:
        rule = replace(rule, **_decay(group.weight_decay, train))
    if group.layer_decay is not None and layer_of is not None:
        place, top = layer_of
        layer = (group.layer_decay ** (top - place), place)
    if group.clip is not None:
        rule = replace(rule, clip=(_words(group.of), group.clip))
    if "frozen" in group.model_fields_set:
        until = ALWAYS if group.frozen is True else group.frozen_until()
        rule = replace(rule, frozen_until=until)
    return Draft(rule, (*draft.words, _words(group.of)), layer)


def _decay(wanted: float, train: Train) -> dict[str, Any]:
    """An absolute decay as a factor of the optimiser's, where that is a number."""
    base = dict(train.optimizer).get("weight_decay", 0.0)
    if wanted == 0.0:
        return {"decay": 0.0, "weight_decay": None}
    if isinstance(base, Schedule) or not base:
        return {"decay": 1.0, "weight_decay": train.optimizer.decays(wanted, rate(train)[0])}
    return {"decay": wanted / number(base, train.batch), "weight_decay": None}


def layers(modules: dict[str, Module]) -> dict[str, tuple[int, int]]:
    """The layer of every weight and the top layer of its tower, as BEiT and MAE count them for fine-tuning.

    What stands before the blocks is layer 0, block i is layer i + 1, what stands after the last is layer
    depth + 1 (BEiT, `optim_factory.get_num_layer_for_vit`; MAE, `util/lr_decay.py`).
    """
    tops: dict[str, int] = {}  # tower -> the layers of its modules so far
    begins: dict[str, int] = {}  # module -> those before it
    for module in modules.values():
        if module.follow is None:
            begins[module.name] = tops.get(module.tower, 0)
            own = [weight.layer for weight in module.weights if weight.layer is not None]
            tops[module.tower] = begins[module.name] + max(own, default=-1) + 1
    found: dict[str, tuple[int, int]] = {}
    for module in modules.values():
        passed = tops.get(module.tower, 0)
        begin, top = begins.get(module.name, 0), passed + 1
        whole = all(weight.layer is None for weight in module.weights)
        for weight in module.weights:
            place = begin if weight.layer is None else begin + weight.layer + 1
            found[f"{module.name}.{weight.name}"] = (top if whole and begin == passed else place), top
    return found


def _name(rule: Rule, draft: Draft) -> str:
    plain = "no_decay" if rule.decay == 0.0 else "decay"
    if not draft.words or replace(rule, settings=()) in (Rule(), Rule(decay=0.0)):
        return plain
    words = list(dict.fromkeys(draft.words))
    if draft.layer[0] != 1.0:
        words.append(f"layer {draft.layer[1]}")
    return " ".join([*words, plain] if rule.decay == 0.0 else words)


def _unique(name: str, taken: list[str]) -> str:
    count = 2
    found = name
    while found in taken:
        found, count = f"{name} ({count})", count + 1
    return found


def _words(node: Node) -> str:
    """A selector in short, for the name of its group."""
    if isinstance(node, Scalar):
        return str(node.value)
    if isinstance(node, Sequence):
        return " + ".join(_words(part) for part in node)
    assert isinstance(node, Mapping)
    of, layers, role = node.get("of"), node.get("layers"), node.get("role")
    words = [_words(of)] if of is not None else []
    if isinstance(layers, Sequence):
        words.append("layers " + "-".join(_words(part) for part in layers))
    return " ".join([*words, _words(role)] if role is not None else words)


def _entry(name: str, weights: list[str], rule: Rule) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "weights": weights, "lr": rule.lr, "decay": rule.decay}
    if rule.weight_decay is not None:
        entry["weight_decay"] = rule.weight_decay
    if rule.frozen_until is not None:
        entry["frozen_until"] = rule.frozen_until.data()
    if rule.clip is not None:
        entry["clip"] = {"of": rule.clip[0], "max": rule.clip[1]}
    if rule.settings:
        entry["settings"] = dict(rule.settings)
    return entry
