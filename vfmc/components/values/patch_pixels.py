"""Pixels as targets."""

from vfmc.components import Finding, Ref, ValueKind, arg, operand
from vfmc.types import Grid, Image, Tokens, Type, known


class PatchPixels(ValueKind):
    """The pixels of every patch as a target, ordered (row, column, channel) (MAE, arXiv 2111.06377 sec. 3 and 4.1).

    `normalize: true` standardises each patch by its own mean and its unbiased variance (+ 1e-6 inside the root).
    """

    example = "patch_pixels(of: crop, size: 16, normalize: true)"
    of: Ref = operand(Image, help="the image whose pixels are the target")
    size: int = arg(help="side of a patch in pixels", ge=1, le=1024)
    normalize: bool = arg(False, help="standardise each patch by its own mean and variance")

    def signature(self) -> Type:
        image = self.of.type
        assert isinstance(image, Image)
        if not (known(image.height) and known(image.width)):
            raise Finding("the size of the image is not known before training", argument="of", code="SHP204")
        assert isinstance(image.height, int) and isinstance(image.width, int)
        if image.height % self.size or image.width % self.size:
            raise Finding(
                f"patches of {self.size} pixels do not divide an image of {image.height} x {image.width}",
                argument="size",
                code="SHP205",
            )
        rows, columns = image.height // self.size, image.width // self.size
        width = self.size * self.size * image.channels
        grid = Grid(rows, columns, image.crop, (self.size, self.size))
        return Tokens(rows * columns, width, grid=grid, space=f"pixels of {image.crop}", stopped=True)

    def features(self) -> set[str]:
        return {"normal_pixels" if self.normalize else "plain_pixels"}
