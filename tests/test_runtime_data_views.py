"""Every view operation against Pillow, SciPy or a formula written out by hand; and samples do not see their
neighbours.
"""

from __future__ import annotations

import colorsys
import io
import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from scipy.ndimage import gaussian_filter

from vfmc.runtime.data import colour, geometry
from vfmc.runtime.data.decode import to_tensor
from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.views import Program, evaluate_view, normalise
from vfmc.runtime.random import keys

NONE = np.zeros((1, 22))
PILLOW = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}


def picture(height: int = 37, width: int = 50, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def levels_apart(made: torch.Tensor, reference: Any) -> int:
    """The largest difference of a batch of one from a Pillow image, in levels of 0..255."""
    return int(np.abs(made[0].permute(1, 2, 0).numpy().astype(int) - np.asarray(reference).astype(int)).max())


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos", "nearest"])
@pytest.mark.parametrize("size", [(20, 30), (80, 90)])
def test_resize_is_pillows(interpolation: str, size: tuple[int, int]) -> None:
    image = picture()
    made = geometry.resize(to_tensor(image)[None], NONE, size=list(size), interpolation=interpolation)
    assert levels_apart(made, image.resize(size[::-1], PILLOW[interpolation])) <= 1


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [(16, 24), (60, 44)])
def test_boxes_of_small_images_are_resized_exactly_as_pillow_does(
    interpolation: str, size: tuple[int, int]
) -> None:
    image = picture()
    boxes = np.array([[3, 4, 20, 30], [0, 0, 37, 50], [10, 0, 5, 7]])
    made = geometry._resize_boxes(to_tensor(image).expand(3, -1, -1, -1), boxes, size, interpolation)
    for one, (top, left, rows, columns) in zip(made, boxes.tolist(), strict=True):
        cut = image.crop((left, top, left + columns, top + rows))
        assert levels_apart(one[None], cut.resize(size[::-1], PILLOW[interpolation])) == 0


def test_boxes_of_large_images_are_resized_as_pillow_does() -> None:
    image = picture(120, 150)
    made = geometry._resize_boxes(to_tensor(image)[None], np.array([[7, 9, 80, 100]]), (64, 64), "bicubic")
    assert levels_apart(made, image.crop((9, 7, 109, 87)).resize((64, 64), Image.Resampling.BICUBIC)) <= 1


def test_shorter_side_and_centre_follow_torchvisions_rounding() -> None:
    tall = torch.zeros(1, 3, 375, 500, dtype=torch.uint8)
    assert geometry.resize(tall, NONE, size=224).shape[-2:] == (224, 298)  # int(224 * 500 / 375) = 298
    image = torch.arange(35, dtype=torch.uint8).reshape(1, 1, 5, 7)
    assert geometry.center_crop(image, NONE, size=[2, 4]).tolist() == [
        [[[16, 17, 18, 19], [23, 24, 25, 26]]]
    ]  # round(1.5) = 2
    padded = geometry.center_crop(image[..., :2, :2], NONE, size=4)
    assert padded.tolist() == [[[[0, 0, 0, 0], [0, 0, 1, 0], [0, 7, 8, 0], [0, 0, 0, 0]]]]


def test_random_crop_reaches_every_place_of_the_padded_image() -> None:
    image = torch.arange(1, 5, dtype=torch.uint8).reshape(1, 1, 2, 2)
    grid = np.array([[(i + 0.5) / 3, (j + 0.5) / 3] for i in range(3) for j in range(3)])
    made = geometry.random_crop(image.expand(9, -1, -1, -1), grid, size=2, padding=1)
    assert made[0].tolist() == [[[0, 0], [0, 1]]] and made[4].tolist() == [[[1, 2], [3, 4]]]
    assert made[8].tolist() == [[[4, 0], [0, 0]]]
    with pytest.raises(DataError, match="resize first"):
        geometry.random_crop(image, grid[:1], size=3)


def box_as_published(height: int, width: int, draws: list[float]) -> list[int]:
    """torchvision's RandomResizedCrop.get_params with scale 0.2 to 1, written out with the draws it takes."""
    for attempt in range(10):
        area = height * width * (0.2 + 0.8 * draws[attempt])
        aspect = math.exp(math.log(3 / 4) + draws[10 + attempt] * (math.log(4 / 3) - math.log(3 / 4)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return [int(draws[20] * (height - h + 1)), int(draws[21] * (width - w + 1)), h, w]
    raise AssertionError("ten tries did not fit")


def test_crop_boxes_are_torchvisions() -> None:
    u = np.random.default_rng(0).random((1000, 22))
    boxes = geometry.crop_boxes(300, 400, u, (0.2, 1.0), (3 / 4, 4 / 3))
    assert boxes.tolist() == [box_as_published(300, 400, row) for row in u.tolist()]
    top, left, rows, columns = boxes.T
    assert (
        (top >= 0).all() and (left >= 0).all() and (top + rows <= 300).all() and (left + columns <= 400).all()
    )
    assert top[rows < 200].max() > 100  # any place may come


def test_a_box_that_never_fits_becomes_the_central_one() -> None:
    u = np.full((1, 22), 0.999)
    assert geometry.crop_boxes(10, 400, u, (0.9, 1.0), (3 / 4, 4 / 3)).tolist() == [
        [0, 193, 10, 13]
    ]  # 10 * 4 / 3
    assert geometry.crop_boxes(400, 10, u, (0.9, 1.0), (3 / 4, 4 / 3)).tolist() == [[193, 0, 13, 10]]


@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7])
@pytest.mark.parametrize(
    ("change", "reference"),
    [
        (colour.brightness, ImageEnhance.Brightness),
        (colour.contrast, ImageEnhance.Contrast),
        (colour.saturation, ImageEnhance.Color),
    ],
)
def test_jitters_factors_are_pillows(change: Any, reference: Any, factor: float) -> None:
    image = picture()
    assert (
        levels_apart(change(to_tensor(image)[None], np.array([factor])), reference(image).enhance(factor))
        == 0
    )


@pytest.mark.parametrize("shift", [-0.5, -0.1, 0.0, 0.13])
def test_hue_turns_the_hsv_circle(shift: float) -> None:
    image = picture(9, 11)
    made = colour.hue(to_tensor(image)[None], np.array([shift]))[0].permute(1, 2, 0).numpy()
    for before, after in zip(np.asarray(image).reshape(-1, 3), made.reshape(-1, 3), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*(before / 255))
        assert np.abs(np.array(colorsys.hsv_to_rgb((h + shift) % 1, s, v)) * 255 - after).max() <= 0.501


def test_grey_and_solarisation_are_pillows() -> None:
    image = picture()
    x = to_tensor(image)[None]
    assert levels_apart(colour.grayscale(x, NONE), image.convert("L").convert("RGB")) == 0
    assert levels_apart(colour.solarize(x, NONE, threshold=128), ImageOps.solarize(image, 128)) == 0


@pytest.mark.parametrize("sigma", [0.1, 0.7, 2.0])
def test_blur_is_a_gaussian(sigma: float) -> None:
    x = to_tensor(picture())
    exact = gaussian_filter(x.double().numpy(), (0, sigma, sigma), mode="mirror", truncate=4)
    made = colour.gaussian_blur(x[None], np.array([[1.0]]), sigma=[sigma, sigma])
    assert np.abs(made[0].numpy() - exact).max() <= 1.2  # two roundings, and the tails beyond three sigma


def test_blur_fits_into_a_tiny_image() -> None:
    x = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8)
    assert colour.gaussian_blur(x, np.array([[0.1], [0.9]]), sigma=[0.1, 2.0]).shape == x.shape


def test_jitter_draws_the_stated_ranges_in_every_order() -> None:
    grey = torch.full((500, 3, 2, 2), 100, dtype=torch.uint8)
    u = np.random.default_rng(0).random((500, 8))
    lit = colour.color_jitter(grey, u, brightness=0.4)[:, 0, 0, 0].double().numpy()
    assert np.abs(lit - 100 * (0.6 + 0.8 * u[:, 0])).max() <= 1
    assert (colour.color_jitter(grey, u, brightness=[0.5, 0.5]) == 50).all()
    x = to_tensor(picture(6, 6))[None].repeat(24, 1, 1, 1)
    u = np.tile(u[:1], (24, 1))
    u[:, 4:] = [np.array(order) / 10 for order in itertools.permutations(range(4))]
    orders = colour.color_jitter(x, u, brightness=0.8, contrast=0.8, saturation=0.8, hue=0.2)
    assert len({tuple(one.flatten().tolist()) for one in orders}) > 6
    fixed = colour.color_jitter(x, u, brightness=0.8, contrast=0.8, saturation=0.8, hue=0.2, order="fixed")
    assert (fixed == fixed[:1]).all()


def test_one_channel_has_no_colour() -> None:
    x = torch.randint(0, 256, (2, 1, 5, 5), dtype=torch.uint8)
    jittered = colour.color_jitter(x, np.random.default_rng(0).random((2, 8)), saturation=0.9, hue=0.5)
    assert torch.equal(jittered, x) and torch.equal(colour.grayscale(x, NONE), x)


BYOL: list[dict[str, Any]] = [
    {"op": "random_resized_crop", "size": [24, 24], "scale": [0.2, 1.0], "interpolation": "bicubic"},
    {"op": "flip", "p": 0.5},
    {"op": "color_jitter", "brightness": 0.4, "contrast": 0.4, "saturation": 0.2, "hue": 0.1, "p": 0.8},
    {"op": "grayscale", "p": 0.2},
    {"op": "gaussian_blur", "sigma": [0.1, 2.0], "p": 0.5},
    {"op": "solarize", "threshold": 128, "p": 0.2},
]


@pytest.mark.parametrize("sizes", [[(8, 8)] * 40, [(70 + i, 90) for i in range(20)], [(8, 8), (90, 70)] * 10])
def test_a_sample_comes_out_the_same_in_any_batch(sizes: list[tuple[int, int]]) -> None:
    program, secrets = Program(BYOL, "crop"), keys(0, np.arange(len(sizes)))
    images = [to_tensor(picture(*size, seed=i)) for i, size in enumerate(sizes)]
    together = program(images, secrets)
    assert together.shape == (len(sizes), 3, 24, 24) and together.dtype == torch.uint8
    alone = torch.stack([program([image], secrets[i : i + 1])[0] for i, image in enumerate(images)])
    assert torch.equal(together, alone)
    planar = torch.stack(
        [program([image.contiguous()], secrets[i : i + 1])[0] for i, image in enumerate(images)]
    )
    assert torch.equal(together, planar)
    assert torch.equal(together.flip(0), program(images[::-1], secrets[::-1].copy()))


def test_probabilities_hold_and_programs_draw_apart() -> None:
    images, secrets = [torch.arange(2, dtype=torch.uint8).expand(3, 1, 2)] * 4000, keys(0, np.arange(4000))
    flipped = Program([{"op": "flip", "p": 0.3}], "crop")(images, secrets)[:, 0, 0, 0] == 1
    assert abs(flipped.double().mean() - 0.3) < 0.03
    for view, index in (("crop", 1), ("other", 0)):
        others = Program([{"op": "flip", "p": 0.3}], view, index)(images, secrets)[:, 0, 0, 0] == 1
        assert abs((flipped & others).double().mean() - 0.09) < 0.02


def test_a_program_says_what_it_cannot_do() -> None:
    with pytest.raises(DataError, match="no operation 'sharpen', only resize"):
        Program([{"op": "sharpen"}], "crop")
    with pytest.raises(DataError, match=r"view 'crop': resize .*interpolatoin"):
        Program([{"op": "resize", "size": 8, "interpolatoin": "bicubic"}], "crop")
    with pytest.raises(DataError, match="normalize must be the last"):
        Program([{"op": "normalize", "mean": [0.5], "std": [0.5]}, {"op": "flip"}], "crop")
    with pytest.raises(
        DataError,
        match=r"view 'crop' gives images of different sizes \(8 x 10 and 8 x 9\)|\(8 x 9 and 8 x 10\)",
    ):
        Program([{"op": "resize", "size": 8}], "crop")(
            [to_tensor(picture(16, 18)), to_tensor(picture(16, 20))], keys(0, np.arange(2))
        )
    with pytest.raises(DataError, match="interpolation 'cubic' is not one of"):
        Program([{"op": "resize", "size": 8, "interpolation": "cubic"}])(
            [to_tensor(picture())], keys(0, np.arange(1))
        )


def test_normalisation_and_its_absence() -> None:
    x = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(3, 1, 1)
    assert normalise(x).flatten().tolist() == pytest.approx([0.0, 0.2, 1.0])
    made = normalise(x, [0.5, 0.1, 0.0], [0.5, 0.1, 2.0], torch.float64)
    assert made.flatten().tolist() == pytest.approx([-1.0, 1.0, 0.5], abs=1e-15)


def test_evaluation_of_one_and_of_several_programs() -> None:
    images = [to_tensor(picture(37, 50)), to_tensor(picture(60, 41))]
    program: list[dict[str, Any]] = [
        {"op": "resize", "size": 20},
        {"op": "center_crop", "size": 16},
        {"op": "normalize", "mean": [0.5] * 3, "std": [0.5] * 3},
    ]
    one = evaluate_view(images, [program])
    assert one.shape == (2, 3, 16, 16) and one.min() >= -1 and one.max() <= 1
    assert evaluate_view(images, [program, program]).shape == (2, 2, 3, 16, 16)


def test_decoding_of_every_mode_of_pillow() -> None:
    rgb = picture(5, 6)
    assert levels_apart(to_tensor(rgb)[None], rgb) == 0
    for mode in ("L", "LA", "RGBA", "P", "PA", "CMYK", "1", "YCbCr"):
        made = to_tensor(rgb.convert(mode))
        assert made.shape == (3, 5, 6) and levels_apart(made[None], rgb) <= 255
    deep = Image.fromarray(np.array([[0, 256, 65535]], np.uint16))
    assert to_tensor(deep)[0].tolist() == [[0, 1, 255]]
    assert to_tensor(Image.fromarray(np.array([[0.0, 0.2, 1.0]], np.float32)), 1)[0].tolist() == [
        [0, 51, 255]
    ]
    assert to_tensor(np.array([[0.0, 1.0]]))[:, 0].tolist() == [[0, 255]] * 3
    assert to_tensor(rgb, 1).shape == (1, 5, 6)
    with pytest.raises(SampleError, match="4 channels where the spec asks for 3"):
        to_tensor(np.zeros((2, 2, 4), np.uint8))


def test_the_orientation_of_the_camera_is_applied() -> None:
    image = picture(5, 6)
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    assert levels_apart(to_tensor(Image.open(file))[None], image.transpose(Image.Transpose.ROTATE_270)) == 0
