"""Rules that read the settings beside the weights that a tower begins with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Command


def spec(name: str, tower: str, layout: str) -> str:
    return f"""\
vfmc: 1
name: tuned
doc: A tower that begins with the weights of another library
extends: {name}
towers:
  {tower}:
    with: {{init: {{path: weights/model.safetensors, from: {layout}}}}}
"""


@pytest.fixture
def weights(here: Path) -> Path:
    folder = here / "weights"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"")  # the linter opens no weights
    (here / "spec.yaml").write_text(spec("clip_vit_b32", "vision", "open_clip"))
    return folder


def settings(folder: Path, model: dict[str, object], pixels: dict[str, object]) -> None:
    model = {"vision_cfg": {"patch_size": 32}, **model}
    said = {"model_cfg": model, "preprocess_cfg": pixels}
    (folder / "open_clip_config.json").write_text(json.dumps(said))


CLIP = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


def codes(vfmc: Command) -> dict[str, str]:
    """Everything that was said under each code."""
    said: dict[str, str] = {}
    for each in json.loads(vfmc("lint", "spec.yaml", "--format", "json").out)["findings"]:
        said[each["code"]] = said.get(each["code"], "") + each["message"] + "\n"
    return said


def test_weights_of_this_network(vfmc: Command, weights: Path) -> None:
    settings(weights, {"quick_gelu": True, "embed_dim": 512}, CLIP)
    assert not codes(vfmc).keys() & {"NUM704", "DAT437"}


def test_weights_of_another_network(vfmc: Command, weights: Path) -> None:
    settings(weights, {"quick_gelu": False, "embed_dim": 512}, CLIP)
    found = codes(vfmc)
    assert "DAT437" not in found
    assert "quick_gelu: False" in found["NUM704"]
    assert "vision.blocks.activation" in found["NUM704"]


def test_weights_of_other_pixels(vfmc: Command, weights: Path) -> None:
    settings(weights, {"quick_gelu": True}, {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})
    found = codes(vfmc)
    assert "NUM704" not in found
    assert "[0.485, 0.456, 0.406]" in found["DAT437"]


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000, "null"])
def test_a_file_of_settings_that_is_none_says_nothing(vfmc: Command, weights: Path, text: str) -> None:
    (weights / "open_clip_config.json").write_text(text)
    assert not codes(vfmc).keys() & {"NUM704", "DAT437"}


def test_weights_beside_a_spec_of_another_folder(
    vfmc: Command, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(weights, {"quick_gelu": False}, CLIP)
    (weights / "inside").mkdir()
    monkeypatch.chdir(weights / "inside")
    found = vfmc("lint", str(weights.parent / "spec.yaml"), "--select", "NUM704", "--format", "json")
    assert [each["code"] for each in json.loads(found.out)["findings"]] == ["NUM704"]


def test_weights_that_are_elsewhere_say_nothing(vfmc: Command, weights: Path) -> None:
    settings(weights, {"quick_gelu": False}, CLIP)
    (weights / "model.safetensors").unlink()
    assert "NUM704" not in codes(vfmc)


def test_the_linter_compares_settings_without_torch(vfmc: Command, weights: Path) -> None:
    settings(weights, {"quick_gelu": False}, CLIP)
    code = (
        "import sys\nfrom vfmc.cli.main import cli\n"
        "try:\n    cli(['lint', 'spec.yaml'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=weights.parent)
    assert "NUM704" in done.stdout and done.stdout.rstrip().endswith("[]"), done.stdout + done.stderr
