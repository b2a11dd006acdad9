"""The files of a package: the same bytes from both spellings, from every process and folder; what differs is named, edits are kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compiled import TINY, ZOO, compilation, spec

from vfmc.api import Spec
from vfmc.compiler import Compilation, compile_source
from vfmc.emit.package import EditedByHand, Package
from vfmc.source import Source
from vfmc.syntax.dsl_writer import write_dsl

FILES = [
    "README.md",
    "__init__.py",
    "data.py",
    "model.py",
    "objective.py",
    "recipe.json",
    "spans.json",
    "spec.yaml",
    "train.py",
    "vfmc.lock",
]


def built(name: str, level: int = 1, overrides: dict[str, object] | None = None) -> Package:
    made = compilation(name, level, overrides).package
    assert made is not None
    return made


def lasting(package: Package) -> dict[str, str]:
    """What is promised to be the same: everything but the map back to the spec's lines."""
    return {name: text for name, text in package.files.items() if name != "spans.json"}


@pytest.mark.parametrize("name", TINY)
def test_both_spellings_give_the_same_bytes(name: str) -> None:
    tree = compilation(name).tree
    assert tree is not None
    work = compile_source(Compilation(Source(f"{name}.vfm", write_dsl(tree)), ZOO))
    assert not [finding for finding in work.diagnostics if str(finding.severity).endswith("error")]
    assert work.package is not None
    assert lasting(work.package) == lasting(built(name))


def test_five_hash_seeds_give_the_same_bytes() -> None:
    code = (
        "import hashlib, sys; from pathlib import Path; from vfmc.api import load\n"
        "for name in sys.argv[2:]:\n"
        "    files = load(Path(sys.argv[1]) / f'{name}.yaml').compile_package(1).package.files\n"
        "    print(name, *sorted(f'{file}={hashlib.sha256(text.encode()).hexdigest()}' for file, text in files.items()))\n"
    )
    root = str(ZOO.parent)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(ZOO), *TINY],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True,
        )
        for seed in range(5)
    ]  # fmt: skip
    said = [process.communicate(timeout=120)[0] for process in running]
    assert len(set(said)) == 1
    expected = {
        file: hashlib.sha256(text.encode()).hexdigest() for file, text in built("mae_tiny").files.items()
    }
    [line] = [line for line in said[0].splitlines() if line.startswith("mae_tiny ")]
    assert dict(entry.split("=") for entry in line.split()[1:]) == expected


def test_the_folders_of_spec_and_package_do_not_matter(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two and more"):
        place = tmp_path / name
        place.mkdir()
        shutil.copy(ZOO / "dino_tiny.yaml", place / "dino_tiny.yaml")
        source = Source(str(place / "dino_tiny.yaml"), (place / "dino_tiny.yaml").read_text())
        made = Spec(source, place).compile_package(1).package
        assert made is not None
        made.write(place / "out")
        assert str(tmp_path) not in "".join(made.files.values())
        found.append({path.name: path.read_bytes() for path in (place / "out").iterdir() if path.is_file()})
    assert found[0] == found[1]
    assert sorted(found[0]) == FILES


@pytest.mark.parametrize("name", ["clip_vit_b32", "flip_vit_b16", "mae_vit_b16", "dino_vit_s16", *TINY])
def test_the_resolved_spec_of_a_package_builds_the_same_package(name: str) -> None:
    """`spec.yaml` has every default written out, and compiles to what it came with."""
    first = built(name)
    again = spec(first.files["spec.yaml"]).compile_package(1).package
    assert again is not None
    assert lasting(again) == lasting(first)


def test_levels_differ_in_code_and_never_in_the_weights() -> None:
    locks = [json.loads(built("clip_tiny", level).files["vfmc.lock"]) for level in (0, 1, 2)]
    assert len({lock["state_dict"] for lock in locks}) == 1
    assert [lock["level"] for lock in locks] == [0, 1, 2]
    assert locks[0]["outputs"]["model.py"] != locks[1]["outputs"]["model.py"]


def kinds(package: Package, out: Path) -> dict[str, str]:
    return {difference.file: difference.kind for difference in package.check(out)}


def test_a_fresh_package_has_no_differences(tmp_path: Path) -> None:
    written = built("clip_tiny").write(tmp_path / "out")
    assert sorted(written) == [name for name in FILES if name != "spans.json"]
    assert kinds(built("clip_tiny"), tmp_path / "out") == {}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES, "nothing else is left there"
    assert built("clip_tiny").write(tmp_path / "out") == []


def test_a_file_that_is_gone_is_missing(tmp_path: Path) -> None:
    built("clip_tiny").write(tmp_path)
    (tmp_path / "model.py").unlink()
    assert kinds(built("clip_tiny"), tmp_path) == {"model.py": "missing"}
    built("clip_tiny").write(tmp_path)
    assert kinds(built("clip_tiny"), tmp_path) == {}


def test_a_package_of_an_older_spec_is_stale_where_it_differs(tmp_path: Path) -> None:
    built("clip_tiny").write(tmp_path)
    changed = built("clip_tiny", overrides={"vision.vit.width": 32})
    assert kinds(changed, tmp_path) == dict.fromkeys(
        ("README.md", "model.py", "recipe.json", "spec.yaml", "vfmc.lock"), "stale"
    )
    changed.write(tmp_path)
    assert kinds(changed, tmp_path) == {}


def test_a_file_that_was_edited_is_told_and_not_overwritten(tmp_path: Path) -> None:
    built("clip_tiny").write(tmp_path)
    edited = (tmp_path / "objective.py").read_text() + "# mine\n"
    (tmp_path / "objective.py").write_text(edited)
    assert kinds(built("clip_tiny"), tmp_path) == {"objective.py": "edited"}
    with pytest.raises(EditedByHand) as refusal:
        built("clip_tiny", overrides={"vision.vit.width": 32}).write(tmp_path)
    assert refusal.value.files == ["objective.py"]
    assert (tmp_path / "objective.py").read_text() == edited
    assert "width=64" in (tmp_path / "model.py").read_text(), "nothing else was written either"
    built("clip_tiny").write(tmp_path, force=True)
    assert kinds(built("clip_tiny"), tmp_path) == {}


def test_an_edit_that_equals_the_new_build_is_no_edit(tmp_path: Path) -> None:
    built("clip_tiny").write(tmp_path)
    changed = built("clip_tiny", overrides={"vision.vit.width": 32})
    (tmp_path / "model.py").write_text(changed.files["model.py"])
    assert "model.py" not in kinds(changed, tmp_path)


def test_files_that_are_built_no_longer_are_orphans_and_pruned(tmp_path: Path) -> None:
    made = built("clip_tiny")
    older = Package(made.name, dict(made.files))
    older.files["export.py"] = "# built by an older vfmc\n"
    lock = json.loads(made.files["vfmc.lock"])
    lock["outputs"]["export.py"] = hashlib.sha256(older.files["export.py"].encode()).hexdigest()
    older.files["vfmc.lock"] = json.dumps(lock, indent=2, sort_keys=True) + "\n"
    older.write(tmp_path)
    (tmp_path / "notes.txt").write_text("of a person\n")
    assert kinds(made, tmp_path)["export.py"] == "orphan"
    made.write(tmp_path)
    assert not (tmp_path / "export.py").exists()
    assert (tmp_path / "notes.txt").exists(), "what we never wrote stays"


def test_an_orphan_that_was_edited_is_not_pruned(tmp_path: Path) -> None:
    made = built("clip_tiny")
    made.write(tmp_path)
    lock = json.loads(made.files["vfmc.lock"])
    lock["outputs"]["export.py"] = hashlib.sha256(b"# as built\n").hexdigest()
    (tmp_path / "vfmc.lock").write_text(json.dumps(lock))
    (tmp_path / "export.py").write_text("# as a person changed it\n")
    with pytest.raises(EditedByHand):
        made.write(tmp_path)
    assert (tmp_path / "export.py").exists()
    made.write(tmp_path, force=True)
    assert not (tmp_path / "export.py").exists()


@pytest.mark.parametrize("absolute", [False, True])
def test_a_lock_cannot_have_files_elsewhere_pruned(tmp_path: Path, absolute: bool) -> None:
    made, out, other = built("clip_tiny"), tmp_path / "out", tmp_path / "precious.txt"
    made.write(out)
    other.write_text("precious\n")
    lock = json.loads(made.files["vfmc.lock"])
    lock["outputs"][str(other) if absolute else "../precious.txt"] = hashlib.sha256(b"precious\n").hexdigest()
    (out / "vfmc.lock").write_text(json.dumps(lock))
    made.write(out, force=True)
    assert other.exists()


@pytest.mark.parametrize("lock", ["", "{", "[]", '{"outputs": []}', '{"outputs": {"model.py": 3}}', "\x00"])
def test_a_lock_that_cannot_be_read_is_no_obstacle(tmp_path: Path, lock: str) -> None:
    """What it would vouch for counts as stale."""
    built("clip_tiny").write(tmp_path)
    (tmp_path / "vfmc.lock").write_text(lock)
    assert kinds(built("clip_tiny"), tmp_path) == {"vfmc.lock": "stale"}


def test_a_write_that_fails_leaves_the_old_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built("clip_tiny").write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        built("clip_tiny", overrides={"vision.vit.width": 32}).write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_spans_lead_from_generated_lines_to_lines_of_the_spec() -> None:
    files = built("clip_tiny").files
    table, code = json.loads(files["spans.json"])["model.py"], files["model.py"].split("\n")
    text = (ZOO / "clip_tiny.yaml").read_text().split("\n")
    wanted = {
        "self.linear = ": "{use: linear",
        "self.blocks = nn.ModuleList(": "{use: vit",
        "class Text": "  text:",
    }
    for start, written in wanted.items():
        number = next(n for n, line in enumerate(code, 1) if line.strip().startswith(start))
        entry = table.get(str(number)) or table[str(number + 1)]
        assert entry["spec"] == "clip_tiny.yaml"
        assert written in text[entry["line"] - 1]
    losses = json.loads(files["spans.json"])["objective.py"]
    assert [text[entry["line"] - 1].strip() for entry in losses.values()] == ["clip:"]


def test_components_and_the_resolved_tree_are_in_the_lock() -> None:
    lock = json.loads(built("mae_tiny").files["vfmc.lock"])
    assert {"stage.patches", "stage.restore", "loss.mse", "mask.random", "input.image"} <= set(
        lock["components"]
    )
    assert lock["tree"] == hashlib.sha256(built("mae_tiny").files["spec.yaml"].encode()).hexdigest()
    assert set(lock["outputs"]) == set(FILES) - {"vfmc.lock", "spans.json"}
