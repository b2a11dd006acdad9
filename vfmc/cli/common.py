"""What the verbs share: their common options, opening a spec, printing findings, and stopping with a sentence."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vfmc import api
from vfmc.cli.main import FINDINGS, USAGE
from vfmc.source import Diagnostic, Severity, Source

if TYPE_CHECKING:
    from vfmc.compiler import Compilation
    from vfmc.syntax.tree import Node

EXTRA = "pip install 'vfmc[train]'"
STDIN = "-"
HEAD = re.compile(r"""^\{?\s*["']?vfmc["']?\s*:""", re.MULTILINE)  # a line of every spec in YAML


class Stop(click.ClickException):
    """Ends the command with a sentence: what is wrong, and what to do."""

    exit_code: int = USAGE  # type: ignore[misc]

    def __init__(self, message: str, help: str = "", code: int = USAGE) -> None:
        super().__init__(message)
        self.help, self.exit_code = help, code

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.message}", err=True)
        if self.help:
            click.echo(f"help: {self.help}", err=True)


def set_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-s ADDRESS=VALUE`, as often as wanted."""
    return click.option(
        "-s",
        "--set",
        "sets",
        multiple=True,
        metavar="ADDRESS=VALUE",
        help="Override a value of the spec, such as train.batch=256 (a YAML value).",
    )(command)


def level_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-O0`, `-O1`, `-O2`."""
    return click.option(
        "-O",
        "--optimize",
        "level",
        type=click.IntRange(0, 2),
        default=1,
        show_default=True,
        help="0 no pass, 1 exact passes, 2 reassociating ones as well.",
    )(command)


class Device(click.ParamType):
    """auto, cpu, mps, or cuda with a number."""

    name = "device"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        kind, sign, number = str(value).partition(":")
        if kind not in ("auto", "cpu", "cuda", "mps", "xpu") or (sign and not number.isdecimal()):
            self.fail(f"`{value}` is no device: it is auto, cpu, mps, cuda or cuda:1 ...", param, ctx)
        return str(value)


def device_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--device`."""
    return click.option(
        "--device", type=Device(), default="auto", show_default=True, help="auto, cpu, mps, cuda, cuda:1 ..."
    )(command)


def overrides(sets: Iterable[str]) -> list[tuple[str, Node]]:
    """The options `-s` as addresses with nodes."""
    found = []
    for given in sets:
        address, sign, value = given.partition("=")
        if not sign:
            raise Stop(f"`-s {given}` gives no value", "write -s ADDRESS=VALUE, such as -s train.batch=256")
        try:
            found.append((address.strip(), api.read_override(address.strip(), value, api.SET)))
        except api.SpecError as error:
            raise wrong(error) from None
    return found


def wrong(error: api.SpecError) -> Stop:
    """A `SpecError` as the end of a command: findings in a text are findings, all else is usage."""
    if isinstance(error, api.UnknownSpec):
        help = f"did you mean `{error.near}`?" if error.near else "`vfmc specs list` shows the zoo"
        return Stop(error.message, help)
    if error.diagnostics:
        return Findings(error.diagnostics)
    return Stop(str(error))


class Findings(Stop):
    """Ends the command with the findings of a spec."""

    def __init__(self, findings: Iterable[Diagnostic]) -> None:
        self.findings = list(findings)
        super().__init__(self.findings[0].message, code=exit_code(self.findings))

    def show(self, file: Any = None) -> None:
        from vfmc.lint.index import DOUBTS

        say(self.findings)
        codes = sorted({each.code for each in self.findings if each.severity is Severity.ERROR})
        if codes and DOUBTS.issuperset(codes):
            mark = f"# vfmc: ignore[{', '.join(codes)}] REASON"
            click.echo(f"If it is meant, `{mark}` at the end of the line lets it pass.", err=True)


def exit_code(findings: Iterable[Diagnostic]) -> int:
    """1 for findings in a text, 2 for those in the command line itself."""
    counted = [each for each in findings if each.severity is not Severity.INFO]
    if any(each.span.source.name == api.SET for each in counted):
        return USAGE
    return FINDINGS if counted else 0


def say(
    findings: Iterable[Diagnostic],
    format: str = "full",
    color: bool | None = None,
    err: bool = True,
    clean: Iterable[str] = (),
) -> None:
    """Prints findings, by default for people and on the standard error. `clean` are files without any."""
    from vfmc.source.render import render

    color = wants_color(sys.stderr) if err and color is None else color
    text = render(findings, format, color, clean)
    if text:
        click.echo(text, err=err, color=True)


def wants_color(stream: Any) -> bool:
    """Whether a stream is a terminal that should be coloured (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def open_spec(spec: str, sets: Iterable[str] = ()) -> api.Spec:
    """The spec that a path, a zoo name or `-` stands for, with the overrides of the command line."""
    try:
        source, folder = (read_stdin("<stdin>"), Path()) if spec == STDIN else api.find_source(spec)
    except api.SpecError as error:
        raise wrong(error) from None
    return api.Spec(source, folder, overrides(sets))


def checked(spec: api.Spec) -> api.Spec:
    """The spec, its warnings printed; ends the command if it has errors."""
    try:
        findings = spec.check()
    except api.SpecError as error:  # the settings beside the spec cannot be read
        raise wrong(error) from None
    if any(each.severity is Severity.ERROR for each in findings):
        raise Findings(findings)
    say(findings)
    return spec


def compiled(spec: api.Spec, level: int, until: str = "emit") -> Compilation:
    """A checked spec through the stages of the compiler."""
    return checked(spec).compile(level, until)


def read_stdin(name: str) -> Source:
    """The text of the standard input, called `name`."""
    from vfmc.syntax.load import LONGEST, source_of

    source = source_of(name, sys.stdin.buffer.read(5 * LONGEST))  # more than that is told to be too long
    if isinstance(source, Diagnostic):
        raise Findings([source])
    return source


def expand(paths: Iterable[str]) -> list[str]:
    """Specs named by paths: files and zoo names as they are, folders as the specs below them."""
    found: list[str] = []
    for path in paths:
        if path == STDIN or not Path(path).is_dir():
            found.append(path)
            continue
        below = [
            each for each in sorted(Path(path).rglob("*")) if each.suffix in api.SUFFIXES and _is_spec(each)
        ]
        if not below:
            raise Stop(f"there is no spec in the folder `{path}`", "a spec begins with `vfmc: 1`")
        found += [str(each) for each in below]
    return list(dict.fromkeys(found))


def specs_among(paths: Iterable[str]) -> list[str]:
    """The files that are specs, of a list that a tool such as pre-commit has made; the others are other people's."""
    return [path for path in paths if not Path(path).is_file() or _is_spec(Path(path))]


def _is_spec(path: Path) -> bool:
    """Whether a file below a folder is one of ours: other tools have YAML files, too."""
    if path.suffix == ".vfm":
        return True
    if any(part.startswith(".") for part in path.parts if part not in (".", "..")) or path.suffix == ".json":
        return False
    from vfmc.syntax.load import LONGEST

    try:
        if not path.is_file():  # such as a link to a device, which has no end
            return False
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST)
    except (OSError, UnicodeDecodeError):
        return False
    return HEAD.search(text) is not None


@contextlib.contextmanager
def runtime() -> Iterator[None]:
    """For what needs torch: a missing package and an error of the runtime end the command with a sentence."""
    from importlib.util import find_spec

    from vfmc.runtime.errors import RunError

    if find_spec("torch") is None:
        raise missing(ModuleNotFoundError(name="torch"))
    gc.enable()
    try:
        yield
    except RunError as error:
        raise Stop(
            str(error), code=FINDINGS if type(error).__name__ == "TrainingStopped" else USAGE
        ) from None
    except ImportError as error:
        raise missing(error) from None


def missing(error: ImportError) -> Exception:
    """What a failed import means: the training extra is not installed, or we are at fault."""
    name = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and name and name != "vfmc":
        return Stop(
            f"this needs the package `{name}`, which is not installed here",
            f"install what training needs: {EXTRA}",
        )
    return error


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all; ends the command if it cannot."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise Stop(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
