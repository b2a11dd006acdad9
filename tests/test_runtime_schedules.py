"""Every schedule at every step against its formula or transformers' own, over warm-up, phases and resumption."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from peers import peer

from vfmc.runtime import schedules
from vfmc.runtime.errors import RunError
from vfmc.runtime.schedule import Clock, knob, learning_rate
from vfmc.runtime.timeline import lay_out

TOTAL = 1000
CLOCK = Clock(samples_per_epoch=640, batch=64, total=TOTAL)  # 10 steps an epoch


def steps(value):
    return {"value": value, "unit": "steps"}


def epochs(value):
    return {"value": value, "unit": "epochs"}


def share(value):
    return {"value": value, "unit": "%"}


def ours(settings, base=1e-3):
    return [learning_rate(settings, base, step, TOTAL, CLOCK) for step in range(TOTAL)]


def theirs(make, base=1e-3, **settings):
    """The rates of one of transformers' schedules."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make(optimizer, **settings)
    found = []
    for _ in range(TOTAL):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


def test_step_falls_at_its_marks_after_a_warmup():
    """ResNet's: a tenth at 30 and at 60 epochs, here of 100."""
    settings = {"use": "step", "at": [epochs(30), epochs(60)], "factor": 0.1, "warmup": epochs(5)}
    expected = []
    for step in range(TOTAL):
        epoch = step / 10
        rate = 0.1 * epoch / 5 if epoch < 5 else 0.1 * 0.1 ** ((epoch >= 30) + (epoch >= 60))
        expected.append(rate)
    np.testing.assert_allclose(ours(settings, 0.1), expected, rtol=1e-12)
    floored = ours({**settings, "end": 5e-3}, 0.1)
    assert floored[599] == pytest.approx(0.01) and floored[600] == floored[999] == 5e-3


def test_step_is_torch_s_multistep():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [300, 600, 900], gamma=0.2)
    expected = []
    for _ in range(TOTAL):
        expected.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    found = ours({"use": "step", "at": [epochs(30), steps(600), share(90)], "factor": 0.2}, 0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("timescale", [None, 250])
def test_inverse_sqrt_is_that_of_transformers(timescale):
    make = peer("transformers.optimization").get_inverse_sqrt_schedule
    settings = {"use": "inverse_sqrt", "warmup": steps(100)}
    settings |= {"timescale": steps(timescale)} if timescale else {}
    expected = theirs(make, num_warmup_steps=100, timescale=timescale)
    np.testing.assert_allclose(ours(settings), expected, rtol=1e-12)


def test_inverse_sqrt_is_the_transformer_s_rate():
    """Vaswani et al. 2017, eq. 3, scaled so that the peak is the optimiser's rate."""
    found = ours({"use": "inverse_sqrt", "warmup": steps(40)})
    expected = [min(step**-0.5, step * 40**-1.5) * 40**0.5 * 1e-3 for step in range(1, TOTAL)]
    np.testing.assert_allclose(found[1:], expected, rtol=1e-12)


def test_inverse_sqrt_cools_down_along_a_line():
    found = ours(
        {"use": "inverse_sqrt", "timescale": steps(100), "warmup": None, "cooldown": share(10), "end": 1e-6}
    )
    fallen = [1e-3 * math.sqrt(100 / (100 + step)) for step in range(TOTAL)]
    np.testing.assert_allclose(found[:901], fallen[:901], rtol=1e-12)
    line = [1e-6 + (fallen[step] - 1e-6) * (TOTAL - step) / 100 for step in range(900, TOTAL)]
    np.testing.assert_allclose(found[900:], line, rtol=1e-12)


@pytest.mark.parametrize(("shape", "name"), [("linear", "linear"), ("cosine", "cosine"), ("sqrt", "1-sqrt")])
def test_wsd_is_that_of_transformers(shape, name):
    make = peer("transformers.optimization").get_wsd_schedule
    settings = {"use": "wsd", "warmup": steps(100), "decay": share(20), "shape": shape, "end": 1e-4}
    settings["start"] = 1e-4  # theirs rises from its least rate
    expected = theirs(
        make,
        num_warmup_steps=100,
        num_decay_steps=200,
        num_training_steps=TOTAL,
        decay_type=name,
        min_lr_ratio=0.1,
    )
    np.testing.assert_allclose(ours(settings), expected, rtol=1e-12)


def test_wsd_of_a_short_training_falls_as_soon_as_it_has_risen():
    settings = {"use": "wsd", "warmup": steps(4), "decay": steps(40)}
    found = [learning_rate(settings, 1.0, step, 8, CLOCK) for step in range(9)]
    assert found == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0])
    with pytest.raises(RunError, match="no shape 'square': linear, cosine, sqrt"):
        learning_rate({**settings, "shape": "square"}, 1.0, 5, 8, CLOCK)


def test_knobs_move_by_the_same_shapes():
    marks = {"use": "step", "start": 1.0, "at": [steps(10)], "factor": 0.5}
    assert [knob(marks, step, 20, CLOCK) for step in (0, 9, 10, 19)] == [1.0, 1.0, 0.5, 0.5]
    late = {"use": "wsd", "start": 0.9, "end": 1.0, "decay": steps(10)}
    assert [knob(late, step, 20, CLOCK) for step in (0, 10, 15)] == pytest.approx([0.9, 0.9, 0.95])
    held = {"use": "linear", "start": 2.0, "end": 0.0, "warmup": steps(10)}
    assert [knob(held, step, 20, CLOCK) for step in (0, 9, 10, 15)] == pytest.approx([2.0, 2.0, 2.0, 1.0])


def test_a_phase_s_schedule_counts_from_its_own_first_step():
    phases = [
        {"name": "long", "for": epochs(60), "set": {}},
        {
            "name": "end",
            "for": epochs(40),
            "set": {"schedule": {"use": "wsd", "warmup": steps(100), "decay": steps(100)}},
        },
    ]
    recipe = {
        "batch": 64,
        "optimizer": {"use": "adamw", "lr": 1.0},
        "schedule": {"use": "step", "at": [epochs(30), epochs(80)]},
        "phases": phases,
    }
    timeline = lay_out(recipe, 640)
    found = [timeline.at(step).lr for step in (299, 300, 599, 600, 650, 700, 899, 950)]
    assert found == pytest.approx([1.0, 0.1, 0.1, 0.0, 0.5, 1.0, 1.0, 0.5])


def test_every_schedule_of_the_language_moves_in_the_runtime():
    from vfmc.components.registry import names

    assert set(schedules.names()) == set(names("schedule")) - {"per"}  # which is multiplied out
    with pytest.raises(RunError, match="no schedule 'exponential': constant, cosine"):
        schedules.find("exponential")
