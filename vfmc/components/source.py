"""What every source can say: which inputs it gives from where, and which losses it feeds."""

from __future__ import annotations

from vfmc.components.base import SourceKind, arg, named


class Source(SourceKind):
    """The base of sources."""

    kind = "source base"
    gives: list[str] | dict[str, str | list[str]] | None = arg(
        None, help="inputs it gives; as a mapping, with the column or the file extension of each"
    )
    feeds: list[str] | None = named("loss", None, many=True, help="losses it feeds; all if not given")
    batch: int | None = arg(None, ge=1, le=2**31, help="its own batch per optimiser step")
    repeat: int | None = arg(
        None,
        ge=1,
        le=10**6,
        help="how often its samples count in an epoch, and in a mix by ratio; once if not given",
    )
    samples: int | None = arg(None, ge=1, le=10**15, help="samples of an epoch, where the source cannot tell")

    def samples_known(self) -> int | None:
        return self.samples
