"""Supervised runs from the spec to the score: mixing with every optimiser of ours goes on bit for bit, and `classify` is its formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from checking import changed
from compiled import package
from safetensors.torch import load_file
from supervised import SUPERVISED

from vfmc.runtime import open_run, train
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.data.views import evaluate_view
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import evaluate

ADAMW = "{use: adamw, lr: 1.0e-3}"
VIT = "      - {use: vit, width: 32, depth: 2, heads: 2, patch: 4}\n      - cls\n"
SMALL = "      - {use: vit, width: 16, depth: 1, heads: 2, patch: 8}\n      - cls\n"
SCHEDULE = (
    "  for: 2 epochs",
    "  schedule: {use: wsd, warmup: 2 steps, decay: 2 steps, shape: sqrt}\n  for: 6 steps",
)


def go(text, run, **options):
    return train(package(text).folder, run, device="cpu", quiet=True, **{"workers": 0, **options})


def kept(run, step=6):
    folder = run / "checkpoints" / f"step-{step:08d}"
    return load_file(folder / "weights.safetensors") | {
        f"state of {name}": tensor for name, tensor in load_file(folder / "state.safetensors").items()
    }


@pytest.mark.parametrize(
    "optimizer",
    [
        "{use: lars, lr: 0.3, weight_decay: 1.0e-4}",
        "{use: lamb, lr: 1.0e-2}",
        "{use: adafactor, lr: 1.0e-3, smallest: 8}",
    ],
)
def test_a_run_that_was_stopped_goes_on_bit_for_bit(optimizer, tmp_path):
    text = changed((ADAMW, optimizer), (VIT, SMALL), SCHEDULE, text=SUPERVISED)
    go(text, tmp_path / "whole")
    go(text, tmp_path / "parts", stop_after=3, workers=2)
    go(text, tmp_path / "parts", resume="auto")
    whole, parts = kept(tmp_path / "whole"), kept(tmp_path / "parts")
    assert set(whole) == set(parts) and any(name.startswith("state of") for name in whole)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in parts.items())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("supervised") / "run"
    resnet = "      - {use: resnet, depth: 18, width: 8, stem: small}\n      - mean\n"
    quick = changed(
        (VIT, resnet), ("switch: 0.5", "switch: 0.5, p: 0.2"), ("batch: 16", "batch: 64"), text=SUPERVISED
    )
    go(changed((ADAMW, "{use: adamw, lr: 5.0e-3}"), text=quick), folder, steps=40)
    return folder


def test_classify_is_the_share_of_held_out_pictures_whose_largest_logit_is_right(run):
    found = evaluate(run, device="cpu", pictures=False)["top"]
    trained = open_run(run, "cpu")
    source = open_source({"use": "digits", "split": "test"}, trained.package.data.INPUTS)
    samples = [source[i] for i in range(len(source))]
    images = [torch.from_numpy(sample["image"]).permute(2, 0, 1) for sample in samples]
    labels = torch.tensor([sample["label"] for sample in samples])
    programs = trained.package.data.PHASES["main"]["views"]["mixed"]["evaluate"]
    logits = trained.objective.tower("classifier", evaluate_view(images, programs))
    assert found["held_out"] is True and found["samples"] == len(samples) == 360
    assert found["top1"] == pytest.approx((logits.argmax(1) == labels).double().mean().item())
    five = (logits.topk(5).indices == labels[:, None]).any(1).double().mean().item()
    assert found["top5"] == pytest.approx(five)
    assert found["loss"] == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), rel=1e-5)
    assert found["top1"] > 0.3  # chance is 0.1
    assert len(found["hash"]) == 16 and np.sum(found["confusion"]) == 360


def test_more_classes_than_logits_are_told(run, tmp_path):
    from PIL import Image

    for label in range(12):
        (tmp_path / "many" / f"{label:02d}").mkdir(parents=True)
        Image.new("RGB", (16, 16)).save(tmp_path / "many" / f"{label:02d}" / "a.png")
    with pytest.raises(RunError, match="top: the data has 12 classes and the tower classifier 10 logits"):
        evaluate(run, "top", device="cpu", data=str(tmp_path / "many"))
