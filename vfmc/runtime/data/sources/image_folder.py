"""Images (or sounds, videos ...) in folders: a class a sub-folder, or a flat folder; captions and further media beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from vfmc.runtime.data.decode.texts import text_of
from vfmc.runtime.data.errors import DataError, SampleError, SourceMissing
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, named
from vfmc.runtime.data.sources.files import EXTENSIONS, IMAGES, INSTEAD, ends, walk

LAYOUT = "expected are images directly in it, or one sub-folder a class: FOLDER/cat/1.jpg, FOLDER/dog/2.png"


class ImageFolder(Source):
    """Ids follow the sorted classes, and the sorted paths in each.

    A sample is a file of the first medium that is asked for, images before others; further media lie beside it under
    the same stem: 1.jpg, 1.depth.png, 1.wav.
    """

    def __init__(self, folder: Path, inputs: Inputs) -> None:
        self.folder = folder
        self.optional = [name for name, entry in inputs.items() if entry.get("optional")]
        self.kinds = {name: entry["kind"] for name, entry in inputs.items()}
        self.texts, self.labelled = (named(inputs, kind) for kind in ("text", "label"))
        media = [name for name, kind in self.kinds.items() if kind not in ("text", "label")]
        first = next(iter([*named(inputs, "image"), *media]), "")
        main = self.kinds.get(first, "image")
        self.images = named(inputs, main)
        self.beside = {name: _endings(self.kinds[name]) for name in media if self.kinds[name] != main}
        self.endings = IMAGES if main == "image" else _endings(main)
        others = tuple(ending for endings in self.beside.values() for ending in endings)
        self.paths: list[str] = []
        self.labels: list[int] = []
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        groups = {
            path.name: [each for each in walk(path, self.endings) if not ends(Path(each).name, others)]
            for path in inside
        }
        classes = [name for name, paths in groups.items() if paths]
        for label, name in enumerate(classes):
            self.paths += groups[name]
            self.labels += [label] * len(groups[name])
        flat = sorted(
            str(path)
            for path in folder.iterdir()
            if ends(path.name, self.endings) and not ends(path.name, others) and path.is_file()
        )
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
            if not beside.is_file() and not all(inputs[name].get("optional") for name in self.texts):
                raise DataError(
                    f"the spec asks for {', '.join(self.texts)} and {folder} has no captions:"
                    f" put them beside the images ({beside.name}),"
                    " or name a table with --data pairs.csv"
                )
            gives += self.texts
        self.gives = (*gives, *self.beside)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, id: int, names: Collection[str]) -> Sample:
        path = self.paths[id]
        sample: Sample = {}
        for name in names:
            if name in self.images:
                sample[name] = Image.open(path) if self.kinds[name] == "image" else path
            elif name in self.beside:
                sample[name] = self._beside(path, name)
            elif name in self.labelled:
                sample[name] = self.labels[id]
            else:
                beside = Path(path).with_suffix(".txt")
                lacks = name in self.optional and not beside.is_file()
                sample[name] = None if lacks else text_of(beside.read_bytes()).strip()
        return sample

    def _beside(self, path: str, name: str) -> Path:
        """The file of another medium with the stem of `path`."""
        place = Path(path)
        stem = place.name[: -len(next(end for end in self.endings if place.name.lower().endswith(end)))]
        for ending in self.beside[name]:
            if (found := place.with_name(stem + ending)).is_file():
                return found
        raise SampleError(f"there is no {self.kinds[name]} beside it: {stem}{' or '.join(self.beside[name])}")

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
        what = "image" if source.endings is IMAGES else "file"
        raise DataError(f"{folder} holds no {what} ({', '.join(source.endings)}): {LAYOUT}")
    return source


def _endings(kind: str) -> tuple[str, ...]:
    return tuple(f".{extension}" for extension in EXTENSIONS[kind].split(";"))
