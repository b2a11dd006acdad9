"""What the check doubts: told as an error until a comment says that it is meant, and then built as it is written."""

import json
from pathlib import Path

import pytest
from checking import as_dsl
from conftest import Command

from vfmc.api import Spec, SpecError
from vfmc.lint.index import DOUBTS, RULES
from vfmc.source import Source

CLIP = """\
vfmc: 1
name: lengths
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 16, depth: 1, heads: 2, patch: 4}
      - cls
      - {use: linear, out: 32}
losses:
  clip:
    a: vision
"""
SILENT = CLIP.replace("a: vision\n", "a: vision  # vfmc: ignore[OBJ301] lengths are meant\n")
BLOCK = CLIP.replace("  clip:", "  # vfmc: ignore[OBJ301] lengths are meant\n  clip:")
FILE = f"{CLIP}# vfmc: ignore-file[OBJ] lengths are meant\n"
# of every doubt that is an error, the spec with the doubt and the line of it that a comment silences
DOUBTED = {
    "OBJ301": (CLIP, "a: vision"),
    "OBJ302": (
        "vfmc: 1\nname: taught\nextends: dino_tiny\nlosses: {dino: {teacher: {use: student, of: large}}}\n"
        "eval: {knn: {of: trunk}}\nexport: {trunk: trunk}\n",
        "losses:",
    ),
    "OBJ306": (
        "vfmc: 1\nname: short\nextends: supervised_vit_tiny\nlosses: {classes: {logits: classifier}}\ntowers:\n  classifier:\n    pipe:\n"
        "    - {use: vit, width: 16, depth: 1, heads: 2, patch: 4}\n    - cls\n    - {use: linear, out: 10, as: head}\n    - l2norm\n",
        "losses:",
    ),
    "MSK302": (
        "vfmc: 1\nname: another\nextends: mae_tiny\nviews: {other: {use: padded_crop, of: image, size: 16}}\n"
        "masks: {hidden: {of: other}}\ntowers:\n  encoder:\n    pipe:\n    - {use: patches, size: 2, width: 16}\n"
        "    - {use: position, kind: sincos}\n    - {use: drop, mask: hide}\n    - {use: prefix, cls: 1}\n"
        "    - {use: blocks, depth: 1, heads: 2}\n    - layernorm\n",
        "drop, mask",
    ),
}


def written(text: str, spelling: str) -> str:
    return as_dsl(text) if spelling == "vfm" else text


def silenced(code: str) -> str:
    """The spec with a comment at the end of the line of its doubt."""
    text, line = DOUBTED[code]
    return "\n".join(
        f"{each}  # vfmc: ignore[{code}] as in the paper" if line in each else each
        for each in text.split("\n")
    )


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
def test_a_doubt_is_an_error_at_its_place_with_what_to_do(vfmc: Command, here: Path, spelling: str) -> None:
    (here / f"a.{spelling}").write_text(written(CLIP, spelling))
    done = vfmc("lint", f"a.{spelling}")
    assert done.code == 1 and "Found 1 error." in done.out
    assert "error[OBJ301]: `a` does not have unit length, so the products are no cosines" in done.out
    assert "help: end the tower with `l2norm`" in done.out and "^^^^^^" in done.out


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
@pytest.mark.parametrize("text", [SILENT, BLOCK, FILE], ids=["line", "block", "file"])
def test_a_comment_silences_it_for_lint_and_for_build(
    vfmc: Command, here: Path, text: str, spelling: str
) -> None:
    (here / f"a.{spelling}").write_text(written(text, spelling))
    done = vfmc("lint", f"a.{spelling}", "--profile", "ci")
    assert (done.code, done.out) == (0, "1 spec, no findings\n"), done.out
    done = vfmc("build", f"a.{spelling}", "-o", "built")
    assert done.code == 0, done.err
    code = (here / "built" / "model.py").read_text()
    vision, text_tower = code.split("class Vision(")[1].split("class ")[0], code.split("class Text(")[1]
    assert "normalize" not in vision and "normalize" in text_tower.split("class ")[0]


def test_both_spellings_that_silence_it_give_the_same_package(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(SILENT)
    (here / "b.vfm").write_text(as_dsl(SILENT))
    assert vfmc("build", "a.yaml", "-o", "a").code == vfmc("build", "b.vfm", "-o", "b").code == 0
    for name in ("model.py", "objective.py", "data.py", "spec.yaml"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes(), name


@pytest.mark.parametrize("verb", ["build", "train", "inspect"])
def test_no_command_takes_a_spec_with_a_doubt(vfmc: Command, here: Path, verb: str) -> None:
    (here / "a.yaml").write_text(CLIP)
    done = vfmc(verb, "a.yaml", *(["--steps", "1"] if verb == "train" else []))
    assert done.code == 1 and "error[OBJ301]" in done.err
    assert "`# vfmc: ignore[OBJ301] REASON` at the end of the line" in done.err
    assert [path.name for path in here.iterdir()] == ["a.yaml"]


def test_python_refuses_it_too_unless_it_is_silenced() -> None:
    with pytest.raises(SpecError, match="OBJ301"):
        Spec(Source("a.yaml", CLIP), None).compile_package()
    spec = Spec(Source("a.yaml", SILENT), None)
    assert spec.check() == [] and spec.compile_package().package is not None


@pytest.mark.parametrize("code", sorted(DOUBTED))
def test_what_is_silenced_trains_and_its_package_can_be_built_again(
    vfmc: Command, here: Path, code: str
) -> None:
    (here / "a.yaml").write_text(DOUBTED[code][0])
    done = vfmc("lint", "a.yaml")
    assert done.code == 1 and f"error[{code}]" in done.out and "Found 1 error." in done.out, done.out
    (here / "a.yaml").write_text(silenced(code))
    done = vfmc("lint", "a.yaml", "--profile", "ci", "--ignore", "REF114")
    assert done.code == 0, done.out
    done = vfmc(
        "train", "a.yaml", "--steps", "1", "-s", "train.batch=4", "--workers", "0", "--out", "run", "--quiet"
    )
    assert done.code == 0, done.err
    losses = [json.loads(line) for line in (here / "run" / "log.jsonl").read_text().splitlines()]
    assert losses
    done = vfmc("build", "run/package/spec.yaml", "-o", "again")
    assert done.code == 0, done.err
    for name in ("model.py", "objective.py", "data.py", "spec.yaml"):
        assert (here / "again" / name).read_text() == (here / "run" / "package" / name).read_text(), name


def test_what_may_follow_from_a_doubt_is_told_once_the_doubt_is_settled(vfmc: Command, here: Path) -> None:
    text = "vfmc: 1\nname: a\nextends: dino_tiny\nlosses:\n  dino:\n    teacher: {use: student, of: large}\n"
    (here / "a.yaml").write_text(text)
    assert "Found 1 error." in vfmc("lint", "a.yaml").out
    (here / "a.yaml").write_text(text + "# vfmc: ignore-file[OBJ302] an experiment\n")
    told = vfmc("lint", "a.yaml").out
    assert "OBJ302" not in told and "evaluation cannot call it" in told


def test_it_can_be_ignored_and_put_off_and_not_deselected(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(CLIP)
    assert vfmc("lint", "a.yaml", "--ignore", "OBJ301").code == 0
    assert vfmc("lint", "a.yaml", "--select", "OPT").code == 1
    assert vfmc("lint", "a.yaml", "--fail-on", "never").code == 1
    assert vfmc("lint", "a.yaml", "--write-baseline", "base.json").code == 0
    assert vfmc("lint", "a.yaml", "--baseline", "base.json").code == 0
    (here / "vfmc.toml").write_text('[per-file-ignores]\n"a.yaml" = ["OBJ301"]\n')
    assert vfmc("lint", "a.yaml").code == vfmc("build", "a.yaml").code == 0
    (here / "vfmc.toml").write_text('ignore = ["OBJ303"]\n')
    done = vfmc("build", "a.yaml")
    assert done.code == 2 and "`OBJ303` cannot be switched off" in done.err


def test_a_warning_of_the_check_is_silenced_as_well(vfmc: Command, here: Path) -> None:
    text = "vfmc: 1\nname: a\nextends: clip_tiny\ntowers:\n  spare: {from: crop, pipe: [{use: patches, size: 4, width: 8}]}\n"
    (here / "a.yaml").write_text(text)
    done = vfmc("lint", "a.yaml")
    assert done.code == 1 and "warning[REF114]" in done.out
    (here / "a.yaml").write_text(text.replace("]}\n", "]}  # vfmc: ignore[REF114] for a later phase\n"))
    assert vfmc("lint", "a.yaml", "--profile", "ci").code == 0
    assert "REF114" not in vfmc("build", "a.yaml").err


def test_one_that_silences_no_doubt_is_told_and_one_without_a_reason_in_ci(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(SILENT.replace("out: 32}\n", "out: 32}\n      - l2norm\n"))
    assert "STY001" in vfmc("lint", "a.yaml").out
    (here / "a.yaml").write_text(SILENT.replace(" lengths are meant", ""))
    assert vfmc("lint", "a.yaml").code == 0
    assert "STY002" in vfmc("lint", "a.yaml", "--profile", "ci").out


def test_beside_a_doubt_one_that_silences_no_doubt_is_told(vfmc: Command, here: Path) -> None:
    """What is on the wrong line says so, next to the error that it was meant for; whether a rule's is used is not known yet."""
    misplaced = SILENT.replace("  # vfmc: ignore[OBJ301] lengths are meant", "")
    (here / "a.yaml").write_text(misplaced + "# vfmc: ignore[OBJ301, OPT] misplaced\n")
    told = vfmc("lint", "a.yaml").out
    assert "OBJ301" in told and "nothing here is silenced by `OBJ301`" in told


def test_beside_what_cannot_be_built_no_suppression_is_called_unused(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(SILENT.replace("extends: clip_tiny", "extends: clip_tiny\nexprot: {}"))
    told = vfmc("lint", "a.yaml").out
    assert "REF100" in told and "STY001" not in told


def test_two_towers_are_two_doubts_and_one_tower_is_one() -> None:
    def places(text: str) -> list[str]:
        return [each.span.text for each in Spec(Source("a.yaml", text), None).check()]

    both = CLIP.replace(
        "losses:",
        "  text:\n    pipe:\n      - {use: text_transformer, width: 16, depth: 1, heads: 2}\n      - eot\n"
        "      - {use: linear, out: 32}\nlosses:",
    ).replace("a: vision", "a: vision\n    b: text")
    assert places(both) == ["vision", "text"]
    assert places(both.replace("b: text", "b: vision")) == ["vision"]


def test_every_doubt_is_selected_as_a_rule_is() -> None:
    assert set(RULES) >= DOUBTS and set(DOUBTED) <= DOUBTS
