"""Finding and rendering templates: one per stage, loss, value, mask and op, and the helper parts that they call by name."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jinja2

from vfmc import resources
from vfmc.components import Component
from vfmc.components.registry import FOLDERS, plugins
from vfmc.emit.printer import TAKEN, class_name, literal, quote

DEFINITION = re.compile(r"^(?:class|def) (\w+)", re.MULTILINE)


@cache
def environment() -> jinja2.Environment:
    """Templates of ours first, then those of plug-ins, each under its own folder."""
    loaders: list[jinja2.BaseLoader] = [jinja2.FileSystemLoader(str(resources.path("templates")))]
    loaders += [jinja2.FileSystemLoader(str(place / "templates")) for _, place in plugins()]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Python, not HTML: strings go through `quote`
    )
    made.filters["quote"] = quote
    made.filters["literal"] = literal
    return made


@cache
def template(component: type[Component]) -> Any:
    """The template module of a component; None for those that make no code."""
    try:
        found = environment().get_template(f"{FOLDERS[component.kind]}/{component.component_name}.py.j2")
    except jinja2.TemplateNotFound:
        return None
    return found.module


def macro(component: Component, name: str, *arguments: Any) -> str | None:
    """A macro of the component's template, rendered; None if it has none of that name."""
    found = getattr(template(type(component)), name, None)
    return None if found is None else str(found(*arguments))


@cache
def _parts() -> dict[str, str]:
    """Helper parts by the names that they define."""
    found: dict[str, str] = {}
    for name in environment().list_templates(filter_func=lambda n: n.startswith("parts/")):
        source, _, _ = environment().loader.get_source(environment(), name)  # type: ignore[union-attr]
        for defined in DEFINITION.findall(source):
            found.setdefault(defined, name)
    return found


@cache
def taken() -> frozenset[str]:
    """Names that no class of a tower may have: those of helper parts and of what generated code imports."""
    return TAKEN | frozenset(_parts())


def helpers(
    code: str, uses: set[str], offered: list[str], known: set[str] | None = None
) -> list[tuple[str, str]]:
    """The helper definitions that `code` needs, with those they need themselves: (name, text), dependencies first.

    `offered` holds rendered definitions of components; `known` names what is defined elsewhere.
    """
    candidates: dict[str, str] = {}
    for text in offered:
        for chunk in chunks(text):
            candidates.setdefault(DEFINITION.findall(chunk)[0], chunk)
    done: dict[str, str] = {}
    skip = set(known or ())

    def visit(text: str) -> None:
        for word in dict.fromkeys(re.findall(r"(?<![\w.])[A-Za-z_]\w*", text)):
            if word in done or word in skip:
                continue
            if word in candidates:
                chunk = candidates[word]
            elif word in _parts():
                chunk = environment().get_template(_parts()[word]).render(uses=uses).strip("\n")
            else:
                continue
            skip.add(word)
            visit(_code(chunk))
            done[word] = chunk

    visit(_code(code))
    return list(done.items())


def chunks(text: str) -> list[str]:
    """A text of definitions, cut into one text each."""
    starts = [match.start() for match in DEFINITION.finditer(text)]
    starts = [text.rfind("@", 0, s) if re.search(r"\n@[^\n]+\n\Z", "\n" + text[:s]) else s for s in starts]
    return [text[a:b].strip("\n") for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _code(text: str) -> str:
    """The text without comments and docstrings, whose words are no uses."""
    return re.sub(r'"""(?:.|\n)*?"""|#[^\n]*', "", text)


def tower_class(name: str) -> str:
    """The class of a tower, of a copy, or of what a loss owns."""
    return class_name(name, taken())
