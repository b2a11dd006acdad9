"""The vocabulary, one file a component; and the words in which components are declared."""

from vfmc.components.arguments import (
    Name,
    Nested,
    NonNegative,
    Operand,
    Positive,
    Raw,
    Share,
    Width,
    arg,
    named,
    nested,
    operand,
    raw,
)
from vfmc.components.base import Component, Finding, Ref, Weight, data
from vfmc.components.duration import UNITS, Duration, Length
from vfmc.components.kinds import (
    Clip,
    InputKind,
    LossKind,
    MaskKind,
    Optimizer,
    Protocol,
    Schedule,
    Select,
    SourceKind,
    Stage,
    Tokenizer,
    ValueKind,
    View,
)
from vfmc.components.saved import FULL, HALF, Saved

__all__ = [
    "FULL", "HALF", "UNITS", "Clip", "Component", "Duration", "Finding", "InputKind", "Length", "LossKind", "MaskKind", "Name", "Nested",
    "NonNegative", "Operand", "Optimizer", "Positive", "Protocol", "Raw", "Ref", "Saved", "Schedule", "Select", "Share", "SourceKind",
    "Stage", "Tokenizer", "ValueKind", "View", "Weight", "Width", "arg", "data", "named", "nested", "operand", "raw",
]  # fmt: skip
