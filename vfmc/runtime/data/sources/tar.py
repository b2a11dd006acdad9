"""Random access to tar files: where each member lies, found once and kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from vfmc.runtime.data.errors import DataError

Member = tuple[str, int, int]
"""The name, the offset of the data, the size in bytes."""


_BLOCK = 512  # bytes; members fill whole blocks, and empty blocks end an archive (POSIX.1-1988, ustar)


def members(path: Path) -> list[Member]:
    """The files in an uncompressed tar, in its order. Raises `DataError` if it is damaged."""
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    cached = cache_folder() / (
        hashlib.blake2b(str(path.resolve()).encode(), digest_size=16).hexdigest() + ".json"
    )
    with suppress(OSError, ValueError, KeyError):
        table = json.loads(cached.read_text(encoding="utf-8"))
        if table["stamp"] == stamp:
            return [(name, offset, size) for name, offset, size in table["members"]]
    found = _scan(path, status.st_size)
    with suppress(OSError):  # a machine without a writable cache scans again
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cached.parent, delete=False, encoding="utf-8") as file:
            json.dump({"stamp": stamp, "members": found}, file)
        os.replace(file.name, cached)
    return found


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/vfmc/shards`, by default in `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vfmc" / "shards"


def _scan(path: Path, size: int) -> list[Member]:
    try:
        with tarfile.open(path, "r:") as tar:
            found = [(entry.name, entry.offset_data, entry.size) for entry in tar if entry.isfile()]
    except (tarfile.TarError, EOFError, OSError) as error:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        if packed:
            raise DataError(
                f"the shard {path} is compressed: unpack it with `gunzip`, shards are read in place"
            ) from None
        raise DataError(f"the shard {path} is not a readable tar file ({error}): fetch it again") from None
    if found and found[-1][1] + found[-1][2] > size:
        raise DataError(f"the shard {path} is cut off within {found[-1][0]}: fetch it again")
    if found and size < found[-1][1] + -(-found[-1][2] // _BLOCK) * _BLOCK + _BLOCK:
        raise DataError(
            f"the shard {path} ends behind {found[-1][0]} without the mark of its end, so more may be lacking: fetch it"
            " again, or write it again with `tar`"
        )
    if not found:
        raise DataError(f"the shard {path} holds no files")
    return found


def read_at(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes of a file from `offset`."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)
