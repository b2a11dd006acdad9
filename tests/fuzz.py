"""Random inputs for the readers, the formatter and the fixer; what breaks a property is kept, made small, in `tests/corpus`.

`python tests/fuzz.py --inputs 1000000` gives half of them to each reader (and, where they can be read, to the formatter); for every tenth
there is a small one for the fixer, for every hundredth a whole spec. Inputs are numbered: the same numbers are the same texts.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from fuzzing.inputs import small
from fuzzing.mendable import mendable
from fuzzing.misspelt import misspelt
from fuzzing.properties import fixer, readers_and_formatter

CORPUS = Path(__file__).parent / "corpus"
SMALL, WHOLE = 10, 100  # of so many inputs of the readers, one for the fixer


def failure(check: Callable[[], object]) -> str:
    """What went wrong, in a line; "" if nothing did."""
    try:
        check()
    except Exception as reason:
        return f"{type(reason).__name__}: {reason}"
    return ""


def shrunk(text: str | bytes, fails: Callable[[str | bytes], str]) -> str | bytes:
    """A smaller text that fails in the same way: pieces are taken out as long as that is so."""
    kind = fails(text).split("\n")[0][:40]
    size = max(len(text) // 2, 1)
    while size:
        at = 0
        while at < len(text):
            less = text[:at] + text[at + size :]  # type: ignore[operator]
            if fails(less).split("\n")[0][:40] == kind:
                text = less
            else:
                at += size
        size //= 2
    return text


def keep(text: str | bytes, spelling: str, what: str) -> Path:
    """Writes an input into the corpus, called by what checks it."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    path = CORPUS / f"{what}-{hashlib.sha256(data).hexdigest()[:8]}.{spelling}"
    path.write_bytes(data)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after so much time")
    given = parser.parse_args()
    CORPUS.mkdir(exist_ok=True)
    started, done, readable, fixes = time.monotonic(), 0, 0, 0
    found: dict[str, int] = {}

    def report() -> None:
        seconds = time.monotonic() - started
        cpu = time.process_time()
        print(
            f"{done:,} inputs, {readable:,} readable, {fixes:,} fixes, {len(found)} kinds of failure, {seconds:,.0f} s ({cpu:,.0f} s CPU)",
            flush=True,
        )

    for number in range(given.first, given.first + given.inputs):
        if time.monotonic() - started > given.seconds:
            break
        spelling = "vfm" if number % 2 else "yaml"
        text = small(number, spelling)

        def check(text: str | bytes = text, spelling: str = spelling) -> bool:
            return readers_and_formatter(text, spelling)

        def fails(text: str | bytes, spelling: str = spelling) -> str:
            return failure(lambda: readers_and_formatter(text, spelling))

        try:
            readable += check()
        except Exception:
            reason = fails(text)
            kind = f"{spelling} {reason.split(chr(10))[0][:60]}"
            found[kind] = found.get(kind, 0) + 1
            if found[kind] <= 3:
                path = keep(shrunk(text, fails), spelling, "reader")
                print(f"input {number} ({path.name}): {reason[:2000]}", flush=True)
        done += 1
        for step, made in ((SMALL, misspelt), (WHOLE, mendable)):
            if number % step:
                continue
            way, spec = made(number)
            for unsafe in (False, True):
                reason = ""
                try:
                    fixes += fixer(spec, way, unsafe, format=step == SMALL)
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}"
                kind = f"fixer {reason.split(chr(10))[0][:60]}"
                found[kind] = found.get(kind, 0) + bool(reason)
                if not found[kind]:
                    del found[kind]
                elif reason and found[kind] <= 2:
                    path = keep(spec, way, "fixer")
                    print(
                        f"{made.__name__} {number} ({path.name}, unsafe={unsafe}): {reason[:2000]}",
                        flush=True,
                    )
        if done % 50_000 == 0:
            report()
    report()


if __name__ == "__main__":
    main()
