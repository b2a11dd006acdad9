"""A folder of images."""

from vfmc.components.base import arg
from vfmc.components.source import Source


class ImageFolder(Source):
    """A folder with one sub-folder a class, as ImageNet is laid out; a flat folder gives images without labels."""

    kind = "source"
    example = 'image_folder(root: "imagenet/train")'
    root: str = arg(help="the folder, relative to where training starts")
