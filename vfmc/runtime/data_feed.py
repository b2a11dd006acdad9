"""The data path as the loop sees it: one loader a part, over the recipe's sources or what the user named
instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import torch

from vfmc.runtime.data.loader import Loader
from vfmc.runtime.data.mixture import Mixture, repeated
from vfmc.runtime.data.sources import Source, open_source, user_data
from vfmc.runtime.data.text import open_tokenizers
from vfmc.runtime.errors import RunError
from vfmc.runtime.feed import Batches, batch_of, sources_of
from vfmc.runtime.options import Options
from vfmc.runtime.package import Package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision
from vfmc.runtime.run_folder import RunFolder
from vfmc.runtime.timeline import Phase, merged


class DataFeed:
    """Batches of the parts of a package's recipe. `sources` are open; tokenisers and workers start with the
    first batch.
    """

    def __init__(self, options: Options, package: Package, ranks: Ranks, sources: dict[str, Source]) -> None:
        self.options, self.package, self.ranks, self.sources = options, package, ranks, sources
        self.loaders: dict[str, Loader] = {}
        self._tokenizers: dict[str, Any] | None = None
        first, *others = merged(package.recipe)
        self.samples_per_epoch: int | None = self._epoch(first[1])
        self.epochs = {entry["name"]: self._epoch(own) for entry, own in others}

    @property
    def failures(self) -> int:
        """Samples so far that could not be read and that a neighbour stood in for."""
        return sum(loader.failures for loader in self.loaders.values())

    def batches(self, phase: Phase, start: int, stop: int) -> Iterator[Batches]:
        self.loaders = {part: self._loader(phase, part, start, stop) for part in phase.recipe["parts"]}
        with ExitStack() as stack:
            turns = {part: iter(loader) for part, loader in self.loaders.items()}
            for turn in turns.values():
                stack.enter_context(closing(turn))  # type: ignore[type-var]
            for _ in range(start, stop):
                yield {part: next(turn) for part, turn in turns.items()}

    def names(self, step: int) -> dict[str, list[str]]:
        """Where a person finds the samples of a step: part -> what its source calls them."""
        return {part: loader.sample_names(step) for part, loader in self.loaders.items()}

    def close(self) -> None:
        self.loaders = {}

    def _source(self, said: Any) -> Source:
        """The source of a part, or the mixture of its sources."""
        if not isinstance(said, Mapping):
            return self.sources[said]
        described = self.package.recipe["sources"]
        repeats = {name: described[name].get("repeat") for name in said}
        return Mixture({name: self.sources[name] for name in said}, said, repeats)

    def _epoch(self, recipe: dict[str, Any]) -> int:
        """Samples of an epoch: of the source that `epoch_of` names if the phase reads it, else of its first part's."""
        of, parts = recipe.get("epoch_of"), recipe["parts"]
        part = next((name for name, own in parts.items() if of in sources_of(own)), next(iter(parts)))
        source = self._source(parts[part]["source"])
        if isinstance(source, Mixture):
            return source.epoch(of)
        own = recipe["sources"].get(parts[part]["source"]) or {}
        return round(repeated(len(source), own.get("repeat")))

    def _loader(self, phase: Phase, part: str, start: int, stop: int) -> Loader:
        entry, options = phase.recipe["parts"][part], self.options
        precision = choose_precision(options.precision, self.ranks.device)
        return Loader(
            self.package.data,
            phase.name,
            self._source(entry["source"]),
            seed=options.seed,
            batch=batch_of(phase.recipe, part),
            part=part,
            fields=entry["inputs"],
            tokenizers=self._open_tokenizers(),
            start_step=start,
            steps=stop - start,
            rank=self.ranks.rank,
            ranks=self.ranks.world,
            device=self.ranks.device,
            dtype=torch.float64 if precision.weights == torch.float64 else torch.float32,
            workers=options.workers,
        )

    def _open_tokenizers(self) -> dict[str, Any]:
        """Made or read by the first rank, then read by the others."""
        if self._tokenizers is None:
            folder = None if self.options.run is None else RunFolder(self.options.run).path / "tokenizers"
            if not self.ranks.main:
                self.ranks.wait()
            self._tokenizers = {}
            texts = {
                name: entry for name, entry in self.package.data.INPUTS.items() if entry["kind"] == "text"
            }
            for name, entry in texts.items():
                giving = next((source for source in self.sources.values() if name in source.gives), None)
                if giving is not None:
                    self._tokenizers |= open_tokenizers({name: entry}, giving, folder)
            if self.ranks.main:
                self.ranks.wait()
        return self._tokenizers


def open_feed(options: Options, package: Package, ranks: Ranks) -> DataFeed:
    """Opens the sources that the parts need. Raises `RunError` (`SourceMissing`, `DataError`) where data is
    not there or does not fit.
    """
    described = describe(package, options.data)
    wanted: dict[str, dict[str, Any]] = {}
    for phase, own in merged(package.recipe):
        for entry in own["parts"].values():
            for source in sources_of(entry):
                needs = wanted.setdefault(source, {})
                for name in entry["inputs"]:
                    needs |= _inputs_of(package, phase["name"], name)
    return DataFeed(
        options, package, ranks, {name: open_source(described[name], needs) for name, needs in wanted.items()}
    )


def describe(package: Package, data: Any) -> dict[str, dict[str, Any]]:
    """The recipe's sources with the user's in their place: `data` is None, a path for all of them, or source
    -> path or description.

    Raises `RunError` for a source that the recipe does not have.
    """
    sources: dict[str, dict[str, Any]] = dict(package.recipe.get("sources") or {})
    if data is None:
        return sources
    given: Mapping[str, Any] = data if isinstance(data, Mapping) else dict.fromkeys(sources, data)
    for name, value in given.items():
        if name not in sources:
            raise RunError(f"{package.name} has no source '{name}': it has {', '.join(sources)}")
        if isinstance(value, Mapping):
            sources[name] = dict(value)
        else:
            needs: dict[str, Any] = {}
            for phase, own in merged(package.recipe):
                for entry in own["parts"].values():
                    for field in entry["inputs"] if name in sources_of(entry) else ():
                        needs |= _inputs_of(package, phase["name"], field)
            sources[name] = user_data(value if isinstance(value, str | Path) else str(value), needs)
    return sources


def _inputs_of(package: Package, phase: str, field: str) -> dict[str, Any]:
    """The input that a field of the batch is made of, with what its views read beside it: views lead back to one, masks to their view's."""
    contract, inputs = package.data.PHASES[phase], package.data.INPUTS
    name = field
    found: dict[str, Any] = {}
    while name not in inputs:
        base = name.partition(".")[0]
        entry = contract["views"].get(name) or contract["masks"].get(base)
        if entry is None:
            raise RunError(
                f"{package.name}: the part's input '{field}' is neither an input nor a view or mask of the "
                "contract"
            )
        found |= {own: inputs[own] for own in entry.get("reads", {}).values()}
        name = entry["of"]
    return {name: inputs[name], **found}
