"""Two processes that train together, as torchrun starts them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

from runtime_package import PACKAGES

HERE = PACKAGES.parent


def two_ranks(package, run, **arguments):
    """Trains the package in its folder on two ranks into the folder `run`; what each of them said and complained."""
    return together("feed.py", package, run, json.dumps(arguments))


def together(script, *words, **more):
    """Runs a script of this folder as two ranks; `more` joins the environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, str(HERE / "runtime_package" / script), *map(str, words)]
    base = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "OMP_NUM_THREADS": "1",
        **more,
    }
    both = [
        subprocess.Popen(
            command, env={**base, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return said
