"""Stretches of time that belong together: of a video, its sound and its signals the same moment is read."""

from __future__ import annotations

from typing import Any

from vfmc.components import Finding, Ref, View, operand
from vfmc.types import Audio, Signal, Spectrogram, Video


def of_moment() -> Any:
    """The argument `with` of a view that takes a stretch of time."""
    help = "a view of the same recording: training takes the moment that it takes"
    return operand(Video, Audio, Spectrogram, Signal, alias="with", default=None, help=help)


def same_moment(other: Ref | None, rate: float | None = None) -> dict[str, Any]:
    """What the drawn stretch of a view says that follows `other`: whose draw it takes, and how long that one is.

    The length is in seconds, or in readings of `rate` hertz. The two stretches have the same middle as far as the recording reaches.
    Raises `Finding` where `other` draws no stretch itself.
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
    return {"like": other.name, "around": seconds if rate is None else round(rate * seconds)}
