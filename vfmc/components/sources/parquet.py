"""Parquet files."""

from vfmc.components import arg
from vfmc.components.source import Source


class Parquet(Source):
    """Parquet files, such as data sets are published in: pictures and other files as bytes, `{bytes, path}` or paths; texts; labels.

    They are read by row groups and never held whole. Paths are relative to the file, or to `root`.
    """

    kind = "source"
    example = 'parquet(files: "data/train-*.parquet", gives: {image: image, caption: text})'
    files: str | list[str] = arg(help="one file or several: names with {a..b} counters, or globs")
    root: str | None = arg(None, help="the folder of the images, where columns hold paths")
