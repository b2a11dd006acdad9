"""`vfmc inspect`: the summary, the parts, and the facts for programs."""

from __future__ import annotations

import json
import re

import pytest
from conftest import Command

from vfmc.source import Source
from vfmc.syntax.read import read


def facts(vfmc: Command, name: str, *more: str) -> dict:  # type: ignore[type-arg]
    found = vfmc("inspect", name, "--json", *more)
    assert found.code == 0, found.err
    return json.loads(found.out)  # type: ignore[no-any-return]


def test_json_has_the_promised_facts(vfmc: Command) -> None:
    found = facts(vfmc, "clip_vit_b32")
    assert found["name"] == "clip_vit_b32"
    assert found["parameters"] == {
        "total": 151_277_313,
        "trainable": 151_277_313,
        "frozen": 0,
        "copies": 0,
        "per_tower": {"vision": 87_849_216, "text": 63_428_096, "clip": 1},
    }
    assert set(found["flops_per_sample"]) == {"forward", "training"}
    assert found["flops_per_sample"]["training"] == 3 * found["flops_per_sample"]["forward"]
    assert (
        found["towers"]["vision"]["signature"] == "an image [B, 3, 224, 224] -> a vector [B, 512] unit norm"
    )
    assert found["towers"]["text"]["parameters"] == 63_428_096
    assert found["losses"] == {"clip": {"use": "contrastive", "weight": 1.0, "couples": "batch"}}


def test_costs_are_those_before_any_pass(vfmc: Command) -> None:
    costs = [facts(vfmc, "clip_tiny", f"-O{level}")["flops_per_sample"] for level in (0, 1, 2)]
    assert costs[0] == costs[1] == costs[2]


def test_roles_tell_copies_from_what_trains(vfmc: Command) -> None:
    found = facts(vfmc, "dino_tiny")
    assert found["towers"]["teacher"]["role"] == "ema of student"
    assert found["towers"]["trunk"]["role"] == "trainable"
    assert found["towers"]["student"]["made_of"] == ["trunk", "head"]
    assert found["parameters"]["copies"] == found["parameters"]["total"]


def test_a_frozen_tower_says_so(vfmc: Command) -> None:
    found = facts(vfmc, "clip_tiny", "-s", "towers.text.frozen=true")
    assert found["towers"]["text"]["role"] == "frozen"
    assert found["parameters"]["frozen"] == found["towers"]["text"]["parameters"]


def test_types_stand_after_every_arrow(vfmc: Command) -> None:
    found = vfmc("inspect", "flip_vit_b16", "--types")
    row = next(line for line in found.out.splitlines() if "-> drop" in line)
    assert row.endswith("tokens [B, 98, 768] grid 14x14 over crop, without half") or "[B, 98, 768]" in row
    assert "tower vision(crop, hide: half)" in found.out


def test_params_add_up(vfmc: Command) -> None:
    found = vfmc("inspect", "clip_vit_b32", "--params")
    counts = [int(count.replace(",", "")) for count in re.findall(r"\] +([\d,]+)", found.out)]
    assert sum(counts) == 151_277_313
    assert found.out.endswith("151,277,313 parameters\n")


def test_the_tree_is_a_spec_that_says_everything(vfmc: Command) -> None:
    found = vfmc("inspect", "clip_tiny", "--tree")
    tree, findings = read(Source("resolved.yaml", found.out))
    assert tree is not None and not findings
    assert vfmc("lint", "-", stdin=found.out).code == 0
    assert "accumulate: 1" in found.out


def test_the_graph_shows_what_the_passes_did(vfmc: Command) -> None:
    plain, optimised = (vfmc("inspect", "clip_tiny", "--graph", level).out for level in ("-O0", "-O1"))
    assert "[read]" not in plain and "[read]" in optimised


@pytest.mark.parametrize("name", ["clip_tiny", "flip_vit_b16", "dino_tiny", "mae_tiny"])
def test_the_summary_names_towers_and_losses(vfmc: Command, name: str) -> None:
    found = vfmc("inspect", name)
    assert found.code == 0
    assert "parameters" in found.out and "towers" in found.out and "losses" in found.out


def test_a_spec_with_errors_has_findings_instead(vfmc: Command) -> None:
    found = vfmc("inspect", "-", stdin="vfmc: 1\nname: x\n")
    assert found.code == 1 and not found.out and "error[" in found.err
