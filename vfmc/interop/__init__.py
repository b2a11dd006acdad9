"""Weights in and out: layouts of other libraries as data, and how they meet a spec. The tensor work is in `vfmc.runtime.interop`."""
