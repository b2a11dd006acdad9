"""vfmc: the compiler for vision foundation models. A short typed spec in, readable PyTorch that trains out.

`load` a spec, `check` it, `build` a package from it; or take the live objective with `module`, a batch that fits it
with `example_batch`, and a trained model with `open`. The same things stand on the command line as `vfmc --help`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Spec", "SpecError", "__version__", "example_batch", "load", "module", "open"]

if TYPE_CHECKING:
    from vfmc.api import Spec, SpecError, example_batch, load, module, open

_PUBLIC = ("Spec", "SpecError", "example_batch", "load", "module", "open")


def __getattr__(name: str) -> Any:
    """Imports the public names when they are first used, so that `import vfmc` costs nothing."""
    if name in _PUBLIC:
        from vfmc import api

        return getattr(api, name)
    raise AttributeError(f"module 'vfmc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
