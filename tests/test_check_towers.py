"""Towers, one test a promise: sharing, defaults, what they take, copies, labels and names."""

import pytest
from checking import BASE, changed, findings, only, program

from vfmc.source import Severity


def test_naming_a_tower_twice_shares_its_weights() -> None:
    text = changed(("losses:\n", "values:\n  again: {use: encoder, of: crop}\nlosses:\n"))
    assert program(text).modules.keys() == program(BASE).modules.keys()


def test_shared_weights_must_have_one_shape() -> None:
    narrow = "  narrow: {pipe: [{use: patches, size: 4, width: 8}, {use: drop, mask: half}]}\n  decoder:\n"
    text = changed(
        ("losses:\n", "values:\n  other: {use: decoder, of: {use: narrow, of: crop}}\nlosses:\n"),
        ("  decoder:\n", narrow),
    )
    found = only(text)
    assert found.code == "SHP213" and "used twice with weights of different shapes" in found.message


def test_an_operand_that_is_not_given_has_its_default() -> None:
    graph = program(changed(("losses:\n", "values:\n  clean: encoder\nlosses:\n"))).phases[0].graph
    dropped = [v for v in graph.values.values() if v.name == "drop"]
    assert len(dropped) == 1  # the masked application; the clean one has none


def test_a_default_may_be_a_mask_if_evaluation_does_not_use_it() -> None:
    assert program(changed(("takes: {hide: null}", "takes: {hide: half}"))).callables == {}
    found = only(changed(("takes: {hide: null}", "takes: {hide: half}")) + "export: {encoder: encoder}\n")
    assert found.code == "MSK309"


@pytest.mark.parametrize("extra", ["hid: half", "hide: half, mask: half"])
def test_a_tower_takes_what_it_says(extra: str) -> None:
    found = only(changed(("hide: half}}", f"{extra}}}}}")))
    assert found.code == "REF102" and "tower `encoder` takes no" in found.message


def test_frozen_towers_do_not_learn() -> None:
    made = program(changed(("    from: crop\n", "    from: crop\n    with: {frozen: true}\n")))
    assert {name: module.frozen for name, module in made.modules.items()} == {
        "encoder.patches": True, "encoder.prefix": True, "encoder.blocks": True, "encoder.layernorm": True,
        "decoder.restore": False, "decoder.linear": False,
    }  # fmt: skip


def test_two_stages_that_own_weights_need_labels() -> None:
    found = only(changed(("      - layernorm\n", "      - layernorm\n      - layernorm\n")))
    assert found.code == "REF110" and "label" in found.help and len(found.labels) == 1


def test_two_stages_may_not_have_one_label() -> None:
    found = only(
        changed(("      - layernorm\n", "      - {use: layernorm, as: a}\n      - {use: layernorm, as: a}\n"))
    )
    assert (found.code, found.span.text) == ("REF108", "a")


def test_a_tower_wins_over_a_stage_of_its_name_with_a_warning() -> None:
    text = changed(
        ("  decoder:", "  linear:\n    pipe: [{use: mlp, hidden: [8], out: 48}]\n  decoder:"),
        ("{use: linear, out: 48}", "linear"),
    )
    found = only(text)
    assert (found.code, found.severity) == ("REF116", Severity.WARNING)
    assert "linear.mlp" in program(text).modules


def test_a_tower_that_nothing_reads_is_a_warning() -> None:
    found = only(
        changed(("losses:\n", "  spare: {from: crop, pipe: [{use: patches, size: 4, width: 8}]}\nlosses:\n"))
    )
    assert (found.code, found.severity, found.span.text) == ("REF114", Severity.WARNING, "spare")


def test_a_mistake_in_a_tower_that_nothing_reads_is_found() -> None:
    found = only(
        changed(("losses:\n", "  spare: {from: crop, pipe: [{use: patches, size: 5, width: 8}]}\nlosses:\n"))
    )
    assert found.code == "SHP205"


def test_a_copy_follows_the_whole_pipe_of_what_it_copies() -> None:
    made = program("dino_tiny")
    copies = {name: module.follow.source for name, module in made.modules.items() if module.follow}
    assert copies["teacher.trunk.blocks"] == "trunk.blocks" and copies["teacher.head.last"] == "head.last"


@pytest.mark.parametrize(
    "tower",
    ["{pipe: [ring]}", "{pipe: [{use: ema, of: ring, momentum: 0.9}]}", "{from: ring, pipe: [l2norm]}"],
)
def test_a_tower_may_not_need_itself(tower: str) -> None:
    read = "values: {v: {use: ring, of: encoder}}\n" if "from" not in tower else ""
    assert only(changed(("losses:\n", f"  ring: {tower}\n{read}losses:\n"))).code == "REF109"


def test_a_copy_is_read_by_a_tower_and_no_stage_of_it() -> None:
    """The stage would be what it copies, with its gradient."""
    text = """
vfmc: 1
name: nested
extends: simclr_tiny
inputs: {label: {use: label, classes: 10}}
views: {plain: {use: padded_crop, of: image, size: 16, padding: 1}}
towers:
  still: {from: plain, pipe: [{use: ema, of: trunk, momentum: 0.9}]}
  online: {from: plain, pipe: [still, {use: linear, out: 10}]}
losses: {names: {use: cross_entropy, logits: online, labels: label}}
"""
    found = only(text)
    assert (found.code, found.span.text) == ("REF119", "still")
    assert found.message == "`still` is a copy, and a copy is no stage of another tower"
    assert "`from: still`" in (found.help or "")
    read = text.replace("online: {from: plain, pipe: [still, ", "online: {from: still, pipe: [")
    assert not findings(read)
