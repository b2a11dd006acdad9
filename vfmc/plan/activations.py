"""Bytes that one part of a step keeps on a device between its forward and its backward pass.

Every application tells what it keeps (`saved`, beside `macs`). Here tensors that several read are counted once, what is a part of
another's memory keeps the whole of that, and copies, frozen prefixes and data keep nothing. Temporary results come on top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from math import prod

from vfmc.components import FULL, HALF, LossKind, Saved, Stage
from vfmc.graph import Graph, Value
from vfmc.graph.program import Phase, Program
from vfmc.plan.contract import crossing, masked
from vfmc.plan.flops import gradient
from vfmc.plan.parts import batch_of, behind, division
from vfmc.source.record import record
from vfmc.types import Mask, Type, Views, item

FLOAT32, FLOAT16, INT64 = 4, 2, 8
COPIED = ("matrix", "bias")  # weights of which autocast keeps a copy in half precision
HALVES = ("auto", "bf16", "fp16")  # `auto` is one of them on every device that has a name


@record(frozen=True)
class Footprint:
    """What a part keeps, in bytes: of a sample `data` and `each`, in all `once`, and what its losses add.

    Losses that compare the samples of a batch see all of it, joined from micro-batches and devices: `operands` bytes a sample then.
    `casts` are the weights in half precision. `unknown` names modules of somebody else, of which only the ends are counted.
    """

    phase: str
    part: str
    batch: int  # samples of a step, over all devices
    pieces: int = 1  # micro-batches
    data: int = 0
    each: int = 0
    once: int = 0
    casts: int = 0
    operands: int = 0  # of all losses, joined
    ends: int = 0  # of those operands, what nothing else keeps
    coupled: bool = False
    half: bool = False  # whether products are in half precision
    losses: tuple[LossKind, ...] = field(default=(), compare=False)
    unknown: tuple[str, ...] = ()

    def at(self, batch: int, devices: int, pieces: int) -> dict[str, int]:
        """Bytes on one device for `batch` samples a step on `devices`, in `pieces` micro-batches of each device's share."""
        own = -(-batch // devices)
        samples = self.samples(batch, devices, pieces)
        joined = self.coupled and (devices > 1 or pieces > 1)
        losses = self.operands * batch if joined else self.ends * samples
        kept = self.each * samples + self.once
        for loss in self.losses:
            if loss.saved(1).apart:
                kept += FLOAT32 * _numbers(loss.saved(samples))
            else:
                losses += FLOAT32 * _numbers(loss.saved(batch if joined else samples))
        if joined and pieces > 1:  # the losses are done before any micro-batch keeps something
            kept, losses = (kept, self.operands * batch) if kept > losses else (0, losses)
        return {"casts": self.casts, "data": self.data * own, "activations": kept, "losses": losses}

    def samples(self, batch: int, devices: int, pieces: int) -> int:
        """How many are on a device at once."""
        own = -(-batch // devices)
        return -(-own // pieces)


def footprints(program: Program) -> Iterator[Footprint]:
    """Of every part of every phase; parts run one after another, so the largest counts."""
    for phase in program.phases:
        for name, losses, source in division(program, phase.graph):
            batch, _ = batch_of(program, phase.train, source)
            yield footprint(phase, name, losses, batch, masked(program))


def footprint(phase: Phase, part: str, losses: list[str], batch: int, counted: bool = False) -> Footprint:
    """Of the part of a phase that has these losses; `counted` where samples may lack inputs, and all losses see the whole batch."""
    graph, half = phase.graph, FLOAT16 if phase.train.precision in HALVES else FLOAT32
    live = behind(graph, losses)
    learning = gradient(graph)
    kept: dict[tuple[int, str], None] = {}
    each = once = 0
    unknown: dict[str, None] = {}
    modules: dict[str, None] = {}
    for value in live:
        if value.id not in learning or not isinstance(value.component, Stage) or value.make != "apply":
            continue
        saved, views = _saved(graph, value), _views(graph, value)
        calls = 1 if any(graph.scopes[id].batched for id in graph.chain(value.scope)) else views
        each += views * (FLOAT32 * saved.full + half * saved.half)
        once += calls * half * saved.once
        for operand, way in saved.operands.items():
            kept |= {
                (_owner(graph, id), way): None
                for name, ids in value.operands
                if name == operand
                for id in ids
            }
        if saved.result:
            kept[_owner(graph, value.id), saved.result] = None
        if not saved.known:
            unknown[value.module] = None
        modules[value.module] = None
    bytes_of = {FULL: FLOAT32, HALF: half}
    ways = {(id, bytes_of[way]) for id, way in kept}
    each += sum(size * _elements(graph, graph.values[id]) for id, size in ways)
    ends, operands, terms = _ends(graph, losses, {id for id, size in ways if size == FLOAT32})
    casts = (
        weight for name in modules if name for weight in graph.modules[name].weights if weight.role in COPIED
    )
    return Footprint(
        phase=phase.name,
        part=part,
        batch=batch,
        pieces=phase.train.accumulate,
        data=_data(graph, live),
        each=each,
        once=once,
        casts=FLOAT16 * sum(weight.size for weight in casts) if half == FLOAT16 else 0,
        operands=operands,
        ends=ends,
        coupled=counted or any(loss.couples == "batch" for loss in terms),
        half=half == FLOAT16,
        losses=terms,
        unknown=tuple(unknown),
    )


def _ends(graph: Graph, losses: list[str], kept: set[int]) -> tuple[int, int, tuple[LossKind, ...]]:
    """Bytes a sample of what losses keep of their operands beside what is `kept`, of all operands, and the losses."""
    terms = [graph.values[term.value] for term in graph.terms if term.name in losses]
    found: set[int] = set()
    every: set[int] = set()
    for value in terms:
        assert isinstance(value.component, LossKind)
        saved = value.component.saved(1)
        named = saved.operands
        for name, ids in value.operands:
            computed = [id for id in ids if graph.values[id].make == "apply"]
            every.update(() if saved.apart else computed)  # what such a loss joins are sums
            found.update(_owner(graph, id) for id in computed if name in named)
    ends = FLOAT32 * sum(_elements(graph, graph.values[id]) for id in found - kept)
    operands = FLOAT32 * sum(_elements(graph, graph.values[id]) for id in every)
    return ends, operands, tuple(value.component for value in terms)  # type: ignore[misc]


def _saved(graph: Graph, value: Value) -> Saved:
    assert isinstance(value.component, Stage)
    operand = graph.values[value.operand("x")]
    return value.component.saved(item(operand.type), item(value.type), value.variant)


def _numbers(saved: Saved) -> int:
    return saved.full + saved.half + saved.once


def _owner(graph: Graph, id: int) -> int:
    """The value in whose memory this one lies."""
    value = graph.values[id]
    while (
        value.make == "apply"
        and isinstance(value.component, Stage)
        and value.has("x")
        and _saved(graph, value).view
    ):
        value = graph.values[value.operand("x")]
    return value.id


def _views(graph: Graph, value: Value) -> int:
    return prod(graph.scopes[id].views or 1 for id in graph.chain(value.scope))


def _elements(graph: Graph, value: Value) -> int:
    """Numbers of a sample that an applied value holds; those of the data path are the batch's."""
    return _views(graph, value) * _count(value.type) if value.make == "apply" else 0


def _count(type: Type) -> int:
    shape = type.shape()
    size = (
        prod(dim for dim in shape if isinstance(dim, int))
        if all(isinstance(dim, int) for dim in shape)
        else 0
    )
    return size * (type.views if isinstance(type, Views) else 1)


def _data(graph: Graph, live: list[Value]) -> int:
    """Bytes of a sample as it arrives."""
    found, read = 0, {value.id for value in live}
    for value in crossing(graph).values():
        if value.id in read:
            type, views = item(value.type), value.type.views if isinstance(value.type, Views) else 1
            if isinstance(type, Mask):
                found += views * INT64 * type.tokens
            else:
                found += views * (FLOAT32 if type.dtype == "float32" else INT64) * _count(type)
    return found
