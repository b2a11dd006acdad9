"""Retrieval."""

from vfmc.components.base import Protocol, named
from vfmc.types import Image, Text


class Retrieval(Protocol):
    """Recall at 1, 5 and 10 in both directions between images and captions."""

    example = "retrieval(image: vision, text: text, data: held_out)"
    image: str = named("tower", reads=(Image,), help="the tower that embeds images")
    text: str = named("tower", reads=(Text,), help="the tower that embeds captions")
    data: str = named("data", help="`held_out` of the training source, `digits`, or a table of pairs")
