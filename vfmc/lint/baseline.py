"""A baseline: the findings that were there when a team began to lint. They are not told; new ones are.

A finding is known by its file, code, message and the text of its line, not by its line's number, and each entry covers as many as it counts.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from vfmc import resources
from vfmc.lint.index import RULES
from vfmc.lint.settings import BadSettings, text_of
from vfmc.source import Diagnostic

VERSION = 1
Key = tuple[str, str, str, str]


def key(finding: Diagnostic, folder: Path) -> Key:
    """What a baseline knows a finding by."""
    inside = known_as(finding.span.source.name, folder, based=finding.home is not None)
    return inside, finding.code, finding.message, finding.span.source.line(finding.span.begin[0]).strip()


def known_as(name: str, folder: Path, based: bool) -> str:
    """What a baseline in `folder` calls a file, the same on every machine; `based` is one that the linted file extends."""
    path = Path(name).resolve()
    zoo = resources.path("specs").resolve()
    if based and path.is_relative_to(zoo):  # wherever the package is installed
        return f"vfmc:{path.relative_to(zoo).as_posix()}"
    if name.startswith("<") or not path.exists():
        return name
    return Path(os.path.relpath(path, folder.resolve())).as_posix()


def write(path: Path, findings: Iterable[Diagnostic]) -> int:
    """Writes the findings of rules to a baseline and gives their number. Errors of the check cannot be put off."""
    counted = Counter(key(each, path.parent) for each in findings if each.code in RULES and not each.stops)
    entries = [
        {"file": file, "code": code, "message": message, "line": line, "count": count}
        for (file, code, message, line), count in sorted(counted.items())
    ]
    path.write_text(
        json.dumps({"schema_version": VERSION, "findings": entries}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
        errors="backslashreplace",  # a file's name may hold what is no UTF-8, and JSON reads it back from that
    )
    return sum(counted.values())


def read(path: Path) -> Counter[Key]:
    """The known findings. Raises `BadSettings` where the file is none."""
    try:
        entries = json.loads(text_of(path, 50_000_000))["findings"]
        return Counter({(e["file"], e["code"], e["message"], e["line"]): int(e["count"]) for e in entries})
    except OSError as error:
        raise BadSettings(
            f"the baseline {path} cannot be read ({error.strerror})",
            "write one with `vfmc lint ... --write-baseline FILE`",
        ) from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise BadSettings(
            f"{path} is no baseline", "write one with `vfmc lint ... --write-baseline FILE`"
        ) from None


def unknown(
    findings: Iterable[Diagnostic], known: Counter[Key], folder: Path
) -> tuple[list[Diagnostic], int]:
    """The findings that the baseline does not cover, and how many of its entries nothing needs any longer."""
    left = Counter(known)
    found = []
    for each in findings:
        name = key(each, folder)
        if each.code in RULES and not each.stops and left[name] > 0:
            left[name] -= 1
        else:
            found.append(each)
    return found, sum(count for count in left.values() if count > 0)
