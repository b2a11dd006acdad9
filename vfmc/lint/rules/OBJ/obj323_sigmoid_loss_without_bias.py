"""A sigmoid loss that begins with all pairs called alike."""

from math import exp, log1p

from vfmc.components.losses.pairwise_sigmoid import PairwiseSigmoid
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

MOST = 10.0  # of the loss at the start, in terms of what the best constant bias would give; the paper's -10 is at 1.0

RULE = Rule(
    code="OBJ323",
    name="sigmoid-loss-without-bias",
    severity=Severity.ERROR,
    triggers=("pairwise_sigmoid",),
    what="A sigmoid loss has no bias, or one that begins so high that the pairs that do not belong together drown the others.",
    why="Of the N * N pairs of a batch only N belong together. Without a bias every other one costs ln 2 at the start, N times as much as the "
    "pairs themselves: the first steps push all embeddings apart and teach nothing else.",
    bad="""\
vfmc: 1
name: example
extends: siglip_tiny
losses:
  siglip: {bias: null}
""",
    good="""\
vfmc: 1
name: example
extends: siglip_tiny
train: {batch: 32768}
losses:
  siglip: {bias: {use: learned_bias, init: -10.0}}
""",
    source="SigLIP, arXiv 2303.15343 sec. 3.2 begins at -10 for that reason; open_clip issue 650: ln(p / (1 - p)) with p = 1 / N is best",
)


def check(facts: Facts, report: Report) -> None:
    rows = facts.program.train.batch
    for name, loss, value in facts.losses():
        if not isinstance(loss, PairwiseSigmoid) or rows < 2:
            continue
        best = prior(rows)
        help = f"bias: {{use: learned_bias, init: {best:.3g}}} says that one of {rows:,} belongs to each"
        if not value.has("bias"):
            report(facts.key("losses", name), f"the sigmoid loss `{name}` has no bias", help=help)
            continue
        bias = facts.graph.values[value.operand("bias")]
        start = float(getattr(bias.component, "init", getattr(bias.component, "value", best)))
        if cost(start, rows) > MOST * cost(best, rows):
            report(
                facts.place(bias.component, "init", bias.span),
                f"the bias begins at {start:g}, where {rows - 1:,} pairs that do not belong together cost {cost(start, rows):,.3g} for each that does",
                help=help,
            )


def prior(rows: int) -> float:
    """The logit of one in `rows`."""
    return -log1p(rows - 2)


def cost(bias: float, rows: int) -> float:
    """The loss where all cosines are 0: of one pair and of the others in its row."""
    return softplus(-bias) + (rows - 1) * softplus(bias)


def softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))
