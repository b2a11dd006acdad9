"""One of several ranks: the losses and gradients of its slices of some batches, or a training from files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import torch

from vfmc.runtime import load_package, train
from vfmc.runtime.gradients import Part, accumulate, split
from vfmc.runtime.parallel import Ranks, start
from vfmc.runtime.precision import choose_precision


def gradients(package, batches, pieces, ranks):
    """For every batch and count of micro-batches: losses, the gradient of every weight after all ranks met, and the state."""
    part = Part.all_of(package.recipe, package.dims("main"))[0]
    precision = choose_precision("float64", torch.device("cpu"))
    found = []
    for batch in batches:
        own = split(batch, part.dims, ranks.world)[ranks.rank]
        for count in pieces:
            objective = package.build_objective(0, dtype=torch.float64)
            losses = accumulate(objective, part, own, count, precision, ranks)
            ranks.reduce_gradients(objective.parameters())
            slopes = {name: weight.grad for name, weight in objective.named_parameters()}
            found.append((losses, slopes, objective.state_dict()))
    return found


if __name__ == "__main__":
    folder, work, pieces = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    with start("cpu") as ranks:
        assert isinstance(ranks, Ranks) and ranks.world == 2
        made = gradients(load_package(folder), torch.load(work / "batches.pt"), pieces, ranks)
        torch.save(made, work / f"rank{ranks.rank}.pt")
        if len(sys.argv) == 4:
            train(folder, work / "two", device="cpu", precision="float64", quiet=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # as in feed.py
