"""`vfmc specs`: the zoo. One spec a system, each with the paper it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vfmc import api, resources
from vfmc.cli.common import Stop, write_text


@click.group("specs")
def command() -> None:
    """List, show and copy the specs of the zoo."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects with name and doc.")
def list_(as_json: bool) -> None:
    """The specs there are, with what they are."""
    found = {name: doc(name) for name in api.zoo_names()}
    if as_json:
        click.echo(json.dumps([{"name": name, "doc": text} for name, text in found.items()], indent=2))
        return
    width = max(map(len, found), default=0)
    for name, text in found.items():
        click.echo(f"{name:<{width}}  {text}")


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """The text of a spec."""
    click.echo(text_of(name), nl=False)


@command.command("copy")
@click.argument("name")
@click.argument("destination", required=False)
def copy(name: str, destination: str | None) -> None:
    """Copy a spec to a file of your own (NAME.yaml if you name none), which must not be there yet."""
    text = text_of(name)
    place = Path(destination or f"{name}.yaml")
    if place.is_dir():
        place = place / f"{name}.yaml"
    if place.exists():
        raise Stop(f"{place} is there already", "name another file: vfmc specs copy NAME FILE")
    write_text(place, text)
    click.echo(f"wrote {place}; now: vfmc lint {place}")


def text_of(name: str) -> str:
    """The text of a spec of the zoo; ends the command if there is none."""
    from vfmc.source.suggest import nearest

    if name not in api.zoo_names():
        near = nearest(name, api.zoo_names())
        raise Stop(
            f"the zoo has no spec `{name}`",
            f"did you mean `{near}`?" if near else "`vfmc specs list` shows them",
        )
    return resources.text("specs", f"{name}.yaml")


def doc(name: str) -> str:
    """What a spec says of itself."""
    from vfmc.source import Source
    from vfmc.syntax.read import read
    from vfmc.syntax.tree import Scalar

    tree, _ = read(Source(f"{name}.yaml", text_of(name)))
    found = tree.root.get("doc") if tree else None
    return " ".join(str(found.value).split()) if isinstance(found, Scalar) and found.value else ""
