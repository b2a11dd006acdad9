"""Trains the tiny ImageBind on rendered scenes, asks it to name sounds by texts that it never saw together, and draws what came of it.

    python examples/scenes/run.py [--seeds 0 1 2] [--out runs/scenes]

For every seed: the star is trained and measured; then the control, the same but for the sounds, which come from other
scenes than the pictures that they are bound to. The control begins with the pictures and texts of the first run (frozen
while sounds are bound) and binds anew. Untrained weights are measured by the evaluation itself. At the end `table.md`,
`scenes.png` and `emergent.png` are written; a run that is there is not trained again.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SPEC = "imagebind_tiny"
CONTROL = ("train.phases.0.for=1 steps", "sources.sounds.shuffle=[sound]")  # its one step has a rate of 0
EVALUATIONS = ("emergent", "shape", "temperature", "motion")


def vfmc(*arguments: str, show: bool = True) -> None:
    """Runs a command of vfmc and shows it."""
    print(f"\n$ vfmc {shlex.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "vfmc", *arguments], stdout=None if show else subprocess.DEVNULL
    )
    if done.returncode:
        sys.exit(done.returncode)


def run(folder: Path, seed: int) -> dict[str, Any]:
    """The evaluations of a seed, and those of its control."""
    star, control = folder / f"seed-{seed}", folder / f"seed-{seed}-shuffled"
    if not (star / "eval" / "motion.json").exists():
        vfmc("train", SPEC, "--out", str(star), "--seed", str(seed), "--resume", "auto")
        vfmc("eval", str(star))
    if not (control / "eval" / "emergent.json").exists():
        starts = [f"towers.{tower}.init={star}" for tower in ("vision", "text")]
        settings = [part for each in (*CONTROL, *starts) for part in ("-s", each)]
        vfmc("train", SPEC, "--out", str(control), "--seed", str(seed), "--resume", "auto", *settings)
        vfmc("eval", str(control), "--only", "emergent")
    found = {name: json.loads((star / "eval" / f"{name}.json").read_text()) for name in EVALUATIONS}
    return found | {"shuffled": json.loads((control / "eval" / "emergent.json").read_text())}


def table(results: dict[int, dict[str, Any]]) -> str:
    """What the README shows, as Markdown."""
    seeds = list(results)
    lines = [
        f"| named by text, never paired with it | chance | {' | '.join(f'seed {seed}' for seed in seeds)} | median | untrained | sounds shuffled |",
        "| --- | ---: |" + " ---: |" * (len(seeds) + 3),
    ]
    said = {
        "emergent": "size and material (12), from sound",
        "shape": "shape (3), from depth",
        "temperature": "temperature (3), from heat",
        "motion": "motion (6), from the inertial sensor",
    }
    for name, what in said.items():
        own = [results[seed][name] for seed in seeds]
        assert all(each["emergent"] for each in own), f"{name} was trained: {own[0]['trained_pair']}"
        before = statistics.median(each["untrained"]["top1"] for each in own)
        mixed = [results[seed]["shuffled"]["top1"] for seed in seeds] if name == "emergent" else []
        cells = [f"{each['top1']:.1%}" for each in own]
        middle = statistics.median(each["top1"] for each in own)
        lines.append(
            f"| {what} | {own[0]['chance']:.1%} | {' | '.join(cells)} | **{middle:.1%}** | {before:.1%} | "
            + (f"{statistics.median(mixed):.1%} |" if mixed else "|")
        )
    first = results[seeds[0]]["emergent"]
    lines += [
        "",
        f"| retrieval among {first['samples']}, R@10 (medians) | shared | there | back | by named factors | chance | untrained | shuffled |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for pair, entry in first["pairs"].items():
        every = [results[seed]["emergent"] for seed in seeds]
        ways = entry["ways"]
        there, back = (statistics.median(each["pairs"][pair][way]["R@10"] for each in every) for way in ways)
        before = statistics.median(each["untrained"]["pairs"][pair][ways[0]]["R@10"] for each in every)
        mixed = statistics.median(results[seed]["shuffled"]["pairs"][pair][ways[0]]["R@10"] for seed in seeds)
        note = " (trained)" if entry["trained"] else ""
        lines.append(
            f"| {pair}{note} | {', '.join(entry['shared']) or 'nothing'} | {there:.1%} | {back:.1%} | {entry['ceiling']['R@10']:.1%} "
            f"| {entry['chance']['R@10']:.1%} | {before:.1%} | {mixed:.1%} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs") / "scenes")
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # so small that two cores would wait for one another
    start = time.perf_counter()
    results = {seed: run(asked.out, seed) for seed in asked.seeds}
    (asked.out / "table.md").write_text(table(results))
    print(f"\n{table(results)}")
    import draw  # beside this file

    draw.scenes(asked.out / "scenes.png")
    draw.emergent(asked.out / "emergent.png", results[asked.seeds[0]]["emergent"])
    print(
        f"pictures: {asked.out / 'scenes.png'}, {asked.out / 'emergent.png'}; {time.perf_counter() - start:.0f} seconds"
    )


if __name__ == "__main__":
    main()
