"""The hash of a result: it tells what a tower was fed, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from checking import changed
from compiled import package

from vfmc.runtime.evaluate.held_out import fingerprint
from vfmc.runtime.precision import choose_precision
from vfmc.runtime.run_folder import RunFolder
from vfmc.runtime.trained import Trained

SPEC = """
vfmc: 1
name: hashed
inputs:
  image: image
  sound: {use: audio, rate: 8000}
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 64}}
views:
  crop: {use: random_resized_crop, of: image, size: 8, scale: [0.5, 1.0]}
  tones: {use: mel, of: sound, seconds: 1.0, bins: 16, frames: 96}
towers:
  vision: {from: crop, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  audio: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  text: {from: caption, pipe: [{use: word_embedding, width: 8}, mean, l2norm]}
losses:
  clip: {use: contrastive, a: vision, b: text, scale: learned}
  heard: {use: contrastive, a: vision, b: audio, scale: learned}
sources: {pairs: {use: csv, files: pairs.csv}}
train: {batch: 8, optimizer: {use: adamw, lr: 1.0e-3}, for: 3 steps}
data: {workers: 0}
"""
PROMPTS = ["a cat", "a dog"]


def hashed(folder: Path, *pairs: tuple[str, str], words: str = "cat dog", prompts: Any = PROMPTS) -> str:
    """What a run of the changed spec would say of all three towers; its tokeniser has learned `words`."""
    made = package(changed(*pairs, text=SPEC))
    run = RunFolder(folder)
    run.tokenizer("caption").mkdir(parents=True, exist_ok=True)
    (run.tokenizer("caption") / "tokenizer.json").write_text(words)
    trained = Trained(run, made, made.build_objective(0), choose_precision("float32", torch.device("cpu")), 3)
    return fingerprint(trained, prompts, view=["crop", "tones"], text="caption")


@pytest.mark.parametrize(
    "pair",
    [
        ("size: 8, scale", "size: 8, evaluate_resize: 1.5, scale"),
        ("size: 8, scale", "size: 8, interpolation: bilinear, scale"),
        ("size: 8, scale", "size: 8, normalize: openai_clip, scale"),
        ("bins: 16", "bins: 20"),
        ("frames: 96", "frames: 96, mean: -4.0, std: 3.0"),
        ("rate: 8000", "rate: 16000"),
        ("length: 8", "length: 9"),
        ("vocabulary: 64", "vocabulary: 65"),
    ],
)
def test_what_a_tower_is_fed_changes_it(pair: tuple[str, str], tmp_path: Path) -> None:
    assert hashed(tmp_path / "a", pair) != hashed(tmp_path / "b")


def test_so_do_prompts_and_the_words_that_a_tokeniser_learned(tmp_path: Path) -> None:
    plain = hashed(tmp_path / "a")
    assert plain == hashed(tmp_path / "b")
    assert plain != hashed(tmp_path / "c", prompts=["a cat", "the dog"])
    assert plain != hashed(tmp_path / "d", words="cat hound")


@pytest.mark.parametrize(
    "pair",
    [
        ("workers: 0", "workers: 3"),
        ("workers: 0", "workers: 0, absent: masked"),
        ("scale: [0.5, 1.0]", "scale: [0.2, 0.9], flip: 0.0"),
        ("files: pairs.csv", "files: others.csv"),
        ("batch: 8", "batch: 16"),
        ("out: 8}, l2norm]}\n  text", "out: 8, bias: false}, l2norm]}\n  text"),
    ],
)
def test_what_only_training_or_the_model_sees_does_not(pair: tuple[str, str], tmp_path: Path) -> None:
    assert hashed(tmp_path / "a", pair) == hashed(tmp_path / "b")
