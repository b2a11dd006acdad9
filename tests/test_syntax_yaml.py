"""The YAML spelling: what scalars mean, where things stand, which comments belong to what."""

import math

import pytest
import yaml

from vfmc.source import Source
from vfmc.syntax.tree import Mapping, Scalar, Sequence, plain
from vfmc.syntax.yaml_reader import read_yaml


def tree_of(text):
    tree, found = read_yaml(Source("spec.yaml", text))
    assert tree is not None and not found, found
    return tree


def value_of(text):
    return tree_of(f"a: {text}\n").root.get("a").value


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "y", "Null1", "none", "1:30", "2001-12-14", "0b11", "1_", "=", "x y"]
)
def test_words_that_yaml_1_1_reads_otherwise_are_strings(text):
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("", None), ("NULL", None), ("true", True), ("False", False), ("TRUE", True),
        ("12", 12), ("-3", -3), ("+3", 3), ("010", 10), ("0x1F", 31), ("0o17", 15), ("65_536", 65536),
        ("1e-3", 0.001), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-.5", -0.5), (".inf", math.inf), ("-.INF", -math.inf),
    ],
)  # fmt: skip
def test_scalars_follow_the_yaml_1_2_core_schema(text, value):
    read = value_of(text)
    assert read == value and type(read) is type(value)


def test_quotes_make_a_string_and_are_remembered():
    node = tree_of("a: '12'\nb: 12\n").root
    assert node.get("a") == Scalar("12") and node.get("a").quoted
    assert node.get("b") == Scalar(12) and not node.get("b").quoted


def test_a_quantity_is_normalised_as_in_the_dsl():
    assert value_of("32   epochs") == "32 epochs"
    assert value_of("50 %") == "50%"


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, {b: 'c'}]\nd:\n  - e: 1\n    f: 2\n  - g\n",
        'a: |\n  one\n  two\nb: >-\n  three\n  four\nc: "x\\ty"\n',
        "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
        "a: é 日本 😀\r\nb: 'it''s'\r\n",
        "? a\n: 1\n? b\n",
        "a:\n- 1\n- - 2\n  - 3\n",
    ],
)
def test_structure_is_that_of_the_reference_reader(text):
    assert plain(tree_of(text).root) == yaml.safe_load(text)


def test_every_key_and_value_knows_where_it_stands():
    text = "# é 😀\na: {b: 'x y', c: [1, 2]}\nd: |\n  e\nf:\n  - g: 1\n"
    root = tree_of(text).root
    inner = root.get("a")
    assert inner.span.text == "{b: 'x y', c: [1, 2]}"
    assert [entry.key.span.text for entry in inner] == ["b", "c"]
    assert inner.get("b").span.text == "'x y'"
    assert [item.span.text for item in inner.get("c")] == ["1", "2"]
    assert root.get("d").span.text == "|\n  e"
    assert next(iter(root.get("f"))).entry("g").key.span.begin == (6, 5)


def test_positions_do_not_move_behind_a_windows_line_break():
    root = tree_of("a: 1\r\nb: two\r\n").root
    assert root.get("b").span.text == "two" and root.get("b").span.begin == (2, 4)


def test_one_thing_said_in_two_ways_is_one_tree():
    assert tree_of("a: {use: x}\n") == tree_of("a: x\n")
    assert tree_of("a: {use: x, field: y.z}\n") == tree_of("a: x.y.z\n")
    assert tree_of("a: {use: x, field: y, weight: 2}\n") == tree_of("a: {use: x.y, weight: 2}\n")
    assert tree_of("a: {use: x, of: w, field: y}\n") != tree_of("a: x.y\n")
    assert tree_of("a: {use: x, b: 1}\n") == tree_of("a: {b: 1, use: x}\n")


def test_the_root_and_its_sections_are_no_calls():
    assert isinstance(tree_of("use: x\n").root, Mapping)
    assert isinstance(tree_of("inputs: {use: x}\n").root.get("inputs"), Mapping)


@pytest.mark.parametrize("text", ["", "\n\n", "---\n", "# nothing\n"])
def test_an_empty_file_is_an_empty_tree(text):
    assert len(tree_of(text).root) == 0


COMMENTED = """\
# top
vfmc: 1  # version
# before a
a:  # opens a
  # before b
  b: {c: 1}  # after b
  d:
    - 1  # one
    # before two
    - 2
    # end of d
  # end of a
e: [  # opens e
  1,  # first
  # before second
  2
  # end of e
]  # closes e
f: &g |  # header
  text # no comment
h: 'x # no comment'  # after h
# end
"""


def test_comments_belong_to_what_they_stand_before_or_behind():
    root = tree_of(COMMENTED).root
    said = {entry.name: (entry.comments.before, entry.comments.after) for entry in root}
    assert said["vfmc"] == (("# top",), "# version")
    assert said["a"] == (("# before a",), "# opens a")
    assert said["e"] == (("# closes e",), "# opens e")
    assert said["f"] == ((), "# header")
    assert said["h"] == ((), "# after h")
    assert root.trailing == ("# end",)
    a, e = root.get("a"), root.get("e")
    assert isinstance(a, Mapping) and isinstance(e, Sequence)
    assert a.trailing == ("# end of a",)
    assert a.entry("b").comments.before == ("# before b",) and a.entry("b").comments.after == "# after b"
    d = a.get("d")
    assert [(item.comments.before, item.comments.after) for item in d.items] == [
        ((), "# one"),
        (("# before two",), ""),
    ]
    assert d.trailing == ("# end of d",)
    assert [item.comments.after for item in e.items] == ["# first", ""]
    assert e.items[1].comments.before == ("# before second",) and e.trailing == ("# end of e",)


def test_comments_inside_a_call_that_becomes_a_name_stay_with_its_entry():
    entry = tree_of("a:\n  use: x  # why\n").root.entry("a")
    assert entry.value == Scalar("x") and entry.comments.after == "# why"


def test_an_alias_is_a_copy_without_the_comments():
    root = tree_of("a: &x\n  b: 1  # once\nc: *x\n").root
    assert root.get("a") == root.get("c")
    assert root.get("a").entry("b").comments.after == "# once"
    assert root.get("c").entry("b").comments.after == ""
    assert root.get("c").span.text == "*x"


def test_the_first_of_two_equal_keys_is_kept_and_the_second_reported():
    tree, (finding,) = read_yaml(Source("spec.yaml", "a: 1\nb: 2\na: 3\n"))
    assert plain(tree.root) == {"a": 1, "b": 2}
    assert finding.name == "duplicate-key" and finding.span.begin == (3, 1)
    assert finding.labels[0].span.begin == (1, 1)


def test_both_parsers_of_pyyaml_give_the_same(monkeypatch):
    fast = tree_of(COMMENTED)
    monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    slow = tree_of(COMMENTED)
    assert fast == slow and repr(fast) == repr(slow)
    assert [entry.value.span for entry in fast.root] == [entry.value.span for entry in slow.root]
