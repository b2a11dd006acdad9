"""Tensors between another library's names and ours, by a plan of `vfmc.interop.meet`, with every one of them accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.errors import RunError
from vfmc.runtime.interop.verbs import Impossible, back, there
from vfmc.source.suggest import nearest

WILD = {"N": r"[0-9]+", "M": r"[0-9]+", "w": "weight|bias", "rest": ".+"}
CLOSE = 1e-5  # how much a table that is made anew may differ from the file's: both are float32 of the same numbers


@dataclass(frozen=True)
class Pair:
    """Their tensors (joined along the first dimension, `0` for zeros) and ours, which may be a part of what is split `among` some."""

    theirs: tuple[str, ...]
    ours: str
    do: list[list[Any]]
    among: tuple[str, ...] = ()


@dataclass
class Report:
    """What became of every tensor: names of ours in `filled` and `fresh`, of theirs in `ignored`, `elsewhere`, `constant`."""

    layout: str
    filled: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    constant: list[str] = field(default_factory=list)
    read: int = 0

    def lines(self) -> list[str]:
        found = [f"{self.read} tensors of {self.layout} -> {len(self.filled)} weights"]
        for what, names in (
            ("made anew, equal to the file's", self.constant),
            ("fresh, not in the file", self.fresh),
            ("ignored", self.ignored),
            ("of towers that were not asked for", self.elsewhere),
        ):
            if names:
                found.append(
                    f"  {len(names)} {what}: {', '.join(names[:4])}{' ...' if len(names) > 4 else ''}"
                )
        return found


def constants_of(objective: nn.Module) -> dict[str, Tensor]:
    """Tables outside the state dict, by name: fixed positions, masks."""
    saved = objective.state_dict()
    return {name: buffer for name, buffer in objective.named_buffers() if name not in saved}


def to_ours(
    plan: dict[str, Any],
    theirs: Mapping[str, Tensor],
    shapes: Mapping[str, Iterable[int]],
    constants: Mapping[str, Tensor] | None = None,
    fresh: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> tuple[dict[str, Tensor], Report]:
    """Their tensors under our names. `shapes` are those of our state dict, `fresh` and `ignore` are patterns of names (`head.*`).

    Raises `RunError` that lists everything that is left over on either side, with shapes and the nearest names.
    """
    given = {_called(plan, name): tensor for name, tensor in theirs.items()}
    owned = [name for name in shapes if name.startswith(tuple(plan["owns"]))]
    ours, problems = _Matcher(plan["weights"]), []
    report, found = Report(plan["layout"], read=len(theirs)), {}
    used: set[str] = set()
    may_miss, may_stay = _globs(fresh), _globs(ignore)
    unmet = []
    for name in owned:
        pair = ours.of(name)
        absent = [] if pair is None else [part for part in pair.theirs if part != "0" and part not in given]
        if may_miss(name):
            report.fresh.append(name)
            if pair is not None and not absent:
                used.update(pair.theirs)
                report.ignored += [part for part in pair.theirs if part != "0"]
            continue
        if pair is None or absent:
            unmet.append((name, absent))
            continue
        used.update(pair.theirs)
        try:
            made = there(_joined([given.get(part) for part in pair.theirs]), pair.do)
            if pair.among:
                made = _part(made, pair, shapes)
        except Impossible as error:
            problems.append(
                f"! {' + '.join(pair.theirs)} {_shape(pair, given)} cannot become {name}: {error}"
            )
            continue
        if list(made.shape) != list(shapes[name]):
            problems.append(
                f"! {' + '.join(pair.theirs)} is {list(made.shape)} as {name}, which is {list(shapes[name])} in the spec"
            )
        found[name] = made.contiguous()
        report.filled.append(name)
    fixed = _Matcher(plan["constants"])
    for name, table in (constants or {}).items():
        pair = fixed.of(name)
        if pair is None or any(part not in given for part in pair.theirs):
            continue  # a file without a table that can be made anew lacks nothing
        used.update(pair.theirs)
        report.constant += pair.theirs
        try:
            read = there(_joined([given[part] for part in pair.theirs]), pair.do)
            if read.shape != table.shape:
                problems.append(
                    f"! {pair.theirs[0]} is {list(read.shape)} as {name}, which is {list(table.shape)} in the spec"
                )
            elif (read.double() - table.double()).abs().max() > CLOSE:
                problems.append(
                    f"! {pair.theirs[0]} differs from {name}, which is no weight of the spec: fixed numbers"
                )
        except Impossible as error:
            problems.append(f"! {pair.theirs[0]} is not {name}: {error}")
    for entry in plan["made"]:
        name = entry["theirs"]
        if name not in given or name in used:
            continue
        used.add(name)
        report.constant.append(name)
        table = _made(entry)
        if given[name].shape != table.shape or not torch.allclose(
            given[name].float(), table, rtol=CLOSE, atol=CLOSE
        ):
            problems.append(
                f"! {name} is not what the spec makes of it: {_numbers(given[name])} in the file, {_numbers(table)} in the spec"
            )
    others, ignored = _patterns(plan["others"]), _patterns(plan["ignore"])
    extra = []
    for name in given:
        if name in used:
            continue
        if others(name):
            report.elsewhere.append(name)
        elif ignored(name) or may_stay(name):
            report.ignored.append(name)
        else:
            extra.append(name)
    for name, absent in unmet:
        wanted = " + ".join(absent)
        near = nearest(absent[0], extra) if absent else None
        why = f"the file has no {wanted}" if absent else f"the layout {plan['layout']} has no name for it"
        problems.append(f"+ {name} {list(shapes[name])}: {why}{f' (is it {near}?)' if near else ''}")
    for name in extra:
        near = nearest(name, [part for _, absent in unmet for part in absent])
        problems.append(
            f"- {name} {list(given[name].shape)}: nothing of the spec takes it{f' (is it {near}?)' if near else ''}"
        )
    if problems:
        shown = "\n  ".join(problems)
        raise RunError(
            f"the file does not fit as {plan['layout']} ({len(found)} of {len(owned)} weights found). `--fresh NAME` keeps a "
            f"weight of ours as it begins, `--ignore NAME` leaves one of theirs out:\n  {shown}"
        )
    return found, report


def to_theirs(
    plan: dict[str, Any], ours: Mapping[str, Tensor], constants: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Our tensors under their names: the way back of `to_ours`. Raises `RunError` that lists what has no place there."""
    matcher, problems = _Matcher(plan["weights"]), []
    found: dict[str, Tensor] = {}
    pairs = [
        (name, matcher.of(name), tensor)
        for name, tensor in ours.items()
        if name.startswith(tuple(plan["owns"]))
    ]
    fixed = _Matcher(plan["constants"])
    pairs += [
        (name, pair, tensor)
        for name, tensor in (constants or {}).items()
        if (pair := fixed.of(name)) is not None
    ]
    for name, pair, tensor in pairs:
        if pair is None:
            problems.append(f"- {name} {list(tensor.shape)}: the layout {plan['layout']} has no name for it")
            continue
        if pair.among and name != pair.among[0]:
            continue  # it is joined with the first of them
        try:
            tensor = torch.cat([ours[each] for each in pair.among]) if pair.among else tensor
            made = back(tensor, pair.do)
            parts = made.chunk(len(pair.theirs)) if len(pair.theirs) > 1 else (made,)
            for part, piece in zip(pair.theirs, parts, strict=True):
                if part == "0" and piece.any():
                    raise Impossible("the layout takes a part of it for zero, which it is not")
                if part != "0":
                    found[part] = piece.detach().clone(memory_format=torch.contiguous_format)
        except Impossible as error:
            problems.append(f"! {name} {list(tensor.shape)} cannot become {' + '.join(pair.theirs)}: {error}")
    found |= {entry["theirs"]: _made(entry) for entry in plan["made"] if entry["theirs"] not in found}
    if problems:
        raise RunError(f"the weights do not fit into {plan['layout']}:\n  " + "\n  ".join(problems))
    return found


class _Matcher:
    """Rules by the pattern of our name."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.rules = [(_regex(rule["ours"]), rule) for rule in rules]

    def of(self, name: str) -> Pair | None:
        """The pair that our weight belongs to; None if no rule names it."""
        for pattern, rule in self.rules:
            match = pattern.fullmatch(name)
            if match:
                theirs = tuple(_filled(part, match.groupdict()) for part in rule["theirs"])
                among = tuple(_filled(part, match.groupdict()) for part in rule.get("among", ()))
                return Pair(theirs, name, rule["do"], among)
        return None


def _made(entry: dict[str, Any]) -> Tensor:
    """A table of the plan: one number everywhere, its logarithm, or minus infinity above the diagonal."""
    if "causal" in entry:
        return torch.full((entry["causal"], entry["causal"]), float("-inf")).triu(1)
    number = (
        torch.tensor(float(entry["log"])).log() if "log" in entry else torch.tensor(float(entry["value"]))
    )
    return number.expand(entry["shape"]).clone()


def _numbers(x: Tensor) -> str:
    return f"{x.item():.6g}" if x.numel() == 1 else f"{list(x.shape)}"


def _regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"({\w+})", pattern)
    return re.compile(
        "".join(f"(?P<{p[1:-1]}>{WILD[p[1:-1]]})" if p.startswith("{") else re.escape(p) for p in parts)
    )


def _filled(pattern: str, values: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda m: values[m.group(1)], pattern)


def _called(plan: dict[str, Any], name: str) -> str:
    """Their name without what wrappers put before it, in the layout's spelling."""
    for prefix in plan["strip"]:
        name = name.removeprefix(prefix)
    for pattern, to in plan["also"]:
        match = _regex(pattern).fullmatch(name)
        if match:
            return _filled(to, match.groupdict())
    return name


def _part(x: Tensor, pair: Pair, shapes: Mapping[str, Iterable[int]]) -> Tensor:
    """Ours of what is split among several along its first dimension."""
    sizes = [next(iter(shapes[name])) for name in pair.among]
    if not x.ndim or len(x) != sum(sizes):
        raise Impossible(f"it does not split into {' + '.join(map(str, sizes))}")
    return x.split(sizes)[pair.among.index(pair.ours)]


def _joined(parts: list[Tensor | None]) -> Tensor:
    present = [part for part in parts if part is not None]
    if len(parts) == 1:
        return present[0]
    if any(part.shape != present[0].shape for part in present):
        raise Impossible("its parts have different shapes")
    return torch.cat([torch.zeros_like(present[0]) if part is None else part for part in parts])


def _shape(pair: Pair, given: Mapping[str, Tensor]) -> list[int]:
    return list(given[next(part for part in pair.theirs if part != "0")].shape)


def _patterns(patterns: Iterable[str]) -> Any:
    found = [_regex(pattern) for pattern in patterns]
    return lambda name: any(pattern.fullmatch(name) for pattern in found)


def _globs(patterns: Iterable[str]) -> Any:
    from fnmatch import fnmatchcase

    listed = list(patterns)
    return lambda name: any(fnmatchcase(name, each) or name.startswith(f"{each}.") for each in listed)
