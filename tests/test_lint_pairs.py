"""Batches of mixed pictures that do not pair up are told before anything runs, where the loader would stop."""

import pytest
from checking import as_dsl, spec
from conftest import Command

from vfmc.api import Spec
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source


def told(**overrides: object) -> list[Diagnostic]:
    named = {key.replace("__", "."): value for key, value in overrides.items()}
    return [each for each in lint(spec("supervised_vit_tiny", named), Settings()) if each.code == "DAT439"]


@pytest.mark.parametrize(
    ("settings", "share", "help"),
    [
        ({"train__batch": 33}, 33, "32 or 34"),
        ({"train__batch": 1}, 1, "a batch of 2 does"),
        ({"train__batch": 36, "train__accumulate": 4}, 9, "32 or 40"),
    ],
)
def test_an_odd_micro_batch_is_an_error(settings: dict[str, object], share: int, help: str) -> None:
    [found] = told(**settings)
    assert found.severity is Severity.ERROR and f" {share} " in found.message and help in found.help


def test_an_even_one_is_none() -> None:
    assert not told(train__batch=32) and not told(train__batch=32, train__accumulate=8)


def test_of_devices_the_share_of_each_counts() -> None:
    [found] = told(train__batch=36, parallel={"devices": 4})
    assert found.severity is Severity.WARNING and "each of 4 devices has 9 samples" in found.message
    assert "32 or 40" in found.help and not told(train__batch=40, parallel={"devices": 4})


def test_a_system_that_mixes_nothing_may_have_any_batch() -> None:
    found = lint(spec("clip_tiny", {"train.batch": 33}), Settings())
    assert "DAT439" not in {each.code for each in found}


def test_it_stands_at_the_batch_in_both_spellings_and_stops_training(vfmc: Command) -> None:
    text = "vfmc: 1\nname: a\nextends: supervised_vit_tiny\ntrain: {batch: 33}\n"
    for source in (Source("a.yaml", text), Source("a.vfm", as_dsl(text))):
        [found] = [each for each in lint(Spec(source, None), Settings()) if each.code == "DAT439"]
        assert found.span.text == "33"
    done = vfmc("train", "-", "--steps", "1", stdin=text)
    assert done.code == 1 and "error[DAT439]" in done.err
