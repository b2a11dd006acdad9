"""`vfmc lsp`: the language server that editors start."""

from __future__ import annotations

import gc
import os
import sys
from importlib.util import find_spec

import click

from vfmc.cli.common import Stop


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Talk over the standard input and output (what it always does).")
def command(stdio: bool) -> None:
    """Start the language server: findings as you type, types and shapes, completion, definition, rename, quick fixes.

    docs/editors.md tells how to use it in VS Code and Neovim.
    """
    if find_spec("pygls") is None:
        raise Stop(
            "the language server needs the package `pygls`, which is not installed here",
            "pip install 'vfmc[lsp]'",
        )
    from vfmc.editor.server import make

    gc.enable()  # a server lives long
    make().start_io()
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the server has closed it
