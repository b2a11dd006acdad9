"""A tower that is applied in several ways: what no operand tells apart becomes a method each, and computes the same at every level."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from checking import only
from compiled import assert_levels_agree, compilation


def written(losses: dict[str, Any], **towers: Any) -> str:
    """A spec whose tower `v` reads pictures of two sizes and videos, with or without a mask, and other towers beside it."""
    stages = [
        {"use": "patches", "size": 4, "width": 16, "frames": 2},
        {"use": "position", "kind": "learned"},
        {"use": "drop", "mask": "hide"},
        {"use": "blocks", "depth": 1, "heads": 2, "as": "early"},
        {"use": "blocks", "depth": 1, "heads": 2},
        "layernorm",
        "mean",
        "l2norm",
    ]
    sizes = {"crop": 16, "small": 8}
    return json.dumps(
        {
            "vfmc": 1,
            "name": "ways",
            "inputs": {"image": "image", "clip": "video"},
            "views": {
                **{name: {"use": "center_crop", "of": "image", "size": size} for name, size in sizes.items()},
                "moving": {"use": "frames", "of": "clip", "count": 2, "size": 16},
            },
            "masks": {
                f"{name}_of_{view}": {"use": "random", "of": view, "ratio": ratio}
                for name, ratio in {"half": 0.5, "quarter": 0.25}.items()
                for view in sizes
            },
            "towers": {"v": {"takes": {"hide": None}, "pipe": stages}, **towers},
            "losses": losses,
            "sources": {"data": {"use": "webdataset", "urls": "x.tar", "samples": 10}},
            "train": {"batch": 4, "optimizer": {"use": "adamw", "lr": 1.0e-3}, "for": "1 epoch"},
        }
    )


def call(of: str, hide: str = "", tower: str = "v") -> dict[str, Any]:
    return {"use": tower, "of": of, **({"hide": hide} if hide else {})}


def pairs(*found: tuple[Any, Any]) -> dict[str, Any]:
    scale = {"use": "fixed", "value": 10.0}
    return {f"l{i}": {"use": "contrastive", "a": a, "b": b, "scale": scale} for i, (a, b) in enumerate(found)}


CLEAR, HIDDEN = call("crop"), call("crop", "half_of_crop")
SMALL = call("small", "half_of_small")
NESTED = {
    "takes": {"hide": None},
    "pipe": [{"use": "v", "hide": "hide"}, {"use": "linear", "out": 8}, "l2norm"],
}
BARE = {"takes": {"hide": None}, "pipe": [{"use": "v", "hide": "hide"}, "l2norm"]}
SLOW = {"pipe": [{"use": "ema", "of": "v", "momentum": 0.9}]}
EARLY = {"pipe": ["mean", {"use": "linear", "out": 8}, "l2norm"]}
CASES: dict[str, tuple[str, dict[str, list[str]]]] = {
    "with and without a mask": (written(pairs((CLEAR, HIDDEN))), {"V": ["forward"]}),
    "two sizes": (written(pairs((CLEAR, call("small")))), {"V": ["forward"]}),
    "two masks": (written(pairs((call("crop", "quarter_of_crop"), HIDDEN))), {"V": ["forward"]}),
    "two sizes with and without masks": (
        written(pairs((CLEAR, HIDDEN), (call("small"), SMALL))),
        {"V": ["forward", "of_small"]},
    ),
    "two sizes with masks alone": (written(pairs((HIDDEN, SMALL))), {"V": ["forward", "of_small"]}),
    "the small one first": (written(pairs((SMALL, HIDDEN))), {"V": ["forward", "of_crop"]}),
    "pictures of two sizes and a video": (
        written(pairs((HIDDEN, call("moving")), (SMALL, CLEAR))),
        {"V": ["forward", "of_small"]},
    ),
    "inside another tower": (
        written(
            pairs((call("crop", "half_of_crop", "outer"), call("small", "half_of_small", "outer"))),
            outer=NESTED,
        ),
        {"V": ["forward", "of_small"], "Outer": ["forward", "of_small"]},
    ),
    "inside a tower without weights": (
        written(
            pairs((call("crop", "half_of_crop", "bare"), call("small", "half_of_small", "bare"))), bare=BARE
        ),
        {"V": ["forward", "of_small"]},
    ),
    "a copy of another size": (
        written(
            pairs((CLEAR, call("small", "", "slow")), (CLEAR, call("small", "half_of_small", "slow"))),
            slow=SLOW,
        ),
        {"V": ["forward"]},
    ),
    "with a stage that is read as well": (
        written(
            pairs(
                (HIDDEN, SMALL),
                (
                    {"use": "head", "of": {**HIDDEN, "field": "early"}},
                    {"use": "head", "of": {**SMALL, "field": "early"}},
                ),
            ),
            head=EARLY,
        ),
        {"V": ["with_early", "with_early_of_small"]},
    ),
}


def methods(text: str, tower: str, level: int) -> list[str]:
    """The methods of a tower's class, beside `__init__`."""
    made = compilation(text, level).package
    assert made is not None
    [body] = re.findall(rf"^class {tower}\(nn\.Module\):\n((?:    .*\n|\n)*)", made.files["model.py"], re.M)
    return [name for name in re.findall(r"^    def (\w+)\(", body, re.M) if name != "__init__"]


@pytest.mark.parametrize("name", CASES)
def test_every_way_of_a_tower_is_written_and_computes_the_same(name: str) -> None:
    text, expected = CASES[name]
    assert_levels_agree(text)
    for tower, wanted in expected.items():
        found = methods(text, tower, 1)
        assert [each for each in found if each != "forward" or "forward" in wanted] == wanted


def test_a_method_takes_no_name_of_a_stage() -> None:
    text = written(pairs((HIDDEN, SMALL))).replace('"early"', '"of_small"')
    assert methods(text, "V", 1) == ["forward", "of_small_2"]
    assert_levels_agree(text)


def test_a_copy_has_the_table_of_what_it_follows() -> None:
    text, _ = CASES["a copy of another size"]
    made = compilation(text).plan
    assert made is not None
    shapes = {made.recipe["weights"][f"{tower}.position.table"][0] for tower in ("v", "slow")}
    assert shapes == {16}  # of a grid of 4 x 4, where the copy sees one of 2 x 2 alone


def test_a_copy_of_other_shapes_is_told() -> None:
    towers = {
        "wide": {"pipe": [{"use": "patches", "size": 4, "width": 32}, "mean"]},
        "narrow": {"pipe": [{"use": "patches", "size": 4, "width": 16}, "mean"]},
        "head": {"pipe": [{"use": "linear", "out": 8}, "l2norm"]},
        "slow": {"pipe": [{"use": "ema", "of": "head", "momentum": 0.9}]},
    }
    online = {"use": "head", "of": {"use": "wide", "of": "crop"}}
    copied = {"use": "slow", "of": {"use": "narrow", "of": "crop"}}
    found = only(written(pairs((online, copied), (CLEAR, HIDDEN)), **towers))
    assert found.code == "SHP213" and "`slow.linear` follows `head.linear`" in found.message
