"""Reported by the reader: unknown declaration."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN040",
    name="unknown-declaration",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    spelling="vfm",
    what="A line of the DSL begins with a word that starts no declaration.",
    why="What follows cannot be read; the nearest word is suggested.",
    bad="""\
vfmc 1
name example
extends clip_tiny
viw crop = padded_crop(of: image, size: 16)
""",
    good="""\
vfmc 1
name example
extends clip_tiny
view crop = padded_crop(of: image, size: 16)
""",
    source="typing",
)
