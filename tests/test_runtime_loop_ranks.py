"""Two processes come to the weights of one, with two parts a step whose losses compare samples of the whole
batch.
"""

from __future__ import annotations

import json

import pytest
import torch
from runtime_package import PACKAGES
from runtime_package.feed import ExampleFeed
from runtime_package.ranks import two_ranks
from safetensors.torch import load_file

from vfmc.runtime import log
from vfmc.runtime.errors import RunError
from vfmc.runtime.loop import train
from vfmc.runtime.parallel import Ranks

TINY = PACKAGES / "tiny"


@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_ranks_come_to_the_weights_of_one_process(tmp_path, accumulate):
    said = two_ranks(TINY, tmp_path / "two", precision="float64", accumulate=accumulate, steps=6)
    train(TINY, tmp_path / "one", feed=ExampleFeed, device="cpu", precision="float64", steps=6, quiet=True)
    step = "checkpoints/step-00000006/weights.safetensors"
    two, one = load_file(tmp_path / "two" / step), load_file(tmp_path / "one" / step)
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-10, atol=1e-12)
    losses = [[row["loss"] for row in log.read(tmp_path / run / "log.jsonl")] for run in ("two", "one")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    hashes = [json.loads(out.splitlines()[-1])["weights"] for out, _ in said]
    assert hashes[0] == hashes[1]  # of each rank's own weights, in memory
    assert "step 6/6" in said[0][0] and "step 6/6" not in said[1][0]  # one of them speaks


def test_a_batch_that_does_not_divide_is_refused():
    with pytest.raises(RunError, match="a batch of 10 does not divide among 4 ranks"):
        Ranks(0, 4, torch.device("cpu")).slice_of(10)
    with pytest.raises(
        RunError, match="leaves 3 samples to each of 4 ranks, and 4 micro-batches need one each"
    ):
        Ranks(0, 4, torch.device("cpu")).slice_of(12, 4)
    assert Ranks(0, 4, torch.device("cpu")).slice_of(12) == 3
