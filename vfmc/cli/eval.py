"""`vfmc eval`: the evaluations that a spec asks for, on a trained run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from vfmc.cli.common import device_option, runtime

HEADLINES = (
    "exact",
    "chance",
    "top1",
    "top5",
    "loss",
    "baseline",
    "explained",
    "image_to_text",
    "text_to_image",
)


@click.command("eval")
@click.argument("run")
@click.option(
    "--only", multiple=True, metavar="NAME", help="This evaluation alone; several if given several times."
)
@click.option("--data", metavar="PATH", help="Measure on this instead of the data that the spec names.")
@click.option(
    "--step", type=click.IntRange(min=0), help="The checkpoint of this step; the newest if not given."
)
@device_option
@click.option("--json", "as_json", is_flag=True, help="All numbers, as JSON.")
def command(
    run: str, only: tuple[str, ...], data: str | None, step: int | None, device: str, as_json: bool
) -> None:
    """Measure a trained run on held-out data. Results are kept in RUN/eval, pictures in RUN/pictures."""
    with runtime():
        from vfmc.runtime.evaluate import evaluate

        results = evaluate(run, only or None, device, step=step, data=data)
    if as_json:
        click.echo(json.dumps(results, indent=2, ensure_ascii=False))
        return
    if not results:
        click.echo("the spec asks for no evaluation: name some under `eval`")
    for name, result in results.items():
        if "not_measured" in result:
            click.echo(f"{name}: not measured: {result['not_measured']}")
            continue
        click.echo(f"{name}: {headline(result)}")
        for picture in result.get("pictures") or []:
            click.echo(f"  picture: {Path(run) / 'pictures' / picture}")
        if result.get("held_out") is False:
            click.echo("  note: training may have seen these samples")


def headline(result: dict[str, Any]) -> str:
    """The numbers of an evaluation that people look at first."""
    words = []
    for key in HEADLINES:
        value = result.get(key)
        if isinstance(value, dict):
            inner = ", ".join(
                f"{word} {number:.1%}" for word, number in value.items() if isinstance(number, float)
            )
            words.append(f"{key.replace('_', ' ')} {inner}")
        elif isinstance(value, int | float):
            words.append(
                f"{key} {value:.1%}"
                if key in ("exact", "chance", "top1", "top5", "explained")
                else f"{key} {value:.4f}"
            )
    return ", ".join([*words, f"{result['samples']:,} samples"] if "samples" in result else words)
