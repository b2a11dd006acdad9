"""A suppression without a reason."""

from vfmc.lint.rule import Rule

RULE = Rule(
    code="STY002",
    name="suppression-without-reason",
    by="linter",
    profiles=("ci", "strict"),
    what="A comment silences a rule and does not say why.",
    why="Whoever reads it next cannot tell whether the reason still holds.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  # vfmc: ignore[OPT510]
  schedule: {use: cosine, warmup: 60 epochs}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  # vfmc: ignore[OPT510] this spec is only ever trained with --steps 100000
  schedule: {use: cosine, warmup: 60 epochs}
""",
    source="zizmor and clippy ask for a reason as well",
)
