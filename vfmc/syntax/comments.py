"""Which entry or item a comment belongs to.

A comment on a line of its own belongs to what follows it in the same block, or to the block's end where
nothing follows; a comment at the end of a line belongs to what that line ends, or opens. Where no bracket
tells whether a comment after the last entry still belongs to the block, its indentation does.
"""

from __future__ import annotations

from bisect import bisect_right

from vfmc.source import Source
from vfmc.source.record import record
from vfmc.syntax.draft import Block


@record(frozen=True)
class Comment:
    """A comment from its `#` to the end of its line."""

    start: int
    text: str
    line: int
    column: int
    own_line: bool


def comment_at(source: Source, start: int) -> Comment:
    """The comment whose `#` stands at `start`."""
    line, column = source.position(start)
    first = source.line_starts[line - 1]
    own_line = not source.text[first:start].strip()
    return Comment(start, source.line(line)[start - first :].rstrip(), line, column, own_line)


def attach(source: Source, root: Block, comments: list[Comment]) -> None:
    """Hang each comment on the place it belongs to, inside `root`."""
    for comment in comments:
        _attach(source, root, comment)


def _attach(source: Source, block: Block, comment: Comment) -> None:
    while True:
        index = bisect_right(block.places, comment.start, key=lambda place: place.start)
        last = block.places[index - 1] if index else None
        following = block.places[index] if index < len(block.places) else None
        if following is not None and comment.start < block.closed < following.start:
            following = None
        if last is None or not isinstance(last.value, Block):
            break
        inner = last.value
        if not _goes_inside(source, comment, last.start, inner, block.column if following else 0):
            break
        block = inner
    if last is not None and not comment.own_line:
        opened = comment.start < last.end
        if opened or source.position(max(last.end - 1, 0))[0] == comment.line:
            last.end_of_line(comment.text)
            return
    if last is not None and comment.start < last.end:  # between a key and its value
        last.before.append(comment.text)
    elif following is not None:
        following.before.append(comment.text)
    else:
        block.trailing.append(comment.text)


def _goes_inside(source: Source, comment: Comment, start: int, inner: Block, column: int) -> bool:
    """Whether a comment after `start` belongs inside `inner`.

    `column` is where the surroundings of `inner` go on, 0 where nothing follows.
    """
    if inner.bracketed:
        if not inner.start < comment.start < inner.end:
            return False
        opens_here = not inner.places or comment.start < inner.places[0].start
        return comment.own_line or not opens_here
    content_starts = inner.places[0].start if inner.places else inner.end
    if comment.start < inner.end:
        return comment.own_line or comment.start > content_starts
    if comment.own_line:
        return comment.column >= inner.column and comment.column > column
    if inner.inline and source.position(start)[0] == comment.line:
        return False
    return source.position(max(inner.end - 1, 0))[0] == comment.line
