"""Half precision without a bound."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="NUM702",
    name="fp16-without-clipping",
    triggers=("fp16",),
    what="Training in float16 does not clip gradients.",
    why="A loss scale finds overflow by meeting it: without clipping one long step after it undoes thousands. bfloat16 needs no scale.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {precision: fp16, clip: null}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {precision: fp16}
""",
    source="OpenCLIP's training notes on instability in float16",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    if train.precision == "fp16" and train.clip is None:
        report(
            facts.span("train", "precision"),
            "float16 without gradient clipping",
            help="add clip: {use: global_norm, max: 1.0}, or use bf16",
        )
