"""How the weights of peers are called in our packages: by the layouts that `vfmc import` has, where there is one.

`shipped` takes those, so that a wrong one shows in the numbers of a peer. What follows it is written for the tests alone, since no
layout says it: transformers' names in memory (its layout holds those on disk), heads of lightly, single blocks of timm. Such a
rule is (pattern of the peer's name, our name, what is done to the tensor). Gradients are carried over like weights, for all of
these are transposes and reshapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from compiled import spec
from torch import Tensor

from vfmc.interop.meet import for_tower, meet
from vfmc.runtime.interop import to_ours

Change = Callable[[Tensor], Tensor]
Rule = tuple[str, str, Change]


def same(x: Tensor) -> Tensor:
    return x


def flat(x: Tensor) -> Tensor:
    """A convolution over patches as the linear map it is."""
    return x.flatten(1)


def first(x: Tensor) -> Tensor:
    return x[0]


def vector(x: Tensor) -> Tensor:
    return x.flatten()


@cache
def program(text: str, overrides: str) -> Any:
    return spec(text, json.loads(overrides)).program


def shipped(
    layout: str,
    text: str,
    peer: Mapping[str, Tensor],
    ours: Mapping[str, Tensor],
    tower: str = "",
    overrides: dict[str, Any] | None = None,
) -> dict[str, Tensor]:
    """The peer's tensors under our names by a layout of `vfmc/interop/maps`, every one of them, and nothing missing.

    `ours` are the objective's, of the spec `text`, or the `tower`'s under its own names.
    """
    made = program(text, json.dumps(overrides or {}))
    meeting = for_tower(layout, made, tower) if tower else meet(layout, made)
    prefix = f"{tower}." if tower else ""
    found, report = to_ours(meeting.plan(), peer, {f"{prefix}{name}": x.shape for name, x in ours.items()})
    assert not report.ignored + report.elsewhere + report.constant, report
    assert set(found) == {f"{prefix}{name}" for name in ours}
    return {name.removeprefix(prefix): tensor for name, tensor in found.items()}


def carried(
    peer: Mapping[str, Tensor], rules: Sequence[Rule], ours: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The peer's tensors under our names, every one of them, in our shapes, and nothing missing."""
    found: dict[str, Tensor] = {}
    for name, tensor in fused(peer).items():
        fitting = [
            (re.sub(pattern, to, name), change)
            for pattern, to, change in rules
            if re.fullmatch(pattern, name)
        ]
        assert len(fitting) == 1, f"{len(fitting)} rules for {name}"
        [(to, change)] = fitting
        assert to not in found, f"two weights become {to}"
        found[to] = change(tensor)
    assert set(found) == set(ours), (
        f"only theirs: {sorted(set(found) - set(ours))}; only ours: {sorted(set(ours) - set(found))}"
    )
    for name, tensor in found.items():
        assert tensor.shape == ours[name].shape, (
            f"{name}: {tuple(tensor.shape)} against {tuple(ours[name].shape)}"
        )
    return found


def fused(peer: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Three projections called q_proj, k_proj and v_proj as one called qkv."""
    found = {name: tensor for name, tensor in peer.items() if not re.search(r"\.[qkv]_proj\.", name)}
    for name in peer:
        if ".q_proj." in name:
            parts = [peer[name.replace(".q_proj.", f".{part}_proj.")] for part in "qkv"]
            found[name.replace(".q_proj.", ".qkv.")] = torch.cat(parts)
    return found


def blocks(theirs: str, ours: str, names: Mapping[str, str]) -> list[Rule]:
    """The rules of a stack of transformer blocks."""
    return [(rf"{theirs}\.(\d+)\.{re.escape(a)}", rf"{ours}.\1.{b}", same) for a, b in names.items()]


def both(names: Mapping[str, str]) -> dict[str, str]:
    """Weight and bias of each."""
    return {f"{a}.{kind}": f"{b}.{kind}" for a, b in names.items() for kind in ("weight", "bias")}


TIMM_BLOCK = both(
    {
        "norm1": "norm1",
        "attn.qkv": "attention.qkv",
        "attn.proj": "attention.proj",
        "norm2": "norm2",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
)
VIT_MAE_BLOCK = both(
    {
        "layernorm_before": "norm1",
        "attention.qkv": "attention.qkv",
        "attention.o_proj": "attention.proj",
        "layernorm_after": "norm2",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
)
VIT_MAE: list[Rule] = [
    (r"vit\.embeddings\.cls_token", "encoder.prefix.cls", first),
    (r"vit\.embeddings\.patch_embeddings\.projection\.weight", "encoder.patches.weight", flat),
    (r"vit\.embeddings\.patch_embeddings\.projection\.bias", "encoder.patches.bias", same),
    (r"vit\.layernorm\.(\w+)", r"encoder.layernorm.\1", same),
    *blocks(r"vit\.layers", "encoder.blocks", VIT_MAE_BLOCK),
    (r"decoder\.mask_token", "decoder.restore.token", vector),
    (r"decoder\.decoder_embed\.(\w+)", r"decoder.embed.\1", same),
    (r"decoder\.decoder_norm\.(\w+)", r"decoder.layernorm.\1", same),
    (r"decoder\.decoder_pred\.(\w+)", r"decoder.predict.\1", same),
    *blocks(r"decoder\.decoder_layers", "decoder.blocks", VIT_MAE_BLOCK),
]  # fmt: skip

LIGHTLY_HEAD: list[Rule] = [
    (r"layers\.(\d+)\.(\w+)", r"mlp.\1.\2", same),
    (r"last_layer\.weight_g", "last.length", same),
    (r"last_layer\.weight_v", "last.weight", same),
]  # fmt: skip
