"""Data: sources, order, views, masks and the loader that makes batches of them."""

from vfmc.runtime.data.errors import DataError, SampleError, SourceMissing
from vfmc.runtime.data.example import example_batch
from vfmc.runtime.data.masks import draw_masks
from vfmc.runtime.data.order import permute, sample_at

__all__ = [
    "DataError",
    "SampleError",
    "SourceMissing",
    "draw_masks",
    "example_batch",
    "permute",
    "sample_at",
]
