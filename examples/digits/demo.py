"""Builds the tiny CLIP, trains it on real scanned digits, and asks it to read digits that it has not seen.

    python examples/digits/demo.py [--seed 0]

It only runs commands that you can run yourself; each is printed before it starts.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

SPEC = "clip_tiny"


def vfmc(*arguments: str, show: bool = True) -> str:
    """Runs a command of vfmc; its output is shown, or returned."""
    print(f"\n$ vfmc {shlex.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "vfmc", *arguments]
    done = subprocess.run(command, stdout=None if show else subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout or ""


def fresh(base: Path) -> Path:
    """`base`, or base-2, base-3 ...: the first that is not there. No run is ever written over."""
    number, path = 1, base
    while path.exists():
        number += 1
        path = base.with_name(f"{base.name}-{number}")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    seed = str(parser.parse_args().seed)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # so small that two cores would wait for one another
    start = time.perf_counter()
    out = Path("out") / SPEC
    vfmc("lint", SPEC)
    vfmc("build", SPEC, "-o", str(out))
    run, other = fresh(Path("runs") / "demo"), fresh(Path("runs") / "demo_by_writer")
    vfmc("train", str(out), "--out", str(run), "--seed", seed)
    results = json.loads(vfmc("eval", str(run), "--json", show=False))
    vfmc("train", SPEC, "--out", str(other), "--seed", seed, "-s", "sources.pairs.by=writer", "--quiet")
    by_writer = json.loads(vfmc("eval", str(other), "--only", "zero_shot", "--json", show=False))["zero_shot"]
    found = results["zero_shot"]
    log = (run / "log.jsonl").read_text().splitlines()
    print(f"""
It was never told what a digit is, only shown scans with captions. Asked which of ten captions fits a scan:
  {found["top1"]:.1%} right on {found["samples"]} held-out digits (a fifth of each class)
  {by_writer["top1"]:.1%} right on {by_writer["samples"]} digits of people whose hand it has not seen
  loss {json.loads(log[0])["loss"]:.2f} -> {json.loads(log[-1])["loss"]:.2f} (with ten captions and 128 pairs a batch it cannot go far below ln(12.8) = 2.55)

the generated code  {out / "model.py"} and {out / "objective.py"}
the log             {run / "log.jsonl"} (and {run / "tensorboard"} for TensorBoard)""")
    for picture in found.get("pictures") or []:
        print(f"a picture           {run / 'pictures' / picture}")
    print(f"done in {time.perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    main()
