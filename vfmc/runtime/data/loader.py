"""The loader (to come); `example_batch` stands here already for those who import it."""

from vfmc.runtime.data.example import example_batch

__all__ = ["example_batch"]
