"""Words that are misspelt: the fix writes the one that the finding suggests, and nothing else of the text changes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checking import as_dsl
from conftest import Command
from mutants import mutants, run, text_of

from vfmc.api import Spec
from vfmc.lint import fix
from vfmc.lint.meant import respelled
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source, Span, TextEdit

HEAD = "# a note\nvfmc: 1\nname: example\nextends: clip_tiny  # the base\n"
DSL = "# a note\nvfmc 1\nname example\nextends clip_tiny  # the base\n"
MASKED = HEAD.replace("clip_tiny", "mae_tiny")


def linted(source: Source) -> list[Diagnostic]:
    return lint(Spec(source, None), Settings())


def mended(text: str, name: str = "spec.yaml", unsafe: bool = True) -> tuple[str, list[str]]:
    after, _, left = fix.settle(Source(name, text), linted, unsafe=unsafe)
    return after.text, [each.code for each in left]


YAML = [
    ("a key of settings", "train:   {bacth: 64}   # small\n", "bacth", "batch"),
    ("a key of a tower", "towers: {vision: {pipee: [{use: patches, size: 4, width: 32}, mean, l2norm]}}\n", "pipee", "pipe"),
    ("a section", "trian: {batch: 64}\n", "trian", "train"),
    ("a quoted key", "train: {'bacth': 64}  # a\n", "bacth", "batch"),
    ("a name", "losses:\n  clip:\n    a: vison  # b\n", "vison", "vision"),
    ("a quoted name", 'losses: {clip: {a: "vison"}}\n', "vison", "vision"),
    ("a component", "views: {crop: {use: paded_crop, of: image, size: 16}}\n", "paded_crop", "padded_crop"),
    ("an argument", "views: {crop: {paddng: 2}}  # c\n", "paddng", "padding"),
    ("a constant", "let: {size: 64}\ntrain: {batch: $siez}\n", "$siez", "$size"),
    ("an address", "without: [eval.retreival]\n", "retreival", "retrieval"),
    ("a selector", "train: {groups: [{of: vison, lr: 0.1}]}\n", "vison", "vision"),
    ("a unit", "train: {for: 20 epohcs}\n", "epohcs", "epochs"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "wrong", "right"), [case[1:] for case in YAML], ids=[case[0] for case in YAML])  # fmt: skip
def test_a_misspelt_word_is_written_as_it_was_meant(part: str, wrong: str, right: str) -> None:
    text = HEAD + part
    assert mended(text) == (HEAD + part.replace(wrong, right), [])
    assert mended(text, unsafe=False)[0] == text, "it is a guess, so never a safe fix"


@pytest.mark.parametrize(
    ("part", "wrong", "right"),
    [
        ("train   { bacth: 64 }   # small\n", "bacth", "batch"),
        ("view crop = paded_crop(of: image, size: 16)  # a\n", "paded_crop", "padded_crop"),
        ("view crop = padded_crop(of: image, siez: 16)\n", "siez", "size"),
        ("loss clip = contrastive(a: vison, b: text, scale: fixed(value: 20.0))  # b\n", "vison", "vision"),
        ("towr vision <- crop = vit(width: 64, depth: 4, heads: 4, patch: 4) -> cls -> linear(out: 32) -> l2norm\n", "towr", "tower"),
    ],
)  # fmt: skip
def test_so_it_is_in_the_dsl(part: str, wrong: str, right: str) -> None:
    text, left = mended(DSL + part, "spec.vfm")
    assert text == DSL + part.replace(wrong, right) and not [code for code in left if code[:3] != "STY"]


def test_a_word_that_needs_quotes_gets_them() -> None:
    """`on` is a key that other readers of YAML take for true."""
    part = "losses: {pixels: {onn: hidden}}\n"
    (finding,) = [each for each in linted(Source("spec.yaml", MASKED + part)) if each.code == "REF102"]
    assert [edit.text for edit in finding.fix] == ['"on"'] and finding.applicability == "unsafe"
    assert mended(MASKED + part) == (MASKED + part.replace("onn", '"on"'), [])


def test_a_definition_that_is_misspelt_is_mended_at_its_uses() -> None:
    """Whichever it was, the text means something again: all uses say one name."""
    text = as_dsl(
        "vfmc: 1\nname: a\nextends: clip_tiny\nlosses: {clip: {a: visoin}, b: {use: contrastive, a: visoin, b: text, scale: learned}}\n"
    )
    after, left = mended(text, "spec.vfm")
    assert (
        "visoin" not in after
        and not [code for code in left if code.startswith("REF")]
        and after.count("vision") == text.count("visoin")
    )


def test_a_misspelt_definition_is_mended_at_all_of_its_thirty_uses() -> None:
    """Every round tells the first use alone, so there are as many rounds as uses."""
    terms = "".join(
        f"  l{i}: {{use: contrastive, a: vision, b: text, scale: {{use: fixed, value: {i + 1}}}}}\n"
        for i in range(30)
    )
    text = (
        "vfmc: 1\nname: example\ninputs:\n  image: image\n  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 300}}\n"
        "views: {crop: {use: center_crop, of: image, size: 16}}\ntowers:\n"
        "  visoin: {from: crop, pipe: [{use: patches, size: 4, width: 16}, mean, l2norm]}\n"
        "  text: {from: caption, pipe: [{use: word_embedding, width: 16}, mean, l2norm]}\n"
        f"losses:\n{terms}sources: {{pairs: digits}}\n"
        "train: {batch: 8, optimizer: {use: adamw, lr: 1.0e-3}, for: 2 epochs}\n"
    )
    after, left = mended(text)
    assert not [code for code in left if code.startswith(("REF", "SYN"))]
    assert sorted([after.count("visoin"), after.count("vision")]) == [0, 31]


def test_fixes_that_undo_one_another_end_and_so_do_those_that_always_add() -> None:
    def told(write: str) -> Callable[[Source], list[Diagnostic]]:
        def rule(source: Source) -> list[Diagnostic]:
            whole = Span(source, 0, len(source.text))
            text = {"a": "b", "b": "a"}.get(source.text, "a") if write == "swap" else source.text + "a"
            return [
                Diagnostic(
                    "STY901",
                    "x",
                    Severity.WARNING,
                    "x",
                    whole,
                    fix=(TextEdit(whole, text),),
                    applicability="safe",
                )
            ]

        return rule

    after, count, left = fix.settle(Source("spec.yaml", "a"), told("swap"))
    assert after.text in "ab" and count == 1 and len(left) == 1
    after, count, left = fix.settle(Source("spec.yaml", "a"), told("grow"))
    assert len(after.text) == fix.TEXTS and count == fix.TEXTS - 1


def test_what_cannot_be_guessed_has_no_fix() -> None:
    for part in ("train: {zzzzzz: 3}\n", "train: {batch: -3}\n", "losses: {clip: {a: caption}}\n"):
        found = linted(Source("spec.yaml", HEAD + part))
        assert found and not any(each.fix for each in found), part


def test_a_mistake_in_a_base_is_not_mended_in_the_spec(vfmc: Command, here: Path) -> None:
    (here / "base.yaml").write_text(HEAD + "train: {bacth: 64}\n")
    (here / "own.yaml").write_text("vfmc: 1\nname: own\nextends: base.yaml\n")
    assert vfmc("lint", "own.yaml", "--fix", "--unsafe-fixes").code == 1
    assert "bacth" in (here / "base.yaml").read_text()
    assert (here / "own.yaml").read_text() == "vfmc: 1\nname: own\nextends: base.yaml\n"


def test_the_command_shows_and_writes_it(vfmc: Command, here: Path) -> None:
    path = here / "spec.yaml"
    path.write_text(HEAD + "train: {bacth: 64}  # kept\n")
    shown = vfmc("lint", "spec.yaml", "--no-color")
    assert shown.code == 1 and "Found 1 error (1 fixable with --fix --unsafe-fixes)." in shown.out
    assert vfmc("lint", "spec.yaml", "--fix").code == 1 and "bacth" in path.read_text()
    diff = vfmc("lint", "spec.yaml", "--diff", "--unsafe-fixes").out
    assert "-train: {bacth: 64}  # kept\n+train: {batch: 64}  # kept\n" in diff
    assert vfmc("lint", "spec.yaml", "--fix", "--unsafe-fixes").code == 0
    assert path.read_text() == HEAD + "train: {batch: 64}  # kept\n"


@pytest.mark.parametrize(("spec", "spelling"), [("clip_tiny", "yaml"), ("mae_tiny", "vfm")])
def test_a_misspelling_of_the_zoo_is_mended_letter_by_letter(spec: str, spelling: str) -> None:
    """Wherever one use is misspelt and the finding names the word that was meant, the old text is there again."""
    text = text_of(spec, spelling)
    uses = [
        each
        for each in mutants(spec, spelling)
        if each.what.count("->") == 1
        and "@" in each.what
        and not each.valid
        and each.near is None
        and each.meant
    ][::17]
    assert len(uses) > 10
    back = 0
    for mutant in uses:
        outcome = run(mutant)
        after, count = fix.fixed(
            outcome.found[0].span.source, [respelled(each) for each in outcome.found], unsafe=True
        )
        assert count <= 1
        back += after == text
        if outcome.suggested and count:
            assert after == text, mutant.id
    assert back / len(uses) >= 0.9
