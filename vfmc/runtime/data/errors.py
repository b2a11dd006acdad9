"""What goes wrong with data, in sentences that a person can act on."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib

from vfmc.runtime.errors import RunError


class DataError(RunError):
    """Data that cannot be used as asked: what is wrong with which file or sample, and what to do."""


class SourceMissing(DataError):
    """A source that the spec names is not on this machine. Its message says how to train on other data."""


class SampleError(Exception):
    """One sample that cannot be read; `Reader` counts it and takes its neighbour instead."""


UNREADABLE = (
    SampleError,
    OSError,  # missing, truncated, not an image
    ValueError,
    SyntaxError,  # Pillow's word for a broken PNG
    EOFError,
    MemoryError,  # a header that promises more than there can be
    ArithmeticError,
    LookupError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
"""What reading and decoding one sample may raise because of what it holds."""


def said(error: BaseException) -> str:
    """What is wrong with a sample, in a sentence without its full stop."""
    if isinstance(error, SampleError) and str(error):
        return str(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"there is no file {error.filename}"
    if isinstance(error, IsADirectoryError) and error.filename:
        return f"{error.filename} is a folder, not a file"
    if isinstance(error, PermissionError) and error.filename:
        return f"this user may not read {error.filename}"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is: its header is broken, or the file too large"
    if type(error).__name__ == "UnidentifiedImageError":
        path = re.search(r"'(.+)'", str(error))  # none for a file in memory
        which = path.group(1) if path else "it"
        return f"{which} is no image that can be read, or is broken: replace it or leave it out"
    if type(error).__name__ == "DecompressionBombError":
        return f"{error}: make it smaller or leave it out"
    if isinstance(error, UnicodeDecodeError):
        from vfmc.runtime.data.decode.texts import not_text

        return not_text(error)
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, OSError) and "truncated" in text:
        return f"the file is cut off ({text}): fetch it again or leave it out"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
