"""The batch contract: docs/contracts.md section 1, worked out by hand for small specs."""

from __future__ import annotations

import pytest
from test_plan import CLIP, DINO, FLIP, MAE, planned

IMAGES = {"dtype": "float32", "kind": "image"}


def phase(text: str, name: str = "main", level: int = 1):
    return planned(text, level).contract.phases[name]


def test_inputs_say_what_a_sample_holds_whether_training_reads_it_or_not():
    inputs = planned(CLIP).contract.inputs
    assert list(inputs) == ["image", "caption", "label"]
    assert inputs["image"] == {"kind": "image", "channels": 3}
    assert inputs["label"] == {"kind": "label", "classes": 10}
    assert inputs["caption"]["tokenizer"]["use"] == "bpe" and inputs["caption"]["length"] == 16


def test_a_batch_holds_what_the_losses_read_and_no_label():
    assert phase(CLIP)["batch"] == {
        "crop": {"dims": ["B", "C", "H", "W"], "shape": [3, 16, 16], **IMAGES},
        "caption": {
            "dims": ["B", "L"], "shape": [16], "dtype": "int64", "kind": "text",
            "below": 512, "start": 1, "end": 2, "pad": 0,
        },
    }  # fmt: skip


def test_a_view_is_a_program_of_primitive_operations_with_a_deterministic_one_beside_it():
    normal = {
        "op": "normalize",
        "mean": [0.48145466, 0.4578275, 0.40821073],  # CLIP's own, openai/CLIP clip.py
        "std": [0.26862954, 0.26130258, 0.27577711],
    }
    resize = {"op": "resize", "size": 16, "interpolation": "bicubic"}
    assert phase(CLIP)["views"] == {
        "crop": {
            "of": "image",
            "programs": [[resize, {"op": "random_crop", "size": [16, 16], "padding": 0}, normal]],
            "listed": False,
            "evaluate": [[resize, {"op": "center_crop", "size": [16, 16]}, normal]],
        }
    }


def test_a_list_of_views_is_stacked_in_front_of_the_batch():
    found = phase(DINO)
    assert found["batch"] == {
        "large": {"dims": ["V", "B", "C", "H", "W"], "shape": [2, 3, 16, 16], **IMAGES},
        "small": {"dims": ["V", "B", "C", "H", "W"], "shape": [4, 3, 8, 8], **IMAGES},
        "key": {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "key"},
    }
    assert found["views"]["large"]["listed"] and len(found["views"]["large"]["programs"]) == 2
    assert len(found["views"]["small"]["programs"]) == 4 and len(found["views"]["small"]["evaluate"]) == 1


def test_a_list_of_one_view_is_a_list():
    found = phase(DINO.replace("dino_local, of: image, count: 4", "dino_local, of: image, count: 1"))
    assert found["views"]["small"]["listed"] and found["batch"]["small"]["shape"] == [1, 3, 8, 8]


def test_masks_come_as_indices_of_visible_and_hidden_tokens():
    found = phase(MAE)
    assert found["masks"] == {
        "hidden": {"of": "crop", "draw": "draw_hidden", "noise": 16, "tokens": 16, "hidden": 12}
    }
    index = {"dtype": "int64", "kind": "indices", "below": 16}
    assert found["batch"]["hidden.visible"] == {"dims": ["B", "K"], "shape": [4], **index}
    assert found["batch"]["hidden.hidden"] == {"dims": ["B", "M"], "shape": [12], **index}
    assert list(found["batch"]) == ["crop", "hidden.visible", "hidden.hidden"]


def test_a_mask_whose_count_changes_between_phases_has_two_functions():
    contract = planned(FLIP).contract
    first, second = contract.phases["pretrain"]["masks"]["half"], contract.phases["unmasked"]["masks"]["half"]
    assert (first["draw"], first["hidden"]) == ("draw_half", 8)
    assert (second["draw"], second["hidden"]) == ("draw_half_2", 4)
    assert [getattr(value.type, "hidden", 0) for value in contract.draws.values()] == [8, 4]


def test_a_mask_that_stays_the_same_between_phases_has_one_function():
    contract = planned(FLIP.replace("half.ratio: 0.25, ", "")).contract
    assert list(contract.draws) == ["draw_half"]


def test_a_mask_that_nothing_reads_is_not_drawn():
    assert phase(FLIP.replace(", hide: half", ""), "pretrain")["masks"] == {}


def test_a_view_that_only_evaluation_feeds_stands_in_every_phase():
    text = FLIP.replace("views:", "views:\n  plain: {use: center_crop, of: image, size: 16}")
    text = text.replace("half.ratio: 0.25", "clip.a: {use: vision, of: plain}")
    contract = planned(text).contract
    assert list(contract.phases["pretrain"]["views"]) == ["crop"]
    assert list(contract.phases["unmasked"]["views"]) == ["plain", "crop"]
    assert list(contract.phases["unmasked"]["batch"]) == ["plain", "caption"]


NOISES = [
    (DINO, True),
    (DINO.replace(", drop_path: 0.1", ""), False),
    (CLIP, False),
    (CLIP.replace("- eot\n", "- eot\n      - {use: dropout, p: 0.1}\n"), True),
    # a frozen tower runs in eval mode, a teacher draws nothing
    (DINO.replace("drop_path: 0.1}, cls]}", "drop_path: 0.1}, cls], with: {frozen: true}}"), False),
]


@pytest.mark.parametrize(("text", "drawn"), NOISES)
@pytest.mark.parametrize("level", [0, 1])
def test_the_key_crosses_only_where_something_that_trains_draws(text, drawn, level):
    assert ("key" in phase(text, level=level)["batch"]) == drawn


def test_a_sized_image_is_a_view_of_its_own_name():
    text = CLIP.replace("image:   {use: image}", "image: {use: image, size: 16, normalize: none}")
    text = text.replace("views:\n  crop: {use: random_square_crop, of: image, size: 16}\n", "")
    found = phase(text.replace("from: crop", "from: image"))
    program = [
        {"op": "resize", "size": 16, "interpolation": "bicubic"},
        {"op": "center_crop", "size": [16, 16]},
    ]
    assert found["views"] == {
        "image": {"of": "image", "programs": [program], "listed": False, "evaluate": [program]}
    }
    assert list(found["batch"]) == ["image", "caption"] and found["batch"]["image"]["shape"] == [3, 16, 16]


def test_names_stand_in_the_order_of_their_declaration_whatever_reads_them_first():
    text = CLIP.replace("a: vision, b: text", "a: text, b: vision")
    assert list(phase(text)["batch"]) == ["crop", "caption"]
