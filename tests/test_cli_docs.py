"""What people read is true: specs in the documents are clean, commands exist, generated places are fresh."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from conftest import ROOT, Command

from vfmc.cli.main import cli

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")]
)
COMMAND = re.compile(r"^ {4}(?:\$ )?(vfmc .*)$|`(vfmc [a-z]+[^`]*)`", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> list[tuple[str, str]]:
    return [
        (name, (found[1] or found[2]).partition("  #")[0].strip())
        for name in PAGES
        for found in COMMAND.finditer(page(name))
    ]


def test_the_readme_is_fresh() -> None:
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    assert spec is not None and spec.loader is not None
    refresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(refresh)
    assert refresh.refreshed(page("README.md")) == page("README.md"), "run `make docs`"
    weights = page("docs/weights.md")
    assert refresh.filled(weights, {"destinations": refresh.destinations()}) == weights, "run `make docs`"


@pytest.mark.parametrize(("name", "line"), commands())
def test_a_command_that_is_written_exists(name: str, line: str) -> None:
    words = shlex.split(line.partition(" && ")[0])[1:]
    command: click.Command | None = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(context, words.pop(0))
    assert command is not None, line
    if command is not cli and words:
        context = command.make_context(line, words, resilient_parsing=True)
        assert not context.args, line
        known = {
            option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]
        }
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known | {"--help"}, line


@pytest.mark.parametrize("name", PAGES)
def test_whole_specs_are_clean(vfmc: Command, here: Path, name: str) -> None:
    for block in re.findall(r"```yaml\n(vfmc: .*?)```", page(name), re.DOTALL):
        own = re.search(r"^name: (\w+)$", block, re.MULTILINE)
        assert own, block
        (here / f"{own[1]}.yaml").write_text(block)
        found = vfmc("lint", f"{own[1]}.yaml")
        assert found.out == "1 spec, no findings\n"


def test_the_component_of_the_page_works_from_a_package_of_ones_own(vfmc: Command, here: Path) -> None:
    """The files of the page in a plug-in that is installed beside us: shown, linted, built, run."""
    declaration, part = re.findall(r"```python\n(.*?)```", page("docs/add_a_component.md"), re.DOTALL)
    (template,) = re.findall(r"```jinja\n(.*?)```", page("docs/add_a_component.md"), re.DOTALL)
    files = {
        "yours/__init__.py": "",
        "yours/stages/__init__.py": "",
        "yours/stages/layer_scale.py": declaration,
        "yours/templates/stages/layer_scale.py.j2": template,
        "yours/templates/parts/layer_scale.py.j2": part,
        "yours-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: yours\nVersion: 1.0\n",
        "yours-1.0.dist-info/entry_points.txt": "[vfmc.components]\nyours = yours\n",
    }
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    spec = (ROOT / "specs" / "clip_tiny.yaml").read_text()
    (here / "spec.yaml").write_text(spec.replace("- cls\n", "- cls\n      - {use: layer_scale, init: 0.5}\n"))
    found = vfmc("lint", "spec.yaml")
    assert found.code == 1 and "layer_scale" in found.out  # not installed: an unknown word

    def other(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vfmc", *arguments]
        return subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(here)}, capture_output=True, text=True
        )

    assert "Multiplies every channel" in other("components", "show", "layer_scale").stdout
    built = other("build", "spec.yaml", "-o", "out")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "x_BD = x_BD * self.layer_scale.scale" in (here / "out" / "model.py").read_text()
    assert json.loads((here / "out" / "recipe.json").read_text())["weights"]["vision.layer_scale.scale"] == [
        64
    ]
    assert other("train", "out", "--dry-run").returncode == 0


def test_links_lead_somewhere() -> None:
    for name in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page(name)):
            if "://" not in target:
                assert (ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_pages_on_how_to_add_things_are_short() -> None:
    for path in ROOT.glob("docs/add_*.md"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60, path.name
