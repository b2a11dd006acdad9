"""Random numbers and the order of samples are functions: the same for everyone, and they look random."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vfmc.runtime.data.order import permute, sample_at
from vfmc.runtime.random import key, keys, mix, stream, uniform

_MASK = (1 << 64) - 1


def splitmix(value: int) -> int:
    """The published mixing function, on Python's whole numbers."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_mixing_is_splitmix64_in_numpy_and_torch(values: list[int]) -> None:
    expected = [splitmix(value & _MASK) for value in values]
    array = mix(np.array(values, np.int64))
    assert [int(value) & _MASK for value in array] == expected
    assert torch.equal(mix(torch.tensor(values, dtype=torch.int64)), torch.from_numpy(array))


def test_first_output_of_the_published_generator() -> None:
    state = np.array([1234567 + 0x9E3779B97F4A7C15 - (1 << 64)], np.int64)
    assert (
        int(mix(state)[0]) & _MASK == 6457827717110365317
    )  # seed 1234567, Rosetta Code, "Pseudo-random numbers/Splitmix64"


@given(st.integers(-(1 << 70), 1 << 70), st.integers(0, (1 << 62)))
@settings(max_examples=50, deadline=None)
def test_one_key_equals_the_vectorised_key(seed: int, position: int) -> None:
    positions = np.array([0, position], np.int64)
    assert key(seed, position) == keys(seed, positions)[1] == keys(seed, torch.from_numpy(positions))[1]


def test_uniform_has_the_same_bits_in_numpy_and_torch_and_one_by_one() -> None:
    secrets = keys(3, np.arange(100))
    drawn = uniform(secrets, stream("masks.half"), 7)
    assert drawn.dtype == np.float64 and drawn.shape == (100, 7)
    assert np.array_equal(drawn, uniform(torch.from_numpy(secrets), stream("masks.half"), 7).numpy())
    assert np.array_equal(drawn[41], uniform(int(secrets[41]), stream("masks.half"), 7))
    assert np.array_equal(drawn[:, :3], uniform(secrets, stream("masks.half"), 3))


def test_uniform_is_uniform_and_its_streams_are_independent() -> None:
    secrets = keys(0, np.arange(20_000))
    a, b = (uniform(secrets, stream("a", i), 4) for i in range(2))
    assert a.min() >= 0 and a.max() < 1
    counts = np.histogram(a, bins=64, range=(0, 1))[0]
    expected = a.size / 64
    assert ((counts - expected) ** 2 / expected).sum() < 120  # chi-square with 63 degrees: 120 has p = 2e-5
    columns = np.concatenate([a, b, np.roll(a[:, :1], 1)], axis=1)
    correlations = np.corrcoef(columns.T) - np.eye(9)
    assert np.abs(correlations).max() < 0.035  # five standard deviations of 1 / sqrt(20000)
    joint = np.histogram2d(a[:, 0], b[:, 0], bins=8, range=((0, 1), (0, 1)))[0]
    assert ((joint - 312.5) ** 2 / 312.5).sum() < 120


def test_keys_of_neighbouring_seeds_and_positions_do_not_meet() -> None:
    table = np.concatenate([keys(seed, np.arange(1000)) for seed in range(50)])
    assert len(np.unique(table)) == table.size


def test_streams_are_stable_across_processes() -> None:
    assert stream("masks.half", 3) == 1279286046031247528  # what it was when runs were first made
    assert 0 <= stream("x") < 1 << 63
    assert len({stream("a", 1), stream("a", "1"), stream("a1"), stream("a", 1, 0)}) == 4


@given(st.integers(1, 5000), st.integers(0, 1 << 40), st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_permutation_is_a_bijection(n: int, seed: int, epoch: int) -> None:
    assert np.array_equal(np.sort(permute(np.arange(n), n, seed, epoch)), np.arange(n))


def test_permutations_of_three_come_equally_often() -> None:
    epochs = np.arange(6000)
    counts = Counter(map(tuple, permute(np.arange(3), 3, 0, epochs[:, None]).tolist()))
    assert len(counts) == 6 and all(850 < count < 1150 for count in counts.values())  # 1000, sd 29


def test_permutation_differs_by_epoch_and_seed_and_leaves_no_trace_of_order() -> None:
    n = 10_000
    first = permute(np.arange(n), n, 0, 0)
    for seed, epoch in ((0, 1), (1, 0)):
        assert (first == permute(np.arange(n), n, seed, epoch)).mean() < 0.001
    assert abs(np.corrcoef(np.arange(n), first)[0, 1]) < 0.05
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.05


def test_permutation_refuses_an_index_outside() -> None:
    for index, n in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="range"):
            permute(index, n, 0)


@pytest.mark.parametrize("n", [10, 70_000])
def test_every_sample_comes_once_an_epoch_wherever_reading_starts(n: int) -> None:
    positions = np.arange(2 * n + 5)
    epochs, ids = sample_at(positions, n, 7)
    assert np.array_equal(epochs, positions // n)
    for epoch in range(2):
        assert np.array_equal(np.sort(ids[epochs == epoch]), np.arange(n))
    assert np.array_equal(sample_at(positions[n - 3 : n + 9], n, 7)[1], ids[n - 3 : n + 9])
    assert np.array_equal(ids[:n], permute(np.arange(n), n, 7, 0))
    assert sample_at(np.array([407_332_084 * 31 + 5]), 407_332_084, 0)[0] == [31]
