"""Packages in the form the compiler generates, written by hand: what the tests of the runtime train."""

from pathlib import Path

import torch

PACKAGES = Path(__file__).parent

torch.set_num_threads(
    1
)  # two test processes on two cores: threads that wait for one another cost a factor of ten
