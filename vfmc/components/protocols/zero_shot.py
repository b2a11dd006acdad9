"""Zero-shot classification."""

from vfmc.components.base import Protocol, arg, named


class ZeroShot(Protocol):
    """Classifies images by the nearest class name: prompts are embedded, averaged and normalised again (CLIP, arXiv 2103.00020 sec. 3.1)."""

    example = "zero_shot(image: vision, text: text, data: digits, templates: digits)"
    image: str = named("tower", help="the tower that embeds images")
    text: str = named("tower", help="the tower that embeds prompts")
    data: str = arg(help="what is classified: `held_out` of the training source, `digits`, `digits_by_writer`, or a folder")
    templates: str | list[str] = arg("plain", help="a set of templates by name, or templates with {}")
    classes: list[str] | None = arg(None, help="class names; the data's own if not given")
