"""Rendered scenes that every modality sees."""

from typing import Literal

from vfmc.components import arg, named
from vfmc.components.source import Source

Labels = Literal[
    "size", "material", "shape", "colour", "temperature", "place", "motion", "size_material", "shape_colour"
]


class Scenes(Source):
    """Rendered scenes: one object of a size, material, shape, colour and temperature, and how it moves. Nothing is downloaded.

    Pictures know everything but the motion, videos (from two frames on) and captions all; depth (metres) knows size, shape
    and place, thermal pictures (half a degree a step, from -25 degrees Celsius) the temperature as well, the sound of
    a stroke size and material, a signal (acceleration in m/s^2, turn in rad/s) the motion. Sounds and signals have the rate of their
    input. `shuffle` takes the inputs that it names from another scene: a control in which they tell nothing of the rest.
    """

    kind = "source"
    example = "scenes(size: 48, label: size_material)"
    size: int = arg(48, ge=8, le=512, help="side of pictures in pixels")
    seconds: float = arg(2.0, gt=0, le=60, help="how long sounds, signals and videos last")
    frames: int = arg(2, ge=2, le=1024, help="pictures of a video, evenly over its time")
    label: Labels = arg("size_material", help="the factor, or the factors, that a label counts")
    samples: int | None = arg(8192, ge=1, le=10**12, help="scenes of an epoch")
    held_out: int = arg(960, ge=1, le=10**9, help="scenes that evaluation sees, none of them in training")
    shuffle: list[str] = named("input", [], many=True, help="inputs of training that come from another scene")
    seed: int = arg(0, ge=0, le=2**63 - 1, help="of the scenes, whatever the seed of the run")
