"""Bytes of text files to text: UTF-8, or what a byte-order mark says."""

from __future__ import annotations

import codecs

from vfmc.runtime.data.errors import SampleError

_MARKS = (  # the longer first: the mark of UTF-32 begins as that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def encoding_of(start: bytes) -> str:
    """The encoding that the first bytes of a file (four are enough) tell: UTF-8 without a mark."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def text_of(data: bytes) -> str:
    """The text. Raises `SampleError` for bytes that are none."""
    try:
        text = data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        raise SampleError(not_text(error)) from None
    if "\0" in text:
        raise SampleError(
            "it holds zero bytes, so it is no text, or UTF-16 without a byte-order mark: save it as UTF-8"
        )
    return text


def not_text(error: UnicodeDecodeError) -> str:
    """What to say of a file whose bytes are not in its encoding."""
    byte = f"byte 0x{error.object[error.start]:02x} at {error.start}"
    if error.encoding.startswith("utf-8"):
        return f"it is not in UTF-8, and no byte-order mark says UTF-16 ({byte}): save it as UTF-8"
    return f"its byte-order mark says {error.encoding}, and its bytes are not that ({byte}): save it as UTF-8"
