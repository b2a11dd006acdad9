"""Odd and hostile specs get findings: never a traceback, never much time or memory, and nothing of theirs in generated Python."""

import copy
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checking import ALL, BASE, ZOO, findings, only

from vfmc.source import Severity, Source
from vfmc.source.render import render
from vfmc.syntax.read import read
from vfmc.syntax.tree import plain


def data(text: str) -> Any:
    tree, found = read(Source("spec.yaml", text))
    assert tree is not None and not found
    return plain(tree.root)


PLAIN: Any = data(BASE)
SYSTEMS = {name: data((ZOO / f"{name}.yaml").read_text(encoding="utf-8")) for name in ALL}


def with_(changes: dict[str, Any]) -> str:
    """The base with values at dotted places, as JSON, which is YAML."""
    made = copy.deepcopy(PLAIN)
    for place, value in changes.items():
        *way, last = place.split("/")
        node = made
        for step in way:
            node = node[int(step) if step.isdecimal() else step]
        node[int(last) if last.isdecimal() else last] = value
    if "train/phases" in changes:  # which say how long
        del made["train"]["for"]
    return json.dumps(made)


# --- shapes of spec that are none


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this spec is empty"),
        ("{}", "this spec is empty"),
        ("# nothing\n", "this spec is empty"),
        ("[1]", "a spec is a mapping"),
        ("3", "a spec is a mapping"),
        ("vfmc: 1", "this spec has no `name` and `train`"),
        ("name: x", "this spec has no `vfmc` and `train`"),
        (
            "vfmc: 2\nname: x\ntrain: {batch: 1, optimizer: {use: sgd, lr: 1}, for: 1 epoch}\nlosses: {}",
            "version 1",
        ),
    ],
)
def test_a_spec_that_is_none_gets_a_sentence(text: str, says: str) -> None:
    assert any(says in each.message for each in findings(text))


@pytest.mark.parametrize(
    "section",
    [
        "inputs",
        "views",
        "masks",
        "towers",
        "values",
        "losses",
        "sources",
        "train",
        "eval",
        "export",
        "let",
        "without",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        3,
        "x",
        [1],
        [],
        None,
        {},
        {"a": None},
        {"a": 3},
        {"a": []},
        {"a": {}},
        {"a": {"use": None}},
        {"a": {"use": ["x"]}},
    ],
)
def test_a_section_of_the_wrong_kind_is_no_traceback(section: str, value: object) -> None:
    told = render(findings(with_({section: value})), "full", False)
    assert not re.search(r"pydantic|NoneType|\bdict\b|Traceback", told)


# --- sizes, counts, cycles


@pytest.mark.parametrize("number", [0, -1, 10**9, 10**30, 1e300, float("nan"), float("inf"), True, "1e400"])
@pytest.mark.parametrize(
    "place",
    [
        "views/crop/size", "views/crop/count", "masks/half/ratio", "towers/encoder/pipe/0/size", "towers/encoder/pipe/0/width",
        "towers/encoder/pipe/4/depth", "towers/encoder/pipe/4/heads", "towers/encoder/pipe/4/mlp", "towers/encoder/pipe/3/cls",
        "towers/decoder/pipe/1/out", "losses/pixels/target/size", "losses/pixels/weight", "train/batch", "train/accumulate", "train/seed",
        "train/for", "train/optimizer/lr", "train/optimizer/weight_decay", "train/keep",
    ],
)  # fmt: skip
def test_no_number_is_too_odd(place: str, number: object) -> None:
    text = with_({place: number}).replace("NaN", ".nan").replace("Infinity", ".inf")
    found = findings(text)
    if not any(each.severity is Severity.ERROR for each in found):
        assert number in (0, -1, True, 10**9, "1e400") or place == "losses/pixels/weight", place


HOSTILE = {
    "a tower that contains itself": {"towers/decoder/pipe": ["decoder"]},
    "towers that contain one another": {"towers/decoder/pipe": ["b"], "towers/b": {"pipe": ["decoder"]}},
    "a tower that is its own operand": {"towers/encoder/from": "encoder"},
    "a view of a view": {"views/second": {"use": "center_crop", "of": "crop", "size": 8}},
    "a view of itself": {"views/crop/of": "crop"},
    "a mask of a label": {"inputs/label": {"use": "label", "classes": 3}, "masks/half/of": "label"},
    "a mask of a mask": {"masks/half/of": "half"},
    "a mask of a tower": {"masks/half/of": "encoder"},
    "a copy of itself": {"towers/t": {"pipe": [{"use": "ema", "of": "t", "momentum": 0.9}]}},
    "copies of one another": {
        "towers/t": {"pipe": [{"use": "ema", "of": "u", "momentum": 0.9}]},
        "towers/u": {"pipe": [{"use": "ema", "of": "t", "momentum": 0.9}]},
        "values": {"v": "t"},
    },
    "values without end": {"values": {"v0": ["crop"] * 10, **{f"v{i}": [f"v{i - 1}"] * 10 for i in range(1, 12)}}},
    "towers without end": {
        "towers/t0": {"pipe": ["l2norm"]}, **{f"towers/t{i}": {"pipe": [f"t{i - 1}"] * 10} for i in range(1, 9)},
        "values": {"v": {"use": "t8", "of": "encoder"}},
    },
    "a long chain of names": {"values": {"v0": "crop", **{f"v{i}": f"v{i - 1}" for i in range(1, 280)}}},
    "a longer chain of names": {"values": {"v0": "crop", **{f"v{i}": f"v{i - 1}" for i in range(1, 2000)}}},
    "a long chain of towers": {
        "towers/t0": {"pipe": ["l2norm"]}, **{f"towers/t{i}": {"pipe": [f"t{i - 1}"]} for i in range(1, 2000)},
        "values": {"v": {"use": "t1999", "of": "encoder"}},
    },
    "many sections": {f"s{i}": 1 for i in range(3000)},
    "many unknown names": {"values": {f"v{i}": f"enk{i}" for i in range(280)}},
    "many towers": {f"towers/t{i}": {"pipe": ["l2norm"]} for i in range(180)},
    "too many towers": {f"towers/t{i}": {"pipe": ["l2norm"]} for i in range(3000)},
    "many phases": {"train/phases": [{"name": f"p{i}", "for": "1 epoch", "set": {"train.batch": 4}} for i in range(64)]},
    "too many phases": {"train/phases": [{"name": f"p{i}", "for": "1 epoch", "set": {"train.batch": 4}} for i in range(65)]},
    "too many phases of many names": {
        "train/phases": [{"name": f"p{i}", "for": "1 epoch", "set": {"train.batch": 4}} for i in range(60)],
        "values": {f"v{i}": "crop" for i in range(100)},
    },
    "too many inputs": {f"inputs/i{i}": "image" for i in range(6000)},
    "too many groups": {"train/groups": [{"select": "encoder", "rate": 0.1}] * 300},
    "too many stages": {"towers/t": {"pipe": ["l2norm"] * 990}},
    "too many arguments": {"towers/encoder/pipe/4": {"use": "blocks", **{f"k{i}": 3 for i in range(4000)}}},
    "too many addresses": {"train/phases": [{"name": "p", "for": "1 epoch", "set": {f"train.x{i}": 4 for i in range(4000)}}]},
    "deep operands": {"values": {"v": json.loads('{"use": "decoder", "of": ' * 60 + '"crop"' + "}" * 60)}},
}  # fmt: skip
BOMB = ", ".join(f"a{i}: [{', '.join([f'$a{i - 1}'] * 10)}]" for i in range(1, 15))
LET = [f"let: {{a0: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], {BOMB}}}\ndoc: $a14\n", "let: {a: $b, b: $a}\ndoc: $a\n"]

LIMITED = """
import resource, sys, json
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
sys.path[:0] = {paths!r}
import test_check_hostile as here
from vfmc.source.render import render
for name, changes in here.HOSTILE.items():
    found = here.findings(here.with_(changes))
    render(found, "full", False)
    print(name, max((each.severity for each in found), default=0).__int__())
for text in here.LET:
    print("let", int(max(each.severity for each in here.findings(here.BASE + text))))
try:  # getrusage counts the process that this one was forked from; the high-water mark of the address space does not
    print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
except OSError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_hostile_specs_take_little_time_and_memory() -> None:
    here = Path(__file__).parent
    code = LIMITED.format(paths=[str(here), str(here.parent)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, memory = done.stdout.splitlines()
    assert len(lines) == len(HOSTILE) + len(LET)
    harmless = [line for line in lines if not line.endswith(" 2")]
    assert [line.rpartition(" ")[0] for line in harmless] == [
        "a long chain of names",
        "many towers",
        "many phases",
    ]
    assert int(memory) < 300
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime >= 0


RINGS = [
    "a tower that contains itself",
    "a tower that is its own operand",
    "a view of itself",
    "a mask of a mask",
]


@pytest.mark.parametrize("name", [*RINGS, "copies of one another"])
def test_a_cycle_is_one_finding(name: str) -> None:
    assert only(with_(HOSTILE[name])).code == "REF109"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("too many inputs", "names; a spec has at most 300"),
        ("too many phases", "65 phases; a spec has at most 64"),
        ("too many phases of many names", "together; a spec has at most 1,500"),
        ("too many groups", "300 groups; a spec has at most 200"),
        ("too many stages", "stages; the pipes of a spec have at most 200"),
        ("too many arguments", "4,001 keys; one mapping has at most 200"),
        ("too many addresses", "4,000 keys; one mapping has at most 200"),
    ],
)
def test_what_nobody_means_is_one_finding(name: str, says: str) -> None:
    found = only(with_(HOSTILE[name]))
    assert found.code == "REF120" and says in found.message


def test_findings_are_cut_at_a_hundred() -> None:
    found = findings(with_(HOSTILE["many unknown names"]))
    assert len(found) == 100 and any(
        "more findings are not shown" in note for each in found for note in each.notes
    )


# --- names


CODE = ['x"]; import os; os.system("true")#', "{{ 7*7 }}", "../../etc/passwd", "a\nb"]
EVIL = [*CODE, "__init__", "__class__", "class", "lambda", "a b", "a.b", "", "é", "x" * 200, "self"]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize(
    "section", ["inputs", "views", "masks", "towers", "values", "losses", "sources", "eval", "export"]
)
def test_a_name_that_is_none_is_a_finding(section: str, name: str) -> None:
    value = {"inputs": "image", "views": {"use": "center_crop", "of": "image"}, "masks": {"use": "random", "of": "crop", "ratio": 0.1},
             "towers": {"from": "crop", "pipe": [{"use": "patches", "size": 4, "width": 8}]}, "values": "crop", "losses": PLAIN["losses"]["pixels"],
             "sources": "digits", "eval": {"use": "reconstruction", "loss": "pixels", "data": "digits"}, "export": "encoder"}[section]  # fmt: skip
    made = copy.deepcopy(PLAIN)
    made.setdefault(section, {})[name] = value
    found = findings(json.dumps(made))
    if name == "self" and section in ("eval", "export"):
        return
    assert [each.code for each in found if each.severity is Severity.ERROR][:1] in (["REF115"], ["SYN025"]), [
        each.message for each in found
    ]


@pytest.mark.parametrize("name", [*EVIL, "forward", "training", "parameters"])
def test_a_label_that_is_none_is_a_finding(name: str) -> None:
    found = findings(with_({"towers/decoder/pipe/1/as": name}))
    assert [each.code for each in found] in (["REF115"], ["REF118"]) or name == "self"


@pytest.mark.parametrize("name", EVIL)
def test_the_name_of_a_spec_and_of_a_phase_are_names(name: str) -> None:
    if name != "self":
        assert only(with_({"name": name})).code == "REF115"
        assert only(with_({"train/phases": [{"name": name, "for": "1 epoch"}]})).code == "REF115"
        twice = json.loads(with_({"train/phases": [{"name": name, "for": "1 epoch"}]}))
        twice["train"]["for"] = "2 epochs"
        assert only(json.dumps(twice)).code == "REF115"


@pytest.mark.parametrize("name", ["range", "torch", "nn", "forward", "train", "parts", "knobs", "embed"])
def test_a_tower_may_not_take_a_name_of_generated_code(name: str) -> None:
    assert (
        findings(
            with_({f"towers/{name}": {"from": "crop", "pipe": [{"use": "patches", "size": 4, "width": 8}]}})
        )[0].code
        == "REF115"
    )
