"""Weight 0 removes a branch; losses that teach nothing are errors, weights that no loss teaches are told."""

from bind import BODY, PHASES, TOGETHER
from checking import BASE, findings, program

from vfmc.source import Severity


def towers(text: str, phase: int = 0) -> set[str]:
    """The towers that a phase computes."""
    made = program(text)
    return {scope.tower for scope in made.phases[phase].graph.pruned().scopes.values()}


def test_a_loss_of_weight_0_leaves_its_phase_with_all_that_it_alone_needs() -> None:
    made = program(PHASES)
    assert [[term.name for term in phase.graph.terms] for phase in made.phases] == [
        ["align"],
        ["bind_depth", "bind_imu"],
    ]
    assert (towers(PHASES), towers(PHASES, 1)) == ({"vision", "text"}, {"vision", "depth", "imu"})
    owners = {module.tower for module in made.modules.values()}
    assert owners == {"vision", "text", "depth", "imu", "align"}, "weights are those of all phases"
    assert all(set(phase.graph.modules) == set(made.modules) for phase in made.phases)


def test_a_loss_of_weight_0_everywhere_takes_its_weights_along() -> None:
    text = TOGETHER.replace(
        "scale: {use: fixed, value: 5.0}, weight: 0.5", "scale: {use: fixed, value: 5.0}, weight: 0"
    )
    made = program(text)
    assert {module.tower for module in made.modules.values()} == {"vision", "text", "depth", "align"}
    assert set(made.callables) == {"vision", "text", "depth"}
    asked = program(text + "export: {motion: imu}\n")
    assert "imu" in asked.callables, "what export names stays"
    assert {module.tower for module in asked.modules.values()} == {"vision", "text", "depth", "imu", "align"}


def test_a_phase_without_a_loss_is_told() -> None:
    [finding] = findings(PHASES.replace("bind_depth.weight: 0,", "bind_depth.weight: 0, align.weight: 0,"))
    assert (finding.code, finding.message) == (
        "OBJ304",
        "every loss weighs 0 in phase `align`, so nothing is trained",
    )


def test_a_pair_of_frozen_towers_is_told_with_what_to_do() -> None:
    [finding] = findings(PHASES.replace("align.weight: 0, ", ""))
    assert finding.code == "OBJ307"
    assert finding.message == (
        "nothing that `align` compares can learn in phase `bind`: `vision` and `text` are frozen"
    )
    assert finding.help == "let one side learn, or take the loss out of the phase: set: {align.weight: 0}"
    frozen = BASE.replace("from: crop", "from: crop\n    with: {frozen: true}").replace(
        "  decoder:\n", "  decoder:\n    with: {frozen: true}\n"
    )
    [finding] = findings(frozen)
    assert (finding.code, finding.message) == (
        "OBJ307",
        "nothing that `pixels` compares can learn: `encoder` and `decoder` are frozen",
    )


def test_a_learned_scale_alone_is_nothing_that_learns_and_one_side_is_enough() -> None:
    one = TOGETHER.replace("from: caption\n", "from: caption\n    with: {frozen: true}\n")
    assert not findings(one)


def test_weights_that_no_loss_teaches_are_a_warning() -> None:
    text = TOGETHER.replace("weight: 0.5", "weight: 0") + "export: {motion: imu}\n"
    [finding] = findings(text)
    assert (finding.code, finding.severity) == ("OBJ308", Severity.WARNING)
    assert finding.message == "no loss teaches tower `imu`, so its weights stay as they begin"
    assert "frozen: true" in finding.help
    assert not findings(text.replace("from: window\n", "from: window\n    with: {frozen: true}\n"))


def test_the_specs_of_the_tests_have_nothing_to_tell() -> None:
    assert not findings(TOGETHER) and not findings(PHASES)
    assert BODY in PHASES


def test_selectors_of_a_phase_are_checked() -> None:
    [finding] = findings(
        PHASES.replace("vision.frozen: true", "vision.frozen: true, train.groups: [{of: dpth, lr: 0.5}]")
    )
    assert (finding.code, finding.message) == ("OPT502", "`dpth` selects no weight")


def test_epochs_of_several_sources_are_somebodys() -> None:
    """Of the source that `data.epoch_of` names, where the phase reads it."""
    text = TOGETHER.replace("for: 6 steps", "for: 2 epochs")
    assert not findings(text)
    [finding] = findings(text.replace("data: {epoch_of: pairs}\n", ""))
    assert (finding.code, finding.severity) == ("DAT425", Severity.WARNING)
    assert (
        finding.message == "the training reads `pairs`, `rooms`, `moves`, and epochs of `pairs` are counted"
    )
    [finding] = findings(PHASES.replace("for: 3 steps", "for: 1 epoch"))
    assert finding.message == "phase `bind` reads `rooms`, `moves`, and epochs of `rooms` are counted"
    assert (
        finding.help
        == "say whose epochs are meant, such as data: {epoch_of: rooms}, or give the length in steps"
    )
