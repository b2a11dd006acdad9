"""Specs made of others, one test a promise: `extends`, `without`, and overrides of the command line."""

from pathlib import Path

import pytest
from checking import BASE, changed, findings, graphs, only, program, stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def test_a_spec_changes_what_it_extends(folder: Path) -> None:
    made = program(
        "vfmc: 1\nname: child\nextends: base.yaml\nmasks: {half: {ratio: 0.75}}\ntrain: {batch: 4}\n",
        folder=folder,
    )
    assert made.name == "child" and made.train.batch == 4 and made.train.length.value == 2
    mask = next(v for v in made.phases[0].graph.values.values() if v.make == "mask")
    assert mask.component.ratio == 0.75 and mask.type.hidden == 12


def test_another_component_replaces_the_whole_call(folder: Path) -> None:
    made = program(
        "vfmc: 1\nname: child\nextends: base.yaml\ntrain: {optimizer: {use: sgd, lr: 0.1}}\n", folder=folder
    )
    assert made.train.optimizer.component_name == "sgd"


def test_a_list_is_replaced_and_not_merged(folder: Path) -> None:
    made = program(
        "vfmc: 1\nname: child\nextends: base.yaml\ntowers: {decoder: {pipe: [{use: restore, mask: half}, {use: mlp, hidden: [8], out: 48}]}}\n",
        folder=folder,
    )
    assert "decoder.mlp" in made.modules and "decoder.linear" not in made.modules


def test_a_spec_of_the_zoo_can_be_extended_without_a_folder() -> None:
    made = program("vfmc: 1\nname: mine\nextends: clip_tiny\nwithout: [eval.retrieval]\ntrain: {batch: 32}\n")
    assert made.train.batch == 32 and list(made.protocols) == ["zero_shot"]


def test_bases_may_have_bases(folder: Path) -> None:
    (folder / "middle.yaml").write_text("vfmc: 1\nname: middle\nextends: base.yaml\ntrain: {batch: 16}\n")
    made = program("vfmc: 1\nname: leaf\nextends: middle.yaml\n", folder=folder)
    assert (made.name, made.train.batch) == ("leaf", 16)


def test_without_takes_things_out(folder: Path) -> None:
    found = only("vfmc: 1\nname: child\nextends: base.yaml\nwithout: [masks.half]\n", folder=folder)
    assert found.code == "REF103" and "`half`" in found.message
    found = only("vfmc: 1\nname: child\nextends: base.yaml\nwithout: [masks.hlf]\n", folder=folder)
    assert found.span.text == "hlf" and found.help == "did you mean `half`?"


def test_nothing_in_the_place_of_what_a_base_has_is_told_what_takes_it_out(folder: Path) -> None:
    text = "vfmc: 1\nname: child\nextends: clip_tiny\neval: {zero_shot: null}\n"
    found = only(text, folder=folder)
    assert found.code == "REF118" and "without: [SECTION.NAME]" in found.help
    out = program("vfmc: 1\nname: child\nextends: clip_tiny\nwithout: [eval.zero_shot]\n", folder=folder)
    assert "zero_shot" not in out.protocols


def test_a_mistake_in_a_base_shows_in_the_file_of_the_base(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASE.replace("depth: 2", "depht: 2"))
    found = only("vfmc: 1\nname: child\nextends: base.yaml\n", folder=folder)
    assert found.span.source.name.endswith("base.yaml") and found.span.text == "depht"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("base.yml", "there is no spec"),
        ("../base.yaml", "may not leave the folder"),
        ("/etc/passwd", "may not leave the folder"),
        ("https://example.org/spec.yaml", "may not leave the folder"),
        ("clip_tny", "there is no spec"),
        ('""', "there is no spec"),
        ("x" * 500, "there is no spec"),
        ("[base.yaml]", "names one spec"),
    ],
)
def test_a_base_that_is_none_is_one_finding(folder: Path, name: str, says: str) -> None:
    found = findings(f"vfmc: 1\nname: child\nextends: {name}\n", folder=folder)
    assert found[0].code == "REF112" and says in found[0].message
    assert found[0].help


def test_specs_that_extend_one_another_are_a_cycle(folder: Path) -> None:
    (folder / "a.yaml").write_text("vfmc: 1\nname: a\nextends: b.yaml\n")
    (folder / "b.yaml").write_text("vfmc: 1\nname: b\nextends: a.yaml\n")
    found = [
        each
        for each in findings("vfmc: 1\nname: c\nextends: a.yaml\n", folder=folder)
        if each.code == "REF109"
    ]
    assert len(found) == 1 and "extends itself" in found[0].message


def test_a_link_that_leads_out_of_the_folder_is_no_base(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text(BASE)
    (folder / "inside.yaml").symlink_to(outside)
    assert findings("vfmc: 1\nname: child\nextends: inside.yaml\n", folder=folder)[0].code == "REF112"


def test_overrides_find_their_place_by_the_short_address() -> None:
    made = program(
        BASE,
        {
            "half.ratio": 0.75,
            "encoder.blocks.depth": 1,
            "towers.encoder.frozen": True,
            "train.optimizer.lr": 0.5,
        },
    )
    assert stage(made, "encoder", "blocks").depth == 1
    assert made.modules["encoder.patches"].frozen and not made.modules["decoder.linear"].frozen
    assert made.train.optimizer.lr == 0.5
    assert next(v for v in made.phases[0].graph.values.values() if v.make == "mask").component.ratio == 0.75


def test_an_address_may_be_qualified_by_its_section() -> None:
    assert graphs(program(BASE, {"masks.half.ratio": 0.25})) == graphs(program(BASE, {"half.ratio": 0.25}))


def test_a_stage_without_arguments_can_be_given_some() -> None:
    assert stage(program(BASE, {"encoder.layernorm.epsilon": 1e-5}), "encoder", "layernorm").epsilon == 1e-5


def test_a_stage_is_addressed_by_its_label_or_its_place() -> None:
    text = changed(
        ("      - layernorm\n", "      - {use: layernorm, as: one}\n      - {use: layernorm, as: two}\n")
    )
    for address in ("encoder.two.epsilon", "encoder.6.epsilon", "encoder.pipe.6.epsilon"):
        made = program(text, {address: 1e-5})
        assert [stage(made, "encoder", name).epsilon for name in ("one", "two")] == [1e-6, 1e-5]
    assert "say which by its label" in only(text, {"encoder.layernorm.epsilon": 1e-5}).help


@pytest.mark.parametrize(
    ("address", "word", "meant"),
    [
        ("hlf.ratio", "hlf", "half"),
        ("half.ration", "ration", "ratio"),
        ("masks.hlf.ratio", "hlf", "half"),
        ("encoder.blokcs.depth", "blokcs", "blocks"),
        ("encoder.blocks.depht", "depht", "depth"),
        ("encoder.frzen", "frzen", "frozen"),
        ("train.bacth", "bacth", "batch"),
        ("train.optimizer.lrr", "lrr", "lr"),
    ],
)
def test_a_misspelt_address_of_an_override_shows_at_its_part(address: str, word: str, meant: str) -> None:
    found = only(BASE, {address: 1})
    assert found.span.text == word and f"`{meant}`" in found.help
    assert found.span.source.name == "<overrides>"


def test_a_value_of_an_override_that_does_not_fit_shows_at_the_value() -> None:
    found = only(BASE, {"half.ratio": 1.5})
    assert (found.span.text, found.code) == ("1.5", "REF118")
