"""`vfmc diff`: how two specs differ, in what they say, what they mean, what they cost, and the code that they become."""

from __future__ import annotations

import json
from contextlib import nullcontext
from difflib import unified_diff
from typing import Any

import click

from vfmc.cli import facts
from vfmc.cli.breaking import old_spec
from vfmc.cli.common import compiled, level_option, open_spec
from vfmc.cli.main import CLEAN, FINDINGS
from vfmc.compiler import Compilation

PARTS = ("spec", "types", "cost", "code")
CODE = ("model.py", "objective.py", "data.py", "recipe.json")


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Only these parts; as often as wanted.")
@click.option("--format", "format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if they differ.")
@level_option
def command(old: str, new: str, only: tuple[str, ...], format: str, exit_code: bool, level: int) -> int:
    """Compare two specs: the resolved text, the types of towers, parameters and FLOPs, the generated code.

    OLD may be git:REF, the older state of NEW.
    """
    with old_spec(new, old) if old.startswith("git:") else nullcontext(open_spec(old)) as before:
        a, b = compiled(before, level), compiled(open_spec(new), level)
    found = {part: differences(part, a, b) for part in only or PARTS}
    if format == "json":
        click.echo(json.dumps({"schema_version": 1, **found}, indent=2, ensure_ascii=False))
    else:
        pages = [page for part, lines in found.items() if (page := _page(part, lines))]
        click.echo("\n".join(pages) if pages else "no difference", nl=not pages)
    return FINDINGS if exit_code and any(found.values()) else CLEAN


def differences(part: str, a: Compilation, b: Compilation) -> Any:
    """What differs in one part, empty if nothing does."""
    if part == "spec":
        return _lines("resolved.yaml", *(_text(work, "spec.yaml") for work in (a, b)))
    if part == "code":
        return {name: lines for name in CODE if (lines := _lines(name, _text(a, name), _text(b, name)))}
    one, other = facts.facts(a), facts.facts(b)
    if part == "types":
        towers = dict.fromkeys([*one["towers"], *other["towers"]])
        pairs = {
            name: [each["towers"].get(name, {}).get("signature") for each in (one, other)] for name in towers
        }
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    rows = {
        "parameters": [each["parameters"]["total"] for each in (one, other)],
        "trainable": [each["parameters"]["trainable"] for each in (one, other)],
        "forward FLOPs a sample": [each["flops_per_sample"]["forward"] for each in (one, other)],
        "training FLOPs a sample": [each["flops_per_sample"]["training"] for each in (one, other)],
        "bytes without activations": [each["memory"]["total"] for each in (one, other)],
    }
    return {name: pair for name, pair in rows.items() if pair[0] != pair[1]}


def _text(work: Compilation, name: str) -> str:
    assert work.package is not None
    return work.package.files[name]


def _lines(name: str, old: str, new: str) -> list[str]:
    return [
        line.rstrip("\n")
        for line in unified_diff(
            old.splitlines(), new.splitlines(), f"old/{name}", f"new/{name}", lineterm=""
        )
    ]


def _page(part: str, found: Any) -> str:
    """A part for people."""
    if not found:
        return ""
    if part == "spec":
        lines = found
    elif part == "code":
        lines = [line for each in found.values() for line in each]
    elif part == "types":
        lines = [
            line
            for name, (old, new) in found.items()
            for line in (f"- {name}: {old or 'not there'}", f"+ {name}: {new or 'gone'}")
        ]
    else:
        lines = [f"{name}: {old:,} -> {new:,} ({_change(old, new)})" for name, (old, new) in found.items()]
    return "\n".join([f"== {part}", *lines]) + "\n"


def _change(old: float, new: float) -> str:
    return f"{(new - old) / old:+.1%}" if old else "from nothing"
