"""A folder of images."""

from vfmc.components import arg
from vfmc.components.source import Source


class ImageFolder(Source):
    """A folder with one sub-folder a class, as ImageNet is laid out; a flat folder gives images without labels.

    Captions and further media lie beside the images under the same stem: 1.jpg, 1.txt, 1.wav, 1.depth.png. Without an image input it
    holds files of the first medium, such as sounds.
    """

    kind = "source"
    example = 'image_folder(root: "imagenet/train")'
    root: str = arg(help="the folder, relative to where training starts")
