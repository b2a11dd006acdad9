"""A comment that looks like a suppression and is none."""

from vfmc.lint.rule import Rule

RULE = Rule(
    code="STY003",
    name="unreadable-suppression",
    by="linter",
    what="A comment begins like a suppression and names no rule that there is.",
    why="It silences nothing, and whoever wrote it thinks that it does.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 128  # vfmc: ignore[OPT51X] not a rule
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 128
""",
    source="a misspelt `# type: ignore` has cost many an evening",
)
