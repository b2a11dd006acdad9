"""The `vfmc` command: its verbs, and what every exit code means.

0 clean, 1 findings in a spec, 2 the command was used wrongly or something it needs is missing, 3 a fault of vfmc itself.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

CLEAN, FINDINGS, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

# verb -> what it does. Each is `vfmc/cli/<verb>.py` with a click command `command`.
VERBS = {
    "new": "Start a spec of your own in a new folder.",
    "lint": "Check specs; nothing is built.",
    "rule": "Explain a rule of the linter.",
    "fmt": "Rewrite specs in canonical form, or in the other spelling.",
    "build": "Compile a spec to a PyTorch package.",
    "train": "Train a spec or a built package.",
    "eval": "Measure a trained run.",
    "caption": "Write captions of pictures with a trained run.",
    "import": "Bring weights of other libraries under the names of a spec.",
    "export": "Write weights as other libraries read them, or a tower as a program.",
    "inspect": "Show what a spec means: towers, types, costs, the graph.",
    "lsp": "Start the language server for editors.",
    "schema": "Print the JSON Schema of specs, for editors.",
    "graph": "Draw who feeds whom, as SVG or mermaid.",
    "diff": "Compare two specs: text, types, cost, code.",
    "breaking": "Tell what a change of a spec breaks.",
    "components": "List and explain the words of the language.",
    "specs": "List, show and copy the specs of the zoo.",
    "doctor": "Look at this machine and say what to do.",
}


class Verbs(click.Group):
    """A group whose commands are known by name and imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = import_module(f"vfmc.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from vfmc.source.suggest import nearest

            near = nearest(args[0], VERBS)
            ctx.fail(
                f"there is no command `{args[0]}`"
                + (f": did you mean `{near}`?" if near else f": it is one of {', '.join(VERBS)}")
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        from vfmc import __version__

        click.echo(f"vfmc {__version__}")
        ctx.exit()


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="SPEC is a file (.yaml or .vfm) or a name of the zoo, such as clip_tiny. Begin with: vfmc specs list",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version and exit.",
)
def cli() -> None:
    """The compiler for vision foundation models: a short typed spec in, readable PyTorch that trains out."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code; nothing that a user does ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character shows a substitute
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code: Any = cli.main(args=arguments, prog_name="vfmc", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else CLEAN
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except (
        BrokenPipeError,
        SystemExit,
    ):  # the reader of our output has gone, as with `| head`; click exits by itself
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what Python flushes at its end goes nowhere
        return CLEAN
    except Exception as fault:
        if os.environ.get("VFMC_DEBUG") == "1":
            raise
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        click.echo(
            f"error: this is a fault of vfmc, not of your spec ({what[:300]}); "
            "please report it with the spec and the output of the same command under VFMC_DEBUG=1",
            err=True,
        )
        return FAULT


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the `vfmc` script."""
    gc.disable()  # compiling ends before there is garbage worth collecting; `common.runtime` enables it for the rest
    os.environ.setdefault(
        "PYDANTIC_DISABLE_PLUGINS", "1"
    )  # scanning every installed package for them is slow
    code = run(arguments)
    if not gc.isenabled():
        gc.freeze()  # what there is goes with the process: Python need not look through it once more for garbage
    sys.exit(code)
