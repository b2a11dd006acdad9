"""Dimensions: whole numbers, and affine forms over symbols where a size is only known when data arrives."""

from __future__ import annotations

from vfmc.source.record import record


@record(frozen=True)
class Affine:
    """`constant + sum(factor * symbol)`; the terms are sorted and have no zero factor, so equal forms are equal objects."""

    constant: int
    terms: tuple[tuple[str, int], ...]

    def __add__(self, other: Dim) -> Dim:
        other = other if isinstance(other, Affine) else Affine(other, ())
        factors = dict(self.terms)
        for symbol, factor in other.terms:
            factors[symbol] = factors.get(symbol, 0) + factor
        return affine(self.constant + other.constant, factors)

    __radd__ = __add__

    def __mul__(self, factor: int) -> Dim:
        return affine(self.constant * factor, {symbol: count * factor for symbol, count in self.terms})

    __rmul__ = __mul__

    def __sub__(self, other: Dim) -> Dim:
        return self + other * -1

    def __str__(self) -> str:
        parts = [symbol if factor == 1 else f"{factor}*{symbol}" for symbol, factor in self.terms]
        if self.constant:
            parts.append(str(self.constant))
        return " + ".join(parts)


Dim = int | Affine


def affine(constant: int, factors: dict[str, int]) -> Dim:
    """The affine form in its canonical order; a plain int when no symbol is left."""
    terms = tuple(sorted((symbol, factor) for symbol, factor in factors.items() if factor))
    return Affine(constant, terms) if terms else constant


def symbol(name: str) -> Dim:
    """A size that only the data knows."""
    return Affine(0, ((name, 1),))


def known(dim: Dim) -> bool:
    return isinstance(dim, int)
