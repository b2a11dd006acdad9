"""The page of a rule, as Markdown and as data: made from its file alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vfmc.lint.rule import FAMILIES, Rule
from vfmc.source import Severity

FIXES = {
    "safe": "`--fix` mends it.",
    "unsafe": "`--fix --unsafe-fixes` mends it; that changes what the spec means.",
}
LANGUAGES = {"py": "python", "yaml": "yaml", "json": "json"}
BY = {
    "check": "It is reported by the reader or by the check: such a spec cannot be built, so it can be neither ignored nor suppressed.",
    "doubt": "It is found by the check, and the spec can be built all the same: whatever is selected it is told, unless it is ignored, or silenced "
    "where it stands. {}",
    "linter": "",
    "rule": "",
}

REFUSED = "Until then no other command takes the spec: not `build`, not `train`."


def markdown(rule: Rule) -> str:
    """A page that stands alone."""
    facts = [str(rule.severity), "preview" if rule.preview else "stable"]
    if rule.by != "check":
        facts.append("on in " + ", ".join(rule.profiles))
    parts = [
        f"# {rule.code} {rule.name}",
        f"{FAMILIES[rule.family].capitalize()}; {', '.join(facts)}.",
        f"**What it finds.** {rule.what}",
        f"**Why it matters.** {rule.why}",
        _example("Bad", rule, rule.bad),
        _example("Good", rule, rule.good),
        *(_file(name, text) for name, text in rule.files.items()),
        FIXES.get(rule.fix, ""),
        BY[rule.by].format(REFUSED if rule.severity is Severity.ERROR else "").rstrip(),
        f"Seen in: {rule.source}." if rule.source else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _example(title: str, rule: Rule, text: str) -> str:
    sign = "$ " if rule.spelling == "console" else ""
    return f"## {title}\n\n```{rule.spelling}\n{sign}{text.rstrip()}\n```"


def _file(name: str, text: str | bytes) -> str:
    """A file beside the examples; a byte that is no text as its number."""
    if not text:
        return f"Beside it: `{name}`, whatever it holds."
    language = LANGUAGES.get(name.rpartition(".")[2], "")
    return f"Beside it: `{name}`\n\n```{language}\n{_shown(text).rstrip()}\n```"


def _shown(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "backslashreplace")


def data(rule: Rule) -> dict[str, Any]:
    """The same for programs."""
    return {
        "code": rule.code,
        "name": rule.name,
        "family": FAMILIES[rule.family],
        "severity": str(rule.severity),
        "stability": "preview" if rule.preview else "stable",
        "selectable": rule.by != "check",
        "profiles": list(rule.profiles) if rule.by != "check" else [],
        "what": rule.what,
        "why": rule.why,
        "bad": rule.bad,
        "good": rule.good,
        "spelling": rule.spelling,
        "files": {name: _shown(text) for name, text in rule.files.items()},
        "fix": rule.fix or None,
        "source": rule.source,
    }


def table(rules: Iterable[Rule]) -> str:
    """The page of all rules: a table a family."""
    families: dict[str, list[Rule]] = {}
    for rule in rules:
        families.setdefault(rule.family, []).append(rule)
    lines = [
        "# Rules",
        "",
        f"{sum(map(len, families.values()))} rules. Generated from `vfmc/lint/rules`; `vfmc rule CODE` shows a page in the terminal.",
        "`E` is an error, `W` a warning, `I` an information; `fix` tells what `vfmc lint --fix` can mend, `unsafe` what needs `--unsafe-fixes`;",
        "`always` marks what the reader and the check report, which can be neither ignored nor suppressed.",
    ]
    for family, found in families.items():
        lines += [
            "",
            f"## {family}: {FAMILIES[family]}",
            "",
            "| code | name | what it finds | |",
            "| --- | --- | --- | --- |",
        ]
        for rule in found:
            marks = [
                str(rule.severity)[:1].upper(),
                "fix" if rule.fix == "safe" else rule.fix,
                "preview" * rule.preview,
            ]
            marks += (
                ["always"]
                if rule.by == "check"
                else []
                if "default" in rule.profiles
                else [f"{rule.profiles[0]} profile"]
            )
            what = rule.what.replace("|", "\\|")
            lines.append(
                f"| [{rule.code}]({rule.code}.md) | {rule.name} | {what} | {', '.join(filter(None, marks))} |"
            )
    return "\n".join(lines) + "\n"
