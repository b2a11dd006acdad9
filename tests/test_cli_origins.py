"""`vfmc inspect --origins`: where each resolved value came from."""

from pathlib import Path

from conftest import Command

SPEC = """\
vfmc: 1
name: example
extends: base.yaml
let: {bound: 50.0}
losses:
  clip: {scale: {use: learned, init: 10.0, max: $bound}}
"""


def test_every_kind_of_origin_is_told(vfmc: Command, here: Path) -> None:
    (here / "base.yaml").write_text("vfmc: 1\nname: base\nextends: clip_tiny\n\ntrain: {seed: 7}\n")
    (here / "own.yaml").write_text(SPEC)
    lines = vfmc("inspect", "own.yaml", "--origins", "-s", "train.batch=64").out.splitlines()
    found = {line.split(" = ")[0]: " ".join(line.split(" = ", 1)[1].split()) for line in lines}
    assert found["losses.clip.scale.init"] == "10.0 own.yaml:6"
    assert found["losses.clip.scale.max"] == "50.0 own.yaml:6, constant $bound"
    assert found["train.seed"] == "7 base.yaml:5"
    assert found["train.batch"] == "64 the option -s train.batch=64"
    assert found["towers.vision.pipe.0.epsilon"] == "1e-06 default of vit"
    assert found["towers.vision.pipe.0.pre_norm"] == "false default of vit"
    assert (
        found["losses.clip.scale.min"].startswith("1.0 ")
        and "clip_tiny.yaml:" in found["losses.clip.scale.min"]
    )
