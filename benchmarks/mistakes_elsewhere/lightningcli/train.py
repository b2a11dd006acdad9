import warnings

warnings.simplefilter("ignore")
import lightning
from lightning.pytorch.cli import LightningCLI
from model import Encoder, step


class Module(lightning.LightningModule):
    def __init__(self, width: int = 64, depth: int = 2, heads: int = 4, patch: int = 4):
        super().__init__()
        self.encoder = Encoder(width, depth, heads, patch)


step(LightningCLI(Module, run=False).model.encoder)
