"""MEM803: what training needs against the device that the spec names, with what takes how much and what makes it fit."""

from __future__ import annotations

import re

from conftest import Command, Path

from vfmc.api import Spec
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source

CLIP = "vfmc: 1\nname: example\nextends: clip_vit_b32\n"


def told(more: str) -> list[Diagnostic]:
    return [
        each
        for each in lint(Spec(Source("spec.yaml", CLIP + more), None), Settings())
        if each.code == "MEM803"
    ]


def test_a_batch_that_does_not_fit_is_a_warning_with_its_parts() -> None:
    [found] = told("parallel: {device: h100}\n")
    assert (
        found.severity is Severity.WARNING
        and found.span.source.text[found.span.start : found.span.end] == "h100"
    )
    assert (
        found.message.startswith("a batch of 32,768 takes about ")
        and "one h100, which has 80" in found.message
    )
    assert re.match(
        r"GiB: 0\.6 of weights, 0\.6 of gradients, 1\.1 of optimiser state, .* of activations, 8\..* of losses",
        found.notes[0],
    )
    assert "`devices: 8`" in found.help


def test_what_the_help_says_fits_and_a_little_more_does_not() -> None:
    [found] = told("parallel: {device: h100}\n")
    pieces = int(re.search(r"`accumulate: (\d+)`", found.help)[1])  # type: ignore[index]
    most = int(re.search(r"largest batch that fits is ([\d,]+)", found.help)[1].replace(",", ""))  # type: ignore[index]
    for settings, fits in (
        (f"accumulate: {pieces}", True),
        (f"accumulate: {pieces // 2}", False),
        (f"batch: {most}", True),
        (f"batch: {most + most // 50}", False),
    ):
        assert bool(told(f"train: {{{settings}}}\nparallel: {{device: h100}}\n")) is not fits, settings


def test_devices_share_the_batch_and_hold_all_weights() -> None:
    assert not told("parallel: {device: h100, devices: 64}\n")
    [found] = told("parallel: {device: h100, devices: 2}\n")
    assert "each of 2 devices" in found.message and "devices: 8" not in found.help
    assert not told("parallel: {devices: 2}\n") and not told("")


def test_inspect_shows_what_a_batch_adds(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(CLIP + "parallel: {device: h100, devices: 64}\n")
    done = vfmc("inspect", "spec.yaml")
    assert re.search(
        r"more on each of 64 devices for a batch of 32,768, 512 samples at once in bf16\n +activations \d",
        done.out,
    )
    assert "a sample)" in done.out
