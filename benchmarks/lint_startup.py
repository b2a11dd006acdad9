"""How long a cold `vfmc lint` takes beside a process that imports click, yaml and one pydantic model.

    python benchmarks/lint_startup.py [--rounds 20] [--spec clip_vit_b32]

Runs are paired: each round starts the baseline, then lint of the YAML spec, then lint of its DSL twin, in turn, each with the
rules of the default profile and with all rules on. What is printed is the median of the ratios within a round, and their spread.
Exits with 1 above the limits (1.6 and 2.2).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LIMITS = {"yaml": 1.6, "vfm": 2.2}
EVERY_RULE = ["--profile", "strict", "--preview"]
BASELINE = """
import click, yaml, pydantic
class Model(pydantic.BaseModel):
    width: int = 1
Model(width=2)
"""


def seconds(command: list[str]) -> float:
    """Processor time of a process and its children: it does not see what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:  # 1 are findings
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--spec", default="clip_vit_b32")
    given = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        twin = Path(folder) / f"{given.spec}.vfm"
        vfmc = [sys.executable, "-m", "vfmc"]
        subprocess.run([*vfmc, "fmt", "--to", "vfm", f"specs/{given.spec}.yaml", "-o", str(twin)], check=True)
        files = {"yaml": f"specs/{given.spec}.yaml", "vfm": str(twin)}
        commands = {
            (end, rules): [*vfmc, "lint", "--isolated", *options, file]
            for end, file in files.items()
            for rules, options in (("default", []), ("all", EVERY_RULE))
        }
        baseline = [sys.executable, "-c", BASELINE]
        for command in (
            baseline,
            *commands.values(),
        ):  # bytecode and the grammar's table are on disk from here on
            seconds(command)
        bases: list[float] = []
        ratios: dict[tuple[str, str], list[float]] = {name: [] for name in commands}
        for _ in range(given.rounds):
            bases.append(seconds(baseline))
            for name, command in commands.items():
                ratios[name].append(seconds(command) / bases[-1])
    print(f"baseline {statistics.median(bases) * 1e3:.0f} ms of processor time, {given.rounds} rounds")
    failed = False
    for (end, rules), found in ratios.items():
        low, middle, high = statistics.quantiles(found, n=4)
        failed |= middle > LIMITS[end]
        print(
            f"lint .{end:<4} {rules:<7} rules  {middle:.2f}x (quartiles {low:.2f} to {high:.2f}; at most {LIMITS[end]})"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
