"""A memory that is too long for large batches."""

from vfmc.lint.rule import Facts, Report, Rule

LARGE = 8192
SLOW = 0.99

RULE = Rule(
    code="OPT513",
    name="second-moment-too-slow",
    triggers=("betas", "adamw"),
    preview=True,
    what="AdamW keeps beta2 = 0.999 with a batch of 8,192 or more.",
    why="The second moment is out of date when the gradient grows: spikes of the loss in large contrastive runs went away with 0.95 to 0.98.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
train: {optimizer: {betas: [0.9, 0.999]}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
""",
    source="CLIP, arXiv 2103.00020 table 19: 0.98 for its transformers; arXiv 2304.13013 on loss spikes",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    betas = getattr(train.optimizer, "betas", None)
    if train.optimizer.component_name == "adamw" and betas and betas[1] > SLOW and train.batch >= LARGE:
        report(
            facts.place(train.optimizer, "betas", facts.span("train", "optimizer")),
            f"beta2 is {betas[1]:g} for a batch of {train.batch:,}",
            help="0.95 to 0.98 are used for large batches",
        )
