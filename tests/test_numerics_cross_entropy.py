"""The loss of supervised training against torch and a formula, and what its declaration refuses."""

from __future__ import annotations

import pytest
import torch
from checking import changed, findings, only
from compiled import assert_levels_agree, batch, objective
from supervised import SUPERVISED

HARD = changed(
    ("from: mixed", "from: crop"),
    ("labels: soft}", "labels: label, smoothing: 0.1}"),
    ("  mixed: {use: mixup, of: crop, mixup: 0.8, cutmix: 1.0, switch: 0.5}\n", ""),
    ("  soft: {use: mixed_label, of: label, with: mixed, smoothing: 0.1}\n", ""),
    text=SUPERVISED,
)
PLAIN = changed((", smoothing: 0.1}", "}"), text=HARD)


@pytest.mark.parametrize(("text", "smoothing"), [(SUPERVISED, 0.0), (HARD, 0.1), (PLAIN, 0.0)])
def test_the_loss_is_its_formula_with_its_gradient(text, smoothing):
    made, given = objective(text), batch(text, 6)
    losses = made(given)
    losses["total"].backward()
    view = "mixed" if "mixed" in given else "crop"
    other = objective(text)
    logits = other.tower("classifier", given[view])
    labels = given["soft"] if "soft" in given else torch.eye(10, dtype=torch.float64)[given["label"]]
    labels = (1 - smoothing) * labels + smoothing / 10
    expected = -(labels * (logits - logits.exp().sum(1, keepdim=True).log())).sum(1).mean()
    expected.backward()
    assert losses["classes"].item() == pytest.approx(expected.item(), rel=1e-12)
    for own, theirs in zip(made.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(own.grad, theirs.grad, rtol=1e-10, atol=1e-13)


def test_every_level_has_the_same_losses_and_gradients():
    for text in (SUPERVISED, HARD):
        assert_levels_agree(text)


WRONG = [
    (("{use: linear, out: 10}", "{use: linear, out: 12}"), "there are 12 logits and 10 classes"),
    (
        ("      - {use: linear, out: 10}\n", "      - {use: linear, out: 10}\n      - l2norm\n"),
        "the logits have unit length, so no class can come near a probability of 1",
    ),
    (("with: mixed", "with: crop"), "`crop` mixes no pictures"),
    (("of: crop, mixup", "of: image, mixup"), "`image` has no fixed size, so its pictures cannot be mixed"),
    (
        ("mixup: 0.8, cutmix: 1.0", "mixup: 0, cutmix: 0"),
        "neither `mixup` nor `cutmix` is above 0, so nothing is mixed",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_does_not_fit_is_told_in_one_sentence(change, message):
    assert only(changed(change, text=SUPERVISED)).message == message


def test_the_small_system_has_no_findings():
    assert not findings(SUPERVISED) and not findings(HARD) and not findings(PLAIN)
