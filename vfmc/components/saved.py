"""What an application keeps between its forward and its backward pass, as components tell it."""

from dataclasses import field

from vfmc.source.record import record

FULL, HALF = "full", "half"


@record(frozen=True)
class Saved:
    """What one application keeps for its backward pass, in numbers beside its weights.

    `full` of them stay float32 whatever the precision; `half` have that of matrix products, two bytes where it is bf16 or fp16. Both are
    of one sample (of a loss: of all its samples), `once` is like `half` and the same for a batch of any size. `operands` and `result` say
    how what comes in and goes out is kept, FULL or HALF, if it is: a tensor that several read is counted once.
    """

    full: int = 0
    half: int = 0
    once: int = 0
    operands: dict[str, str] = field(default_factory=dict, hash=False)
    result: str = ""
    view: bool = False  # the result is a part of its operand's memory, and keeps the whole of it
    known: bool = True  # False for somebody else's module, which is never looked into
    apart: bool = False  # of a loss: of every micro-batch by itself, before anything is joined
