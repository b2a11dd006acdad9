"""JSON Schema of the language's YAML spelling: what editors complete and explain, made from the components' own declarations.

It is broader than the check, which alone knows names and types: a text may always be a constant `$name`, a value may be a call of any tower.
"""

from __future__ import annotations

import inspect
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from vfmc.components import Component, Duration, Name, Nested, Operand, Raw, about, registry

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
LIMITS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "min_length": "minItems", "max_length": "maxItems",
}  # fmt: skip
CONSTANT = {"type": "string", "pattern": r"^\$[A-Za-z]\w*$", "description": "a constant that `let` gives"}
NAME = r"^[A-Za-z]\w*$"
EXPRESSION = {"$ref": "#/$defs/expression"}


def schema() -> Schema:
    """The schema of a whole spec."""
    made = _Maker()
    sections: dict[str, Schema] = {
        "vfmc": {"const": 1},
        "name": {"type": "string", "pattern": NAME},
        "doc": {"type": ["string", "null"]},
        "extends": {"type": "string"},
        "without": {"type": "array", "items": {"type": "string"}},
        "let": {"type": ["object", "null"]},
        "renamed": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "inputs": _named(made.call("input")),
        "views": _named(made.call("view")),
        "masks": _named(made.call("mask")),
        "towers": _named({"$ref": "#/$defs/tower"}),
        "values": _named(EXPRESSION),
        "losses": _named(made.call("loss")),
        "sources": _named(made.call("source")),
        "eval": _named(made.call("protocol")),
        "export": _named({"type": "string"}),
        **{name: made.section(name) for name in ("train", "data", "parallel", "profile")},
    }
    sections = {name: {"description": about.ROOT[name], **found} for name, found in sections.items()}
    return {
        "$schema": DRAFT,
        "$id": "vfmc-1.schema.json",
        "title": "A spec of vfmc, version 1",
        "type": "object",
        "required": ["vfmc", "name"],
        "additionalProperties": False,
        "properties": sections,
        "$defs": {
            "constant": CONSTANT,
            "expression": _expression(),
            "tower": _tower(made),
            **dict(sorted(made.definitions.items())),
        },
    }


def _named(entry: Schema) -> Schema:
    return {
        "anyOf": [
            {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": entry},
            {"type": "null"},
        ],
    }


def _expression() -> Schema:
    """A value: a name with fields, a call, a list of values."""
    use = {"type": "string", "description": about.CALL}
    call = {"type": "object", "required": ["use"], "properties": {"use": use}}
    return {
        "description": "a value: a name with its fields, a call, or a list of values",
        "anyOf": [
            {"type": "string"},
            call,
            {"type": "array", "items": EXPRESSION, "minItems": 1},
            {"type": "null"},
        ],
    }


def _tower(made: _Maker) -> Schema:
    stage = made.call("stage", towers=True)
    pipe = {
        "anyOf": [{"type": "array", "items": stage, "minItems": 1}, stage],
    }
    whole = {
        "type": "object",
        "required": ["pipe"],
        "additionalProperties": False,
        "properties": {
            name: {"description": about.TOWER[name], **found}
            for name, found in (
                ("takes", {"type": "object", "additionalProperties": EXPRESSION}),
                ("from", EXPRESSION),
                ("pipe", pipe),
                ("with", made.section("options", "Options")),
            )
        },
    }
    part = {key: value for key, value in whole.items() if key != "required"}  # of a spec that extends another
    return {
        "description": "a tower: a pipe of stages, with what it takes",
        "anyOf": [part, {"type": "array", "items": stage, "minItems": 1}],
    }


class _Maker:
    """Definitions of components as they are met."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def call(self, kind: str, towers: bool = False) -> Schema:
        """A reference to `a component of this kind`: its bare name, or a mapping with `use`."""
        key = f"{kind}{'_or_tower' * towers}"
        if key not in self.definitions:
            self.definitions[key] = {}  # a component may hold others of its kind
            names = list(registry.names(kind))
            options = []
            for name in names:
                cls = registry.find(kind, name)
                assert cls is not None
                self.definitions[f"{kind}.{name}"] = self.component(cls, name)
                options.append(
                    {
                        "if": {"properties": {"use": {"const": name}}},
                        "then": {"$ref": f"#/$defs/{kind}.{name}"},
                    }
                )
            known: Schema = {"type": "string", "enum": names}
            word = (
                {"anyOf": [known, {"type": "string", "pattern": NAME}]}
                if towers
                else {"anyOf": [known, {"$ref": "#/$defs/constant"}]}
            )
            use = {"anyOf": [known, {"type": "string", "pattern": NAME}]} if towers else known
            use = {**use, "description": about.CALL if towers else about.BESIDE["use"]}
            mapping = {"type": "object", "required": ["use"], "properties": {"use": use}, "allOf": options}
            loose = {
                "type": "object",
                "not": {"required": ["use"]},
            }  # what a spec that extends another changes of a call
            self.definitions[key] = {"description": about.KINDS[kind], "anyOf": [word, mapping, loose]}
        return {"$ref": f"#/$defs/{key}"}

    def component(self, cls: type[Component], name: str) -> Schema:
        """The mapping form of one component: its documentation and its arguments."""
        found = self.arguments(cls)
        doc = inspect.cleandoc(cls.__doc__ or "")
        use = {"const": name, "description": doc.partition("\n")[0]}
        found["properties"] = {"use": use, **found["properties"]}
        for key in cls.outside:
            found["properties"].setdefault(key, {"description": about.BESIDE[key]})
        return {
            "description": doc,
            "examples": [cls.example] if cls.example else [],
            **found,
        }

    def section(self, module: str, name: str = "") -> Schema:
        """Settings: a mapping without `use`."""
        cls = registry.section(f"{module}.{name}" if name else module)
        key = f"section.{cls.__name__.lower()}"
        if key not in self.definitions:
            self.definitions[key] = {}
            self.definitions[key] = {
                "description": inspect.cleandoc(cls.__doc__ or ""),
                **self.arguments(cls),
            }
        return {"$ref": f"#/$defs/{key}"}

    def arguments(self, cls: type[Component]) -> Schema:
        markers = cls.markers()
        properties = {name: self.argument(info, markers.get(name)) for name, info in cls.arguments().items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def argument(self, info: Any, marker: object) -> Schema:
        """One argument: what it takes, what it is for, its default."""
        if isinstance(marker, Operand):
            found: Schema = {"$ref": "#/$defs/expression"}
        elif isinstance(marker, Raw):
            found = {}
        elif isinstance(marker, Name):
            word = {"type": "string"}
            found = {"anyOf": [word, {"type": "array", "items": word}]} if marker.many else word
        elif isinstance(marker, Nested):
            inner = (
                self.section(*marker.kind.removeprefix("section:").split("."))
                if marker.kind.startswith("section:")
                else self.call(marker.kind)
            )
            literals = [part for part in _alternatives(info.annotation) if not _is_component(part)]
            inner = {"type": "array", "items": inner} if marker.many else inner
            found = {"anyOf": [inner, *map(self.plain, [] if marker.many else literals)]}
        else:
            found = self.plain(info.annotation, info.metadata)
        if not isinstance(marker, Operand | Raw | Name):
            found = {"anyOf": [found, {"$ref": "#/$defs/constant"}]}
        facts = {"description": info.description} if info.description else {}
        if (
            not info.is_required()
            and isinstance(info.default, bool | int | float | str | list)
            and info.default != []
        ):
            facts["default"] = info.default
        return {**found, **facts}

    def plain(self, annotation: Any, metadata: Any = ()) -> Schema:
        """A type of Python as a schema."""
        origin = get_origin(annotation)
        if origin is Annotated:
            inner, *more = get_args(annotation)
            limits = [part for item in more for part in getattr(item, "metadata", [item])]
            return self.plain(inner, [*metadata, *limits])
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.plain(part, metadata) for part in get_args(annotation)]}
        if origin is Literal:
            return {"enum": list(get_args(annotation))}
        if origin in (list, tuple):
            return {
                "type": "array",
                "items": self.plain(get_args(annotation)[0]),
                **_limits(metadata, ("min_length", "max_length")),
            }
        if origin is dict:
            return {"type": "object", "additionalProperties": self.plain(get_args(annotation)[1])}
        if annotation is Duration:
            return {"type": "string", "pattern": r"^[0-9._eE+]+ *(epochs?|steps?|samples?|tokens?|hours?|%)$"}
        word = {
            bool: "boolean",
            int: "integer",
            float: "number",
            str: "string",
            type(None): "null",
            dict: "object",
            list: "array",
        }.get(annotation)
        if word is None:
            return {}
        return {
            "type": word,
            **(_limits(metadata, ("ge", "gt", "le", "lt")) if word in ("integer", "number") else {}),
        }


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return list(get_args(annotation))
    return [annotation]


def _is_component(annotation: Any) -> bool:
    if get_origin(annotation) in (list, tuple):
        return _is_component(get_args(annotation)[0])
    return isinstance(annotation, type) and issubclass(annotation, Component)


def _limits(metadata: Any, names: tuple[str, ...]) -> Schema:
    """The bounds among pydantic's metadata."""
    return {
        LIMITS[name]: getattr(part, name)
        for part in metadata
        for name in names
        if getattr(part, name, None) is not None
    }
