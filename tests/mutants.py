"""Mistakes made on purpose: every name of a spec misspelt, arguments left out, kinds swapped, shapes broken.

`python tests/mutants.py` prints how many of them are caught, by exactly one finding, at the very token, with the word that was
meant; `--missed` lists those that are not. The tests sample from the same mutants.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from vfmc.api import Spec
from vfmc.source import Diagnostic, Severity, Source, Span
from vfmc.syntax.read import read, write
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence, Tree

ZOO = Path(__file__).parent.parent / "specs"
SPECS = (
    "clip_tiny",
    "flip_tiny",
    "mae_tiny",
    "dino_tiny",
    "clip_vit_b32",
    "flip_vit_b16",
    "mae_vit_b16",
    "dino_vit_s16",
)
SPELLINGS = ("yaml", "vfm")
TYPOS = ("drop", "swap", "replace", "double")

# What arguments hold, by their names: the tests' own knowledge of the language, not read from the compiler.
OPERANDS = {
    "of",
    "a",
    "b",
    "mask",
    "on",
    "student",
    "teacher",
    "prediction",
    "target",
    "hide",
    "image",
    "text",
    "loss",
    "from",
}
CALLS = {"tokenizer", "momentum", "scale", "lr", "weight_decay", "student_temperature", "teacher_temperature"}
CHOICES = {"initializer", "kind", "activation", "pairs", "every", "form", "templates"}
DURATION = re.compile(r"^\d+ *([a-z]+)$")
ENTRIES = ("inputs", "views", "masks", "towers", "losses", "sources")
REQUIRED = {
    "text": ("length", "tokenizer"), "bpe": ("vocabulary",), "random": ("of", "ratio"), "patches": ("size", "width"),
    "drop": ("mask",), "restore": ("mask",), "blocks": ("depth", "heads"), "linear": ("out",), "mae": ("of",),
    "text_transformer": ("width", "depth", "heads"), "ema": ("of", "momentum"), "contrastive": ("a", "b", "scale"),
    "self_distill": ("student", "teacher"), "mse": ("prediction", "target"), "patch_pixels": ("of", "size"),
    "webdataset": ("urls",), "image_folder": ("root",), "adamw": ("lr",), "per": ("batch", "value"), "warmup": ("start", "end", "for"),
    "per_parameter_norm": ("max",), "zero_shot": ("image", "text", "data"), "retrieval": ("image", "text", "data"),
    "knn": ("of", "data"), "reconstruction": ("loss", "data"), "padded_crop": ("of",), "dino_global": ("of",), "dino_local": ("of",),
    "random_resized_crop": ("of",), "random_square_crop": ("of",), "word_embedding": ("width",),
}  # fmt: skip
# Misspellings that are another valid program.
UNREAD = "nothing else in the spec says the name that is defined here"
SAME_UNIT = "one epoch and two epoch are read alike"
OTHER_WORD = "the slip is another word that stands in such a place"


@dataclass(frozen=True)
class Mutant:
    """A spec with one mistake: where it is, and what must be said of it."""

    spec: str
    spelling: str
    group: str  # the row of the table
    what: str
    text: str
    start: int  # of the token at which the finding must stand
    end: int
    meant: str = ""  # the word that must be suggested
    near: tuple[int, int] | None = None  # of the definition that a label must show
    valid: str = ""  # why it is no mistake

    @property
    def id(self) -> str:
        return f"{self.spec}.{self.spelling}:{self.group}:{self.what}"


@dataclass(frozen=True)
class Place:
    """A token of a spec, with the part of it that is meant."""

    role: str
    span: Span
    word: str
    section: str = ""


@dataclass
class Outcome:
    """What the compiler made of a mutant."""

    mutant: Mutant
    found: list[Diagnostic] = field(default_factory=list)
    crash: str = ""

    @property
    def errors(self) -> list[Diagnostic]:
        return [each for each in self.found if each.severity is Severity.ERROR]

    @property
    def caught(self) -> bool:
        return bool(self.errors) and not self.crash

    @property
    def one(self) -> bool:
        return self.caught and len(self.found) == 1

    @property
    def at_token(self) -> bool:
        m = self.mutant
        return self.one and (self.found[0].span.start, self.found[0].span.end) == (m.start, m.end)

    @property
    def suggested(self) -> bool:  # the word that was meant is named
        if not self.one:
            return False
        finding, m = self.found[0], self.mutant
        if m.near is not None and not any(
            (label.span.start, label.span.end) == m.near for label in finding.labels
        ):
            return False
        said = finding.message if m.group == "left out" else finding.help
        return f"`{m.meant}`" in said or m.near is not None

    def tell(self) -> str:
        said = self.crash or "; ".join(
            f"[{each.code}] {each.message} (at {each.span.text!r}; {each.help!r}; {[label.span.text for label in each.labels]})"
            for each in self.found
        )
        return f"{self.mutant.id}\n    {said or 'nothing was found'}"


def text_of(spec: str, spelling: str) -> str:
    """A spec of the zoo in one of the spellings."""
    text = (ZOO / f"{spec}.yaml").read_text(encoding="utf-8")
    if spelling == "yaml":
        return text
    tree, _ = read(Source(f"{spec}.yaml", text))
    assert tree is not None
    return write(tree, "vfm")


def run(mutant: Mutant) -> Outcome:
    """The findings of `vfmc lint`."""
    outcome = Outcome(mutant)
    try:
        outcome.found = Spec(Source(f"{mutant.spec}.{mutant.spelling}", mutant.text), ZOO).check()
    except Exception as error:
        outcome.crash = f"{type(error).__name__}: {error}"
    return outcome


def mutants(spec: str, spelling: str) -> Iterator[Mutant]:
    """Every mutant of one spec in one spelling, always the same ones."""
    text = text_of(spec, spelling)
    tree, found = read(Source(f"{spec}.{spelling}", text))
    assert tree is not None and not found
    yield from _misspelt(spec, spelling, text, tree)
    yield from _left_out(spec, spelling, text, tree)
    yield from _duplicated(spec, spelling, text, tree)
    yield from _swapped(spec, spelling, text, tree)
    yield from _broken(spec, spelling, text)


# --- misspellings


def typo(word: str, how: str, seed: str) -> str:
    """The word with one slip of the keyboard, always the same for the same seed."""
    dice = random.Random(f"{word} {how} {seed}")
    letters = [i for i, c in enumerate(word) if c.isalpha()]
    if not letters:
        return word
    i = dice.choice(letters)
    if how == "drop":
        return word[:i] + word[i + 1 :]
    if how == "double":
        return word[:i] + word[i] + word[i:]
    if how == "replace":
        return word[:i] + dice.choice("qxzjkw") + word[i + 1 :]
    i = min(i, len(word) - 2)
    return word if i < 0 else word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _misspelt(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    places = list(walk(tree))
    uses = [p for p in places if p.role == "use"]
    for place in places:
        first = min(
            (use for use in uses if use.word == place.word), key=lambda use: use.span.start, default=None
        )
        for how in TYPOS:
            wrong = typo(place.word, how, f"{spec} {place.span.start}")
            if wrong == place.word or not wrong or not wrong[0].isalpha():
                continue
            offset = place.span.start + place.span.text.index(place.word)
            mutated = text[:offset] + wrong + text[offset + len(place.word) :]
            start, end, near = offset, offset + len(wrong), None
            if place.span.text == f'"{place.word}"':  # the quotes belong to the token
                start, end = start - 1, end + 1
            if place.role == "definition" and first is not None:
                near = (start, end)
                start = first.span.start + first.span.text.index(place.word)
                start += len(wrong) - len(place.word) if start > offset else 0
                end = start + len(place.word)
            what = f"{place.word}->{wrong}@{place.span.start}"
            yield Mutant(
                spec,
                spelling,
                place.role,
                what,
                mutated,
                start,
                end,
                place.word,
                near,
                _valid(place, wrong, places, uses),
            )


def _valid(place: Place, wrong: str, places: list[Place], uses: list[Place]) -> str:
    """Why a slip is no mistake, if it is none."""
    if place.role == "definition" and not any(use.word == place.word for use in uses):
        return UNREAD
    if place.role == "unit" and wrong in (
        place.word.removesuffix("s"),
        place.word + "s" * (not place.word.endswith("s")),
    ):
        return SAME_UNIT
    return OTHER_WORD if any(other.role == place.role and other.word == wrong for other in places) else ""


def walk(tree: Tree) -> Iterator[Place]:
    """Every token of a spec that can be misspelt."""
    root = tree.root
    names = {
        entry.name: section
        for section in ENTRIES
        if isinstance(found := root.get(section), Mapping)
        for entry in found
    }
    for entry in root:
        if entry.key.span.text == entry.name:
            yield Place("section", entry.key.span, entry.name)
        if entry.name in ENTRIES:
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield Place("definition", child.key.span, child.name, entry.name)
                yield from _tower(child.value, names) if entry.name == "towers" else _call(child.value, names)
        elif entry.name == "train":
            yield from _settings(entry.value, names)
        elif entry.name == "eval":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield from _call(child.value, names)
        elif entry.name == "export":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield from _use(child.value, names)


def _tower(node: Node, names: dict[str, str]) -> Iterator[Place]:
    assert isinstance(node, Mapping)
    takes = node.get("takes")
    inner = dict(names)
    if isinstance(takes, Mapping):
        inner |= {entry.name: "takes" for entry in takes}
    for entry in node:
        if entry.key.span.text == entry.name:
            yield Place("argument", entry.key.span, entry.name)
        if entry.name == "takes":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield Place("definition", child.key.span, child.name, "takes")
        elif entry.name == "from":
            yield from _use(entry.value, names)
        elif entry.name == "pipe":
            assert isinstance(entry.value, Sequence)
            for stage in entry.value:
                yield from _call(stage, inner, tower=True)


def _call(node: Node, names: dict[str, str], tower: bool = False) -> Iterator[Place]:
    """A call; where `tower`, it may be one of a tower."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield Place("use" if tower and node.value in names else "component", node.span, node.value)
        return
    assert isinstance(node, Mapping)
    for entry in node:
        if entry.name == "use":
            assert isinstance(entry.value, Scalar)
            word = str(entry.value.value)
            yield Place("use" if tower and word in names else "component", entry.value.span, word)
            if entry.key.span.text == "use":
                yield Place("argument", entry.key.span, "use")
            continue
        if entry.name == "as":
            if entry.key.span.text == "as":
                yield Place("argument", entry.key.span, "as")
            continue
        if entry.key.span.text.strip("\"'") == entry.name:
            yield Place("argument", entry.key.span, entry.name)
        yield from _argument(entry.name, entry.value, names)


def _argument(name: str, node: Node, names: dict[str, str]) -> Iterator[Place]:
    if isinstance(node, Mapping):
        yield from _call(node, names, tower=name in OPERANDS)
    elif isinstance(node, Sequence):
        if name in OPERANDS:
            for part in node:
                yield from _argument(name, part, names)
    elif isinstance(node.value, str):
        duration = DURATION.match(node.value)
        if name in OPERANDS or (name == "data" and node.value in names):
            yield from _use(node, names)
        elif name in CALLS:
            yield Place("component", node.span, node.value)
        elif name in CHOICES:
            yield Place("choice", node.span, node.value)
        elif duration:
            yield Place("unit", node.span, duration[1])


def _use(node: Node, names: dict[str, str]) -> Iterator[Place]:
    assert isinstance(node, Scalar)
    head, _, field = str(node.value).partition(".")
    assert head in names, head
    yield Place("use", node.span, head)
    if field in names:
        start = node.span.end - len(field) - (node.span.text[-1] in "\"'")
        yield Place("use", Span(node.span.source, start, start + len(field)), field)


def _settings(node: Node, names: dict[str, str]) -> Iterator[Place]:
    """`train` and what lies in it: keys, nested calls, durations, roles, selectors, addresses."""
    assert isinstance(node, Mapping)
    for entry in node:
        yield Place("argument", entry.key.span, entry.name)
        value = entry.value
        if entry.name in ("optimizer", "schedule", "clip"):
            yield from _call(value, names)
        elif entry.name == "no_decay":
            for role in value if isinstance(value, Sequence) else ():
                assert isinstance(role, Scalar)
                yield Place("choice", role.span, str(role.value))
        elif entry.name in ("groups", "phases"):
            for part in value if isinstance(value, Sequence) else ():
                yield from _settings(part, names)
        elif entry.name == "frozen":
            yield from _settings(value, names)
        elif entry.name == "of":
            assert isinstance(value, Scalar)
            yield from _parts("selector", value, str(value.value))
        elif entry.name == "set":
            assert isinstance(value, Mapping)
            for change in value:
                yield from _parts("address", change.key, change.name)
                if isinstance(change.value, Mapping):
                    yield from _call(change.value, names)
        elif isinstance(value, Scalar) and isinstance(value.value, str):
            duration = DURATION.match(value.value)
            if duration and entry.name != "name":
                yield Place("unit", value.span, duration[1])


def _parts(role: str, node: Scalar, path: str) -> Iterator[Place]:
    for part in path.split("."):
        start = node.span.start + node.span.text.index(part)
        yield Place(role, Span(node.span.source, start, start + len(part)), part)


# --- what is left out, said twice, of the wrong kind, of the wrong size


def calls(node: Node) -> Iterator[Mapping]:
    """Every call with arguments, outermost first."""
    if isinstance(node, Mapping):
        if "use" in node:
            yield node
        for entry in node:
            yield from calls(entry.value)
    elif isinstance(node, Sequence):
        for part in node:
            yield from calls(part)


def _cut(text: str, start: int, end: int) -> str:
    """The text without a part and the comma beside it, or without its line."""
    before, after = text[:start], text[end:]
    if match := re.match(r"\s*,\s*", after):
        return before + after[match.end() :]
    if match := re.search(r",\s*$", before):
        return before[: match.start()] + after
    return re.sub(r"\n[ ]*$", "", before) + after


def _left_out(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    for call in calls(tree.root):
        name = call.get("use")
        assert isinstance(name, Scalar)
        for entry in call:
            if entry.name not in REQUIRED.get(str(name.value), ()):
                continue
            start, end = entry.key.span.start, entry.value.span.end
            if isinstance(entry.value, Mapping | Sequence) and "\n" in text[start:end]:
                end = start + len(text[start:end].rstrip())
            made = _cut(text, start, end)
            at = name.span.start
            yield Mutant(
                spec,
                spelling,
                "left out",
                f"{name.value}.{entry.name}@{start}",
                made,
                at,
                at + len(str(name.value)),
                entry.name,
            )


def _duplicated(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    for call in calls(tree.root):
        for entry in call:
            start, end = entry.key.span.start, entry.value.span.end
            if (
                entry.name in ("use", "as")
                or "\n" in text[start:end]
                or not text[start:].startswith(entry.name)
            ):
                continue
            part = text[start:end]
            opening = text.rfind("\n", 0, start) + 1
            indent = text[opening:start]
            block = spelling == "yaml" and not indent.strip(" -")
            joint = "\n" + " " * len(indent) if block else ", "
            made = text[:end] + joint + part + text[end:]
            at = end + len(joint)
            yield Mutant(
                spec, spelling, "said twice", f"{entry.name}@{start}", made, at, at + len(entry.name)
            )


def _swapped(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    """A value of another kind in the place of each argument's."""
    root = tree.root
    first = {
        s: found.entries[0].name
        for s in ENTRIES
        if isinstance(found := root.get(s), Mapping) and found.entries
    }
    for call in calls(root):
        name = call.get("use")
        assert isinstance(name, Scalar)
        for entry in call:
            value = entry.value
            start, end = value.span.start, value.span.end
            if entry.name in ("use", "as", "hide", "on") or "\n" in text[start:end]:
                continue
            wrong: list[str] = []
            if isinstance(value, Scalar) and isinstance(value.value, bool):
                wrong = ["12", "[1, 2]"]
            elif isinstance(value, Scalar) and isinstance(value.value, int | float):
                wrong = (
                    ["soon", "true", "[3, 4]"] if (name.value, entry.name) not in FREE_NUMBERS else ["true"]
                )
            elif isinstance(value, Sequence) and entry.name not in OPERANDS:
                wrong = ["0.7", "soon"]
            elif (
                isinstance(value, Scalar)
                and entry.name in OPERANDS - {"image", "text", "loss"}
                and name.value not in ("knn", "ema")
            ):
                wrong = ["12"] + [
                    first[s] for s in ("losses", "sources") if s in first and first[s] != value.value
                ]
                if entry.name in ("a", "b"):
                    wrong += [root.get("views").entries[0].name]  # type: ignore[union-attr]
                if entry.name == "mask":
                    wrong += [first["towers"], first["views"]]
                if entry.name == "of" and name.value in ("random", "patch_pixels"):
                    wrong += [first["towers"]]
            for new in wrong:
                at = start
                yield Mutant(
                    spec,
                    spelling,
                    "wrong kind",
                    f"{entry.name}={new}@{start}",
                    text[:start] + new + text[end:],
                    at,
                    at + len(new),
                )


FREE_NUMBERS = {("padded_crop", "size"), ("dino_global", "size"), ("dino_local", "size"), ("mae", "size"),
                ("random_resized_crop", "size"), ("random_square_crop", "size")}  # fmt: skip

# spec prefix, what is replaced (a pattern whose group is the token), by what; where the finding stands (a pattern in the new text)
SHAPES: tuple[tuple[str, str, str, str], ...] = (
    ("clip", r"linear, out: (\d+).*\n *- l2norm\n  text", "24", r"b: (text)"),
    ("clip", r"width: (64)[^\n]*patch", "66", r"heads: (4), patch"),
    ("clip", r"heads: (4), patch", "5", r"heads: (5), patch"),
    ("clip_tiny", r"patch: (4)", "3", r"patch: (3)"),
    ("clip", r"causal: true[^\n]*\n(      - eot\n)", "", r"b: (text)"),
    ("clip", r"(- eot)", "- cls", r"- (cls)\n[^l]*linear[^\n]*\n *- l2norm\n\nlosses"),
    ("clip", r"\n(      - cls\n)", "", r"a: (vision)"),
    ("clip_vit", r'size: ("B/32")', '"B/33"', r'size: ("B/33")'),
    ("clip_vit", r'size: ("B/32")', '"Q/32"', r'size: ("Q/32")'),
    ("flip", r"heads: (12|4)\b", "7", r"heads: (7)"),
    ("flip", r"patches, size: (\d+)", "5", r"patches, size: (5)"),
    ("flip", r"(      - l2norm\n)  text", "", r"a: (\{use: vision[^\n]*\})"),
    ("flip", r"(      - \{use: position, kind: sincos\}\n      - \{use: drop, mask: hide\}\n)",
     "      - {use: drop, mask: hide}\n      - {use: position, kind: sincos}\n", r"use: (position), kind"),
    ("flip", r"ratio: (0.5)\}", "1.0}", r"ratio: (1.0)"),
    ("flip", r"from: (caption)", "crop", r"(?:use: (text_transformer|word_embedding))"),
    ("mae", r"out: (12|768), initializer: xavier, as: predict", "10", r"prediction: (\{.*\})"),
    ("mae", r"patch_pixels, of: crop, size: (\d+)", "8", r"prediction: (\{.*\})"),
    ("mae", r"(      - \{use: restore, mask: hidden\}\n)", "", r"as: embed\}\n      - \{use: (position)"),
    ("mae", r"(      - \{use: drop, mask: hide\})", "      - dropout", r"- (dropout)"),
    ("mae", r"ratio: (0.75)", "0.0", r"\"?on\"?: (hidden)"),
    ("mae", r"(      - \{use: patches[^\n]*\n)", "", r"use: (position), kind"),
    ("dino", r"\n(      - cls\n)", "", r"student: (\{use: student[^\n]*\})"),
    ("dino", r"size: (8|96)\b", "10", r"(?:patch: (4)|size: (\"S/16\"))"),
    ("dino", r"teacher: (\{use: teacher, of: large\})", "{use: student, of: large}", r"teacher: (\{use: student, of: large\})"),
)  # fmt: skip


def _broken(spec: str, spelling: str, text: str) -> Iterator[Mutant]:
    """Shapes that do not fit. The patterns are those of the YAML spelling; the other is made from the broken YAML."""
    if spelling != "yaml":
        return
    for prefix, pattern, new, where in SHAPES:
        if not spec.startswith(prefix):
            continue
        match = re.search(pattern, text)
        if match is None:
            continue
        made = text[: match.start(1)] + new + text[match.end(1) :]
        if new.endswith("}") and text[match.end(1)] == "}":
            made = text[: match.start(1)] + new + text[match.end(1) + 1 :]
        at = re.search(where, made)
        if at is None:
            continue
        group = next(i for i in range(1, len(at.groups()) + 1) if at.group(i) is not None)
        yield Mutant(
            spec,
            spelling,
            "shape",
            f"{pattern}->{new}".replace("\n", " "),
            made,
            at.start(group),
            at.end(group),
        )


# --- the table


def table(outcomes: Iterable[Outcome]) -> str:
    """One row a group: how many were caught, by one finding alone, at the token, with the right word."""
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        rows[outcome.mutant.group].append(outcome)
        rows["all"].append(outcome)
    lines = [
        f"{'mistake':<12} {'mutants':>8} {'caught %':>9} {'one %':>8} {'at token %':>11} {'right word %':>13}"
    ]
    for name, found in sorted(rows.items(), key=lambda row: (row[0] == "all", row[0])):
        meant = [o for o in found if o.mutant.meant]
        share = [sum(getattr(o, key) for o in found) / len(found) for key in ("caught", "one", "at_token")]
        word = f"{100 * sum(o.suggested for o in meant) / len(meant):13.2f}" if meant else f"{'-':>13}"
        lines.append(
            f"{name:<12} {len(found):>8} {100 * share[0]:9.2f} {100 * share[1]:8.2f} {100 * share[2]:11.2f} {word}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="*", default=list(SPECS))
    parser.add_argument("--missed", action="store_true", help="list what is not as it should be")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth mutant")
    parser.add_argument("--group", default="", help="only this row")
    parser.add_argument("--spelling", default="", help="yaml or vfm alone")
    given = parser.parse_args()
    outcomes: list[Outcome] = []
    excluded: Counter[str] = Counter()
    for spec in given.specs:
        for spelling in [given.spelling] if given.spelling else SPELLINGS:
            chosen = [m for m in mutants(spec, spelling) if not given.group or m.group == given.group]
            outcomes += [run(mutant) for mutant in chosen[:: given.every] if not mutant.valid]
            excluded.update(mutant.valid for mutant in chosen if mutant.valid)
    if given.missed:
        for outcome in outcomes:
            m = outcome.mutant
            if outcome.crash or not outcome.at_token or (m.meant and not outcome.suggested):
                print(outcome.tell())
    print(table(outcomes))
    for reason, count in sorted(excluded.items()):
        print(f"{count} slips are left out: {reason}")


if __name__ == "__main__":
    main()
