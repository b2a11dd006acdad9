"""What is on: selectors, profiles, files, and the files that settings stand in."""

from pathlib import Path

import pytest
from conftest import Command

from vfmc.lint.settings import BadSettings, Settings, find, read, selectors


def test_ignore_wins_among_equals_and_the_longer_prefix_wins_over_the_shorter() -> None:
    assert not Settings(select=("OPT",), ignore=("OPT",)).enabled("OPT510", "a.yaml")
    assert Settings(select=("OPT510",), ignore=("OPT",)).enabled("OPT510", "a.yaml")
    assert not Settings(select=("OPT",), ignore=("OPT510",)).enabled("OPT510", "a.yaml")
    assert Settings(select=("OPT",), ignore=("OPT510",)).enabled("OPT511", "a.yaml")
    assert not Settings(select=("NUM",)).enabled("OPT511", "a.yaml")


def test_a_rule_of_another_profile_is_on_when_it_is_selected() -> None:
    assert not Settings().enabled("STY002", "a.yaml")
    assert Settings(profile="ci").enabled("STY002", "a.yaml")
    assert Settings(select=("STY002",)).enabled("STY002", "a.yaml")


def test_rules_are_ignored_per_file_relative_to_the_settings(tmp_path: Path) -> None:
    own = Settings(per_file=(("old/*.yaml", ("OPT",)),), folder=tmp_path)
    assert not own.enabled("OPT510", str(tmp_path / "old" / "a.yaml"))
    assert own.enabled("OPT510", str(tmp_path / "new" / "a.yaml"))


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("OTP510", "did you mean `OPT510`?"), ("opt", "did you mean `OPT`?"), ("scale-without-bound", "write NUM701"),
        ("not-unit-lenght", "write OBJ301"), ("SHPP", "`SHP` may be meant"), ("QQQ", "vfmc rule --all"),
    ],
)  # fmt: skip
def test_a_typo_in_a_selector_is_an_error_with_a_suggestion(word: str, help: str) -> None:
    with pytest.raises(BadSettings, match="no rule begins with") as found:
        selectors([word], "--select")
    assert help in found.value.help


def test_settings_are_those_of_the_nearest_file_and_end_at_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "models"
    inner.mkdir(parents=True)
    (tmp_path / "vfmc.toml").write_text('profile = "strict"')
    assert find(inner).profile == "strict"
    (tmp_path / "repository" / ".git").mkdir()
    assert find(inner).profile == "default"
    (tmp_path / "repository" / "pyproject.toml").write_text('[tool.vfmc]\nprofile = "ci"\nignore = ["STY"]\n')
    assert (find(inner).profile, find(inner).ignore) == ("ci", ("STY",))
    (tmp_path / "repository" / "pyproject.toml").write_text("[tool.other]\n")
    assert find(inner).profile == "default"


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("selct = []", "there is no setting `selct`", "did you mean `select`?"),
        ('profile = "strickt"', "`profile` may not be `strickt`", "did you mean `strict`?"),
        ('select = "OPT"', "`select` is a list of texts", "OBJ"),
        ('ignore = ["NUM9"]', "no rule begins with `NUM9`", "NUM"),
        ('"per-file-ignores" = ["OPT"]', "gives codes to patterns", "old"),
        ('preview = "yes"', "`preview` is true or false", "preview = true"),
        ("select = [", "cannot be read", "TOML"),
    ],
)
def test_a_mistake_in_the_settings_is_told(tmp_path: Path, text: str, message: str, help: str) -> None:
    (tmp_path / "vfmc.toml").write_text(text)
    with pytest.raises(BadSettings, match=message) as found:
        read(tmp_path / "vfmc.toml")
    assert help in found.value.help


def test_the_command_says_what_is_wrong_with_the_settings_and_exits_with_2(vfmc: Command, here: Path) -> None:
    (here / "vfmc.toml").write_text('select = ["OBX"]')
    (here / "a.yaml").write_text("vfmc: 1\nname: a\nextends: clip_tiny\n")
    found = vfmc("lint", "a.yaml")
    assert found.code == 2 and "no rule begins with `OBX`" in found.err and "help:" in found.err
    assert vfmc("lint", "a.yaml", "--isolated").code == 0
    assert vfmc("lint", "a.yaml", "--isolated", "--select", "OBX").code == 2
