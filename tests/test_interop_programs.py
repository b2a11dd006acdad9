"""A tower as a program: torch.export and ONNX, opened by their own runtimes with batches of other sizes."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
import torch
from conftest import Command
from peers import peer

from vfmc import api
from vfmc.runtime.interop import save

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(
    -1, 1, 1
)  # of ImageNet's pixels, which clip_tiny's view takes away
STD = torch.tensor([0.229, 0.224, 0.225]).view(-1, 1, 1)


@pytest.fixture
def clip(here: Path) -> torch.nn.Module:
    """Weights of clip_tiny in a file, and the objective that they are from."""
    made = api.module("clip_tiny", seed=4).eval()
    save(here, "weights.safetensors", made.state_dict())
    return made


def test_torch_export_gives_towers_for_any_batch(vfmc: Command, here: Path, clip: torch.nn.Module) -> None:
    done = vfmc("export", "clip_tiny", "--weights", "weights.safetensors", "--to", "torch_export")
    assert done.code == 0, done.err
    assert "vision: largest difference 0.0e+00" in done.out
    extra = {"vfmc.json": ""}
    program = torch.export.load(here / "exported" / "vision.pt2", extra_files=extra).module()
    image = torch.rand(5, 3, 16, 16)
    with torch.no_grad():
        assert (program(image) - clip.tower("vision", image)).abs().max() < 1e-6
    assert json.loads(extra["vfmc.json"])["shape"] == [3, 16, 16]
    text = torch.export.load(here / "exported" / "text.pt2").module()
    ids = torch.randint(3, 384, (1, 16))
    ids[:, 9] = 2
    with torch.no_grad():
        assert (text(ids) - clip.tower("text", ids)).abs().max() < 1e-6


def test_onnx_runs_in_onnxruntime_with_pixels_normalised_inside(
    vfmc: Command, here: Path, clip: torch.nn.Module
) -> None:
    runtime = peer("onnxruntime")
    pytest.importorskip("onnxscript")
    done = vfmc(
        "export", "clip_tiny", "--weights", "weights.safetensors", "--to", "onnx", "--tower", "vision", "--normalize", "inside"
    )  # fmt: skip
    assert done.code == 0, done.err
    session = runtime.InferenceSession(
        str(here / "exported" / "vision.onnx"), providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].shape == ["batch", 3, 16, 16]
    assert json.loads(session.get_modelmeta().custom_metadata_map["normalize"]) == "inside"
    pixels = torch.rand(7, 3, 16, 16)
    found = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: pixels.numpy()})[0])
    with torch.no_grad():
        expected = clip.tower("vision", (pixels - MEAN) / STD)
    assert (found - expected).abs().max() < 1e-5


def test_what_cannot_be_exported_is_told(vfmc: Command, here: Path, clip: torch.nn.Module) -> None:
    assert "a spec has no weights" in vfmc("export", "clip_tiny", "--to", "onnx").err
    (here / "folder").mkdir()
    assert "is no folder of a run" in vfmc("export", "folder", "--to", "hf").err
    common = ("export", "clip_tiny", "--weights", "weights.safetensors")
    assert (
        "has no tower `sound` to export: it has vision, text"
        in vfmc(*common, "--to", "onnx", "--tower", "sound").err
    )
    save(here, "strange.safetensors", {"a": torch.zeros(2)})
    done = vfmc("export", "clip_tiny", "--weights", "strange.safetensors", "--to", "safetensors")
    assert "holds `a`, which is no weight of the spec" in done.err
    partial = {name: each for name, each in clip.state_dict().items() if name != "text.norm.bias"}
    save(here, "partial.safetensors", partial)
    assert (
        "lacks text.norm.bias"
        in vfmc("export", "clip_tiny", "--weights", "partial.safetensors", "--to", "onnx").err
    )


def test_large_weights_are_written_in_shards_that_are_read_again(tmp_path: Path) -> None:
    from vfmc.runtime.interop import read

    weights = {f"layer.{n}": torch.randn(10, 10) for n in range(7)}
    made = save(tmp_path, "model.safetensors", weights, shard=900)
    assert made[0].name == "model-00001-of-00004.safetensors"
    again, _ = read(tmp_path)
    assert all(torch.equal(again[name], each) for name, each in weights.items())
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 7 * 400


@pytest.mark.parametrize(
    ("absent", "install"),
    [("onnx", "pip install 'vfmc[export]'"), ("onnxscript", "pip install 'vfmc[export]'"), ("onnxruntime", "pip install onnxruntime")],
)  # fmt: skip
def test_without_a_package_nothing_is_written(
    vfmc: Command,
    here: Path,
    clip: torch.nn.Module,
    monkeypatch: pytest.MonkeyPatch,
    absent: str,
    install: str,
) -> None:
    for name in ("onnx", "onnxscript", "onnxruntime"):  # stand-ins, so that the one is missing and no other
        monkeypatch.setitem(sys.modules, name, None if name == absent else types.ModuleType(name))
    done = vfmc("export", "clip_tiny", "--weights", "weights.safetensors", "--to", "onnx")
    assert done.code == 2 and "Traceback" not in done.err
    assert f"ONNX needs the package `{absent}`" in done.err and install in done.err, done.err
    assert not (here / "exported").exists()


@pytest.mark.parametrize(("name", "tower"), [("coca_tiny", "text"), ("imagebind_tiny", "imu")])
def test_towers_that_feed_it_come_along_and_others_stay(
    vfmc: Command, here: Path, name: str, tower: str
) -> None:
    """CoCa's text is a head on another tower's value; ImageBind's objective speaks of towers that this program does not hold."""
    made = api.module(name, seed=4).eval()
    save(here, "weights.safetensors", made.state_dict())
    done = vfmc("export", name, "--weights", "weights.safetensors", "--to", "torch_export", "--tower", tower)
    assert done.code == 0, done.err
    program = torch.export.load(here / "exported" / f"{tower}.pt2")
    held = {key.split(".")[1] for key in program.state_dict}
    assert held <= ({"text", "words"} if name == "coca_tiny" else {"imu"})


def test_a_layout_that_has_no_place_for_a_tower_writes_nothing(vfmc: Command, here: Path) -> None:
    save(here, "weights.safetensors", api.module("coca_tiny", seed=4).state_dict())
    done = vfmc("export", "coca_tiny", "--weights", "weights.safetensors", "--to", "imagebind")
    assert done.code == 2 and not (here / "exported").exists()
    assert "the tower `text` has no stage `word_embedding` to be text.word_embedding" in done.err
