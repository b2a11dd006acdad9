"""A trace of some steps by torch.profiler, where torch-tb-profiler looks for it."""

from __future__ import annotations

from typing import Any

import torch

from vfmc.runtime.errors import RunError
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.run_folder import RunFolder


def parse(text: str | tuple[int, int] | None) -> tuple[int, int] | None:
    """`"10:15"` as the steps 10 to 15 (exclusive). Raises `RunError` for anything else."""
    if text is None or isinstance(text, tuple):
        return text
    try:
        first, end = (int(part) for part in text.split(":"))
    except ValueError:
        raise RunError(f"the steps to profile are '{text}': say them as FIRST:END, such as 10:15") from None
    if not 0 <= first < end:
        raise RunError(f"the steps to profile are '{text}': the first must come before the end")
    return first, end


def asked(settings: dict[str, Any] | None) -> tuple[int, int] | None:
    """The steps that a recipe's `profile` asks for: `{"start": 10, "steps": 5}`."""
    if not settings:
        return None
    first = int(settings.get("start", settings.get("from", 0)))
    return first, first + int(settings["steps"])


def tick(trace: Any, steps: tuple[int, int] | None, number: int, run: RunFolder | None, ranks: Ranks) -> Any:
    """Called before every step: begins the trace at the first of `steps`, ends it at the end. Returns the
    trace under way, or None.
    """
    if steps is None or run is None:
        return None
    if trace is None and steps[0] <= number < steps[1]:
        activities = [torch.profiler.ProfilerActivity.CPU]
        if ranks.device.type == "cuda":
            activities.append(torch.profiler.ProfilerActivity.CUDA)
        handler = torch.profiler.tensorboard_trace_handler(
            str(run.tensorboard), worker_name=f"rank{ranks.rank}"
        )
        trace = torch.profiler.profile(activities=activities, on_trace_ready=handler, profile_memory=True)
        trace.start()
    elif trace is not None and number >= steps[1]:
        trace.stop()
        return None
    elif trace is not None:
        trace.step()
    return trace


def stop(trace: Any) -> None:
    """Writes a trace that is still under way."""
    if trace is not None:
        trace.stop()
