"""The JSON Schema that editors use, checked by somebody else's validator."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from checking import ALL, ZOO
from conftest import ROOT, Command

from vfmc.components import registry
from vfmc.components.schema import schema

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator() -> Any:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def spec(name: str) -> Any:
    return yaml.safe_load((ZOO / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ALL)
def test_every_spec_of_the_zoo_is_valid(validator: Any, name: str) -> None:
    assert [error.message for error in validator.iter_errors(spec(name))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["trian"], {}),
        (["vfmc"], 2),
        (["towers", "vision", "pip"], []),
        (["towers", "vision", "pipe", 0, "heds"], 4),
        (["towers", "vision", "pipe", 0, "depth"], "four"),
        (["towers", "vision", "pipe", 0, "depth"], 0),
        (["losses", "clip", "use"], "contrastiv"),
        (["losses", "clip", "temperature"], 0.1),
        (["train", "batch"], "many"),
        (["train", "optimizer", "betas"], [0.9]),
        (["train", "for"], "40 epoch of training"),
        (["views", "crop", "use"], "padded_corp"),
        (["eval", "zero_shot", "k"], 3),
    ],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, list) else None,
)
def test_a_mistake_is_seen(validator: Any, path: list[Any], value: Any) -> None:
    broken = spec("clip_tiny")
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not validator.is_valid(broken)


def test_every_component_and_argument_explains_itself() -> None:
    made = schema()["$defs"]
    for kind in (
        "input",
        "view",
        "mask",
        "stage",
        "loss",
        "source",
        "protocol",
        "optimizer",
        "schedule",
        "clip",
        "tokenizer",
    ):
        for name in registry.names(kind):
            definition = made[f"{kind}.{name}"]
            assert definition["description"], name
            for argument, facts in definition["properties"].items():
                assert argument == "use" or facts.get("description"), f"{kind} {name}: {argument}"


def properties(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every property that the schema describes, wherever it stands."""
    if isinstance(node, dict):
        own = node.get("properties") if node.get("type") == "object" else None
        yield from (((*path, name), facts) for name, facts in (own or {}).items())
        for key, inner in node.items():
            yield from properties(inner, (*path, key))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from properties(inner, (*path, index))


def test_every_property_and_every_definition_explains_itself() -> None:
    made = schema()
    found = list(properties(made))
    names = {path[-1] for path, _ in found}
    assert {
        "vfmc",
        "train",
        "data",
        "parallel",
        "profile",
        "batch",
        "with",
        "workers",
        "use",
        "weight",
    } <= names
    assert len(found) > 500
    assert [path for path, facts in found if not str(facts.get("description", "")).strip()] == []
    assert [name for name, facts in made["$defs"].items() if not facts.get("description")] == []


def test_the_command_prints_it(vfmc: Command) -> None:
    assert json.loads(vfmc("schema").out) == json.loads(json.dumps(schema()))


def test_the_schema_of_the_repository_is_fresh() -> None:
    kept = (ROOT / "grammar" / "vfmc-1.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == json.loads(json.dumps(schema())), "run `make docs`"
