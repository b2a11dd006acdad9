"""What the language promises, one test a promise: inheritance, constants, overrides, labels, lists, sharing, roles, phases, selectors."""

from pathlib import Path

import pytest
from checking import ALL, BASE, ZOO, as_dsl, changed, findings, graphs, only, program

from vfmc.api import Spec
from vfmc.check.selectors import select
from vfmc.components.schedules.cosine import Cosine
from vfmc.graph.program import Program
from vfmc.source import Severity, Source
from vfmc.syntax.tree import mapping, scalar, sequence
from vfmc.types import Views

TWO_VIEWS = changed(
    ("of: image, size: 16}", "of: image, size: 16}\n  pair: {use: center_crop, of: image, size: 16, count: 2}\n  one: {use: center_crop, of: image, size: 8}"),
    text=BASE,
)  # fmt: skip


def stage(made, tower: str, name: str):
    """The component of a stage, as the graph of the first phase applies it."""
    return next(
        v.component
        for v in made.phases[0].graph.values.values()
        if v.name == name and v.path.endswith(f"{tower}/{name}")
    )


# --- both spellings


@pytest.mark.parametrize("name", ALL)
def test_both_spellings_mean_the_same(name: str) -> None:
    text = (ZOO / f"{name}.yaml").read_text(encoding="utf-8")
    other = Spec(Source(f"{name}.vfm", as_dsl(text)), ZOO)
    assert not other.check()
    assert graphs(other.program) == graphs(program(name))
    assert other.program.resolved == program(name).resolved


# --- extends, without, let


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


def test_a_constant_stands_for_a_whole_value() -> None:
    let = "let:\n  side: 4\n  rate: {use: cosine, warmup: 1 epoch}\n  pair: [0.9, 0.95]\ninputs:"
    text = changed(("inputs:", let), ("size: 4, width", "size: $side, width"))
    text = changed(("lr: 1.0e-3}", "lr: 1.0e-3, betas: $pair}\n  schedule: $rate"), text=text)
    made = program(text)
    assert made.train.optimizer.betas == [0.9, 0.95] and made.train.schedule.warmup.value == 1
    assert stage(made, "encoder", "patches").size == 4
    assert "let" not in made.resolved


def test_a_constant_may_use_those_before_it() -> None:
    made = program(
        changed(
            ("inputs:", "let: {one: 0.9, both: [$one, 0.95]}\ninputs:"),
            ("lr: 1.0e-3}", "lr: 1.0e-3, betas: $both}"),
        )
    )
    assert made.train.optimizer.betas == [0.9, 0.95]


@pytest.mark.parametrize(
    ("let", "word"),
    [("{a: $b, b: 4}", "below"), ("{a: $a}", "below"), ("{a: 4, c: $aa}", "did you mean `$a`?")],
)
def test_a_constant_that_is_not_there_yet_is_one_finding(let: str, word: str) -> None:
    found = only(changed(("inputs:", f"let: {let}\ninputs:"), ("size: 4, width", "size: $a, width")))
    assert found.code == "REF113" and word in found.message + found.help


def test_a_misspelt_constant_is_one_finding_at_its_use() -> None:
    found = only(changed(("inputs:", "let: {side: 4}\ninputs:"), ("size: 4, width", "size: $sied, width")))
    assert (found.code, found.span.text, found.help) == ("REF113", "$sied", "did you mean `$side`?")


def test_a_constant_that_does_not_fit_shows_its_use_and_its_value() -> None:
    found = only(changed(("inputs:", "let: {side: 5}\ninputs:"), ("size: 4, width", "size: $side, width")))
    assert (found.code, found.span.text, found.labels[-1].span.text) == ("SHP205", "$side", "5")


def test_a_mistake_inside_a_constant_shows_where_it_is_written() -> None:
    found = only(
        changed(
            ("inputs:", "let:\n  rate: {use: cosine, warmpu: 1 epoch}\ninputs:"),
            ("lr: 1.0e-3}", "lr: 1.0e-3}\n  schedule: $rate"),
        )
    )
    assert (found.code, found.span.text) == ("REF102", "warmpu")


def test_a_quoted_dollar_is_a_text() -> None:
    assert program(changed(("vfmc: 1", 'vfmc: 1\ndoc: "$5"'))).doc == "$5"


# --- overrides


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


# --- stretches of training

STRETCHES = changed(
    ("  for: 2 epochs\n", "  phases: [{name: align, for: 1500 steps}, {name: bind, for: 400 steps}]\n")
)


def lengths(made: Program) -> dict[str, str]:
    return {phase.name: str(phase.length) for phase in made.phases}


def test_a_phase_is_addressed_by_its_name_or_its_place() -> None:
    for address in ("train.phases.align.for", "train.phases.0.for"):
        assert lengths(program(STRETCHES, {address: "3 steps"})) == {"align": "3 steps", "bind": "400 steps"}
    made = program(STRETCHES, {"train.phases.bind.set": {"half.ratio": 0.75}})
    masks = [next(v for v in p.graph.values.values() if v.make == "mask").component for p in made.phases]
    assert [mask.ratio for mask in masks] == [0.5, 0.75]


@pytest.mark.parametrize(
    ("address", "message", "help"),
    [
        ("train.phases.aling.for", "there is no phase `aling`", "did you mean `align`?"),
        ("train.phases.5.for", "there is no phase `5`", "choose one of align, bind"),
        ("train.optimizer.betas.2", "there is no item `2`", "choose one of 0, 1"),
        ("encoder.pipe.ninth.depth", "there is no stage `ninth`", "choose one of blocks, drop"),
    ],
)
def test_an_address_into_a_list_names_what_stands_there(address: str, message: str, help: str) -> None:
    text = changed(("lr: 1.0e-3", "lr: 1.0e-3, betas: [0.9, 0.95]"), text=STRETCHES)
    found = only(text, {address: "3 steps"})
    assert (found.code, found.message) == ("REF111", message)
    assert found.help.startswith(help) and f"`{found.span.text}`" in message


def test_a_length_beside_phases_is_told_with_their_sum() -> None:
    found = only(STRETCHES, {"train.for": "3 steps"})
    assert (found.code, found.span.text.strip('"')) == ("OPT503", "3 steps")
    assert "1900 steps (align 1500 steps, bind 400 steps)" in found.message
    assert "train.phases.align.for" in found.help and "--steps" in found.help
    mixed = only(STRETCHES, {"train.for": "3 steps", "train.phases.bind.for": "2 epochs"})
    assert mixed.message.endswith("how long: align 1500 steps, bind 2 epochs")


def test_phases_of_an_heir_replace_the_length_of_its_base(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(BASE)
    (tmp_path / "phased.yaml").write_text(STRETCHES)
    head = "vfmc: 1\nname: heir\nextends: {}\n"
    heir = head.format("long.yaml") + "train: {phases: [{name: one, for: 5 steps}]}\n"
    assert lengths(program(heir, folder=tmp_path)) == {"one": "5 steps"}
    assert lengths(program(BASE, {"train.phases": [{"name": "one", "for": "5 steps"}]})) == {"one": "5 steps"}

    back = head.format("phased.yaml") + "train: {for: 5 steps}\n"
    assert only(back, folder=tmp_path).code == "OPT503"
    assert lengths(program(back + "without: [train.phases]\n", folder=tmp_path)) == {"main": "5 steps"}


def test_an_heir_leaves_out_one_phase_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "phased.yaml").write_text(STRETCHES)
    heir = "vfmc: 1\nname: heir\nextends: phased.yaml\nwithout: [train.phases.align]\n"
    assert lengths(program(heir, folder=tmp_path)) == {"bind": "400 steps"}
    assert "`align`" in only(heir.replace("align", "aling"), folder=tmp_path).help


# --- fields, labels, lists


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


# --- towers: sharing, roles, names


def test_naming_a_tower_twice_shares_its_weights() -> None:
    text = changed(("losses:\n", "values:\n  again: {use: encoder, of: crop}\nlosses:\n"))
    assert program(text).modules.keys() == program(BASE).modules.keys()


def test_shared_weights_must_have_one_shape() -> None:
    narrow = "  narrow: {pipe: [{use: patches, size: 4, width: 8}, {use: drop, mask: half}]}\n  decoder:\n"
    text = changed(
        ("losses:\n", "values:\n  other: {use: decoder, of: {use: narrow, of: crop}}\nlosses:\n"),
        ("  decoder:\n", narrow),
    )
    found = only(text)
    assert found.code == "SHP213" and "used twice with weights of different shapes" in found.message


def test_an_operand_that_is_not_given_has_its_default() -> None:
    graph = program(changed(("losses:\n", "values:\n  clean: encoder\nlosses:\n"))).phases[0].graph
    dropped = [v for v in graph.values.values() if v.name == "drop"]
    assert len(dropped) == 1  # the masked application; the clean one has none


def test_a_default_may_be_a_mask_if_evaluation_does_not_use_it() -> None:
    assert program(changed(("takes: {hide: null}", "takes: {hide: half}"))).callables == {}
    found = only(changed(("takes: {hide: null}", "takes: {hide: half}")) + "export: {encoder: encoder}\n")
    assert found.code == "MSK309"


@pytest.mark.parametrize("extra", ["hid: half", "hide: half, mask: half"])
def test_a_tower_takes_what_it_says(extra: str) -> None:
    found = only(changed(("hide: half}}", f"{extra}}}}}")))
    assert found.code == "REF102" and "tower `encoder` takes no" in found.message


def test_frozen_towers_do_not_learn() -> None:
    made = program(changed(("    from: crop\n", "    from: crop\n    with: {frozen: true}\n")))
    assert {name: module.frozen for name, module in made.modules.items()} == {
        "encoder.patches": True, "encoder.prefix": True, "encoder.blocks": True, "encoder.layernorm": True,
        "decoder.restore": False, "decoder.linear": False,
    }  # fmt: skip


def test_two_stages_that_own_weights_need_labels() -> None:
    found = only(changed(("      - layernorm\n", "      - layernorm\n      - layernorm\n")))
    assert found.code == "REF110" and "label" in found.help and len(found.labels) == 1


def test_two_stages_may_not_have_one_label() -> None:
    found = only(
        changed(("      - layernorm\n", "      - {use: layernorm, as: a}\n      - {use: layernorm, as: a}\n"))
    )
    assert (found.code, found.span.text) == ("REF108", "a")


def test_a_tower_wins_over_a_stage_of_its_name_with_a_warning() -> None:
    text = changed(
        ("  decoder:", "  linear:\n    pipe: [{use: mlp, hidden: [8], out: 48}]\n  decoder:"),
        ("{use: linear, out: 48}", "linear"),
    )
    found = only(text)
    assert (found.code, found.severity) == ("REF116", Severity.WARNING)
    assert "linear.mlp" in program(text).modules


def test_a_tower_that_nothing_reads_is_a_warning() -> None:
    found = only(
        changed(("losses:\n", "  spare: {from: crop, pipe: [{use: patches, size: 4, width: 8}]}\nlosses:\n"))
    )
    assert (found.code, found.severity, found.span.text) == ("REF114", Severity.WARNING, "spare")


def test_a_mistake_in_a_tower_that_nothing_reads_is_found() -> None:
    found = only(
        changed(("losses:\n", "  spare: {from: crop, pipe: [{use: patches, size: 5, width: 8}]}\nlosses:\n"))
    )
    assert found.code == "SHP205"


def test_a_copy_follows_the_whole_pipe_of_what_it_copies() -> None:
    made = program("dino_tiny")
    copies = {name: module.follow.source for name, module in made.modules.items() if module.follow}
    assert copies["teacher.trunk.blocks"] == "trunk.blocks" and copies["teacher.head.last"] == "head.last"


@pytest.mark.parametrize(
    "tower",
    ["{pipe: [ring]}", "{pipe: [{use: ema, of: ring, momentum: 0.9}]}", "{from: ring, pipe: [l2norm]}"],
)
def test_a_tower_may_not_need_itself(tower: str) -> None:
    read = "values: {v: {use: ring, of: encoder}}\n" if "from" not in tower else ""
    assert only(changed(("losses:\n", f"  ring: {tower}\n{read}losses:\n"))).code == "REF109"


# --- losses, phases, selectors


def test_a_weight_may_be_a_number_or_a_schedule() -> None:
    assert (
        program(changed(("    use: mse", "    use: mse\n    weight: 2.5"))).phases[0].graph.terms[0].weight
        == 2.5
    )
    moving = (
        program(changed(("    use: mse", "    use: mse\n    weight: {use: cosine, start: 1.0, end: 0.1}")))
        .phases[0]
        .graph.terms[0]
        .weight
    )
    assert isinstance(moving, Cosine)


def test_the_weight_of_the_dsl_is_the_weight() -> None:
    text = as_dsl(changed(("    use: mse", "    use: mse\n    weight: 2.5")))
    assert "2.5 * mse" in text
    assert Spec(Source("spec.vfm", text), None).program.phases[0].graph.terms[0].weight == 2.5


TWO = "{name: two, for: 1 epoch, set: {half.ratio: 0.25, train.batch: 4}}"
PHASES = changed(("  for: 2 epochs\n", f"  phases:\n    - {{name: one, for: 1 epoch}}\n    - {TWO}\n"))


def test_a_phase_is_the_base_and_its_own_changes() -> None:
    made = program(PHASES)
    assert [phase.name for phase in made.phases] == ["one", "two"]
    assert [phase.train.batch for phase in made.phases] == [8, 4]
    hidden = [
        next(v for v in phase.graph.values.values() if v.make == "mask").type.hidden for phase in made.phases
    ]
    assert hidden == [8, 4]
    one, two = (
        {name: module.weights for name, module in phase.graph.modules.items()} for phase in made.phases
    )
    assert one == two


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("hlf.ratio: 0.25", "REF111"),
        ("half.ratoi: 0.25", "REF102"),
        ("encoder.patches.width: 32", "SHP213"),
        ("half.ratio: 1.5", "REF118"),
        ("half.ratio: 0.0", "MSK308"),
    ],
)
def test_a_mistake_in_a_phase_is_one_finding(change: str, code: str) -> None:
    assert only(changed(("half.ratio: 0.25", change), text=PHASES)).code == code


def test_selectors_mean_weights() -> None:
    modules = program(BASE).modules
    assert select(scalar("decoder"), modules) == [
        "decoder.restore.token",
        "decoder.linear.weight",
        "decoder.linear.bias",
    ]
    assert select(scalar("decoder.linear"), modules) == ["decoder.linear.weight", "decoder.linear.bias"]
    first = select(
        mapping(
            {"of": scalar("encoder"), "layers": sequence([scalar(0), scalar(0)]), "role": scalar("bias")}
        ),
        modules,
    )
    assert first and all(name.startswith("encoder.blocks.0.") and name.endswith("bias") for name in first)
    both = select(sequence([scalar("decoder.linear"), scalar("encoder.prefix")]), modules)
    assert both == ["encoder.prefix.cls", "decoder.linear.weight", "decoder.linear.bias"]


@pytest.mark.parametrize(
    ("group", "word", "near"),
    [
        ("{of: decodr, lr: 0.1}", "decodr", "decoder"),
        ("{of: decoder.liner, lr: 0.1}", "liner", "linear"),
        ("{of: {of: decoder, role: [bais]}, lr: 0.1}", "bais", "bias"),
        ("{of: {of: decoder, layer: [0, 1]}, lr: 0.1}", "layer", "layers"),
        ("{of: decoder, lrr: 0.1}", "lrr", "lr"),
    ],
)
def test_a_misspelt_selector_is_one_finding(group: str, word: str, near: str) -> None:
    found = only(changed(("  for: 2 epochs", f"  groups: [{group}]\n  for: 2 epochs")))
    assert found.span.text == word and f"`{near}`" in found.help


def test_a_selector_that_means_no_weight_is_a_finding() -> None:
    assert (
        only(
            changed(
                (
                    "  for: 2 epochs",
                    "  groups: [{of: {of: decoder, layers: [0, 3]}, lr: 0.1}]\n  for: 2 epochs",
                )
            )
        ).code
        == "OPT502"
    )


# --- sources and evaluation


def test_a_source_gives_what_its_losses_need() -> None:
    label = "  image: image\n  label: {use: label, classes: 10}\n"
    text = changed(
        ("  image: image\n", label), ("images: digits", "images: {use: csv, files: a.csv, gives: [label]}")
    )
    found = only(text)
    assert (found.code, found.span.text) == ("DAT404", "[label]")
    assert not findings(changed(("gives: [label]", "gives: {image: path, label: class}"), text=text))


def test_a_spec_without_a_source_is_a_warning() -> None:
    found = only(changed(("sources:\n  images: digits\n", "")))
    assert (found.code, found.severity) == ("DAT401", Severity.WARNING)


def test_what_evaluation_names_reads_what_it_is_given() -> None:
    found = findings("clip_tiny", {"eval.zero_shot.image": "text"})
    assert [each.code for each in found] == ["REF105"] and "reads an image" in found[0].message


def test_words_of_later_versions_are_unknown_components() -> None:
    for text, word in (("{use: join, of: [encoder, encoder]}", "join"), ("{use: queue, size: 4}", "queue")):
        found = only(changed(("losses:\n", f"values:\n  v: {text}\nlosses:\n")))
        assert (found.code, found.span.text) == ("REF101", word)


# --- bare names


def test_a_bare_name_is_a_call_with_defaults() -> None:
    text = (ZOO / "clip_tiny.yaml").read_text()
    start = text.index("scale: {use: learned")
    text = text[:start] + "scale: learned" + text[text.index("\n", start) :]
    assert "clip.scale" in program(text).modules
