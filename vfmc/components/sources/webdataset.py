"""Tar shards."""

from vfmc.components import arg
from vfmc.components.source import Source


class Webdataset(Source):
    """Tar shards whose members share a key: 000.jpg, 000.txt, 000.wav, 000.depth.png. `{0000..0999}` counts shards."""

    kind = "source"
    example = 'webdataset(urls: "pairs-{0000..0999}.tar", samples: 10000000)'
    urls: str | list[str] = arg(help="shards: names with {a..b} counters, or globs")
