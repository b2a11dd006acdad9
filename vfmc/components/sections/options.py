"""What may be said of a tower with `with`."""

from vfmc.components import Component, Finding, arg, nested


class Init(Component):
    """Weights to begin with."""

    kind = "section"
    example = '{path: "weights.safetensors", skip: [vision.linear]}'
    path: str = arg(help="a safetensors file, or the folder of an earlier run")
    layout: str | None = arg(
        None,
        alias="from",
        help="how another library calls the weights: open_clip, timm, hf, mae, dino ... (docs/weights.md)",
    )
    tower: str | None = arg(None, help="the tower's name in that file, where it is another")
    skip: list[str] = arg([], help="weights that are left as they are: names or their beginnings")

    def consistent(self) -> None:
        if "://" in self.path:
            raise Finding(
                "weights are a file here, not an address on the network",
                argument="path",
                code="REF118",
                help="download the file first, and write its path: vfmc opens no connection",
            )


class Options(Component):
    """What may be said of a tower with `with`."""

    kind = "section"
    example = "{frozen: true}"
    frozen: bool = arg(False, help="its weights do not move: eval mode, no gradient, no optimiser state")
    init: str | Init | None = nested(
        "section:options.Init", None, help="weights to begin with: a safetensors file or an earlier run"
    )
