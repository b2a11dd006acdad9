"""The nearest valid word: what somebody meant who wrote `blcks`."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 64  # characters; a longer word is no slip of the keyboard


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a slip of, or None.

    Letters that are missing, extra, wrong or swapped count one each; case, `-` and `_` count nothing.
    Up to a third of the word may be wrong, and one letter of a short one; among equals the one with the same
    letters wins, then the one with more of its beginning and end in common, then the one as long, then the first in the alphabet.
    Failing that, the one candidate that begins with the word.
    """
    wanted = _folded(word)
    if not wanted or len(word) > LONGEST:
        return None
    letters = set(wanted)
    candidates = list(candidates)
    best: tuple[int, bool, int, int, str] | None = None
    for candidate in sorted(set(candidates)):
        if candidate == word or len(candidate) > LONGEST:
            continue
        folded = _folded(candidate)
        allowed = max(1, max(len(wanted), len(folded)) // 3) if len(wanted) + len(folded) > 2 else 0
        if abs(len(wanted) - len(folded)) > allowed:
            continue
        if (
            max(len(letters - set(folded)), len(set(folded) - letters)) > allowed
        ):  # each takes an edit of its own
            continue
        apart = distance(wanted, folded)
        if apart > allowed:
            continue
        other_letters = sorted(wanted) != sorted(folded)
        lengths = abs(len(wanted) - len(folded))
        score = (apart, other_letters, -_common(wanted, folded), lengths, candidate)
        if best is None or score < best:
            best = score
    if best:
        return best[-1]
    others = set(candidates) - {word}
    begun = [each for each in others if len(wanted) > 2 and _folded(each).startswith(wanted)]
    return begun[0] if len(begun) == 1 else None


def distance(one: str, other: str) -> int:
    """The Damerau-Levenshtein distance (optimal string alignment): edits and swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _folded(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def _common(one: str, other: str) -> int:
    """How many letters both begin with, and how many both end with."""
    return _common_prefix(one, other) + _common_prefix(one[::-1], other[::-1])


def _common_prefix(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
