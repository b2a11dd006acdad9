"""Statistics that leak."""

from vfmc.lint.rule import Facts, Report, Rule

SMALL = 256  # trains on one device

RULE = Rule(
    code="DST601",
    name="batch-norm-of-one-rank",
    triggers=("batch",),
    what="A loss that compares the whole batch reads a batch norm of one rank alone.",
    why="On several ranks each has its own statistics: which samples share them leaks into the features, and results depend on the number of ranks.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: mlp, hidden: [64], out: 32, norm: batch}, l2norm]}
train: {batch: 512}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: mlp, hidden: [64], out: 32, norm: sync_batch}, l2norm]}
""",
    source="SimCLR, arXiv 2002.05709 sec. 2.2 aggregates statistics over all devices; MoCo shuffles for the same reason",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        if loss.couples != "batch" or facts.program.train.batch <= SMALL:
            continue
        for stage in facts.graph.behind(value.id):
            if getattr(stage.component, "norm", None) == "batch":
                report(
                    facts.place(stage.component, "norm", stage.span),
                    f"`{name}` compares the whole batch, and this norm sees one rank of it",
                    help="say norm: sync_batch",
                )
