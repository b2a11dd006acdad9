"""Files that would be read as something else than they are: each is told, with its place and what to do."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from vfmc.runtime.data.decode import decode  # noqa: E402
from vfmc.runtime.data.errors import SampleError  # noqa: E402
from vfmc.runtime.data.fbank import fbank  # noqa: E402

SIGNAL = {"kind": "signal", "channels": 2, "rate": 100.0, "recorded": 100.0, "axes": "CL", "time": None}
AUDIO = {"kind": "audio", "rate": 8000, "channels": 1}
IMAGE = {"kind": "image", "channels": 3}
THERMAL: dict[str, Any] = {"kind": "thermal", "range": None}


def table(stamps: Any, column: str = "time_s", separator: str = ",") -> str:
    rows = [separator.join([f"{stamp:.17g}", str(i), str(2 * i)]) for i, stamp in enumerate(stamps)]
    return "\n".join([separator.join([column, "ax", "ay"]), *rows])


def told(value: Any, entry: dict[str, Any], *parts: str) -> None:
    with pytest.raises(SampleError) as caught:
        decode(value, entry)
    for part in parts:
        assert part in str(caught.value), str(caught.value)


# --- stamps


@pytest.mark.parametrize(
    ("scale", "unit"), [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")]
)
@pytest.mark.parametrize("rate", [50, 100, 400])
def test_stamps_of_another_unit_are_told_before_anything_is_made(scale: float, unit: str, rate: int) -> None:
    stamps = np.round(1.7e9 * scale) + np.arange(200) * scale / rate
    text = table(stamps).encode()
    told(text, SIGNAL, f"look like {unit}, not seconds", f"Write `time: {unit}`", "the input declares 100")
    made = decode(text, {**SIGNAL, "time": unit})
    assert abs(made.shape[1] - 200 * 100 / rate) <= 2


def test_stamps_in_seconds_that_are_called_milliseconds_are_told() -> None:
    told(table(np.arange(200) / 100, "t_ms").encode(), SIGNAL, "look like seconds, not milliseconds")


def test_a_rate_that_no_unit_explains_is_told_with_both_and_borne_where_it_is_declared() -> None:
    stamps = np.arange(60) / 3
    told(
        table(stamps).encode(), SIGNAL, "say 3 readings a second, and the input declares 100", "`recorded: 3`"
    )
    assert decode(table(stamps).encode(), {**SIGNAL, "recorded": 3.0}).shape[0] == 2
    told(table(np.arange(9) * 3e13).encode(), {**SIGNAL, "time": "nanoseconds"}, "the input declares 100")


def test_gaps_and_stamps_that_go_back_are_told_with_their_lines() -> None:
    stamps = np.arange(100) / 100
    gap = stamps + (np.arange(100) >= 40) * 3.0
    told(table(gap).encode(), SIGNAL, "a gap of 3.01 seconds between lines 41 and 42", "cut the file there")
    few = stamps + (np.arange(100) >= 40) * 0.05  # five readings that were lost
    assert decode(table(few).encode(), SIGNAL).shape == (2, 105)
    back = stamps.copy()
    back[30] = back[29]
    told(table(back).encode(), SIGNAL, "line 32 says 0.29 after 0.29", "Sort the rows")


# --- tables of readings


def test_tables_of_readings_are_read_whatever_their_encoding_comments_and_separator(tmp_path: Path) -> None:
    text = table(np.arange(50) / 100)
    expected = decode(text.encode(), SIGNAL)
    assert expected.shape == (2, 50)
    others = [
        text.encode("utf-16"),
        text.encode("utf-8-sig"),
        text.encode("utf-32"),
        ("# a watch, 2024\n# worn left\n" + text).encode(),
        table(np.arange(50) / 100, separator=";").replace("\n", "\r\n").encode(),
        table(np.arange(50) / 100, separator="\t").encode(),
    ]
    for other in others:
        assert torch.equal(decode(other, SIGNAL), expected)
    time = np.arange(50)
    np.savetxt(
        tmp_path / "s.csv",
        np.column_stack([time * 10, time, 2 * time]),
        delimiter=",",
        header="time_ms,ax,ay",
    )
    assert torch.allclose(decode(tmp_path / "s.csv", SIGNAL), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["the table is empty"]),
        ("# nothing\n", ["the table is empty"]),
        ("time_s,ax,ay\n", ["a header and no rows"]),
        ("time_s,ax,ay\n0,1,2\n0.01,1\n", ["line 3 has 2 values for 3 columns"]),
        ("time_s,ax,ay\n0,1,2\n0.01,1,234,5\n", ["line 3 has 4 values for 3 columns", "thousands"]),
        ("time_s,ax,ay\n0,1,2\n0.01,,3\n", ["line 3, column 'ax' is empty"]),
        ('time_s,ax,ay\n0,1,2\n0.01,"1,234",3\n', ["line 3, column 'ax' holds '1,234'", "thousands"]),
        (
            "time_s;ax;ay\n0;1;2\n0,01;1;3\n",
            ["line 3, column 'time_s' holds '0,01'", "a point for the decimals"],
        ),
        ("time_s,ax,ay\n0,1,2\n0.01,nan,3\n", ["line 3, column 'ax' is nan", "not finite"]),
        ("time_s,ax,ax\n0,1,2\n", ["two columns 'ax'"]),
        ("time_s,ax\n0,1\n0.01,2\n", ["1 channels (ax) where the spec asks for 2"]),
        ("0,1,\n0.01,2,3\n", ["line 1, column 3 is empty"]),
        ("time_s,ax,ay\n0,1,2\n", ["one reading with a time stamp"]),
    ],
)
def test_tables_of_readings_say_the_line_and_the_column(text: str, parts: list[str]) -> None:
    told(text.encode(), SIGNAL, *parts)


def test_bytes_that_are_no_text_are_told() -> None:
    told(b"a,b\n\xff1,2\n", SIGNAL, "not in UTF-8", "0xff at 4", "save it as UTF-8")
    told("a,b\n1,2\n".encode("utf-16-le"), SIGNAL, "zero bytes", "save it as UTF-8")


# --- arrays


def test_arrays_in_files_that_are_cut_off_or_hold_objects_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 100)))
    whole = (tmp_path / "a.npy").read_bytes()
    np.savez(tmp_path / "b.npz", np.zeros((2, 100)))
    np.save(tmp_path / "c.npy", np.array([{}, None], object))
    huge = whole.replace(b"(2, 100)", b"(2,9**9)").replace(b"9**9", b"10**")  # a header that is no shape
    for broken in (whole[:-50], whole[:20], (tmp_path / "b.npz").read_bytes()[:90], huge):
        told(broken, SIGNAL, "the array file is cut off or broken")
    told(tmp_path / "c.npy", SIGNAL, "holds Python objects")
    reals = np.zeros((2, 50))
    reals[1, 7] = np.inf
    told(reals, SIGNAL, "not finite, the first in channel 1 at reading 7")
    told((np.zeros((2, 50)), 0.0), SIGNAL, "its rate is 0")
    told(np.full((2, 50), "x"), SIGNAL, "an array of numbers, not <U1")


# --- pictures of numbers


def png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["sun_rgbd", "millimetres", "metres"])
def test_depth_of_eight_bits_is_told(encoding: str) -> None:
    entry = {"kind": "depth", "encoding": encoding, "far": None}
    told(png(np.full((4, 4), 200, np.uint8)), entry, "16 bits or more a pixel, and this one has 8", encoding)
    told(np.full((4, 4), 200, np.uint8), entry, "has 8")


def test_depth_in_another_unit_without_a_reading_or_by_a_palette_is_told() -> None:
    entry = {"kind": "depth", "encoding": "millimetres", "far": None}
    told(np.array([[np.nan, 3.5]]), entry, "reals up to 3.5 are hardly millimetres", "`encoding: metres`")
    assert decode(np.array([[np.nan, 3500.0]]), entry).tolist() == [[[0.0, 3.5]]]
    told(np.full((2, 2), np.nan), {**entry, "encoding": "metres"}, "no reading")
    told(Image.new("P", (4, 4), 3), entry, "palette")


def test_thermal_reals_need_a_range_and_readings_outside_it_are_told() -> None:
    degrees = np.array([[18.0, 24.0], [np.nan, 38.0]], np.float32)
    told(degrees, THERMAL, "18 to 38", "write `range: [LOW, HIGH]`")
    assert decode(degrees, {**THERMAL, "range": [18.0, 38.0]}).tolist() == [[[0, 76], [0, 255]]]
    told(degrees, {**THERMAL, "range": [27000.0, 32000.0]}, "18 to 38", "outside `range: [27000, 32000]`")
    counts = np.array([[0, 65535]], np.uint16)
    assert (
        decode(counts, THERMAL).tolist() == decode(counts.astype(np.int32), THERMAL).tolist() == [[[0, 255]]]
    )
    told(np.array([[0, 70000]]), THERMAL, "0 to 70000")


def test_images_of_reals_on_another_scale_or_without_pixels_are_told() -> None:
    told(np.full((4, 4, 3), 200.0), IMAGE, "lies in [0, 1]", "from 0 to 200")
    told(np.full((4, 4, 3), np.nan), IMAGE, "not finite")
    told(np.zeros((0, 4, 3), np.uint8), IMAGE, "without pixels")
    told(b"", IMAGE, "the file is empty")
    told(b"nonsense", IMAGE, "no image that can be read")
    assert decode(np.full((1, 1, 3), 1.02), IMAGE).tolist() == [[[255]]] * 3


# --- sounds


def wav(samples: bytes, bits: int, form: int = 1, said: int | None = None) -> bytes:
    """A file of one channel at 8 kHz, written by the layout of RIFF."""
    size = len(samples) if said is None else said
    about = struct.pack("<HHIIHH", form, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(about)) + about + b"data" + struct.pack("<I", size) + samples
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


VALUES = [0.0, 0.5, -0.5, -1.0]


@pytest.mark.parametrize(
    ("samples", "bits", "form"),
    [
        (bytes([128, 192, 64, 0]), 8, 1),
        (struct.pack("<4h", 0, 1 << 14, -(1 << 14), -(1 << 15)), 16, 1),
        (b"".join((n & 0xFFFFFF).to_bytes(3, "little") for n in (0, 1 << 22, -(1 << 22), -(1 << 23))), 24, 1),
        (struct.pack("<4i", 0, 1 << 30, -(1 << 30), -(1 << 31)), 32, 1),
        (struct.pack("<4f", *VALUES), 32, 3),
        (struct.pack("<4d", *VALUES), 64, 3),
    ],
)
def test_sounds_of_every_width_have_the_values_that_were_written(
    samples: bytes, bits: int, form: int
) -> None:
    pytest.importorskip("soundfile")
    assert decode(wav(samples, bits, form), AUDIO).tolist() == [VALUES]


def test_arrays_of_whole_numbers_are_scaled_by_their_width_and_without_a_sign_centred() -> None:
    for kind in (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32):
        about = np.iinfo(kind)
        half = (about.max - about.min + 1) // 2
        middle = about.min + half
        array = np.array([middle, middle + half // 2, middle - half // 2, about.min], kind)
        assert decode(array, AUDIO).tolist() == [VALUES], kind


def test_sounds_on_another_scale_cut_off_or_empty_are_told(tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    told(np.array([1, 2, 300]), AUDIO, "64 bits", "int16")
    told(np.array([1.0, 20000.0]), AUDIO, "reaches 20000", "32768")
    told(np.array([0.0, np.nan]), AUDIO, "channel 0 at sample 1")
    told(np.array([1j]), AUDIO, "not complex128")
    told(wav(bytes(200), 8, said=8000), AUDIO, "of 8000 bytes of sound 200 are there")
    assert decode(wav(bytes(200), 8, said=0xFFFFFFFF), AUDIO).shape == (1, 200)  # of a stream
    told(wav(b"", 8), AUDIO, "the recording is empty")
    told(b"", AUDIO, "the file is empty")
    told(b"nonsense", AUDIO, "no sound that can be read")
    told(tmp_path / "lost.wav", AUDIO, "there is no file")
    (tmp_path / "bare.raw").write_bytes(bytes(100))
    told(tmp_path / "bare.raw", AUDIO, "does not say its rate")


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_packed_sounds_that_are_cut_off_are_told(tmp_path: Path, suffix: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    noise = np.random.default_rng(0).standard_normal(40000) * 0.1
    soundfile.write(tmp_path / f"whole.{suffix}", noise, 8000)
    whole = (tmp_path / f"whole.{suffix}").read_bytes()
    assert abs(decode(whole, AUDIO).shape[1] - 40000) < 2500
    told(whole[: len(whole) // 2], AUDIO, "cut off")


def test_a_sound_shorter_than_a_window_has_no_spectrogram() -> None:
    entry = {"rate": 8000, "window": 25.0, "hop": 10.0, "bins": 16, "low": 20.0, "high": 4000.0}
    with pytest.raises(
        SampleError, match="has 199 samples at 8000 hertz, and a spectrogram needs a window of 200"
    ):
        fbank(torch.zeros(1, 199), np.zeros(0), **entry)
    assert fbank(torch.ones(1, 200), np.zeros(0), **entry).shape == (1, 16, 1)


def test_files_that_hold_no_video_are_told(tmp_path: Path) -> None:
    pytest.importorskip("av")
    entry = {"kind": "video", "channels": 3, "recorded": 10.0}
    told(b"", entry, "the file is empty")
    told(b"nonsense", entry, "no video that can be read")
    (tmp_path / "sound.wav").write_bytes(wav(bytes(800), 8))
    told(tmp_path / "sound.wav", entry, "no video, only other streams")
    told((np.zeros((3, 4, 4, 3), np.uint8), -1.0), entry, "its rate is -1")
    sixteen = np.zeros((16, 16, 3), np.uint8)
    Image.fromarray(sixteen).save(tmp_path / "still.png")
    told(tmp_path / "still.png", entry, "a picture, not a video", "`image`")


# --- channels

IMU: dict[str, Any] = {**SIGNAL, "channels": 6}


def readings(*names: str, clock: str = "time_s") -> bytes:
    """A table of 200 rows at 100 hertz, whose column `name` holds its own place in the alphabet of `NAMES`."""
    rows = [",".join([clock, *names])]
    rows += [",".join([f"{row / 100}", *(str(NAMES.index(name.lower())) for name in names)]) for row in range(200)]  # fmt: skip
    return "\n".join(rows).encode()


NAMES = ["ax", "ay", "az", "gx", "gy", "gz", "mx", "gyro_x", "gyro_y", "gyro_z", "acc_x", "acc_y", "acc_z"]


def test_channels_named_on_the_input_are_picked_and_put_in_order() -> None:
    entry = {**IMU, "columns": ["ax", "ay", "AZ", "gx", "gy", "gz"]}
    made = decode(readings("gx", "gy", "gz", "mx", "Ax", "ay", "az"), entry)
    assert made[:, 0].tolist() == [0, 1, 2, 3, 4, 5] and made.shape[0] == 6
    told(readings("gx", "gy", "mx", "ax", "ay", "az"), entry, "no column 'gz'", "it has time_s, gx, gy, mx")
    bare = b"\n".join(b"1,2,3,4,5,6" for _ in range(20))
    told(bare, entry, "no header", "`columns`")
    told(readings("gx", "gy", "gz", "mx", "ax", "ay", "az"), IMU, "7 channels", "by `columns` on the input")


@pytest.mark.parametrize("names", [NAMES[3:6] + NAMES[:3], NAMES[7:10] + NAMES[10:13]])
def test_an_imu_whose_rotation_comes_first_is_told(names: list[str]) -> None:
    order = ", ".join(names[3:] + names[:3])
    told(readings(*names), IMU, "begin with rotation", f"write `columns: [{order}]`")
    assert decode(readings(*names), {**IMU, "columns": names})[0, 0] == NAMES.index(names[0])
    assert decode(readings(*names[3:], *names[:3]), IMU).shape[0] == 6


def test_thermal_pictures_in_false_colours_are_told(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)[None].repeat(16, 0)
    false = np.stack([ramp, 128 - np.abs(ramp.astype(int) - 128).astype(np.uint8), 255 - ramp], -1)
    Image.fromarray(false.astype(np.uint8)).save(tmp_path / "false.png")
    told(tmp_path / "false.png", THERMAL, "false) colours")
    grey = Image.fromarray(np.stack([ramp] * 3, -1))
    grey.save(tmp_path / "grey.jpg", quality=60)
    assert abs(decode(tmp_path / "grey.jpg", THERMAL)[0].int() - torch.from_numpy(ramp).int()).max() <= 6
    grey.convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    assert torch.equal(decode(tmp_path / "palette.png", THERMAL)[0], torch.from_numpy(ramp))
