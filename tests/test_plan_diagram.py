"""The picture of a program: what is drawn, and how copies and frozen towers are marked."""

from __future__ import annotations

from test_plan import CLIP, DINO, MAE, planned


def test_the_whole_picture_of_a_distillation():
    assert planned(DINO).diagram == (
        "flowchart LR\n"
        '  input_image(["image<br/>image"])\n'
        '  view_large[/"large<br/>dino_global"/]\n'
        '  view_small[/"small<br/>dino_local"/]\n'
        '  tower_student["student<br/>trunk → head"]\n'
        '  tower_teacher["teacher<br/>trunk → head"]\n'
        '  loss_dino(("dino<br/>self_distill"))\n'
        "  input_image --> view_large\n"
        "  input_image --> view_small\n"
        "  view_large --> tower_student\n"
        "  view_small --> tower_student\n"
        "  view_large --> tower_teacher\n"
        "  tower_student --> loss_dino\n"
        "  tower_teacher --> loss_dino\n"
        "  tower_student -.->|ema| tower_teacher\n"
        "  classDef copy stroke-dasharray: 5 5\n"
        "  class tower_teacher copy\n"
    )


def test_masks_stand_between_a_view_and_what_reads_them():
    lines = planned(MAE).diagram.splitlines()
    for edge in (
        "view_crop --> mask_hidden",
        "mask_hidden --> tower_encoder",
        "tower_encoder --> tower_decoder",
    ):
        assert f"  {edge}" in lines


def test_inputs_that_no_loss_reads_are_not_drawn():
    assert "label" not in planned(CLIP).diagram


def test_a_frozen_tower_is_marked_and_no_other():
    text = CLIP.replace("l2norm\n  text:", "l2norm\n    with: {frozen: true}\n  text:")
    assert "  class tower_vision frozen\n" in planned(text).diagram
    assert "frozen" not in planned(CLIP).diagram


def test_the_picture_does_not_depend_on_the_level():
    assert planned(MAE, 0).diagram == planned(MAE, 1).diagram
