"""Zero-shot classification."""

from vfmc.components.base import Finding, Protocol, arg, named
from vfmc.components.towers_of import MEDIA, one_of
from vfmc.source.suggest import nearest
from vfmc.types import Image, Text

TEMPLATES = ("name", "plain", "digits")  # the sets that the runtime has


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
        given = self.templates
        if isinstance(given, str) and given not in TEMPLATES and not {"{", ".", "/"} & set(given):
            near = nearest(given, TEMPLATES)
            raise Finding(
                f"there is no set of templates `{given}`",
                argument="templates",
                code="REF106",
                help=f"did you mean `{near}`?"
                if near
                else f"choose one of {', '.join(TEMPLATES)}, or give a text file with one a line",
            )
        for each in given if isinstance(given, list) else ():
            if each.count("{}") != 1:
                raise Finding(
                    f"the template `{each}` does not hold {{}} once",
                    argument="templates",
                    code="REF118",
                    help="the name of the class goes there",
                )
