"""`vfmc lint --changed-only` and `--watch`: which files a spec depends on, in whatever way they are written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Command

from vfmc.lint.behind import behind
from vfmc.lint.settings import places
from vfmc.lint.watch import watch

BASE = "vfmc: 1\nname: base\nextends: clip_tiny\n"
TOLD = BASE + "let: {unused: 1}\n"  # it has a finding whenever it is looked at
BAD = "vfmc: 1\nname: bad\nextends: clip_tiny\nnonsense: 1\n"
PATIENCE = 60  # seconds without a change after which a test that watches has failed

EXTENDING = {
    "a line of its own": ("s.yaml", "vfmc: 1\nname: s\nextends: base.yaml\n"),
    "one line": ("s.yaml", "{vfmc: 1, name: s, extends: base.yaml}\n"),
    "an anchor": ("s.yaml", "vfmc: 1\nname: s\nextends: &a base.yaml\n"),
    "a folded scalar": ("s.yaml", "vfmc: 1\nname: s\nextends: >-\n  base.yaml\n"),
    "an escape": ("s.yaml", 'vfmc: 1\nname: s\nextends: "base\\x2eyaml"\n'),
    "a value below": ("s.yaml", "vfmc: 1\nname: s\nextends:\n  base.yaml\n"),
    "JSON": ("s.json", '{"vfmc": 1, "name": "s", "extends": "base.yaml"}\n'),
    "the DSL": ("s.vfm", 'vfmc 1\nname s\nextends "base.yaml"\n'),
    "beside a mistake": ("s.yaml", "vfmc: 1\nname: s\nextends: base.yaml\ntrain: {batch: [1\n"),
    "in what is no text": ("s.yaml", b"vfmc: 1\nextends: base.yaml\nname: \xff\n"),
}


def git(*arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit(message: str = "one") -> None:
    git("add", ".")
    git("commit", "-qm", message)


@pytest.fixture
def repository(here: Path) -> Path:
    (here / "base.yaml").write_text(BASE)
    git("init", "-q")
    return here


def chosen(vfmc: Command, *options: str) -> list[str]:
    """The specs that a run looks at, of those that have a finding."""
    run = vfmc("lint", "--changed-only", *options, ".", "--select", "STY013", "--format", "json")
    assert run.code in (0, 1), run.err
    return sorted({each["file"] for each in json.loads(run.out)["findings"]})


@pytest.mark.parametrize("way", EXTENDING)
def test_what_a_spec_extends_is_found_however_it_is_written(way: str, here: Path) -> None:
    name, text = EXTENDING[way]
    (here / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert here.resolve() / "base.yaml" in behind(name)


@pytest.mark.parametrize(
    "text", ["vfmc: 1\nname: s\ndoc: it extends base.yaml\n", "vfmc: 1\nname: s\n# extends: base.yaml\n"]
)
def test_what_only_looks_like_it_is_not(text: str, here: Path) -> None:
    (here / "s.yaml").write_text(text)
    assert behind("s.yaml") == {here.resolve() / "s.yaml"}


def test_changed_only_looks_at_what_git_says(vfmc: Command, here: Path) -> None:
    (here / "bad.yaml").write_text(BAD)
    outside = vfmc("lint", "--changed-only", "bad.yaml")
    assert outside.code == 2 and "git" in outside.err
    git("init", "-q")
    commit()
    assert vfmc("lint", "--changed-only", ".").code == 0
    (here / "new.yaml").write_text(BAD)
    found = vfmc("lint", "--changed-only", ".", "--format", "json")
    assert {each["file"] for each in json.loads(found.out)["findings"]} == {"new.yaml"}
    assert vfmc("lint", "--changed-only", "--base-ref", "nothing", ".").code == 2


def test_a_spec_counts_as_changed_with_what_it_extends(vfmc: Command, repository: Path) -> None:
    (repository / "middle.yaml").write_text("vfmc: 1\nname: middle\nextends: &a base.yaml\n")
    (repository / "child.yaml").write_text("{vfmc: 1, name: child, extends: middle.yaml}\n")
    commit()
    assert vfmc("lint", "--changed-only", ".").code == 0
    (repository / "base.yaml").write_text(BASE + "nonsense: 1\n")
    assert vfmc("lint", "--changed-only", "child.yaml").code == 1
    (repository / "base.yaml").unlink()
    assert vfmc("lint", "--changed-only", "child.yaml").code == 1


def test_what_others_did_since_the_branch_began_does_not_count(vfmc: Command, repository: Path) -> None:
    (repository / "mine.yaml").write_text(TOLD)
    commit()
    git("checkout", "-qb", "ours")
    (repository / "mine.yaml").write_text(TOLD + "# ours\n")
    commit()
    git("checkout", "-q", "main")
    (repository / "base.yaml").write_text(TOLD + "# theirs\n")
    commit()
    git("checkout", "-q", "ours")
    assert chosen(vfmc, "--base-ref", "main") == ["mine.yaml"]


def test_a_spec_counts_as_changed_with_a_file_that_it_names(vfmc: Command, repository: Path) -> None:
    folder = repository / "specs" / "words"
    folder.mkdir(parents=True)
    (folder / "ours.model").write_bytes(b"1")
    weights = repository / "weights"
    weights.mkdir()
    (weights / "clip.safetensors").write_bytes(b"1")
    (weights / "open_clip_config.json").write_text("{}")
    tokenizer = "{use: sentencepiece, path: words/ours.model, vocabulary: 8000}"
    (repository / "specs" / "words.yaml").write_text(
        TOLD + f"inputs: {{caption: {{tokenizer: {tokenizer}}}}}\n"
    )
    (repository / "specs" / "tuned.yaml").write_text(
        TOLD + "towers: {vision: {with: {init: {path: weights/clip.safetensors}}}}\n"
    )
    commit()
    (folder / "ours.model").write_bytes(b"2")
    assert behind("specs/words.yaml") & {folder.resolve() / "ours.model"}
    assert chosen(vfmc) == ["specs/words.yaml"]
    commit()
    for name, text in (("open_clip_config.json", "[]"), ("clip.safetensors", "2")):
        (weights / name).write_text(text)
        assert chosen(vfmc) == ["specs/tuned.yaml"], name
        commit()
    (weights / "clip.safetensors").unlink()
    assert chosen(vfmc) == ["specs/tuned.yaml"]


def test_a_spec_counts_as_changed_with_the_settings_that_hold_for_it(vfmc: Command, repository: Path) -> None:
    for name in ("a", "b"):
        (repository / name).mkdir()
        (repository / name / "spec.yaml").write_text(TOLD)
    (repository / "base.yaml").unlink()
    (repository / "pyproject.toml").write_text('[tool.vfmc]\nignore = ["OPT"]\n')
    commit()
    (repository / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.vfmc]\nignore = ["OPT"]\n')
    assert chosen(vfmc) == [], "nothing that is said to us"
    (repository / "pyproject.toml").write_text("[tool.vfmc]\nignore = []\n")
    assert chosen(vfmc) == ["a/spec.yaml", "b/spec.yaml"]
    assert chosen(vfmc, "--isolated") == []
    commit()
    known, empty = repository / "a" / "known.json", '{"schema_version": 1, "findings": []}'
    known.write_text(empty)
    (repository / "a" / "vfmc.toml").write_text('baseline = "known.json"\n')
    assert chosen(vfmc) == ["a/spec.yaml"]
    commit()
    known.write_text(empty + "\n")
    assert chosen(vfmc) == ["a/spec.yaml"]
    (repository / "a" / "vfmc.toml").unlink()
    assert chosen(vfmc) == ["a/spec.yaml"]


def test_settings_are_looked_for_up_to_the_top_of_the_repository(repository: Path) -> None:
    inside = repository / "a" / "b"
    inside.mkdir(parents=True)
    found = [file.relative_to(repository.resolve()).as_posix() for file in places(inside)]
    names = ("vfmc.toml", "pyproject.toml")
    assert found == [f"{folder}{name}" for folder in ("a/b/", "a/", "") for name in names]


def runs(change: Callable[[int], object], specs: list[str], rounds: int) -> int:
    """How often it lints when every run changes a file."""
    count = 0

    def once() -> int:
        nonlocal count
        count += 1
        change(count)
        return count

    return watch(once, lambda: {file for spec in specs for file in behind(spec)}, rounds, PATIENCE)


def test_watching_sees_a_file_change(here: Path) -> None:
    (here / "bad.yaml").write_text(BAD)
    assert runs(lambda n: (here / "bad.yaml").write_text(BAD + "#" * n), ["bad.yaml"], 3) == 3


def test_watching_sees_a_base_change(here: Path) -> None:
    (here / "base.yaml").write_text(BASE)
    (here / "child.yaml").write_text("{vfmc: 1, name: child, extends: base.yaml}\n")
    assert runs(lambda n: (here / "base.yaml").write_text(BASE + "#" * n), ["child.yaml"], 2) == 2


def test_watching_nothing_ends_where_a_time_is_given(here: Path) -> None:
    (here / "bad.yaml").write_text(BAD)
    with pytest.raises(TimeoutError, match="after 1 runs"):
        watch(lambda: 0, lambda: behind("bad.yaml"), rounds=2, seconds=0)


def test_the_command_watches_until_it_is_interrupted(here: Path) -> None:
    """Settings that are half-written do not end it, and mended ones hold at once."""
    (here / "spec.yaml").write_text(BASE)
    code = (
        "import signal\nfrom vfmc.cli.main import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell that runs tests behind it has it ignored
        "main(['lint', '--watch', '.'])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=here, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        said = ""

        def wait_for(words: str) -> None:
            nonlocal said
            end = time.monotonic() + PATIENCE
            while words not in said:
                said += (process.stdout.read() or b"").decode()  # type: ignore[union-attr]
                assert time.monotonic() < end and process.poll() is None, said
                time.sleep(0.05)
            said = said[said.index(words) + len(words) :]

        try:
            wait_for("1 spec, no findings")
            (here / "vfmc.toml").write_text('profile = "strct"\n')
            wait_for("did you mean `strict`?")
            (here / "vfmc.toml").write_text('profile = "strict"\n')
            wait_for("REP903")
            (here / "more.yaml").write_text(BAD)
            wait_for("nonsense")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) in (1, 130)
        finally:
            process.kill()


def test_the_standard_input_cannot_be_watched(vfmc: Command) -> None:
    run = vfmc("lint", "--watch", "-", stdin=BASE)
    assert run.code == 2 and "--watch needs files" in run.err


def test_a_spec_on_one_line_is_found_in_a_folder(vfmc: Command, here: Path) -> None:
    (here / "one.yaml").write_text("{vfmc: 1, name: one, extends: clip_tiny, nonsense: 1}\n")
    (here / "other.yaml").write_text("{version: 1, doc: not a vfmc spec}\n")
    run = vfmc("lint", ".", "--format", "json")
    assert {each["file"] for each in json.loads(run.out)["findings"]} == {"one.yaml"}
