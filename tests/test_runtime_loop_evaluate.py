"""Evaluations against formulas written out by hand, on runs trained by the real loader, and trained models in
use.
"""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from runtime_package import PACKAGES
from safetensors.torch import load_file

from vfmc.runtime import open_run, train
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import evaluate, find, held_out, names, patches, scores, templates

DIGITS = {"image": {"kind": "image", "channels": 3}, "label": {"kind": "label"}}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    run = tmp_path_factory.mktemp("clip") / "run"
    train(PACKAGES / "tiny", run, steps=300, device="cpu", quiet=True, workers=1)
    return run


@pytest.fixture(scope="module")
def mae(tmp_path_factory):
    run = tmp_path_factory.mktemp("mae") / "run"
    train(PACKAGES / "mae", run, device="cpu", quiet=True, workers=1)
    return run


def digits(split):
    source = open_source({"use": "digits", "split": split}, DIGITS)
    return [source[i] for i in range(len(source))]


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_a_run_on_one_s_own_data_is_evaluated_on_it(tmp_path, monkeypatch):
    from PIL import Image

    for place, sample in enumerate(digits("train")[:60]):
        folder = tmp_path / "mine" / str(sample["label"])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sample["image"]).save(folder / f"{place}.png")
    monkeypatch.chdir(tmp_path)
    train(PACKAGES / "mae", "run", data="mine", steps=2, device="cpu", quiet=True, workers=0)
    monkeypatch.chdir("/")
    result = evaluate(tmp_path / "run", device="cpu", pictures=False)["pixels"]
    assert result["data"]["root"] == str(tmp_path / "mine") and not result["held_out"]
    assert result["samples"] + result["bank"] == 60 and 2 < result["samples"] < 25


def test_what_training_may_have_seen_is_not_called_held_out(clip, tmp_path):
    from PIL import Image

    model = open_run(clip, device="cpu")

    def opened(data, split="test"):
        settings = {"use": "knn", "image": {"tower": "vision", "view": "crop"}, "data": data}
        return held_out.open_data(model, settings, ("image", "label"), split)

    assert opened("digits").held_out and opened("held_out").held_out
    assert not opened("digits_by_writer").held_out  # trained on a stratified part: of every writer
    assert not opened("digits", "train").held_out
    for place, sample in enumerate(digits("train")[:40]):
        folder = tmp_path / ("val" if place < 10 else "train") / str(sample["label"])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sample["image"]).save(folder / f"{place}.png")
    assert len(opened(str(tmp_path))) == 10 and len(opened(str(tmp_path), "train")) == 30
    assert opened(str(tmp_path)).held_out


def test_resume_over_the_real_loader_changes_no_number(clip, tmp_path):
    train(PACKAGES / "tiny", tmp_path / "run", steps=300, stop_after=137, device="cpu", quiet=True, workers=0)
    train(PACKAGES / "tiny", tmp_path / "run", resume="auto", device="cpu", quiet=True, workers=2)
    step = "checkpoints/step-00000300/weights.safetensors"
    one, two = load_file(clip / step), load_file(tmp_path / "run" / step)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_zero_shot_is_the_recipe_of_open_clip(clip):
    result = evaluate(clip, "zero_shot", device="cpu", pictures=False)["zero_shot"]
    model = open_run(clip, device="cpu")
    samples = digits("test")
    classes = []
    for name in ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]:
        each = unit(model.encode_text([t.format(name) for t in templates.TEMPLATES["digits"]]).numpy())
        classes.append(unit(each.mean(0)))
    images = unit(np.stack([model.encode_image(sample["image"]).numpy() for sample in samples]))
    ranked = np.argsort(-(images @ np.stack(classes).T), axis=1, kind="stable")
    labels = np.array([sample["label"] for sample in samples])
    assert result["top1"] == pytest.approx((ranked[:, 0] == labels).mean())
    assert result["top5"] == pytest.approx((ranked[:, :5] == labels[:, None]).any(1).mean())
    assert result["top1"] > 0.2  # chance is 0.1
    assert result["samples"] == len(samples) == np.sum(result["confusion"]) and result["held_out"]
    assert result["confusion"][3][5] == ((labels == 3) & (ranked[:, 0] == 5)).sum()
    assert json.loads((clip / "eval" / "zero_shot.json").read_text()) == result


def test_knn_is_the_vote_of_dino(clip):
    result = evaluate(clip, "knn", device="cpu")["knn"]
    model = open_run(clip, device="cpu")
    bank, queries = digits("train"), digits("test")
    known = unit(model.encode_image([sample["image"] for sample in bank]).numpy())
    asked = unit(model.encode_image([sample["image"] for sample in queries]).numpy())
    right = 0
    for feature, sample in zip(asked, queries, strict=True):
        cosines = known @ feature
        votes = np.zeros(10)
        for place in np.argsort(-cosines)[:20]:
            votes[bank[place]["label"]] += math.exp(cosines[place] / 0.07)
        right += votes.argmax() == sample["label"]
    assert result["top1"] == pytest.approx(right / len(queries), abs=1.5 / len(queries))  # float32 ties
    assert result["bank"] == len(bank) and result["k"] == 20


def test_retrieval_counts_equal_captions_as_one(clip):
    result = evaluate(clip, ["retrieval"], device="cpu")["retrieval"]
    assert result["captions"] == 100
    for direction in ("image_to_text", "text_to_image"):
        assert 0 <= result[direction]["R@1"] <= result[direction]["R@5"] <= result[direction]["R@10"] <= 1
    similarity = torch.tensor([[0.9, 0.1, 0.5], [0.2, 0.3, 0.8]])
    relevant = torch.tensor([[True, False, False], [False, True, False]])
    assert scores.recall(similarity, relevant, (1, 2)) == {"R@1": 0.5, "R@2": 1.0}


def test_another_checkpoint_and_a_wrong_name(clip):
    kept = sorted(int(path.name[5:]) for path in (clip / "checkpoints").iterdir())
    assert evaluate(clip, "knn", device="cpu", step=kept[0])["knn"]["step"] == kept[0]
    with pytest.raises(RunError, match=f"no checkpoint of step 1: it has {kept[-1]}"):
        open_run(clip, step=1)
    with pytest.raises(RunError, match="no evaluation 'zeroshot': it has zero_shot, knn, retrieval"):
        evaluate(clip, "zeroshot")
    with pytest.raises(RunError, match="zero_shot are known"):
        find("linear")
    assert {"knn", "reconstruction", "retrieval", "zero_shot"} <= set(names())


def test_the_hash_tells_prompts_apart(clip):
    from vfmc.runtime.evaluate import measure

    model = open_run(clip, device="cpu")
    settings = dict(model.package.recipe["evaluate"]["zero_shot"], limit=50)
    one = measure(model, "limited", settings, pictures=False)
    two = measure(model, "limited", {**settings, "templates": ["a {}"]}, pictures=False)
    assert one["samples"] == 50 and one["hash"] != two["hash"]


def test_reconstruction_beats_the_mean_patch(mae):
    result = evaluate(mae, device="cpu", pictures=False)["pixels"]
    assert result["loss"] < 0.8 * result["baseline"] < result["baseline_zero"]
    assert result["explained"] == pytest.approx(1 - result["loss"] / result["baseline"])
    assert evaluate(mae, device="cpu", pictures=False)["pixels"]["loss"] == result["loss"]
    # the mean target of what training images hide, by hand: all patches of all images, as masks are uniform
    images = np.stack([sample["image"] for sample in digits("train")]).astype(np.float64)
    held = np.stack([sample["image"] for sample in digits("test")]).astype(np.float64)

    def cut(x):
        x = (x / 255 - 0.2) / 0.4
        return x.reshape(len(x), 2, 4, 2, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(len(x), 4, 48)

    expected = np.square(cut(held) - cut(images).mean((0, 1))).mean()
    assert result["baseline"] == pytest.approx(expected, rel=0.03)


def test_patches_are_cut_as_mae_does_and_joined_again():
    images = torch.rand(2, 3, 8, 12)
    cut = patches.cut(images, 4)
    x = images.reshape(2, 3, 2, 4, 3, 4)  # facebookresearch/mae models_mae.patchify
    torch.testing.assert_close(cut, torch.einsum("nchpwq->nhwpqc", x).reshape(2, 6, 48), rtol=0, atol=0)
    assert torch.equal(patches.join(cut, 4, 8, 12), images)


def test_panels_show_what_was_seen_and_undo_normalised_targets(mae):
    model = open_run(mae, device="cpu")
    images = torch.rand(2, 3, 8, 8)
    hidden = torch.tensor([[0, 3], [1, 2]])
    target = patches.cut(images, 4).gather(1, hidden[..., None].expand(-1, -1, 48))
    normalised = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6).sqrt()
    batch = {"crop": images, "half.hidden": hidden}
    for said in (target, normalised):
        rows = patches.panels(model, batch, {"pixels.prediction": said, "pixels.target": said}, "pixels")
        for (original, masked, made), image, gone in zip(rows, images, hidden, strict=True):
            torch.testing.assert_close(original, (image * 0.4 + 0.2).clamp(0, 1))
            torch.testing.assert_close(made, original, atol=1e-4, rtol=0)
            grey = (patches.cut(masked[None], 4) == 0.5).all(-1)[0]
            assert grey.nonzero().flatten().tolist() == gone.tolist()


def test_pictures_are_drawn_where_matplotlib_is(clip, mae):
    pytest.importorskip("matplotlib")
    drawn = evaluate(clip, "zero_shot", device="cpu")["zero_shot"]["pictures"]
    drawn += evaluate(mae, device="cpu")["pixels"]["pictures"]
    assert drawn == ["zero_shot_confusion.png", "zero_shot_samples.png", "pixels.png"]
    assert (clip / "pictures" / drawn[0]).stat().st_size > 1000 and (mae / "pictures" / drawn[2]).is_file()


def test_a_trained_model_classifies_pictures_by_name(clip):
    from PIL import Image

    model = open_run(clip, device="cpu")
    image = Image.fromarray(digits("test")[0]["image"])
    one = model.classify(image, ["zero", "one", "two"], templates="digits")
    assert sum(one.values()) == pytest.approx(1, abs=1e-5) and list(one.values()) == sorted(
        one.values(), reverse=True
    )
    two = model.classify([image, image], ["zero", "one", "two"], templates=["a {}"])
    assert len(two) == 2 and two[0] == pytest.approx(two[1])
    assert model.encode_text("a handwritten two").shape == (8,)
    assert not model.objective.training
    with pytest.raises(RunError, match="no tower 'audio'"):
        model.encode_image(image, tower="audio")


def test_a_model_without_a_text_tower_says_so(mae):
    model = open_run(mae, device="cpu")
    with pytest.raises(RunError, match="evaluates no text tower"):
        model.encode_text("two")
    assert model.encode_image(np.zeros((8, 8, 3), np.uint8), tower="encoder", view="crop").shape == (32,)


def test_templates_come_by_name_from_a_list_or_from_a_file(tmp_path):
    assert templates.find("plain") == ["a photo of a {}."]
    (tmp_path / "mine.txt").write_text("# mine\na {}\n\nthe {}.\n")
    assert templates.find(str(tmp_path / "mine.txt")) == ["a {}", "the {}."]
    with pytest.raises(RunError, match="no templates 'openai'"):
        templates.find("openai")
    with pytest.raises(RunError, match=r"must hold \{\} once"):
        templates.find(["a photo"])
