"""What one check has worked out already: phases, views and evaluation meet the same words with the same types again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """Answers that depend on an object, by its identity, and on what is hashed `beside` it.

    An object that has an answer is kept, so that no other comes to have its identity. None and what is raised are no answers: they are
    worked out, and reported, again.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, Hashable], tuple[object, Any]] = {}

    def __call__(self, of: object, beside: Hashable, make: Callable[[], T]) -> T:
        key = id(of), beside
        known = self._known.get(key)
        if known is not None:
            answer: T = known[1]
            return answer
        made = make()
        if made is not None:
            self._known[key] = of, made
        return made
