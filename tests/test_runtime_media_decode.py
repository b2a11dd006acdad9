"""What files and arrays of every medium become: units, rates, axes, moments; and what is broken is one sample's fault."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from vfmc.runtime.data.decode import audio, decode  # noqa: E402
from vfmc.runtime.data.errors import DataError, SampleError  # noqa: E402

AUDIO = {"kind": "audio", "rate": 8000, "channels": 1}
SIGNAL = {"kind": "signal", "channels": 6, "rate": 100.0, "recorded": 100.0, "axes": "CL", "time": None}
VIDEO = {"kind": "video", "channels": 3, "recorded": 10.0}


def depth(encoding: str, far: float | None = None) -> dict[str, object]:
    return {"kind": "depth", "encoding": encoding, "far": far}


@pytest.mark.parametrize(("suffix", "bound"), [("wav", 1e-4), ("flac", 1e-4), ("ogg", 0.05), ("mp3", 0.05)])
def test_a_sound_is_mixed_to_one_channel_at_the_declared_rate(
    tmp_path: Path, suffix: str, bound: float
) -> None:
    soundfile = pytest.importorskip("soundfile")
    time = np.arange(16000) / 16000
    both = np.stack([np.sin(2 * np.pi * 440 * time), np.zeros_like(time)], axis=1) * 0.8
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, both, 16000)
    for value in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        wave = decode(value, AUDIO)
        assert wave.dtype == torch.float32 and wave.shape[0] == 1
    if suffix != "mp3":  # whose encoder shifts by some of its frames
        assert wave.shape == (1, 8000)
        expected = 0.4 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
        assert np.abs(wave[0].numpy() - expected)[500:-500].max() < bound


def test_sounds_that_cannot_be_used_are_samples_that_cannot_be_read(tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    (tmp_path / "broken.wav").write_bytes(b"RIFF0000WAVEjunk")
    for value in (tmp_path / "broken.wav", b"nonsense", np.zeros((1, 0)), np.array([0.0, np.nan])):
        with pytest.raises(SampleError):
            decode(value, AUDIO)
    with pytest.raises(SampleError, match="2 channels where the spec asks for 4"):
        decode(np.zeros((2, 50)), {**AUDIO, "channels": 4})
    whole = decode((np.array([[16384, -32768]], np.int16), 8000), AUDIO)
    assert whole.tolist() == [[0.5, -1.0]]


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(DataError, match=r"`soundfile`.*pip install 'vfmc\[media\]'"):
        decode(b"RIFF", AUDIO)


def test_depth_is_in_metres_whatever_files_hold(tmp_path: Path) -> None:
    millimetres = np.array([[0, 1234], [8500, 65535]], np.uint16)
    Image.fromarray(millimetres).save(tmp_path / "plain.png")
    rotated = ((millimetres.astype(np.uint32) << 3 | millimetres.astype(np.uint32) >> 13) & 0xFFFF).astype(
        np.uint16
    )
    Image.fromarray(rotated).save(tmp_path / "sun.png")
    expected = torch.tensor([[[0.0, 1.234], [8.5, 65.535]]])
    made = decode(tmp_path / "plain.png", depth("millimetres"))
    assert made.dtype == torch.float32
    torch.testing.assert_close(made, expected)
    torch.testing.assert_close(decode(tmp_path / "sun.png", depth("sun_rgbd")), expected)
    torch.testing.assert_close(
        decode(Image.open(tmp_path / "sun.png"), depth("sun_rgbd", 8.0)), expected.clamp(max=8)
    )
    np.save(tmp_path / "metres.npy", np.array([[np.nan, 1.5], [-1.0, np.inf]], np.float32))
    assert decode(tmp_path / "metres.npy", depth("metres")).tolist() == [[[0.0, 1.5], [0.0, 0.0]]]
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "colours.png")
    for value, encoding in ((tmp_path / "colours.png", "metres"), (np.zeros((2, 2)), "sun_rgbd")):
        with pytest.raises(SampleError):
            decode(value, depth(encoding))


def test_thermal_pictures_have_a_byte_a_pixel(tmp_path: Path) -> None:
    counts = np.array([[27000, 29500], [32000, 60000]], np.uint16)
    Image.fromarray(counts).save(tmp_path / "raw.png")
    entry = {"kind": "thermal", "range": [27000.0, 32000.0]}
    assert decode(tmp_path / "raw.png", entry).tolist() == [[[0, 128], [255, 255]]]
    Image.fromarray(np.full((2, 2, 3), 77, np.uint8)).save(tmp_path / "grey.png")
    made = decode(tmp_path / "grey.png", entry)
    assert made.dtype == torch.uint8 and made.tolist() == [[[77, 77], [77, 77]]]


def motion(rate: float, seconds: float = 4.0) -> np.ndarray:
    """Six slow sines `[6, L]`."""
    time = np.arange(int(rate * seconds)) / rate
    return np.stack([np.sin(2 * np.pi * (0.5 + channel) * time + channel) for channel in range(6)])


def close(made: torch.Tensor, rate: float, bound: float) -> bool:
    expected = motion(rate, 5.0)[:, : made.shape[1]]
    inside = slice(40, made.shape[1] - 40)
    return bool(np.abs(made.numpy() - expected)[:, inside].max() < bound)


def test_signals_come_from_arrays_of_either_axis_and_rate(tmp_path: Path) -> None:
    np.save(tmp_path / "imu.npy", motion(100).T)
    made = decode(tmp_path / "imu.npy", {**SIGNAL, "axes": "LC"})
    assert made.shape == (6, 400) and made.dtype == torch.float32 and close(made, 100, 1e-6)
    with pytest.raises(SampleError, match="write `axes: LC`"):
        decode(tmp_path / "imu.npy", SIGNAL)
    made = decode((motion(250), 250), SIGNAL)
    assert made.shape == (6, 400) and close(made, 100, 1e-3)
    assert close(decode(motion(50), {**SIGNAL, "recorded": 50.0}), 100, 1e-3)
    np.savez(tmp_path / "two.npz", a=motion(100), b=motion(100))
    for value in (tmp_path / "two.npz", motion(100)[:5], np.full((6, 10), np.nan)):
        with pytest.raises(SampleError):
            decode(value, SIGNAL)


@pytest.mark.parametrize(
    ("column", "unit", "scale"),
    [("time_ms", None, 1e3), ("timestamp", "microseconds", 1e6), ("t [s]", None, 1.0)],
)
def test_time_stamps_of_a_table_may_be_uneven(
    tmp_path: Path, column: str, unit: str | None, scale: float
) -> None:
    jitter = np.random.default_rng(1).uniform(0.5, 1.5, 1600)
    time = np.cumsum(jitter) / 400
    readings = np.stack(
        [np.sin(2 * np.pi * (0.5 + channel) * (time - time[0]) + channel) for channel in range(6)]
    )
    lines = [",".join([column, *"abcdef"])]
    lines += [
        ",".join(f"{number:.9g}" for number in row)
        for row in np.column_stack([1e3 + time * scale, readings.T])
    ]
    (tmp_path / "imu.csv").write_text("\n".join(lines))
    made = decode(tmp_path / "imu.csv", {**SIGNAL, "time": unit})
    assert made.shape[0] == 6 and abs(made.shape[1] - 400) < 5 and close(made, 100, 0.02)


def test_tables_that_cannot_be_used(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{'1,' * 5}1" for i in range(5))
    with pytest.raises(DataError, match="unit of the time stamps in column 'time'"):
        decode(f"time,a,b,c,d,e,f\n{rows}".encode(), SIGNAL)
    for text in ("a,b\nx,y", "", "time_s,a,b,c,d,e,f\n1,1,1,1,1,1,1\n1,1,1,1,1,1,1", "1,2\n3,4"):
        with pytest.raises(SampleError):
            decode(text.encode(), SIGNAL)


def write_video(path: Path, moments: list[int], side: int = 32) -> None:
    """A video whose frame i is grey 10 + 10 i, shown from `moments[i]` hundredths of a second."""
    av = pytest.importorskip("av")
    from fractions import Fraction

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=100)
        stream.width = stream.height = side
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 100)
        stream.codec_context.time_base = Fraction(1, 100)
        for number, moment in enumerate(moments):
            frame = av.VideoFrame.from_ndarray(
                np.full((side, side, 3), 10 + 10 * number, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = moment, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_frames_are_those_shown_at_the_moments_asked_for_also_at_uneven_rates(tmp_path: Path) -> None:
    moments = [0, 10, 20, 50, 60, 150, 160, 170, 180, 190]
    write_video(tmp_path / "film.mp4", moments)
    for value in (tmp_path / "film.mp4", (tmp_path / "film.mp4").read_bytes()):
        film = decode(value, VIDEO)
        assert film.seconds == pytest.approx(1.9, abs=0.15)
        made = film.frames([1.0, 0.0, 0.25, 0.55, 1.65])
        assert made.dtype == torch.uint8 and made.shape == (5, 3, 32, 32)
        shown = [round((frame.float().mean().item() - 10) / 10) for frame in made]
        assert shown == [4, 0, 2, 3, 6]


def test_arrays_are_videos_and_what_is_broken_is_told(tmp_path: Path) -> None:
    frames = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 6, 3), np.uint8)
    np.save(tmp_path / "film.npy", frames)
    film = decode(tmp_path / "film.npy", VIDEO)
    assert film.seconds == 2.0
    assert film.frames([0.0, 0.99, 1.0, 5.0])[:, 0, 0, 0].tolist() == [0, 9, 10, 19]
    assert decode((frames, 5.0), VIDEO).seconds == 4.0
    pytest.importorskip("av")
    write_video(tmp_path / "film.mp4", [0, 10, 20])
    for broken in (b"nonsense", (tmp_path / "film.mp4").read_bytes()[:200], np.zeros((3, 4, 4)), b""):
        with pytest.raises(SampleError):
            decode(broken, VIDEO).frames([0.0])


def test_a_sound_whose_axes_are_swapped_is_told() -> None:
    with pytest.raises(SampleError, match=r"16000 channels of 2 samples: transpose it"):
        audio.decode((np.zeros((16000, 2), np.float32), 16000), {"rate": 16000})


def test_millimetres_that_are_called_metres_are_told() -> None:
    with pytest.raises(SampleError, match="say `encoding: millimetres`"):
        decode(np.full((4, 4), 2500, np.uint16), depth("metres"))
