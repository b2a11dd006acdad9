"""The DSL spelling says what the YAML spelling says."""

import pytest

from vfmc.source import Source
from vfmc.syntax.dsl_reader import read_dsl
from vfmc.syntax.tree import plain
from vfmc.syntax.yaml_reader import read_yaml


def tree_of(text):
    tree, found = read_dsl(Source("spec.vfm", text))
    assert tree is not None and not found, found
    return tree


def yaml_of(text):
    tree, found = read_yaml(Source("spec.yaml", text))
    assert tree is not None and not found, found
    return tree


@pytest.mark.parametrize(
    ("dsl", "yaml"),
    [
        ("vfmc 1 name x", "{vfmc: 1, name: x}"),
        ('name "two words" doc "a \\"b\\"\\n\\u00e9"', 'name: two words\ndoc: "a \\"b\\"\\né"'),
        ("extends base.yaml without [a, losses.b]", "extends: base.yaml\nwithout: [a, losses.b]"),
        ("let k = 3 let s = cosine(end: 1e-3)", "let: {k: 3, s: {use: cosine, end: 1e-3}}"),
        ('input image = image(size: 224)', "inputs: {image: {use: image, size: 224}}"),
        ("view a = f(x) view b = f(of: x)", "views: {a: {use: f, of: x}, b: {use: f, of: x}}"),
        ("view a = f() value b = f().g value c = f.g", "views: {a: f}\nvalues: {b: f.g, c: f.g}"),
        ("value a = trunk(small).cls.x", "values: {a: {use: trunk, of: small, field: cls.x}}"),
        ("value a = [f(x), y, {k: 1, l.m: 2 \"n o\": 3}]", "values: {a: [{use: f, of: x}, y, {k: 1, l.m: 2, n o: 3}]}"),
        ("loss a = f(x: 1)", "losses: {a: {use: f, x: 1}}"),
        ("loss a = 2.0 * f(x: 1)", "losses: {a: {use: f, x: 1, weight: 2.0}}"),
        ("loss a = 2 * b", "losses: {a: {use: b, weight: 2}}"),
        ("loss a = ramp(for: 3 epochs) * f(x).y", "losses: {a: {use: f, of: x, field: y, weight: {use: ramp, for: 3 epochs}}}"),
        (
            "tower t(hide: none) <- src = a -> b(x: 1) as early with frozen: true",
            "towers: {t: {takes: {hide: null}, from: src, pipe: [a, {use: b, x: 1, as: early}], with: {frozen: true}}}",
        ),
        ("tower t = a as b -> c.d", "towers: {t: {pipe: [{use: a, as: b}, c.d]}}"),
        ("tower t with frozen: true", "towers: {t: {with: {frozen: true}}}"),
        ("tower t(memory: pixels, k: 1) <- f(x).y = a", "towers: {t: {takes: {memory: pixels, k: 1}, from: {use: f, of: x, field: y}, pipe: [a]}}"),
        ("source s = tar(urls: \"a-{00..41}.tar\")", 'sources: {s: {use: tar, urls: "a-{00..41}.tar"}}'),
        ("train { batch: 1 optimizer: adamw(lr: 1e-3), for: 50 % }", "train: {batch: 1, optimizer: {use: adamw, lr: 1e-3}, for: 50%}"),
        ("train { name: a data: b view: c tower: d }", "train: {name: a, data: b, view: c, tower: d}"),
        ("train { batch: 512 steps: 3 }", "train: {batch: 512, steps: 3}"),
        ("value a = f(x: 32   epochs, y: 1_000 steps)", "values: {a: {use: f, x: 32 epochs, y: 1_000 steps}}"),
        ("value a = f(x: $k, y: none, z: true)", "values: {a: {use: f, x: $k, y: null, z: true}}"),
        ("value a = [0x1F, -3, +5, 65_536, .5, 2.0, 1e-3, -.inf]", "values: {a: [31, -3, 5, 65536, 0.5, 2.0, 0.001, -.inf]}"),
        ("value a = null value b = on", "values: {a: 'null', b: 'on'}"),
        ("view view = tower tower tower = name -> view", "views: {view: tower}\ntowers: {tower: {pipe: [name, view]}}"),
        ("value a = f(x: 1,) value b = [1, 2,]", "values: {a: {use: f, x: 1}, b: [1, 2]}"),
        ("view a = 1 mask b = 2 view c = 3", "views: {a: 1, c: 3}\nmasks: {b: 2}"),
    ],
)  # fmt: skip
def test_each_form_means_what_its_yaml_twin_means(dsl, yaml):
    assert plain(tree_of(dsl).root) == plain(yaml_of(yaml).root)
    assert tree_of(dsl) == yaml_of(yaml)


def test_every_key_and_value_knows_where_it_stands():
    root = tree_of("tower t(hide: none) <- src = a -> b(x: 1) as early\nloss l = 2.0 * f(y, k: 1).g\n").root
    tower = root.get("towers").get("t")
    assert root.entry("towers").key.span.text == "tower"
    assert tower.span.text == "tower t(hide: none) <- src = a -> b(x: 1) as early"
    assert tower.get("from").span.text == "src"
    stage = list(tower.get("pipe"))[1]
    assert stage.span.text == "b(x: 1) as early"
    assert stage.get("use").span.text == "b"
    assert stage.entry("x").key.span.text == "x" and stage.get("x").span.text == "1"
    call = root.get("losses").get("l")
    assert call.span.text == "2.0 * f(y, k: 1).g"
    assert call.get("use").span.text == "f" and call.get("of").span.text == "y"
    assert call.get("field").span.text == "g" and call.get("weight").span.text == "2.0"


COMMENTED = """\
# top
vfmc 1  # version

# before crop
view crop = f(  # opens crop
  size: 1,  # one
  # before scale
  scale: [1, 2]
  # end of crop
)
tower t <- crop =  # opens t
  # before a
  a  # after a
  # before b
  -> b
  # end of the pipe
  with frozen: true  # why
view other = g  # after other
train {  # opens train
  # before batch
  batch: 1  # after batch
  # end of train
}
# end
"""


def test_comments_belong_to_what_they_stand_before_or_behind():
    root = tree_of(COMMENTED).root
    assert (
        root.entry("vfmc").comments.before == ("# top",) and root.entry("vfmc").comments.after == "# version"
    )
    crop = root.get("views").entry("crop")
    assert crop.comments.before == ("# before crop",) and crop.comments.after == "# opens crop"
    assert crop.value.entry("size").comments.after == "# one"
    assert crop.value.entry("scale").comments.before == ("# before scale",)
    assert crop.value.trailing == ("# end of crop",)
    tower = root.get("towers").entry("t")
    assert tower.comments.after == "# opens t"
    first, second = tower.value.get("pipe").items
    assert first.comments.before == ("# before a",) and first.comments.after == "# after a"
    assert second.comments.before == ("# before b",)
    assert tower.value.get("pipe").trailing == ("# end of the pipe",)
    assert tower.value.get("with").entry("frozen").comments.after == "# why"
    assert root.get("views").entry("other").comments.after == "# after other"
    assert root.entry("train").comments.after == "# opens train"
    assert root.get("train").entry("batch").comments.before == ("# before batch",)
    assert root.get("train").entry("batch").comments.after == "# after batch"
    assert root.get("train").trailing == ("# end of train",)
    assert root.trailing == ("# end",)


def test_several_broken_declarations_give_several_findings():
    text = (
        "vfmc 1\nview a = f(1, 2)\nview b = 3\nlos c = f(x)\ntower d vit()\nview e = g(x: 1\nview f = [1 2]\n"
    )
    tree, found = read_dsl(Source("spec.vfm", text))
    assert tree is None
    assert [(each.span.begin[0], each.name) for each in found] == [
        (2, "unnamed-argument"),
        (4, "unknown-declaration"),
        (5, "expected-something-else"),
        (6, "unclosed-bracket"),
        (7, "expected-something-else"),
    ]


def test_a_name_declared_twice_is_kept_once_and_reported():
    tree, (finding,) = read_dsl(Source("spec.vfm", "view a = 1\nmask a = 2\nview a = 3\n"))
    assert plain(tree.root) == {"views": {"a": 1}, "masks": {"a": 2}}
    assert finding.span.begin == (3, 6) and finding.labels[0].span.begin == (1, 6)


def test_a_cache_that_cannot_be_used_is_no_error(tmp_path, monkeypatch):
    from vfmc.syntax import dsl_table

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("not a folder")
    dsl_table.parser.cache_clear()
    tree_of("view a = 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    dsl_table.parser.cache_clear()
    tree_of("view a = 1")
    (kept,) = (tmp_path / "vfmc").iterdir()
    kept.write_bytes(b"garbage")
    dsl_table.parser.cache_clear()
    tree_of("view a = 1")
    dsl_table.parser.cache_clear()
