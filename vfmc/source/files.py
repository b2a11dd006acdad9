"""Reading the files of strangers: regular ones alone, and no more of them than is asked for."""

from __future__ import annotations

import os
import stat
from errno import EFBIG, EINVAL

WAITS_NOT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """What a file holds, at most `most` bytes and one more.

    Raises `OSError` for what cannot be opened and for a folder, a pipe, a socket or a device: the first has no text, and the others may
    never end, or never begin. `ValueError` for a name that no file can have.
    """
    with open(os.open(path, os.O_RDONLY | WAITS_NOT), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(EINVAL, "it is no regular file")
        return file.read(most + 1)


def read_text(path: str | os.PathLike[str], most: int, errors: str = "strict") -> str:
    """The same as text in UTF-8. Raises `OSError` for more than `most` bytes as well, `UnicodeDecodeError` for other bytes."""
    data = read_bytes(path, most)
    if len(data) > most:
        raise OSError(EFBIG, f"it has more than {most:,} bytes")
    return data.decode("utf-8", errors).replace("\r\n", "\n")
