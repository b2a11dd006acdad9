"""`generate`: texts that an objective learned to write of something else, an id at a time; for every loss that teaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfmc.components import LossKind
from vfmc.emit.embed import Embed
from vfmc.emit.names import variable
from vfmc.graph import Graph, Term, Value
from vfmc.types import Text, Views

if TYPE_CHECKING:
    from vfmc.emit.objective import ObjectiveWriter


DATA = ("view",)  # of the data path, what is fed: nothing behind it


def writes(writer: ObjectiveWriter) -> tuple[dict[str, tuple[str, tuple[str, ...]]], list[str]]:
    """The losses that teach to write, each with the input that is the text and what is fed beside it, and the method's statements."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    code: list[str] = []
    for term in writer.graph.terms:
        found = _operands(writer.graph, term)
        if found is None:
            continue
        scores, text, fed = found
        table[term.name] = (text.name, tuple(value.name for value in fed))
        code += [
            f'if name == "{term.name}":',
            *(f"    {line}" for line in _method(writer, scores, text, fed)),
        ]
    return table, code


def _operands(graph: Graph, term: Term) -> tuple[int, Value, list[Value]] | None:
    """The scores of a loss, the text that they continue, and what else they are made of; None where nothing is to be written of
    it: the text stands alone, or training hides some of what it is written of.
    """
    loss = graph.values[term.value]
    if not isinstance(loss.component, LossKind) or loss.component.writes is None:
        return None
    scores, text = (loss.operand(name) for name in loss.component.writes)
    needed = graph.behind(scores, ends=DATA)
    data = [value for value in needed if value.make in ("input", "view")]
    fed = [value for value in data if value.id != text]
    hidden = any(value.make == "mask" or isinstance(value.type, Views) for value in needed)
    listed = any(graph.scopes[scope].views for value in needed for scope in graph.chain(value.scope))
    return None if hidden or listed or not fed or len(fed) == len(data) else (scores, graph.values[text], fed)


def _method(writer: ObjectiveWriter, scores: int, text: Value, fed: list[Value]) -> list[str]:
    """What needs no text is computed once; the rest is a function of the text."""
    graph = writer.graph
    own = variable(text.name, text.type)
    embed = Embed(writer, [], clean=True)
    embed.names = {text.id: own, **{value.id: f"inputs[{place}]" for place, value in enumerate(fed)}}
    embed.taken.add(own)
    needed = graph.behind(scores, ends=DATA)
    moving = {text.id}
    for value in needed:  # operands come first
        if value.make not in DATA and not moving.isdisjoint(value.reads()):
            moving.add(value.id)
    outer = {
        graph.chain(value.scope)[-1] for value in needed if value.id in moving and value.scope is not None
    }
    for value in needed:
        chain = graph.chain(value.scope)
        if value.id not in moving and not (chain and chain[-1] in outer) and value.make == "apply":
            embed.make(value.id)
    once, embed.code = embed.code, []
    embed.make(scores)
    result = f"{embed.names[scores]} = "
    last = max(place for place, line in enumerate(embed.code) if line.startswith(result))
    each = [*embed.code[:last], f"return {embed.code[last].removeprefix(result)}", *embed.code[last + 1 :]]
    assert isinstance(text.type, Text)
    return [
        *once,
        "",
        f"def score({own}: Tensor) -> Tensor:",
        '    """Scores [B, L, K] of the id that comes next, at every place."""',
        *(f"    {line}" for line in each),
        "",
        f"return written(score, begun_BL, end={text.type.end}, pad={text.type.pad}, choose=choose)",
    ]
