"""What every source can say: which inputs it gives from where, and which losses it feeds."""

from vfmc.components import Finding, SourceKind, arg, named


class Source(SourceKind):
    """The base of sources."""

    kind = "source base"
    gives: list[str] | dict[str, str | list[str]] | None = arg(
        None, help="inputs it gives; as a mapping, with the column or the file extension of each"
    )
    feeds: list[str] | None = named("loss", None, many=True, help="losses it feeds; all if not given")
    batch: int | None = arg(None, ge=1, le=2**31, help="its own batch per optimiser step")
    repeat: int | float | None = arg(
        None,
        ge=1,
        le=10**6,
        help="how often its samples count in an epoch, such as 50 or 1.25, and in a mix by ratio; once if not given",
    )
    samples: int | None = arg(None, ge=1, le=10**15, help="samples of an epoch, where the source cannot tell")

    per_class: int | None = arg(
        None, ge=1, le=10**9, help="only so many samples of every label, or all of a label that has fewer"
    )
    choice: int | None = arg(
        None, ge=0, le=2**31, help="with `per_class`: which of the possible choices; 0 if not given"
    )

    def consistent(self) -> None:
        if self.choice is not None and self.per_class is None:
            raise Finding(
                "`choice` says which samples of every label are taken, and all are",
                argument="choice",
                code="REF104",
                help="say how many of every label, such as per_class: 10",
            )

    def samples_known(self) -> int | None:
        return self.samples
