"""Training a package: what lands in the folder, what is refused, and that stopping and going on changes no
number.
"""

from __future__ import annotations

import json
import shutil
import signal

import pytest
import torch
from runtime_package import PACKAGES
from runtime_package.feed import ExampleFeed
from safetensors.torch import load_file

from vfmc.runtime import log, session
from vfmc.runtime.errors import CheckpointError, PackageError, RunError, TrainingStopped
from vfmc.runtime.interrupt import command_to_go_on
from vfmc.runtime.loop import train
from vfmc.runtime.package import load_package

TINY = PACKAGES / "tiny"


def go(run, package=TINY, feed=ExampleFeed, quiet=True, **arguments):
    return train(package, run, feed=feed, device="cpu", quiet=quiet, **arguments)


def edited(folder, change):
    """A copy of the tiny package with its recipe changed."""
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    recipe = json.loads((folder / "recipe.json").read_text())
    change(recipe)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    return folder


def numbers(run, step):
    """Everything that a run of `step` steps has come to: weights, optimiser state, logged losses."""
    folder = run / "checkpoints" / f"step-{step:08d}"
    rows = [
        {k: v for k, v in row.items() if k in ("step", "loss", "losses", "gradient_norm")}
        for row in log.read(run / "log.jsonl")
    ]
    return load_file(folder / "weights.safetensors"), load_file(folder / "state.safetensors"), rows


def assert_same(one, other):
    for mine, theirs in zip(one[:2], other[:2], strict=True):
        assert set(mine) == set(theirs)
        for name in mine:
            assert torch.equal(mine[name], theirs[name]), name
    assert one[2] == other[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    go(run)
    return run


def test_the_folder_of_a_run_holds_what_the_contract_says(whole):
    assert (whole / "last").read_text() == "step-00000016\n"
    kept = sorted(path.name for path in (whole / "checkpoints").iterdir())
    assert kept == ["step-00000008", "step-00000012", "step-00000016"]
    assert {path.name for path in (whole / "checkpoints" / kept[-1]).iterdir()} == {
        "weights.safetensors", "state.safetensors", "state.json",
    }  # fmt: skip
    assert (whole / "package" / "recipe.json").read_bytes() == (TINY / "recipe.json").read_bytes()
    assert json.loads((whole / "command.json").read_text())["resolved"]["seed"] == 0
    assert list((whole / "tensorboard").glob("events.*"))
    rows = log.read(whole / "log.jsonl")
    assert [row["step"] for row in rows] == list(range(1, 17))
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert rows[0]["loss"] == pytest.approx(
        rows[0]["losses"]["clip"] + 0.5 * rows[0]["losses"]["distill"], rel=1e-6
    )
    assert {row["phase"] for row in rows} == {"main", "last"}


def test_weights_are_the_objective_s_state_dict(whole):
    weights = load_file(whole / "checkpoints" / "step-00000016" / "weights.safetensors")
    objective = load_package(TINY).build_objective()
    assert set(weights) == set(objective.state_dict())
    assert not torch.equal(weights["teacher.out.weight"], objective.state_dict()["teacher.out.weight"])
    assert weights["distill.center"].abs().sum() > 0


def test_stopping_and_going_on_changes_no_number(whole, tmp_path):
    go(tmp_path / "run", stop_after=6)
    result = go(tmp_path / "run", stop_after=13, resume="auto")
    assert (result.step, result.steps) == (13, 16)
    go(tmp_path / "run", resume="auto")
    assert_same(numbers(tmp_path / "run", 16), numbers(whole, 16))


def test_micro_batches_change_no_number_but_for_rounding(whole, tmp_path):
    go(tmp_path / "run", accumulate=3, precision="float64")
    go(tmp_path / "dense", precision="float64")
    found, expected = numbers(tmp_path / "run", 16), numbers(tmp_path / "dense", 16)
    for name in expected[0]:
        torch.testing.assert_close(found[0][name], expected[0][name], rtol=1e-9, atol=1e-12)


def test_a_frozen_window_holds_its_weights(tmp_path):
    go(tmp_path / "run", stop_after=3)
    weights = load_file(tmp_path / "run" / "checkpoints" / "step-00000003" / "weights.safetensors")
    begin = load_package(TINY).build_objective().state_dict()
    assert torch.equal(weights["vision.out.weight"], begin["vision.out.weight"])
    assert not torch.equal(weights["vision.embed.weight"], begin["vision.embed.weight"])


def test_a_run_is_never_written_over(whole, tmp_path):
    with pytest.raises(RunError, match=r"holds a run already: .*--resume auto.*--out"):
        go(whole)
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="holds files, but no run"):
        go(tmp_path, resume="auto")
    with pytest.raises(RunError, match="--out"):
        go(None)


def test_resuming_a_run_that_is_done_does_nothing(whole):
    before = (whole / "log.jsonl").read_bytes()
    assert go(whole, resume="auto").step == 16
    assert (whole / "log.jsonl").read_bytes() == before


def test_resume_keeps_the_length_and_the_seed_that_the_run_began_with(tmp_path):
    go(tmp_path / "run", steps=8, seed=5, stop_after=2)
    assert go(tmp_path / "run", resume="auto").steps == 8
    assert (
        json.loads((tmp_path / "run" / "checkpoints" / "step-00000008" / "state.json").read_text())["seed"]
        == 5
    )


class Poisoned(ExampleFeed):
    """An image of step 5 is not a number."""

    def batches(self, phase, start, stop):
        for step, batch in zip(range(start, stop), super().batches(phase, start, stop), strict=True):
            if step == 5:
                batch["main"]["crop"][2] = float("nan")
            yield batch


def test_a_loss_that_is_not_a_number_stops_with_step_loss_and_keys(tmp_path):
    with pytest.raises(TrainingStopped, match="step 5: the loss clip is not a number") as caught:
        go(tmp_path / "run", feed=Poisoned)
    assert caught.value.step == 5 and caught.value.exit_code == 1
    assert "clip" in caught.value.values and len(caught.value.keys["main"]) == 12
    assert "the samples were main: example 5/0" in str(caught.value)
    assert (tmp_path / "run" / "last").read_text() == "step-00000004\n"
    assert log.read(tmp_path / "run" / "log.jsonl")[-1]["step"] == 5
    assert go(tmp_path / "run", resume="auto").step == 16


class Interrupted(ExampleFeed):
    """Somebody presses Ctrl-C while step 5 is made."""

    number = signal.SIGINT

    def batches(self, phase, start, stop):
        for step, batch in zip(range(start, stop), super().batches(phase, start, stop), strict=True):
            if step == 5:
                signal.raise_signal(self.number)
            yield batch


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_finishes_the_step_saves_and_says_how_to_go_on(whole, tmp_path, capsys, number):
    handler = signal.getsignal(signal.SIGINT)
    feed = type("Feed", (Interrupted,), {"number": number})
    result = go(
        tmp_path / "my run",
        feed=feed,
        quiet=False,
        argv=["/bin/vfmc", "train", "pkg", "--out=x", "--resume", "never"],
    )
    assert (result.step, result.interrupted) == (6, True)
    assert f"vfmc train pkg --out '{tmp_path / 'my run'}' --resume auto" in capsys.readouterr().out
    assert (tmp_path / "my run" / "last").read_text() == "step-00000006\n"
    assert signal.getsignal(signal.SIGINT) is handler
    go(tmp_path / "my run", resume="auto")
    assert_same(numbers(tmp_path / "my run", 16), numbers(whole, 16))


def test_the_line_of_the_spec_stands_beside_a_loss_that_is_not_a_number(tmp_path):
    package = edited(tmp_path / "spanned", lambda recipe: None)
    spans = {"objective.py": {"90": {"spec": "tiny.yaml", "line": 31, "path": "losses.clip"}}}
    (package / "spans.json").write_text(json.dumps(spans))
    with pytest.raises(
        TrainingStopped, match=r"the loss clip of tiny.yaml:31 \(losses.clip\) is not a number"
    ):
        go(tmp_path / "run", package=package, feed=Poisoned)


@pytest.mark.parametrize(
    ("argv", "world", "command"),
    [
        (["/bin/vfmc", "train", "a.yaml", "--out", "x", "--steps", "9"], 1, "vfmc train a.yaml --steps 9"),
        (["/x/vfmc/__main__.py", "train", "a.yaml"], 1, "python -m vfmc train a.yaml"),
        (["out/clip/train.py", "--resume=never"], 1, "python out/clip/train.py"),
        (["out/clip/train.py"], 4, "torchrun --nproc-per-node 4 out/clip/train.py"),
        (["/x/vfmc/__main__.py", "train", "a.yaml"], 2, "torchrun --nproc-per-node 2 -m vfmc train a.yaml"),
        (["ipython"], 1, "vfmc train runs/x/package"),
    ],
)
def test_the_command_to_go_on_is_the_one_that_began(monkeypatch, argv, world, command):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(world))
    assert command_to_go_on("runs/x", argv) == f"{command} --out runs/x --resume auto"


def test_blocks_are_compiled_in_place_where_the_recipe_asks(monkeypatch):
    compiled = []
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, *a, **k: compiled.append(type(self).__name__)
    )
    stack = torch.nn.Sequential(
        torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)]), torch.nn.ReLU()
    )
    session.compile_blocks(stack)
    assert compiled == ["Linear", "Linear"]


@pytest.mark.parametrize("feed", [Poisoned, Interrupted])
def test_numbers_read_one_step_late_change_nothing(whole, tmp_path, monkeypatch, feed):
    """As on CUDA: the host looks at a step while the next is under way, and saves nothing unseen."""
    monkeypatch.setattr(session, "lag_of", lambda device: 1)
    if feed is Poisoned:
        with pytest.raises(TrainingStopped, match="step 5: the loss clip"):
            go(tmp_path / "run", feed=feed)
        assert (tmp_path / "run" / "last").read_text() == "step-00000004\n"
    else:
        assert go(tmp_path / "run", feed=feed).step == 7
    go(tmp_path / "run", resume="auto")
    assert_same(numbers(tmp_path / "run", 16), numbers(whole, 16))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_trains_and_goes_on_with_its_loss_scale(tmp_path, precision):
    go(tmp_path / "whole", steps=8, precision=precision)
    go(tmp_path / "run", steps=8, precision=precision, stop_after=5)
    state = json.loads((tmp_path / "run" / "checkpoints" / "step-00000005" / "state.json").read_text())
    assert bool(state["scaler"]) == (precision == "fp16")
    go(tmp_path / "run", resume="auto")
    assert_same(numbers(tmp_path / "run", 8), numbers(tmp_path / "whole", 8))
    weights = load_file(tmp_path / "run" / "checkpoints" / "step-00000008" / "weights.safetensors")
    assert all(tensor.dtype == torch.float32 for tensor in weights.values())


def test_a_phase_of_another_objective_takes_over_weights_and_optimiser(tmp_path):
    """The last phase drops the distillation: another class over the same weights."""

    def change(recipe):
        recipe["phases"][1] |= {"objective": "Plain", "set": {"parts": {"main": recipe["parts"]["main"]}}}

    package = edited(tmp_path / "two", change)
    with (package / "objective.py").open("a") as file:
        file.write("\n\nclass Plain(Objective):\n    parts = {'main': ('clip',)}\n")
    go(tmp_path / "whole", package=package)
    before = load_file(tmp_path / "whole" / "checkpoints" / "step-00000012" / "state.safetensors")
    after = load_file(tmp_path / "whole" / "checkpoints" / "step-00000016" / "state.safetensors")
    assert (before["vision.embed.weight/step"].item(), after["vision.embed.weight/step"].item()) == (12, 16)
    assert [set(row["losses"]) for row in log.read(tmp_path / "whole" / "log.jsonl")][11:13] == [
        {"clip", "distill"},
        {"clip"},
    ]
    for seam in (12, 14):  # resumed at the seam and behind it
        go(tmp_path / str(seam), package=package, stop_after=seam)
        go(tmp_path / str(seam), package=package, resume="auto")
        assert_same(numbers(tmp_path / str(seam), 16), numbers(tmp_path / "whole", 16))


def test_an_error_in_a_generated_line_names_the_line_of_the_spec(tmp_path):
    package = edited(tmp_path / "broken", lambda recipe: None)
    lines = (package / "objective.py").read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if 'operands["clip.a"] = self.vision' in line)
    lines[place] = lines[place].replace('batch["crop"]', 'batch["crop"][:, :2]')
    (package / "objective.py").write_text("\n".join(lines))
    (package / "spans.json").write_text(
        json.dumps({"objective.py": {str(place): {"spec": "clip.yaml", "line": 12, "path": "towers.vision"}}})
    )
    with pytest.raises(RuntimeError) as caught:
        go(tmp_path / "run", package=package)
    assert caught.value.__notes__ == ["made by clip.yaml:12 (towers.vision)"]


def test_a_damaged_checkpoint_is_passed_over_and_that_is_said(whole, tmp_path, capsys):
    shutil.copytree(whole, tmp_path / "run")
    weights = tmp_path / "run" / "checkpoints" / "step-00000016" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    go(tmp_path / "run", resume="auto", quiet=False)
    said = capsys.readouterr().out
    assert "step-00000016 is damaged (weights.safetensors: its content has changed" in said
    assert "going back to step-00000012" in said and "going on from step-00000012" in said
    assert_same(numbers(tmp_path / "run", 16), numbers(whole, 16))


def test_nothing_is_started_over_when_all_checkpoints_are_damaged(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    for path in (tmp_path / "run" / "checkpoints").glob("*/state.json"):
        path.write_text("{")
    with pytest.raises(CheckpointError, match=r"no checkpoint of .* can be used"):
        go(tmp_path / "run", resume="auto")


def test_other_weights_are_refused_with_the_difference(whole, tmp_path):
    package = edited(tmp_path / "wider", lambda recipe: recipe.update(weights={}))
    model = package / "model.py"
    model.write_text(
        model.read_text().replace("WIDTH, EMBEDDING, VOCABULARY = 16", "WIDTH, EMBEDDING, VOCABULARY = 24")
    )
    shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(
        CheckpointError, match=r"vision.embed.weight: \[16, 192\] in the checkpoint, \[24, 192\]"
    ):
        go(tmp_path / "run", package=package, resume="auto")


def test_another_package_is_taken_up_and_that_is_said(whole, tmp_path, capsys):
    package = edited(tmp_path / "other", lambda recipe: recipe["optimizer"].update(lr=0.5))
    shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step-00000016")
    go(tmp_path / "run", package=package, resume="auto", quiet=False)
    assert "the package has changed since this run began" in capsys.readouterr().out
    assert len(list((tmp_path / "run").glob("package-*"))) == 1


def test_a_dry_run_makes_one_step_and_writes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = go(None, dry_run=True, quiet=False)
    said = capsys.readouterr().out
    assert (
        "parameters  7,649 (4,401 trainable, 3,248 in copies)" in said
        and "one step on an example batch" in said
    )
    assert set(result.losses) == {"total", "clip", "distill"} and not list(tmp_path.iterdir())


def test_a_trace_lies_where_the_profiler_s_plugin_looks(tmp_path):
    go(tmp_path / "run", stop_after=4, profile="1:3")
    traces = list((tmp_path / "run" / "tensorboard").glob("*.pt.trace.json"))
    assert len(traces) == 1
    names = {event.get("name") for event in json.loads(traces[0].read_text())["traceEvents"]}
    assert {"part.main", "part.views", "optimizer", "after_step"} <= names
    with pytest.raises(RunError, match="FIRST:END"):
        go(tmp_path / "other", profile="3")


@pytest.mark.parametrize(
    ("abi", "command"), [(2, "pip install --upgrade vfmc"), (0, "vfmc build"), (None, "vfmc build")]
)
def test_a_package_of_another_abi_is_refused_with_what_to_run(tmp_path, abi, command):
    package = edited(tmp_path / "old", lambda recipe: recipe.update(abi=abi))
    with pytest.raises(PackageError, match=command):
        load_package(package)


def test_packages_live_side_by_side_and_leave_the_path_alone(tmp_path):
    import sys

    before = list(sys.path)
    other = edited(tmp_path / "other", lambda recipe: None)
    (other / "model.py").write_text((other / "model.py").read_text().replace("= 16, 8, 64", "= 16, 4, 64"))
    one, two = load_package(TINY), load_package(other)
    assert (one.model.EMBEDDING, two.model.EMBEDDING) == (8, 4)
    assert two.build_objective().vision.out.weight.shape == (4, 16)
    assert sys.path == before and "model" not in sys.modules and not (other / "__pycache__").exists()


def test_a_module_that_is_not_its_recipe_s_is_refused(tmp_path):
    package = edited(
        tmp_path / "odd", lambda recipe: recipe["weights"].update({"vision.out.weight": [9, 16]})
    )
    with pytest.raises(
        PackageError, match=r"vision.out.weight \[9, 16\] is listed, the module has \[8, 16\]"
    ):
        go(tmp_path / "run", package=package)


def test_the_objective_does_not_depend_on_what_was_drawn_before():
    package = load_package(TINY)
    torch.manual_seed(1)
    one = package.build_objective(seed=3).state_dict()
    torch.rand(7)
    state = torch.get_rng_state()
    two = package.build_objective(seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[name], two[name]) for name in one)
