"""Weights in and out: the tensor side of `vfmc.interop`, whose plans (plain data) say which tensor becomes which."""

from vfmc.runtime.interop.carry import Report, constants_of, to_ours, to_theirs
from vfmc.runtime.interop.reading import read
from vfmc.runtime.interop.settings import compare
from vfmc.runtime.interop.writing import save

__all__ = ["Report", "compare", "constants_of", "read", "save", "to_ours", "to_theirs"]
