"""A hundred specs through `vfmc lint`, beside `ruff check` of as many Python files and `cfn-lint` of as many templates.

    pip install ruff cfn-lint          # anywhere; they need not be installed beside vfmc
    python benchmarks/lint_many.py [--files 100] [--rounds 5] [--ruff PATH] [--cfn-lint PATH]
    python benchmarks/lint_many.py --cores [--rounds 5]    # from how many specs on a second process pays

The specs are variants of the zoo, the others as many lines long: Python modules of small functions, templates of buckets. Everything is
clean, so that rules run to their end. Runs are paired: each round starts every tool once, without a cache; what is printed is the median
of the ratios within a round, and their quartiles, in processor time (of all processes) and in time on the wall.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
LINT = [sys.executable, "-m", "vfmc", "lint", "--isolated", "--fail-on", "never"]
SPECS = (
    "clip_vit_b32",
    "clip_tiny",
    "mae_vit_b16",
    "dino_vit_s16",
    "simclr_resnet50",
    "supervised_vit_b16",
    "slip_tiny",
    "coca_vit_b32",
)
FUNCTION = '''

def scaled_{n}(values: list[float], factor: float = {n}.5) -> list[float]:
    """Every value times a factor."""
    return [value * factor for value in values]
'''
BUCKET = """  Bucket{n}:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      VersioningConfiguration:
        Status: Enabled
"""


def write(folder: Path, count: int) -> int:
    """Fills three folders with `count` files each and gives the lines of the specs in all."""
    lines = 0
    for name in ("specs", "python", "templates"):
        (folder / name).mkdir()
    for n in range(count):
        spec = SPECS[n % len(SPECS)]
        text = (ROOT / "specs" / f"{spec}.yaml").read_text(encoding="utf-8")
        text = text.replace(f"name: {spec}", f"name: {spec}_{n}", 1)
        (folder / "specs" / f"{spec}_{n}.yaml").write_text(text, encoding="utf-8")
        long = text.count("\n")
        lines += long
        module = f'"""Module {n}."""\n' + "".join(FUNCTION.format(n=i) for i in range(max(1, long // 5)))
        (folder / "python" / f"module_{n}.py").write_text(module, encoding="utf-8")
        template = 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n' + "".join(
            BUCKET.format(n=i) for i in range(max(1, long // 7))
        )
        (folder / "templates" / f"template_{n}.yaml").write_text(template, encoding="utf-8")
    return lines


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Processor time of a command and its children, and time on the wall, in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    wall, after = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(
            f"{' '.join(command[:4])} ended with {done.returncode}:\n{(done.stdout + done.stderr)[:1000]}"
        )
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def cores(rounds: int) -> None:
    """Prints what --jobs 2 takes of the time that --jobs 1 takes, on the wall, for several numbers of specs; below 1 it pays."""
    print(f"{os.cpu_count()} cores, {rounds} rounds, seconds on the wall (median) and ratios within a round")
    for count in (32, 64, 100, 256):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, count)
            one, two = ([*LINT, "--jobs", jobs, "specs"] for jobs in "12")
            measured(one, folder)
            runs = [(measured(one, folder)[1], measured(two, folder)[1]) for _ in range(rounds)]
        low, middle, high = statistics.quantiles([second / first for first, second in runs], n=4)
        alone, shared = (statistics.median(run[i] for run in runs) for i in (0, 1))
        print(
            f"{count:>4} specs  --jobs 1 {alone:6.2f}  --jobs 2 {shared:6.2f}  {middle:.2f} ({low:.2f} to {high:.2f})"
        )


def version(tool: str) -> str:
    return subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", action="store_true", help="compare --jobs 1 and --jobs 2 alone")
    parser.add_argument("--ruff", default=shutil.which("ruff"))
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"))
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    if given.cores:
        cores(given.rounds)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = write(folder, given.files)
        commands = {
            "vfmc lint": [*LINT, "specs"],
            "vfmc lint --jobs 1": [*LINT, "--jobs", "1", "specs"],
            "vfmc lint, all rules": [*LINT, "--profile", "strict", "--preview", "specs"],
        }
        for tool, path, rest in (
            ("ruff check", given.ruff, ["check", "--no-cache", "--isolated", "python"]),
            ("cfn-lint", given.cfn_lint, ["templates/*.yaml"]),
        ):
            if path is None:
                print(f"{tool} is missing: pip install ruff cfn-lint, or give its path")
            elif (found := shutil.which(path)) is None:  # a path or a word, as a shell takes it
                parser.error(f"{path} is no program")
            else:
                program = str(Path(found).absolute())  # what is measured runs in another folder
                commands[tool] = [program, *rest]
                print(version(program))
        for command in commands.values():  # bytecode is on disk from here on
            measured(command, folder)
        runs = [
            {name: measured(command, folder) for name, command in commands.items()}
            for _ in range(given.rounds)
        ]
    print(
        f"{given.files} files of {lines / given.files:.0f} lines each, {given.rounds} rounds, {os.cpu_count()} cores"
    )
    for tool in commands:
        processor, wall = (statistics.median(run[tool][i] for run in runs) for i in (0, 1))
        print(f"{tool:<22} {processor:7.2f} s of processor time, {wall:7.2f} s on the wall")
    for tool in commands:
        for peer in ("ruff check", "cfn-lint"):
            if tool.startswith("vfmc") and peer in commands:
                for what, i in (("processor", 0), ("wall", 1)):
                    low, middle, high = statistics.quantiles(
                        [run[tool][i] / run[peer][i] for run in runs], n=4
                    )
                    print(
                        f"{tool:<22} / {peer:<10} {what:<9} {middle:8.3f} (quartiles {low:.3f} to {high:.3f})"
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
