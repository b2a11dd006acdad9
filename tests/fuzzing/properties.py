"""What must hold of every text, whatever it says: the readers, the formatter, the fixer."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator

from vfmc.api import Spec
from vfmc.lint import fix
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Severity, Source
from vfmc.source.render import render
from vfmc.syntax.load import source_of
from vfmc.syntax.read import format_source, read, written
from vfmc.syntax.tree import Mapping, Node, Scalar, Tree

SECONDS = 1.0  # of CPU for a small text, however slow the machine: a bound on what grows without one
COMMENT = re.compile(r"#c\d+")


class Broken(AssertionError):
    """A property that does not hold."""


def must(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)


def readers_and_formatter(text: str | bytes, spelling: str) -> bool:
    """Reads a text and, where it can be read, formats it both ways; whether it could be read."""
    started = time.process_time()
    name = f"spec.{spelling}"
    source = source_of(name, text) if isinstance(text, bytes) else Source(name, text)
    if isinstance(source, Diagnostic):
        inside(source, source.span.source)
        return False
    tree, found = read(source)
    must(tree is not None or found, "neither a tree nor a finding")
    for each in found:
        inside(each, source)
    if found:
        shown = render(found, "full", color=False)
        must(shown and "Traceback" not in shown, "nothing is shown")
    if tree is not None:
        for node in nodes(tree.root):
            must(
                0 <= node.span.start <= node.span.end <= len(source.text),
                f"a node at {node.span.start}:{node.span.end}",
            )
    readable = tree is not None and not found
    if readable:
        assert tree is not None
        formatted(source, tree, spelling)
    must(time.process_time() - started < SECONDS, "it took too long")
    return readable


def formatted(source: Source, tree: Tree, spelling: str) -> None:
    """Twice is once, the tree stays, comments stay, and the way through the other spelling changes nothing."""
    once = canonical(source, tree, spelling)
    must(once is not None, "it cannot be written as it was")
    assert once is not None
    must(written(once[1], spelling) == once[0].text, f"formatted twice:\n{once[0].text}")
    other = "vfm" if spelling == "yaml" else "yaml"
    through = canonical(source, tree, other)
    if through is not None:
        must(written(through[1], other) == through[0].text, f"formatted twice as {other}:\n{through[0].text}")
        canonical(*through, spelling)


def canonical(source: Source, tree: Tree, spelling: str) -> tuple[Source, Tree] | None:
    """The text that `vfmc fmt` writes of a tree in a spelling, with what is read of it; None where only YAML can spell it."""
    text = written(tree, spelling)
    if not isinstance(text, str):
        found = format_source(source, spelling)[1]
        must(
            spelling == "vfm" and [each.code for each in found] == ["SYN060"],
            f"not written: {[e.message for e in found]}",
        )
        inside(found[0], source)
        return None
    made = Source(f"spec.{spelling}", text)
    again, wrong = read(made)
    must(
        again is not None and not wrong,
        f"what was written cannot be read: {[each.message for each in wrong]}\n{text}",
    )
    assert again is not None
    must(again == tree, f"another tree:\n{text}")
    must(
        Counter(said(again.root)) == Counter(said(tree.root)),
        f"other comments {said(tree.root)} {said(again.root)}:\n{text}",
    )
    must(set(COMMENT.findall(source.text)) == set(COMMENT.findall(text)), f"a comment is lost:\n{text}")
    return made, again


def fixer(text: str, spelling: str, unsafe: bool, *, format: bool = False) -> int:
    """Applies every fix until none is left; how many there were. What is fixed has no such finding and no new error.

    With `format` the text is formatted as well, where it can be read: in its own spelling alone, which is quick.
    """
    source = Source(f"spec.{spelling}", text)
    settings = Settings(profile="strict", preview=True)
    spec = Spec(source, None)
    before = lint(spec, settings)

    def linted(made: Source) -> list[Diagnostic]:
        return before if made is source else lint(Spec(made, None), settings)

    tree = spec.compile(until="check").tree
    if format and tree is not None and not any(each.code.startswith("SYN") for each in before):
        once = canonical(source, tree, spelling)
        must(once is not None, "it cannot be written as it was")
        assert once is not None
        must(written(once[1], spelling) == once[0].text, f"formatted twice:\n{once[0].text}")
    for each in before:
        inside(each, source)
    one = fix.fixable(before, unsafe)
    if not one:
        return 0
    for finding in one if len(one) > 1 else []:  # each by itself takes away its finding
        alone, count = fix.fixed(source, [finding], unsafe)
        must(count == 1 and alone != text, f"{finding.code} changes nothing")
        gone(finding, linted(Source(source.name, alone)), alone)
    after, count, left_over = fix.settle(source, linted, unsafe)
    must(count >= 1 and after.text != text, f"{one[0].code} changes nothing")
    if len(one) == 1:
        gone(one[0], left_over, after.text)
    must(not fix.fixable(left_over, unsafe), f"not all is mended:\n{after.text}")
    errors = {each.code for each in before if each.severity is Severity.ERROR}
    new = [each.message for each in left_over if each.severity is Severity.ERROR and each.code not in errors]
    must(not new or unsafe, f"a fix breaks the spec: {new}\n{after.text}")
    must(set(COMMENT.findall(text)) <= set(COMMENT.findall(after.text)), f"a comment is lost:\n{after.text}")
    return count


def gone(finding: Diagnostic, left: list[Diagnostic], text: str) -> None:
    """What was mended is not told again at its place."""
    told = (finding.code, finding.message, finding.span.start)
    must(
        told not in [(each.code, each.message, each.span.start) for each in left],
        f"{finding.code} is still there:\n{text}",
    )


def inside(finding: Diagnostic, source: Source) -> None:
    """A finding, its labels and its edits stand in the text."""
    spans = [finding.span, *(label.span for label in finding.labels), *(edit.span for edit in finding.fix)]
    for span in spans:
        where = span.source.text  # that of a base, where the spec extends one
        must(
            span.source.name != source.name or where == source.text,
            f"{finding.code} stands in a text that is no more",
        )
        must(0 <= span.start <= span.end <= len(where), f"{finding.code} stands at {span.start}:{span.end}")


def nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for entry in node:
            yield entry.key
            yield from nodes(entry.value)
    elif not isinstance(node, Scalar):
        for part in node:
            yield from nodes(part)


def said(node: Node) -> list[str]:
    """Every comment inside a node."""
    if isinstance(node, Scalar):
        return []
    found = list(node.trailing)
    for child in node.entries if isinstance(node, Mapping) else node.items:
        after = [child.comments.after] if child.comments.after else []
        found += [*child.comments.before, *after, *said(child.value)]
    return found
