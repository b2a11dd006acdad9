"""`vfmc doctor`: what this machine has, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from vfmc import __version__, resources
from vfmc.cli.common import EXTRA
from vfmc.cli.main import CLEAN, FINDINGS
from vfmc.source.record import record

COMPILER = {"click": "click", "pydantic": "pydantic", "lark": "lark", "jinja2": "jinja2", "yaml": "PyYAML"}
TRAINING = {
    "numpy": "numpy",
    "safetensors": "safetensors",
    "rich": "rich",
    "tensorboard": "tensorboard",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "tokenizers": "tokenizers",
    "matplotlib": "matplotlib",
}
# In a process of its own: torch may be absent, broken, or slow to import.
PROBE = """
import json, torch
devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
mps = getattr(torch.backends, "mps", None)
print(json.dumps({"version": torch.__version__, "cuda": devices, "mps": bool(mps and mps.is_available()),
                  "threads": torch.get_num_threads(), "distributed": torch.distributed.is_available()}))
"""


@record(frozen=True)
class Line:
    """One thing that was looked at. `state` is ok, note or bad; `todo` says what to do."""

    state: str
    what: str
    todo: str = ""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="A list of objects with state, what and todo.")
def command(as_json: bool) -> int:
    """Look at this machine and say what to do. Exits with 1 if the compiler cannot work here."""
    lines = [*_python(), *_compiler(), *_torch(), *_training(), *_folders()]
    if as_json:
        click.echo(json.dumps([vars(line) for line in lines], indent=2))
    else:
        for line in lines:
            click.echo(f"{_mark(line.state)} {line.what}" + (f"\n      {line.todo}" if line.todo else ""))
    return FINDINGS if any(line.state == "bad" for line in lines) else CLEAN


def _mark(state: str) -> str:
    return click.style(f"{state:<5}", fg={"ok": "green", "note": "yellow", "bad": "red"}[state])


def _python() -> list[Line]:
    version = platform.python_version()
    fits = sys.version_info >= (3, 11)
    return [
        Line(
            "ok" if fits else "bad",
            f"Python {version} on {platform.system()} {platform.machine()}",
            "" if fits else "vfmc needs Python 3.11 or newer",
        ),
        Line("ok", f"vfmc {__version__}, {len(resources.names('specs', '.yaml'))} specs in the zoo"),
    ]


def _compiler() -> list[Line]:
    missing = [package for module, package in COMPILER.items() if not _there(module)]
    if missing:
        return [Line("bad", f"the compiler lacks {', '.join(missing)}", "pip install --force-reinstall vfmc")]
    return [Line("ok", "the compiler has what it needs")]


def _torch() -> list[Line]:
    if not _there("torch"):
        return [Line("note", "torch is not installed: specs can be checked and built, not trained", EXTRA)]
    try:
        done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        return [
            Line(
                "bad",
                "torch is installed and did not import within 5 minutes",
                "install it again: see https://pytorch.org/get-started",
            )
        ]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return [
            Line(
                "bad",
                f"torch is installed and cannot be imported: {last}",
                "install it again: see https://pytorch.org/get-started",
            )
        ]
    found = json.loads(done.stdout.splitlines()[-1])
    lines = [Line("ok", f"torch {found['version']}, {found['threads']} threads")]
    if found["cuda"]:
        lines.append(Line("ok", f"devices: {', '.join(found['cuda'])}"))
    elif found["mps"]:
        lines.append(Line("ok", "devices: Apple's GPU (mps)"))
    else:
        driver = shutil.which("nvidia-smi")
        todo = (
            "a driver is there: install a CUDA build of torch, see https://pytorch.org/get-started"
            if driver
            else "the *_tiny specs train here in about a minute; the others need a GPU"
        )
        lines.append(Line("note", "devices: the CPU only", todo))
    return lines


def _training() -> list[Line]:
    missing = [package for module, package in TRAINING.items() if not _there(module)]
    if missing:
        return [Line("note", f"training lacks {', '.join(missing)}", EXTRA)]
    return [Line("ok", "training has what it needs")]


def _folders() -> list[Line]:
    lines = []
    for what, folder in {
        "this folder": Path.cwd(),
        "the temporary folder": Path(tempfile.gettempdir()),
    }.items():
        free = shutil.disk_usage(folder).free / 2**30
        if not os.access(folder, os.W_OK):
            lines.append(
                Line(
                    "note",
                    f"{what} ({folder}) cannot be written to",
                    "packages and runs go elsewhere: say -o or --out",
                )
            )
        else:
            lines.append(
                Line(
                    "ok" if free > 1 else "note",
                    f"{what} can be written to, {free:.1f} GiB free",
                    "" if free > 1 else "checkpoints may not fit",
                )
            )
    return lines


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
