"""A mistake made on purpose gives one finding, at its token, with the word that was meant. `python tests/mutants.py` prints the table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import mutants
from mutation.mutant import SPECS, SPELLINGS, Mutant, Outcome, run, text_of
from mutation.page import GROUPS, PAGE, table
from mutation.slips import OTHER_WORD

from vfmc.lint.fix import fixed
from vfmc.lint.meant import respelled

EVERY = 31  # of the mutants, in the default run: each spec has others
MOST = 50  # of one spec
TESTS = Path(__file__).parent


def measured(outcomes: list[Outcome]) -> tuple[float, float, float]:
    """The shares that are caught, by one finding at the token, with the word that was meant."""
    meant = [each for each in outcomes if each.mutant.meant]
    return (
        sum(each.caught for each in outcomes) / len(outcomes),
        sum(each.at_token for each in outcomes) / len(outcomes),
        sum(each.suggested for each in meant) / len(meant),
    )


def sampled(spec: str) -> list[Mutant]:
    """A share of the mutants of a spec in both spellings, none of them another valid program."""
    made = [each for spelling in SPELLINGS for each in mutants(spec, spelling)]
    every = max(EVERY, len(made) // MOST)
    return made[SPECS.index(spec) % every :: every]


def respelt(outcome: Outcome) -> str:
    """The text with the word that the finding suggests; "" where no word is suggested at the mistake itself."""
    m, finding = outcome.mutant, respelled(outcome.found[0])
    if m.near is not None or m.group == "left out" or not finding.fix:
        return ""
    return fixed(finding.span.source, [finding], unsafe=True)[0]


@pytest.mark.parametrize("spec", SPECS)
def test_a_mistake_gives_one_finding_at_its_token_with_the_word_that_was_meant(spec: str) -> None:
    made = sampled(spec)
    outcomes = [run(each) for each in made if not each.valid]
    caught, one, right = measured(outcomes)
    missed = "\n".join(
        each.tell() for each in outcomes if not each.at_token or (each.mutant.meant and not each.suggested)
    )
    assert len(outcomes) > 10 and not [each.crash for each in outcomes if each.crash]
    assert caught == 1.0, missed
    assert one >= 0.95, missed
    assert right >= 0.9, missed
    restored = [mended for each in outcomes if each.suggested and (mended := respelt(each))]
    assert not [text for text in restored if text != text_of(spec, "yaml") and text != text_of(spec, "vfm")]
    for each in made:
        assert each.valid in ("", OTHER_WORD) or not run(each).errors, each.id


def test_torch_is_not_imported_to_find_them() -> None:
    code = (
        "import sys; from mutants import mutants; from mutation.mutant import run\n"
        "for m in list(mutants('mae_tiny', 'yaml'))[::40]: run(m)\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=TESTS, check=True)


def test_the_page_tells_of_these_specs_and_groups() -> None:
    page = PAGE.read_text(encoding="utf-8")
    specs = re.search(r"^Specs: (.*)\.$", page, re.MULTILINE)
    assert specs and re.findall(r"`(\w+)`", specs[1]) == list(SPECS), (
        "run: python tests/mutants.py --page docs/mutations.md"
    )
    rows = re.findall(r"^\| ([a-z ]+): .* \| ([0-9]+) \|", page, re.MULTILINE)
    assert [name for name, _ in rows] == list(GROUPS)
    total = re.search(r"^\| all \| ([0-9]+) \|", page, re.MULTILINE)
    assert total and int(total[1]) == sum(int(count) for _, count in rows)


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


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS)
def test_what_is_not_counted_is_no_mistake(spec: str) -> None:
    for each in (each for spelling in SPELLINGS for each in mutants(spec, spelling)):
        assert each.valid in ("", OTHER_WORD) or not run(each).errors, each.id
