"""Samples that lack an input: told by the batch, left out by the losses that compare it, exact in micro-batches."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checking import changed, only
from compiled import compilation, package
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vfmc.cli.eval import headline
from vfmc.runtime import train
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.loader import Loader
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.data.text import open_tokenizers
from vfmc.runtime.evaluate import evaluate
from vfmc.runtime.gradients import Part, accumulate
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision

SPEC = """
vfmc: 1
name: absent
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 64}}
  label: {use: label, classes: 3}
views:
  crop: {use: center_crop, of: image, size: 8}
towers:
  vision:
    from: crop
    pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]
  text:
    from: caption
    pipe: [{use: word_embedding, width: 8}, mean, l2norm]
  painter:
    from: crop
    pipe: [{use: patches, size: 4, width: 16}, {use: linear, out: 48}]
losses:
  clip: {use: contrastive, a: vision, b: text, scale: learned}
  pixels: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4, normalize: false}}
sources:
  table: {use: csv, files: table.csv}
train:
  batch: 6
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 3 steps
data: {absent: masked, workers: 0}
"""
HAVE = ["ic", "i", "c", "ic", "c", "ic"]  # image, caption


def objective(text: str = SPEC, level: int = 1) -> Any:
    return package(text, level).build_objective(0, dtype=torch.float64)


def batch(image: list[bool], caption: list[bool]) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(0)
    size = len(image)
    return {
        "crop": torch.randn(size, 3, 8, 8, generator=draw, dtype=torch.float64),
        "caption": torch.randint(3, 64, (size, 8), generator=draw),
        "image.present": torch.tensor(image),
        "caption.present": torch.tensor(caption),
    }


IMAGE, CAPTION = [True, True, False, True, False, True], [True, False, True, True, True, True]


def test_a_loss_counts_the_rows_that_have_what_it_compares() -> None:
    made, given = objective(), batch(IMAGE, CAPTION)
    losses = made(given)
    both, images = [0, 3, 5], [0, 1, 3, 5]
    a = made.tower("vision", given["crop"][both])
    b = made.tower("text", given["caption"][both])
    logits = made.clip.scale() * a @ b.T
    target = torch.arange(3)
    expected = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    torch.testing.assert_close(losses["clip"], expected)
    crops = given["crop"][images]
    cut = crops.unflatten(2, (2, 4)).unflatten(4, (2, 4)).permute(0, 2, 4, 3, 5, 1).reshape(4, 4, 48)
    torch.testing.assert_close(losses["pixels"], (made.tower("painter", crops) - cut).square().mean())


def test_what_absent_rows_hold_changes_nothing() -> None:
    given = batch(IMAGE, CAPTION)
    other = {name: tensor.clone() for name, tensor in given.items()}
    other["crop"][2] += 5
    other["caption"][1] = 7
    found = []
    for each in (given, other):
        made = objective()
        made(each)["total"].backward()
        found.append([weight.grad for weight in made.parameters()])
    assert all(one.equal(two) for one, two in zip(*found, strict=True))


def test_without_a_row_a_loss_is_zero_and_so_are_its_gradients() -> None:
    made = objective()
    losses = made(batch([True, True, False], [False, False, True]))
    assert losses["clip"] == 0 and losses["pixels"] > 0
    losses["total"].backward()
    gradients = {name: weight.grad for name, weight in made.named_parameters()}
    assert all(gradient is not None for gradient in gradients.values())
    assert all(
        gradient.abs().sum() == 0 for name, gradient in gradients.items() if not name.startswith("painter.")
    )


@pytest.mark.parametrize("pieces", [2, 3, 6])
def test_micro_batches_are_exact_counts_and_no_mean_of_means(pieces: int) -> None:
    made = package(SPEC)
    part = Part.all_of(made.recipe, made.dims("main"))[0]
    precision, ranks = choose_precision("float64", torch.device("cpu")), Ranks(0, 1, torch.device("cpu"))
    given, found = batch(IMAGE, CAPTION), []
    for count in (1, pieces):
        own = objective()
        losses = accumulate(own, part, given, count, precision, ranks)
        found.append((losses, [weight.grad for weight in own.parameters()]))
    for name in ("clip", "pixels", "total"):
        torch.testing.assert_close(found[0][0][name], found[1][0][name], rtol=1e-12, atol=0)
    for one, two in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-14)


def test_levels_agree() -> None:
    found = []
    for level in (0, 1, 2):
        made = objective(level=level)
        losses = made(batch(IMAGE, CAPTION))
        losses["total"].backward()
        found.append((losses, {name: weight.grad for name, weight in made.named_parameters()}))
    for losses, gradients in found[1:]:
        assert all(torch.allclose(losses[name], found[0][0][name], rtol=1e-12) for name in losses)
        assert all(torch.allclose(gradients[name], own, rtol=1e-9) for name, own in found[0][1].items())


def test_only_a_spec_that_asks_for_it_gets_the_code() -> None:
    plain = compilation(SPEC.replace("absent: masked, ", "")).package
    asked = compilation(SPEC).package
    assert plain is not None and asked is not None
    assert "present" not in plain.files["objective.py"] + plain.files["data.py"] + plain.files["recipe.json"]
    code = asked.files["objective.py"]
    assert '"clip.present": batch["image.present"] & batch["caption.present"],' in code
    assert 'kept_P, some = present(operands["clip.present"])' in code
    assert "label.present" not in code + asked.files["data.py"]  # no loss reads it


# --- from files


def png(grey: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 8), (grey, grey, grey)).save(file, "PNG")
    return file.getvalue()


def write_csv(folder: Path) -> dict[str, Any]:
    rows = ["image,caption"]
    for i, have in enumerate(HAVE):
        (folder / f"{i}.png").write_bytes(png(20 * i + 5))
        rows.append(f"{i}.png" * ("i" in have) + "," + f"number {i}" * ("c" in have))
    (folder / "table.csv").write_text("\n".join(rows), encoding="utf-8")
    return {"use": "csv", "files": str(folder / "table.csv")}


def write_parquet(folder: Path) -> dict[str, Any]:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({
        "image": [png(20 * i + 5) if "i" in have else None for i, have in enumerate(HAVE)],
        "caption": [f"number {i}" if "c" in have else None for i, have in enumerate(HAVE)],
    })  # fmt: skip
    pq.write_table(table, folder / "t.parquet")
    return {"use": "parquet", "files": str(folder / "t.parquet")}


def write_tar(folder: Path) -> dict[str, Any]:
    with tarfile.open(folder / "t.tar", "w") as tar:
        for i, have in enumerate(HAVE):
            members = {"png": png(20 * i + 5)} if "i" in have else {}
            members |= {"txt": f"number {i}".encode()} if "c" in have else {}
            for extension, data in members.items():
                about = tarfile.TarInfo(f"{i:03d}.{extension}")
                about.size = len(data)
                tar.addfile(about, io.BytesIO(data))
    return {"use": "webdataset", "urls": str(folder / "t.tar")}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("write", [write_csv, write_parquet, write_tar])
def test_sources_tell_what_a_sample_lacks(write: Any, tmp_path: Path) -> None:
    data = package(SPEC).data
    wanted = {name: data.INPUTS[name] for name in ("image", "caption")}
    source = open_source(write(tmp_path), wanted)
    tokenizers = open_tokenizers({"caption": wanted["caption"]}, source)
    loader = Loader(
        data, "main", source, seed=0, batch=6, tokenizers=tokenizers, fields=["crop", "caption"], workers=0
    )
    normal = data.PHASES["main"]["views"]["crop"]["programs"][0][-1]
    mean, std = normal["mean"][0], normal["std"][0]
    for step in range(2):
        made = loader.batch(step)
        ids = source.at(np.arange(6 * step, 6 * step + 6), 0).tolist()
        assert made["image.present"].tolist() == ["i" in HAVE[id] for id in ids]
        assert made["caption.present"].tolist() == ["c" in HAVE[id] for id in ids]
        for row, id in enumerate(ids):
            if "i" in HAVE[id]:
                assert (made["crop"][row, 0, 3, 3].item() * std + mean) * 255 == pytest.approx(
                    20 * id + 5, abs=1
                )
            if "c" in HAVE[id]:
                assert made["caption"][row].equal(
                    torch.as_tensor(tokenizers["caption"].encode([f"number {id}"])[0])
                )
    assert loader.failures == 0


def test_where_samples_must_be_whole_a_hole_is_a_sample_that_cannot_be_read(tmp_path: Path) -> None:
    data = package(SPEC.replace("absent: masked, ", "")).data
    source = open_source(write_parquet(tmp_path), {name: data.INPUTS[name] for name in ("image", "caption")})
    loader = Loader(data, "main", source, seed=0, batch=6, fields=["crop"], workers=0)
    assert set(loader.batch(0)) == {"crop"} and loader.failures > 0
    wanted = {name: data.INPUTS[name] for name in ("image", "label")}
    with pytest.raises(DataError, match=r"has no column for the label"):
        open_source(write_csv(tmp_path), wanted)


def test_sources_that_never_have_an_input_are_mixed_and_trained(tmp_path: Path) -> None:
    write_csv(tmp_path)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for i in range(4):
        (pictures / f"{i}.png").write_bytes(png(40 * i))
    text = changed(
        ("  table: {use: csv, files: table.csv}\n", f"  table: {{use: csv, files: '{tmp_path}/table.csv'}}\n"
         f"  more: {{use: image_folder, root: '{pictures}'}}\n"),
        ("absent: masked", "absent: masked, mix: ratio, ratios: {table: 2, more: 1}"),
        text=SPEC,
    )  # fmt: skip
    run = train(package(text).folder, tmp_path / "run", device="cpu", quiet=True)
    assert run.step == 3 and np.isfinite(run.losses["total"]) and run.losses["clip"] > 0


def test_losses_with_statistics_are_refused() -> None:
    found = only("dino_tiny", {"data": {"absent": "masked"}})
    assert found.code == "DAT421" and "keeps statistics of all samples" in found.message


def test_a_number_of_data_with_holes_is_one_over_whole_samples_and_says_so(tmp_path: Path) -> None:
    write_csv(tmp_path)
    text = changed(
        ("files: table.csv", f"files: '{tmp_path}/table.csv'"),
        ("\ntrain:", "\neval:\n  pairs: {use: retrieval, image: vision, text: text, data: table}\ntrain:"),
        text=SPEC,
    )
    train(package(text).folder, tmp_path / "run", device="cpu", quiet=True)
    found = evaluate(tmp_path / "run", device="cpu", pictures=False)["pairs"]
    whole = sum(have == "ic" for have in HAVE)
    assert (found["samples"], found["lacking"]) == (whole, len(HAVE) - whole) and found["captions"] == whole
    said = headline(found)
    assert f"{whole} samples, {len(HAVE) - whole} without these inputs" in said
    assert f"image to text R@1 {found['image_to_text']['R@1']:.1%}" in said
