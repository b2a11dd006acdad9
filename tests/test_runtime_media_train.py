"""Pairs of media from files on disk, through `vfmc train`, to embeddings and evaluations of the trained model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vfmc.cli.main import run as vfmc
from vfmc.runtime import open_run
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import evaluate

soundfile = pytest.importorskip("soundfile")

SPEC = """
vfmc: 1
name: heard
inputs:
  image: image
  sound: {use: audio, rate: 8000}
  far: {use: depth, encoding: millimetres}
  motion: {use: signal, channels: 2, rate: 100.0, recorded: 50.0, axes: LC}
  film: video
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 60}}
  label: {use: label, classes: 2}
views:
  crop: {use: random_resized_crop, of: image, size: 16, scale: [0.8, 1.0]}
  tones: {use: mel, of: sound, bins: 16, seconds: 0.5, frames: 48, mean: -5.0, std: 5.0, time_mask: 4}
  near: {use: disparity, of: far, focal: 50.0, size: 16}
  moves: {use: window, of: motion, seconds: 0.5}
  pair: {use: frames, of: film, count: 2, seconds: 0.5, size: 16, clips: 2, crops: 3}
towers:
  vision: {from: crop, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  audio: {from: tones, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  text: {from: caption, pipe: [{use: word_embedding, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  depth: {from: near, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  imu: {from: moves, pipe: [{use: signal_patches, size: 10, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  clips: {from: pair, pipe: [{use: patches, size: 8, frames: 2, width: 16}, mean, {use: linear, out: 8}, l2norm]}
losses:
  see: {use: contrastive, a: vision, b: depth, scale: {use: fixed, value: 10.0}}
  move: {use: contrastive, a: clips, b: imu, scale: {use: fixed, value: 10.0}}
  hear: {use: contrastive, a: vision, b: audio, scale: {use: fixed, value: 10.0}}
  read: {use: contrastive, a: vision, b: text, scale: {use: fixed, value: 10.0}}
sources:
  pairs: {use: csv, files: nothing.csv}
train:
  batch: 4
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 2 steps
eval:
  by_name: {use: zero_shot, of: audio, text: text, data: held_out, templates: name}
  across: {use: retrieval, a: vision, b: audio, data: held_out}
  seen: {use: retrieval, a: vision, b: depth, data: held_out}
  moved: {use: retrieval, a: clips, b: imu, data: held_out}
  by_depth: {use: knn, of: depth, k: 1, data: held_out}
  spoken: {use: retrieval, a: audio, b: text, data: held_out}
"""


def sound_of(number: int) -> str:
    return f"{number}.{'wav' if number < 4 else 'flac'}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two steps on eight pictures with their tones."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pairs")
    (folder / "spec.yaml").write_text(SPEC)
    rows = []
    for number in range(8):
        pitch, word = (220, 880)[number % 2] + 20 * number, ("low", "high")[number % 2]
        noise = np.random.default_rng(number)
        Image.fromarray(noise.integers(0, 255, (24, 20, 3), dtype=np.uint8)).save(folder / f"{number}.png")
        wave = np.sin(2 * np.pi * pitch * np.arange(16000) / 16000)[:, None] * [0.5, 0.3]
        soundfile.write(folder / sound_of(number), wave, 16000)
        Image.fromarray(noise.integers(500, 9000, (24, 20), dtype=np.uint16)).save(
            folder / f"{number}.depth.png"
        )
        np.save(folder / f"{number}.imu.npy", noise.standard_normal((40, 2)))
        np.save(folder / f"{number}.film.npy", noise.integers(0, 255, (30, 18, 24, 3), dtype=np.uint8))
        others = [f"{number}.{end}" for end in ("depth.png", "imu.npy", "film.npy")]
        rows.append([f"{number}.png", sound_of(number), f"a {word} tone", word, *others])
    with (folder / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["path", "audio_path", "title", "class", "depth", "imu", "video"], *rows])
    command = ["train", str(folder / "spec.yaml"), "--data", str(folder / "pairs.csv"), "--workers", "0"]
    assert vfmc([*command, "--out", str(folder / "run"), "--device", "cpu", "--quiet"]) == 0
    return folder / "run"


def test_two_steps_of_pictures_and_sounds_are_trained(run: Path) -> None:
    losses = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert losses and (run / "checkpoints" / "step-00000002").is_dir()


def test_the_embeddings_of_clips_are_averaged_and_not_normalised_again(run: Path) -> None:
    model = open_run(run, device="cpu")
    paths = [run.parent / "0.wav", run.parent / "5.flac"]
    found = model.encode("audio", paths)
    clips = model.prepared(paths, "tones")
    assert [tuple(clip.shape) for clip in clips] == [(2, 1, 16, 48)] * 3
    each = torch.stack([model.objective.tower("audio", clip) for clip in clips])
    torch.testing.assert_close(found, each.mean(0).detach())
    assert torch.all(found.norm(dim=-1) <= 1 + 1e-6) and found.shape == (2, 8)
    assert not torch.equal(clips[0], clips[1])


def test_a_value_is_a_path_or_an_array_with_its_rate_and_a_tower_is_named_or_found(run: Path) -> None:
    model = open_run(run, device="cpu")
    wave, rate = soundfile.read(run.parent / "1.wav", dtype="float32")
    one = model.encode("audio", (wave.T, rate))
    assert one.shape == (8,)
    torch.testing.assert_close(one, model.encode("audio", str(run.parent / "1.wav")))
    torch.testing.assert_close(one, model.encode("audio", [run.parent / "1.wav"])[0])
    assert model.encode("vision", [run.parent / "1.png"]).shape == (1, 8)
    assert list(model.classify(run.parent / "1.wav", ["low", "high"], "name", of="audio"))
    with pytest.raises(RunError, match="evaluates no thermal tower"):
        model.encode("thermal", ["x.png"])
    with pytest.raises(RunError, match=r"nothing\.wav cannot be read"):
        model.encode("audio", ["nothing.wav"])


def test_zero_shot_and_retrieval_between_any_two_media(run: Path) -> None:
    results = evaluate(run, device="cpu", pictures=True)
    model = open_run(run, device="cpu")
    sounds = [run.parent / sound_of(number) for number in range(8)]
    pictures = [run.parent / f"{number}.png" for number in range(8)]
    heard, seen = (
        F.normalize(model.encode(kind, values), dim=-1)
        for kind, values in (("audio", sounds), ("image", pictures))
    )
    names = F.normalize(model.encode_text(["high", "low"]), dim=-1)
    right = (heard @ names.T).argmax(-1) == torch.tensor([1, 0] * 4)  # classes are sorted
    assert results["by_name"]["top1"] == pytest.approx(right.double().mean().item())
    similarity = seen @ heard.T
    ranks = (similarity > similarity.diagonal()[:, None]).sum(1)
    assert results["across"]["image_to_audio"]["R@1"] == pytest.approx((ranks < 1).double().mean().item())
    assert results["across"]["image_to_audio"]["R@5"] == pytest.approx((ranks < 5).double().mean().item())
    assert results["spoken"]["captions"] == 2 and results["spoken"]["audio_to_text"]["R@5"] == 1.0
    assert len({result["hash"] for result in results.values()}) == 6


def test_evaluations_see_what_files_that_are_encoded_give(run: Path) -> None:
    results = evaluate(run, ["seen", "moved"], device="cpu")
    model = open_run(run, device="cpu")
    ends = {"image": "png", "depth": "depth.png", "video": "film.npy", "signal": "imu.npy"}
    unit = {
        kind: F.normalize(model.encode(kind, [run.parent / f"{number}.{end}" for number in range(8)]), dim=-1)
        for kind, end in ends.items()
    }
    for name, (a, b) in {"seen": ("image", "depth"), "moved": ("video", "signal")}.items():
        similarity = unit[a] @ unit[b].T
        for k in (1, 5):
            found = (similarity.topk(k).indices == torch.arange(8)[:, None]).any(1).double().mean().item()
            assert results[name][f"{a}_to_{b}"][f"R@{k}"] == pytest.approx(found)
    assert len(model.prepared([run.parent / "0.film.npy"], "pair")) == 6
    assert model.prepare([run.parent / "0.imu.npy"], "moves").shape == (1, 2, 50)
