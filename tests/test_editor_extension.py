"""The VS Code extension: its files name what there is, and its words are those of the language."""

import json
import re

from conftest import ROOT

from vfmc.cli.main import VERBS
from vfmc.syntax.words import DECLARATIONS

FOLDER = ROOT / "editors" / "vscode"


def test_every_file_that_the_manifest_names_is_there() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text())
    named = [manifest["main"], *(each["path"] for each in manifest["contributes"]["grammars"])]
    named += [each["configuration"] for each in manifest["contributes"]["languages"]]
    assert all((FOLDER / name).is_file() for name in named)
    program, verb, *_ = manifest["contributes"]["configuration"]["properties"]["vfmc.command"]["default"]
    assert program == "vfmc" and verb in VERBS


def test_the_grammar_of_colours_knows_every_word_that_declares() -> None:
    grammar = json.loads((FOLDER / "syntaxes" / "vfm.tmLanguage.json").read_text())
    words: set[str] = set()
    for pattern in grammar["patterns"]:
        re.compile(pattern.get("match", ""))
        words |= set(re.findall(r"[a-z]+", pattern.get("match", "")))
    assert set(DECLARATIONS) <= words
