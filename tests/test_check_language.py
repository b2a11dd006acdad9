"""What the language promises of values, one test a promise: both spellings, bare names, fields, labels, lists."""

import pytest
from checking import ALL, BASE, ZOO, as_dsl, changed, findings, graphs, only, program

from vfmc.api import Spec
from vfmc.source import Severity, Source
from vfmc.types import Views

TWO_VIEWS = changed(
    ("of: image, size: 16}", "of: image, size: 16}\n  pair: {use: center_crop, of: image, size: 16, count: 2}\n  one: {use: center_crop, of: image, size: 8}"),
    text=BASE,
)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_both_spellings_mean_the_same(name: str) -> None:
    text = (ZOO / f"{name}.yaml").read_text(encoding="utf-8")
    other = Spec(Source(f"{name}.vfm", as_dsl(text)), ZOO)
    assert not other.check()
    assert graphs(other.program) == graphs(program(name))
    assert other.program.resolved == program(name).resolved


def test_a_bare_name_is_a_call_with_defaults() -> None:
    text = (ZOO / "clip_tiny.yaml").read_text()
    start = text.index("scale: {use: learned")
    text = text[:start] + "scale: learned" + text[text.index("\n", start) :]
    assert "clip.scale" in program(text).modules


def test_a_label_is_a_field_an_address_and_a_weight_name() -> None:
    text = changed(("depth: 2, heads: 2}", "depth: 2, heads: 2, as: early}"))
    text = changed(
        (
            "losses:\n",
            "  reader: {from: encoder.early, pipe: [mean, {use: linear, out: 4}, l2norm]}\nlosses:\n",
        ),
        text=text,
    )
    text += "\nexport: {reader: encoder}\n"
    made = program(text, {"encoder.early.depth": 1})
    assert "encoder.early" in made.modules and "encoder.blocks" not in made.modules


def test_tokens_have_fields() -> None:
    text = changed(
        (
            "losses:\n",
            "values:\n  token: encoder.cls\n  rest: {use: encoder, of: crop, field: patches}\nlosses:\n",
        )
    )
    values = program(text).phases[0].graph.values.values()
    assert {"encoder_cls", "encoder_patches"} <= {v.name for v in values}


@pytest.mark.parametrize(("field", "near"), [("csl", "cls"), ("paches", "patches")])
def test_a_misspelt_field_is_told_with_the_nearest(field: str, near: str) -> None:
    found = only(changed(("losses:\n", f"values:\n  token: encoder.{field}\nlosses:\n")))
    assert (found.code, found.help) == ("REF107", f"did you mean `{near}`?")
    assert found.span.text == field


def test_a_tower_maps_over_a_list() -> None:
    text = changed(("losses:\n", "values:\n  both: {use: encoder, of: pair}\nlosses:\n"), text=TWO_VIEWS)
    scopes = program(text).phases[0].graph.scopes.values()
    assert [scope.views for scope in scopes if scope.tower == "encoder"].count(2) == 1


def test_lists_of_one_declaration_zip() -> None:
    text = changed(("masks:\n", "masks:\n  many: {use: random, of: pair, ratio: 0.5}\n"), text=TWO_VIEWS)
    text = changed(
        ("losses:\n", "values:\n  both: {use: encoder, of: pair, hide: many}\nlosses:\n"), text=text
    )
    graph = program(text).phases[0].graph
    mask = next(v for v in graph.values.values() if v.name == "many")
    assert isinstance(mask.type, Views) and mask.type.item.hidden == 8


def test_lists_of_different_declarations_do_not_zip() -> None:
    text = changed(("masks:\n", "masks:\n  many: {use: random, of: pair, ratio: 0.5}\n"), text=TWO_VIEWS)
    found = only(
        changed(("losses:\n", "values:\n  both: {use: encoder, of: crop, hide: many}\nlosses:\n"), text=text)
    )
    assert found.code == "SHP214" and "lists zip only" in found.help


def test_a_list_inside_of_a_pipe_zips_with_what_the_tower_is_mapped_over() -> None:
    text = changed(("masks:\n", "masks:\n  many: {use: random, of: pair, ratio: 0.5}\n"), text=TWO_VIEWS)
    captured = changed(
        (
            "losses:\n",
            "  other: {pipe: [{use: patches, size: 4, width: 16}, {use: drop, mask: many}]}\nlosses:\n",
        ),
        text=text,
    )
    good = changed(("losses:\n", "values:\n  both: {use: other, of: pair}\nlosses:\n"), text=captured)
    assert not [each for each in findings(good) if each.severity is Severity.ERROR]
    assert (
        only(changed(("losses:\n", "values:\n  both: {use: other, of: crop}\nlosses:\n"), text=captured)).code
        == "SHP214"
    )


def test_a_loss_of_single_values_takes_no_list() -> None:
    text = changed(
        (
            "prediction: {use: decoder, of: {use: encoder, of: crop, hide: half}}",
            "prediction: {use: encoder, of: pair}",
        ),
        text=TWO_VIEWS,
    )
    found = only(text)
    assert (found.code, found.message) == ("REF105", "`prediction` takes one value, not a list")
