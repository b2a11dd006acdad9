"""The emergent protocol on a star of three towers, against the same numbers computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from checking import changed, only
from torch.nn import functional as F

from vfmc import api
from vfmc.cli.eval import headline, pairs
from vfmc.runtime import open_run, train
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.evaluate import measure
from vfmc.runtime.trained import Trained

STAR = """
vfmc: 1
name: star
inputs:
  image: image
  caption: {use: text, length: 40, tokenizer: {use: bpe, vocabulary: 384}}
  sound: {use: audio, rate: 4000}
views:
  still: {use: center_crop, of: image, size: 16}
  mel: {use: mel, of: sound, seconds: 0.5, bins: 16, frames: 24, window: 32, hop: 20, clips: 2}
towers:
  vision:
    from: still
    pipe: [{use: vit, width: 16, depth: 1, heads: 2, patch: 8}, cls, {use: linear, out: 8}, l2norm]
  text:
    from: caption
    pipe: [{use: text_transformer, width: 16, depth: 1, heads: 2}, eot, {use: linear, out: 8}, l2norm]
  audio:
    from: mel
    pipe: [{use: vit, width: 16, depth: 1, heads: 2, patch: 8}, cls, {use: linear, out: 8}, l2norm]
losses:
  named: {use: contrastive, a: vision, b: text, scale: {use: fixed, value: 10.0}}
  heard: {use: contrastive, a: vision, b: audio, scale: {use: fixed, value: 10.0}}
sources:
  captions: {use: scenes, size: 16, samples: 64, seconds: 0.5, feeds: [named]}
  sounds: {use: scenes, size: 16, samples: 64, seconds: 0.5, seed: 1, feeds: [heard]}
train:
  batch: 16
  optimizer: {use: adamw, lr: 3.0e-3}
  for: 6 steps
eval:
  names: {use: emergent, query: audio, text: text, among: [vision], data: captions, label: size_material, templates: scenes, limit: 60}
"""  # fmt: skip


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp("star")
    (folder / "star.yaml").write_text(STAR)
    api.load(folder / "star.yaml").build(folder / "package")
    train(folder / "package", folder / "run", device="cpu", quiet=True, workers=0)
    yield open_run(folder / "run", device="cpu")


def settings(star: Trained) -> dict[str, Any]:
    return dict(star.package.recipe["evaluate"]["names"])


@pytest.fixture(scope="module")
def found(star: Trained) -> dict[str, Any]:
    return measure(star, "names", settings(star), pictures=False)


def test_pairs_of_the_star_are_trained_and_its_rays_are_not(found: dict[str, Any]) -> None:
    assert found["emergent"] is True and found["trained_pair"] == []
    assert {name: pair["trained"] for name, pair in found["pairs"].items()} == {
        "audio-text": [], "audio-vision": ["heard"], "text-vision": ["named"],
    }  # fmt: skip
    assert found["held_out"] is True and found["samples"] == 60


def test_a_pair_that_was_trained_is_called_so(star: Trained) -> None:
    asked = settings(star) | {"query": {"tower": "vision", "view": "still"}, "among": [], "untrained": False}
    told = measure(star, "seen", asked, pictures=False)
    assert told["emergent"] is False and told["trained_pair"] == ["named"] and "untrained" not in told


FILM = STAR.replace(
    "views:", "views:\n  moving: {use: frames, of: clip, count: 2, seconds: 0.5, size: 16}"
).replace("inputs:", "inputs:\n  clip: video").replace(
    "losses:", "  film: {from: moving, pipe: [vision]}\nlosses:"
).replace("{use: vit, width: 16, depth: 1, heads: 2, patch: 8}, cls", "{use: vit, width: 16, depth: 1, heads: 2, patch: 8, frames: 2}, cls", 1).replace(
    "among: [vision]", "among: [vision, film]"
)  # fmt: skip


def test_a_tower_that_only_applies_another_is_evaluated_on_its_own_view_and_was_trained_as_that_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "star.yaml").write_text(FILM)
    api.load(tmp_path / "star.yaml").build(tmp_path / "package")
    train(tmp_path / "package", tmp_path / "run", steps=2, device="cpu", quiet=True, workers=0)
    model = open_run(tmp_path / "run", device="cpu")
    asked = settings(model) | {"untrained": False, "limit": 12}
    found = measure(model, "names", asked, pictures=False)["pairs"]
    assert {name: pair["trained"] for name, pair in found.items()} == {
        "audio-text": [], "audio-vision": ["heard"], "audio-film": ["heard"], "text-vision": ["named"], "text-film": ["named"],
    }  # fmt: skip
    assert "motion" in found["text-film"]["shared"] and "motion" not in found["text-vision"]["shared"]
    source = open_source({"use": "scenes", "split": "test", "seconds": 0.5}, {"clip": {"kind": "video"}})
    clips = [source.read(id, ["clip"])["clip"] for id in range(12)]
    made = model.encode(None, clips, tower="film", view="moving")
    assert torch.equal(made, model.encode(None, clips, tower="vision", view="moving"))


def by_hand(model: Trained) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Similarities of 60 sounds to twelve names and to 60 captions, and the true classes."""
    inputs = {"sound": {"kind": "audio", "rate": 4000}, "caption": {"kind": "text"}, "label": {"kind": "label"}}  # fmt: skip
    source = open_source({"use": "scenes", "split": "test", "seconds": 0.5}, inputs)
    samples = [source[id] for id in range(60)]
    sounds = model.encode(None, [sample["sound"] for sample in samples], tower="audio", view="mel")
    captions = model.encode_text([sample["caption"][0] for sample in samples], "text", "caption")
    names = [
        f"{size} {material}"
        for size in ("small", "medium", "large")
        for material in ("wooden", "metal", "glass", "rubber")
    ]
    classes = []
    for name in names:
        said = [f"a {name} thing", f"this is a {name} thing", f"a picture of a {name} body", f"there is a {name} piece"]  # fmt: skip
        classes.append(F.normalize(model.encode_text(said, "text", "caption"), dim=-1).mean(0))
    units = F.normalize(sounds, dim=-1)
    labels = torch.tensor([sample["label"] for sample in samples])
    return (
        units @ F.normalize(torch.stack(classes), dim=-1).T,
        units @ F.normalize(captions, dim=-1).T,
        labels,
    )


def test_the_numbers_are_those_computed_by_hand(star: Trained, found: dict[str, Any]) -> None:
    classes, captions, labels = by_hand(star)
    assert found["top1"] == pytest.approx((classes.argmax(1) == labels).double().mean().item())
    assert found["chance"] == pytest.approx(1 / 12)
    assert found["over_chance"] == pytest.approx(12 * found["top1"])
    own = captions.diagonal()[:, None]
    rank = (captions > own).sum(1)
    for k in (1, 5, 10):
        assert found["pairs"]["audio-text"]["audio_to_text"][f"R@{k}"] == pytest.approx(
            (rank < k).double().mean().item()
        )


def test_beside_them_stands_the_model_before_its_first_step(star: Trained, found: dict[str, Any]) -> None:
    before = star.untrained()
    classes, _, labels = by_hand(before)
    assert found["untrained"]["top1"] == pytest.approx((classes.argmax(1) == labels).double().mean().item())
    assert before.step == 0 and star.step == 6
    trained, fresh = (model.objective.state_dict()["audio.linear.weight"] for model in (star, before))
    assert not torch.equal(trained, fresh)


def test_the_ceiling_counts_scenes_alike_in_what_both_know(found: dict[str, Any]) -> None:
    source = open_source({"use": "scenes", "split": "test"}, {"image": {"kind": "image"}})
    for pair, factors in (
        ("audio-text", ("size", "material")),
        ("text-vision", ("size", "material", "shape", "colour", "temperature", "place")),
    ):
        keys = [tuple(source.factors(id)[name] for name in factors) for id in range(60)]
        assert set(found["pairs"][pair]["shared"]) == set(factors)
        for k in (1, 5, 10):
            best = sum(min(1.0, k / keys.count(key)) for key in keys) / 60
            assert found["pairs"][pair]["ceiling"][f"R@{k}"] == pytest.approx(best)
            assert found["pairs"][pair]["chance"][f"R@{k}"] == pytest.approx(k / 60)


def test_the_command_line_shows_every_pair_beside_what_it_can_reach(found: dict[str, Any]) -> None:
    lines = dict(zip(found["pairs"], pairs(found), strict=True))
    reached = found["pairs"]["audio-text"]
    assert f"audio to text R@10 {reached['audio_to_text']['R@10']:.1%}" in lines["audio-text"]
    assert f"by named factors {reached['ceiling']['R@10']:.1%}" in lines["audio-text"]
    assert "(never trained;" in lines["audio-text"] and "(trained;" in lines["audio-vision"]
    assert f"untrained top1 {found['untrained']['top1']:.1%}" in headline(found)


def test_the_hash_tells_other_prompts(star: Trained, found: dict[str, Any]) -> None:
    quick = settings(star) | {"untrained": False, "limit": 12}
    same, other = (
        measure(star, "hash", quick | more, pictures=False)["hash"] for more in ({}, {"templates": ["a {}"]})
    )
    assert same == found["hash"] != other


def test_a_tower_named_twice_and_a_template_without_a_place_are_told() -> None:
    twice = only(changed(("among: [vision]", "among: [audio]"), text=STAR))
    assert twice.code == "REF118" and "`audio` is named twice" in twice.message
    assert twice.span.text == "[audio]"
    place = only(changed(("templates: scenes", 'templates: ["a thing"]'), text=STAR))
    assert place.code == "REF118" and "does not hold {} once" in place.message
    unknown = only(changed(("among: [vision]", "among: [visions]"), text=STAR))
    assert unknown.code.startswith("REF") and "visions" in unknown.message
    wrong = only(changed(("text: text, among", "text: vision, among"), ("among: [vision]", "among: []"), text=STAR))  # fmt: skip
    assert wrong.code == "REF105" and "takes a tower that reads a text" in wrong.message


def test_towers_are_measured_after_a_phase_that_no_longer_read_their_views(tmp_path: Path) -> None:
    phases = "  phases:\n    - {name: heard, for: 2 steps, set: {losses.named.weight: 0}}\n    - {name: named, for: 2 steps, set: {losses.heard.weight: 0}}\n"
    (tmp_path / "star.yaml").write_text(STAR.replace("  for: 6 steps\n", phases))
    api.load(tmp_path / "star.yaml").build(tmp_path / "package")
    train(tmp_path / "package", tmp_path / "run", device="cpu", quiet=True, workers=0)
    model = open_run(tmp_path / "run", device="cpu")
    assert "mel" not in model.phase["batch"]
    found = measure(model, "names", settings(model) | {"limit": 12, "untrained": False}, pictures=False)
    assert found["pairs"]["audio-vision"]["trained"] == ["heard"] and len(found["confusion"]) == 12
