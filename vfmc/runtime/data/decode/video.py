"""Videos: a file or an array that gives its frames at the moments asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.files import holds_array, is_file, load_array, need, opened, start, with_rate
from vfmc.runtime.data.errors import SampleError

_SLACK = 0.5  # seconds by which a video may end before its stated end


class Film:
    """`seconds` long; `frames(moments)` are uint8 `[T, C, H, W]`, each the one that is shown at that moment."""

    seconds: float
    nbytes = 0

    def frames(self, moments: Sequence[float]) -> Tensor:
        raise NotImplementedError


class Array(Film):
    """Frames uint8 `[T, H, W, C]`, `rate` a second."""

    def __init__(self, frames: np.ndarray, rate: float) -> None:
        if frames.ndim != 4 or frames.dtype != np.uint8 or frames.shape[-1] != 3 or not len(frames):
            raise SampleError(
                f"a video is an array of bytes [T, H, W, 3], not {frames.dtype} {list(frames.shape)}"
            )
        self.array, self.rate, self.nbytes = frames, rate, frames.nbytes
        self.seconds = len(frames) / rate

    def frames(self, moments: Sequence[float]) -> Tensor:
        places = [min(max(int(moment * self.rate + 1e-6), 0), len(self.array) - 1) for moment in moments]
        return torch.from_numpy(np.ascontiguousarray(self.array[places])).permute(0, 3, 1, 2)


class File(Film):
    """A video file, by its path or in memory, decoded by PyAV at every call: frames are found by their time stamps."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.nbytes = len(file) if isinstance(file, bytes) else 0
        self._av = need("av", "reading videos")
        with self._open() as container:
            stream = container.streams.video[0]
            found = stream.duration * stream.time_base if stream.duration else None
            if found is None and container.duration:
                found = container.duration / self._av.time_base
            self.seconds = float(found) if found else self._counted(container)

    def _open(self) -> Any:
        try:
            container = self._av.open(opened(self.file))
        except self._av.FFmpegError as error:
            empty = not start(self.file, 1)
            what = (
                "the file is empty"
                if empty
                else f"it is no video that can be read, or is cut off ({error.strerror})"
            )
            raise SampleError(f"{what}: replace it or leave it out") from None
        picture = container.format.name.endswith("_pipe") or container.format.name == "image2"
        if picture:
            container.close()
            raise SampleError("the file is a picture, not a video: give it to an input of the kind `image`")
        if not container.streams.video:
            container.close()
            raise SampleError("the file holds no video, only other streams: leave it out")
        container.streams.video[0].codec_context.thread_count = 1  # the loader has threads of its own
        return container

    def _counted(self, container: Any) -> float:
        """The length of a file that does not say it: where its last packet ends."""
        stream, end = container.streams.video[0], 0
        for packet in container.demux(stream):
            if packet.pts is not None:
                end = max(end, packet.pts + (packet.duration or 0) - (stream.start_time or 0))
        return float(end * stream.time_base)

    def frames(self, moments: Sequence[float]) -> Tensor:
        found: dict[int, np.ndarray] = {}
        order = sorted(range(len(moments)), key=lambda place: moments[place])
        try:
            with self._open() as container:
                self._collect(container, [(moments[place], place) for place in order], found)
        except self._av.FFmpegError as error:
            raise SampleError(
                f"the video cannot be decoded ({error.strerror}): fetch it again or leave it out"
            ) from None
        return torch.from_numpy(np.stack([found[place] for place in range(len(moments))])).permute(0, 3, 1, 2)

    def _collect(self, container: Any, wanted: list[tuple[float, int]], found: dict[int, np.ndarray]) -> None:
        stream = container.streams.video[0]
        begin = stream.start_time or 0
        container.seek(begin + int(wanted[0][0] / stream.time_base), stream=stream, backward=True)
        shown, last, waiting = None, 0.0, list(wanted)
        for frame in container.decode(stream):
            moment = float((frame.pts - begin) * stream.time_base) if frame.pts is not None else last
            while waiting and waiting[0][0] < moment - 1e-6 and shown is not None:
                found[waiting.pop(0)[1]] = _pixels(shown)
            if not waiting:
                return
            shown, last = frame, moment
        if shown is None:
            raise SampleError("the video has no frames that can be decoded: leave it out")
        for moment, place in waiting:
            if moment > last + _SLACK and self.seconds > last + 2 * _SLACK:
                raise SampleError(f"the video ends after {last:.1f} of its {self.seconds:.1f} seconds")
            found[place] = _pixels(shown)


def _pixels(frame: Any) -> np.ndarray:
    """A decoded frame as it is meant to be seen, `[H, W, 3]`."""
    pixels: np.ndarray = frame.to_ndarray(format="rgb24")
    turn = int(getattr(frame, "rotation", 0) or 0)
    return np.rot90(pixels, turn // 90) if turn % 360 else pixels


def decode(value: Any, entry: Mapping[str, Any]) -> Film:
    """A video file (by PyAV), a .npy file or an array `[T, H, W, 3]` of bytes, alone at the rate `recorded` or `(array, rate)`."""
    rate = entry.get("recorded") or 25.0
    if is_file(value):
        if not holds_array(value):
            return File(value.read() if hasattr(value, "read") else value)
        value = load_array(value)
    return Array(*with_rate(value, rate))
