"""A suppression that silences nothing."""

from vfmc.lint.rule import Rule

RULE = Rule(
    code="STY001",
    name="unused-suppression",
    by="linter",
    what="A comment silences a rule that finds nothing there.",
    why="It outlived its reason, and would hide the next mistake of that kind.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 128  # vfmc: ignore[OPT510] our warm-up is meant to be long
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 128
""",
    source="ruff has the same rule as RUF100, eslint as --report-unused-disable-directives",
)
