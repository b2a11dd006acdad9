"""`vfmc lint --fix -` is a filter: the mended text comes out, and what is left is told on the standard error."""

import json
from pathlib import Path

from conftest import Command

BROKEN = "vfmc: 1\nname: a  # ours\nextends: clip_tiny\ntrain: {bach: 8, no_decay: [bias]}\n"
MENDED = BROKEN.replace("bach", "batch")


def test_the_mended_text_is_written_and_the_findings_stand_beside_it(vfmc: Command) -> None:
    done = vfmc("lint", "--fix", "--unsafe-fixes", "-", stdin=BROKEN)
    assert done.out == MENDED and done.code == 1
    assert "OPT511" in done.err and "REF100" not in done.err
    done = vfmc("lint", "--fix", "--unsafe-fixes", "--ignore", "OPT", "-", stdin=BROKEN)
    assert (done.code, done.out) == (0, MENDED) and "no findings" in done.err


def test_a_text_without_fixes_comes_out_as_it_is(vfmc: Command) -> None:
    for text in (MENDED, "vfmc: 1\nname: [\n"):
        done = vfmc("lint", "--fix", "-", stdin=text)
        assert done.out == text and done.code == 1 and done.err


def test_formats_go_to_the_standard_error_as_well(vfmc: Command) -> None:
    done = vfmc("lint", "--fix", "-", "--format", "json", stdin=MENDED)
    assert done.out == MENDED
    assert [each["code"] for each in json.loads(done.err)["findings"]] == ["OPT511"]


def test_in_the_dsl_it_is_the_same(vfmc: Command) -> None:
    text = "vfmc 1\nname a\nextends clip_tiny\ntrain { bach: 8 }\n"
    done = vfmc("lint", "--fix", "--unsafe-fixes", "--stdin-filename", "a.vfm", "-", stdin=text)
    assert (done.code, done.out) == (0, text.replace("bach", "batch")), done.err


def test_without_fix_or_with_diff_findings_are_what_is_written(vfmc: Command, here: Path) -> None:
    assert "OPT511" in vfmc("lint", "-", stdin=MENDED).out
    done = vfmc("lint", "--diff", "--unsafe-fixes", "-", stdin=BROKEN)
    assert "+train: {batch: 8" in done.out
