"""The arguments of a training, resolved, and what a training comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """The arguments of `train`, resolved. `data` replaces entries of the recipe's sources by name."""

    package: Path
    run: Path | None
    seed: int
    steps: int | None = None
    stop_after: int | None = None
    resume: str = "never"
    device: str = "auto"
    precision: str = "auto"
    accumulate: int = 1
    data: Any = None
    workers: int | None = None
    log_every: int | None = None
    profile: tuple[int, int] | None = None
    dry_run: bool = False
    quiet: bool = False
    argv: tuple[str, ...] = ()
    home: Path | None = None  # where relative paths of `init:` are looked for, after the current folder

    def command(self) -> dict[str, Any]:
        """What `command.json` keeps: the command line, and what it came to."""
        names = ("steps", "seed", "precision", "accumulate", "device", "workers", "log_every")
        plain = self.data is None or isinstance(self.data, str | dict | list)
        return {
            "argv": list(self.argv),
            "package": str(self.package),
            "resolved": {name: getattr(self, name) for name in names},
            "data": self.data if plain else str(self.data),
        }


@dataclass(frozen=True)
class Result:
    """What a call of `train` came to. `step` counts optimiser steps done of `steps`; `losses` are those of
    the last one.
    """

    run: Path | None
    step: int
    steps: int
    interrupted: bool
    losses: dict[str, float] = field(default_factory=dict)
