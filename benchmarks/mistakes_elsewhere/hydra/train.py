import hydra
from model import step


@hydra.main(version_base=None, config_path=".", config_name="config")
def main(config):
    step(hydra.utils.instantiate(config.model))


main()
