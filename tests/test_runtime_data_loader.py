"""Batches are a function of seed, step and micro-batch: who computes them changes nothing."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.example import example_batch
from vfmc.runtime.data.loader import Loader, _start_pool, evaluation_loader, part_seed
from vfmc.runtime.data.order import sample_at
from vfmc.runtime.data.sources import Source, open_source, user_data
from vfmc.runtime.data.text import open_tokenizers
from vfmc.runtime.data.views import evaluate_view
from vfmc.runtime.random import keys, stream, uniform

NORMALIZE = {"op": "normalize", "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}
CROP = {"op": "random_resized_crop", "size": [16, 16], "scale": [0.3, 1.0], "interpolation": "bicubic"}
JITTER = {"op": "color_jitter", "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1, "p": 0.8}
FIT = [{"op": "resize", "size": 12}, {"op": "center_crop", "size": [12, 12]}]


def indices(count: int, listed: bool = False) -> dict[str, Any]:
    shape, dims = ([2, count], ["V", "B", "K"]) if listed else ([count], ["B", "K"])
    return {"dims": dims, "shape": shape, "dtype": "int64", "kind": "indices", "below": 16}


def image(size: int, views: int | None = None) -> dict[str, Any]:
    shape, dims = [3, size, size], ["B", "C", "H", "W"]
    if views is not None:
        shape, dims = [views, *shape], ["V", *dims]
    return {"dims": dims, "shape": shape, "dtype": "float32", "kind": "image"}


def draw_half(noise: Tensor) -> tuple[Tensor, Tensor]:
    order = noise.argsort(dim=-1)
    return order[:, :10].sort(dim=-1).values, order[:, 10:].sort(dim=-1).values


@pytest.fixture
def data() -> ModuleType:
    """The contract of a spec with a view, a list of two views, a view of a view, masks of both, a caption and
    a label.
    """
    module = ModuleType("data")
    contract: dict[str, Any] = {
        "views": {
            "crop": {
                "of": "image",
                "programs": [[CROP, {"op": "flip", "p": 0.5}, NORMALIZE]],
                "listed": False,
                "evaluate": [[*FIT, NORMALIZE]],
            },
            "pair": {
                "of": "image",
                "programs": [[CROP, JITTER], [CROP, {"op": "gaussian_blur", "sigma": [0.1, 2.0]}, NORMALIZE]],
                "listed": True,
                "evaluate": [FIT],
            },
            "small": {
                "of": "crop",
                "programs": [[{"op": "resize", "size": [8, 8]}]],
                "listed": False,
                "evaluate": [[{"op": "resize", "size": [8, 8]}]],
            },
        },
        "masks": {
            "half": {"of": "crop", "draw": "draw_half", "noise": 16, "tokens": 16, "hidden": 6},
            "each": {"of": "pair", "draw": "draw_half", "noise": 16, "tokens": 16, "hidden": 6},
        },
        "batch": {
            "crop": image(16),
            "pair": image(16, 2),
            "small": image(8),
            "image": image(10),
            "caption": {
                "dims": ["B", "L"],
                "shape": [14],
                "dtype": "int64",
                "kind": "text",
                "below": 400,
                "start": 1,
                "end": 2,
                "pad": 0,
            },
            "label": {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "label", "below": 10},
            "half.visible": indices(10),
            "half.hidden": indices(6),
            "each.visible": indices(10, True),
            "each.hidden": indices(6, True),
            "key": {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "key"},
        },
    }
    module.__dict__.update(
        INPUTS={
            "image": {"kind": "image", "channels": 3},
            "caption": {"kind": "text", "length": 14, "tokenizer": {"use": "bpe", "vocabulary": 400}},
            "label": {"kind": "label", "classes": 10},
        },
        PHASES={"main": contract},
        draw_half=draw_half,
    )
    return module


@pytest.fixture
def digits(data: ModuleType) -> Source:
    return open_source({"use": "digits"}, data.INPUTS)


@pytest.fixture
def pictures(data: ModuleType, tmp_path: Path) -> Source:
    """40 images of different sizes, some larger than the small-image path takes."""
    for i in range(40):
        noise = np.random.default_rng(i).integers(0, 256, (6, 7, 3), dtype=np.uint8)
        size = (60 + i, 100 - 2 * i)
        (tmp_path / f"c{i % 3}").mkdir(exist_ok=True)
        Image.fromarray(noise).resize(size).save(tmp_path / f"c{i % 3}" / f"{i}.jpg")
        (tmp_path / f"c{i % 3}" / f"{i}.txt").write_text(f"picture number {i}")
    return open_source(user_data(tmp_path, data.INPUTS), data.INPUTS)


def take(loader: Loader, count: int) -> list[dict[str, Tensor]]:
    turns = iter(loader)
    made = list(itertools.islice(turns, count))
    turns.close()  # type: ignore[attr-defined]
    return made


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return list(a) == list(b) and all(a[name].equal(b[name]) for name in a)


def join(parts: list[dict[str, Tensor]], module: ModuleType) -> dict[str, Tensor]:
    dims = {name: entry["dims"].index("B") for name, entry in module.PHASES["main"]["batch"].items()}
    return {name: torch.cat([part[name] for part in parts], dims[name]) for name in parts[0]}


def test_a_batch_is_what_the_contract_says(data: ModuleType, digits: Source) -> None:
    (batch,) = take(Loader(data, "main", digits, seed=3, batch=24, workers=1), 1)
    fields = data.PHASES["main"]["batch"]
    assert list(batch) == list(fields)
    for name, entry in fields.items():
        sizes = list(entry["shape"])
        sizes.insert(entry["dims"].index("B"), 24)
        assert list(batch[name].shape) == sizes and batch[name].dtype == getattr(torch, entry["dtype"]), name
        if "below" in entry:
            assert batch[name].min() >= 0 and batch[name].max() < entry["below"]
    for mask in ("half", "each"):
        both = torch.cat([batch[f"{mask}.visible"], batch[f"{mask}.hidden"]], -1).sort(-1).values
        assert both.equal(torch.arange(16).expand_as(both))
    assert not batch["each.visible"][0].equal(batch["each.visible"][1])
    assert (batch["caption"][:, 0] == 1).all() and ((batch["caption"] == 2).sum(1) == 1).all()
    assert batch["pair"][0].min() >= 0 and batch["pair"][0].max() <= 1  # without normalize: x / 255
    assert batch["crop"].min() < -0.5


def test_a_batch_holds_the_samples_of_its_positions(data: ModuleType, digits: Source) -> None:
    tokenizer = open_tokenizers(data.INPUTS, digits)["caption"]
    loader = Loader(
        data, "main", digits, seed=3, batch=20, tokenizers={"caption": tokenizer}, start_step=100, workers=0
    )
    (batch,) = take(loader, 1)
    positions = np.arange(2000, 2020)
    ids = sample_at(positions, len(digits), 3)[1].tolist()
    secrets = keys(3, positions)
    assert batch["key"].tolist() == secrets.tolist()
    assert batch["label"].tolist() == [digits[id]["label"] for id in ids]
    assert loader.sample_names(100) == [digits.key(id) for id in ids]
    shares = uniform(secrets, stream("captions.caption"), 1)[:, 0]
    texts = [digits[id]["caption"][int(share * 10)] for id, share in zip(ids, shares, strict=True)]
    assert batch["caption"].equal(tokenizer.encode(texts))
    visible, hidden = draw_half(torch.from_numpy(uniform(secrets, stream("masks.half"), 16)))
    assert batch["half.visible"].equal(visible) and batch["half.hidden"].equal(hidden)
    scans = [torch.from_numpy(digits[id]["image"]).permute(2, 0, 1) for id in ids]
    assert batch["image"].equal(
        evaluate_view(scans, [[{"op": "resize", "size": [10, 10], "interpolation": "bicubic"}]])
    )
    half = (
        batch["crop"] * torch.tensor([0.2, 0.3, 0.4]).view(3, 1, 1)
        + torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)
    ) * 255
    assert (half - half.round()).abs().max() < 1e-3  # bytes, normalised by the formula
    bytes_ = half.round().to(torch.uint8)
    assert batch["small"].equal(evaluate_view(list(bytes_), [[{"op": "resize", "size": [8, 8]}]]))


@pytest.mark.parametrize("kind", ["digits", "pictures"])
def test_workers_start_and_cache_change_nothing(
    data: ModuleType, kind: str, request: pytest.FixtureRequest
) -> None:
    source: Source = request.getfixturevalue(kind)
    common: dict[str, Any] = {"seed": 1, "batch": 36}
    reference = take(Loader(data, "main", source, workers=0, **common), 6)
    assert not reference[0]["crop"].equal(reference[1]["crop"])
    different: list[dict[str, Any]] = [
        {"workers": 1},
        {"workers": 3, "prefetch": 1},
        {"workers": 2, "cache_bytes": 0},
    ]
    for options in different:
        assert all(map(same, reference, take(Loader(data, "main", source, **common, **options), 6))), options
    late = take(Loader(data, "main", source, start_step=4, workers=2, **common), 2)
    assert same(late[0], reference[4]) and same(late[1], reference[5])
    assert same(Loader(data, "main", source, **common).batch(5), reference[5])
    other = take(Loader(data, "main", source, workers=0, seed=2, batch=36), 1)
    assert not same(other[0], reference[0])


@pytest.mark.parametrize(("ranks", "accumulate"), [(1, 3), (4, 1), (2, 3)])
def test_ranks_and_micro_batches_share_the_batch_in_order(
    data: ModuleType, digits: Source, ranks: int, accumulate: int
) -> None:
    whole = take(Loader(data, "main", digits, seed=0, batch=24, workers=0), 2)
    parts = [
        take(
            Loader(
                data,
                "main",
                digits,
                seed=0,
                batch=24,
                accumulate=accumulate,
                rank=rank,
                ranks=ranks,
                workers=1,
            ),
            2 * accumulate,
        )
        for rank in range(ranks)
    ]
    for step in range(2):
        mine = [part[step * accumulate : (step + 1) * accumulate] for part in parts]
        assert same(join([micro for each in mine for micro in each], data), whole[step])


def test_batches_that_cannot_be_divided_are_refused(data: ModuleType, digits: Source) -> None:
    with pytest.raises(DataError, match="a batch of 30 cannot be divided among 4 ranks of 2 micro-batches"):
        Loader(data, "main", digits, seed=0, batch=30, accumulate=2, ranks=4)


def test_the_number_of_steps_and_the_end_of_the_threads(data: ModuleType, digits: Source) -> None:
    before, cores = threading.active_count(), torch.get_num_threads()
    loader = Loader(data, "main", digits, seed=0, batch=8, accumulate=2, steps=3, workers=2)
    assert len(list(loader)) == 6 and len(list(loader)) == 6
    assert loader.wait_seconds > 0 and loader.failures == 0
    assert threading.active_count() == before and torch.get_num_threads() == cores


def test_each_thread_computes_with_one_core() -> None:
    pool = _start_pool(2)
    together = threading.Barrier(2)

    def cores() -> int:
        together.wait()
        torch.ones(10) + 1  # an operation, so that torch has settled the number
        return torch.get_num_threads()

    before = torch.get_num_threads()
    assert [task.result() for task in [pool.submit(cores) for _ in range(2)]] == [1, 1]
    pool.shutdown()
    assert torch.get_num_threads() == before


def test_a_part_takes_its_fields_and_draws_on_its_own(data: ModuleType, digits: Source) -> None:
    (batch,) = take(Loader(data, "main", digits, seed=0, batch=4, fields=["crop", "label"], workers=0), 1)
    assert list(batch) == ["crop", "label", "half.visible", "half.hidden", "key"]
    (batch,) = take(Loader(data, "main", digits, seed=0, batch=4, fields=["small"], workers=0), 1)
    assert list(batch) == ["small", "key"]
    keyed = [
        take(Loader(data, "main", digits, seed=0, batch=4, part=part, workers=0), 1)[0]["key"]
        for part in (None, "main", "audio")
    ]
    assert keyed[0].equal(keyed[1]) and not keyed[0].equal(keyed[2])
    assert part_seed(0, "audio") != part_seed(0, "depth")
    with pytest.raises(DataError, match="the batch has no crops: it has crop"):
        Loader(data, "main", digits, seed=0, batch=4, fields=["crops"])


def test_contract_source_and_tokenizer_must_fit(data: ModuleType, digits: Source) -> None:
    data.INPUTS["label"]["classes"] = 5
    with pytest.raises(
        DataError, match=r"the source has 10 classes \(zero, one, ...\), and the spec says classes: 5"
    ):
        Loader(data, "main", digits, seed=0, batch=4)
    data.INPUTS["label"]["classes"] = 10
    data.PHASES["main"]["batch"]["caption"]["below"] = 100
    with pytest.raises(
        DataError, match=r"the tokenizer of 'caption' has [0-9]+ ids, the model has room for 100"
    ):
        Loader(data, "main", digits, seed=0, batch=4)
    data.PHASES["main"]["batch"]["caption"]["below"] = 400
    data.PHASES["main"]["batch"]["crop"]["shape"] = [3, 32, 32]
    with pytest.raises(
        DataError, match=r"'crop' comes out as \[3, 16, 16\], and the model takes \[3, 32, 32\]"
    ):
        take(Loader(data, "main", digits, seed=0, batch=4, workers=2), 1)
    only_images = open_source({"use": "digits"}, {"image": data.INPUTS["image"]})
    with pytest.raises(DataError, match="the batch needs caption, label; the source gives image"):
        Loader(data, "main", only_images, seed=0, batch=4)


def test_unreadable_samples_are_counted_by_the_loader(data: ModuleType, tmp_path: Path) -> None:
    for i in range(150):
        Image.new("RGB", (9, 9), (i, i, i)).save(tmp_path / f"{i:03d}.png")
    (tmp_path / "070.png").write_bytes(b"broken")
    inputs = {"image": data.INPUTS["image"]}
    loader = Loader(
        data,
        "main",
        open_source(user_data(tmp_path, inputs), inputs),
        seed=0,
        batch=150,
        fields=["image"],
        workers=2,
    )
    (batch,) = take(loader, 1)
    levels = sorted((batch["image"][:, 0, 0, 0] * 255).round().int().tolist())
    assert levels == sorted([*range(70), 71, *range(71, 150)]) and loader.failures >= 1


def test_evaluation_goes_through_the_source_in_order_without_drawing(
    data: ModuleType, pictures: Source
) -> None:
    def batches(**options: Any) -> Iterator[dict[str, Tensor]]:
        return evaluation_loader(data, pictures, fields=["crop", "pair", "caption", "label"], **options)

    parts = list(batches(batch=16, workers=3))
    assert [len(part["id"]) for part in parts] == [16, 16, 8] and list(parts[0]) == [
        "crop",
        "pair",
        "caption",
        "label",
        "id",
    ]
    whole = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    assert whole["id"].tolist() == list(range(40)) and whole["label"].tolist() == [
        pictures[i]["label"] for i in range(40)
    ]
    assert whole["crop"].shape == (40, 3, 12, 12) and whole["pair"].shape == (40, 3, 12, 12)
    (again,) = batches(batch=64, workers=1)
    assert same(again, whole)
    dealt = [part["id"].tolist() for rank in range(2) for part in batches(batch=16, rank=rank, ranks=2)]
    assert dealt == [list(range(16)), list(range(32, 40)), list(range(16, 32))]
    assert sum(len(part["id"]) for part in batches(batch=16, limit=20)) == 20


def test_evaluation_does_not_replace_a_broken_sample(data: ModuleType, tmp_path: Path) -> None:
    for i in range(3):
        Image.new("RGB", (9, 9)).save(tmp_path / f"{i}.png")
    (tmp_path / "1.png").write_bytes(b"broken")
    source = open_source(
        user_data(tmp_path, {"image": data.INPUTS["image"]}), {"image": data.INPUTS["image"]}
    )
    with pytest.raises(DataError, match=r"1.png cannot be read"):
        list(evaluation_loader(data, source, fields=["crop"]))


def test_an_example_batch_fits_the_contract(data: ModuleType) -> None:
    contract = data.PHASES["main"]
    for module in (None, data):
        batch = example_batch(contract, 6, seed=1, dtype=torch.float64, data_module=module)
        assert list(batch) == list(contract["batch"])
        assert batch["pair"].shape == (2, 6, 3, 16, 16) and batch["pair"].dtype == torch.float64
        assert abs(batch["pair"].mean()) < 0.1 and 0.9 < batch["pair"].var() < 1.1
        for mask in ("half", "each"):
            both = torch.cat([batch[f"{mask}.visible"], batch[f"{mask}.hidden"]], -1)
            assert both.sort(-1).values.equal(torch.arange(16).expand_as(both))
            assert batch[f"{mask}.visible"].diff().min() > 0 and batch[f"{mask}.hidden"].diff().min() > 0
        assert batch["label"].min() >= 0 and batch["label"].max() < 10 and batch["key"].unique().numel() == 6
        for row in batch["caption"].tolist():
            end = row.index(2)
            assert row[0] == 1 and row.count(2) == 1 and set(row[end + 1 :]) <= {0} and 0 not in row[:end]
        assert same(batch, example_batch(contract, 6, seed=1, dtype=torch.float64, data_module=module))
    assert not batch["crop"].equal(example_batch(contract, 6, seed=2, dtype=torch.float64)["crop"])
    del contract["batch"]["caption"]["end"]
    assert example_batch(contract, 5)["caption"].max() < 400
