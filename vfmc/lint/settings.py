"""What is on: profiles, `select` and `ignore` by prefix, per file; from the command line, `vfmc.toml` or `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from errno import ENOENT
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from vfmc.lint.index import DOUBTS, RULES
from vfmc.source.files import read_text
from vfmc.source.record import record
from vfmc.source.suggest import nearest

PROFILES = ("default", "ci", "strict")
NAMES = ("vfmc.toml", "pyproject.toml")  # of the files; the first wins where a folder has both
LEVELS = ("error", "warning", "info", "never")
KEYS = ("profile", "select", "ignore", "per-file-ignores", "fail-on", "baseline", "exclude", "preview")


class BadSettings(ValueError):
    """A setting that cannot be meant; `help` says what to write."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@record(frozen=True)
class Settings:
    """What the linter does. An empty `select` means what the profile has."""

    profile: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fail_on: str = "warning"
    baseline: Path | None = None
    exclude: tuple[str, ...] = ()
    preview: bool = False
    folder: Path = field(default_factory=Path)  # what paths of the settings are relative to

    def enabled(self, code: str, file: str) -> bool:
        """Whether a rule is on for a file: the longest prefix that names it decides, `ignore` among equals.

        What the check doubts is on whatever is selected: it is off for who ignores it.
        """
        _, _, profiles, preview, _ = RULES[code]
        chosen = max((len(p) for p in self.select if code.startswith(p)), default=-1)
        left = max((len(p) for p in (*self.ignore, *self._ignored(file)) if code.startswith(p)), default=-1)
        if (
            code not in DOUBTS
            and chosen < 0
            and (self.select or self.profile not in profiles or (preview and not self.preview))
        ):
            return False
        return chosen > left if left >= 0 else True

    def _ignored(self, file: str) -> tuple[str, ...]:
        if not self.per_file:
            return ()
        path = Path(file)
        inside = str(path.resolve().relative_to(self.folder.resolve())) if _below(path, self.folder) else file
        return tuple(
            code
            for pattern, codes in self.per_file
            if fnmatch(inside, pattern) or fnmatch(path.name, pattern)
            for code in codes
        )

    def excludes(self, path: Path) -> bool:
        """Whether a file found in a folder is left out."""
        inside = (
            str(path.resolve().relative_to(self.folder.resolve())) if _below(path, self.folder) else str(path)
        )
        return any(
            fnmatch(inside, pattern) or any(fnmatch(part, pattern) for part in Path(inside).parts)
            for pattern in self.exclude
        )

    def with_options(self, **options: Any) -> Settings:
        """With what the command line says on top; None says nothing."""
        given = {key: value for key, value in options.items() if value not in (None, ())}
        for key in ("select", "ignore"):
            if key in given:
                given[key] = selectors(given[key], f"--{key}")
        return replace(self, **given)


def _below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def selectors(values: Any, where: str) -> tuple[str, ...]:
    """Codes or their beginnings, such as `OBJ312` or `OBJ`; several may stand in one text with commas between."""
    words = [
        word.strip()
        for value in ([values] if isinstance(values, str) else values)
        for word in str(value).split(",")
    ]
    for word in words:
        if word and not any(code.startswith(word) for code in RULES):
            raise BadSettings(f"{where}: {no_rule(word)}", meant(word))
    return tuple(word for word in words if word)


def _short(word: str) -> str:
    return word if len(word) <= 60 else f"{word[:59]}…"


@cache
def _codes() -> frozenset[str]:
    """Every code that has a page, those of the check as well."""
    from vfmc.lint import registry  # needed for mistakes alone

    return frozenset(path.stem.partition("_")[0].upper() for path in registry.files())


@cache
def _names() -> dict[str, str]:
    """Code by name of every rule that can be selected."""
    from vfmc.lint import registry  # needed for mistakes alone

    parts = [path.stem.partition("_") for path in registry.files()]
    return {name.replace("_", "-"): code.upper() for code, _, name in parts if code.upper() in RULES}


def _checked(word: str) -> bool:
    """Whether a code, or its beginning, is one of the check alone: the spec has no meaning as long as that is found."""
    return len(word) >= 3 and any(code.startswith(word) for code in _codes())


def no_rule(word: str) -> str:
    """What is wrong with a selector that selects no rule."""
    shown = _short(word)
    return f"`{shown}` cannot be switched off" if _checked(word) else f"no rule begins with `{shown}`"


@cache
def meant(word: str) -> str:
    """What a selector that selects no rule means: a code, a family, or a name of a rule."""
    if _checked(word):
        page = word if word in _codes() else "--all"
        return f"a spec where the check finds it cannot be compiled: mend it (`vfmc rule {page}`)"
    families = sorted({code[:3] for code in RULES})
    named = word if word in _names() else nearest(word, _names()) if "-" in word else None
    if named:
        return f"rules are selected by their codes: write {_names()[named]}"
    if word[:3].upper() in families and word[:3] != word[:3].upper():
        return f"did you mean `{word.upper()}`?"
    near = nearest(word, [*RULES, *families])
    if near is None and (family := nearest(word, sorted({code[:3] for code in _codes()}))):
        return f"`{family}` may be meant, and where the check finds it the spec cannot be compiled: mend it"
    return (
        f"did you mean `{near}`?"
        if near
        else f"families are {', '.join(families)}; `vfmc rule --all` lists the rules"
    )


def find(start: Path) -> Settings:
    """The settings that hold for a folder: those of the nearest `vfmc.toml`, or `pyproject.toml` with [tool.vfmc], above it."""
    for file in places(start):
        if file.is_file() and (file.name == "vfmc.toml" or _ours(file)):
            return read(file)
    return Settings(folder=start.resolve())


def places(folder: Path) -> Iterator[Path]:
    """Every file of settings that may hold for the specs of a folder, the nearest first, those that are not there included."""
    start = folder.resolve()
    for folder in (start, *start.parents):
        yield from (folder / name for name in NAMES)
        if (folder / ".git").exists():
            return


def _ours(file: Path) -> bool:
    """Whether a `pyproject.toml` says something to us; what else is in it, and whether that is right, is its owner's."""
    try:
        return "[tool.vfmc" in text_of(file)
    except (OSError, UnicodeDecodeError):
        return False


def text_of(file: Path, most: int = 1_000_000) -> str:
    """The text of a file of settings. Raises `OSError` for what is no file, as a device, or longer than any is."""
    if not file.is_file():
        raise OSError(ENOENT, "it is no file" if file.exists() else "there is no such file")
    return read_text(file, most)


def read(file: Path) -> Settings:
    """The settings of a file. Raises `BadSettings` for a key or a value that there is not."""
    import tomllib

    try:
        table: Any = tomllib.loads(text_of(file))
    except (OSError, ValueError) as error:  # no UTF-8, or no TOML
        why = error.strerror if isinstance(error, OSError) else error
        raise BadSettings(f"{file} cannot be read ({why})", "it is a file in TOML") from None
    except RecursionError:
        raise BadSettings(f"{file} cannot be read (it nests too deep)", "it is a file in TOML") from None
    if file.name != "vfmc.toml":
        tool = table.get("tool", {})
        table = tool.get("vfmc", {}) if isinstance(tool, dict) else {}
        if not isinstance(table, dict):
            raise BadSettings(f"{file}: `tool.vfmc` holds settings", "write [tool.vfmc], then key = value")
    table = table.get("lint", table) if isinstance(table.get("lint"), dict) else table
    for key in table:
        if key not in KEYS:
            near = nearest(key, KEYS)
            help = f"did you mean `{near}`?" if near else f"it has {', '.join(KEYS)}"
            if key == "tool" and file.name == "vfmc.toml":
                help = "settings stand at the top of vfmc.toml: [tool.vfmc] is for pyproject.toml"
            raise BadSettings(f"{file}: there is no setting `{_short(key)}`", help)
    if not isinstance(table.get("preview", False), bool):
        raise BadSettings(f"{file}: `preview` is true or false", "such as preview = true, without quotes")
    baseline = table.get("baseline")
    if baseline is not None and not isinstance(baseline, str):
        raise BadSettings(
            f"{file}: `baseline` is the name of a file", 'such as baseline = "vfmc-baseline.json"'
        )
    per_file = _mapping(table.get("per-file-ignores", {}), file)
    return Settings(
        profile=_choice(table, "profile", PROFILES, "default", file),
        select=selectors(_list(table, "select", file), f"{file}: select"),
        ignore=selectors(_list(table, "ignore", file), f"{file}: ignore"),
        per_file=tuple(
            (pattern, selectors(codes, f"{file}: per-file-ignores")) for pattern, codes in per_file.items()
        ),
        fail_on=_choice(table, "fail-on", LEVELS, "warning", file),
        baseline=None if baseline is None else file.parent / str(baseline),
        exclude=tuple(_list(table, "exclude", file)),
        preview=table.get("preview") is True,
        folder=file.parent,
    )


def _list(table: dict[str, Any], key: str, file: Path) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadSettings(f"{file}: `{key}` is a list of texts", f'such as {key} = ["OBJ"]')
    return value


def _mapping(value: Any, file: Path) -> dict[str, list[str]]:
    good = isinstance(value, dict) and all(
        isinstance(codes, list) and all(isinstance(code, str) for code in codes) for codes in value.values()
    )
    if not good:
        raise BadSettings(f"{file}: `per-file-ignores` gives codes to patterns", '"old/*.yaml" = ["STY"]')
    return value  # type: ignore[no-any-return]


def _choice(table: dict[str, Any], key: str, choices: tuple[str, ...], default: str, file: Path) -> str:
    value = table.get(key, default)
    if value not in choices:
        near = nearest(str(value), choices)
        help = f"did you mean `{near}`?" if near else f"choose one of {', '.join(choices)}"
        raise BadSettings(f"{file}: `{key}` may not be `{_short(str(value))}`", help)
    return str(value)
