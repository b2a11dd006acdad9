from mmengine import Config, Registry
from model import Encoder, step

MODELS = Registry("model")
MODELS.register_module(module=Encoder)
step(MODELS.build(Config.fromfile("config.py").model))
