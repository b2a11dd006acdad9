"""Specs that stand for more than anybody trains: material of hostile.py."""

from __future__ import annotations

from typing import Any


def blocks(made: dict[str, Any], stages: int) -> dict[str, Any]:
    """A tower of so many times 64 blocks."""
    stage = {"use": "blocks", "depth": 64, "heads": 2}
    made["towers"]["encoder"]["pipe"][4:5] = [{**stage, "as": f"b{i}"} for i in range(stages)]
    return made


def fanned(made: dict[str, Any], first: int, second: int) -> dict[str, Any]:
    """One stage that is applied `first` times `second` times."""
    towers = {
        "t0": {"pipe": [{"use": "linear", "out": 16}]},
        "t1": {"pipe": ["t0"] * first},
        "t2": {"pipe": ["t1"] * second},
    }
    made["towers"] |= {**towers, "fan": {"pipe": ["encoder", "t2", "mean", "l2norm"]}}
    both = {name: {"use": "fan", "of": "crop"} for name in "ab"}
    made["losses"] = {"same": {"use": "contrastive", **both, "scale": {"use": "fixed", "value": 10.0}}}
    return made


def in_phases(made: dict[str, Any], count: int) -> dict[str, Any]:
    del made["train"]["for"]
    made["train"]["phases"] = [
        {"name": f"p{i}", "for": "1 epoch", "set": {"train.batch": 64}} for i in range(count)
    ]
    return made


def grouped(made: dict[str, Any], count: int) -> dict[str, Any]:
    made["train"]["groups"] = [{"of": "encoder", "layer_decay": 0.5 + i / 1e4} for i in range(count)]
    return made
