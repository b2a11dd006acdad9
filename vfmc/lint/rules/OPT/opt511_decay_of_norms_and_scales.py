"""Weight decay where it does harm."""

from vfmc.lint.rule import Facts, Report, Rule

SPARED = ("bias", "norm", "scale")

RULE = Rule(
    code="OPT511",
    name="decay-of-norms-and-scales",
    triggers=("no_decay",),
    what="`no_decay` leaves out biases, the gains of norms, or learned scales, so that they are decayed.",
    why="Decay pulls a gain or a temperature towards 0, where it is no prior: all published recipes of these systems spare them.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  no_decay: [bias]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  no_decay: [bias, norm, scale]
""",
    source="CLIP, arXiv 2103.00020 sec. 2.5: decay is applied to all weights that are not gains or biases",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    decay = dict(train.optimizer).get("weight_decay")
    left = [role for role in SPARED if role not in train.no_decay]
    if left and decay:
        names = " and ".join(left)
        report(
            facts.span("train", "no_decay"),
            f"weights of the role {names} are decayed",
            help=f"add {', '.join(left)}",
        )
