"""The import law: lint starts fast because the compiler imports neither torch nor numpy, and the runtime nothing of the compiler."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, Command

PACKAGE = ROOT / "vfmc"
HEAVY = {"torch", "numpy"}
SLOW = {"torch", "numpy", "rich", "jinja2"}
ENTRIES = {
    "vfmc.cli.train",
    "vfmc.cli.eval",
    "vfmc.cli.caption",
    "vfmc.cli.import",
    "vfmc.cli.export",
    "vfmc.cli.profile",
    "vfmc.cli.common",
    "vfmc.lint.beside",  # compares settings beside weights, in rules that find an `init` alone
    "vfmc.api",
}  # may reach the runtime, inside functions


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(module: str, late: bool) -> frozenset[str]:
    """What a module imports when it is imported; with `late`, inside its functions as well. Types alone do not count."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()

    def walk(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not late:
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    base = ".".join(
                        [
                            *package.split(".")[: len(package.split(".")) - child.level + 1],
                            *([base] if base else []),
                        ]
                    )
                found.add(base)
                found.update(
                    f"{base}.{alias.name}" for alias in child.names if f"{base}.{alias.name}" in modules()
                )
            walk(child)

    walk(ast.parse(path.read_text(encoding="utf-8")))
    with_parents = set(found)
    for name in found:
        parts = name.split(".")
        with_parents.update(".".join(parts[:n]) for n in range(1, len(parts)))
    return frozenset(with_parents)


def is_runtime(module: str) -> bool:
    return module == "vfmc.runtime" or module.startswith("vfmc.runtime.")


COMPILER = sorted(name for name in modules() if not is_runtime(name))
RUNTIME = sorted(name for name in modules() if is_runtime(name))


@pytest.mark.parametrize("module", COMPILER)
def test_the_compiler_imports_neither_torch_nor_numpy(module: str) -> None:
    assert not {name for name in imports(module, late=True) if name.partition(".")[0] in HEAVY}


@pytest.mark.parametrize("module", COMPILER)
def test_the_runtime_is_reached_by_the_entry_points_alone_and_late(module: str) -> None:
    assert not {name for name in imports(module, late=False) if is_runtime(name)}
    if module not in ENTRIES:
        assert not {name for name in imports(module, late=True) if is_runtime(name)}


@pytest.mark.parametrize("module", RUNTIME)
def test_the_runtime_imports_nothing_of_the_compiler_but_source(module: str) -> None:
    ours = {name for name in imports(module, late=True) if name.startswith("vfmc.")}
    foreign = {
        name
        for name in ours
        if not is_runtime(name) and name != "vfmc.source" and not name.startswith("vfmc.source.")
    }
    assert not foreign


def after(*arguments: str) -> set[str]:
    """The modules that are imported once a command line has run in a fresh process."""
    script = (
        "import sys; from vfmc.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.split())


def test_lint_of_yaml_imports_nothing_slow() -> None:
    assert not after("lint", "specs/clip_vit_b32.yaml") & (SLOW | {"lark"})


def test_lint_of_one_clean_file_imports_what_it_needs_alone() -> None:
    found = after("lint", "--isolated", "specs/clip_vit_b32.yaml")
    assert not found & {
        "difflib",
        "subprocess",
        "tomllib",
        "multiprocessing",
        "unicodedata",
        "sqlite3",
        "socketserver",
    }
    ours = {name for name in found if name.startswith("vfmc.")}
    assert not {
        name
        for name in ours
        if name.startswith(("vfmc.runtime", "vfmc.emit", "vfmc.passes", "vfmc.interop", "vfmc.editor"))
    }
    assert not ours & {
        "vfmc.lint.fix",
        "vfmc.lint.baseline",
        "vfmc.lint.changed",
        "vfmc.syntax.layout",
        "vfmc.check.wanted",
        "vfmc.check.refused",
    }


def test_the_compiler_defines_records_where_python_would_compile_methods() -> None:
    """A frozen `dataclass` costs 0.7 ms when it is imported, a `record` 0.02."""
    for name in set(COMPILER) - {"vfmc.source.record"}:
        assert "@dataclass" not in modules()[name].read_text(encoding="utf-8"), name


def test_lint_of_the_dsl_imports_nothing_slow_but_lark(vfmc: Command, here: Path) -> None:
    vfmc("fmt", "clip_vit_b32", "--to", "vfm", "-o", "spec.vfm")
    found = after("lint", str(here / "spec.vfm"))
    assert not found & SLOW
    assert "lark" in found


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("inspect", "dino_tiny", "--types"), ("build", "clip_tiny", "--check", "-o", "nowhere")],
)
def test_no_command_of_the_compiler_imports_torch(arguments: tuple[str, ...]) -> None:
    assert not after(*arguments) & HEAVY


def test_help_imports_no_verb() -> None:
    assert not {name for name in after("--help") if name.startswith("vfmc.cli.") and name != "vfmc.cli.main"}


def test_the_package_itself_is_cheap() -> None:
    script = "import sys; before = set(sys.modules); import vfmc; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert {name for name in done.stdout.split() if name.startswith("vfmc")} == {"vfmc"}
