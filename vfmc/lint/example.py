"""Files that the examples of rules need: a plug-in, as pip would have installed it."""

from __future__ import annotations

STAGE = '''
from vfmc.components import Stage, arg
from vfmc.types import Type


class {title}(Stage):
    """Gives what it gets."""

    {deprecated}rate: float = arg(0.0, help="what nothing is multiplied by"{rate})

    def signature(self, x: Type) -> Type:
        return x
'''


def plugin(
    package: str, *stages: str, deprecated: str = "", rate: str = "", begins: str = ""
) -> dict[str, str | bytes]:
    """A package with stages. `deprecated` and `rate` are what their author says of them and of their one argument; `begins` is a line
    at the head of each.
    """
    facts = {
        "deprecated": f"deprecated = {deprecated!r}\n    " if deprecated else "",
        "rate": f", deprecated={rate!r}" if rate else "",
    }
    files: dict[str, str | bytes] = {}
    for stage in stages:
        files[f"{package}/stages/{stage}.py"] = (
            f"{begins}{STAGE.format(title=stage.title(), **facts)}".lstrip()
        )
    files[f"{package}-1.0.dist-info/entry_points.txt"] = f"[vfmc.components]\nstages = {package}\n"
    return files
