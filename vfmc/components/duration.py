"""Lengths of training, `10 epochs` or `2%`: how one is read, and what it is as data."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from vfmc.source.record import record

LONGEST = 1e15  # of any unit
UNITS = ("epochs", "steps", "samples", "tokens", "hours", "%")


@record(frozen=True)
class Duration:
    """A length of training: `unit` is epochs, steps, samples, tokens or %."""

    value: float
    unit: str

    def __str__(self) -> str:
        number = f"{self.value:g}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}"

    def data(self) -> dict[str, Any]:
        return {"value": int(self.value) if self.value == int(self.value) else self.value, "unit": self.unit}


def _duration(value: Any) -> Any:
    if isinstance(value, Duration):
        return value
    text = str(value).strip()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz% ")
    unit = text[len(number) :].strip()
    unit = unit if unit == "%" or unit.endswith("s") else unit + "s"
    try:
        amount = float(number.replace("_", ""))
    except ValueError:
        amount = -1.0
    if unit not in UNITS or not 0 <= amount <= LONGEST:
        raise ValueError(
            f"a duration needs a number and a unit ({', '.join(UNITS)}), for example `10 epochs`"
        )
    if unit == "%" and amount > 100:
        raise ValueError("a share of the training is at most 100%")
    return Duration(amount, unit)


Length = Annotated[Duration, BeforeValidator(_duration)]
