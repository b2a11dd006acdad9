"""What an argument takes and why a value does not fit, in words of the language instead of pydantic's."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from vfmc.components import Component, Duration

PLAIN = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    type(None): "none",
    Duration: "a length of training",
}
BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
MANY = {
    "a whole number": "whole numbers",
    "a number": "numbers",
    "a text": "texts",
    "true or false": "true or false",
}


def words(annotation: Any) -> list[str]:
    """The alternatives of an annotation: ["a number", "a schedule"]."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return words(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return list(dict.fromkeys(word for part in get_args(annotation) for word in words(part)))
    if origin is Literal:
        return [str(choice) for choice in get_args(annotation)]
    if origin in (list, tuple):
        inner = words(get_args(annotation)[0])
        return ["a list of " + " or ".join(MANY.get(word, word) for word in inner)]
    if origin is dict:
        return ["a mapping"]
    if annotation in PLAIN:
        return [PLAIN[annotation]]
    if isinstance(annotation, type) and issubclass(annotation, Component):
        return [
            "settings"
            if annotation.kind == "section"
            else f"a{'n' * (annotation.kind[:1] in 'aeio')} {annotation.kind}"
        ]
    return ["a value"]


def choices(annotation: Any) -> list[str]:
    """The words that a Literal allows, also inside of a union."""
    if get_origin(annotation) is Literal:
        return [choice for choice in get_args(annotation) if isinstance(choice, str)]
    if get_origin(annotation) in (Union, types.UnionType, list):
        return [choice for part in get_args(annotation) for choice in choices(part)]
    return []


def reason(error: dict[str, Any], annotation: Any, inside: bool) -> str:
    """Why a value does not fit: "must be at least 1". `inside` says that it is one of a list's items."""
    limits, kind = error.get("ctx") or {}, error["type"]
    if kind in BOUNDS:
        word, key = BOUNDS[kind]
        return f"must be {word} {number(limits[key])}"
    if kind in ("too_short", "too_long"):
        return (
            f"must have at least {items(limits['min_length'])}"
            if kind == "too_short"
            else f"must have at most {items(limits['max_length'])}"
        )
    if kind == "finite_number":
        return "must be a finite number"
    found = words(annotation)
    if inside:
        lists = [part for part in _parts(annotation) if get_origin(part) in (list, tuple)]
        found = words(get_args(lists[0])[0]) if lists else found
    found = [word for word in found if word != "none"] or found
    return "must be " + (", ".join(found[:-1]) + " or " + found[-1] if len(found) > 1 else found[0])


def _parts(annotation: Any) -> list[Any]:
    return list(get_args(annotation)) if get_origin(annotation) in (Union, types.UnionType) else [annotation]


def number(value: float) -> str:
    """A limit as people write it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def items(count: int) -> str:
    return f"{count} item{'s' * (count != 1)}"
