"""Text with positions, and what is said about it."""

from vfmc.source.diagnostic import Diagnostic, Label, Severity, TextEdit, at_most
from vfmc.source.text import NOWHERE, Source, Span

__all__ = ["NOWHERE", "Diagnostic", "Label", "Severity", "Source", "Span", "TextEdit", "at_most"]
