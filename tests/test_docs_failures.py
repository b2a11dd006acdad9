"""docs/failures.md names rules and tests that there are, and leaves no rule's link dangling."""

from __future__ import annotations

import re

from conftest import ROOT

from vfmc.lint import registry

PAGE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")


def test_every_rule_that_is_named_exists_and_is_linked_to_its_own_page() -> None:
    links = re.findall(r"\[([A-Z]{3}\d{3})\]\(rules/(\w+)\.md\)", PAGE)
    assert len(links) > 40 and {code for code, page in links if code != page} == set()
    assert {code for code, _ in links} <= {rule.code for rule in registry.rules()}
    assert len(re.findall(r"\b[A-Z]{3}\d{3}\b", PAGE)) == 2 * len(links), "each code is a link"


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert len(named) > 10
    assert {name for name in named if f"def {name}(" not in tests} == set()
