"""The table of the mutants: in the terminal, and as a page of the documentation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from mutation.mutant import SPECS, Outcome

GROUPS = {
    "section": "a key of the root is misspelt",
    "definition": "a declared name is misspelt, so that its uses are broken",
    "use": "the use of a declared name is misspelt",
    "component": "the name of a component is misspelt",
    "argument": "the name of an argument or a setting is misspelt",
    "choice": "one of a few words is misspelt",
    "unit": "the unit of a duration is misspelt",
    "address": "a part of what a phase sets is misspelt",
    "selector": "a part of what a group trains is misspelt",
    "left out": "a required argument, or a key that every spec needs, is missing",
    "not defined": "a definition that others use is missing",
    "said twice": "an argument, a setting, a definition or a section is given again",
    "wrong kind": "a value of another kind stands where an argument's did",
    "shape": "dimensions that do not divide or do not agree, stages left out or in the wrong order",
}
PAGE = Path(__file__).parent.parent.parent / "docs" / "mutations.md"


def rows(outcomes: Iterable[Outcome]) -> list[tuple[str, int, str, str, str, str]]:
    """A row a group: mutants, caught, by one finding alone, at the token, with the right word, in percent."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.mutant.group].append(outcome)
        groups["all"].append(outcome)
    found = []
    for name in [*GROUPS, "all"]:
        group = groups.get(name, [])
        if group:
            shares = (share(group, "caught"), share(group, "one"), share(group, "at_token"))
            meant = [each for each in group if each.mutant.meant]
            found.append((name, len(group), *shares, share(meant, "suggested") if meant else "-"))
    return found


def share(outcomes: Sequence[Outcome], of: str) -> str:
    """The percentage, rounded down: 100.00 is all of them."""
    return f"{10000 * sum(getattr(each, of) for each in outcomes) // len(outcomes) / 100:.2f}"


def table(outcomes: Iterable[Outcome]) -> str:
    heads = ("mistake", "mutants", "caught %", "one %", "at token %", "right word %")
    return "\n".join(
        "".join(f"{cell!s:<13}" if i == 0 else f"{cell!s:>13}" for i, cell in enumerate(row))
        for row in (heads, *rows(outcomes))
    )


def page(outcomes: list[Outcome], excluded: Counter[str], made: int) -> str:
    """The page of the documentation; of so many mutants that were `made`, there are outcomes of all or of a share."""
    ran = len(outcomes) + excluded.total()
    part = (
        "all of them" if ran == made else f"{ran:,} of them, evenly taken from every spec in both spellings"
    )
    body = [
        f"| {name}{': ' + GROUPS[name] if name in GROUPS else ''} | {' | '.join(map(str, cells))} |"
        for name, *cells in rows(outcomes)
    ]
    missed = [
        each
        for each in outcomes
        if each.crash or not each.at_token or (each.mutant.meant and not each.suggested)
    ]
    ids = [f"- `{each.mutant.id}`: {said(each)}" for each in missed]
    return "\n".join(
        [
            "# Mistakes made on purpose",
            "",
            "Every token of every spec of the zoo is misspelt, arguments and definitions are left out or given twice, values get another",
            "kind, shapes are broken, in both spellings; `vfmc lint` must catch each before torch is imported, with one finding, at the",
            "token, naming the word that was meant. For a misspelt definition that is the first broken use, with the definition shown.",
            "",
            "    python tests/mutants.py --page docs/mutations.md      # this page; `--missed` lists what is not as it should be",
            "",
            "The tests run a sample of them in `make test` and all of them in `make test-all`, where they must be caught without exception,",
            "99 % by exactly one finding at the token, 98 % of the misspellings with the right word.",
            "",
            "| mistake | mutants | caught % | one finding % | at the token % | right word % |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *body,
            "",
            f"There are {made:,} such mistakes; the table is of {part}, less what is not counted.",
            "",
            f"Specs: {', '.join(f'`{name}`' for name in SPECS)}.",
            "",
            "## What is not counted",
            "",
            "These changes make another valid program, so there is nothing to find:",
            "",
            *(f"- {count}: {reason}." for reason, count in sorted(excluded.items())),
            "",
            "## What is missed",
            "",
            *(ids or ["Nothing."]),
            "",
        ]
    )  # fmt: skip


def said(outcome: Outcome) -> str:
    if outcome.crash or not outcome.found:
        return outcome.crash or "not caught"
    return "; ".join(f"{each.message} (at `{each.span.text}`)" for each in outcome.found).replace("\n", " ")
