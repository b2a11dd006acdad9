"""Mistakes made on purpose: every name of every spec misspelt, things left out or said twice, kinds swapped, shapes broken.

`python tests/mutants.py` prints how many of them are caught, by exactly one finding, at the very token, with the word that was
meant; `--missed` lists those that are not, `--page docs/mutations.md` writes the table. The tests sample from the same mutants.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from mutation.changes import left_out, said_twice, undefined, wrong_kind
from mutation.mutant import SPECS, SPELLINGS, Mutant, Outcome, run, text_of
from mutation.page import page, table
from mutation.shapes import broken
from mutation.slips import misspelt

from vfmc.source import Source
from vfmc.syntax.read import read


def mutants(spec: str, spelling: str) -> Iterator[Mutant]:
    """Every mutant of one spec in one spelling, always the same ones."""
    text = text_of(spec, spelling)
    tree, found = read(Source(f"{spec}.{spelling}", text))
    assert tree is not None and not found
    for made in (misspelt, left_out, undefined, said_twice, wrong_kind):
        yield from made(spec, spelling, text, tree)
    yield from broken(spec, spelling, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="*", default=list(SPECS))
    parser.add_argument("--missed", action="store_true", help="list what is not as it should be")
    parser.add_argument(
        "--most", type=int, metavar="N", help="about so many of a spec in a spelling, evenly taken"
    )
    parser.add_argument("--group", default="", help="only this row")
    parser.add_argument("--spelling", default="", help="yaml or vfm alone")
    parser.add_argument("--page", type=Path, help="write the table here, as a page of the documentation")
    given = parser.parse_args()
    outcomes: list[Outcome] = []
    excluded: Counter[str] = Counter()
    made = 0
    for spec in given.specs:
        for spelling in [given.spelling] if given.spelling else SPELLINGS:
            chosen = [m for m in mutants(spec, spelling) if not given.group or m.group == given.group]
            made += len(chosen)
            for mutant in chosen[:: max(1, round(len(chosen) / given.most)) if given.most else 1]:
                if mutant.valid:
                    excluded[mutant.valid] += 1
                    continue
                outcome = run(mutant)
                outcomes.append(outcome)
                wrong = not outcome.at_token or (mutant.meant and not outcome.suggested)
                if given.missed and wrong:
                    print(outcome.tell(), flush=True)
    assert "torch" not in sys.modules
    print(table(outcomes))
    for reason, count in sorted(excluded.items()):
        print(f"{count} are left out: {reason}")
    if given.page:
        given.page.write_text(page(outcomes, excluded, made), encoding="utf-8")


if __name__ == "__main__":
    main()
