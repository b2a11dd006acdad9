"""A stage in the user's own code."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="REP901",
    name="code-of-your-own",
    severity=Severity.INFO,
    triggers=("python",),
    what="A stage is code that the spec does not say.",
    why="The spec alone no longer tells what was trained: whoever builds it needs that code, in that version.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision: {pipe: [{use: python, class: "nets:Encoder", gives: {kind: vector, width: 32}}, l2norm]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4, initializer: clip}, cls, {use: linear, out: 32}, l2norm]}
""",
    source="the design of the language: external stages are said openly",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.values("python"):
        path = getattr(value.component, "path", "")
        report(
            facts.place(value.component, "class", value.span),
            f"`{path}` is not part of the spec",
            help="keep it beside the spec, under version control",
        )
