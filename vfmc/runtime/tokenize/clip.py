"""CLIP's tokenizer: lower-cased byte-level byte pairs, 49,408 ids (Radford et al., arXiv 2103.00020, sec.
2.4; openai/CLIP).
"""

from __future__ import annotations

import gzip
import html
import importlib.util
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Regex, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Core

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize.base import Tokenizer

MERGES = "bpe_simple_vocab_16e6.txt.gz"
_CARRIERS = ("open_clip", "clip")  # packages whose wheel carries the file
_VOCABULARY = 49_408
_MERGE_COUNT = _VOCABULARY - 2 * 256 - 2  # each byte within a word and at its end; start and end of text

_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "‟": '"'}
)
_LIGATURES = str.maketrans(
    {c: unicodedata.normalize("NFKC", c) for c in "ĲĳǄǅǆǇǈǉǊǋǌǱǲǳﬀﬁﬂﬃﬄﬆ"} | {"ﬅ": "ſt", "ŉ": "'n"}
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]")


def clean(text: str) -> str:
    """What CLIP does before splitting: HTML entities, quotes, ligatures, full-width letters and white space
    made plain, lower case.

    ftfy's repairs of texts decoded in the wrong encoding (mojibake) are left out: they would make ids depend
    on that package's version.
    """
    text = html.unescape(html.unescape(text)).translate(_PLAIN).translate(_LIGATURES)
    text = "".join(
        unicodedata.normalize("NFKC", c) if "！" <= c <= "～" or c == "\u3000" else c for c in text
    )
    text = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    return " ".join(text.split()).lower()


def open(description: Mapping[str, Any], length: int, root: Path) -> Tokenizer:
    """Start 49406, end 49407, padding 0. `path` names the file of merges; without it, the one in an installed
    package.
    """
    file = _find(description.get("path"), root)
    pairs = _merges(file)
    letters = _byte_letters()
    names = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in pairs)]
    names += ["<|startoftext|>", "<|endoftext|>"]
    ids = {name: id for id, name in enumerate(names)}
    unknown = [part for pair in pairs for part in pair if part not in ids]
    if unknown:
        raise DataError(f"{file} merges '{unknown[0]}', which is nothing yet: use a copy of {MERGES}")
    core = Core(models.BPE(ids, pairs, end_of_word_suffix="</w>", fuse_unk=False))
    split = pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True)
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    core.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Replace("</w>", " ")])
    return Tokenizer(
        core, length, description, start=_VOCABULARY - 2, end=_VOCABULARY - 1, pad=0, clean=clean
    )


def _find(path: str | None, root: Path) -> Path:
    if path is not None:
        file = root / Path(path).expanduser()
        if file.is_file():
            return file
        raise DataError(f"CLIP's merges are not at {file}: set `path` to a copy of {MERGES}")
    for package in _CARRIERS:
        found = importlib.util.find_spec(package)  # finds the folder without importing the package
        for folder in (found and found.submodule_search_locations) or ():
            if (Path(folder) / MERGES).is_file():
                return Path(folder) / MERGES
    raise DataError(
        f"CLIP's tokenizer needs its file of merges, {MERGES}: `pip install open_clip_torch`"
        f' (its wheel carries it), or write tokenizer: clip(path: "{MERGES}") with a copy of yours'
    )


def _merges(file: Path) -> list[tuple[str, str]]:
    data = file.read_bytes()
    try:
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{file} is not CLIP's file of merges ({error}): use a copy of {MERGES}") from None
    lines = text.split("\n")[1 : 1 + _MERGE_COUNT]  # the first line names the version
    pairs = [(left, right) for left, _, right in (line.partition(" ") for line in lines) if left and right]
    if len(pairs) != _MERGE_COUNT:
        raise DataError(
            f"{file} holds {len(pairs)} merges and CLIP has {_MERGE_COUNT}: use a copy of {MERGES}"
        )
    return pairs


def _byte_letters() -> list[str]:
    """A visible letter for each byte, in GPT-2's order: the printable ones stand for themselves and come
    first.
    """
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]
