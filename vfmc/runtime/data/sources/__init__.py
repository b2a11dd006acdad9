"""Where samples come from: one file a kind of source, found by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.sources.base import Beside, Inputs, Sample, Source, nearest
from vfmc.runtime.data.sources.few import Few, chosen
from vfmc.runtime.data.sources.user import user_data

__all__ = ["Beside", "Inputs", "Sample", "Source", "chosen", "open_source", "user_data"]

_HELPERS = {"base", "few", "files", "table", "tar", "user"}


def open_source(description: Mapping[str, Any], inputs: Inputs, root: str | Path = ".") -> Source:
    """The source of an entry of the recipe's `sources`, giving `inputs` (those that are needed); relative
    paths start at `root`. Where it says `per_class`, so many samples of every label, which are read for this even if no
    input is one.

    Raises `SourceMissing` if its files are not on this machine, `DataError` if they cannot be used.
    """
    kinds = {module.name for module in pkgutil.iter_modules(__path__)} - _HELPERS
    use, few = description["use"], description.get("per_class")
    label = next((name for name, entry in inputs.items() if entry["kind"] == "label"), "label")
    wanted = inputs if not few or label in inputs else {**inputs, label: {"kind": "label"}}
    if use not in kinds:
        raise DataError(
            f"this runtime has no source '{use}'{nearest(use, kinds)} It has {', '.join(sorted(kinds))}"
        )
    module = importlib.import_module(f"{__name__}.{use}")
    source: Source = module.open(description, wanted, Path(root))
    missing = [name for name, own in wanted.items() if name not in source.gives and not own.get("optional")]
    if missing:
        gives = ", ".join(source.gives) or "nothing"
        raise DataError(
            f"source '{use}' has no {' and no '.join(missing)}: of this spec's inputs it gives {gives}"
        )
    if len(source) == 0:
        raise DataError(f"source '{use}' is empty")
    return Few(source, chosen(source, description, range(len(source)), label)) if few else source
