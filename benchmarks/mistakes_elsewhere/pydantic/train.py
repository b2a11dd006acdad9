import yaml
from pydantic import BaseModel, ConfigDict, PositiveInt
from model import Encoder, step


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")
    width: PositiveInt = 64
    depth: PositiveInt = 2
    heads: PositiveInt = 4
    patch: PositiveInt = 4


step(Encoder(**Config(**yaml.safe_load(open("config.yaml"))).model_dump()))
