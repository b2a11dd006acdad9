"""Prompts as arguments: what evaluations that name classes by text share."""

from __future__ import annotations

from vfmc.components import Finding
from vfmc.source.suggest import nearest

TEMPLATES = ("name", "plain", "digits", "scenes")  # the sets that the runtime has


def consistent(given: str | list[str]) -> None:
    """Raises `Finding` for a set of templates that the runtime does not have, or a template without one `{}`."""
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
