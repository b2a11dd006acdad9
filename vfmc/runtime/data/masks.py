"""The masks of a batch: uniform noise from the samples' keys, turned into indices by the generated `draw`
functions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.random import stream, uniform


def draw_masks(
    data_module: ModuleType,
    contract_phase: Mapping[str, Any],
    keys: Tensor,
    names: Collection[str] | None = None,
) -> dict[str, Tensor]:
    """The mask fields of the batch, on the device of `keys` (int64 `[B]`): `{"half.visible": [B, K],
    "half.hidden": [B, M]}`.

    `names` limits it to masks of which it holds a field. A mask of a list of views draws for every view (`[V,
    B, K]`).
    """
    drawn: dict[str, Tensor] = {}
    fields = contract_phase["batch"]
    for mask, entry in contract_phase.get("masks", {}).items():
        wanted = [name for name in (f"{mask}.visible", f"{mask}.hidden") if name in fields]
        if names is not None:
            wanted = [name for name in wanted if name in names]
        if not wanted:
            continue
        draw = getattr(data_module, entry["draw"])
        listed = fields[wanted[0]]["dims"][0] == "V"
        if listed:
            counts = range(fields[wanted[0]]["shape"][0])
            pairs = [draw(uniform(keys, stream(f"masks.{mask}", view), entry["noise"])) for view in counts]
            visible, hidden = (torch.stack([pair[side] for pair in pairs]) for side in (0, 1))
        else:
            visible, hidden = draw(uniform(keys, stream(f"masks.{mask}"), entry["noise"]))
        both = {f"{mask}.visible": visible, f"{mask}.hidden": hidden}
        drawn |= {name: both[name] for name in wanted}
    return drawn
