"""recipe.json: rates, knobs, parts, evaluation, phases; and how the runtime reads them if torch is there."""

from __future__ import annotations

import pytest
from test_plan import CLIP, DINO, FLIP, MAE, planned

EPOCH = {"value": 1, "unit": "epochs"}
PAIRS = {
    "inputs": ["crop", "caption"],
    "losses": ["clip"],
    "trains": ["vision", "text", "clip"],
    "source": "pairs",
}


def recipe(text: str):
    return planned(text).recipe


def test_the_head_of_a_recipe():
    found = recipe(CLIP.replace("batch: 128", "batch: 128\n  accumulate: 4\n  precision: bf16\n  seed: 7"))
    head = {"abi": 1, "name": "small_clip", "seed": 7, "level": 1}
    assert head.items() <= found.items()
    assert {"precision": "bf16", "batch": 128, "accumulate": 4}.items() <= found.items()
    assert found["losses"] == {"clip": {"weight": 1.0, "couples": "batch", "towers": ["vision", "text"]}}
    assert found["clip"] is None and found["inits"] == [] and found["knobs"] == {}
    assert found["checkpoint"] == {"every": EPOCH, "keep": 3}
    assert found["phases"] == [
        {"name": "main", "for": {"value": 10, "unit": "epochs"}, "objective": "Objective", "set": {}}
    ]


RATES = [
    ("1.0e-3", 1e-3),
    ("{use: per, batch: 256, value: 5.0e-4}", 2.5e-4),  # half of 256
    ("{use: per, batch: 512, value: 1.0e-3, rule: sqrt}", 0.5e-3),  # sqrt(128 / 512)
]


@pytest.mark.parametrize(("said", "rate"), RATES)
def test_a_rate_stated_for_another_batch_is_multiplied_out(said, rate):
    found = recipe(CLIP.replace("lr: 1.0e-3", f"lr: {said}"))
    assert found["optimizer"].pop("lr") == pytest.approx(rate)
    assert found["optimizer"] == {"use": "adamw", "betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.1}


STEPS = {"value": 500, "unit": "steps"}
SCHEDULES = [
    ("", {"use": "cosine", "warmup": None, "end": 0.0}, 1e-3),
    (
        "schedule: {use: cosine, warmup: 500 steps, end: 1.0e-6}",
        {"use": "cosine", "warmup": STEPS, "end": 1e-6},
        1e-3,
    ),
    (
        "schedule: {use: cosine, form: inclusive}",
        {"use": "cosine", "warmup": None, "end": 0.0, "form": "dino"},
        1e-3,
    ),
    (
        "schedule: {use: linear, warmup: 2%}",
        {"use": "linear", "warmup": {"value": 2, "unit": "%"}, "end": 0.0},
        1e-3,
    ),
    ("schedule: constant", {"use": "constant", "warmup": None}, 1e-3),
    ("schedule: {use: cosine, start: 2.0e-3}", {"use": "cosine", "warmup": None, "end": 0.0}, 2e-3),
    (
        "schedule: {use: warmup, start: 1.0e-5, end: 4.0e-3, for: 500 steps}",
        {"use": "constant", "warmup": STEPS, "start": 1e-5},
        4e-3,
    ),
    (
        "schedule: {use: step, at: [30 epochs, 60 epochs], factor: 0.2}",
        {
            "use": "step",
            "warmup": None,
            "end": 0.0,
            "at": [{"value": 30, "unit": "epochs"}, {"value": 60, "unit": "epochs"}],
            "factor": 0.2,
        },
        1e-3,
    ),
    (
        "schedule: {use: inverse_sqrt, warmup: 500 steps, start: 3.0e-3}",
        {"use": "inverse_sqrt", "warmup": STEPS, "end": 0.0, "timescale": None, "cooldown": None},
        3e-3,
    ),
    (
        "schedule: {use: wsd, warmup: 500 steps, decay: 20%, shape: sqrt}",
        {
            "use": "wsd",
            "warmup": STEPS,
            "end": 0.0,
            "decay": {"value": 20, "unit": "%"},
            "shape": "sqrt",
        },
        1e-3,
    ),
]


@pytest.mark.parametrize(("said", "schedule", "peak"), SCHEDULES)
def test_a_schedule_of_the_rate_is_said_in_the_runtime_s_words(said, schedule, peak):
    found = recipe(CLIP.replace("  for: 10 epochs", f"  {said}\n  for: 10 epochs"))
    assert found["schedule"] == schedule and found["optimizer"]["lr"] == peak


def test_lars_adapts_what_is_neither_a_bias_nor_a_norm():
    found = recipe(CLIP.replace("use: adamw, lr: 1.0e-3", "use: lars, lr: 0.3, unadapted: [bias, norm]"))
    assert found["optimizer"] == {
        "use": "lars",
        "lr": 0.3,
        "momentum": 0.9,
        "nesterov": False,
        "weight_decay": 0.1,
        "trust": 0.001,
        "momentum_of": "gradient",
    }
    settings = {weight: group.get("settings") for group in found["groups"] for weight in group["weights"]}
    for name in settings:
        vector = name.endswith(".bias") or "norm" in name
        assert settings[name] == ({"adapt": False} if vector else None), name
    assert [group["name"] for group in found["groups"]] == ["decay", "no_decay", "no_decay (2)"]


def test_a_decay_by_schedule_is_adamw_s_over_the_rate():
    said = "use: adam, lr: 1.0e-3, decay: by_schedule"
    found = recipe(
        CLIP.replace("use: adamw, lr: 1.0e-3", said).replace("weight_decay: 0.1", "weight_decay: 1.0e-4")
    )
    assert found["optimizer"]["use"] == "adamw" and "decay" not in found["optimizer"]
    assert found["optimizer"]["weight_decay"] == pytest.approx(0.1)
    groups = "groups: [{of: vision.linear, weight_decay: 2.0e-4}]\n  for: 10 epochs"
    alone = CLIP.replace("use: adamw, lr: 1.0e-3", said).replace("weight_decay: 0.1", "weight_decay: 0.0")
    own = [
        group
        for group in recipe(alone.replace("for: 10 epochs", groups))["groups"]
        if "weight_decay" in group
    ]
    assert [group["weight_decay"] for group in own] == [pytest.approx(0.2)]


def test_numbers_that_a_schedule_moves_are_knobs_named_after_their_owner():
    found = recipe(DINO)
    assert found["knobs"] == {
        "teacher.momentum": {"use": "cosine", "start": 0.996, "end": 1.0, "warmup": None},
        "dino.teacher_temperature": {
            "use": "warmup",
            "start": 0.04,
            "end": 0.07,
            "for": {"value": 30, "unit": "epochs"},
            "every": "epoch",
        },
        "optimizer.weight_decay": {"use": "cosine", "start": 0.04, "end": 0.4, "warmup": None},
    }
    assert found["optimizer"]["weight_decay"] == 0.04


def test_a_knob_without_a_start_stays_at_its_end():
    found = recipe(DINO.replace("{use: cosine, start: 0.996, end: 1.0}", "{use: cosine, end: 0.99}"))
    assert found["knobs"]["teacher.momentum"] == {"use": "cosine", "start": 0.99, "end": 0.99, "warmup": None}


def test_a_loss_weight_that_moves_is_a_knob_and_stands_as_it_begins():
    text = CLIP.replace(
        "{use: contrastive,", "{use: contrastive, weight: {use: linear, start: 0.5, end: 2.0},"
    )
    found = recipe(text)
    assert found["losses"]["clip"]["weight"] == 0.5
    assert found["knobs"] == {"clip.weight": {"use": "linear", "start": 0.5, "end": 2.0, "warmup": None}}


def test_without_feeds_one_part_has_every_loss():
    assert recipe(CLIP)["parts"] == {"main": PAIRS}
    assert recipe(DINO)["parts"]["main"]["trains"] == ["trunk", "head"]  # not the teacher, not the centre
    assert recipe(MAE)["parts"]["main"]["inputs"] == ["crop"]  # the mask comes along with what it covers


def test_every_source_that_feeds_losses_is_a_part_with_what_those_read_and_train():
    pictures = "pictures: {use: image_folder, root: pictures, feeds: [pixels]}"
    target = "{use: patch_pixels, of: crop, size: 4}"
    loss = f"pixels: {{use: mse, prediction: {{use: paint, of: crop}}, target: {target}}}"
    tower = "paint: {pipe: [{use: patches, size: 4, width: 32}, {use: linear, out: 48}]}"
    text = CLIP.replace("pairs: digits", f"pairs: {{use: digits, feeds: [clip]}}\n  {pictures}")
    text = text.replace("losses:", f"losses:\n  {loss}").replace("towers:", f"towers:\n  {tower}")
    assert recipe(text)["parts"] == {
        "pairs": PAIRS,
        "pictures": {"inputs": ["crop"], "losses": ["pixels"], "trains": ["paint"], "source": "pictures"},
    }
    assert recipe(text)["sources"]["pictures"]["root"] == "pictures"


def test_frozen_towers_are_not_trained_by_a_part():
    text = CLIP.replace(
        "l2norm\n  text:", "l2norm\n    with: {frozen: true, init: start.safetensors}\n  text:"
    )
    assert recipe(text)["parts"]["main"]["trains"] == ["text", "clip"]
    assert recipe(text)["inits"] == [{"tower": "vision", "path": "start.safetensors", "skip": []}]


def test_evaluation_names_towers_with_what_feeds_them():
    said = "eval:\n  pairs_at_rest: {use: retrieval, image: vision, text: text, data: held_out}\n"
    assert recipe(CLIP + said)["evaluate"] == {
        "pairs_at_rest": {
            "use": "retrieval",
            "image": {"tower": "vision", "view": "crop"},
            "text": {"tower": "text", "input": "caption"},
            "data": "held_out",
        }
    }
    assert recipe(DINO)["evaluate"]["knn"] == {
        "use": "knn",
        "image": {"tower": "teacher.trunk", "view": "large"},
        "protocol": "dino",
        "k": 20,
        "temperature": 0.07,
        "data": "digits",
        "facts": {"features": [{"blocks": 1, "of": ["cls"]}]},
        "taps": None,
        "departs": [],
    }
    assert recipe(MAE)["exports"] == {"encoder": {"tower": "encoder", "view": "crop"}}


def test_other_sections_are_said_only_where_they_say_something():
    said = "data: {workers: 2, epoch_of: pairs}\nparallel: {compile: true}\nprofile: {from: 3, steps: 2}\n"
    keys = {"epoch_of": "pairs", "workers": 2, "compile": True, "profile": {"from": 3, "steps": 2}}
    assert {key: value for key, value in recipe(CLIP + said).items() if key in keys} == keys
    assert not keys.keys() & recipe(CLIP).keys()


def test_a_phase_says_what_differs_from_the_base():
    found = recipe(FLIP)
    assert found["optimizer"]["lr"] == 0.5e-3
    assert [(phase["name"], phase["for"], phase["set"]) for phase in found["phases"]] == [
        ("pretrain", {"value": 10, "unit": "epochs"}, {}),
        ("unmasked", EPOCH, {"optimizer.lr": 1e-5}),
    ]


def test_a_rate_per_batch_follows_the_batch_of_the_phase():
    found = recipe(FLIP.replace("train.optimizer.lr: 1.0e-5", "train.batch: 512"))
    assert found["phases"][1]["set"] == {"batch": 512, "optimizer.lr": 2e-3}


def test_the_first_phase_says_its_own_changes_too():
    text = FLIP.replace("for: 10 epochs}", "for: 10 epochs, set: {train.clip: {use: global_norm, max: 1.0}}}")
    found = recipe(text)
    assert found["clip"] is None
    assert found["phases"][0]["set"] == {"clip": {"use": "global_norm", "max": 1.0}}
    assert found["phases"][1]["set"] == {"optimizer.lr": 1e-5}


def test_a_schedule_that_a_phase_says_itself_begins_again_there_even_if_it_is_the_same():
    found = recipe(FLIP.replace("train.optimizer.lr: 1.0e-5", "train.schedule: cosine"))
    assert found["phases"][1]["set"] == {"schedule": {"use": "cosine", "warmup": None, "end": 0.0}}


def test_a_number_that_only_one_phase_moves_is_a_knob_of_the_whole_training():
    text = FLIP.replace(
        "train.optimizer.lr: 1.0e-5", "train.optimizer.weight_decay: {use: cosine, start: 0.1, end: 0.4}"
    )
    found = recipe(text)
    assert found["knobs"] == {"optimizer.weight_decay": 0.1}
    cosine = {"use": "cosine", "start": 0.1, "end": 0.4, "warmup": None}
    assert found["phases"][1]["set"] == {"knobs.optimizer.weight_decay": cosine}


def test_the_runtime_lays_the_phases_out_as_the_spec_says():
    timeline = pytest.importorskip("vfmc.runtime.timeline", exc_type=ImportError)
    found = recipe(FLIP.replace("half.ratio: 0.25,", "half.ratio: 0.25, train.schedule: constant,"))
    laid = timeline.lay_out(found, samples_per_epoch=1280)  # 10 steps an epoch
    assert [(phase.start, phase.stop) for phase in laid.phases] == [(0, 100), (100, 110)]
    assert laid.at(0).lr == pytest.approx(0.5e-3) and laid.at(55).lr == pytest.approx(0.25e-3)
    assert laid.at(105).lr == pytest.approx(1e-5) and laid.at(105).weight_decay == pytest.approx(0.1)


def test_the_runtime_moves_the_knobs_of_a_distillation():
    timeline = pytest.importorskip("vfmc.runtime.timeline", exc_type=ImportError)
    laid = timeline.lay_out(recipe(DINO), samples_per_epoch=1280)
    begins, middle = laid.at(0), laid.at(50)
    assert begins.knobs == {"teacher.momentum": 0.996, "dino.teacher_temperature": 0.04}
    assert begins.weight_decay == pytest.approx(0.04)
    assert middle.knobs["teacher.momentum"] == pytest.approx(0.998)  # half a cosine at its middle
    assert middle.weight_decay == pytest.approx(0.22)
