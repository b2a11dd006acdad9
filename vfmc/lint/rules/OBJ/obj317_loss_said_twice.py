"""The same term twice."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label
from vfmc.types import Number

RULE = Rule(
    code="OBJ317",
    name="loss-said-twice",
    what="Two losses are the same component over the same values.",
    why="The second one only doubles the weight of the first, and costs its towers again unless a pass shares them.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  again: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.2857, max: 100.0}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="copied blocks of configurations",
)


def check(facts: Facts, report: Report) -> None:
    seen: dict[object, str] = {}
    for name, loss, value in facts.losses():
        operands = tuple(
            (key, tuple(map(facts.formed, ids)))
            for key, ids in value.operands
            if not isinstance(facts.graph.values[ids[0]].type, Number)
        )
        form = (loss.component_name, str(sorted(loss.plain().items(), key=str)), operands)
        if form in seen:
            first = seen[form]
            labels = (Label(facts.key("losses", first), "the first one"),)
            report(
                facts.key("losses", name),
                f"`{name}` is the same term as `{first}`",
                help="take it out, or give the first one a weight",
                labels=labels,
            )
        else:
            seen[form] = name
