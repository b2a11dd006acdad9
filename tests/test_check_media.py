"""Inputs and views of sounds, depth, heat, signals and videos: their types, and the mistakes that units reveal."""

from __future__ import annotations

from typing import Any

import pytest
from checking import as_dsl, changed, findings, only, program, spec

from vfmc.plan.contract import contract
from vfmc.source import Severity
from vfmc.types import Depth, Signal, Spectrogram, Thermal, Type, Video

MEDIA = """
vfmc: 1
name: media
inputs:
  image: image
  sound: {use: audio, rate: 16000}
  distance: {use: depth, encoding: sun_rgbd}
  heat: thermal
  motion: {use: signal, channels: 6, rate: 400.0}
  film: video
views:
  crop: {use: random_resized_crop, of: image, size: 32}
  tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0}
  near: {use: disparity, of: distance, focal: 518.9}
  deep: {use: aligned, of: near, with: crop, normalize: {mean: 0.0418, std: 0.0295}}
  warm: {use: aligned, of: heat, with: crop}
  moves: {use: window, of: motion, seconds: 5.0}
  pair: {use: frames, of: film, count: 2, seconds: 2.0, size: 32, clips: 5, crops: 3}
towers:
  vision: {from: crop, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  audio: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  depth: {from: deep, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  thermal: {from: warm, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
losses:
  hear: {use: contrastive, a: vision, b: audio, scale: {use: fixed, value: 20.0}}
  see: {use: contrastive, a: vision, b: depth, scale: {use: fixed, value: 5.0}}
  feel: {use: contrastive, a: vision, b: thermal, scale: {use: fixed, value: 10.0}}
sources:
  pairs: {use: csv, files: "pairs.csv"}
train:
  batch: 8
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 2 epochs
"""


def types(text: str) -> dict[str, Type]:
    made = program(text)
    return {value.name: value.type for value in made.phases[0].graph.values.values()}


def test_views_have_the_sizes_and_units_of_imagebind() -> None:
    found = types(MEDIA)
    assert found["tones"] == Spectrogram(1, 128, 204, crop="tones", rate=16000, hop=10.0)
    assert found["deep"] == Depth(1, 32, 32, crop="deep", unit="disparity")
    assert found["warm"] == Thermal(1, 32, 32, crop="warm")
    assert found["moves"] == Signal(6, 2000, 400.0)
    assert found["pair"] == Video(3, 2, 32, 32, crop="pair")


def test_both_spellings_are_one_spec() -> None:
    assert contract(program(MEDIA)) == contract(spec(as_dsl(MEDIA), name="spec.vfm").program)


def test_evaluation_has_a_program_for_every_clip_and_crop() -> None:
    made = program(MEDIA)
    views = contract(made).phases["main"]["views"]
    assert [steps[0]["clip"] for steps in views["tones"]["evaluate"]] == [[0, 3], [1, 3], [2, 3]]
    components = {value.name: value.component for value in made.phases[0].graph.values.values()}
    both = [(steps[0]["clip"], steps[2]["place"]) for steps in components["pair"].evaluations()]
    assert both == [([clip, 5], [crop, 3]) for clip in range(5) for crop in range(3)]


def test_an_aligned_view_repeats_the_geometry_of_the_one_it_follows_and_needs_its_input() -> None:
    views = contract(program(MEDIA)).phases["main"]["views"]
    crop, deep = views["crop"]["programs"][0], views["deep"]["programs"][0]
    assert [step["op"] for step in deep] == ["random_resized_crop", "flip", "normalize"]
    assert [step | {"interpolation": ""} for step in deep[:2]] == [
        step | {"interpolation": ""} for step in crop[:2]
    ]
    assert deep[2] == {"op": "normalize", "mean": [0.0418], "std": [0.0295]}
    assert (views["deep"]["follows"], views["deep"]["of"]) == ("crop", "near")
    said = findings(changed(('"pairs.csv"', '"pairs.csv", gives: [distance], feeds: [see]'), text=MEDIA))
    assert ["needs `image`" in found.message for found in said if found.code == "DAT404"] == [True]


def view(name: str, old: str, new: str) -> tuple[str, str]:
    return (f"  {name}: {old}", f"  {name}: {new}")


MISTAKES: list[tuple[str, str, str, str]] = [
    ("of: sound, bins: 128", "of: sound, bins: 300", "DAT409", "256 frequencies"),
    ("of: sound, bins: 128", "of: sound, high: 12000.0", "DAT409", "ends at 8000 Hz"),
    ("of: sound, bins: 128", "of: sound, low: 9000.0", "DAT409", "begin at 9000 Hz"),
    ("of: sound, bins: 128", "of: sound, window: 0.025", "DAT408", "milliseconds"),
    ("of: sound, bins: 128", "of: sound, window: 2500.0", "DAT408", "longer than the stretch of 2 seconds"),
    ("of: sound, bins: 128", "of: sound, time_mask: 500", "DAT403", "hide 500 of 204"),
    ("{use: audio, rate: 16000}", "{use: audio, rate: 16000, channels: 2}", "DAT406", "has 2"),
    ("of: motion, seconds: 5.0", "of: motion, seconds: 5.0, rate: 200.0", "DAT407", "200 readings a second"),
    ("of: motion, seconds: 5.0", "of: motion, seconds: 0.001", "DAT408", "0.4 readings"),
    (
        "of: motion, seconds: 5.0",
        "of: motion, normalize: {mean: [0.0, 1.0], std: 1.0}",
        "DAT406",
        "2 numbers for 6 channels",
    ),
    ("encoding: sun_rgbd", "encoding: disparity", "DAT410", "already holds disparities"),
    ("encoding: sun_rgbd", "encoding: disparity, far: 8.0", "DAT410", "`far` is in metres"),
    ("focal: 518.9", "focal: 518.9, near: 60.0", "DAT403", "`near` is 60 metres"),
    ("focal: 518.9", "focal: 518.9, normalize: {mean: 0.0, std: 1.0}", "DAT405", "where it is cropped"),
    ("of: near, with: crop", "of: near, with: image", "DAT412", "no view that crops"),
    ("of: near, with: crop", "of: crop, with: crop", "DAT402", "already cut"),
    ("of: near, with: crop", "of: tones, with: crop", "DAT405", "rows are frequencies"),
    ("mean: 0.0418, std: 0.0295", "mean: 0.0418", "REF118", "a `mean` and a `std`"),
    ("mean: 0.0418, std: 0.0295", "mean: 0.0418, std: 0.0", "DAT403", "above 0"),
    ("of: heat, with: crop}", "of: heat, with: crop, normalize: imagenet}", "DAT406", "there is a channel"),
    ("heat: thermal", "heat: {use: thermal, range: [5.0, 1.0]}", "DAT403", "smaller to a larger"),
    ("{use: aligned, of: heat, with: crop}", "{use: dino_global, of: heat}", "DAT405", "changes colours"),
    ("{use: aligned, of: heat, with: crop}", "{use: mae, of: tones}", "DAT405", "rows are frequencies"),
    ("{use: aligned, of: heat, with: crop}", "{use: mae, of: sound}", "REF105", "a waveform"),
    ("of: film, count: 2", "of: film, scale: [0.9, 0.2]", "DAT403", "0.9 to 0.2"),
]


@pytest.mark.parametrize(("old", "new", "code", "words"), MISTAKES)
def test_a_mistake_of_units_is_one_finding(old: str, new: str, code: str, words: str) -> None:
    found = only(changed((old, new), text=MEDIA))
    assert found.code == code and words in found.message + found.help


def test_columns_of_a_signal_are_as_many_as_its_channels_and_reach_the_loader() -> None:
    named = "channels: 6, columns: [ax, ay, az, gx, gy, gz], rate: 400.0"
    made = contract(program(changed(("channels: 6, rate: 400.0", named), text=MEDIA)))
    assert made.inputs["motion"]["columns"] == ["ax", "ay", "az", "gx", "gy", "gz"]
    for few in ("ax, ay, az", "ax, ay, az, gx, gy, AX"):
        found = only(changed(("channels: 6, rate", f"channels: 6, columns: [{few}], rate"), text=MEDIA))
        assert found.code == "REF118" and "and the signal has 6" in found.message
        assert found.span.text == f"[{few}]"


def test_a_stretch_that_is_mostly_padding_is_doubtful() -> None:
    assert findings(MEDIA) == []  # 198 of 204
    for frames, rest in ((1024, "padding"), (100, "cut off")):
        found = only(changed(("frames: 204", f"frames: {frames}"), text=MEDIA))
        assert (found.code, found.severity) == ("DAT411", Severity.WARNING)
        assert "198 frames" in found.message and rest in found.message


def test_a_map_that_goes_with_mixed_pictures_is_pointed_at_their_crop() -> None:
    mixed = (
        "  warm: {use: aligned, of: heat, with: crop}",
        "  mixed: {use: mixup, of: crop}\n  warm: {use: aligned, of: heat, with: mixed}",
    )
    found = [each for each in findings(changed(mixed, text=MEDIA)) if each.severity is Severity.ERROR]
    assert [each.code for each in found] == ["DAT412"] and "`mixed` is no view that crops" in found[0].message
    assert found[0].help == "it mixes the pictures of `crop`: name that one"


def test_a_crop_of_a_map_keeps_what_it_is() -> None:
    for name, kind in (("near", Depth), ("heat", Thermal)):
        crop: dict[str, Any] = {"views.warm": {"use": "random_resized_crop", "of": name, "size": 16}}
        text = changed(
            ("{use: aligned, of: heat, with: crop}", str(crop["views.warm"])[:-1] + "}"), text=MEDIA
        )
        text = text.replace("'size': 16}", "'size': 16, 'normalize': none}")
        assert isinstance(types(text)["warm"], kind)


def test_size_on_an_input_is_shorthand_for_a_crop_of_its_middle() -> None:
    text = changed(
        ("heat: thermal", "heat: {use: thermal, size: 32, normalize: {mean: 0.5, std: 0.5}}"),
        ("  warm: {use: aligned, of: heat, with: crop}\n", ""),
        ("from: warm", "from: heat"),
        text=MEDIA,
    )
    views = contract(program(text)).phases["main"]["views"]
    assert [step["op"] for step in views["heat"]["programs"][0]] == ["resize", "center_crop", "normalize"]


@pytest.mark.parametrize(
    ("protocol", "code", "words"),
    [
        ("{use: zero_shot, text: depth, data: pairs}", "REF104", "`image` or `of`"),
        ("{use: zero_shot, of: audio, image: vision, text: depth, data: pairs}", "REF104", "not by both"),
        ("{use: zero_shot, of: audio, text: depth, data: pairs}", "REF105", "reads a text"),
        ("{use: retrieval, a: audio, data: pairs}", "REF104", "`text` or `b`"),
        (
            "{use: retrieval, image: vision, b: audio, data: pairs}",
            "REF104",
            "both towers in one of the two ways",
        ),
    ],
)
def test_a_protocol_takes_towers_of_any_medium_in_one_of_two_ways(
    protocol: str, code: str, words: str
) -> None:
    found = only(f"{MEDIA}eval:\n  it: {protocol}\n")
    assert found.code == code and words in found.message + found.help
    assert not findings(f"{MEDIA}eval:\n  it: {{use: retrieval, a: audio, b: depth, data: pairs}}\n")
    assert not findings(f"{MEDIA}eval:\n  it: {{use: knn, of: thermal, data: pairs}}\n")


def test_what_is_no_picture_is_told_which_view_cuts_it() -> None:
    for name, word in (("sound", "mel"), ("motion", "window"), ("film", "frames")):
        found = only(
            changed(("{use: aligned, of: heat, with: crop}", f"{{use: mae, of: {name}}}"), text=MEDIA)
        )
        assert found.code == "REF105" and f"`{word}` is the view" in found.help


def test_a_key_that_no_normalisation_has_is_told_at_the_key() -> None:
    finding = only(changed(("{mean: 0.0418, std", "{maen: 0.0418, std"), text=MEDIA))
    assert (finding.code, finding.span.text) == ("REF102", "maen") and "`mean`" in finding.help
    assert only(changed(("mean: 0.0418, ", ""), text=MEDIA)).code == "REF118"
