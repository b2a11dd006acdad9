"""Prompt templates of zero-shot classification, as data. `{}` stands for the name of the class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vfmc.runtime.errors import RunError

TEMPLATES: dict[str, tuple[str, ...]] = {
    "name": ("{}",),
    "plain": ("a photo of a {}.",),  # CLIP, arXiv 2103.00020, section 3.1.4
    "digits": (
        "a photo of the number {}",
        "a scan of the digit {}",
        "the digit {}, written by hand",
        "a handwritten {}",
        "the number {} on white paper",
    ),
    "scenes": ("a {} thing", "this is a {} thing", "a picture of a {} body", "there is a {} piece"),
}


def find(templates: str | Sequence[str]) -> list[str]:
    """A set by name, a list as it is, or the lines of a text file. Raises `RunError` if there is none, or one
    has no `{}`.
    """
    if not isinstance(templates, str):
        found = list(templates)
    elif templates in TEMPLATES:
        found = list(TEMPLATES[templates])
    elif Path(templates).is_file():
        lines = Path(templates).read_text(encoding="utf-8").splitlines()
        found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    else:
        raise RunError(
            f"there are no templates '{templates}': {', '.join(TEMPLATES)} are known, or give a text file "
            "with one a line"
        )
    for template in found:
        if template.count("{}") != 1:
            raise RunError(f"the template '{template}' must hold {{}} once, where the name of the class goes")
    if not found:
        raise RunError(f"the templates {templates!r} are empty")
    return found
