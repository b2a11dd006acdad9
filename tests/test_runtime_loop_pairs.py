"""Pairs of towers: which were trained, what retrieval can reach and what chance does."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from vfmc.runtime.data.sources import open_source
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import pairs

INPUTS: dict[str, dict[str, Any]] = {
    "image": {"kind": "image"},
    "caption": {"kind": "text"},
    "depth": {"kind": "depth"},
    "heat": {"kind": "thermal"},
    "sound": {"kind": "audio", "rate": 8000},
    "imu": {"kind": "signal", "rate": 50.0},
}

STAR: dict[str, Any] = {
    "losses": {
        "clip": {"weight": 1.0, "towers": ["vision", "text"]},
        "sound": {"weight": 1.0, "towers": ["audio", "vision"]},
    },
    "phases": [{"name": "align", "set": {}}, {"name": "bind", "set": {}}],
}


def test_a_star_leaves_the_pairs_of_its_rays_untrained() -> None:
    known = pairs.trained_pairs(STAR)
    assert known == {frozenset(("vision", "text")): ["clip"], frozenset(("vision", "audio")): ["sound"]}
    assert frozenset(("audio", "text")) not in known


def test_a_loss_of_any_phase_counts_and_one_that_weighs_nothing_does_not() -> None:
    later = {"weight": 1.0, "towers": ["audio", "text.trunk"]}
    changed = {**STAR, "phases": [{"name": "align"}, {"name": "bind", "set": {"losses.named": later}}]}
    assert pairs.trained_pairs(changed)[frozenset(("audio", "text"))] == ["named"]
    whole = {**STAR, "phases": [{"name": "a", "set": {"losses": {"only": later}}}]}
    assert list(pairs.trained_pairs(whole)) == [frozenset(("audio", "text"))]
    nothing = {**STAR, "phases": [{"name": "a", "set": {"losses.clip": {"weight": 0, "towers": ["vision", "text"]}}}]}  # fmt: skip
    assert list(pairs.trained_pairs(nothing)) == [frozenset(("vision", "audio"))]


def test_a_loss_of_three_towers_trains_three_pairs() -> None:
    recipe = {"losses": {"all": {"towers": ["a", "b", "c"]}}, "phases": [{"name": "main"}]}
    assert len(pairs.trained_pairs(recipe)) == 3


def test_a_tower_that_applies_another_was_compared_with_what_that_one_was() -> None:
    wrapped = {**STAR, "within": {"film": ["vision"], "heard": ["audio"], "both": ["vision", "audio"]}}
    assert pairs.comparing(wrapped, "film", "text") == ["clip"] == pairs.comparing(wrapped, "vision", "text")
    assert pairs.comparing(wrapped, "film", "heard") == ["sound"]
    assert pairs.comparing(wrapped, "heard", "text") == []  # a ray of the star, whatever it is called
    assert pairs.comparing(wrapped, "both", "film") == []  # what both apply is no comparison
    assert pairs.one_network(wrapped, "film", "vision") and pairs.one_network(wrapped, "vision", "film")
    assert not pairs.one_network(wrapped, "film", "heard")


def test_a_recipe_that_does_not_say_its_towers_is_refused() -> None:
    with pytest.raises(RunError, match="does not say which towers its losses compare"):
        pairs.trained_pairs({"losses": {"clip": {"weight": 1.0}}, "phases": [{"name": "main"}]})


def test_shared_factors_are_what_both_inputs_know() -> None:
    source = open_source({"use": "scenes"}, INPUTS)
    assert pairs.shared(source, "sound", "caption") == ("size", "material")
    assert pairs.shared(source, "sound", "depth") == ("size",)
    assert pairs.shared(source, "imu", "caption") == ("motion",)
    assert pairs.shared(source, "heat", "imu") == ()


def test_alike_is_equal_in_every_shared_factor() -> None:
    source = open_source({"use": "scenes"}, INPUTS)
    ids = list(range(40))
    found = pairs.alike(source, ids, ("size", "material"))
    for a, b in itertools.product(ids, ids):
        one, other = source.factors(a), source.factors(b)
        assert found[a, b].item() == (one["size"] == other["size"] and one["material"] == other["material"])
    assert pairs.alike(source, ids, ()).all()


def test_the_ceiling_is_what_a_perfect_reading_reaches_on_average() -> None:
    """Simulated: groups are ranked first, in a random order inside."""
    groups = torch.tensor([0] * 2 + [1] * 5 + [2] * 23)
    alike = groups[:, None] == groups[None]
    promised = pairs.ceiling(alike)
    assert promised["R@1"] == pytest.approx(3 / 30) and promised["R@10"] == pytest.approx((7 + 10) / 30)
    draws = np.random.default_rng(0)
    hits = []
    for _ in range(300):
        noise = torch.from_numpy(draws.random((30, 30)))
        found = pairs.retrieval(alike.double() + 0.5 * noise, alike)
        hits.append([found[f"R@{k}"] for k in pairs.KS])
        assert found["agrees"] == 1.0
    for k, reached in zip(pairs.KS, np.mean(hits, axis=0), strict=True):
        assert reached == pytest.approx(promised[f"R@{k}"], abs=0.02)


def test_without_anything_shared_the_ceiling_is_chance() -> None:
    nothing = torch.ones(50, 50, dtype=torch.bool)
    assert pairs.ceiling(nothing) == pytest.approx(pairs.chance(50))
    assert pairs.chance(4) == {"R@1": 0.25, "R@5": 1.0, "R@10": 1.0}


def test_retrieval_counts_own_partners_and_agreement() -> None:
    similarity = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.2, 0.1], [0.0, 0.3, 0.2]])
    alike = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    found = pairs.retrieval(similarity, alike)
    assert found["R@1"] == pytest.approx(1 / 3)
    assert found["agrees"] == pytest.approx(2 / 3)
    assert found["agrees_by_chance"] == pytest.approx(5 / 9)
