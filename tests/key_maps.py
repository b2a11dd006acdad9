"""How the weights of peers are called in our packages: rules as data, and one function that leaves nothing out.

A rule is (pattern of the peer's name, our name, what is done to the tensor). Gradients are carried over like weights, for all of
these are transposes and reshapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Change = Callable[[Tensor], Tensor]
Rule = tuple[str, str, Change]


def same(x: Tensor) -> Tensor:
    return x


def turned(x: Tensor) -> Tensor:
    return x.T


def flat(x: Tensor) -> Tensor:
    """A convolution over patches as the linear map it is."""
    return x.flatten(1)


def first(x: Tensor) -> Tensor:
    return x[0]


def row(x: Tensor) -> Tensor:
    return x[None]


def vector(x: Tensor) -> Tensor:
    return x.flatten()


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


OPEN_CLIP_BLOCK = both(
    {
        "ln_1": "norm1",
        "attn.out_proj": "attention.proj",
        "ln_2": "norm2",
        "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    }
) | {
    "attn.in_proj_weight": "attention.qkv.weight",
    "attn.in_proj_bias": "attention.qkv.bias",
}
OPEN_CLIP: list[Rule] = [
    (r"visual\.class_embedding", "vision.prefix.cls", row),
    (r"visual\.positional_embedding", "vision.position.table", same),
    (r"visual\.conv1\.weight", "vision.patches.weight", flat),
    (r"visual\.ln_pre\.(\w+)", r"vision.pre_norm.\1", same),
    (r"visual\.ln_post\.(\w+)", r"vision.norm.\1", same),
    (r"visual\.proj", "vision.linear.weight", turned),
    *blocks(r"visual\.transformer\.resblocks", "vision.blocks", OPEN_CLIP_BLOCK),
    (r"token_embedding\.weight", "text.word_embedding.weight", same),
    (r"positional_embedding", "text.position.table", same),
    (r"ln_final\.(\w+)", r"text.norm.\1", same),
    (r"text_projection", "text.linear.weight", turned),
    *blocks(r"transformer\.resblocks", "text.blocks", OPEN_CLIP_BLOCK),
    (r"logit_scale", "clip.scale.log", same),
]  # fmt: skip

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
TIMM: list[Rule] = [
    (r"cls_token", "prefix.cls", first),
    (r"reg_token", "prefix.registers", first),
    (r"pos_embed", "position.table", first),
    (r"patch_embed\.proj\.weight", "patches.weight", flat),
    (r"patch_embed\.proj\.bias", "patches.bias", same),
    (r"norm\.(\w+)", r"norm.\1", same),
    *blocks(r"blocks", "blocks", TIMM_BLOCK),
]  # fmt: skip

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

TIMM_RESNET: list[Rule] = [
    (r"((?:conv1|bn1|layer\d)\..*)", r"resnet.\1", same),
    (r"fc\.(\w+)", r"linear.\1", same),
]  # fmt: skip

OPEN_CLIP_CROSS = both(
    {
        "ln_1": "norm1",
        "ln_1_kv": "norm_memory",
        "attn.q": "attention.q",
        "attn.kv": "attention.kv",
        "attn.out_proj": "attention.proj",
        "ln_2": "norm2",
        "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    }
)
OPEN_CLIP_COCA: list[Rule] = [
    (r"visual\.class_embedding", "pooled.prefix.cls", row),
    (r"visual\.positional_embedding", "pooled.position.table", same),
    (r"visual\.conv1\.weight", "pooled.patches.weight", flat),
    (r"visual\.ln_pre\.(\w+)", r"pooled.pre_norm.\1", same),
    *blocks(r"visual\.transformer\.resblocks", "pooled.blocks", OPEN_CLIP_BLOCK),
    (r"visual\.attn_pool\.query", "pooled.attention_pool.queries", same),
    (r"visual\.attn_pool\.ln_q\.(\w+)", r"pooled.attention_pool.norm.\1", same),
    (r"visual\.attn_pool\.ln_k\.(\w+)", r"pooled.attention_pool.norm_memory.\1", same),
    (r"visual\.attn_pool\.attn\.(q|kv)\.(\w+)", r"pooled.attention_pool.attention.\1.\2", same),
    (r"visual\.attn_pool\.attn\.out_proj\.(\w+)", r"pooled.attention_pool.attention.proj.\1", same),
    (r"visual\.ln_post\.(\w+)", r"pooled.layernorm.\1", same),
    (r"visual\.proj", "vision.linear.weight", turned),
    (r"text\.token_embedding\.weight", "words.word_embedding.weight", same),
    (r"text\.cls_emb", "words.append_cls.cls", row),
    (r"text\.positional_embedding", "words.position.table", same),
    *blocks(r"text\.transformer\.resblocks", "words.blocks", OPEN_CLIP_BLOCK),
    (r"text\.ln_final\.(\w+)", r"text.layernorm.\1", same),
    (r"text\.text_projection", "text.linear.weight", turned),
    *blocks(r"text_decoder\.resblocks", "decoder.cross_decoder", {a: f"own.{b}" for a, b in OPEN_CLIP_BLOCK.items()}),
    *blocks(r"text_decoder\.cross_attn", "decoder.cross_decoder", {a: f"cross.{b}" for a, b in OPEN_CLIP_CROSS.items()}),
    (r"text_decoder\.ln_final\.(\w+)", r"decoder.layernorm.\1", same),
    (r"text_decoder\.text_projection", "decoder.linear.weight", turned),
    (r"logit_scale", "clip.scale.log", same),
]  # fmt: skip


def crossed(peer: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Open_clip's CoCa with the projections of every attention to other tokens as `q` and `kv`, with weights and biases."""
    found = dict(peer)
    for name in peer:
        if re.search(r"(cross_attn\.\d+|attn_pool)\.attn\.in_proj_bias", name):
            at = name.removesuffix("in_proj_bias")
            weight = found.pop(f"{at}in_proj_weight", None)
            parts = (
                weight.chunk(3) if weight is not None else [found.pop(f"{at}{p}_proj_weight") for p in "qkv"]
            )
            bias = found.pop(name).chunk(3)
            found |= {f"{at}q.weight": parts[0], f"{at}q.bias": bias[0]}
            found |= {f"{at}kv.weight": torch.cat(parts[1:]), f"{at}kv.bias": torch.cat(bias[1:])}
    return found
