"""Specs whose names are attacks, and plug-ins with such names: every format shows them, and none lets them say something of its own."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from conftest import Command

BAD = b"vfmc: 1\nname: a\nextends: clip_tinny\n"
NAMES = [
    b"a\n::error file=x::pwned\n.yaml",
    "b\u202ecod\u2066.yaml".encode(),
    b"-c.yaml",
    b"--fix.yaml",
    b"d\xff\xfe.yaml",
    b"e%0A,f=1:2;g.yaml",
    b"h<&\"']]>.yaml",
    b"i \x1b[2J\x1b]0;x\x07.yaml",
    b"j\x01\x7f\x9c.yaml",
    "k\u2028l\u0085m.yaml".encode(),
    b"n $(touch pwned) `x` {{ 7 }}.yaml",
]
FORMATS = ["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"]


@pytest.fixture
def named(here: Path) -> Path:
    for name in NAMES:
        (Path(os.fsdecode(os.fsencode(here) + b"/" + name))).write_bytes(BAD)
    return here


def paths(format: str, text: str) -> list[str]:
    """The files that a document names."""
    if format == "json":
        return [each["file"] for each in json.loads(text)["findings"]]
    if format == "jsonl":
        return [json.loads(line)["file"] for line in text.split("\n") if line]
    if format == "gitlab":
        return [each["location"]["path"] for each in json.loads(text)]
    if format == "junit":
        return [each.get("file", "") for each in ElementTree.fromstring(text).iter("testcase")]
    assert format == "sarif"
    found = [
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in json.loads(text)["runs"][0]["results"]
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9_.~%/-]+", uri) for uri in found)
    return [os.fsdecode(unquote_to_bytes(uri)) for uri in found]


@pytest.mark.parametrize("target", ["", "report"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_holds_one_finding_a_file(vfmc: Command, named: Path, format: str, target: str) -> None:
    done = vfmc("lint", ".", "--format", format, *(["-o", target] if target else []))
    assert done.code == 1, done.err
    text = (named / target).read_text(encoding="utf-8") if target else done.out
    if format in ("full", "concise", "github"):
        lines = text.split("\n")
        commands = [line for line in lines if line.startswith("::")]
        assert len(commands) == (len(NAMES) if format == "github" else 0)
        if format != "github":  # which the runner reads, and no terminal
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
        if format == "concise":
            assert len([line for line in lines if "REF112" in line]) == len(NAMES)
        return
    found = paths(format, text)
    assert len(found) == len(NAMES)
    if format == "sarif" or (format in ("json", "jsonl", "gitlab") and target):
        assert sorted(map(os.fsencode, found)) == sorted(NAMES)


def test_a_baseline_and_fixes_know_such_files_again(vfmc: Command, named: Path) -> None:
    for verb in (["--write-baseline", "b.json"], ["--baseline", "b.json"]):
        done = vfmc("lint", ".", *verb)
        assert done.code in (0, 1) and "fault of vfmc" not in done.out + done.err, done.err
    assert vfmc("lint", ".", "--fix", "--unsafe-fixes").code == 0
    for name in NAMES:
        assert Path(os.fsdecode(name)).read_bytes() == BAD.replace(b"tinny", b"tiny")
    assert len(os.listdir(b".")) == len(NAMES) + 1


@pytest.mark.parametrize("verb", ["lint", "build", "fmt", "inspect", "graph"])
def test_verbs_take_them_one_by_one(vfmc: Command, named: Path, verb: str) -> None:
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(name)).write_bytes(
            BAD.replace(b"tinny", b"tiny").replace(b"name: a", b"name: a%d" % number)
        )
        done = vfmc(verb, "--", os.fsdecode(name))
        assert done.code == 0, (name, done.err)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("verb", ["lint", "build", "fmt"])
def test_a_name_that_is_no_file_is_told_on_one_line(vfmc: Command, here: Path, verb: str) -> None:
    done = vfmc(verb, "--", "zz\n::error::x\x1b[2J.yaml")
    assert done.code == 2 and "\x1b" not in done.err + done.out
    assert not [line for line in (done.err + done.out).split("\n") if line.startswith("::")]
