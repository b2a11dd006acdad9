"""Zero-shot classification."""

from vfmc.components import Protocol, arg, named, prompts
from vfmc.components.towers_of import MEDIA, one_of
from vfmc.types import Image, Text


class ZeroShot(Protocol):
    """Classifies images, or samples of another medium as `of`, by the nearest class name.

    Prompts are embedded, averaged and normalised again (CLIP, arXiv 2103.00020 sec. 3.1).
    """

    example = "zero_shot(image: vision, text: text, data: digits, templates: digits)"
    image: str | None = named("tower", None, reads=(Image,), help="the tower that embeds images")
    of: str | None = named("tower", None, reads=MEDIA, help="instead of `image`, the tower of another medium")
    text: str = named("tower", reads=(Text,), help="the tower that embeds prompts")
    data: str = named(
        "data",
        help="what is classified: `held_out` of the training source, `digits`, `digits_by_writer`, or a folder",
    )
    templates: str | list[str] = arg("plain", help="a set of templates by name, or templates with {}")
    classes: list[str] | None = arg(None, help="class names; the data's own if not given")

    def consistent(self) -> None:
        one_of(self, ("image", "of"))
        prompts.consistent(self.templates)
