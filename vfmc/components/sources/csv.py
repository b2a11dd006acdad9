"""A table of file paths."""

from vfmc.components import arg
from vfmc.components.source import Source


class Csv(Source):
    """Comma- or tab-separated tables whose rows name files (an image, a sound ...) and a caption or label. Paths are relative to the table."""

    kind = "source"
    example = 'csv(files: "pairs.csv", gives: {image: filepath, caption: title})'
    files: str | list[str] = arg(help="one table or several")
    separator: str | None = arg(None, help="between columns; told from the file if not given")
