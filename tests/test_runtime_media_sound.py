"""Spectrograms equal to transformers' AST extractor, resampling to sines by formula, and ImageBind's clips of a sound."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vfmc.runtime.data import stretches  # noqa: E402
from vfmc.runtime.data.fbank import fbank  # noqa: E402
from vfmc.runtime.data.resample import resample  # noqa: E402
from vfmc.runtime.data.views import Program, evaluate_view  # noqa: E402
from vfmc.runtime.random import keys  # noqa: E402

RATE = 16000
KALDI = {"rate": RATE, "window": 25.0, "hop": 10.0, "bins": 128, "low": 20.0, "high": 8000.0}
NONE = np.zeros(0)


def signals() -> dict[str, np.ndarray]:
    time = np.arange(2 * RATE) / RATE
    noise = np.random.default_rng(0)
    return {
        "sine": 0.5 * np.sin(2 * np.pi * 440 * time),
        "noise": 0.1 * noise.standard_normal(len(time)),
        "chirp": 0.8 * np.sin(2 * np.pi * (50 * time + 1500 * time**2)),
        "click": (np.arange(len(time)) == 8000) * 1.0,
        "offset": 0.3 + 1e-3 * noise.standard_normal(len(time)),
    }


@pytest.mark.filterwarnings("ignore:At least one mel filter")
@pytest.mark.parametrize("name", signals())
def test_the_spectrogram_is_that_of_the_ast_extractor(name: str) -> None:
    pytest.importorskip("transformers")
    from transformers import ASTFeatureExtractor

    wave = signals()[name].astype(np.float32)
    centred = wave - wave.mean(dtype=np.float64).astype(np.float32)
    theirs = ASTFeatureExtractor(max_length=198, do_normalize=False)
    if not hasattr(theirs, "mel_filters"):
        pytest.skip("this extractor computes by torchaudio")
    expected = theirs(centred, sampling_rate=RATE, return_tensors="np")["input_values"][0]
    ours = fbank(torch.from_numpy(centred)[None], NONE, **KALDI)
    assert ours.shape == (1, 128, 198) and ours.dtype == torch.float32
    assert np.abs(ours[0].numpy().T - expected).max() < 2.5e-4


def test_a_spectrogram_in_float64_by_its_definition() -> None:
    wave = signals()["chirp"][:1200]
    wave = wave - wave.mean()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)
    mel = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    edges = mel(20.0) + np.arange(42) * (mel(8000.0) - mel(20.0)) / 41
    for frame, start in enumerate(range(0, 1200 - 400 + 1, 160)):
        part = wave[start : start + 400] - wave[start : start + 400].mean()
        part = window * np.concatenate([[part[0] * 0.03], part[1:] - 0.97 * part[:-1]])
        power = np.abs(np.fft.fft(part, 512)[:257]) ** 2
        for band in (0, 7, 39):
            left, peak, right = edges[band : band + 3]
            total = 0.0
            for k in range(257):
                place = mel(k * 31.25)
                if left < place < right:
                    total += power[k] * (
                        (place - left) / (peak - left) if place <= peak else (right - place) / (right - peak)
                    )
            made = fbank(
                torch.from_numpy(signals()["chirp"][:1200].astype(np.float64))[None],
                NONE,
                **{**KALDI, "bins": 40},
            )
            assert made[0, band, frame].item() == pytest.approx(np.log(max(total, 2.0**-23)), abs=1e-5)


def test_padding_stands_before_the_mean_and_the_deviation() -> None:
    wave = torch.from_numpy(signals()["noise"].astype(np.float32))[None]
    steps = [
        {"op": "stretch", "length": 2 * RATE, "clip": [0, 3]},
        {"op": "fbank", **KALDI},
        {"op": "fit", "length": 204},
        {"op": "normalize", "mean": [-4.268], "std": [9.138]},
    ]
    made = evaluate_view([wave], [steps], medium="audio")
    assert made.shape == (1, 1, 128, 204)
    torch.testing.assert_close(made[..., 198:], torch.full((1, 1, 128, 6), 4.268 / 9.138))
    raw = fbank(wave, NONE, **KALDI)
    torch.testing.assert_close(made[0, ..., :198], (raw + 4.268) / 9.138)


def test_three_clips_of_a_sound_of_five_seconds_begin_where_imagebinds_do() -> None:
    seconds = torch.arange(5 * RATE, dtype=torch.float32)[None] / RATE
    starts = [stretches.stretch(seconds, NONE, length=2 * RATE, clip=[i, 3])[0, 0].item() for i in range(3)]
    assert starts == [0.0, 1.5, 3.0]
    assert stretches.stretch(seconds, NONE, length=2 * RATE, clip=[0, 1])[0, 0].item() == 1.5
    short = torch.ones(1, 3)
    assert stretches.fit(stretches.stretch(short, NONE, length=5, clip=[1, 3]), NONE, length=5).tolist() == [
        [1, 1, 1, 0, 0]
    ]


def test_training_draws_the_place_by_the_sample_alone_and_hides_up_to_so_many() -> None:
    waves = [torch.arange(100, dtype=torch.float32)[None] + 1000 * i for i in range(64)]
    program = Program([{"op": "stretch", "length": 10}], "tones", medium="audio")
    secrets = keys(3, np.arange(64))
    made = program(waves, secrets)
    starts = made[:, 0, 0] - 1000 * torch.arange(64)
    assert starts.min() >= 0 and starts.max() <= 90 and len(starts.unique()) > 30
    torch.testing.assert_close(program(waves[5:6], secrets[5:6]), made[5:6])
    hide = Program([{"op": "hide", "axis": "columns", "most": 4, "value": -4.268}], "tones", medium="audio")
    masked = hide([torch.zeros(1, 6, 20)] * 200, keys(4, np.arange(200)))
    hidden = (masked == -4.268).all(dim=2).squeeze(1)  # of whole columns
    assert ((masked == -4.268).any(dim=2).squeeze(1) == hidden).all()
    counts = hidden.sum(1)
    assert sorted(counts.unique().tolist()) == [0, 1, 2, 3, 4]
    assert all(row.nonzero().flatten().diff().eq(1).all() for row in hidden)


@pytest.mark.parametrize(
    ("given", "wanted"), [(44100, 16000), (48000, 16000), (8000, 16000), (22050, 16000), (200.5, 400.0)]
)
def test_a_sine_resampled_is_the_sine_at_the_new_moments(given: float, wanted: float) -> None:
    count, pitch = int(given * 0.5) if given > 1000 else 2000, 0.3 * min(given, wanted)
    wave = np.sin(2 * np.pi * pitch * np.arange(count) / given + 0.4)
    made = resample(torch.from_numpy(wave.astype(np.float32))[None], given, wanted)[0].numpy()
    assert len(made) == int(np.ceil(round(count * wanted / given, 6)))
    expected = np.sin(2 * np.pi * pitch * np.arange(len(made)) / wanted + 0.4)
    inside = slice(len(made) // 5, -len(made) // 5)
    assert np.abs(made - expected)[inside].max() < 1e-4


def test_what_the_new_rate_cannot_hold_is_filtered_out_and_a_constant_stays() -> None:
    wave = np.sin(2 * np.pi * 12000 * np.arange(24000) / 48000).astype(np.float32)
    made = resample(torch.from_numpy(wave)[None], 48000, 16000)[0]
    assert made[500:-500].abs().max() < 1e-3
    torch.testing.assert_close(resample(torch.full((2, 50), 9.81), 100, 160), torch.full((2, 80), 9.81))


def test_resampling_agrees_with_scipy_away_from_the_ends() -> None:
    scipy_signal = pytest.importorskip("scipy.signal")
    time = np.arange(22050) / 22050
    wave = sum(np.sin(2 * np.pi * pitch * time + pitch) for pitch in (110, 1330, 5200))
    ours = resample(torch.from_numpy(wave.astype(np.float32))[None], 22050, 16000)[0].numpy()
    theirs = scipy_signal.resample_poly(wave, 320, 441, window=("kaiser", 9.0))
    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs)[400:-400].max() < 5e-3
