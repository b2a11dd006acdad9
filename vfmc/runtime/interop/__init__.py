"""Weights in and out: the tensor side of `vfmc.interop`, whose plans (plain data) say which tensor becomes which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vfmc.runtime.interop.carry import Report, constants_of, to_ours, to_theirs
    from vfmc.runtime.interop.reading import read
    from vfmc.runtime.interop.settings import compare
    from vfmc.runtime.interop.writing import save

_HOMES = {
    "Report": "carry", "constants_of": "carry", "to_ours": "carry", "to_theirs": "carry",
    "compare": "settings", "read": "reading", "save": "writing",
}  # fmt: skip

__all__ = ["Report", "compare", "constants_of", "read", "save", "to_ours", "to_theirs"]


def __getattr__(name: str) -> Any:
    """Imports a name when it is first used: the linter compares settings, and has no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
