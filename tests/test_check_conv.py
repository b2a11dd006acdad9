"""What the check says of convolutional networks, batch norms, and the loss over two views."""

from __future__ import annotations

import pytest
from checking import changed, findings, only, program

from vfmc.types import Features, Vector

BASE = """
vfmc: 1
name: base
inputs:
  image: image
views:
  two: {use: simclr, of: image, size: 32}
towers:
  trunk:
    pipe:
      - {use: resnet, depth: 18}
      - mean
  head:
    pipe:
      - trunk
      - {use: mlp, hidden: [64], out: 16, norm: batch, last_norm: full}
      - l2norm
losses:
  simclr: {use: nt_xent, of: {use: head, of: two}, temperature: 0.1}
sources: {images: digits}
train: {batch: 8, optimizer: {use: sgd, lr: 0.1}, for: 1 epochs}
"""


def test_the_base_is_clean_and_its_map_becomes_a_vector() -> None:
    types = {v.name: v.type for v in program(BASE).phases[0].graph.values.values()}
    assert types["resnet"] == Features(512, 1, 1, stride=32, space="trunk.resnet")
    assert types["mean"] == Vector(512, space="trunk.resnet")
    assert types["resnet"].describe() == "a feature map [B, 512, 1, 1] stride 32"


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("depth: 18", "depth: 20", "REF118", "`depth` must be 18, 34, 50, 101 or 152"),
        ("      - mean\n", "", "SHP201", "`mlp` takes tokens, not a feature map"),
        ("{use: resnet, depth: 18}", "{use: patches, size: 8, width: 32}\n      - {use: resnet, depth: 18}", "SHP201", "`resnet` takes an image, not tokens"),
        ("      - mean\n", "      - mean\n      - {use: resnet, depth: 18}\n", "SHP201", "`resnet` takes an image, not a vector"),
        ("norm: batch, last_norm", "last_norm", "REF104", "there is no norm to put after the last map"),
        ("{use: resnet, depth: 18}", "{use: patches, size: 8, width: 32}\n      - batchnorm", "SHP201", "`batchnorm` takes a vector, not tokens"),
        ("size: 32}", "size: 32, count: 3}", "OBJ303", "3 views of each image arrive, and the loss compares 2"),
        ("      - l2norm\n", "", "OBJ301", "do not have unit length"),
        ("size: 32}", "size: 32, jitter: [0.4, 0.4, 0.4, 2.0]}", "REF118", "`jitter`"),
    ],
)  # fmt: skip
def test_one_mistake_gives_one_finding(old: str, new: str, code: str, said: str) -> None:
    found = only(changed((old, new), text=BASE))
    assert found.code.startswith(code) and said in found.message, found


def test_the_help_of_a_map_names_the_stage_that_is_missing() -> None:
    assert "mean" in only(changed(("      - mean\n", ""), text=BASE)).help


def test_views_may_be_named_one_by_one() -> None:
    named = changed(
        ("two: {use: simclr, of: image, size: 32}",
         "one: {use: simclr, of: image, size: 32, count: null}\n  other: {use: simclr, of: image, size: 32, count: null}"),
        ("{use: head, of: two}", "[{use: head, of: one}, {use: head, of: other}]"),
        text=BASE,
    )  # fmt: skip
    assert findings(named) == []
