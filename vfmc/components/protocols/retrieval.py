"""Retrieval."""

from vfmc.components import Finding, Protocol, named
from vfmc.components.towers_of import MEDIA, one_of
from vfmc.types import Image, Text


class Retrieval(Protocol):
    """Recall at 1, 5 and 10 in both directions between images and captions, or between any two media as `a` and `b`."""

    example = "retrieval(image: vision, text: text, data: held_out)"
    image: str | None = named("tower", None, reads=(Image,), help="the tower that embeds images")
    text: str | None = named("tower", None, reads=(Text,), help="the tower that embeds captions")
    a: str | None = named("tower", None, reads=(*MEDIA, Text), help="a tower of any medium, with `b`")
    b: str | None = named("tower", None, reads=(*MEDIA, Text), help="the tower that it is compared with")
    data: str = named("data", help="`held_out` of the training source, `digits`, or a table of pairs")

    def consistent(self) -> None:
        one_of(self, ("image", "a"))
        one_of(self, ("text", "b"))
        if (self.image is None) != (self.text is None):
            raise Finding(
                "two media are `image` and `text`, or `a` and `b`",
                argument="image" if self.text is None else "text",
                code="REF104",
                help="name both towers in one of the two ways",
            )
