"""Durations, learning rates and knobs against the formulas of the papers' own code, written out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vfmc.runtime.errors import RunError
from vfmc.runtime.schedule import Clock, knob, learning_rate
from vfmc.runtime.timeline import lay_out

CLOCK = Clock(samples_per_epoch=640, batch=64, total=1000)  # 10 steps an epoch


def epochs(value):
    return {"value": value, "unit": "epochs"}


def dino_cosine(base, final, length, warmup, start=0.0):
    """facebookresearch/dino utils.cosine_scheduler, in steps."""
    rise = np.linspace(start, base, warmup)
    steps = np.arange(length - warmup)
    return np.concatenate((rise, final + 0.5 * (base - final) * (1 + np.cos(np.pi * steps / len(steps)))))


def test_dino_rate_meets_the_golden_values():
    settings = {"use": "cosine", "form": "dino", "warmup": epochs(10), "end": 1e-6}
    found = [learning_rate(settings, 0.002, step, 1000, CLOCK) for step in (0, 50, 99, 100, 999)]
    assert found == pytest.approx([0, 0.0010101010, 0.002, 0.002, 0.0000010061], rel=1e-4, abs=1e-12)


def test_dino_rate_is_that_of_its_own_code_at_every_step():
    settings = {"use": "cosine", "form": "dino", "warmup": epochs(10), "end": 1e-6, "start": 1e-5}
    found = [learning_rate(settings, 0.002, step, 1000, CLOCK) for step in range(1000)]
    np.testing.assert_allclose(found, dino_cosine(0.002, 1e-6, 1000, 100, 1e-5), rtol=1e-12)


def test_default_form_is_that_of_mae():
    settings = {"use": "cosine", "warmup": epochs(40), "end": 1e-5}

    def mae(epoch):  # facebookresearch/mae util/lr_sched.py
        if epoch < 40:
            return 1e-3 * epoch / 40
        return 1e-5 + (1e-3 - 1e-5) * 0.5 * (1.0 + math.cos(math.pi * (epoch - 40) / (100 - 40)))

    found = [learning_rate(settings, 1e-3, step, 1000, CLOCK) for step in range(1000)]
    np.testing.assert_allclose(found, [mae(step / 10) for step in range(1000)], rtol=1e-12)


def test_clip_form_is_that_of_open_clip():
    settings = {"use": "cosine", "form": "clip", "warmup": {"value": 20, "unit": "steps"}, "end": 0.0}

    def open_clip(step):  # open_clip_train/scheduler.py cosine_lr
        if step < 20:
            return 5e-4 * (step + 1) / 20
        return 0.5 * (1 + np.cos(np.pi * (step - 20) / (1000 - 20))) * 5e-4

    found = [learning_rate(settings, 5e-4, step, 1000, CLOCK) for step in range(1000)]
    np.testing.assert_allclose(found, [open_clip(step) for step in range(1000)], rtol=1e-12)


def test_linear_constant_and_step_schedules():
    assert learning_rate({"use": "linear", "end": 0.0}, 1.0, 250, 1000, CLOCK) == pytest.approx(0.75)
    assert learning_rate({"use": "constant"}, 1.0, 999, 1000, CLOCK) == 1.0
    simmim = {"use": "step", "at": [epochs(70)], "factor": 0.1}
    found = [learning_rate(simmim, 1.0, step, 1000, CLOCK) for step in (699, 700)]
    assert found == pytest.approx([1.0, 0.1])


def test_dino_momentum_and_teacher_temperature():
    momentum = {"use": "cosine", "start": 0.996, "end": 1.0, "warmup": None}
    assert knob(momentum, 500, 1000, CLOCK) == pytest.approx(0.998)
    warmup = {"use": "warmup", "start": 0.04, "end": 0.07, "for": epochs(30), "every": "epoch"}
    expected = np.concatenate(
        (np.linspace(0.04, 0.07, 30), np.full(70, 0.07))
    )  # DINOLoss.teacher_temp_schedule
    found = [knob(warmup, step, 1000, CLOCK) for step in range(1000)]
    np.testing.assert_allclose(found, np.repeat(expected, 10), rtol=1e-12)


def test_durations_are_rounded_up_and_need_what_they_count():
    clock = Clock(samples_per_epoch=1797, batch=128, total=1000)
    assert clock.steps(epochs(1)) == 15
    assert clock.steps(epochs(2)) == 29  # 28.08: epochs follow one another without a gap
    assert clock.steps({"value": 1280, "unit": "samples"}) == 10
    assert clock.steps({"value": 2.5, "unit": "%"}) == 25
    assert clock.steps({"value": 0.1 * 3, "unit": "epochs"}) == 5
    with pytest.raises(RunError, match="number of samples"):
        Clock(None, 128).steps(epochs(1))
    with pytest.raises(RunError, match="no unit 'weeks'"):
        clock.steps({"value": 1, "unit": "weeks"})


def recipe(**changes):
    base = {
        "batch": 64,
        "optimizer": {"use": "adamw", "lr": 1.0, "weight_decay": 0.1},
        "schedule": {"use": "linear", "end": 0.0},
        "knobs": {"teacher.momentum": {"use": "linear", "start": 0.0, "end": 1.0}},
        "phases": [{"name": "a", "for": epochs(60), "set": {}}, {"name": "b", "for": epochs(40), "set": {}}],
    }
    return {**base, **changes}


def test_a_schedule_spans_all_phases_unless_a_phase_sets_it():
    timeline = lay_out(recipe(), 640)
    assert [(p.start, p.stop) for p in timeline.phases] == [(0, 600), (600, 1000)]
    assert timeline.at(750).lr == pytest.approx(0.25)
    phases = [
        {"name": "a", "for": epochs(60), "set": {}},
        {
            "name": "b",
            "for": epochs(40),
            "set": {"schedule": {"use": "linear", "end": 0.0}, "optimizer.lr": 2.0},
        },
    ]
    own = lay_out(recipe(phases=phases), 640)
    assert own.at(300).lr == pytest.approx(0.7)
    assert own.at(700).lr == pytest.approx(2.0 * 0.75)
    assert own.at(700).knobs == {"teacher.momentum": pytest.approx(0.7)}


def test_a_phase_may_set_a_knob_whose_name_holds_a_dot():
    phases = [
        {"name": "a", "for": epochs(60), "set": {}},
        {
            "name": "b",
            "for": epochs(40),
            "set": {"knobs.teacher.momentum": {"use": "constant", "value": 0.5}},
        },
    ]
    timeline = lay_out(recipe(phases=phases), 640)
    assert timeline.at(599).knobs["teacher.momentum"] == pytest.approx(0.599)
    assert timeline.at(600).knobs["teacher.momentum"] == 0.5


def test_a_weight_decay_knob_moves_the_optimiser_and_not_the_objective():
    knobs = {"optimizer.weight_decay": {"use": "cosine", "start": 0.04, "end": 0.4}}
    moment = lay_out(recipe(knobs=knobs), 640).at(500)
    assert moment.weight_decay == pytest.approx(0.22)
    assert moment.knobs == {}


def test_phases_in_percent_are_of_the_whole_training():
    phases = [
        {"name": "a", "for": {"value": 90, "unit": "steps"}, "set": {}},
        {"name": "b", "for": {"value": 10, "unit": "%"}, "set": {}},
    ]
    assert [p.stop for p in lay_out(recipe(phases=phases), 640).phases] == [90, 100]
    phases[0]["for"] = {"value": 50, "unit": "%"}
    with pytest.raises(RunError, match="all in %"):
        lay_out(recipe(phases=phases), 640)


def test_steps_replaces_the_length_and_phases_keep_their_shares():
    timeline = lay_out(recipe(), 640, steps=10)
    assert [(p.start, p.stop) for p in timeline.phases] == [(0, 6), (6, 10)]
    assert timeline.at(5).lr == pytest.approx(0.5)
    short = lay_out(recipe(), 640, steps=1)  # too short for both: the second has none
    assert [(p.start, p.stop) for p in short.phases] == [(0, 1), (1, 1)]
    with pytest.raises(RunError, match="at least one step"):
        lay_out(recipe(), 640, steps=0)
