"""Maps that move as their pictures do, rotations of RandAugment included, and what tells of a pair that does not."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checking import changed, program  # noqa: E402
from test_check_media import MEDIA  # noqa: E402
from test_runtime_media_views import Memory  # noqa: E402
from torch import Tensor  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from vfmc.api import Spec  # noqa: E402
from vfmc.components import Finding  # noqa: E402
from vfmc.components.following import MOVES, MOVES_AND_COLOURS, STAYS, moves  # noqa: E402
from vfmc.lint.runner import lint  # noqa: E402
from vfmc.lint.settings import Settings  # noqa: E402
from vfmc.plan.contract import contract  # noqa: E402
from vfmc.runtime.data import randaugment  # noqa: E402
from vfmc.runtime.data.loader import Loader  # noqa: E402
from vfmc.runtime.data.views import LATE, OPERATIONS, Program  # noqa: E402
from vfmc.runtime.random import keys  # noqa: E402
from vfmc.source import Source  # noqa: E402

MEANS = "normalize: {mean: 0.5, std: 1.0}"
TEXT = changed(
    (
        "{use: random_resized_crop, of: image, size: 32}",
        "{use: supervised_crop, of: image, size: 32, scale: [0.5, 1.0], randaugment: {magnitude: 9, chance: 1.0}, jitter: [0.4, 0.4, 0.4, 0.0], "
        f"{MEANS}}}",
    ),
    ("normalize: {mean: 0.0418, std: 0.0295}", MEANS),
    ("{use: aligned, of: heat, with: crop}", f"{{use: aligned, of: heat, with: crop, {MEANS}}}"),
    text=MEDIA,
)
ERASED = changed(
    (f"with: crop, {MEANS}}}\n  moves", f"with: crop, {MEANS}, erase: 0.5}}\n  moves"), text=TEXT
)


def data(text: str) -> ModuleType:
    made = contract(program(text))
    found = ModuleType("data")
    found.INPUTS, found.PHASES = made.inputs, made.phases  # type: ignore[attr-defined]
    return found


def batch(text: str, seed: int = 2, fields: tuple[str, ...] = ("crop", "warm", "deep")) -> dict[str, Tensor]:
    found = data(text)
    found.INPUTS["distance"]["encoding"] = "metres"  # as Memory has them
    loader = Loader(found, "main", Memory(), seed=seed, batch=24, workers=0, fields=list(fields))
    return loader.batch(0)


def draw(operation: str, sign: int, strength: float, layer: int = 0) -> np.ndarray:
    """Draws of one layer that certainly takes an operation at a strength of 0 to 1 (with magnitude 10 times it and no deviation)."""
    u = np.ones((1, randaugment.DRAWS)) - 1e-9  # every other layer sits out
    number = list(randaugment.OPERATIONS).index(operation)
    u[0, 6 * layer : 6 * layer + 6] = [
        (number + 0.5) / len(randaugment.OPERATIONS),
        0.0,
        0.0,
        0.25,
        0.2 if sign > 0 else 0.8,
        0.1,
    ]
    return u


def smooth(rows: int = 40, columns: int = 56) -> Tensor:
    """A picture of waves in [0, 1], whose pixels tell their place, float64 `[H, W]`."""
    y, x = torch.meshgrid(torch.arange(rows).double(), torch.arange(columns).double(), indexing="ij")
    return 0.5 + 0.25 * torch.sin(x / 7) + 0.25 * torch.cos(y / 5 + x / 17)


def sampled(plane: Tensor, matrix: Tensor, fill: float) -> tuple[Tensor, Tensor]:
    """`plane` read at `matrix [2, 3]` times the place of each pixel from the centre, bilinear, and where that is well inside."""
    rows, columns = plane.shape
    y, x = torch.meshgrid(
        torch.arange(rows) + 0.5 - rows / 2, torch.arange(columns) + 0.5 - columns / 2, indexing="ij"
    )
    at = torch.stack([x, y, torch.ones_like(x)], -1).double() @ matrix.T
    grid = at / torch.tensor([columns / 2, rows / 2], dtype=torch.float64)
    found = F.grid_sample(plane[None, None], grid[None], align_corners=False)[0, 0]
    half = torch.tensor([columns / 2, rows / 2], dtype=torch.float64)
    inside, outside = (at.abs() < half - 1).all(-1), (at.abs() > half + 1).any(-1)
    return torch.where(outside, torch.tensor(fill, dtype=torch.float64), found), inside | outside


ANGLE, SHARE = math.radians(30 * 0.9), 0.9
TURNED = torch.tensor([[math.cos(ANGLE), -math.sin(ANGLE), 0], [math.sin(ANGLE), math.cos(ANGLE), 0]])
AFFINE: dict[str, Tensor] = {  # of an output place to the place that is read; Pillow's shears begin at the corner
    "rotate": TURNED,
    "shear_x": torch.tensor([[1, 0.3 * SHARE, 0.3 * SHARE * 20], [0, 1, 0]]),
    "shear_y": torch.tensor([[1, 0, 0], [0.3 * SHARE, 1, 0.3 * SHARE * 28]]),
    "translate_x": torch.tensor([[1, 0, 0.45 * SHARE * 56], [0, 1, 0]]),
    "translate_y": torch.tensor([[1, 0, 0], [0, 1, 0.45 * SHARE * 40]]),
}  # fmt: skip


@pytest.mark.parametrize("operation", AFFINE)
def test_a_map_is_moved_by_the_affine_of_its_picture(operation: str) -> None:
    """Both against bilinear samples at the places that the affine says, in float64: a map to rounding, a picture to its levels."""
    plane, u = smooth(), draw(operation, 1, SHARE)
    matrix = AFFINE[operation].double()
    expected, known = sampled(plane, matrix, 0.25)
    settings: dict[str, Any] = {"magnitude": 10 * SHARE, "std": 0.0, "chance": 0.5}
    found = randaugment.moves(plane.float()[None, None], u, fill=[0.25], **settings)[0, 0]
    assert known.double().mean() > 0.8 and (found - plane).abs()[known].max() > 0.3
    assert (found - expected).abs()[known].max() < 1e-5
    levels = (255 * plane).round().to(torch.uint8).expand(1, 3, -1, -1)
    picture = randaugment.randaugment(levels, u, fill=(64, 64, 64), **settings)[0, 0]
    assert (picture.double() / 255 - expected).abs()[known].max() < 2.5 / 255


def test_colours_of_a_map_are_left_alone_and_layers_follow_one_another() -> None:
    plane = smooth().float()[None, None]
    for name in set(randaugment.OPERATIONS) - set(randaugment.MOVING):
        assert torch.equal(randaugment.moves(plane, draw(name, 1, 0.9), magnitude=9.0, std=0.0), plane), name
    both = np.minimum(draw("rotate", -1, 0.9), draw("translate_x", 1, 0.9, layer=1))
    one = randaugment.moves(plane, draw("rotate", -1, 0.9), magnitude=9.0, std=0.0)
    two = randaugment.moves(one, draw("translate_x", 1, 0.9), magnitude=9.0, std=0.0)
    assert torch.equal(randaugment.moves(plane, both, magnitude=9.0, std=0.0), two)
    heat = (255 * torch.cat([plane, 1 - plane], 1)).to(torch.uint8)  # two channels of bytes
    moved = randaugment.moves(heat, both, magnitude=9.0, std=0.0, fill=[7], interpolation="nearest")
    assert moved.dtype == torch.uint8 and moved.shape == heat.shape and (moved == 7).any()


def test_one_number_fills_every_channel_of_a_picture() -> None:
    picture = torch.full((1, 3, 20, 20), 200, dtype=torch.uint8)
    made = randaugment.randaugment(picture, draw("translate_x", 1, 0.9), magnitude=9.0, std=0.0, fill=[128])
    assert set(made.unique().tolist()) == {128, 200}


def test_maps_of_a_batch_show_the_place_of_their_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the loader: what RandAugment and the jitter do to colours is left out, so that the gradient tells the place."""
    same = {
        name: lambda image, how: image for name in randaugment.OPERATIONS if name not in randaugment.MOVING
    }
    monkeypatch.setattr(randaugment, "OPERATIONS", randaugment.OPERATIONS | same)
    made = batch(changed((", jitter: [0.4, 0.4, 0.4, 0.0]", ""), text=TEXT))
    grey = made["crop"][:, :1]
    assert (made["warm"] - grey).abs().quantile(0.99) < 0.02 and (made["warm"] - grey).abs().mean() < 0.003
    assert (made["deep"] - grey).abs().quantile(0.98) < 0.05
    empty = (grey.abs() < 0.003).flatten(1).double().mean(1)  # the mean, where a move left no pixels
    assert (empty > 0.02).sum() > 8
    still = batch(
        changed(("randaugment: {magnitude: 9, chance: 1.0}, jitter: [0.4, 0.4, 0.4, 0.0], ", ""), text=TEXT)
    )
    assert (still["warm"] - grey).abs().mean() > 0.05, "without the moves they are elsewhere"


def test_a_map_is_erased_by_draws_of_its_own_and_its_picture_is_not() -> None:
    plain, erased = batch(TEXT, fields=("crop", "warm")), batch(ERASED, fields=("crop", "warm"))
    assert torch.equal(plain["crop"], erased["crop"])
    hit = (plain["warm"] != erased["warm"]).flatten(1).any(1)
    assert 4 < hit.sum() < 20
    views = contract(program(ERASED)).phases["main"]["views"]
    assert views["warm"]["programs"][0][-1] == {"op": "erase", "p": 0.5, "mode": "pixel", "own": True}
    assert "erase" not in {step["op"] for step in views["warm"]["evaluate"][0]}


def test_the_program_of_a_map_names_what_moves() -> None:
    views = contract(program(TEXT)).phases["main"]["views"]
    picture, warm, deep = (views[name]["programs"][0] for name in ("crop", "warm", "deep"))
    assert [step["op"] for step in picture] == [
        "random_resized_crop", "flip", "randaugment", "color_jitter", "normalize",
    ]  # fmt: skip
    assert [step["op"] for step in deep] == [
        "random_resized_crop", "flip", "randaugment_moves", "normalize",
    ]  # fmt: skip
    assert (warm[2]["fill"], deep[2]["fill"], deep[2]["interpolation"]) == ([128], [0.5], "bilinear")
    said = {name: picture[2][name] for name in ("ops", "magnitude", "std", "chance")}
    assert said == {name: deep[2][name] for name in said} and said["chance"] == 1.0


def test_a_move_behind_colours_keeps_its_place_in_the_draws() -> None:
    chain = [{"op": "grayscale", "p": 0.5}, {"op": "flip", "p": 0.5}]
    followed = moves(chain, "bilinear", [0.0], "odd")
    assert followed == [{"op": "flip", "p": 0.5, "at": 1}]
    slope, secrets = torch.arange(16, dtype=torch.uint8).expand(1, 8, 16), keys(3, np.arange(40))
    picture = Program(chain, "odd")([slope.expand(3, -1, -1)] * 40, secrets)[:, :1]
    heat = Program(followed, "heat", medium="thermal", follows="odd")([slope] * 40, secrets)
    assert torch.equal(picture, heat) and 5 < (heat[:, 0, 0, 0] > 0).sum() < 35
    with pytest.raises(Finding, match="`odd` does `warp`, and how that moves pixels is not known"):
        moves([*chain, {"op": "warp"}], "bilinear", [0.0], "odd")


def test_of_every_operation_on_pictures_it_is_known_whether_it_moves_pixels() -> None:
    whole = {*MOVES, *STAYS, *MOVES_AND_COLOURS, *MOVES_AND_COLOURS.values()}
    assert whole == {*OPERATIONS, *LATE, "normalize"}


def codes(text: str) -> list[tuple[str, str]]:
    found = lint(Spec(Source("spec.yaml", text), None), Settings())
    return [(each.code, each.message) for each in found if each.code == "DAT438"]


def test_a_map_beside_a_picture_that_was_cut_elsewhere_is_told() -> None:
    other = "  still: {use: mae, of: image, size: 32}\n  tones"
    assert codes(changed(("  tones", other), text=MEDIA)) == []
    said = changed(
        ("  tones", other),
        ("see: {use: contrastive, a: vision", "see: {use: contrastive, a: {use: vision, of: still}"),
        text=MEDIA,
    )
    assert codes(said) == [("DAT438", "`see` compares `deep`, which moves as `crop` does, with `still`")]
    two = changed(
        ("  tones", other), ("of: heat, with: crop", "of: heat, with: still"),
        ("feel: {use: contrastive, a: vision", "feel: {use: contrastive, a: depth"), text=MEDIA,
    )  # fmt: skip
    assert codes(two) == [("DAT438", "`feel` compares `deep`, which moves as `crop` does, with `warm`")]
