"""Reported by the reader: wrong separator."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN044",
    name="wrong-separator",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="`=`, `;` or another sign stands where the language has `:`, `,` or nothing.",
    why="It is another language's separator, and reading it as ours would hide other mistakes.",
    bad="""\
vfmc 1
name example
extends clip_tiny
view crop = padded_crop(of: image, size=16)
""",
    good="""\
vfmc 1
name example
extends clip_tiny
view crop = padded_crop(of: image, size: 16)
""",
    source="habits from Python's keyword arguments",
)
