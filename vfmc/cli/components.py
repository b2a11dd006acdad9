"""`vfmc components`: the words of the language, as their own declarations explain them."""

from __future__ import annotations

import inspect
import json
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click

from vfmc.cli.common import Stop
from vfmc.components import Component, Name, Nested, Operand, Raw, registry

SECTIONS = (
    "train",
    "phase",
    "group",
    "options",
    "data",
    "parallel",
    "profile",
)  # settings: mappings without `use`
KINDS = [
    *(kind for kind in registry.FOLDERS if kind != "op"),
    "section",
]  # operations are made by passes, not written


@click.group("components")
def command() -> None:
    """List and explain the words of the language."""


@command.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="A list of objects with kind, name and doc.")
def list_(kind: str | None, as_json: bool) -> None:
    """The components there are, or those of one KIND: input, view, mask, stage, loss ..."""
    kinds = [_kind(kind)] if kind else KINDS
    found = [(each, name, summary(_find(each, name))) for each in kinds for name in names(each)]
    if as_json:
        click.echo(
            json.dumps([{"kind": k, "name": n, "doc": d} for k, n, d in found], indent=2, ensure_ascii=False)
        )
        return
    width = max((len(name) for _, name, _ in found), default=0)
    for index, each in enumerate(kinds):
        click.echo(("\n" if index else "") + click.style(each, bold=True))
        for _, name, text in [row for row in found if row[0] == each]:
            click.echo(f"  {name:<{width}}  {text}")


@command.command("show")
@click.argument("name")
@click.option("--kind", help="The kind, where a name has several.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, one a kind.")
def show(name: str, kind: str | None, as_json: bool) -> None:
    """What a component is, what it takes, and an example."""
    kinds = [each for each in ([_kind(kind)] if kind else KINDS) if name in names(each)]
    if not kinds:
        raise _unknown(name, kind)
    found = [describe(each, name) for each in kinds]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    click.echo("\n\n".join(_page(each) for each in found))


def describe(kind: str, name: str) -> dict[str, Any]:
    """A component as plain data: its kind, name, documentation, arguments and example."""
    cls = _find(kind, name)
    markers = cls.markers()
    arguments = [
        {
            "name": argument,
            "takes": _takes(info, markers.get(argument)),
            "required": info.is_required(),
            **({} if info.is_required() else {"default": _plain(info.default)}),
            "help": info.description or "",
        }
        for argument, info in cls.arguments().items()
    ]
    return {
        "kind": kind,
        "name": name,
        "doc": inspect.getdoc(cls) or "",
        "arguments": arguments,
        "example": cls.example,
    }


def names(kind: str) -> tuple[str, ...]:
    """The components of a kind."""
    return SECTIONS if kind == "section" else registry.names(kind)


def summary(cls: type[Component]) -> str:
    """The first line of a component's documentation."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def _page(found: dict[str, Any]) -> str:
    lines = [
        f"{click.style(found['name'], bold=True)}, {'an' if found['kind'][0] in 'aio' else 'a'} {found['kind']}"
    ]
    lines += ["", found["doc"], ""]
    if found["arguments"]:
        names = max(len(each["name"]) for each in found["arguments"])
        lines.append("arguments")
        for each in found["arguments"]:
            state = "required" if each["required"] else f"default {_word(each['default'])}"
            lines.append(
                f"  {each['name']:<{names}}  {each['takes']}; {state}"
                + (f". {each['help'][:1].upper()}{each['help'][1:]}" if each["help"] else "")
            )
        lines.append("")
    lines.append(f"example  {found['example']}")
    return "\n".join(lines)


def _takes(info: Any, marker: Any) -> str:
    if isinstance(marker, Operand):
        words = " or ".join(each.word for each in marker.types)
        return f"{words}, or a list of them" if marker.many else words
    if isinstance(marker, Name):
        return f"the name of a {marker.kind}"
    if isinstance(marker, Nested):
        kind = "settings" if marker.kind.startswith("section:") else f"a {marker.kind}"
        plain = [each for each in _words(info.annotation) if each]
        return " or ".join([f"{kind}, or a list of them" if marker.many else kind, *plain])
    if isinstance(marker, Raw):
        return "a selector or a mapping of addresses"
    return " or ".join(_words(info.annotation)) or "a value"


def _words(annotation: Any) -> list[str]:
    """A Python annotation in words of the language."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner = get_args(annotation)[0]
        return ["a duration"] if getattr(inner, "__name__", "") == "Duration" else _words(inner)
    if origin is Literal:
        return [" | ".join(map(str, get_args(annotation)))]
    if origin in (Union, types.UnionType):
        return list(dict.fromkeys(word for each in get_args(annotation) for word in _words(each)))
    if origin in (list, tuple):
        inner_words = (
            [word.removeprefix("a ").removeprefix("an ") for word in _words(get_args(annotation)[0])]
            if get_args(annotation)
            else []
        )
        return [f"a list of {inner_words[0]}s"] if inner_words else ["a list"] if origin is list else []
    if origin is dict:
        return ["a mapping"]
    named = {int: "an integer", float: "a number", str: "a text", bool: "true | false", type(None): "none"}
    if getattr(annotation, "__name__", "") == "Duration":
        return ["a duration"]
    return [named[annotation]] if annotation in named else []


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | list | type(None)) else str(value)


def _word(value: Any) -> str:
    return (
        {None: "none", True: "true", False: "false"}.get(value, "")
        if value is None or isinstance(value, bool)
        else str(value)
    )


def _find(kind: str, name: str) -> type[Component]:
    cls = registry.section(name) if kind == "section" else registry.find(kind, name)
    assert cls is not None, f"{kind} {name} is listed and cannot be found"
    return cls


def _kind(word: str) -> str:
    from vfmc.source.suggest import nearest

    if word in KINDS:
        return word
    plural = next((kind for kind in KINDS if word == registry.FOLDERS.get(kind, "sections")), None)
    if plural:
        return plural
    near = nearest(word, KINDS)
    raise Stop(
        f"there is no kind `{word}`",
        f"did you mean `{near}`?" if near else f"it is one of {', '.join(KINDS)}",
    )


def _unknown(name: str, kind: str | None) -> Stop:
    from vfmc.source.suggest import nearest

    known = {each for k in KINDS for each in names(k) if kind in (None, k)}
    near = nearest(name, known)
    return Stop(
        f"there is no component `{name}`",
        f"did you mean `{near}`?" if near else "`vfmc components list` shows them",
    )
