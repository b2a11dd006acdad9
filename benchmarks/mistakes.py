"""The same two mistakes in six systems: what each says, really run, side by side.

    python -m venv /tmp/others && /tmp/others/bin/pip install torch hydra-core 'jsonargparse[signatures]' lightning pydantic pyyaml mmengine
    python benchmarks/mistakes.py --others /tmp/others/bin/python --write docs/mistakes.md

The model is a transformer of width 64 on a picture of 16 x 16 in patches of 4. The first mistake is `heds` for `heads`; the second is 5 heads,
which do not divide the width. Every system is used as its own documentation shows, with the files in `mistakes_elsewhere/`.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "mistakes_elsewhere"
MISTAKES = {"typo": ("heads: 4", "heds: 4"), "shape": ("heads: 4", "heads: 5")}


@dataclass(frozen=True)
class System:
    """How a system is used; its files lie in the folder of its name, in small letters."""

    name: str
    note: str
    config: str = "config.yaml"
    command: str = "python train.py"

    @property
    def folder(self) -> Path:
        return HERE / self.name.lower()


CONFIGURED = "python train.py --config config.yaml"
SYSTEMS = [
    System("Hydra", "`hydra.utils.instantiate` of a `_target_`, plain YAML"),
    System("jsonargparse", "a subclass in `class_path`", command=CONFIGURED),
    System("LightningCLI", "a LightningModule with the same arguments", command=CONFIGURED),
    System("pydantic", 'a model with `extra="forbid"` (without it the typo is silent)'),
    System("MMEngine", "a registry and a configuration in Python", config="config.py"),
]
VFMC = System("vfmc", "nothing is built, torch is not imported", "spec.yaml", "vfmc lint spec.yaml")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--others", required=True, help="the python of an environment with the other systems")
    parser.add_argument("--write", help="the page to write")
    given = parser.parse_args()
    sections = []
    for mistake, (right, wrong) in MISTAKES.items():
        rows = [run(system, given.others, right, wrong) for system in SYSTEMS]
        rows.append(run(VFMC, sys.executable, right, wrong))
        sections.append(section(mistake, rows))
    versions = subprocess.run([given.others, "-m", "pip", "list"], capture_output=True, text=True).stdout
    wanted = ("hydra-core", "jsonargparse", "lightning", "pydantic", "mmengine", "torch")
    said = ", ".join(
        " ".join(line.split())
        for line in versions.splitlines()
        if line.split()[:1] and line.split()[0] in wanted
    )
    text = PAGE.format(versions=said, sections="\n".join(sections))
    if given.write:
        Path(given.write).write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


def run(system: System, python: str, right: str, wrong: str) -> tuple[System, int, float, str]:
    """Exit code, processor seconds and output of one system, with the right words made wrong ones."""
    if system.config.endswith(".py"):
        right, wrong = right.replace(": ", "="), wrong.replace(": ", "=")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "model.py", folder)
        shutil.copytree(system.folder, folder, dirs_exist_ok=True)
        config = Path(folder, system.config)
        assert right in config.read_text()
        config.write_text(config.read_text().replace(right, wrong, 1))
        command = re.sub("^vfmc", "python -m vfmc", system.command).replace("python", python, 1)
        code, output, seconds = timed(command, folder)
        return system, code, seconds, shorten(output, folder, python)


def timed(command: str, place: str | Path) -> tuple[int, str, float]:
    """Exit code, everything that was said, and the processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, shell=True, cwd=place, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, done.stdout + done.stderr, spent


def shorten(text: str, folder: str, python: str) -> str:
    """The output without the folders of this machine; of a traceback, the end."""
    text = re.sub(
        r'File "[^"]*/(site-packages|lib/python[\d.]+)/', 'File ".../', text.replace(folder + "/", "")
    )
    text = text.replace(python, "python")
    lines = [line.rstrip() for line in text.strip().splitlines() if "ignored: it is neither" not in line]
    return "\n".join(lines if len(lines) <= 16 else ["...", *lines[-15:]])


def section(mistake: str, rows: list[tuple[System, int, float, str]]) -> str:
    title = {"typo": "`heds: 4`", "shape": "`heads: 5`, width 64"}[mistake]
    parts = [
        f"## {title}\n",
        "| system | exit code | where | suggestion | processor seconds |",
        "| --- | ---: | --- | --- | ---: |",
    ]
    for system, code, seconds, output in rows:
        where = "line and column" if re.search(r"\.ya?ml:\d+:\d+", output) else "none"
        suggests = "yes" if "did you mean" in output.lower() or "help: use" in output else "no"
        parts.append(f"| {system.name} | {code} | {where} | {suggests} | {seconds:.1f} |")
    for system, _, _, output in rows:
        parts.append(f"\n**{system.name}** ({system.note}): `{system.command}`\n\n```text\n{output}\n```")
    return "\n".join(parts) + "\n"


PAGE = """\
# The same two mistakes elsewhere

Written by `benchmarks/mistakes.py`, which says how to repeat it. Every command was really run
({versions}).
Exit codes and messages are what a person sees; of a traceback, the last lines. Seconds are processor time of one
whole process, run once: they show the order of magnitude (importing torch or not), no more.

{sections}"""

if __name__ == "__main__":
    sys.exit(main())
