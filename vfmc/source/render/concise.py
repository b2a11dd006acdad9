"""One line a finding: `file:line:column: error[CODE] message`, which editors and `grep` understand."""

from __future__ import annotations

from collections.abc import Sequence

from vfmc.source.diagnostic import Diagnostic
from vfmc.source.render.cells import visible


def concise(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings, a line each."""
    return "\n".join(
        f"{visible(str(each.span))}: {each.severity}[{each.code}] {visible(' '.join(each.message.split()))}"
        for each in diagnostics
    )
