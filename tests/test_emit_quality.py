"""The generated code as code: linted, typed, short, and running where there is torch and no vfmc."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compiled import TINY, ZOO, compilation

NAMES = sorted(path.stem for path in ZOO.glob("*.yaml"))
CODE = ("model.py", "objective.py", "data.py", "train.py", "__init__.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every spec of the zoo at -O0 and -O1, each in a folder of its own."""
    root = tmp_path_factory.mktemp("zoo")
    for name in NAMES:
        for level in (0, 1):
            made = compilation(name, level).package
            assert made is not None
            made.write(root / f"{name}_o{level}")
    return root


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A linter of this environment; without it the test is skipped."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: pip install -e '.[dev]'")
    return subprocess.run(
        [sys.executable, "-m", name, *arguments], capture_output=True, text=True, timeout=300
    )


def test_the_zoo_is_here() -> None:
    assert set(NAMES) == {
        "clip_vit_b32", "clip_vit_b16", "clip_vit_l14",
        "coca_base", "coca_vit_b32",
        "flip_vit_b16", "flip_vit_l16",
        "imagebind_huge",
        "mae_vit_b16", "mae_vit_l16",
        "dino_vit_s16", "dino_vit_b16",
        "simclr_resnet50",
        "slip_vit_b16",
        "supervised_vit_b16", "supervised_resnet50",
        *TINY,
    }  # fmt: skip


def test_ruff_finds_nothing(folder: Path) -> None:
    said = tool(
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "E,F,I,W,B,UP,SIM,C4",
        "--line-length",
        "110",
        "--target-version",
        "py311",
        str(folder),
    )
    assert said.returncode == 0, said.stdout


def test_ruff_finds_what_is_wrong(tmp_path: Path) -> None:
    """So that the test above can fail."""
    (tmp_path / "model.py").write_text("import os\nx = [i for i in range(3)]\n")
    said = tool("ruff", "check", "--isolated", "--no-cache", "--select", "F,C4", str(tmp_path))
    assert said.returncode == 1 and "F401" in said.stdout and "C416" in said.stdout


@pytest.mark.slow
def test_mypy_finds_nothing(folder: Path) -> None:
    packages = [str(folder / f"{name}_o{level}") for name in NAMES for level in (0, 1)]
    said = tool(
        "mypy",
        "--disallow-untyped-defs",
        "--python-version",
        "3.11",
        "--cache-dir",
        str(folder / ".mypy"),
        "--config-file",
        "",
        *packages,
    )
    assert said.returncode == 0, said.stdout


def test_model_and_objective_of_clip_are_read_in_one_sitting(folder: Path) -> None:
    for level in (0, 1):
        lines = [
            len((folder / f"clip_vit_b32_o{level}" / name).read_text().splitlines())
            for name in ("model.py", "objective.py")
        ]
        assert sum(lines) < 450, lines


@pytest.mark.parametrize("name", NAMES)
def test_code_imports_torch_and_the_standard_library_alone(folder: Path, name: str) -> None:
    for level in (0, 1):
        for file in ("model.py", "objective.py", "data.py"):
            tree = ast.parse((folder / f"{name}_o{level}" / file).read_text())
            roots = set()
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    roots |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    roots.add(str(node.module).partition(".")[0])
            assert roots - set(sys.stdlib_module_names) <= {"torch", "model"}, roots


@pytest.mark.parametrize("name", NAMES)
def test_code_has_nothing_dead_and_no_traces_of_templates(folder: Path, name: str) -> None:
    """Every class, function and method is named somewhere; docstrings stand where something is public."""
    protocol = {
        "Objective",
        "ABI",
        "parts",
        "knobs",
        "generate",
        "embed",
        "combine",
        "forward",
        "backward",  # of an autograd.Function
        "_check_input_dim",  # of a batch norm
        "after_step",
        "tower",
        "__init__",
    }
    for level in (0, 1):
        place = folder / f"{name}_o{level}"
        texts = {file: (place / file).read_text() for file in ("model.py", "objective.py")}
        whole = "\n".join(texts.values())
        for file, text in texts.items():
            assert "{{" not in text and "{%" not in text and "\0" not in text and "\t" not in text
            assert (
                not re.search(r"\n\n\n\n|[ ]\n", text) and text.endswith("\n") and not text.endswith("\n\n")
            )
            tree = ast.parse(text)
            assert ast.get_docstring(tree), file
            for node in ast.walk(tree):
                if not isinstance(node, ast.ClassDef | ast.FunctionDef):
                    continue
                if node.name not in protocol and not node.name.startswith("Objective"):
                    assert len(re.findall(rf"\b{node.name}\b", whole)) > 1, (
                        f"{node.name} in {file} is never used"
                    )
                if node.name not in ("__init__", "forward", "backward"):
                    assert ast.get_docstring(node), f"{node.name} in {file} has no docstring"


@pytest.mark.parametrize("name", NAMES)
def test_the_legend_tells_every_letter_and_no_other(folder: Path, name: str) -> None:
    for level in (0, 1):
        for file in ("model.py", "objective.py"):
            text = (folder / f"{name}_o{level}" / file).read_text()
            title = ast.get_docstring(ast.parse(text)) or ""
            legend = " ".join(title.partition("Shape suffixes: ")[2].split())
            told = set(re.findall(r"(?:^|, )([A-Za-z]) ", legend))
            body = text.split('"""', 2)[2]
            used = {
                letter
                for suffix in re.findall(r"\b[a-z]\w*?_([A-Z][A-Za-z0-9]*)\b", body)
                for letter in suffix
                if not letter.isdigit()
            }
            assert told == used, f"{name} {file}"


ALONE = """
import sys
sys.modules["vfmc"] = None  # as if it were not installed
sys.path.insert(0, sys.argv[1])
import torch
import objective
from objective import Objective

size = int(sys.argv[2])
with torch.device("meta" if size > 32 else "cpu"):
    made = Objective()
    image = torch.randn(3, 3, size, size)
    caption = torch.full((3, int(sys.argv[3])), int(sys.argv[4]))
losses = made({"crop": image, "caption": caption})
losses["total"].backward()
made.after_step(0)
assert all(weight.grad is not None for weight in made.parameters())
assert not any(name.startswith("vfmc") for name in sys.modules if sys.modules[name] is not None)
print(made.tower("vision", image).shape, losses["clip"].shape)
"""


@pytest.mark.parametrize(
    ("name", "size", "length", "end", "width"),
    [("clip_vit_b32", 224, 77, 49407, 512), ("clip_tiny", 16, 16, 2, 32)],
)
def test_model_and_objective_run_where_vfmc_is_not(
    folder: Path, tmp_path: Path, name: str, size: int, length: int, end: int, width: int
) -> None:
    """Two files, copied anywhere: forward, backward, after a step."""
    for file in ("model.py", "objective.py"):
        shutil.copy(folder / f"{name}_o1" / file, tmp_path / file)
    said = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(tmp_path), str(size), str(length), str(end)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert said.returncode == 0, said.stderr
    assert f"[3, {width}]" in said.stdout


def test_training_without_vfmc_says_what_to_install(folder: Path, tmp_path: Path) -> None:
    code = "import sys, runpy; sys.modules['vfmc'] = None; sys.argv = ['train.py']; runpy.run_path(sys.orig_argv[-1], run_name='__main__')"
    said = subprocess.run(
        [sys.executable, "-I", "-c", code, str(folder / "clip_tiny_o1" / "train.py")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert said.returncode == 2
    assert "pip install 'vfmc[train]'" in said.stderr and "Traceback" not in said.stderr


HOSTILE = """
vfmc: 1
name: hostile
doc: "ends \\"\\"\\" a docstring, \\\\ back \\n# slash, {{ jinja }} {% raw %} \\u2028 line"
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: random_square_crop, of: image, size: 8}
towers:
  tensor:
    from: crop
    pipe: [{use: vit, width: 8, depth: 1, heads: 2, patch: 4}, cls, {use: l2norm}]
  block:
    from: caption
    pipe: [{use: text_transformer, width: 8, depth: 1, heads: 2}, eot, l2norm]
losses:
  objective: {use: contrastive, a: tensor, b: block, scale: {use: learned, init: 10.0}}
sources:
  pairs: {use: webdataset, urls: "a\\"b'c\\\\{00..01}.tar", samples: 10}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def test_names_and_texts_of_a_spec_cannot_break_the_code() -> None:
    """Towers named like classes of ours, a description with quotes and line breaks: the package still compiles and learns."""
    from compiled import assert_levels_agree, package

    assert_levels_agree(HOSTILE)
    loaded = package(HOSTILE)
    assert loaded.recipe["sources"]["pairs"]["urls"] == "a\"b'c\\{00..01}.tar"
    assert loaded.model.__doc__ is not None and "{{ jinja }}" in loaded.model.__doc__
