"""What protocols share that measure a tower of any medium."""

from __future__ import annotations

from vfmc.components import Finding, Protocol
from vfmc.types import Audio, Image, Signal, Video

MEDIA = (Image, Video, Audio, Signal)
"""What a tower may read beside text: depth, thermal pictures and spectrograms are images."""


def one_of(protocol: Protocol, arguments: tuple[str, ...]) -> None:
    """Raises `Finding` unless exactly one of `arguments` is given."""
    given = [name for name in arguments if protocol.argument(name) is not None]
    if len(given) == 1:
        return
    listed = " or ".join(f"`{name}`" for name in arguments)
    raise Finding(
        f"a tower is named by {listed}, not by both" if given else f"a tower is needed: {listed}",
        argument=given[0] if given else "",
        code="REF104",
        help="; ".join(f"{name}: {protocol.arguments()[name].description}" for name in arguments),
    )
