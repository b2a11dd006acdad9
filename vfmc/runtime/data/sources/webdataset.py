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

import numpy as np
from PIL import Image

from vfmc.runtime.data.decode.texts import text_of
from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, whole
from vfmc.runtime.data.sources.files import EXTENSIONS, find_files, first_few
from vfmc.runtime.data.sources.tar import Member, members, read_at

_log = logging.getLogger("vfmc")


class _Choice(NamedTuple):
    extension: str
    fields: tuple[str, ...]  # of a .json file; the first that is there


class Shards(Source):
    """Ids follow the shards, and the order within each."""

    def __init__(
        self, paths: list[Path], kinds: dict[str, str], fields: dict[str, str], classes: list[str] | None,
        optional: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.optional = [name in optional for name in fields]  # inputs that a sample may lack
        self.paths, self.kinds, self.classes = paths, kinds, classes
        self.gives = tuple(fields)
        self.choices = [_parse(wanted) for wanted in fields.values()]
        tables: list[np.ndarray] = []
        dropped: list[str] = []
        seen: set[str] = set()
        with ThreadPoolExecutor(8) as pool:
            for path, groups in zip(paths, pool.map(_group, paths), strict=True):
                rows = []
                for stem, files in groups.items():
                    row = self._row(files)
                    if row is None:
                        dropped.append(f"{path.name}/{stem}")
                        seen |= set(files)
                    else:
                        rows.append(row)
                tables.append(np.array(rows, np.int64).reshape(len(rows), len(self.choices), 3))
        self.places = np.concatenate(tables)  # [samples, inputs, (offset, size, which choice)]
        self.starts = np.cumsum([0, *map(len, tables)])  # the first id of each shard
        if not len(self.places):
            wanted = ", ".join(f"{name} in .{choice}" for name, choice in fields.items())
            raise DataError(
                f"no sample of {first_few([str(path) for path in paths])} has all of {wanted};"
                f" there are .{', .'.join(sorted(seen))}: say with `gives` which one holds what"
            )
        if dropped:
            count = len(dropped) + len(self.places)
            _log.warning(
                "%d of %d samples lack a file and are left out: %s", len(dropped), count, first_few(dropped)
            )

    def _row(self, files: Mapping[str, Member]) -> list[tuple[int, int, int]] | None:
        """Where the inputs of one sample lie, or None if one is missing."""
        row = []
        for choices, optional in zip(self.choices, self.optional, strict=True):
            found = [i for i, choice in enumerate(choices) if choice.extension in files]
            if not found and optional:
                row.append((0, 0, -1))
                continue
            if not found:
                return None
            _, offset, size = files[choices[found[0]].extension]
            row.append((offset, size, found[0]))
        return row

    def __len__(self) -> int:
        return len(self.places)

    def _shard(self, id: int) -> int:
        return int(np.searchsorted(self.starts, id, side="right")) - 1

    def read(self, id: int, names: Collection[str]) -> Sample:
        path = self.paths[self._shard(id)]
        sample: Sample = {}
        for name in names:
            which = self.gives.index(name)
            offset, size, choice = self.places[id, which].tolist()
            if choice < 0:
                sample[name] = None
                continue
            data = read_at(path, offset, size)
            if self.kinds[name] == "image":
                sample[name] = Image.open(io.BytesIO(data))
                continue
            if self.kinds[name] not in ("text", "label"):
                sample[name] = data
                continue
            value: Any = text_of(data).strip()
            if fields := self.choices[which][choice].fields:
                value = _field(value, fields)
            if value is None or self.kinds[name] == "text":
                sample[name] = _caption(value)
            else:
                sample[name] = self._label(value)
        return sample

    def _label(self, value: Any) -> int:
        if self.classes is not None and value in self.classes:
            return self.classes.index(value)
        try:
            return whole(value)
        except SampleError:
            raise SampleError(f"the label '{value}' is neither a whole number nor one of `classes`") from None

    def key(self, id: int) -> str:
        shard = self._shard(id)  # its index is read again: names are for messages alone
        stems = [stem for stem, files in _group(self.paths[shard]).items() if self._row(files) is not None]
        return f"{self.paths[shard]}, {stems[id - int(self.starts[shard])]}"


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "webdataset", "urls": "shard-{000..012}.tar", "gives": {input: "jpg;png"}, "classes":
    [names]}`.

    An extension list may be one string with semicolons. `gives` may also be a list of inputs; an input that
    it does not place is looked for by `EXTENSIONS`.
    """
    given = description.get("gives") or {}
    placed: Mapping[str, str | list[str]] = given if isinstance(given, Mapping) else {}
    kinds = {name: entry["kind"] for name, entry in inputs.items()}
    fields = {}
    for name, kind in kinds.items():
        if name not in placed and kind not in EXTENSIONS:
            raise DataError(f"say with `gives` which extension holds the {kind} '{name}'")
        choice = placed.get(name) or EXTENSIONS[kind]
        fields[name] = choice if isinstance(choice, str) else ";".join(choice)
    paths = find_files(description["urls"], root, "the shards")
    optional = [name for name in fields if inputs[name].get("optional")]
    return Shards(paths, kinds, fields, description.get("classes"), optional)


def _field(text: str, fields: tuple[str, ...]) -> Any:
    """The first of `fields` that an object in JSON has."""
    try:
        table = json.loads(text)
    except json.JSONDecodeError as error:
        raise SampleError(f"its .json is broken ({error})") from None
    if not isinstance(table, dict):
        raise SampleError(f"its .json holds no object with a field {' or '.join(fields)}")
    found = [field for field in fields if field in table]
    if not found:
        raise SampleError(f"its .json has no field {' or '.join(fields)}")
    return table[found[0]]


def _caption(value: Any) -> Any:
    """A caption or a list of captions; None for none."""
    texts = value if isinstance(value, list) else [value]
    if value is not None and not all(isinstance(text, str) for text in texts):
        raise SampleError(f"its caption is {str(value)[:40]}, which is no text")
    return None if value == [] else value


def _group(path: Path) -> dict[str, dict[str, Member]]:
    """Members of a shard by stem, then by extension in lower case."""
    groups: dict[str, dict[str, Member]] = {}
    for member in members(path):
        folder, slash, name = member[0].rpartition("/")
        stem, dot, extension = name.partition(".")
        if dot and stem:
            files = groups.setdefault(folder + slash + stem, {})
            if extension.lower() in files:
                raise DataError(f"the shard {path} holds {member[0]} twice: write it again with one of them")
            files[extension.lower()] = member
    return groups


def _parse(wanted: str) -> list[_Choice]:
    """`jpg;json:a|b` to its choices."""
    found = []
    for choice in wanted.replace(" ", "").split(";"):
        extension, _, fields = choice.partition(":")
        found.append(_Choice(extension.lstrip(".").lower(), tuple(fields.split("|")) if fields else ()))
    return found
