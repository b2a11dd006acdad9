"""Specs with something to mend: bad examples of rules that have a fix and misspelt specs of the zoo, written this way and that."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from mutants import SPELLINGS, misspelt, text_of

from vfmc.lint import registry
from vfmc.source import Source
from vfmc.syntax.read import read, write


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Spelling and text of every bad example whose rule has a fix, in both spellings where both can say it."""
    found: list[tuple[str, str]] = []
    for rule in registry.rules():
        if not rule.fix:
            continue
        found.append((rule.spelling, rule.bad))
        tree, wrong = read(Source(f"spec.{rule.spelling}", rule.bad))
        if tree is not None and not wrong:
            other = "vfm" if rule.spelling == "yaml" else "yaml"
            found.append((other, write(tree, other)))
    return tuple(found)


@cache
def slips() -> tuple[tuple[str, str], ...]:
    """Spelling and text of small specs of the zoo with a word misspelt."""
    found = []
    for spec in ("mae_tiny", "simclr_tiny", "supervised_vit_tiny"):
        for spelling in SPELLINGS:
            text = text_of(spec, spelling)
            tree, _ = read(Source(f"spec.{spelling}", text))
            assert tree is not None
            found += [
                (spelling, each.text) for each in misspelt(spec, spelling, text, tree) if not each.valid
            ]
    return tuple(found)


def mendable(seed: int) -> tuple[str, str]:
    """Spelling and text of a number, always the same ones."""
    dice = Random(f"mend {seed}")
    spelling, text = dice.choice(examples() if dice.random() < 0.5 else slips())
    for _ in range(dice.randint(0, 5)):
        text = dice.choice(WAYS)(dice, text, spelling)
    return spelling, text


def said_at_an_end(dice: Random, text: str, spelling: str) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    if lines[at].strip() and "#" not in lines[at]:
        lines[at] += f"  #c{dice.randint(0, 99)}"
    return "\n".join(lines)


def said_above(dice: Random, text: str, spelling: str) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    margin = re.match(" *", lines[at])
    lines.insert(at, (margin[0] if margin else "") + f"#c{dice.randint(0, 99)}")
    return "\n".join(lines)


def spread(dice: Random, text: str, spelling: str) -> str:
    """More space behind a comma or a colon of a call."""
    places = [match.end() for match in re.finditer(r"[,{(] ?(?=\w)", text)]
    if not places:
        return text
    at = dice.choice(places)
    return text[:at] + " " * dice.randint(1, 3) + text[at:]


def broken(dice: Random, text: str, spelling: str) -> str:
    """A line break behind a comma of a call, with a comment now and then."""
    places = [match.end() for match in re.finditer(r",(?= \w+:)", text)]
    if not places:
        return text
    at = dice.choice(places)
    said = f" #c{dice.randint(0, 99)}" if dice.random() < 0.3 else ""
    return text[:at] + said + "\n" + " " * 14 + text[at:]


def quoted(dice: Random, text: str, spelling: str) -> str:
    """A value in quotes, where they mean the same."""
    places = list(re.finditer(r"(?<=[:,\[] )[a-z]\w+(?=[,}\]\n])", text)) if spelling == "yaml" else []
    places = [each for each in places if each[0] not in ("true", "false", "null", "none")]
    if not places:
        return text
    chosen, mark = dice.choice(places), dice.choice("\"'")
    return text[: chosen.start()] + mark + chosen[0] + mark + text[chosen.end() :]


def renumbered(dice: Random, text: str, spelling: str) -> str:
    places = list(re.finditer(r"(?<=: )\d+(\.\d+)?(?=[,}\])\n])", text))
    if not places:
        return text
    chosen = dice.choice(places)
    return (
        text[: chosen.start()]
        + dice.choice(["0", "1", "2", "8", "16", "0.5", "1.0e-3", "100.0"])
        + text[chosen.end() :]
    )


def twice(dice: Random, text: str, spelling: str) -> str:
    """A line again, or left out."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at : at + 1] = dice.choice([[], [lines[at]] * 2])
    return "\n".join(lines)


WAYS = (said_at_an_end, said_above, spread, broken, quoted, renumbered, twice)
