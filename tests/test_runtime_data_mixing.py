"""Mixup and cutmix against a direct formula, the distributions that they draw from, and independence from who computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from compiled import package
from supervised import SUPERVISED

from vfmc.runtime.data import mixing
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.loader import Loader
from vfmc.runtime.data.making import Maker
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.data.sources.base import Source
from vfmc.runtime.random import keys, stream, uniform

MIX = {"mixup": 0.8, "cutmix": 1.0, "switch": 0.5, "p": 1.0, "size": [9, 7]}
MANY = 200_000


@pytest.mark.parametrize("a", [0.2, 0.8, 1.0, 3.0])
def test_the_share_is_distributed_as_beta(a):
    """Kolmogorov-Smirnov against the distribution function; mean 1/2, variance 1 / (4 (2a + 1))."""
    stats = pytest.importorskip("scipy.stats")
    u = uniform(keys(7, np.arange(MANY)), stream("test", "beta"), 2)
    found = mixing.symmetric_beta(u[:, 0], u[:, 1], a)
    assert found.min() >= 0 and found.max() <= 1
    assert found.mean() == pytest.approx(0.5, abs=4 / np.sqrt(4 * (2 * a + 1) * MANY))
    assert found.var() == pytest.approx(1 / (4 * (2 * a + 1)), rel=0.01)
    assert stats.kstest(found, stats.beta(a, a).cdf).statistic < 1.95 / np.sqrt(MANY)


def test_a_share_at_the_edge_of_what_is_drawn_is_a_number():
    edge = np.array([0.0, 0.0, np.nextafter(1, 0), np.nextafter(1, 0), 0.3])
    for a in (1e-3, 0.1, 1.0, 500.0):
        found = mixing.symmetric_beta(edge, np.array([0.0, 0.25, 0.5, 0.25, 0.75]), a)
        assert np.isfinite(found).all() and (found >= 0).all() and (found <= 1).all()


def by_hand(
    x: np.ndarray, labels: np.ndarray, secrets: np.ndarray, mix: dict, classes: int, smoothing: float
):
    """One pair after the other, pixel by pixel."""
    height, width = x.shape[-2:]
    mixed, shares = x.copy(), np.full((len(x), classes), smoothing / classes)
    shares[np.arange(len(x)), labels] += 1 - smoothing
    soft = shares.copy()
    for first in range(0, len(x), 2):
        u = uniform(int(secrets[first]), stream("views.mixed", "mix"), 6)
        boxed = u[1] < mix["switch"]
        a = mix["cutmix"] if boxed else mix["mixup"]
        keep = float(mixing.symmetric_beta(u[2:3], u[3:4], a)[0]) if u[0] < mix["p"] else 1.0
        if boxed:
            rows, columns = int(height * np.sqrt(1 - keep)), int(width * np.sqrt(1 - keep))
            y, z = int(u[4] * height), int(u[5] * width)
            inside = 0
            for i in range(height):
                for j in range(width):
                    if (
                        y - rows // 2 <= i < y + (rows + 1) // 2
                        and z - columns // 2 <= j < z + (columns + 1) // 2
                    ):
                        mixed[first, :, i, j], mixed[first + 1, :, i, j] = (
                            x[first + 1, :, i, j],
                            x[first, :, i, j],
                        )
                        inside += 1
            keep = 1 - inside / (height * width)
        else:
            mixed[first] = keep * x[first] + (1 - keep) * x[first + 1]
            mixed[first + 1] = keep * x[first + 1] + (1 - keep) * x[first]
        soft[first] = keep * shares[first] + (1 - keep) * shares[first + 1]
        soft[first + 1] = keep * shares[first + 1] + (1 - keep) * shares[first]
    return mixed, soft


@pytest.mark.parametrize("p", [1.0, 0.4])
def test_pictures_and_labels_are_mixed_as_by_hand(p):
    secrets, rng = keys(3, np.arange(60)), np.random.default_rng(0)
    x, labels = rng.standard_normal((60, 3, 9, 7)), rng.integers(0, 5, 60)
    mix = {**MIX, "p": p}
    drawn = mixing.draw(secrets, "mixed", mix)
    pictures = mixing.pictures(torch.from_numpy(x), drawn)
    soft = mixing.labels(torch.from_numpy(labels), 5, 0.1, drawn, torch.float64)
    expected = by_hand(x, labels, secrets, mix, 5, 0.1)
    np.testing.assert_allclose(pictures.numpy(), expected[0], rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(soft.numpy(), expected[1], rtol=1e-13)
    np.testing.assert_allclose(soft.sum(1).numpy(), 1.0, rtol=1e-13)
    boxes = (drawn.boxes[:, 1] > drawn.boxes[:, 0]).sum()
    assert 0 < boxes < 30  # both kinds were drawn


def test_boxes_hold_the_share_of_the_area_that_goes():
    drawn = mixing.draw(keys(0, np.arange(40_000)), "mixed", {**MIX, "mixup": 0.0, "size": [224, 224]})
    height, width = drawn.boxes[:, 1] - drawn.boxes[:, 0], drawn.boxes[:, 3] - drawn.boxes[:, 2]
    np.testing.assert_allclose(drawn.share, 1 - height * width / 224**2)
    assert 0.68 < drawn.share.mean() < 0.78  # more than a half stays: boxes are cut at the border
    assert (drawn.boxes[:, 0] == 0).any() and (drawn.boxes[:, 1] == 224).any()


def test_one_of_the_two_alone_is_drawn_where_the_other_is_off():
    secrets = keys(0, np.arange(200))
    weights = mixing.draw(secrets, "mixed", {**MIX, "cutmix": 0.0})
    assert not weights.boxes.any() and (weights.share < 1).all()
    none = mixing.draw(secrets, "mixed", {**MIX, "p": 0.0})
    assert not none.boxes.any() and (none.share == 1).all()


def test_a_sample_without_a_neighbour_is_told():
    with pytest.raises(DataError, match=r"'mixed' mixes neighbours, and 3 samples do not pair up"):
        mixing.draw(keys(0, np.arange(3)), "mixed", MIX)


@pytest.fixture(scope="module")
def data():
    return package(SUPERVISED).data


@pytest.fixture(scope="module")
def digits(data):
    return open_source({"use": "digits"}, data.INPUTS)


def batches(data, digits, **options):
    loader = Loader(data, "main", digits, seed=5, batch=24, steps=3, **{"workers": 0, **options})
    return list(loader)


def test_batches_are_the_same_whoever_makes_them(data, digits):
    whole = batches(data, digits)
    assert set(whole[0]) == {"mixed", "soft"} and whole[0]["soft"].shape == (24, 10)
    for workers in (1, 2, 3, 5):
        for own, other in zip(batches(data, digits, workers=workers), whole, strict=True):
            assert all(torch.equal(own[name], other[name]) for name in other)
    for ranks, accumulate in ((2, 1), (3, 2), (1, 6)):
        parts = [
            batches(data, digits, rank=rank, ranks=ranks, accumulate=accumulate, workers=2)
            for rank in range(ranks)
        ]
        for step in range(3):
            for name in ("mixed", "soft"):
                pieces = [
                    part[step * accumulate + micro][name] for part in parts for micro in range(accumulate)
                ]
                assert torch.equal(torch.cat(pieces), whole[step][name])
    later = list(Loader(data, "main", digits, seed=5, batch=24, start_step=2, steps=1, workers=0))
    assert torch.equal(later[0]["mixed"], whole[2]["mixed"]) and torch.equal(
        later[0]["soft"], whole[2]["soft"]
    )


def test_a_batch_is_the_crop_normalised_then_mixed(data, digits):
    """The same crops without mixing come out where a phase sets `p: 0`; labels follow the pictures."""
    [batch] = list(Loader(data, "main", digits, seed=5, batch=24, steps=1, workers=0))
    plain = package(SUPERVISED.replace("switch: 0.5}", "switch: 0.5, p: 0.0}")).data
    [clean] = list(Loader(plain, "main", digits, seed=5, batch=24, steps=1, workers=0))
    secrets = keys(5, np.arange(24))
    mix = data.PHASES["main"]["views"]["mixed"]["mix"]
    labels = clean["soft"].argmax(1).numpy()
    pixels, soft = by_hand(clean["mixed"].double().numpy(), labels, secrets, mix, 10, 0.1)
    np.testing.assert_allclose(batch["mixed"], pixels, atol=2e-6)
    np.testing.assert_allclose(batch["soft"], soft, atol=2e-7)
    assert not torch.equal(batch["mixed"], clean["mixed"])


@pytest.mark.parametrize(("batch", "options"), [(15, {}), (18, {"ranks": 2}), (12, {"accumulate": 4})])
def test_a_division_that_parts_neighbours_is_refused(data, digits, batch, options):
    with pytest.raises(DataError, match=r"micro-batch of \d+ does not pair up: let the batch be even"):
        Loader(data, "main", digits, seed=0, batch=batch, **options)


def test_a_sample_whose_neighbour_lacks_something_is_mixed_with_nobody():
    """Neither a blank picture nor a label that nobody knows may enter a sample that is there; other pairs are as ever."""
    text = SUPERVISED + "data: {absent: masked}\n"
    maker = Maker(package(text).data, "main", Holes(), ["mixed", "soft"])
    secrets, inputs = keys(5, np.arange(len(HAVE))), package(text).data.INPUTS
    whole = Maker(package(text).data, "main", Holes(lacking=False), ["mixed", "soft"])
    plain = package(text.replace("switch: 0.5}", "switch: 0.5, p: 0.0}")).data
    ids = range(len(HAVE))
    batch, full, clean = (
        each.finish(each.make(ids, secrets), secrets, torch.device("cpu"), torch.float64)
        for each in (maker, whole, Maker(plain, "main", Holes(lacking=False), ["mixed", "soft"]))
    )
    assert inputs["image"]["optional"]
    for pair in range(0, len(HAVE), 2):
        rows = [pair, pair + 1]
        if HAVE[pair] == HAVE[pair + 1] == "il":
            assert batch["mixed"][rows].equal(full["mixed"][rows]) and batch["soft"][rows].equal(
                full["soft"][rows]
            )
            assert not batch["mixed"][rows].equal(clean["mixed"][rows])
            continue
        for row in rows:
            if "i" in HAVE[row]:
                assert batch["mixed"][row].equal(clean["mixed"][row])
            if "l" in HAVE[row]:
                assert batch["soft"][row].equal(clean["soft"][row])


HAVE = ["il", "il", "il", "l", "i", "il", "il", "il", "", "il"]  # image, label


class Holes(Source):
    """Ten samples, some of which lack their image or their label."""

    gives = ("image", "label")

    def __init__(self, lacking: bool = True) -> None:
        self.lacking = lacking

    def __len__(self) -> int:
        return len(HAVE)

    def read(self, id, names):
        draw = np.random.default_rng(id)
        image = torch.from_numpy(draw.integers(0, 256, (3, 20, 20), dtype=np.uint8))
        sample = {"image": image, "label": int(draw.integers(10))}
        lacks = {"i": "image", "l": "label"} if self.lacking else {}
        return {
            n: None if any(lacks.get(w) == n and w not in HAVE[id] for w in "il") else sample[n]
            for n in names
        }

    def key(self, id):
        return str(id)
