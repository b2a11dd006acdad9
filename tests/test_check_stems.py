"""What is said of stems that do not fit their pictures."""

import pytest
from checking import findings, program

from vfmc.components import Finding
from vfmc.components.stages.patches import Patches
from vfmc.components.stages.signal_patches import SignalPatches
from vfmc.types import Audio, Image, Signal, Tokens, Video, symbol

SPEC = """
vfmc: 1
name: stems
inputs: {{image: image}}
views:
  crop: {{use: center_crop, of: image, size: [128, 204]}}
masks:
  half: {{use: random, of: crop, ratio: 0.5}}
towers:
  encoder:
    takes: {{hide: null}}
    from: crop
    pipe:
      - {{use: patches, width: 16, {patches}}}
      - position
      - {{use: drop, mask: hide}}
      - {{use: blocks, depth: 1, heads: 2}}
  decoder:
    pipe:
      - {{use: restore, mask: half}}
      - {{use: linear, out: {out}}}
losses:
  pixels:
    use: mse
    prediction: {{use: decoder, of: {{use: encoder, of: crop, hide: half}}}}
    target: {{use: patch_pixels, of: crop, size: {pixels}}}
    "on": half
sources: {{images: digits}}
train: {{batch: 8, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 2 epochs}}
"""


def tokens(x: Image | Video | Signal, stage: Patches | SignalPatches) -> Tokens:
    found = stage.signature(x)
    assert isinstance(found, Tokens)
    return found


def test_overlapping_patches_lie_on_a_grid_and_leave_a_rest() -> None:
    """ImageBind's sound: 12 x 19 patches of 16 pixels, 10 apart, over 128 x 204."""
    sound = Image(1, 128, 204, "sound")
    found = tokens(sound, Patches(size=16, stride=10, width=768, bias=False))
    assert found.grid is not None
    assert (found.grid.rows, found.grid.columns, found.count) == (12, 19, 228)
    side = tokens(Image(1, 20, 20, "sound"), Patches(size=16, stride=4, width=8)).grid
    other = tokens(Image(1, 20, 20, "sound"), Patches(size=16, stride=3, width=8)).grid
    assert side is not None and other is not None and side.count == other.count and side != other
    assert Patches(size=16, stride=10, width=768).weights(sound)[0].shape == (768, 256)


def test_a_mask_takes_the_grid_of_overlapping_patches() -> None:
    made = program(SPEC.format(patches="size: 4, stride: 4", out=48, pixels=4))
    assert made.phases[0].graph.terms
    [finding] = findings(SPEC.format(patches="size: 16, stride: 10", out=768, pixels=[16]))
    assert finding.code.startswith("REF"), "a target of pixels is square"
    [finding] = findings(SPEC.format(patches="size: [4, 6], stride: [2, 3]", out=48, pixels=4))
    assert (finding.code, finding.message) == ("SHP212", "4221 tokens are predicted and the target has 1632")


@pytest.mark.parametrize(
    ("patches", "code", "message", "help"),
    [
        ("size: 16", "SHP205", "patches of 16 pixels do not divide an image of 128 x 204", "pixels do; so does"),
        ("size: [204, 128]", "SHP205", "patches of 204 x 128 pixels do not divide an image of 128 x 204", "rows come first: size: [128, 204] does"),
        ("size: [3, 5]", "SHP205", "patches of 3 x 5 pixels do not divide an image of 128 x 204", "a `stride` lets it leave a rest"),
        ("size: 16, stride: 20", "SHP205", "a stride of 20 x 20 leaves out pixels between patches of 16 x 16", "at most the size"),
        ("size: 300, stride: 10", "SHP205", "a patch of 300 x 300 pixels is larger than an image of 128 x 204", ""),
        ("size: [16]", "SHP202", "a size is one side in pixels or [rows, columns], each from 1 to 1024", ""),
        ("size: 4, stride: [0, 1]", "SHP202", "a stride is one side in pixels or [rows, columns], each from 1 to 1024", ""),
    ],
)  # fmt: skip
def test_patches_that_do_not_fit_are_told_with_what_would(
    patches: str, code: str, message: str, help: str
) -> None:
    [finding] = findings(SPEC.format(patches=patches, out=48, pixels=4))
    assert (finding.code, finding.message) == (code, message)
    assert help in finding.help


@pytest.mark.parametrize(
    ("x", "stage", "code", "message", "help"),
    [
        (Video(3, 2, 8, 8), Patches(size=4, width=8), "SHP216", "patches through 1 picture do not fit a video of 2", "frames: 2 takes"),
        (Video(3, 4, 8, 8), Patches(size=4, width=8, frames=2), "SHP216", "patches through 2 pictures do not fit a video of 4", "frames: 4 takes"),
        (Signal(6, 2000), Patches(size=4, width=8), "SHP201", "`patches` takes an image, not a signal", "signal_patches"),
        (Signal(6, 2001), SignalPatches(size=8, width=8), "SHP205", "stretches of 8 readings do not divide a signal of 2001", "stretches of 1 or 3 do"),
        (Signal(6, symbol("motion.length")), SignalPatches(size=8, width=8), "SHP204", "the length of the signal is not known before training", "window"),
        (Image(1, 8, 8), SignalPatches(size=8, width=8), "SHP201", "`signal_patches` takes a signal, not an image", "`patches` makes"),
        (Audio(1, 16000, 16000), SignalPatches(size=8, width=8), "SHP201", "`signal_patches` takes a signal, not a waveform", "mel"),
    ],
)  # fmt: skip
def test_media_meet_the_stem_that_is_theirs(
    x: Image, stage: Patches, code: str, message: str, help: str
) -> None:
    with pytest.raises(Finding) as raised:
        stage.signature(x)
    assert (raised.value.code, raised.value.message) == (code, message)
    assert help in raised.value.help


def test_a_signal_becomes_tokens_without_a_grid() -> None:
    """ImageBind's IMU: 250 tokens of 6 x 8 readings."""
    stage = SignalPatches(size=8, width=512, bias=False)
    assert tokens(Signal(6, 2000, 400.0), stage) == Tokens(250, 512)
    assert [weight.shape for weight in stage.weights(Signal(6, 2000))] == [(512, 48)]


UNITS = """
vfmc: 1
name: units
inputs:
  fast: {use: audio, rate: 16000}
  slow: {use: audio, rate: 8000}
  room: {use: depth, encoding: metres, size: 16}
  stereo: {use: depth, encoding: disparity, size: 16}
views:
  high: {use: mel, of: fast, bins: 16, frames: 24, seconds: 0.26}
  low: {use: mel, of: slow, bins: 16, frames: 24, seconds: 0.26}
towers:
  audio: [{use: patches, size: 8, width: 8}, {use: blocks, depth: 1, heads: 2}, mean, l2norm]
  depth: [{use: patches, size: 8, width: 8}, {use: blocks, depth: 1, heads: 2}, mean, l2norm]
losses:
  heard: {use: contrastive, a: {use: audio, of: high}, b: {use: audio, of: high}, scale: {use: fixed, value: 2.0}}
  seen: {use: contrastive, a: {use: depth, of: room}, b: {use: depth, of: room}, scale: {use: fixed, value: 2.0}}
  pair: {use: contrastive, a: {use: NAME, of: ONE}, b: {use: NAME, of: TWO}, scale: {use: fixed, value: 2.0}}
sources: {all: scenes}
train: {batch: 8, optimizer: {use: adamw, lr: 1.0e-3}, for: 2 epochs}
"""


@pytest.mark.parametrize(
    ("tower", "one", "two", "message"),
    [
        ("audio", "high", "low", "`low` is a spectrogram of 8000 Hz, and `audio` is applied to `high` of 16000 Hz as well"),
        ("depth", "room", "stereo", "`stereo` is a depth map in disparity, and `depth` is applied to `room` in metres as well"),
    ],
)  # fmt: skip
def test_a_tower_reads_one_unit(tower: str, one: str, two: str, message: str) -> None:
    text = UNITS.replace("NAME", tower).replace("ONE", one)
    assert not findings(text.replace("TWO", one))
    [finding] = findings(text.replace("TWO", two))
    assert (finding.code, finding.message) == ("SHP217", message)
