"""A mask of ratio 0 is told unless a phase hides something with it, or nothing reads it."""

from __future__ import annotations

from typing import Any

import pytest
from checking import spec

from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings

HIDING = [
    {"name": "open", "for": "20 epochs"},
    {"name": "hiding", "for": "20 epochs", "set": {"half.ratio": 0.5}},
]
SHOWN = {"use": "vision", "of": "crop", "hide": None}

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "as it is: the last phase alone shows everything": ({}, []),
    "every phase shows everything": ({"masks.half.ratio": 0.0}, ["MSK324"]),
    "a later phase hides": ({"masks.half.ratio": 0.0, "train.phases": HIDING}, []),
    "nothing reads it": ({"masks.half.ratio": 0.0, "losses.clip.a": SHOWN}, ["MSK321"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_mask_that_hides_nothing_is_told_once(case: str) -> None:
    overrides, wanted = CASES[case]
    found = lint(spec("flip_tiny", overrides), Settings())
    assert [each.code for each in found] == wanted, [(each.code, each.message) for each in found]
