"""Two epsilons in one tower."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="NUM703",
    name="norm-epsilons-differ",
    triggers=("epsilon",),
    profiles=("strict",),
    what="The layer norms of one tower have different epsilons.",
    why="Weights of another library come with one epsilon: the tower then differs from its origin by 1e-4 and nobody sees why.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4, epsilon: 1.0e-5}
      - {use: layernorm, epsilon: 1.0e-6}
      - cls
      - {use: linear, out: 32, bias: false}
      - l2norm
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="ImageBind's towers against OpenCLIP's: 8e-5 of the output from the epsilon alone",
)


def check(facts: Facts, report: Report) -> None:
    seen: dict[str, tuple[float, object]] = {}
    for module in facts.graph.modules.values():
        epsilon = getattr(module.component, "epsilon", None)
        if epsilon is None or module.follow is not None or module.label == "stem_norm":
            continue
        first = seen.setdefault(module.tower, (epsilon, module.span))
        if first[0] != epsilon:
            report(
                facts.place(module.component, "epsilon", module.span),
                f"an epsilon of {epsilon:g} where the rest of `{module.tower}` has {first[0]:g}",
                help="give all norms of a tower one epsilon",
            )
