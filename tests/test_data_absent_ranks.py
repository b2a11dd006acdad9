"""Two ranks whose samples lack different inputs come to the losses, gradients and weights of one process with the whole batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import package
from PIL import Image
from runtime_package.absent import gradients
from runtime_package.ranks import together
from safetensors.torch import load_file
from torch import Tensor

from vfmc.runtime import log, train
from vfmc.runtime.parallel import Ranks

SPEC = """
vfmc: 1
name: absent
inputs:
  image: image
  heat: thermal
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 64}}
views:
  crop: {use: center_crop, of: image, size: 8}
  warm: {use: center_crop, of: heat, size: 8, normalize: {mean: [0.5], std: [0.25]}}
towers:
  vision: {from: crop, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  thermal: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  text: {from: caption, pipe: [{use: word_embedding, width: 8}, mean, l2norm]}
  painter: {from: crop, pipe: [{use: patches, size: 4, width: 16}, {use: linear, out: 48}]}
losses:
  clip: {use: contrastive, a: vision, b: text, scale: learned}
  heats: {use: contrastive, a: vision, b: thermal, scale: learned}
  pixels: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4, normalize: false}}
sources:
  table: {use: csv, files: FILE}
train:
  batch: 8
  optimizer: {use: sgd, lr: 0.1, momentum: 0.0, weight_decay: 0.0}
  schedule: {use: constant}
  for: 4 steps
  checkpoint: 1 steps
data: {absent: masked, workers: 0}
"""
HELD = [  # image, heat, caption: what each of 8 samples has; the first rank holds the first 4
    ("iiiiiiii", "hhhhhhhh", "ccccc..."),  # the second rank has one pair of image and caption
    ("iiii....", "h..hhhhh", "cccccccc"),  # and here none, and no picture at all
    ("i.i.iiii", ".h.h.hh.", "c..cccc."),
    ("iii.iii.", "...h...h", "cccc.ccc"),  # nobody has a picture and its heat
]


def batches() -> list[dict[str, Tensor]]:
    draw = torch.Generator().manual_seed(0)
    found = []
    for held in HELD:
        image, heat, caption = (torch.tensor([each != "." for each in row]) for row in held)
        found.append({
            "crop": torch.randn(8, 3, 8, 8, generator=draw, dtype=torch.float64),
            "warm": torch.randn(8, 1, 8, 8, generator=draw, dtype=torch.float64),
            "caption": torch.randint(3, 64, (8, 8), generator=draw),
            "image.present": image, "heat.present": heat, "caption.present": caption,
        })  # fmt: skip
    return found


def picture(path: Path, mode: str, seed: int) -> str:
    draw = torch.Generator().manual_seed(seed)
    shape = (9, 8, 3) if mode == "RGB" else (9, 8)
    Image.fromarray(torch.randint(256, shape, generator=draw).to(torch.uint8).numpy(), mode).save(path)
    return path.name


def written(folder: Path) -> Path:
    """A table of 20 samples, most of which lack something."""
    rows = ["image,heat,caption"]
    for i in range(20):
        image = picture(folder / f"{i}.png", "RGB", i) if i % 3 else ""
        heat = picture(folder / f"h{i}.png", "L", 100 + i) if i % 4 < 2 else ""
        rows.append(f"{image},{heat},{f'number {i}' if i % 5 else ''}")
    (folder / "table.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "table.csv"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder that two ranks worked in, and the package."""
    work = tmp_path_factory.mktemp("absent")
    made = package(SPEC.replace("FILE", str(written(work))))
    torch.save(batches(), work / "batches.pt")
    together("absent.py", made.folder, work, "[1, 2]", XDG_CACHE_HOME=str(work / "cache"))
    return work, made


def test_losses_and_gradients_are_those_of_one_process(both: tuple[Path, Any]) -> None:
    work, made = both
    alone = Ranks(0, 1, torch.device("cpu"))
    expected = gradients(made, batches(), [1], alone)
    for rank in range(2):
        found = torch.load(work / f"rank{rank}.pt")
        assert len(found) == 2 * len(HELD)
        for number, (losses, slopes, _) in enumerate(found):
            wanted, own, _ = expected[number // 2]
            for name in ("clip", "heats", "pixels", "total"):
                torch.testing.assert_close(losses[name], wanted[name], rtol=1e-12, atol=1e-14)
            for name, slope in own.items():
                torch.testing.assert_close(slopes[name], slope, rtol=1e-10, atol=1e-14)
    assert all(expected[case][0]["clip"] > 0 for case in range(len(HELD)))
    assert expected[3][0]["heats"] == 0 and not expected[3][1]["thermal.linear.weight"].any()
    assert expected[1][1]["vision.linear.weight"].any()


def test_training_from_files_comes_to_the_same_weights(
    both: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, made = both
    monkeypatch.setenv("XDG_CACHE_HOME", str(work / "cache"))
    train(made.folder, work / "one", device="cpu", precision="float64", quiet=True)
    for step in (2, 4):  # with plain gradient descent a step is the gradient
        place = f"checkpoints/step-{step:08d}/weights.safetensors"
        one, two = load_file(work / "one" / place), load_file(work / "two" / place)
        for name in one:
            torch.testing.assert_close(two[name], one[name], rtol=1e-10, atol=1e-12)
    losses = [[row["losses"] for row in log.read(work / run / "log.jsonl")] for run in ("two", "one")]
    assert len(losses[0]) == 4
    for found, wanted in zip(*losses, strict=True):
        assert found == pytest.approx(wanted, rel=1e-12)
