"""`vfmc graph`: every pass with what it feeds, as mermaid and as a picture."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from checking import ALL, spec
from conftest import Command

from vfmc.api import load
from vfmc.plan.flow import Flow, flow
from vfmc.plan.svg import svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> Flow:
    return flow(load(name).program.phases[0].graph)


def test_every_pass_has_a_box_and_tells_online_from_copy() -> None:
    picture = drawn("dino_tiny")
    towers = {node.title: node.role for node in picture.nodes.values() if node.kind == "tower"}
    assert towers == {
        "student(large) x 2": "online",
        "student(small) x 2": "online",
        "teacher(large) x 2": "copy",
    }
    names = {node.key: node.title for node in picture.nodes.values()}
    assert {(names[a], names[b]) for a, b in picture.edges if names[b] == "dino"} == {
        ("student(large) x 2", "dino"),
        ("student(small) x 2", "dino"),
        ("teacher(large) x 2", "dino"),
    }
    assert [(names[a], names[b]) for a, b in picture.follows] == [
        ("student(large) x 2", "teacher(large) x 2")
    ]


def test_a_pass_that_is_said_twice_is_drawn_once() -> None:
    """CoCa reads the first token and the others of one pass; the words of a spec name that pass twice."""
    picture = drawn("coca_tiny")
    titles = [node.title for node in picture.nodes.values() if node.kind == "tower"]
    assert len(titles) == len(set(titles))
    names = {node.key: node.title for node in picture.nodes.values()}
    fed = {(names[a], names[b]) for a, b in picture.edges}
    assert {("words(caption)", "words_cls"), ("words(caption)", "words_tokens")} <= fed
    assert {key for edge in picture.edges for key in edge} <= picture.nodes.keys()


def test_frozen_towers_are_told_apart_and_masks_feed_the_pass_that_takes_them() -> None:
    base = "vfmc: 1\nname: a\nextends: clip_tiny\ntowers: {text: {with: {frozen: true}}}\n"
    roles = {
        n.title: n.role for n in flow(spec(base).program.phases[0].graph).nodes.values() if n.kind == "tower"
    }
    assert roles == {"vision(crop)": "online", "text(caption)": "frozen"}
    picture = drawn("mae_tiny")
    assert any(node.title == "encoder(crop, hide: hidden)" for node in picture.nodes.values())


@pytest.mark.parametrize("name", ALL)
def test_the_picture_holds_every_box_inside_and_none_overlap(name: str) -> None:
    picture = drawn(name)
    root = xml.fromstring(svg(picture))
    width, height = (float(root.get(side) or 0) for side in ("width", "height"))
    boxes = [
        tuple(float(rect.get(key) or 0) for key in ("x", "y", "width", "height"))
        for rect in root.iterfind(f"{SVG}g/{SVG}rect")
    ]
    assert len(boxes) == len(picture.nodes)
    for x, y, w, h in boxes:
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    for n, (ax, ay, aw, ah) in enumerate(boxes):
        for bx, by, bw, bh in boxes[:n]:
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
    paths = list(root.iterfind(f"{SVG}path"))
    assert len(paths) == len(picture.edges) + len(
        [pair for pair in picture.follows if pair not in picture.edges]
    )


def test_the_command_writes_what_the_suffix_says(vfmc: Command, here: Path) -> None:
    assert vfmc("graph", "clip_tiny", "-o", "a.svg").code == 0
    assert (here / "a.svg").read_text().startswith("<svg ")
    shown = vfmc("graph", "clip_tiny").out
    assert shown.startswith("flowchart LR\n") and re.search(
        r'pass_\d+\["vision\(crop\)<br/>vector \[B, 32\]"\]', shown
    )
    assert vfmc("graph", "flip_tiny", "--phase", "unmasked").code == 0
    found = vfmc("graph", "flip_tiny", "--phase", "unmaskd")
    assert found.code == 2 and "did you mean `unmasked`?" in found.err
