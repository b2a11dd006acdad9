"""Cameras of depth maps: from a file of JSON to focal length and baseline."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.data.decode.files import is_file, opened
from vfmc.runtime.data.decode.texts import text_of
from vfmc.runtime.data.errors import SampleError

NUMBERS = ("focal", "baseline")


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file that holds an object in JSON, or a mapping: float64 `[2]`, the focal length in pixels and the baseline in metres.

    Raises `SampleError` for a number that is missing or is not above 0.
    """
    if is_file(value):
        file = opened(value)
        data = Path(file).read_bytes() if isinstance(file, str) else file.read()
        try:
            value = json.loads(text_of(data))
        except json.JSONDecodeError as error:
            raise SampleError(f"its JSON is broken ({error})") from None
    if not isinstance(value, Mapping):
        raise SampleError('a camera is an object such as {"focal": 529.5, "baseline": 0.075}')
    return torch.tensor([_number(value, name) for name in NUMBERS], dtype=torch.float64)


def _number(value: Mapping[str, Any], name: str) -> float:
    if name not in value:
        raise SampleError(f"its camera has no `{name}`: it holds {', '.join(map(str, value)) or 'nothing'}")
    found = value[name]
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < math.inf:
        raise SampleError(f"the `{name}` of its camera is {str(found)[:40]}, which is no number above 0")
    return float(found)
