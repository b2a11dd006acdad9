"""ImageBind's six towers as a formula over the tensors of its published file, by their names there.

Written from the documented shapes and traps (multimodal_interop.md 1.1 and 1.2), of products, means and exponentials; of torch's layers
it takes the convolution alone. Nothing here knows of vfmc. Tensors are of one type, float64 where equality is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

Weights = dict[str, Tensor]

IN_STEMS, ELSEWHERE = 1e-5, 1e-6  # what norms add to a variance
STRIDES = {"audio": 10, "depth": 16, "thermal": 16}
LARGEST = 100.0  # of the learned scale


def norm(x: Tensor, own: Weights, name: str, epsilon: float = ELSEWHERE) -> Tensor:
    """Over the last dimension, by its mean and the mean of its squares around it."""
    centred = x - x.mean(-1, keepdim=True)
    spread = (centred.square().mean(-1, keepdim=True) + epsilon).sqrt()
    return centred / spread * own[f"{name}.weight"] + own[f"{name}.bias"]


def linear(x: Tensor, own: Weights, name: str) -> Tensor:
    return x @ own[f"{name}.weight"].T + own[f"{name}.bias"]


def attention(x_BND: Tensor, own: Weights, name: str, heads: int, causal: bool) -> Tensor:
    """Head by head; a learned key and value, where there are any, stand behind those of the tokens."""
    count, tokens, width = x_BND.shape
    mapped = x_BND @ own[f"{name}.in_proj_weight"].T + own[f"{name}.in_proj_bias"]
    query, key, value = mapped.split(width, dim=-1)
    if f"{name}.bias_k" in own:
        key = torch.cat([key, own[f"{name}.bias_k"].expand(count, 1, width)], dim=1)
        value = torch.cat([value, own[f"{name}.bias_v"].expand(count, 1, width)], dim=1)
    seen = []
    for head in range(heads):
        part = slice(head * width // heads, (head + 1) * width // heads)
        scores = query[..., part] @ key[..., part].mT / math.sqrt(width // heads)
        if causal:
            scores = scores.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -math.inf)
        seen.append(scores.softmax(-1) @ value[..., part])
    return linear(torch.cat(seen, dim=-1), own, f"{name}.out_proj")


def gelu(x: Tensor) -> Tensor:
    """The exact one."""
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def trunk(x: Tensor, own: Weights, tower: str, heads: int) -> Tensor:
    """Blocks with their norms inside the branches; nothing is dropped, as in evaluation."""
    before = f"modality_trunks.{tower}"
    if tower == "vision":
        x = norm(x, own, f"{before}.pre_transformer_layer.0")
    layer = 0
    while f"{before}.blocks.{layer}.norm_1.weight" in own:
        block = f"{before}.blocks.{layer}"
        x = x + attention(norm(x, own, f"{block}.norm_1"), own, f"{block}.attn", heads, tower == "text")
        inner = gelu(linear(norm(x, own, f"{block}.norm_2"), own, f"{block}.mlp.fc1"))
        x = x + linear(inner, own, f"{block}.mlp.fc2")
        layer += 1
    return x


def headed(x_BD: Tensor, own: Weights, name: str, place: int) -> Tensor:
    """The norm of the token that is read, the map without bias, length one."""
    x = norm(x_BD, own, f"{name}.0") @ own[f"{name}.{place}.weight"].T
    return x / x.square().sum(-1, keepdim=True).sqrt()


def classed(x: Tensor, own: Weights, tower: str, table: str) -> Tensor:
    """The class token in front, and positions for all."""
    before = f"modality_preprocessors.{tower}"
    return torch.cat([own[f"{before}.cls_token"].expand(len(x), 1, -1), x], dim=1) + own[f"{before}.{table}"]


def vision(pixels: Tensor, own: Weights, heads: int) -> Tensor:
    """A picture [B, 3, H, W] is two equal frames [B, 3, 2, H, W]; a kernel over both without bias."""
    frames = pixels if pixels.ndim == 5 else torch.stack([pixels, pixels], dim=2)
    kernel = own["modality_preprocessors.vision.rgbt_stem.proj.1.weight"]
    x = F.conv3d(frames, kernel, stride=(2, 14, 14)).flatten(2).mT
    x = classed(x, own, "vision", "pos_embedding_helper.pos_embed")
    return headed(trunk(x, own, "vision", heads)[:, 0], own, "modality_heads.vision", 2)


def plane(pixels: Tensor, own: Weights, heads: int, tower: str) -> Tensor:
    """A spectrogram, a map of disparities or of heat [B, 1, H, W], whose patches are normed at once."""
    stem = f"modality_preprocessors.{tower}.{'depth_stem' if tower == 'depth' else 'rgbt_stem'}"
    x = F.conv2d(pixels, own[f"{stem}.proj.weight"], stride=STRIDES[tower]).flatten(2).mT
    x = norm(x, own, f"{stem}.norm_layer", IN_STEMS)
    x = classed(x, own, tower, "pos_embedding_helper.pos_embed")
    return headed(trunk(x, own, tower, heads)[:, 0], own, f"modality_heads.{tower}", 2)


def imu(signal: Tensor, own: Weights, heads: int) -> Tensor:
    """Readings [B, 6, 2000] in 250 stretches of eight, the eight of a channel side by side."""
    stem = "modality_preprocessors.imu.imu_stem"
    stretches = signal.reshape(len(signal), 6, 250, 8).transpose(1, 2).reshape(len(signal), 250, 48)
    x = norm(stretches @ own[f"{stem}.proj.weight"].T, own, f"{stem}.norm_layer", IN_STEMS)
    x = classed(x, own, "imu", "pos_embed")
    return headed(trunk(x, own, "imu", heads)[:, 0], own, "modality_heads.imu", 3)


def text(ids: Tensor, own: Weights, heads: int) -> Tensor:
    """Words [B, 77] that see those before them, read at the largest id, the end."""
    before = "modality_preprocessors.text"
    x = own[f"{before}.token_embedding.weight"][ids] + own[f"{before}.pos_embed"]
    last = trunk(x, own, "text", heads)[torch.arange(len(ids)), ids.argmax(-1)]
    return headed(last, own, "modality_heads.text.proj", 1)


TOWERS: dict[str, Callable[[Tensor, Weights, int], Tensor]] = {
    "vision": vision, "text": text, "imu": imu, **{tower: partial(plane, tower=tower) for tower in STRIDES},
}  # fmt: skip


def pairs(images: Tensor, others: Tensor, own: Weights, tower: str) -> Tensor:
    """The loss of pairs: each row's own among all of the batch, both ways, by the scale of the other modality."""
    scale = own[f"modality_postprocessors.{tower}.1.log_logit_scale"].exp().clamp(max=LARGEST)
    logits = scale * images @ others.T
    ways = (logits.diagonal() - logits.logsumexp(dim) for dim in (0, 1))
    return -sum(way.mean() for way in ways) / 2  # type: ignore[return-value]
