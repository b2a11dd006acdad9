"""How a spec says what trains, one test a promise: weights of losses, phases, selectors, sources, evaluation."""

from pathlib import Path

import pytest
from checking import BASE, as_dsl, changed, findings, only, program

from vfmc.api import Spec
from vfmc.check.selectors import select
from vfmc.components.schedules.cosine import Cosine
from vfmc.graph.program import Program
from vfmc.source import Severity, Source
from vfmc.syntax.tree import mapping, scalar, sequence

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
