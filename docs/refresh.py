"""Writes what is generated: places of README.md and docs/weights.md, the JSON Schema, the index of rules and their pages.

`python docs/refresh.py`, or `make docs`. Tests tell when they are stale.

docs/mutations.md takes long and has a command of its own: `python tests/mutants.py --page docs/mutations.md`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from vfmc import api
from vfmc.cli.facts import scaled
from vfmc.cli.lint import explained
from vfmc.cli.specs import doc
from vfmc.components.schema import schema
from vfmc.interop import layout as layouts
from vfmc.interop.meet import meet
from vfmc.lint import page, registry
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Source
from vfmc.source.render import render

DOCS = Path(__file__).resolve().parent
README = Path(__file__).resolve().parent.parent / "README.md"
RULES = README.parent / "docs" / "rules"
SCHEMA = README.parent / "grammar" / "vfmc-1.schema.json"
MISTAKE = ("heads: 12}", "heds: 12}")  # what the README's spec is broken with, to show a finding


def refreshed(text: str) -> str:
    """The text of the README with its generated places as they would be now."""
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found, "README.md begins with a spec"
    places = {"model.py": tower(found[1]), "lint": finding(found[1]), "zoo": zoo()}
    return filled(text, places)


def filled(text: str, places: dict[str, str]) -> str:
    """The text with what stands between `<!-- generated: NAME -->` and `<!-- end -->` replaced."""
    for name, content in places.items():
        place = re.compile(rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = place.subn(lambda match, content=content: match[1] + content + match[2], text)  # type: ignore[misc]
        assert count == 1, f"there are {count} places for {name}"
    return text


def tower(spec: str) -> str:
    """The image tower of the spec, as generated."""
    package = api.Spec(Source("flip.yaml", spec), None).compile_package().package
    assert package is not None
    code = re.search(r"^class Vision\(.*?(?=\n\n\n|\Z)", package.files["model.py"], re.DOTALL | re.MULTILINE)
    assert code
    return f"```python\n{code[0].rstrip()}\n```\n"


def finding(spec: str) -> str:
    """What lint says of the spec with a mistake in it."""
    broken = Source("my_flip.yaml", spec.replace(*MISTAKE, 1))
    found = lint(api.Spec(broken, None), Settings())
    return f"```text\n{render(found, 'full', False)}\n{explained(found)}\n```\n"


def zoo() -> str:
    """A row for every spec."""
    rows = ["| spec | what it is | parameters | forward, one sample |", "| --- | --- | ---: | ---: |"]
    for name in api.zoo_names():
        plan = api.load(name).compile(until="plan").plan
        assert plan is not None
        forward = scaled(plan.flops["forward"])
        rows.append(f"| `{name}` | {doc(name)} | {plan.parameters['total']:,} | {forward} |")
    return "\n".join(rows) + "\n"


def destinations() -> str:
    """Where the specs of the zoo can be written: systems that go the same ways share a row."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name in api.zoo_names():
        program = api.load(name).program
        whole, alone = [], []
        for layout in layouts.names():
            try:
                meeting = meet(layout, program)
            except layouts.LayoutError:
                continue
            if meeting.unmet() or meeting.layout.name != layout:  # or a family of that name has a better one
                continue
            towers = [each.tower for each in meeting.players.values() if "value" not in each.steps]
            if meeting.left():
                alone.append(f"`{layout} {' '.join(f'--tower {tower}' for tower in towers)}`")
            else:
                whole.append(f"`{layout}`")
        rows.setdefault((", ".join(whole) or "none", ", ".join(alone)), []).append(f"`{name}`")
    lines = ["| spec | all of it | some of its towers |", "| --- | --- | --- |"]
    lines += [f"| {', '.join(names)} | {whole} | {alone} |" for (whole, alone), names in rows.items()]
    return "\n".join(lines) + "\n"


def rule_pages() -> dict[str, str]:
    """The pages of the rules by file name, and the table of all of them."""
    rules = list(registry.rules())
    return {"README.md": page.table(rules), **{f"{rule.code}.md": page.markdown(rule) for rule in rules}}


def schema_text() -> str:
    """The JSON Schema of version 1 of the language, as `vfmc schema` prints it where no plug-in is installed."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    registry.INDEX.write_text(registry.index_text(), encoding="utf-8")
    for path in RULES.glob("*.md"):
        path.unlink()
    RULES.mkdir(exist_ok=True)
    for name, text in rule_pages().items():
        (RULES / name).write_text(text, encoding="utf-8")
    weights = DOCS / "weights.md"
    weights.write_text(
        filled(weights.read_text(encoding="utf-8"), {"destinations": destinations()}), encoding="utf-8"
    )
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
