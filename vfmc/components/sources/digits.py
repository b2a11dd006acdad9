"""Real scanned digits that come with scikit-learn."""

from typing import Literal

from vfmc.components import arg
from vfmc.components.source import Source


class Digits(Source):
    """1,797 scanned digits of 8 x 8 pixels with captions (optical recognition of handwritten digits, UCI; in scikit-learn's wheel). Nothing is downloaded.

    `by: writer` holds out digits by people who are not in the training set.
    """

    kind = "source"
    example = "digits"
    by: Literal["stratified", "writer"] = arg("stratified", help="how a fifth is held out")
    split: Literal["train", "all"] = arg("train", help="which part is trained on")

    def samples_known(self) -> int | None:
        if self.per_class:
            return self.samples
        if self.samples or self.split == "all":
            return self.samples or 1797
        return 1437 if self.by == "stratified" else None
