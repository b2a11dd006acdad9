"""Stretches of time that belong together: of a video, its sound and its signals the same moment is read."""

from __future__ import annotations

from typing import Any

from vfmc.components import Finding, Ref, View


def same_moment(other: Ref | None) -> dict[str, Any]:
    """What the drawn stretch of a view says that follows `other`: whose draw it takes, and how many seconds that one is long.

    The two stretches have the same middle as far as the recording reaches. Raises `Finding` where `other` draws no stretch itself.
    """
    if other is None:
        return {}
    component = other.component
    seconds = getattr(component, "seconds", None)
    if not isinstance(component, View) or seconds is None:
        raise Finding(
            f"`{other.name}` takes no stretch of time, so there is no moment to share",
            argument="with",
            code="DAT412",
            help="name a view such as frames, mel or window",
        )
    first = getattr(component, "with_", None)
    if first is not None:
        raise Finding(
            f"`{other.name}` takes the moment of `{first.name}`",
            argument="with",
            code="DAT412",
            help=f"write `with: {first.name}` here too",
        )
    return {"like": other.name, "around": seconds}
