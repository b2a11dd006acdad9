"""The pages of rules are made from their files, and fresh."""

import json
import sys

from conftest import ROOT, Command

from vfmc.lint import registry

sys.path.insert(0, str(ROOT / "docs"))
from refresh import RULES, rule_pages


def test_the_pages_are_fresh_and_no_others_are_there() -> None:
    pages = rule_pages()
    assert {path.name for path in RULES.glob("*.md")} == set(pages), "run `make docs`"
    for name, text in pages.items():
        assert (RULES / name).read_text(encoding="utf-8") == text, f"{name}: run `make docs`"


def test_a_page_is_shown_by_code_or_by_name(vfmc: Command) -> None:
    found = vfmc("rule", "OPT510")
    assert found.code == 0 and found.out.startswith("# OPT510 warmup-longer-than-training\n")
    assert "**Why it matters.**" in found.out and "## Bad" in found.out and "Seen in: open_clip" in found.out
    assert vfmc("rule", "warmup-longer-than-training").out == found.out == vfmc("rule", "opt510").out
    facts = json.loads(vfmc("rule", "OPT510", "--format", "json").out)
    assert (facts["severity"], facts["stability"], facts["selectable"]) == ("error", "stable", True)


def test_all_rules_are_listed(vfmc: Command) -> None:
    listed = json.loads(vfmc("rule", "--all", "--format", "json").out)
    assert [each["code"] for each in listed] == [rule.code for rule in registry.rules()]
    table = vfmc("rule", "--all").out
    assert all(f"[{each['code']}]({each['code']}.md)" in table for each in listed)


def test_an_unknown_rule_gets_a_suggestion(vfmc: Command) -> None:
    found = vfmc("rule", "OPT501x")
    assert found.code == 2 and "did you mean" in found.err
    assert vfmc("rule").code == vfmc("rule", "OPT510", "--all").code == 2
