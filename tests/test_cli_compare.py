"""`vfmc diff` and `vfmc breaking`: what a change of a spec changes, and what it breaks."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

BASE = "vfmc: 1\nname: example\nextends: clip_tiny\n"


def changes(vfmc: Command, here: Path, text: str, old: str = BASE) -> tuple[int, list[tuple[str, str]]]:
    (here / "old.yaml").write_text(old)
    (here / "new.yaml").write_text(text)
    found = vfmc("breaking", "new.yaml", "--against", "old.yaml", "--format", "json")
    rows: list[dict[str, Any]] = json.loads(found.out)["changes"]
    return found.code, [(row["category"], row["message"]) for row in rows]


def test_the_same_spec_breaks_nothing(vfmc: Command, here: Path) -> None:
    assert changes(vfmc, here, BASE) == (0, [])
    assert vfmc("breaking", "new.yaml", "--against", "old.yaml").out == "nothing breaks\n"


def test_another_shape_breaks_checkpoints(vfmc: Command, here: Path) -> None:
    code, found = changes(vfmc, here, BASE + "inputs:\n  caption: {length: 20}\n")
    assert code == 1
    assert (
        "CHECKPOINT",
        "`text.position.table` has the shape [16, 64] in old checkpoints and [20, 64] now",
    ) in found
    assert any(
        category == "DATA" and "`caption` changes (length: 16 -> 20)" in text for category, text in found
    )


def test_weights_that_come_and_go_are_told_by_their_stage(vfmc: Command) -> None:
    found = vfmc("breaking", "clip_tiny", "--against", "flip_tiny", "--category", "CHECKPOINT")
    assert found.code == 1
    assert "`vision.layernorm.weight` and 1 more of old checkpoints have no place now" in found.out
    assert "`vision.position.table` is in no old checkpoint" in found.out


LABELLED = """\
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4, initializer: clip}
      - cls
      - {use: linear, out: 32, bias: false, initializer: clip, as: projection}
      - l2norm
"""


def test_a_rename_that_is_declared_breaks_nothing(vfmc: Command, here: Path) -> None:
    code, found = changes(vfmc, here, BASE + LABELLED)
    assert code == 1 and {category for category, _ in found} == {"CHECKPOINT"}
    code, found = changes(vfmc, here, BASE + LABELLED + "renamed:\n  vision.linear: vision.projection\n")
    assert (code, found) == (0, [])


def test_a_rename_must_lead_to_a_weight_and_come_from_none(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(
        BASE + "renamed:\n  vision.lin: vision.linaer\n  text.linear: vision.linear\n"
    )
    found = json.loads(vfmc("lint", "a.yaml", "--format", "json").out)["findings"]
    assert [(each["code"], each["line"], each["help"]) for each in found] == [
        ("REF122", 5, "did you mean `vision.linear`?"),
        ("REF122", 6, "the key is what older checkpoints say"),
    ]


def test_the_objective_and_the_recipe(vfmc: Command, here: Path) -> None:
    code, found = changes(
        vfmc,
        here,
        BASE + "losses:\n  clip: {weight: 2.0, scale: {use: learned, init: 10.0, min: 1.0, max: 100.0}}\n",
    )
    assert code == 1 and [category for category, _ in found] == ["OBJECTIVE"]
    assert "was 1 * contrastive" in found[0][1] and "init: 10" in found[0][1]
    code, found = changes(vfmc, here, BASE + "train: {batch: 64}\n")
    assert code == 0 and {category for category, _ in found} == {"RECIPE"}


def test_git_gives_the_older_state_with_what_it_extends(vfmc: Command, here: Path) -> None:
    folder = here / "models"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    (folder / "own.yaml").write_text("vfmc: 1\nname: own\nextends: base.yaml\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    assert vfmc("breaking", "models/own.yaml", "--against", "git:main").code == 0
    (folder / "base.yaml").write_text(BASE + "inputs:\n  caption: {length: 20}\n")
    found = vfmc("breaking", "models/own.yaml", "--against", "git:main")
    assert found.code == 1 and "text.position.table" in found.out
    assert vfmc("diff", "git:HEAD", "models/own.yaml", "--exit-code", "--only", "spec").code == 1
    assert vfmc("breaking", "models/own.yaml", "--against", "git:nowhere").code == 2
    assert vfmc("breaking", "models/own.yaml", "--against", "git:--help").code == 2
    (folder / "new.yaml").write_text(BASE)
    assert "it is new" in vfmc("breaking", "models/new.yaml", "--against", "git:main").err
    assert vfmc("breaking", "clip_tiny", "--against", "git:main").code == 2


def test_diff_shows_text_types_cost_and_code(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text(BASE)
    (here / "b.yaml").write_text(BASE + "inputs:\n  caption: {length: 20}\n")
    whole = vfmc("diff", "a.yaml", "b.yaml").out
    assert "-  caption: {use: text, length: 16," in whole and "+  caption: {use: text, length: 20," in whole
    assert "- text: a text [B, 16]" in whole and "+ text: a text [B, 20]" in whole
    assert "parameters: 334,145 -> 334,401 (+0.1%)" in whole
    assert "+        self.position = Position(torch.zeros(20, 64)" in whole
    found = json.loads(vfmc("diff", "a.yaml", "b.yaml", "--format", "json", "--only", "cost").out)
    assert found["cost"]["parameters"] == [334145, 334401] and "code" not in found
    assert vfmc("diff", "a.yaml", "a.yaml", "--exit-code").code == 0
    assert (
        vfmc("diff", "a.yaml", "b.yaml").code == 0
        and vfmc("diff", "a.yaml", "b.yaml", "--exit-code").code == 1
    )


@pytest.mark.parametrize("verb", ["diff", "breaking"])
def test_a_spec_with_errors_ends_in_its_findings(vfmc: Command, here: Path, verb: str) -> None:
    (here / "a.yaml").write_text(BASE + "train: {bach: 3}\n")
    arguments = ["a.yaml", "clip_tiny"] if verb == "diff" else ["clip_tiny", "--against", "a.yaml"]
    found = vfmc(verb, *arguments)
    assert found.code == 1 and "REF100" in found.err


def told(vfmc: Command, here: Path, text: str, old: str = BASE) -> list[tuple[str, str]]:
    return changes(vfmc, here, text, old)[1]


def test_a_view_that_is_made_otherwise_is_told(vfmc: Command, here: Path) -> None:
    """What training draws is information; what evaluation feeds to old weights breaks them."""
    moved = told(vfmc, here, BASE + "views: {crop: {padding: 2}}\n")
    assert moved == [
        (
            "RECIPE",
            "the view `crop` was padded_crop(size: 16, padding: 1) and is padded_crop(size: 16, padding: 2)",
        )
    ]
    ((category, message),) = told(vfmc, here, BASE + "views: {crop: {normalize: openai_clip}}\n")
    assert category == "DATA" and "evaluation feeds another picture of the view `crop`" in message
    assert "normalize: openai_clip" in message


def test_weights_of_another_rule_are_told_and_those_that_are_new_are_not(vfmc: Command, here: Path) -> None:
    assert told(vfmc, here, BASE + "train: {groups: [{of: text, lr: 0.5}]}\n") == [
        ("RECIPE", "`text.word_embedding.weight` and 28 more are optimised otherwise (lr: 1.0 -> 0.5)")
    ]
    assert not [text for category, text in told(vfmc, here, BASE + LABELLED) if "optimised" in text]


def test_a_setting_is_told_by_the_part_that_differs(vfmc: Command, here: Path) -> None:
    train = "train: {optimizer: {lr: 0.002}, schedule: {use: cosine, warmup: 3 epochs}}\n"
    old = BASE + "train: {optimizer: {lr: 0.001}, schedule: {use: cosine, warmup: 2 epochs}}\n"
    assert told(vfmc, here, BASE + train, old) == [
        ("RECIPE", "`optimizer` changes (lr: 0.001 -> 0.002)"),
        ("RECIPE", "`schedule` changes (warmup: 2 epochs -> 3 epochs)"),
    ]
    phases = "train: {phases: [{name: first, for: 3 epochs}, {name: second, for: 1 epoch}]}\n"
    found = told(vfmc, here, BASE + phases.replace("3 epochs", "2 epochs"), BASE + phases)
    assert found == [("RECIPE", "`phases` changes (first.for: 3 epochs -> 2 epochs)")]
    longer = phases.replace("first", "early").replace("3 epochs", "2 epochs")
    assert told(vfmc, here, BASE + longer, BASE + phases) == [
        ("RECIPE", "`phases` changes (first is gone, early is new)")
    ]
