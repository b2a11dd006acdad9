"""One line a finding: `file:line:column: error[CODE] message`, which editors and `grep` understand.

Of a finding in a base, the place in the file that was linted stands at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from vfmc.source.diagnostic import Diagnostic
from vfmc.source.render.cells import visible


def concise(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings, a line each."""
    return "\n".join(
        f"{visible(str(each.span))}: {each.severity}[{each.code}] {visible(' '.join(each.message.split()))}"
        + (f" (by {visible(str(each.home))})" if each.home is not None else "")
        for each in diagnostics
    )
