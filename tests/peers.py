"""Libraries that we are compared with, imported when a test asks: `peer("timm")` is the module, or the test is skipped.

They are no dependency of ours (`pip install -c constraints.txt -e '.[peers]'`). Some import torchvision, whose compiled part
does not load beside a CPU build of torch; the schemas of its operators are then registered first (environment.md, section 2).
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import torch

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_libraries: list[torch.library.Library] = []  # a schema lives as long as the library that defined it


@cache
def shim_torchvision() -> None:
    """Let torchvision be imported where its compiled part cannot be loaded."""
    found = importlib.util.find_spec("torchvision")
    if found is None or not found.submodule_search_locations:
        return
    try:
        ctypes.CDLL(str(Path(found.submodule_search_locations[0]) / "_C.so"))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for schema in OPERATORS:
            library.define(schema)
        _libraries.append(library)


def peer(name: str) -> ModuleType:
    """The module of that name; without it the calling test is skipped."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        pytest.skip(
            f"{name.partition('.')[0]} is not installed: pip install -c constraints.txt -e '.[peers]'"
        )
    shim_torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)
