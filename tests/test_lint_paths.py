"""Paths that are those of one machine, or lead out of the folder, wherever a spec names one."""

from __future__ import annotations

from typing import Any

import pytest
from checking import as_dsl, spec

from vfmc.api import Spec
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Source

SHARDS = {"use": "webdataset", "samples": 10}
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "below": ({"sources.pairs": {**SHARDS, "urls": "data/a/../x.tar"}}, []),
    "out": ({"sources.pairs": {**SHARDS, "urls": "../../x.tar"}}, ["out of the folder"]),
    "out by a detour": ({"sources.pairs": {**SHARDS, "urls": "data/../../x.tar"}}, ["out of the folder"]),
    "one of several": ({"sources.pairs": {**SHARDS, "urls": ["a.tar", "../b.tar"]}}, ["out of the folder"]),
    "a name with dots": ({"sources.pairs": {**SHARDS, "urls": "..a.tar"}}, []),
    "absolute": ({"sources.pairs": {**SHARDS, "urls": "/data/x.tar"}}, ["of one machine"]),
    "a vocabulary": (
        {"inputs.caption.tokenizer": {"use": "clip", "path": "../bpe.gz"}}, ["out of the folder"],
    ),
    "weights": ({"towers.vision.with": {"init": {"path": "../../passwd"}}}, ["out of the folder"]),
}  # fmt: skip


def test_of_a_list_the_element_is_told() -> None:
    files = "[pairs.csv, /home/ann/a.csv, ../b.csv]"
    text = f"vfmc: 1\nname: a\nextends: clip_tiny\nsources: {{pairs: {{use: csv, files: {files}}}}}\n"
    for source in (Source("a.yaml", text), Source("a.vfm", as_dsl(text))):
        [found] = [each for each in lint(Spec(source, None), Settings(profile="ci")) if each.code == "REP902"]
        assert found.span.text.strip("\"'") == "/home/ann/a.csv"


@pytest.mark.parametrize("profile", ["ci", "strict"])
@pytest.mark.parametrize("case", CASES)
def test_a_path_that_nobody_else_has_is_told(case: str, profile: str) -> None:
    overrides, wanted = CASES[case]
    found = [
        each
        for each in lint(spec("clip_tiny", overrides), Settings(profile=profile))
        if each.code == "REP902"
    ]
    assert len(found) == len(wanted)
    assert all(text in each.message for text, each in zip(wanted, found, strict=True))
