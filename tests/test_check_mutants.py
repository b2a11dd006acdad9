"""A mistake made on purpose gives one finding, at its token, with the word that was meant. `python tests/mutants.py` prints the table."""

import pytest
from mutants import OTHER_WORD, SPECS, SPELLINGS, Outcome, mutants, run, table

EVERY = 19  # of the mutants, in the default run


def measured(outcomes: list[Outcome]) -> tuple[float, float, float]:
    """The shares that are caught, by one finding at the token, with the word that was meant."""
    meant = [each for each in outcomes if each.mutant.meant]
    return (
        sum(each.caught for each in outcomes) / len(outcomes),
        sum(each.at_token for each in outcomes) / len(outcomes),
        sum(each.suggested for each in meant) / len(meant),
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("spec", SPECS)
def test_a_mistake_gives_one_finding_at_its_token_with_the_word_that_was_meant(
    spec: str, spelling: str
) -> None:
    outcomes = [run(each) for each in mutants(spec, spelling) if not each.valid][::EVERY]
    caught, one, right = measured(outcomes)
    missed = "\n".join(
        each.tell() for each in outcomes if not each.at_token or (each.mutant.meant and not each.suggested)
    )
    assert len(outcomes) > 20
    assert caught == 1.0, missed
    assert one >= 0.98, missed
    assert right >= 0.95, missed


@pytest.mark.slow
def test_the_whole_table() -> None:
    outcomes = [
        run(each)
        for spec in SPECS
        for spelling in SPELLINGS
        for each in mutants(spec, spelling)
        if not each.valid
    ]
    print(table(outcomes))
    caught, one, right = measured(outcomes)
    assert not [each.tell() for each in outcomes if each.crash]
    assert caught == 1.0 and one >= 0.99 and right >= 0.98


@pytest.mark.parametrize("spec", SPECS)
def test_a_slip_that_is_left_out_is_no_mistake(spec: str) -> None:
    for each in mutants(spec, "yaml"):
        if each.valid and each.valid != OTHER_WORD:
            assert not run(each).errors, each.id
