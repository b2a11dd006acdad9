"""Components of somebody else: found by an entry point, linted, built and run like our own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "sample_plugin"
ROOT = Path(__file__).parent.parent
SPEC = """
vfmc: 1
name: plugged
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: center_crop, of: image, size: 16}
masks:
  pairs: {use: noisy_pairs, of: crop, ratio: 0.5}
towers:
  vision:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 16}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: channel_gate, reduction: 2}
      - {use: blocks, depth: 1, heads: 2}
      - mean
  text:
    from: caption
    pipe:
      - {use: word_embedding, width: 16}
      - channel_gate
      - eot
losses:
  close: {use: cosine_distance, a: {use: vision, of: crop, hide: pairs}, b: text, scale: {use: linear, start: 2.0, end: 1.0}}
sources:
  digits: digits
train:
  batch: 4
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 1 epoch
"""
RUN = """
import torch, vfmc
from vfmc.components.registry import find
spec = {spec!r}
made = vfmc.module(spec, level={level})
batch = vfmc.example_batch(spec, 3)
losses = made(batch)
losses["total"].backward()
print(float(losses["total"].detach()), all(p.grad is not None and p.grad.abs().sum() > 0 for p in made.parameters()))
print(sorted(n for n, _ in made.named_parameters() if "gate" in n))
visible, hidden = batch["pairs.visible"], batch["pairs.hidden"]
print(visible.shape, hidden.shape, sorted(torch.cat([visible, hidden], 1)[0].tolist()) == list(range(16)))
"""


def environment(folder: Path, value: str = "vfmc_sample") -> dict[str, str]:
    """A Python path on which the plug-in is installed, as pip would have done it."""
    info = folder / "vfmc_sample-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vfmc-sample\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vfmc.components]\nsample = {value}\n")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(SAMPLE), str(ROOT)]),
        "NO_COLOR": "1",
    }


def run(code: str, env: dict[str, str], folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lint(text: str, env: dict[str, str], folder: Path) -> str:
    (folder / "spec.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "vfmc", "lint", "spec.yaml"],
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr and not done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def test_a_spec_that_uses_a_plug_in_has_no_findings(env: dict[str, str], tmp_path: Path) -> None:
    assert lint(SPEC, env, tmp_path) == "1 spec, no findings\n"


@pytest.mark.parametrize("level", [0, 1])
def test_it_is_built_and_learns(env: dict[str, str], tmp_path: Path, level: int) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    loss, weights, mask = run(RUN.format(spec="spec.yaml", level=level), env, tmp_path).splitlines()
    value, learns = loss.split()
    assert 0 < float(value) < 4 and learns == "True"
    assert weights.count("text.channel_gate.") == weights.count("vision.channel_gate.") == 4
    assert mask == "torch.Size([3, 8]) torch.Size([3, 8]) True"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("channel_gate", "chanel_gate"), ("cosine_distance", "cosin_distance"), ("noisy_pairs", "noisy_piars")],
)
def test_a_misspelt_component_of_a_plug_in_is_suggested(
    env: dict[str, str], tmp_path: Path, right: str, wrong: str
) -> None:
    told = lint(SPEC.replace(right, wrong, 1), env, tmp_path)
    assert f"did you mean `{right}`?" in told and "Found 1 error " in told


def test_a_mistake_in_its_arguments_is_told_like_any_other(env: dict[str, str], tmp_path: Path) -> None:
    told = lint(SPEC.replace("reduction: 2", "reduction: 3"), env, tmp_path)
    assert "a reduction of 3 does not divide a width of 16" in told and "^" in told
    assert "did you mean `reduction`?" in lint(SPEC.replace("reduction: 2", "reductoin: 2"), env, tmp_path)


def test_nothing_of_a_plug_in_is_imported_for_a_spec_without_it(env: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import sys, vfmc; from vfmc.components import registry; assert not vfmc.load('dino_tiny').check();"
        "print([m for m in sys.modules if 'vfmc_sample' in m], registry.plugins.cache_info().misses)"
    )
    assert run(code, env, tmp_path) == "[] 0\n"


def test_only_what_a_spec_names_is_imported(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC.replace("use: noisy_pairs", "use: random"))
    code = "import sys, vfmc; assert not vfmc.load('spec.yaml').check(); print(sorted(m for m in sys.modules if m.startswith('vfmc_sample.')))"
    found = run(code, env, tmp_path)
    assert "vfmc_sample.stages.channel_gate" in found and "masks" not in found


def test_an_entry_point_without_a_package_is_no_traceback(tmp_path: Path) -> None:
    env = environment(tmp_path, "no_such_package.at_all")
    assert "there is no mask `noisy_pairs`" in lint(SPEC, env, tmp_path)


def test_a_plug_in_that_cannot_be_imported_is_a_finding(tmp_path: Path) -> None:
    env = environment(tmp_path, "broken_sample")
    (tmp_path / "broken_sample" / "stages").mkdir(parents=True)
    (tmp_path / "broken_sample" / "stages" / "channel_gate.py").write_text("import no_such_module\n")
    told = lint(
        SPEC.replace("noisy_pairs", "random").replace("cosine_distance", "contrastive"), env, tmp_path
    )
    assert "the plug-in that has `channel_gate` cannot be loaded" in told and "no_such_module" in told
