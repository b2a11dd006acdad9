"""webdataset shards on the local disk, read by random access: the order of samples stays an exact function.

The format is webdataset's (github.com/webdataset/webdataset): tar files whose members share a stem (up to the
first dot of the file name) for one sample. The index takes about a hundred bytes of memory a sample and
field.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.sources.base import Inputs, Sample, Source
from vfmc.runtime.data.sources.files import find_files, first_few
from vfmc.runtime.data.sources.tar import Member, members, read_at

DEFAULTS = {
    "image": "jpg;jpeg;png;webp",
    "text": "txt;json:caption|text",
    "label": "cls;json:label|class",
}
"""Which extensions hold an input of a kind, the first that a sample has; `json:field` is a field of its .json
file.
"""

_log = logging.getLogger("vfmc")


class _Place(NamedTuple):
    offset: int
    size: int
    fields: tuple[str, ...]  # of a .json file; the first that is there


class Shards(Source):
    """Ids follow the shards, and the order within each."""

    def __init__(
        self, paths: list[Path], kinds: dict[str, str], fields: dict[str, str], classes: list[str] | None
    ) -> None:
        self.paths, self.kinds, self.classes = paths, kinds, classes
        self.gives = tuple(fields)
        self.samples: list[tuple[int, str, tuple[_Place, ...]]] = []  # shard, stem, one place an input
        dropped: list[str] = []
        seen: set[str] = set()
        with ThreadPoolExecutor(8) as pool:
            for shard, table in enumerate(pool.map(members, paths)):
                for stem, files in _group(table).items():
                    places = [_find(files, wanted) for wanted in fields.values()]
                    whole = tuple(place for place in places if place is not None)
                    if len(whole) == len(places):
                        self.samples.append((shard, stem, whole))
                    else:
                        dropped.append(f"{paths[shard].name}/{stem}")
                        seen |= set(files)
        if not self.samples:
            wanted = ", ".join(f"{name} in .{choice}" for name, choice in fields.items())
            raise DataError(
                f"no sample of {first_few([str(path) for path in paths])} has all of {wanted};"
                f" there are .{', .'.join(sorted(seen))}: say with `gives` which one holds what"
            )
        if dropped:
            _log.warning(
                "%d of %d samples lack a file and are left out: %s",
                len(dropped), len(dropped) + len(self.samples), first_few(dropped),
            )  # fmt: skip

    def __len__(self) -> int:
        return len(self.samples)

    def read(self, id: int, names: Collection[str]) -> Sample:
        shard, _, places = self.samples[id]
        sample: Sample = {}
        for name in names:
            place = places[self.gives.index(name)]
            data = read_at(self.paths[shard], place.offset, place.size)
            kind = self.kinds[name]
            if kind == "image":
                sample[name] = Image.open(io.BytesIO(data))
                continue
            value: Any = data.decode("utf-8").strip()
            if place.fields:
                table = json.loads(value)
                found = [field for field in place.fields if field in table]
                if not found:
                    raise SampleError(f"its .json has no field {' or '.join(place.fields)}")
                value = table[found[0]]
            sample[name] = self._label(value) if kind == "label" else value
        return sample

    def _label(self, value: str | int) -> int:
        if self.classes is not None and value in self.classes:
            return self.classes.index(str(value))
        try:
            return int(value)
        except (ValueError, TypeError):
            raise SampleError(f"the label '{value}' is neither a whole number nor one of `classes`") from None

    def key(self, id: int) -> str:
        shard, stem, _ = self.samples[id]
        return f"{self.paths[shard]}, {stem}"


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "webdataset", "urls": "shard-{000..012}.tar", "gives": {input: "jpg;png"}, "classes":
    [names]}`.

    An extension list may be one string with semicolons. `gives` may also be a list of inputs; an input that
    it does not place is looked for by `DEFAULTS`.
    """
    given = description.get("gives") or {}
    placed: Mapping[str, str | list[str]] = given if isinstance(given, Mapping) else {}
    kinds = {name: entry["kind"] for name, entry in inputs.items()}
    fields = {}
    for name, kind in kinds.items():
        if name not in placed and kind not in DEFAULTS:
            raise DataError(f"say with `gives` which extension holds the {kind} '{name}'")
        choice = placed.get(name) or DEFAULTS[kind]
        fields[name] = choice if isinstance(choice, str) else ";".join(choice)
    paths = find_files(description["urls"], root, "the shards")
    return Shards(paths, kinds, fields, description.get("classes"))


def _group(table: list[Member]) -> dict[str, dict[str, Member]]:
    """Members by stem, then by extension in lower case."""
    groups: dict[str, dict[str, Member]] = {}
    for member in table:
        folder, slash, name = member[0].rpartition("/")
        stem, dot, extension = name.partition(".")
        if dot and stem:
            groups.setdefault(folder + slash + stem, {})[extension.lower()] = member
    return groups


def _find(files: Mapping[str, Member], wanted: str) -> _Place | None:
    for choice in wanted.replace(" ", "").lstrip(".").split(";"):
        extension, _, field = choice.partition(":")
        member = files.get(extension.lstrip(".").lower())
        if member is not None:
            return _Place(member[1], member[2], tuple(field.split("|")) if field else ())
    return None
