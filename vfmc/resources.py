"""The only reader of `grammar/`, `templates/` and `specs/`.

In a wheel they lie in `vfmc/_data/<folder>`; in a checkout they are the top-level folders beside the package,
so that an editable installation sees an edited template at once.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def path(folder: str, *parts: str) -> Path:
    """Where a resource lies: `path("grammar", "vfmc.lark")`. The file need not exist."""
    packaged = _PACKAGE / "_data" / folder
    base = packaged if packaged.is_dir() else _PACKAGE.parent / folder
    return base.joinpath(*parts)


def text(folder: str, *parts: str) -> str:
    """The text of a resource; raises FileNotFoundError where there is none."""
    return path(folder, *parts).read_text(encoding="utf-8")


def names(folder: str, suffix: str) -> list[str]:
    """The files of a folder that end in `suffix`, sorted, as POSIX paths relative to it."""
    base = path(folder)
    return sorted(file.relative_to(base).as_posix() for file in base.rglob(f"*{suffix}") if file.is_file())
