"""`vfmc caption`: what a trained model writes of pictures."""

from __future__ import annotations

import click

from vfmc.cli.common import device_option, runtime

EPILOG = """\b
  vfmc caption runs/coca four.png seven.png
  vfmc caption runs/coca *.png --top-k 5 --seed 1
"""


@click.command("caption", epilog=EPILOG)
@click.argument("run")
@click.argument("files", nargs=-1, required=True)
@click.option("--loss", metavar="NAME", help="The loss that taught it to write, where there are several.")
@click.option(
    "--top-k",
    type=click.IntRange(min=1),
    help="Draw each word from the K likeliest; without it, the likeliest is taken.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    default=1.0,
    show_default=True,
    help="With --top-k: below 1 for likelier words, above 1 for rarer ones.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="With --top-k: of the draws.")
@click.option(
    "--step", type=click.IntRange(min=0), help="The checkpoint of this step; the newest if not given."
)
@device_option
def command(
    run: str, files: tuple[str, ...], loss: str | None, top_k: int | None, temperature: float, seed: int,
    step: int | None, device: str,
) -> None:  # fmt: skip
    """Write a caption for each of FILES with a trained run: a line each, the file and its caption with a tab between."""
    with runtime():
        from vfmc.runtime.trained import open_run

        model = open_run(run, device, step)
        captions = model.generate(list(files), loss, top_k=top_k, temperature=temperature, seed=seed)
    for file, caption in zip(files, captions, strict=True):
        click.echo(f"{file}\t{caption}")
