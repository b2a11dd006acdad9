"""Misspellings: one slip of the keyboard in every token of a spec."""

from __future__ import annotations

import random
from collections.abc import Iterator

from mutation.mutant import Mutant, Place
from mutation.places import walk
from vfmc.components.registry import FOLDERS, names
from vfmc.syntax.tree import Tree

TYPOS = ("drop", "swap", "replace", "double")

# Misspellings that are another valid program.
UNREAD = "nothing else in the spec says the name that is defined here"
SAME_UNIT = "one epoch and two epoch are read alike"
OTHER_WORD = "the slip is another word that stands in such a place"


def typo(word: str, how: str, seed: str) -> str:
    """The word with one slip of the keyboard, always the same for the same seed."""
    dice = random.Random(f"{word} {how} {seed}")
    letters = [i for i, c in enumerate(word) if c.isalpha()]
    if not letters:
        return word
    i = dice.choice(letters)
    if how == "drop":
        return word[:i] + word[i + 1 :]
    if how == "double":
        return word[:i] + word[i] + word[i:]
    if how == "replace":
        return word[:i] + dice.choice("qxzjkw") + word[i + 1 :]
    i = min(i, len(word) - 2)
    return word if i < 0 else word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def misspelt(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    places = list(walk(tree))
    uses = [p for p in places if p.role == "use"]
    for place in places:
        first = min(
            (use for use in uses if use.word == place.word), key=lambda use: use.span.start, default=None
        )
        for how in TYPOS:
            wrong = typo(place.word, how, f"{spec} {place.span.start}")
            if wrong == place.word or not wrong or not wrong[0].isalpha():
                continue
            offset = place.span.start + place.span.text.rindex(place.word)
            mutated = text[:offset] + wrong + text[offset + len(place.word) :]
            start, end, near = offset, offset + len(wrong), None
            if place.span.text == f'"{place.word}"':  # the quotes belong to the token
                start, end = start - 1, end + 1
            if place.role == "definition" and first is not None:
                near = (start, end)
                start = first.span.start + first.span.text.index(place.word)
                start += len(wrong) - len(place.word) if start > offset else 0
                end = start + len(place.word)
            what = f"{place.word}->{wrong}@{place.span.start}"
            valid = _valid(place, wrong, places, uses)
            yield Mutant(spec, spelling, place.role, what, mutated, start, end, place.word, near, valid)


def _valid(place: Place, wrong: str, places: list[Place], uses: list[Place]) -> str:
    """Why a slip is no mistake, if it is none."""
    if place.role == "definition" and not any(use.word == place.word for use in uses):
        return UNREAD
    if place.role == "unit" and wrong in (
        place.word.removesuffix("s"),
        place.word + "s" * (not place.word.endswith("s")),
    ):
        return SAME_UNIT
    if place.role == "component" and any({place.word, wrong} <= set(names(kind)) for kind in FOLDERS):
        return OTHER_WORD
    return OTHER_WORD if any(other.role == place.role and other.word == wrong for other in places) else ""
