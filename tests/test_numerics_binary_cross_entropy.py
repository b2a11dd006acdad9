"""Binary cross entropy with labels against timm and its formula, and what its declaration refuses."""

from __future__ import annotations

import pytest
import torch
from checking import changed, findings, only
from compiled import assert_levels_agree, batch, objective
from peers import peer
from supervised import SUPERVISED
from torch import Tensor

SOFT = changed(("use: cross_entropy", "use: binary_cross_entropy"), text=SUPERVISED)
WHOLE = changed(("labels: soft}", "labels: soft, threshold: 0.2}"), text=SOFT)
SPREAD = changed(("labels: soft}", "labels: soft, smoothing: 0.3}"), text=SOFT)
HARD = changed(
    ("from: mixed", "from: crop"),
    ("labels: soft}", "labels: label, smoothing: 0.1}"),
    ("  mixed: {use: mixup, of: crop, mixup: 0.8, cutmix: 1.0, switch: 0.5}\n", ""),
    ("  soft: {use: mixed_label, of: label, with: mixed, smoothing: 0.1}\n", ""),
    text=SOFT,
)
PLAIN = changed((", smoothing: 0.1}", "}"), text=HARD)


def entropy(logits: Tensor, q: Tensor) -> Tensor:
    """The sum over classes of minus log likelihoods, a mean over samples, over the number of classes."""
    chance = 1 / (1 + (-logits).exp())
    return -(q * chance.log() + (1 - q) * (1 - chance).log()).mean()


@pytest.mark.parametrize(
    ("text", "smoothing", "threshold"),
    [(SOFT, 0.0, None), (WHOLE, 0.0, 0.2), (HARD, 0.1, None), (PLAIN, 0.0, None)],
    ids=["soft", "whole", "hard", "plain"],
)
def test_the_loss_and_its_gradient_are_timms(text: str, smoothing: float, threshold: float | None) -> None:
    made, other, given = objective(text), objective(text), batch(text, 6)
    found = made(given)["classes"]
    logits = other.tower("classifier", given["mixed" if "mixed" in given else "crop"])
    theirs = peer("timm.loss").BinaryCrossEntropy(smoothing=smoothing, target_threshold=threshold)
    expected = theirs(logits, given["soft" if "soft" in given else "label"])
    assert found.item() == pytest.approx(expected.item(), rel=1e-12)
    found.backward()
    expected.backward()
    for own, their in zip(made.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(own.grad, their.grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("text", [SOFT, WHOLE, SPREAD], ids=["soft", "whole", "spread"])
def test_a_share_of_every_class_is_asked_for_by_itself(text: str) -> None:
    made, given = objective(text), batch(text, 6)
    q = {SOFT: given["soft"], WHOLE: (given["soft"] > 0.2).double(), SPREAD: 0.7 * given["soft"] + 0.03}[text]
    assert ((given["soft"] > 0.02) & (given["soft"] < 0.2)).any()  # the threshold decides something
    expected = entropy(made.tower("classifier", given["mixed"]), q)
    assert made(given)["classes"].item() == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize("text", [SOFT, HARD], ids=["soft", "hard"])
def test_every_level_has_the_same_losses_and_gradients(text: str) -> None:
    assert_levels_agree(text)


WRONG = [
    (("{use: linear, out: 10}", "{use: linear, out: 12}"), "there are 12 logits and 10 classes"),
    (
        ("      - {use: linear, out: 10}\n", "      - {use: linear, out: 10}\n      - l2norm\n"),
        "the logits have unit length, so no class can come near a probability of 1",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_does_not_fit_is_told_in_one_sentence(change: tuple[str, str], message: str) -> None:
    assert only(changed(change, text=SOFT)).message == message


def test_the_small_systems_have_no_findings() -> None:
    assert not any(findings(text) for text in (SOFT, WHOLE, SPREAD, HARD, PLAIN))
