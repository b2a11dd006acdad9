"""MAE against transformers' ViTMAEForPreTraining with the same noise: loss, hidden patches and gradients in float64."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from compiled import default_dtype, distance, disturbed, gradients, objective, package
from key_maps import VIT_MAE, carried
from peers import peer
from test_numerics_vit import fixed_positions

SPEC = """
vfmc: 1
name: small_mae
inputs: {{image: image}}
views:
  crop: {{use: mae, of: image, size: 24}}
masks:
  hidden: {{use: random, of: crop, ratio: 0.75}}
towers:
  encoder:
    takes: {{hide: null}}
    from: crop
    pipe:
      - {{use: patches, size: 4, width: 32, initializer: xavier}}
      - {{use: position, kind: sincos}}
      - {{use: drop, mask: hide}}
      - {{use: prefix, cls: 1}}
      - {{use: blocks, depth: 3, heads: 4, initializer: xavier}}
      - layernorm
  decoder:
    pipe:
      - {{use: linear, out: 16, initializer: xavier, as: embed}}
      - {{use: restore, mask: hidden}}
      - {{use: position, kind: sincos}}
      - {{use: blocks, depth: 2, heads: 2, initializer: xavier}}
      - layernorm
      - {{use: linear, out: 48, initializer: xavier, as: predict}}
losses:
  pixels:
    use: mse
    prediction: {{use: decoder, of: {{use: encoder, of: crop, hide: hidden}}}}
    target: {{use: patch_pixels, of: crop, size: 4, normalize: {normalize}}}
    "on": hidden
sources: {{images: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


def transformers_mae(normalize: bool) -> Any:
    """The peer, with exact tables of positions: its own have the precision of float32."""
    library = peer("transformers")
    config = library.ViTMAEConfig(
        image_size=24, patch_size=4, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128,
        decoder_hidden_size=16, decoder_num_hidden_layers=2, decoder_num_attention_heads=2, decoder_intermediate_size=64,
        mask_ratio=0.75, norm_pix_loss=normalize, layer_norm_eps=1e-6, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    made = disturbed(library.ViTMAEForPreTraining(config).double().train())
    for table, width in ((made.vit.embeddings.position_embeddings, 32), (made.decoder.decoder_pos_embed, 16)):
        with torch.no_grad():
            table.zero_()
            table[0, 1:] = torch.from_numpy(fixed_positions(6, width))
    return made


def named(tensors: dict[str, torch.Tensor], ours: Any) -> dict[str, torch.Tensor]:
    fixed = ("vit.embeddings.position_embeddings", "decoder.decoder_pos_embed")
    return carried({name: x for name, x in tensors.items() if name not in fixed}, VIT_MAE, ours.state_dict())


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("normalize", [False, True])
def test_loss_predictions_and_gradients_equal_transformers(normalize: bool, level: int) -> None:
    text = SPEC.format(normalize=str(normalize).lower())
    torch.manual_seed(5)
    theirs = transformers_mae(normalize)
    ours = objective(text, level)
    ours.load_state_dict(named(dict(theirs.named_parameters()), ours))
    image, noise = torch.randn(3, 3, 24, 24, dtype=torch.float64), torch.rand(3, 36, dtype=torch.float64)
    visible, hidden = package(text, level).data.draw_hidden(noise)
    data = {"crop": image, "hidden.visible": visible, "hidden.hidden": hidden}

    expected = theirs(image, noise=noise)
    expected.loss.backward()
    operands = ours.embed(data)
    losses = ours.combine(operands)
    losses["total"].backward()

    assert torch.equal(expected.mask, torch.zeros(3, 36, dtype=torch.float64).scatter(1, hidden, 1.0)), (
        "another mask for the same noise"
    )
    assert losses["pixels"].item() == pytest.approx(expected.loss.item(), rel=1e-13)
    predicted = operands["pixels.prediction"]
    if level == 0:  # all tokens, the class token's first
        predicted = predicted[:, 1:].gather(1, hidden[..., None].expand(-1, -1, 48))
    assert distance(predicted, expected.logits.gather(1, hidden[..., None].expand(-1, -1, 48))) < 1e-12
    wanted = named(
        {name: weight.grad for name, weight in theirs.named_parameters() if weight.grad is not None}, ours
    )
    found = gradients(ours)
    assert max(distance(found[name], gradient) for name, gradient in wanted.items()) < 1e-10


def test_the_clean_encoder_sees_every_patch() -> None:
    """What evaluation calls, against the peer's encoder with nothing hidden."""
    text = SPEC.format(normalize="true")
    theirs, ours = transformers_mae(True), objective(text)
    ours.load_state_dict(named(dict(theirs.named_parameters()), ours))
    image = torch.randn(2, 3, 24, 24, dtype=torch.float64)
    theirs.config.mask_ratio = 0.0
    order = torch.arange(36.0, dtype=torch.float64).expand(
        2, -1
    )  # an order that leaves patches in their places
    assert distance(ours.tower("encoder", image), theirs.vit(image, noise=order).last_hidden_state) < 1e-12


def test_positions_are_those_of_the_reference() -> None:
    made = objective(SPEC.format(normalize="true"))
    for tower, width in ((made.encoder, 32), (made.decoder, 16)):
        table = tower.position.table[tower.position.prefix :]
        assert (table - torch.from_numpy(fixed_positions(6, width))).abs().max() < 1e-14
        theirs = peer("lightly.models.utils").get_2d_sine_cosine_positional_embedding(
            width, 6, cls_token=False
        )
        assert (table - torch.as_tensor(theirs)).abs().max() < 1e-6
    assert not made.decoder.position.table[0].any(), "the class token has no position"


def test_weights_begin_as_published() -> None:
    """Xavier's bound for every matrix, that of the fused projection and of the flattened convolution; tokens N(0, 0.02^2)."""
    with default_dtype(torch.float32):
        made = package(SPEC.format(normalize="true")).objective.Objective()
    for name, weight in made.named_parameters():
        if weight.ndim == 2 and not name.endswith(("cls", "token")):
            bound = math.sqrt(6 / sum(weight.shape))
            assert 0.97 * bound < weight.abs().max().item() <= bound, name
            assert weight.std().item() == pytest.approx(
                bound / math.sqrt(3), rel=max(0.05, 2 / weight.numel() ** 0.5)
            ), name
        elif name.endswith("bias"):
            assert not weight.any(), name
    assert made.encoder.prefix.cls.std().item() == pytest.approx(0.02, rel=0.4)
    assert made.decoder.restore.token.std().item() == pytest.approx(0.02, rel=0.5)
