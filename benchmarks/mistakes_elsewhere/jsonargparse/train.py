from jsonargparse import ArgumentParser
from torch import nn
from model import step

parser = ArgumentParser()
parser.add_argument("--config", action="config")
parser.add_subclass_arguments(nn.Module, "model")
step(parser.instantiate_classes(parser.parse_args()).model)
