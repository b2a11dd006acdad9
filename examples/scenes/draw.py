"""The two pictures of the example: scenes as every modality sees them, and what was named and found without having been paired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vfmc.runtime.data.sources import open_source

INPUTS = {
    "image": {"kind": "image"},
    "clip": {"kind": "video"},
    "distance": {"kind": "depth", "encoding": "metres"},
    "heat": {"kind": "thermal"},
    "sound": {"kind": "audio", "rate": 8000},
    "motion": {"kind": "signal", "channels": 6, "rate": 50.0},
    "caption": {"kind": "text"},
}
ROWS = ("picture", "a second later", "depth", "heat", "sound", "inertial sensor")


def scenes(path: Path, count: int = 8, size: int = 64) -> None:
    """Held-out scenes, one a column, as every modality sees them. Larger than what the tiny towers see (32 pixels)."""
    source = open_source({"use": "scenes", "split": "test", "size": size}, INPUTS)
    figure = Figure(figsize=(1.75 * count, 10.5), layout="constrained")
    grid = figure.subplots(len(ROWS), count)
    for column, id in enumerate(range(count)):
        sample = source[id]
        words = source.scene(id).words()
        title = f"{words['temperature']} {words['size']} {words['colour']}\n{words['material']} {words['shape']}\n{words['place']}, {words['motion']}"
        grid[0, column].set_title(title, fontsize=8)
        grid[0, column].imshow(sample["image"])
        grid[1, column].imshow(sample["clip"][0][1])
        grid[2, column].imshow(sample["distance"][0], cmap="viridis_r", vmin=2, vmax=7.2)
        grid[3, column].imshow(sample["heat"][0] * 0.5 - 25, cmap="inferno", vmin=-10, vmax=100)
        grid[4, column].specgram(sample["sound"][0][:8000], NFFT=256, Fs=8000, noverlap=192, cmap="magma", vmin=-140)  # fmt: skip
        readings = sample["motion"][0]
        for channel, colour in zip((0, 1, 2, 4), ("C0", "C1", "C2", "C3"), strict=True):
            grid[5, column].plot(
                readings[channel] - (9.81 if channel == 1 else 0), lw=0.8, color=colour,
                label=("right", "up", "away", "", "turn")[channel],
            )  # fmt: skip
        grid[5, column].set_ylim(-8, 8)
        for axes in grid[:, column]:
            axes.set_xticks([])
            axes.set_yticks([])
    for row, name in enumerate(ROWS):
        grid[row, 0].set_ylabel(name, fontsize=9)
    grid[5, 0].legend(fontsize=6, loc="lower left", ncols=2)
    figure.savefig(path, dpi=80)


def emergent(path: Path, result: dict[str, Any]) -> None:
    """Left, what sounds were named by texts; right, R@10 of all pairs as a share of what their shared factors allow."""
    figure = Figure(figsize=(13, 6.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    counts, names = np.array(result["confusion"]), result["classes"]
    left.imshow(counts / counts.sum(1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
    left.set_xticks(range(len(names)), names, rotation=90)
    left.set_yticks(range(len(names)), names)
    left.set_xlabel("named by text")
    left.set_ylabel("what sounded")
    left.set_title(
        f"Sounds named by texts, never paired: {result['top1']:.1%} (chance {result['chance']:.1%})"
    )
    for row, column in zip(*np.nonzero(counts), strict=True):
        dark = counts[row, column] > counts[row].sum() / 2
        left.text(column, row, counts[row, column], ha="center", va="center", fontsize=7, color="white" if dark else "black")  # fmt: skip
    towers = list(dict.fromkeys(name for pair in result["pairs"] for name in pair.split("-")))
    shares = np.full((len(towers), len(towers)), np.nan)
    right.set_title("R@10, query by row (of what the named factors allow; * trained pair)")
    for pair, entry in result["pairs"].items():
        one, other = (towers.index(name) for name in pair.split("-"))
        for row, column, way in ((one, other, entry["ways"][0]), (other, one, entry["ways"][1])):
            reached = entry[way]["R@10"]
            shares[row, column] = reached / entry["ceiling"]["R@10"]
            right.text(
                column, row, f"{reached:.0%}{'*' if entry['trained'] else ''}\n(of {entry['ceiling']['R@10']:.0%})",
                ha="center", va="center", fontsize=9, color="white" if shares[row, column] > 0.8 else "black",
            )  # fmt: skip
    right.imshow(shares, cmap="Greens", vmin=0, vmax=1.2)
    right.set_xticks(range(len(towers)), towers)
    right.set_yticks(range(len(towers)), towers)
    figure.savefig(path, dpi=80)
