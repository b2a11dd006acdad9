"""The first token of a causal tower."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

START = ("first", "cls")

RULE = Rule(
    code="OBJ312",
    name="causal-tower-read-at-its-start",
    severity=Severity.ERROR,
    triggers=("causal", "text_transformer"),
    what="A tower with causal attention is read at its first token.",
    why="Under a causal mask the first token sees nothing but itself: the vector does not depend on the rest.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text:
    pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4, causal: true}, first, {use: linear, out: 32, bias: false}, l2norm]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text:
    pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4, causal: true}, eot, {use: linear, out: 32, bias: false}, l2norm]
""",
    source="CLIP, arXiv 2103.00020 sec. 2.4 reads a causal tower at its end; FLIP reads the first word of a bidirectional one",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.graph.values.values():
        if value.component.component_name not in START or value.make != "apply":
            continue
        stages = list(facts.stages(value))
        if any(stage.component.component_name == "append_cls" for stage in stages):
            continue  # its class token stands at the end
        for stage in stages:
            if getattr(stage.component, "causal", False):
                report(
                    value.span,
                    f"`{value.component.component_name}` reads a token that sees nothing but itself: the blocks are causal",
                    help="read the end with `eot`, or leave `causal` out",
                )
                break
