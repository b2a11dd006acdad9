"""Every rule does what its page says: the bad example has its finding, the good one has none, and a safe fix mends it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, Command

from vfmc.api import Spec
from vfmc.lint import fix, page, registry
from vfmc.lint.index import RULES
from vfmc.lint.rule import FAMILIES, Rule
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source

EVERY = list(registry.rules())
IDS = [rule.code for rule in EVERY]
ALONE = [rule for rule in EVERY if not rule.files and rule.spelling != "console"]
ALONE_IDS = [rule.code for rule in ALONE]
FILED = [rule for rule in EVERY if rule.files and rule.spelling != "console"]
SAID = [rule for rule in EVERY if rule.spelling == "console"]


def linted(text: str, rule: Rule) -> list[Diagnostic]:
    return findings(Source(f"spec.{rule.spelling}", text), rule)


def findings(source: Source, rule: Rule) -> list[Diagnostic]:
    """What the default profile says, and this rule, if it is on in another one alone."""
    found = lint(Spec(source, None), Settings(preview=rule.preview))
    if rule.by != "check" and "default" not in rule.profiles:
        found += lint(
            Spec(source, None), Settings(profile=rule.profiles[0], select=(rule.code,), preview=rule.preview)
        )
    return found


@pytest.mark.parametrize("rule", ALONE, ids=ALONE_IDS)
def test_the_bad_example_has_the_finding_and_no_other_error(rule: Rule) -> None:
    found = linted(rule.bad, rule)
    assert rule.code in {each.code for each in found}, [(each.code, each.message) for each in found]
    errors = [each for each in found if each.severity is Severity.ERROR and each.code != rule.code]
    assert not errors, [(each.code, each.message) for each in errors]
    own = [each for each in found if each.code == rule.code]
    if rule.by in ("check", "doubt"):
        assert len(own) == 1, "one mistake is one finding"
        assert own[0].severity is rule.severity
        assert rule.by == "check" or not own[0].stops


@pytest.mark.parametrize("rule", ALONE, ids=ALONE_IDS)
def test_the_good_example_has_no_finding_at_all(rule: Rule) -> None:
    found = [each for each in linted(rule.good, rule) if each.severity is not Severity.INFO]
    assert not found, [(each.code, each.message) for each in found]


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("rule", FILED, ids=lambda rule: rule.code)
def test_examples_with_files_beside_them(rule: Rule, tmp_path: Path) -> None:
    """As above, by a process of its own, which has what the files install; the folder of the specs is not where it runs."""
    names = {each: f"specs/{each}.{rule.spelling}" for each in ("bad", "good")}
    write(tmp_path / "specs", rule.files)
    write(tmp_path, {names["bad"]: rule.bad, names["good"]: rule.good})
    command = [sys.executable, "-m", "vfmc", "lint", *names.values(), "--format", "json", "--isolated"]
    command += ["--profile", rule.profiles[0]] + ["--preview"] * rule.preview
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "specs"), str(ROOT)])}
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert not done.stderr, done.stderr
    found = json.loads(done.stdout)["findings"]
    good = [each for each in found if each["file"] == names["good"]]
    bad = [each for each in found if each not in good]
    assert rule.code in {each["code"] for each in bad}, found
    severity = str(rule.severity)
    assert {each["severity"] for each in bad if each["code"] == rule.code} == {severity}
    assert not [each for each in bad if each["severity"] == "error" and each["code"] != rule.code]
    assert not [each for each in good if each["severity"] != "info" or each["code"] == rule.code], good


@pytest.mark.parametrize("rule", SAID, ids=lambda rule: rule.code)
def test_examples_that_are_commands(rule: Rule, vfmc: Command, here: Path) -> None:
    write(here, rule.files)
    bad, good = (vfmc(*text.split()[1:]) for text in (rule.bad, rule.good))
    assert bad.code == 1 and f"error[{rule.code}]" in bad.out + bad.err
    assert good.code == 0 and rule.code not in good.out + good.err


@pytest.mark.parametrize("rule", [rule for rule in EVERY if rule.fix], ids=lambda rule: rule.code)
def test_the_fix_mends_the_bad_example(rule: Rule) -> None:
    source = Source(f"spec.{rule.spelling}", rule.bad)
    after, count, left = fix.settle(source, lambda text: findings(text, rule), unsafe=rule.fix == "unsafe")
    assert count and rule.code not in {each.code for each in left}
    if rule.fix == "safe":
        assert not [each for each in left if each.severity is Severity.ERROR], after.text


@pytest.mark.parametrize("rule", EVERY, ids=IDS)
def test_the_facts_of_a_rule_are_whole(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]{3}[0-9]{3}", rule.code) and rule.family in FAMILIES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name), rule.name
    assert rule.what.endswith(".") and rule.why.endswith(".") and rule.source
    assert rule.fix in ("", "safe", "unsafe") and rule.by in ("rule", "check", "doubt", "linter")
    assert rule.bad.startswith(("vfmc", "#")) or rule.by in ("check", "doubt")


@pytest.mark.parametrize("rule", EVERY, ids=IDS)
def test_every_rule_has_a_bad_and_a_good_example_and_its_page_shows_them(rule: Rule) -> None:
    assert rule.bad.strip() and rule.good.strip() and rule.bad != rule.good
    assert rule in ALONE or rule in FILED or rule in SAID, "one of the tests above runs them"
    shown = page.markdown(rule)
    assert rule.bad.rstrip() in shown and rule.good.rstrip() in shown
    for name, text in rule.files.items():
        assert f"`{name}`" in shown
        assert isinstance(text, bytes) or text.strip() in shown
    assert json.loads(json.dumps(page.data(rule)))["files"].keys() == rule.files.keys()


def test_the_file_of_a_rule_is_called_as_it_is() -> None:
    for path, rule in zip(registry.files(), EVERY, strict=True):
        assert path.stem == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"
        assert path.parent.name == rule.family


def test_codes_and_names_are_given_once() -> None:
    assert len(set(IDS)) == len(IDS)
    assert len({rule.name for rule in EVERY}) == len(EVERY)


def test_the_index_is_fresh() -> None:
    text = registry.INDEX.read_text(encoding="utf-8")
    assert text == registry.index_text(), "run `make docs`"
    assert RULES


def test_triggers_are_words_of_the_bad_example() -> None:
    """A rule whose triggers the example lacks would never run on it; the runner would hide that from the tests above."""
    for rule in EVERY:
        if rule.triggers and rule.by == "rule":
            assert any(word in linted_words(rule) for word in rule.triggers), rule.code


def linted_words(rule: Rule) -> set[str]:
    from vfmc.lint.runner import words

    program = Spec(Source(f"spec.{rule.spelling}", rule.bad), None).compile(until="check").program
    assert program is not None, rule.code
    return words(program.root)
