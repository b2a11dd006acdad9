"""RandAugment and random erasing: every operation against timm's on a real picture, what they draw, and independence from the batch."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from checking import changed, only
from compiled import compilation
from peers import peer
from PIL import Image
from supervised import SUPERVISED

from vfmc.runtime.data import erasing, randaugment
from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.views import LATE, OPERATIONS, Program
from vfmc.runtime.random import keys, stream, uniform

TIMM = {  # our names: timm's
    "auto_contrast": "AutoContrast", "equalize": "Equalize", "invert": "Invert", "rotate": "Rotate",
    "posterize": "PosterizeIncreasing", "solarize": "SolarizeIncreasing", "solarize_add": "SolarizeAdd",
    "colour": "ColorIncreasing", "contrast": "ContrastIncreasing", "brightness": "BrightnessIncreasing",
    "sharpness": "SharpnessIncreasing", "shear_x": "ShearX", "shear_y": "ShearY",
    "translate_x": "TranslateXRel", "translate_y": "TranslateYRel",
}  # fmt: skip
FILL = (124, 116, 104)


def picture(mode: str = "RGB") -> Image.Image:
    """A photograph that comes with scikit-learn."""
    images = pytest.importorskip("sklearn.datasets").load_sample_images().images
    return Image.fromarray(images[0]).resize((60, 44)).convert(mode)


def tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def test_the_operations_are_those_of_timm():
    known = peer("timm.data.auto_augment")._RAND_INCREASING_TRANSFORMS
    assert [TIMM[name] for name in randaugment.OPERATIONS] == known


@pytest.mark.parametrize("name", TIMM)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_operation_is_that_of_timm(name, mode, monkeypatch):
    augment, image = peer("timm.data.auto_augment"), picture(mode)
    fill = FILL if mode == "RGB" else FILL[:1]
    most = (
        9.99 if name == "posterize" else 10.0
    )  # of no bit at all Pillow makes an error, and we make one bit
    for magnitude in (0.0, 3.0, 7.5, 9.0, most):
        for sign in (1, -1):
            for shape in (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC):
                monkeypatch.setattr(random, "random", lambda sign=sign: 0.0 if sign > 0 else 1.0)
                settings = {"img_mean": fill if mode == "RGB" else fill[0], "interpolation": shape}
                theirs = augment.AugmentOp(TIMM[name], prob=1.0, magnitude=magnitude, hparams=settings)(image)
                how = randaugment.Settings(magnitude / 10, sign, shape, fill)
                ours = randaugment.OPERATIONS[name](image, how)
                assert np.array_equal(np.array(ours), np.array(theirs)), (magnitude, sign, shape)


def test_layers_are_applied_in_turn_and_sit_out_half_of_the_time():
    image = tensor(picture())
    [first, second] = [list(randaugment.OPERATIONS).index(name) for name in ("rotate", "invert")]
    place = [(first + 0.5) / 15, 0.4, 0.0, 0.25, 0.2, 0.9], [(second + 0.5) / 15, 0.49, 0.3, 0.3, 0.2, 0.9]
    u = np.zeros((1, randaugment.DRAWS))
    u[0, :12] = np.concatenate(place)
    made = randaugment.randaugment(image[None], u, magnitude=5.0, std=2.0, fill=FILL)[0]
    turned = picture().rotate(15, resample=Image.Resampling.BICUBIC, fillcolor=FILL)  # a normal number of 0
    assert torch.equal(made, 255 - tensor(turned))
    u[0, [1, 7]] = 0.5
    assert torch.equal(randaugment.randaugment(image[None], u)[0], image)


def test_strengths_are_normal_around_the_magnitude_and_operations_equally_frequent(monkeypatch):
    seen: list[tuple[str, float]] = []
    record = {
        name: lambda image, how, name=name: (seen.append((name, how.strength * 10)), image)[1]
        for name in TIMM
    }
    monkeypatch.setattr(randaugment, "OPERATIONS", record)
    u = uniform(keys(0, np.arange(6000)), stream("test"), randaugment.DRAWS)
    randaugment.randaugment(torch.zeros(6000, 3, 2, 2, dtype=torch.uint8), u, ops=3, magnitude=5.0, std=0.5)
    assert len(seen) == pytest.approx(9000, rel=0.04)  # 3 layers of 6000, each with a chance of one half
    strengths = np.array([strength for _, strength in seen])
    assert strengths.mean() == pytest.approx(5.0, abs=0.03) and strengths.std() == pytest.approx(
        0.5, rel=0.03
    )
    counts = [sum(name == other for other, _ in seen) for name in TIMM]
    assert min(counts) > 500 and max(counts) < 700


CHAIN = [
    {"op": "randaugment", "ops": 2, "magnitude": 9.0, "std": 0.5, "fill": list(FILL)},
    {"op": "normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    {"op": "erase", "p": 0.5, "mode": "pixel"},
]


def test_a_sample_comes_out_the_same_in_whatever_batch_it_stands():
    program, images = Program(CHAIN, "crop"), [tensor(picture())] * 12
    secrets = keys(4, np.arange(12))
    whole = program.real(program(images, secrets), secrets, torch.float32)
    for part in (slice(0, 5), slice(5, 6), slice(6, 12)):
        own = program.real(program(images[part], secrets[part]), secrets[part], torch.float32)
        assert torch.equal(own, whole[part])
    assert len({bytes(image.numpy().tobytes()) for image in whole}) > 8


def test_erase_fills_a_box_with_normal_noise_and_leaves_the_rest():
    x = torch.full((400, 3, 32, 40), 7.0)
    made = erasing.erase(x, keys(1, np.arange(400)), stream("test"), p=0.25)
    assert (x == 7.0).all()
    changed = made != 7.0
    share = changed[:, 0].double().mean((1, 2))
    assert (share > 0).double().mean().item() == pytest.approx(0.25, abs=0.07)
    hit = share[share > 0]
    assert hit.min() > 0.01 and hit.max() < 0.36 and hit.mean().item() == pytest.approx(0.176, abs=0.03)
    for image in changed[share > 0][:20]:
        rows, columns = image[0].any(1).sum(), image[0].any(0).sum()
        assert image.sum() == 3 * rows * columns  # one whole box, in every channel
    noise = made[changed]
    assert noise.mean().item() == pytest.approx(0, abs=0.02) and noise.std().item() == pytest.approx(
        1, abs=0.02
    )


def test_erase_has_one_number_a_channel_or_none():
    x, secrets = torch.full((40, 3, 32, 32), 7.0), keys(1, np.arange(40))
    boxes = erasing.erase(x, secrets, stream("test"), p=1.0) != 7.0
    flat = erasing.erase(x, secrets, stream("test"), p=1.0, mode="colour")
    assert torch.equal(flat != 7.0, boxes)
    for image, where in zip(flat, boxes, strict=True):
        assert all(len(channel[box].unique()) == 1 for channel, box in zip(image, where, strict=True))
    assert (erasing.erase(x, secrets, stream("test"), p=1.0, mode="zero")[boxes] == 0).all()
    with pytest.raises(DataError, match="no mode 'mean': pixel, colour, zero"):
        erasing.erase(x, secrets, 0, mode="mean")


def test_boxes_are_those_of_timm():
    """The first of ten tries of area and aspect that is smaller than the picture."""
    u = uniform(keys(2, np.arange(300)), stream("test"), 22)
    area, aspect = (0.2, 1.5), (0.3, 1 / 0.3)
    found = erasing.boxes(20, 30, u, area, aspect)
    for own, box in zip(u, found.tolist(), strict=True):
        expected = None
        for attempt in range(10):
            size = (area[0] + own[attempt] * (area[1] - area[0])) * 20 * 30
            ratio = np.exp(np.log(aspect[0]) + own[10 + attempt] * (np.log(aspect[1]) - np.log(aspect[0])))
            h, w = round(np.sqrt(size * ratio)), round(np.sqrt(size / ratio))
            if w < 30 and h < 20:
                expected = [int(own[20] * (20 - h + 1)), int(own[21] * (30 - w + 1)), h, w]
                break
        assert box == expected if expected else box[2:] == [0, 0]


def test_only_what_acts_on_normalised_pictures_may_follow_normalize():
    assert set(LATE) == {"erase"} and not set(LATE) & set(OPERATIONS)
    with pytest.raises(DataError, match="normalize must be the last"):
        Program([CHAIN[1], CHAIN[0]], "crop")
    with pytest.raises(DataError, match="erase must be the last"):
        Program([CHAIN[2], CHAIN[1]], "crop")
    with pytest.raises(DataError, match="unexpected keyword argument 'colour'"):
        Program([{"op": "erase", "colour": 1}], "crop")


CROP = ("use: padded_crop, of: image, size: 16, padding: 2, normalize: {mean: 0.5, std: 0.5}", "use: supervised_crop, of: image, size: 16, %s")  # fmt: skip


def test_the_crop_of_supervised_training_says_it_all():
    text = changed((CROP[0], CROP[1] % "randaugment: {magnitude: 7}, erase: 0.25"), text=SUPERVISED)
    plan = compilation(text).plan
    view = plan.contract.phases["main"]["views"]["mixed"]
    assert [step["op"] for step in view["programs"][0]] == [
        "random_resized_crop", "flip", "randaugment", "normalize", "erase",
    ]  # fmt: skip
    assert view["programs"][0][2] == {
        "op": "randaugment", "ops": 2, "magnitude": 7.0, "std": 0.5, "chance": 0.5, "fill": [124, 116, 104],
    }  # fmt: skip
    assert [step["op"] for step in view["evaluate"][0]] == ["resize", "center_crop", "normalize"]
    assert view["evaluate"][0][0]["size"] == 18
    message = only(changed((CROP[0], CROP[1] % "randaugment: {magnitude: 11}"), text=SUPERVISED)).message
    assert "magnitude" in message
