"""Passes: what they save, when they refuse, and that weights and losses are the same at every level."""

from collections.abc import Iterator

import pytest
from checking import ALL, case_spec, cases, program

from vfmc.components.stages.layernorm import Layernorm
from vfmc.graph.cost import forward
from vfmc.graph.dump import dump
from vfmc.passes.manager import LEVELS, PASSES, run

CASES = {case.name: case for case in cases("passes")}


@pytest.fixture
def mixing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A layer norm that says it mixes samples, as a batch norm does."""
    monkeypatch.setattr(Layernorm, "couples", True)
    yield


@pytest.mark.parametrize("name", ALL)
def test_no_level_changes_weights_or_losses(name: str) -> None:
    before = program(name)
    for level in LEVELS:
        after, _ = run(before, level)
        assert after.modules == before.modules
        for one, other in zip(before.phases, after.phases, strict=True):
            assert [term.name for term in one.graph.terms] == [term.name for term in other.graph.terms]
            assert forward(other.graph) <= forward(one.graph)


@pytest.mark.parametrize("name", ["clip_tiny", "mae_tiny", "dino_tiny"])
def test_level_0_runs_no_pass(name: str) -> None:
    before = program(name)
    after, ledger = run(before, 0)
    assert [dump(phase.graph) for phase in after.phases] == [dump(phase.graph) for phase in before.phases]
    assert ledger.entries == () and ledger.text() == "-O0: no pass ran\n"


@pytest.mark.parametrize("name", ALL)
def test_passes_are_done_when_they_have_run(name: str) -> None:
    once, _ = run(program(name), 1)
    twice, ledger = run(once, 1)
    assert [dump(phase.graph) for phase in twice.phases] == [dump(phase.graph) for phase in once.phases]
    assert all(before == after for before, after in ledger.forward.values())


def test_what_the_entries_say_they_saved_is_what_was_saved() -> None:
    for case in CASES.values():
        work = case_spec(case).compile(1, "optimise")
        assert work.ledger is not None
        for graph, (before, after) in work.ledger.forward.items():
            assert sum(entry.saved for entry in work.ledger.entries if entry.graph == graph) == before - after


def test_half_of_the_patches_are_not_embedded() -> None:
    """16 patches of 48 numbers to a width of 16, of which 8 are embedded."""
    work = case_spec(CASES["visible_patches_taken"]).compile(1, "optimise")
    assert work.ledger is not None
    assert [entry.saved for entry in work.ledger.entries if entry.taken] == [8 * 16 * 48]


def test_the_last_block_computes_the_class_token_alone() -> None:
    """Of 17 tokens of width 16, 16 are keys and values alone: query, projection and perceptron (2 + 8 widths squared) and their attention are saved."""
    work = case_spec(CASES["dead_tokens_taken"]).compile(1, "optimise")
    assert work.ledger is not None
    (entry,) = [each for each in work.ledger.entries if each.graph == "main" and "vision" in each.where]
    assert entry.saved == 16 * (2 * 16 * 16 + 2 * 16 * 64 + 2 * 17 * 16)


def test_views_are_not_batched_where_samples_are_mixed(mixing: None) -> None:
    work = case_spec(CASES["batch_views_taken"]).compile(1, "optimise")
    assert work.ledger is not None and work.program is not None
    own = [entry for entry in work.ledger.entries if entry.name == "batch_views"]
    assert own and not any(entry.taken for entry in own)
    assert all("mixes samples" in entry.reason for entry in own)
    assert not any(scope.batched for scope in work.program.phases[0].graph.scopes.values())


def test_every_pass_says_its_class_of_numerics() -> None:
    import importlib

    for name in PASSES:
        module = importlib.import_module(f"vfmc.passes.{name}")
        assert name == module.NAME and module.NUMERICS in (
            "exact",
            "reassociates",
            "distribution",
            "approximate",
        )
