"""Several sources: mixed by ratio as a pure function of the position, or a part each with a batch of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from checking import BASE, changed, findings, only
from compiled import compilation, package
from safetensors.torch import load_file

from vfmc.runtime import train
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.loader import Loader
from vfmc.runtime.data.mixture import Mixture, interleave, repeated, whole
from vfmc.runtime.data.sources.base import Sample, Source
from vfmc.runtime.data_feed import DataFeed, open_feed
from vfmc.runtime.options import Options
from vfmc.runtime.package import Package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.timeline import lay_out

# --- which source stands where


@pytest.mark.parametrize(
    "shares", [[1, 1], [3, 1], [1, 7], [5, 3, 2], [1, 1, 1, 1], [50, 25, 1], [7, 5, 3, 2, 1]]
)
def test_shares_are_exact_over_every_window(shares: list[int]) -> None:
    total = sum(shares)
    positions = np.arange(5 * total)
    which, counts = interleave(positions, shares)
    for source, share in enumerate(shares):
        at = which == source
        before = np.concatenate([[0], np.cumsum(at)])
        assert np.array_equal(counts[at], np.arange(at.sum()))  # its own running count, without a gap
        windows = before[total:] - before[:-total]
        assert set(windows.tolist()) == {share}  # wherever the window begins
        ideal = positions * share / total
        assert np.abs(before[:-1] - ideal).max() < 2


def test_any_positions_in_any_order_give_the_same_as_all_of_them() -> None:
    shares = [12, 5, 3]
    which, counts = interleave(np.arange(10_000), shares)
    some = np.random.default_rng(0).permutation(10_000)[:500].reshape(10, 50)
    found = interleave(some, shares)
    assert np.array_equal(found[0], which[some]) and np.array_equal(found[1], counts[some])


def test_far_positions_do_not_overflow() -> None:
    shares = [2**30, 2**30 - 7, 12345]
    far = 10**15 + np.arange(1000)
    which, counts = interleave(far, shares)
    for position, source, count in zip(far.tolist(), which.tolist(), counts.tolist(), strict=True):
        assert abs(count - position * shares[source] // sum(shares)) <= 2


def test_ratios_become_the_smallest_whole_shares() -> None:
    assert whole([3, 1]) == [3, 1]
    assert whole([0.75, 0.25]) == [3, 1]
    assert whole([0.1, 0.2, 0.7]) == [1, 2, 7]
    assert whole([60_000, 1_500]) == [40, 1]
    large = whole([10**14, 3 * 10**14])
    assert sum(large) <= 2**31 and large[1] / large[0] == pytest.approx(3, rel=1e-8)


# --- batches


class Numbers(Source):
    """Labels `first`, `first + 1`, ... with no images to decode."""

    gives = ("label",)

    def __init__(self, first: int, count: int, classes: list[str] | None = None) -> None:
        self.first, self.count, self.classes = first, count, classes

    def __len__(self) -> int:
        return self.count

    def read(self, id: int, names: Collection[str]) -> Sample:
        return {"label": self.first + id}

    def key(self, id: int) -> str:
        return f"number {self.first + id}"


def contract() -> ModuleType:
    module = ModuleType("data")
    field = {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "label"}
    module.__dict__.update(
        INPUTS={"label": {"kind": "label"}},
        PHASES={"main": {"views": {}, "masks": {}, "batch": {"label": field}}},
    )
    return module


def mixture(**ratios: float | None) -> Mixture:
    sources = {"a": Numbers(0, 40), "b": Numbers(1000, 7), "c": Numbers(2000, 90)}
    chosen = {name: sources[name] for name in ratios}
    return Mixture(chosen, ratios, {"a": 1, "b": 5, "c": 1})


def labels(loader: Loader) -> list[list[int]]:
    return [batch["label"].tolist() for batch in loader]


def test_every_source_keeps_its_own_order_and_is_seen_once_an_epoch() -> None:
    mixed = mixture(a=2, b=1)
    found = np.array(
        list(
            itertools.chain(*labels(Loader(contract(), "main", mixed, seed=3, batch=12, steps=20, workers=0)))
        )
    )
    first, second = found[found < 1000], found[found >= 1000]
    assert (len(first), len(second)) == (160, 80)
    for epoch in range(4):
        assert sorted(first[40 * epoch : 40 * (epoch + 1)]) == list(range(40))
    for epoch in range(11):
        assert sorted(second[7 * epoch : 7 * (epoch + 1)]) == list(range(1000, 1007))
    alone = Loader(contract(), "main", mixture(a=2, b=5), seed=3, batch=14, steps=20, workers=0)
    other = np.array(list(itertools.chain(*labels(alone))))
    assert np.array_equal(other[other < 1000][:40], first[:40])  # another ratio leaves the order of a source


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("workers", [0, 2])
def test_resume_ranks_workers_and_micro_batches_change_no_sample(ranks: int, workers: int) -> None:
    straight = labels(
        Loader(contract(), "main", mixture(a=3, b=1, c=2), seed=1, batch=12, steps=6, workers=0)
    )
    for start in (0, 1, 4):
        for accumulate in (1, 2):
            each = [
                labels(
                    Loader(contract(), "main", mixture(a=3, b=1, c=2), seed=1, batch=12, accumulate=accumulate,
                           start_step=start, steps=6 - start, rank=rank, ranks=ranks, workers=workers)
                )
                for rank in range(ranks)
            ]  # fmt: skip
            joined = [
                list(
                    itertools.chain(
                        *(micro for one in each for micro in one[s * accumulate : (s + 1) * accumulate])
                    )
                )
                for s in range(6 - start)
            ]
            assert joined == straight[start:]


def test_without_ratios_samples_times_repeats_decide() -> None:
    mixed = mixture(a=None, b=None)
    assert mixed.shares == [8, 7]  # 40 samples, and 7 five times
    assert mixed.epoch(None) == 75 and mixed.epoch("a") == 75
    assert mixture(a=3, b=1).epoch("a") == 53  # 40 of a, and a third as many of b
    which, _ = interleave(np.arange(75), mixed.shares)
    assert np.bincount(which).tolist() == [40, 35]


def test_names_and_classes_of_a_mixture() -> None:
    mixed = mixture(a=1, b=1)
    assert mixed.key(41) == "b: number 1001" and mixed.read(41, ("label",)) == {"label": 1001}
    with pytest.raises(
        DataError, match=r"'x' and 'y' are mixed, and their classes differ \(cat, dog ... and dog, cat"
    ):
        Mixture(
            {"x": Numbers(0, 2, ["cat", "dog"]), "y": Numbers(0, 2, ["dog", "cat"])},
            {"x": 1, "y": 1},
            {"x": 1, "y": 1},
        )


# --- from a spec to a run

MIXED = changed(
    (
        "sources:\n  images: digits\n",
        "sources:\n  images: digits\n  others: {use: digits, by: writer}\ndata: {mix: ratio, ratios: {images: 3, others: 1}, workers: 0}\n",
    )
)
SECOND = """
  copy:
    use: mse
    prediction: {use: painter, of: crop}
    target: {use: patch_pixels, of: crop, size: 4}
sources:"""
TWO_PARTS = changed(
    (
        "  decoder:\n",
        "  painter:\n    pipe: [{use: patches, size: 4, width: 16}, {use: linear, out: 48}]\n  decoder:\n",
    ),
    ("\nsources:", SECOND),
    (
        "  images: digits\n",
        "  images: {use: digits, feeds: [pixels]}\n  others: {use: digits, by: writer, feeds: [copy], batch: 12, repeat: 2}\n"
        "data: {workers: 0, epoch_of: others}\n",
    ),
)


def feed_of(made: Package) -> DataFeed:
    return open_feed(Options(made.folder, None, 0, workers=0), made, Ranks(0, 1, torch.device("cpu")))


def run(text: str, folder: Path, **arguments: Any) -> Any:
    return train(package(text).folder, folder, device="cpu", quiet=True, **arguments)


REAL = changed(("repeat: 2", "repeat: 1.25"), text=TWO_PARTS)


@pytest.mark.parametrize("text", [MIXED, TWO_PARTS, REAL], ids=["ratio", "accumulate", "repeat"])
def test_a_resumed_run_is_the_straight_one(text: str, tmp_path: Path) -> None:
    run(text, tmp_path / "straight", steps=5)
    run(text, tmp_path / "resumed", steps=5, stop_after=2)
    run(text, tmp_path / "resumed", resume="auto")
    name = "checkpoints/step-00000005/weights.safetensors"
    straight, resumed = load_file(tmp_path / "straight" / name), load_file(tmp_path / "resumed" / name)
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)


def test_the_recipe_says_who_shares_a_batch() -> None:
    assert package(MIXED).recipe["parts"]["main"]["source"] == {"images": 3, "others": 1}
    natural = package(changed((", ratios: {images: 3, others: 1}", ""), text=MIXED)).recipe
    assert natural["parts"]["main"]["source"] == {"images": None, "others": None}
    parts = package(TWO_PARTS).recipe["parts"]
    assert {name: (own["source"], own["losses"]) for name, own in parts.items()} == {
        "images": ("images", ["pixels"]),
        "others": ("others", ["copy"]),
    }


def test_the_feed_gives_each_part_its_own_batch_and_counts_epochs_by_it() -> None:
    made = package(TWO_PARTS)
    feed = feed_of(made)
    assert feed.samples_per_epoch == 2 * 1415  # twice what 14 writers but three left
    laid = lay_out(made.recipe, feed.samples_per_epoch)
    assert laid.steps == 472  # 2 epochs of 2830 samples in batches of 12
    batches = next(iter(feed.batches(laid.phases[0], 0, 1)))
    assert {part: len(batch["crop"]) for part, batch in batches.items()} == {"images": 8, "others": 12}


def test_a_source_may_count_one_and_a_quarter_times() -> None:
    made = package(REAL)
    assert made.recipe["sources"]["others"]["repeat"] == 1.25
    feed = feed_of(made)
    assert feed.samples_per_epoch == 1769  # five quarters of 1415, to a whole sample
    assert lay_out(made.recipe, feed.samples_per_epoch).steps == 295  # 2 epochs in batches of 12
    assert repeated(10, 1.1) == 11 and repeated(10**15, 1.3) == 13 * 10**14, "not by binary fractions"
    sources = {name: Numbers(0, count) for name, count in (("a", 40), ("b", 14))}
    mixed = Mixture(sources, dict.fromkeys("ab"), {"a": 1.25, "b": None})
    assert mixed.shares == [25, 7] and mixed.epoch(None) == 64 and mixed.epoch("a") == 64


def test_the_feed_of_a_mix_names_its_samples_and_its_epoch() -> None:
    made = package(MIXED)
    feed = feed_of(made)
    assert feed.samples_per_epoch == 1437 + 1415
    laid = lay_out(made.recipe, feed.samples_per_epoch)
    next(iter(feed.batches(laid.phases[0], 0, 1)))
    said = [name.partition(":")[0] for name in feed.names(0)["main"]]
    assert said.count("images") == 6 and said.count("others") == 2


def test_accumulated_gradients_are_the_sum_of_the_parts_own() -> None:
    made = package(TWO_PARTS)
    feed = feed_of(made)
    laid = lay_out(made.recipe, feed.samples_per_epoch)
    batches = next(iter(feed.batches(laid.phases[0], 0, 1)))
    together, apart = made.build_objective(), made.build_objective()
    sum(together(batches[part], part)["total"] for part in batches).backward()
    for part in batches:
        apart(batches[part], part)["total"].backward()
    names = {name.split(".")[0] for name, weight in apart.named_parameters() if weight.grad is not None}
    assert names == {"encoder", "decoder", "painter"}
    for one, other in zip(together.parameters(), apart.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


# --- mistakes

SEVERAL = changed(("  images: digits\n", "  images: digits\n  others: {use: digits, by: writer}\n"))
MISTAKES = [
    (SEVERAL, "others", "`images` and `others` feed the same losses", "mix them by ratio with data: {mix: ratio}"),
    (SEVERAL + "data: {ratios: {images: 1, others: 2}}\n", "{images: 1, others: 2}", "`mix` is accumulate", "add mix: ratio"),
    (SEVERAL + "data: {mix: ratio, ratios: {images: 1}}\n", "{images: 1}", "does not say the share of `others`", "add others: 1"),
    (changed(("by: writer", "by: writer, batch: 4"), text=SEVERAL) + "data: {mix: ratio}\n", "4", "`others` has a `batch` of its own", "leave out"),
    (changed(("by: writer", "by: writer, repeat: 4"), text=SEVERAL) + "data: {mix: ratio, ratios: {images: 1, others: 1}}\n", "4",
     "`others` has a `repeat` of its own", "leave out"),
    (TWO_PARTS.replace("feeds: [copy]", "feeds: [pixels, copy]"), "others", "both feed `pixels`", "or none together"),
    (TWO_PARTS.replace("feeds: [copy]", "feeds: [pixels]").replace("workers: 0", "mix: ratio").replace("batch: 12, ", ""), "copy",
     "no source feeds `copy`", "name it in the `feeds`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "message", "help"), MISTAKES)
def test_mistakes_in_mixing(text: str, at: str, message: str, help: str) -> None:
    found = only(text)
    assert (found.code, found.span.text) == ("DAT420", at)
    assert message in found.message and help in (found.help or "")


def test_names_in_the_mix_are_sources() -> None:
    found = only(SEVERAL + "data: {mix: ratio, ratios: {images: 1, others: 2, othrs: 1}}\n")
    assert found.code == "REF103" and "othrs" in found.message
    found = only(changed(("epoch_of: others", "epoch_of: other"), text=TWO_PARTS))
    assert found.span.text == "other" and "others" in (found.help or "")
    assert not findings(MIXED) and not findings(TWO_PARTS) and not findings(BASE)


def test_both_levels_build_the_same_recipe_parts() -> None:
    recipes = []
    for level in (0, 1):
        made = compilation(TWO_PARTS, level).package
        assert made is not None
        recipes.append(json.loads(made.files["recipe.json"])["parts"])
    assert recipes[0] == recipes[1]
