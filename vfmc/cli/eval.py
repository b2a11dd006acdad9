"""`vfmc eval`: the evaluations that a spec asks for, on a trained run."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
)
SHARES = ("exact", "chance", "top1", "top5", "explained")


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
        for line in pairs(result):
            click.echo(f"  {line}")
        for picture in result.get("pictures") or []:
            click.echo(f"  picture: {Path(run) / 'pictures' / picture}")
        if result.get("held_out") is False:
            click.echo("  note: training may have seen these samples")


def headline(result: dict[str, Any]) -> str:
    """The numbers of an evaluation that people look at first."""
    words = []
    for key in HEADLINES:
        if isinstance(value := result.get(key), int | float):
            words.append(f"{key} {value:.1%}" if key in SHARES else f"{key} {value:.4f}")
    words += [f"{way.replace('_', ' ')} {recalls(found)}" for way, found in result.items() if "_to_" in way]
    if "untrained" in result:
        words.append(f"untrained top1 {result['untrained']['top1']:.1%}")
    words += [f"{result['samples']:,} samples"] if "samples" in result else []
    return ", ".join(
        [*words, f"{result['lacking']:,} without these inputs"] if "lacking" in result else words
    )


def recalls(found: dict[str, Any]) -> str:
    """R@1, R@5 and R@10 of a direction."""
    return ", ".join(f"{word} {number:.1%}" for word, number in found.items() if word.startswith("R@"))


def pairs(result: dict[str, Any]) -> Iterator[str]:
    """A line for every pair of towers: R@10 both ways, beside what named factors allow, chance and the untrained model."""
    untrained = result.get("untrained", {}).get("pairs", {})
    for name, pair in result.get("pairs", {}).items():
        ways = [f"{way.replace('_', ' ')} R@10 {pair[way]['R@10']:.1%}" for way in pair["ways"]]
        beside = [f"by named factors {pair['ceiling']['R@10']:.1%}"] if "ceiling" in pair else []
        beside.append(f"chance {pair['chance']['R@10']:.1%}")
        if name in untrained:
            both = " and ".join(f"{untrained[name][way]['R@10']:.1%}" for way in pair["ways"])
            beside.append(f"untrained {both}")
        how = "trained" if pair["trained"] else "never trained"
        yield f"{', '.join(ways)} ({how}; {', '.join(beside)})"
