"""Results as pictures, by matplotlib if it is installed: every function returns the names of the files it has
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

LABELLED = 30
"""Classes up to which a confusion matrix names its rows and cells."""


def _pyplot() -> Any:
    """matplotlib's interface without a display, or None where it is not installed: numbers are written all
    the same.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure


def confusion(path: Path, counts: Sequence[Sequence[int]], names: Sequence[str]) -> list[str]:
    """The confusion matrix, its rows in shares of the true class."""
    figure_of = _pyplot()
    if figure_of is None:
        return []
    size = 3 + 0.35 * min(len(names), LABELLED)
    figure = figure_of(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, shrink=0.7, label="share of the true class")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if len(names) <= LABELLED:
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        for row, values in enumerate(counts):
            for column, count in enumerate(values):
                if count:
                    colour = "white" if shares[row][column] > 0.5 else "black"
                    axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=colour)
    return _save(figure, path)


def guesses(path: Path, images: Sequence[Tensor], said: Sequence[str], true: Sequence[str]) -> list[str]:
    """Images `[C, H, W]` of bytes with what the model says of them; what is wrong stands in red with the
    truth.
    """
    figure_of = _pyplot()
    if figure_of is None:
        return []
    columns = min(8, len(images))
    rows = -(-len(images) // columns)
    figure = figure_of(figsize=(1.5 * columns, 1.8 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, image, guess, truth in zip(grid.flat, images, said, true, strict=False):
        axes.imshow(image.permute(1, 2, 0).numpy())
        right = guess == truth
        axes.set_title(
            guess if right else f"{guess}\n(is {truth})", fontsize=8, color="black" if right else "crimson"
        )
    return _save(figure, path)


def panels(path: Path, rows: Sequence[Sequence[Tensor]]) -> list[str]:
    """Rows of original, masked and reconstructed images `[C, H, W]` in [0, 1]."""
    figure_of = _pyplot()
    if figure_of is None:
        return []
    figure = figure_of(figsize=(4.5, 1.5 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), 3, squeeze=False)
    for line, images in zip(grid, rows, strict=True):
        for axes, image in zip(line, images, strict=True):
            axes.imshow(image.permute(1, 2, 0).numpy())
            axes.axis("off")
    for axes, title in zip(grid[0], ("original", "masked", "reconstructed"), strict=True):
        axes.set_title(title, fontsize=9)
    return _save(figure, path)


def _save(figure: Any, path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    return [path.name]
