"""Readings of sensors."""

from typing import Any, Literal

from vfmc.components import Finding, InputKind, arg
from vfmc.types import Signal as SignalType
from vfmc.types import Type, symbol


class Signal(InputKind):
    """Readings over time, such as an IMU's three of acceleration and three of rotation, resampled to `rate`.

    Files are arrays (npy; `axes` says which way round) or tables (csv) with a column a channel and, where there is one, a column of
    time stamps; `columns` picks the channels by name and puts them in order. An array does not say how fast it was recorded: `recorded`
    does, and is `rate` if not given.
    """

    example = "signal(channels: 6, rate: 400)"
    channels: int = arg(6, ge=1, le=4096, help="readings at one moment")
    rate: float = arg(400.0, gt=0, le=1e6, help="readings a second, in hertz")
    recorded: float | None = arg(
        None, gt=0, le=1e6, help="rate of files, in hertz: of those with time stamps it is only checked"
    )
    axes: Literal["CL", "LC"] = arg("CL", help="of arrays: CL has a row a channel, LC a row a moment")
    time: Literal["seconds", "milliseconds", "microseconds", "nanoseconds"] | None = arg(
        None, help="unit of the time stamps of tables; told from the column's name if not given"
    )

    columns: list[str] | None = arg(
        None, help="columns of tables that are the channels, in order; all but the time stamps if not given"
    )

    def consistent(self) -> None:
        named = self.columns
        if named is not None and (len(named) != self.channels or len({*map(str.lower, named)}) < len(named)):
            raise Finding(
                f"`columns` names {len({*map(str.lower, named)})} channels, and the signal has {self.channels}",
                argument="columns",
                code="REF118",
                help="name every channel once, or change `channels`",
            )

    def type(self, name: str) -> Type:
        return SignalType(self.channels, symbol(f"{name}.length"), self.rate)

    def contract(self) -> dict[str, Any]:
        return {
            "kind": "signal",
            "channels": self.channels,
            "rate": self.rate,
            "recorded": self.recorded or self.rate,
            "axes": self.axes,
            "time": self.time,
            **({"columns": self.columns} if self.columns else {}),
        }
