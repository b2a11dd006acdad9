"""What goes wrong with data, in sentences that a person can act on."""

from __future__ import annotations

from vfmc.runtime.errors import RunError


class DataError(RunError):
    """Data that cannot be used as asked: what is wrong with which file or sample, and what to do."""


class SourceMissing(DataError):
    """A source that the spec names is not on this machine. Its message says how to train on other data."""


class SampleError(Exception):
    """One sample that cannot be read; `Reader` counts it and takes its neighbour instead."""
