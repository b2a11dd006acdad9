"""Reported by the reader: too large."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN004",
    name="too-large",
    severity=Severity.ERROR,
    by="check",
    what="A spec is larger than any that people write: more than 250,000 characters, 20,000 lines, or 20,000 values after its aliases.",
    why="Specs come with pull requests from strangers: ten lines of aliases can stand for more values than a machine holds.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
let:
  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
  e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let:
  betas: [0.9, 0.98]
train: {optimizer: {betas: $betas}}
""",
    source="the billion-laughs attack on readers of XML and YAML",
)
