"""`vfmc lint --jobs`: several processes say what one says, byte for byte, and what goes wrong in one of them is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Command

from vfmc.lint.parallel import SHARE

BAD = "vfmc: 1\nname: bad{n}\nextends: clip_tiny\ntrain: {{batch: {n}, seeed: 3}}\n"
WARNED = "vfmc: 1\nname: warned{n}\nextends: mae_tiny\nlet: {{width: {n}}}\n"


def lint(folder: Path, *arguments: str, before: str = "") -> tuple[int, str, str]:
    """A fresh process: a fork of one with other people's threads is not what users have."""
    script = f"import os, sys\n{before}\nfrom vfmc.cli.main import main\nmain(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, "lint", *arguments], capture_output=True, text=True, cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def many(here: Path) -> Path:
    for n in range(2 * SHARE + 3):
        text = BAD if n % 5 == 1 else WARNED
        (here / f"s{n:02}.yaml").write_text(text.format(n=n + 1))
    (here / "s07.yaml").write_bytes(b"vfmc: 1\nname: \xff\n")
    return here


@pytest.mark.parametrize(
    "options", [(), ("--format", "json"), ("--statistics",), ("--fail-on", "never", "--format", "concise")]
)
def test_two_processes_say_what_one_says(many: Path, options: tuple[str, ...]) -> None:
    one, two = lint(many, ".", "--jobs", "1", *options), lint(many, ".", "--jobs", "2", *options)
    assert one == two
    assert one[0] == 1 and one[1] and not one[2]


def test_the_baseline_and_the_settings_hold_in_every_process(many: Path) -> None:
    (many / "s07.yaml").unlink()
    lint(many, ".", "--jobs", "2", "--write-baseline", "b.json")
    (many / "vfmc.toml").write_text('baseline = "b.json"\nfail-on = "never"\n')
    one, two = lint(many, ".", "--jobs", "1"), lint(many, ".", "--jobs", "2")
    assert one == two and "STY013" not in one[1] and "REF100" in one[1]


def test_a_wrong_setting_that_a_process_meets_is_told_with_its_help(many: Path) -> None:
    (many / "vfmc.toml").write_text('profile = "strct"\n')
    code, out, err = lint(many, *(path.name for path in sorted(many.glob("*.yaml"))), "--jobs", "2")
    assert (code, out) == (2, "")
    assert "`profile` may not be `strct`" in err and "did you mean `strict`?" in err


def test_a_process_that_dies_is_told(many: Path) -> None:
    die = "import vfmc.cli.lint_job as job; me = os.getpid(); job.lint = lambda *_: os._exit(9) if os.getpid() != me else []"
    code, out, err = lint(many, ".", "--jobs", "2", before=die)
    assert (code, out) == (2, "") and "was ended from outside" in err and "--jobs 1" in err


def test_a_fault_in_a_process_is_a_fault(many: Path) -> None:
    code, _, err = lint(
        many, ".", "--jobs", "2", before="import vfmc.cli.lint_job as job; job.lint = lambda *_: 1 / 0"
    )
    assert code == 3 and "ZeroDivisionError" in err and "Traceback" not in err


def test_less_than_one_process_is_refused(vfmc: Command) -> None:
    assert vfmc("lint", "clip_tiny", "--jobs", "0").code == 2
