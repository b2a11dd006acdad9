"""Reported by the reader: not utf 8."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN002",
    name="not-utf-8",
    severity=Severity.ERROR,
    by="check",
    what="A byte of the file is not UTF-8.",
    why="Readers that guess an encoding read another name, class or caption than the one that was written.",
    bad="""\
vfmc: 1
name: example
extends: latin.yaml
""",
    good="""\
vfmc: 1
name: example
extends: utf.yaml
""",
    files={
        "latin.yaml": b"vfmc: 1\nname: base\ndoc: caf\xe9\nextends: clip_tiny\n",
        "utf.yaml": "vfmc: 1\nname: base\ndoc: café\nextends: clip_tiny\n",
    },
    source="YAML 1.2.2 section 5.2, which names the encodings of a stream",
)
