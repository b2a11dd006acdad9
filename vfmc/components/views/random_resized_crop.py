"""A random resized crop with a flip and nothing else."""

from vfmc.components.crops import RandomResizedCrop as Base


class RandomResizedCrop(Base):
    """A crop of random area and aspect, resized to `size` and flipped at random (FLIP, SLIP, OpenCLIP)."""

    kind = "view"
    example = "random_resized_crop(of: image, size: 224, scale: [0.5, 1.0])"
