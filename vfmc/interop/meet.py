"""A layout meets a spec: its rules with our names in them, as plain data that the runtime carries out and a recipe can hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from vfmc.components import Component
from vfmc.graph.program import Program
from vfmc.interop.config import expected
from vfmc.interop.layout import Layout, LayoutError, Rule, find
from vfmc.interop.roles import Player, cast
from vfmc.source.record import record


@record(frozen=True)
class Meeting:
    """A layout with the towers that play its roles; `refused` says why other layouts of the family do not fit."""

    layout: Layout
    players: dict[str, Player]
    program: Program
    refused: tuple[str, ...] = ()

    def fact(self, address: str) -> Any:
        """What the spec says at `vision.blocks.heads` or `vision.size`; None where it says nothing."""
        role, *rest = address.split(".")
        player = self.players.get(role)
        if not rest:
            return None
        if player is None:  # a component that is no stage: `patch_pixels.normalize`, `random.ratio`
            return None if role in self.layout.roles else _of_any(self.program, role, rest[0])
        if len(rest) == 1:
            return player.facts.get(rest[0])
        step = player.steps.get(rest[0])
        return None if step is None else _of_step(step.component, step.facts, step.weights, rest[1])

    def plan(self) -> dict[str, Any]:
        """What the runtime needs, JSON's types alone: rules between their names and ours."""
        rules: list[dict[str, Any]] = []
        constants: list[dict[str, Any]] = []
        others: list[str] = []
        for rule, into in (
            *((each, rules) for each in self.layout.rules),
            *((each, constants) for each in self.layout.constants),
        ):
            ours = [name for name in map(self._named, rule.ours) if name is not None]
            if len(ours) == len(rule.ours):
                among = {"among": ours} if len(ours) > 1 else {}
                into += [
                    {"theirs": list(rule.theirs), "ours": name, "do": self._verbs(rule), **among}
                    for name in ours
                ]
            elif rule.ours[0].partition(".")[0] not in self.players:
                others += [name for name in rule.theirs if name != "0"]
        made = []
        for table in self.layout.made:
            value, shape = self._number(table.value), [self._number(each) for each in table.shape]
            if value is None or None in shape:
                others.append(table.theirs)
            else:
                kind = "causal" if table.causal else "log" if table.log else "value"
                made.append({"theirs": table.theirs, kind: value, "shape": shape})
        return {
            "layout": self.layout.name,
            "weights": rules,
            "constants": constants,
            "made": made,
            "settings": expected(self.layout, self.fact),
            "others": others,
            "ignore": list(self.layout.ignore),
            "also": [list(pair) for pair in self.layout.also],
            "inside": list(self.layout.inside),
            "strip": list(self.layout.strip),
            "note": self.layout.note,
            "owns": sorted(
                {f"{step.name}." for player in self.players.values() for step in player.steps.values()}
            ),
        }

    def _named(self, pattern: str) -> str | None:
        """`vision.blocks.{N}.norm1.{w}` with the tower's and the stage's own names; None for a stage that is not there."""
        role, _, rest = pattern.partition(".")
        stage, _, weight = rest.partition(".")
        player = self.players.get(role)
        if player is None:
            return None
        if stage not in player.steps:
            return None
        return f"{player.steps[stage].name}.{weight}"

    def _verbs(self, rule: Rule) -> list[list[Any]]:
        """Verbs with numbers in the place of facts."""
        found = []
        for word, *given in rule.do:
            arguments: list[Any] = []
            for each in given:
                value = self._number(each)
                if value is None:
                    raise LayoutError(
                        f"the layout {self.layout.name} asks for `{each}` of the spec, which it does not say"
                    )
                arguments += list(value) if isinstance(value, list | tuple) else [value]
            found.append([word, *arguments])
        return found

    def _number(self, word: str) -> Any:
        """A number as it stands, or the fact that a word names."""
        try:
            return int(word) if re.fullmatch(r"-?\d+", word) else float(word)
        except ValueError:
            return self.fact(word)

    def left(self) -> list[str]:
        """Modules whose weights have no place in the layout. What a copy follows stands for the copy and the other way round;
        what only training keeps (the centre of a loss) has no place anywhere.
        """
        held = {name for player in self.players.values() for name in _modules(player)}
        copies = {
            name: module.follow.source for name, module in self.program.modules.items() if module.follow
        }
        held |= {source for name, source in copies.items() if name in held}
        held |= {name for name, source in copies.items() if source in held}
        return [
            name
            for name, module in self.program.modules.items()
            if name not in held and any(not weight.buffer for weight in module.weights)
        ]

    def unmet(self) -> list[str]:
        """What the layout takes for granted and the spec has otherwise."""
        return [
            f"{self.layout.name} has {address} {_shown(wanted)}, the spec has {_shown(self.fact(address))}"
            for address, wanted in self.layout.needs.items()
            if self.fact(address) is not None and not same(self.fact(address), wanted)
        ]


def meet(
    word: str, program: Program, chosen: dict[str, str] | None = None, only: Iterable[str] = ()
) -> Meeting:
    """The layout that a word stands for with the spec's towers in its roles; of a family the one that holds most weights.

    Raises `LayoutError` with the reasons where none does.
    """
    fitting, reasons = [], []
    for layout in find(word):
        try:
            players = cast(layout, program, chosen or {}, tuple(only))
            found = Meeting(layout, players, program)
            found.plan()
            fitting.append(found)
        except LayoutError as error:
            reasons.append(f"{layout.name}: {error}")
    if not fitting:
        raise LayoutError("\n  ".join(["the spec does not fit:", *reasons]))
    best = max(fitting, key=_held)
    return Meeting(best.layout, best.players, program, tuple(reasons))


def for_towers(word: str, program: Program, towers: Sequence[str]) -> Meeting:
    """The layout for these towers alone, each of which must have a place. Raises `LayoutError` where one has none."""
    if len(towers) == 1:
        return for_tower(word, program, towers[0])
    fitting, reasons = [], []
    for layout in find(word):
        try:
            players = cast(layout, program, {}, among=towers)
            found = Meeting(layout, players, program)
            found.plan()
            without = [name for name in towers if name not in {each.tower for each in players.values()}]
            if without:
                raise LayoutError(f"no place for the tower `{without[0]}` beside the others")
            fitting.append(found)
        except LayoutError as error:
            reasons.append(f"{layout.name}: {error}")
    if not fitting:
        raise LayoutError("\n  ".join(["the towers do not fit:", *reasons]))
    return max(fitting, key=_held)


def for_tower(word: str, program: Program, tower: str, role: str = "") -> Meeting:
    """The layout for one tower alone, which plays the role that it fits (or `role`). Raises `LayoutError` where it fits none.

    `word` comes from a spec or a command line: names and families alone, no file of one's own.
    """
    if word.endswith((".yaml", ".yml")):
        raise LayoutError(
            "a layout of one's own serves `vfmc import` alone: bring the weights under our names with it first"
        )
    fitting, reasons = [], []
    for layout in find(word):
        for name in [role] if role else layout.roles:
            try:
                found = Meeting(layout, cast(layout, program, {name: tower}, (name,)), program)
                found.plan()
                fitting.append(found)
            except LayoutError as error:
                reasons.append(f"{layout.name}: {error}")
    if not fitting:
        raise LayoutError("; ".join(dict.fromkeys(reasons)))
    return max(fitting, key=_held)


def _held(meeting: Meeting) -> int:
    """How many weights of the spec have a place in the layout."""
    return sum(len(player.weights) for player in meeting.players.values())


def _modules(player: Player) -> list[str]:
    return [step.name for step in player.steps.values() if step.weights]


def same(ours: Any, theirs: Any) -> bool:
    """Equal, numbers to a millionth."""
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, int | float) and isinstance(theirs, int | float) and not isinstance(ours, bool):
        return abs(ours - theirs) <= 1e-6 * max(abs(ours), abs(theirs))
    return bool(ours == theirs)


def _of_step(component: Component, facts: dict[str, Any], weights: Any, name: str) -> Any:
    if name in (
        "kernel",
        "kernel_2d",
    ):  # (channels, [frames,] rows, columns): the shape of a kernel in a linear map of patches
        frames = (
            [component.argument("frames")] if name == "kernel" and component.argument("frames") > 1 else []
        )
        return [facts["channels"], *frames, *component.sides()]  # type: ignore[attr-defined]
    if name == "inflated":  # with the frames always there
        return [facts["channels"], component.argument("frames"), *component.sides()]  # type: ignore[attr-defined]
    if name == "head_width":
        return facts["width"] // component.argument("heads")
    if name == "mlp_ratio":
        return facts["hidden"] / facts["width"]
    if name == "registers_and_cls":
        return component.argument("cls") + component.argument("registers")
    if name in component.arguments() and component.argument(name) is not None:
        return component.argument(name)
    return facts.get(name)


def _of_any(program: Program, use: str, name: str) -> Any:
    """An argument of the first component of that name in the first phase."""
    for value in program.phases[0].graph.values.values():
        if value.component.component_name == use and name in value.component.arguments():
            return value.component.argument(name)
    return None


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
