"""A matrix that does not fit."""

from vfmc.lint.rule import Facts, Report, Rule

LIMIT = 40 * 2**30  # half of a large device
HELD = 2  # the matrix and its gradient

RULE = Rule(
    code="MEM801",
    name="matrix-of-the-batch",
    triggers=("contrastive", "nt_xent", "pairwise_sigmoid"),
    what="The matrix of all pairs of a contrastive loss takes more than 40 GiB in float32.",
    why="Every rank holds the whole of it, with its gradient: the step runs out of memory whatever the towers need.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
train: {batch: 131072}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
""",
    source="the loop joins the operands of all ranks and combines them once on each",
)


def check(facts: Facts, report: Report) -> None:
    batch = facts.program.train.batch
    for name, loss, _ in facts.losses():
        rows = {"contrastive": batch, "pairwise_sigmoid": batch, "nt_xent": 2 * batch}.get(
            loss.component_name, 0
        )
        needed = HELD * 4 * rows * rows
        if needed > LIMIT:
            report(
                facts.span("train", "batch"),
                f"`{name}` holds {needed / 2**30:.0f} GiB for the pairs of a batch of {batch:,}",
                help=f"a batch of {int((LIMIT / HELD / 4) ** 0.5):,} needs {LIMIT // 2**30} GiB",
            )
            return
