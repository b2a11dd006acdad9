"""Writing and reading again, in either spelling and from one to the other, loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vfmc.source import Source
from vfmc.syntax.read import format_source, load_source, read, write
from vfmc.syntax.scalars import plain_value
from vfmc.syntax.tree import Comments, Entry, Item, Mapping, Scalar, Sequence, Tree, plain

SKETCHES = sorted((Path(__file__).parent / "cases" / "syntax" / "sketches").glob("*.vfm"))

# Trees in the one form that both spellings share, with comments where both can hold them.

RESERVED = {"use", "of", "as", "field", "weight"}
names = st.one_of(
    st.sampled_from(
        [
            "vision",
            "crop",
            "on",
            "yes",
            "no",
            "name",
            "view",
            "tower",
            "data",
            "null",
            "x1",
            "_y",
            "e3",
            "steps",
        ]
    ),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True),
).filter(lambda name: name not in RESERVED)
words = names.filter(lambda name: name not in ("true", "false", "none"))
dotted = st.lists(words, min_size=1, max_size=3).map(".".join)
comment = st.one_of(
    st.sampled_from(["# a", "#b: [c", '# "quoted', "# - item", "#"]),
    st.text(
        st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"], exclude_characters="\u2028\u2029"),
        max_size=8,
    ).map(lambda text: f"# {text}".rstrip()),
)
comments = st.one_of(
    st.just(Comments()),
    st.just(Comments()),
    st.builds(Comments, st.lists(comment, max_size=2).map(tuple), st.one_of(st.just(""), comment)),
)
trailing = st.one_of(st.just(()), st.just(()), st.lists(comment, max_size=2).map(tuple))


def _string(text: str) -> Scalar:
    return Scalar(text, text, True)


def _number(text: str) -> Scalar:
    return Scalar(plain_value(text), text)


strings = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Co", "Cn"]), max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "a: b",
            "#",
            "a #b",
            "- x",
            "1e-3",
            "on",
            "B/16",
            "a\nb",
            "a\nb\n",
            "\n",
            "x\n\n",
            "'",
            '"',
            "\\",
        ]
    ),
).map(_string)
spelled = st.sampled_from(
    [
        "0",
        "-1",
        "+5",
        "007",
        "0x1F",
        "0o17",
        "65_536",
        "1.0",
        "2.50",
        "1e-3",
        "1.0e-3",
        "1E6",
        ".5",
        "-.5",
        "5.",
        "1e+2",
        "-0",
        "1_000.5",
        "-3.2e-10",
        ".inf",
        "-.inf",
    ]
).map(_number)
scalars = st.one_of(
    st.none().map(lambda value: Scalar(value, "null")),
    st.booleans().map(lambda value: Scalar(value, str(value).lower())),
    st.integers(-(10**6), 10**6).map(lambda value: _number(str(value))),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Scalar(value, repr(value))),
    spelled,
    strings,
    dotted.map(lambda text: Scalar(text, text)),
    st.sampled_from(["$space", "32 epochs", "50%", "1 epoch", "2.5 hours"]).map(lambda text: Scalar(text, text)),
)  # fmt: skip


def _unique(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.name: entry for entry in entries}.values())


def entries(keys, values):
    return st.lists(
        st.builds(lambda key, value, said: Entry(Scalar(key, key), value, said), keys, values, comments),
        max_size=4,
    ).map(_unique)


keys = st.one_of(
    names, dotted, st.sampled_from(["a b", "1", "true", "none", "null", "é", "", "x:", "#", "yes"])
)


def _call(use, of, arguments, field, said):
    built = [Entry(Scalar("use", "use"), Scalar(use, use))]
    if of is not None:
        built.append(Entry(Scalar("of", "of"), of))
    built += list(arguments)
    if len(built) == 1:
        return Scalar(f"{use}.{field}" if field else use, f"{use}.{field}" if field else use)
    if field:
        built.append(Entry(Scalar("field", "field"), Scalar(field, field)))
    return Mapping(tuple(built), trailing=said)


def nested(children):
    return st.one_of(
        st.builds(
            lambda items, said: Sequence(tuple(items), trailing=said),
            st.lists(st.builds(Item, children, comments), max_size=4),
            trailing,
        ),
        st.builds(lambda inside, said: Mapping(inside, trailing=said), entries(keys, children), trailing),
        st.builds(_call, words, st.none() | children, entries(names, children), st.none() | dotted, trailing),
    )


values = st.recursive(scalars, nested, max_leaves=8)


def _labelled(stage, label):
    if isinstance(stage, Scalar):
        stage = Mapping((Entry(Scalar("use", "use"), stage),))
    return Mapping((*stage.entries, Entry(Scalar("as", "as"), Scalar(label, label))), trailing=stage.trailing)


calls = st.one_of(
    dotted.map(lambda text: Scalar(text, text)),
    st.builds(_call, words, st.none() | values, entries(names, values), st.none() | dotted, trailing),
)
stages = st.one_of(values, calls, st.builds(_labelled, calls, names))
pipes = st.builds(
    lambda items, said: Sequence(tuple(items), trailing=said),
    st.lists(st.builds(Item, stages, comments), min_size=1, max_size=4),
    trailing,
)
records = st.builds(lambda inside: Mapping(inside), entries(names, values))


def _tower(takes, source, pipe, role):
    parts = {"takes": takes, "from": source, "pipe": pipe, "with": role}
    return Mapping(tuple(Entry(Scalar(key, key), value) for key, value in parts.items() if value is not None))


towers = st.builds(_tower, st.none() | records, st.none() | values, pipes, st.none() | records.filter(len))


def _weighted(call, weight):
    if isinstance(call, Scalar):
        call = Mapping((Entry(Scalar("use", "use"), call),))
    return Mapping((*call.entries, Entry(Scalar("weight", "weight"), weight)), trailing=call.trailing)


losses = st.one_of(values, calls, st.builds(_weighted, calls, values))


def section(inside):
    return entries(names, inside).filter(len).map(lambda built: Mapping(built))


OPTIONAL = {
    "doc": strings,
    "extends": values,
    "without": values,
    "let": section(values),
    "inputs": section(values),
    "views": section(values),
    "towers": section(towers),
    "losses": section(losses),
    "train": st.builds(lambda inside, said: Mapping(inside, trailing=said), entries(keys, values), trailing),
    "data": st.builds(lambda inside, said: Mapping(inside, trailing=said), entries(keys, values), trailing),
}


def _tree(version, name, optional, said, where):
    built = [
        Entry(Scalar("vfmc", "vfmc"), Scalar(version, str(version)), said),
        Entry(Scalar("name", "name"), Scalar(name, name)),
    ]
    built += [Entry(Scalar(key, key), value) for key, value in optional.items()]
    return Tree(Mapping(tuple(built), trailing=where))


trees = st.builds(
    _tree, st.integers(0, 9), names, st.fixed_dictionaries({}, optional=OPTIONAL), comments, trailing
)


def said(node) -> list[str]:
    """Every comment inside a node."""
    if isinstance(node, Scalar):
        return []
    found = list(node.trailing)
    for child in node.items if isinstance(node, Sequence) else node.entries:
        found += [
            *child.comments.before,
            *([child.comments.after] if child.comments.after else []),
            *said(child.value),
        ]
    return found


thorough = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def reread(text: str, spelling: str) -> Tree:
    tree, found = read(Source(f"spec.{spelling}", text))
    assert tree is not None and not found, (text, found)
    return tree


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
@thorough
@given(tree=trees)
def test_reading_what_was_written_gives_the_tree_its_comments_and_the_same_text(spelling, tree):
    text = write(tree, spelling)
    again = reread(text, spelling)
    assert again == tree
    assert sorted(said(again.root)) == sorted(said(tree.root))
    assert write(again, spelling) == text


@thorough
@given(tree=trees)
def test_the_way_through_the_other_spelling_keeps_tree_comments_and_numbers(tree):
    dsl = write(reread(write(tree, "yaml"), "yaml"), "vfm")
    text = write(reread(dsl, "vfm"), "yaml")
    again = reread(text, "yaml")
    assert again == tree
    assert sorted(said(again.root)) == sorted(said(tree.root))
    assert write(again, "vfm") == dsl
    assert write(reread(write(again, "vfm"), "vfm"), "yaml") == text


@thorough
@given(tree=trees)
def test_a_yaml_1_1_reader_sees_the_same_values(tree):
    assert yaml.safe_load(write(tree, "yaml")) == plain(tree.root)


@pytest.mark.parametrize("path", SKETCHES, ids=lambda path: path.stem)
def test_every_sketch_goes_both_ways(path):
    source = load_source(path)
    assert isinstance(source, Source)
    tree, found = read(source)
    assert tree is not None and not found
    canonical = write(tree)
    assert reread(canonical, "vfm") == tree
    assert write(reread(canonical, "vfm")) == canonical
    text, found = format_source(source, "yaml")
    assert text is not None and not found
    assert reread(text, "yaml") == tree
    assert write(reread(text, "yaml")) == text
    assert write(reread(write(reread(text, "yaml"), "vfm"), "vfm"), "yaml") == text
    assert max(map(len, (canonical + text).split("\n"))) <= 100


def test_there_are_48_sketches():
    assert len(SKETCHES) == 48


@pytest.mark.parametrize(
    "text",
    ["view: {a: b}", "losses: null", "inputs: {}", "inputs: [a]", "towers: {a: b}", "towers: {a: {pipe: b}}", "train: 3", "towers: {a: {pipe: [b], x: 1}}",
     "views: {a b: c}", "name: [a]", "vfmc: x", "doc: 3", "towers: {a: {}}", "towers: {a: {pipe: [b], with: {}}}"],
)  # fmt: skip
def test_what_only_yaml_can_spell_is_said_and_not_lost(text):
    written, (finding,) = format_source(Source("spec.yaml", text), "vfm")
    assert written is None and finding.name == "no-spelling"
    assert format_source(Source("spec.yaml", text))[0] is not None


def test_the_operands_of_a_tower_are_names_and_no_call():
    tree = reread("tower a(use: x) = b", "vfm")
    assert plain(tree.root) == {"towers": {"a": {"takes": {"use": "x"}, "pipe": ["b"]}}}
    assert reread(write(tree, "yaml"), "yaml") == tree
    assert write(tree, "vfm") == "tower a(use: x) = b\n"


def test_a_comment_at_the_end_of_a_call_that_is_but_a_name_ends_its_line():
    tree = reread("loss f = 2 * f(  # why\n).cls", "vfm")
    assert write(tree, "vfm") == "loss f = 2 * f.cls  # why\n"


def test_not_a_number_means_what_it_means():
    assert reread("a: .nan", "yaml") == reread("a: .NaN", "yaml") != reread("a: 1.0", "yaml")


def test_a_setting_that_is_called_use_is_no_call():
    tree = reread("eval: {use: vin}", "yaml")
    assert write(tree, "vfm") == "eval { use: vin }\n"
    assert reread("eval { use: vin }", "vfm") == tree
