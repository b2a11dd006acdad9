"""Images in folders: a class a sub-folder, or a flat folder; captions in text files beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, named
from vfmc.runtime.data.sources.files import IMAGES, INSTEAD, is_image, walk

LAYOUT = "expected are images directly in it, or one sub-folder a class: FOLDER/cat/1.jpg, FOLDER/dog/2.png"


class ImageFolder(Source):
    """Ids follow the sorted classes, and the sorted paths in each."""

    def __init__(self, folder: Path, inputs: Inputs) -> None:
        self.folder = folder
        self.images, self.texts, self.labelled = (named(inputs, kind) for kind in ("image", "text", "label"))
        self.paths: list[str] = []
        self.labels: list[int] = []
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        groups = {path.name: walk(path) for path in inside}
        classes = [name for name, paths in groups.items() if paths]
        for label, name in enumerate(classes):
            self.paths += groups[name]
            self.labels += [label] * len(groups[name])
        flat = sorted(str(path) for path in folder.iterdir() if is_image(path.name) and path.is_file())
        if flat and classes and self.labelled:
            raise DataError(
                f"{folder} holds images both directly ({Path(flat[0]).name}) and in class folders:"
                " move the former into a class"
            )
        self.paths += flat
        self.classes = classes if classes and not flat else None
        gives = list(self.images)
        if self.classes:
            gives += self.labelled
        if self.texts and self.paths:
            beside = Path(self.paths[0]).with_suffix(".txt")
            if not beside.is_file():
                raise DataError(
                    f"the spec asks for {', '.join(self.texts)} and {folder} has no captions:"
                    f" put them beside the images ({beside.name}),"
                    " or name a table with --data pairs.csv"
                )
            gives += self.texts
        self.gives = tuple(gives)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, id: int, names: Collection[str]) -> Sample:
        path = self.paths[id]
        sample: Sample = {}
        for name in names:
            if name in self.images:
                sample[name] = Image.open(path)
            elif name in self.labelled:
                sample[name] = self.labels[id]
            else:
                sample[name] = Path(path).with_suffix(".txt").read_text(encoding="utf-8").strip()
        return sample

    def key(self, id: int) -> str:
        return self.paths[id]


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "image_folder", "root": path, "split": "train"}`; `split` names a sub-folder that holds the
    class folders.
    """
    folder = root / Path(description["root"]).expanduser()
    if description.get("split"):
        folder = folder / description["split"]
    if not folder.is_dir():
        raise SourceMissing(f"the image folder {folder} is not on this machine: {INSTEAD}")
    source = ImageFolder(folder, inputs)
    if len(source) == 0:
        raise DataError(f"{folder} holds no image ({', '.join(IMAGES)}): {LAYOUT}")
    return source
