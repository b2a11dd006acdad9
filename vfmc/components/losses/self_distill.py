"""Self-distillation between views."""

from typing import Any, Literal

from vfmc.components import Finding, LossKind, Positive, Ref, Saved, Schedule, Weight, arg, nested, operand
from vfmc.types import Vector, Views, item


class SelfDistill(LossKind):
    """Cross entropy of the student's view against the teacher's other views; the teacher is centred and sharpened (DINO, arXiv 2104.14294 eq. 1-4).

    `P_t = softmax((t - c) / tau_t)`, `P_s = softmax(s / tau_s)`; the mean of `-sum P_t log P_s` over all pairs of different views.
    The centre used is the one before this step; after the step it moves to `center * c + (1 - center) * mean(t)` over all views and ranks.
    """

    example = "self_distill(student: student([large, small]), teacher: teacher(large))"
    student: tuple[Ref, ...] = operand(Vector, many=True, help="scores of the student, a list of views")
    teacher: tuple[Ref, ...] = operand(Vector, many=True, help="scores of the teacher, a list of views")
    student_temperature: Positive | Schedule = nested("schedule", 0.1, help="divides the student's scores")
    teacher_temperature: Positive | Schedule = nested("schedule", 0.04, help="divides the teacher's scores")
    center: float = arg(0.9, ge=0, le=1, help="share of the old centre that is kept at every update")
    pairs: Literal["other_view", "same_view", "all"] = arg("other_view", help="which views are compared")

    def views(self, refs: tuple[Ref, ...]) -> list[str]:
        """The identity of every view of an operand: the declaration it comes from and its place there."""
        found = []
        for ref in refs:
            if isinstance(ref.type, Views):
                found += [f"{ref.type.origin}.{i}" for i in range(ref.type.views)]
            else:
                found.append(ref.name)
        return found

    def kept(self) -> list[list[int]]:
        """1 where teacher view (row) and student view (column) are compared."""
        same = self.pairs == "same_view"
        return [
            [int(self.pairs == "all" or (t == s) == same) for s in self.views(self.student)]
            for t in self.views(self.teacher)
        ]

    def width(self) -> int:
        scores = item(self.teacher[0].type)
        assert isinstance(scores, Vector)
        return scores.width

    def signature(self) -> None:
        for argument, refs in (("student", self.student), ("teacher", self.teacher)):
            for ref in refs:
                scores = item(ref.type)
                if isinstance(scores, Vector) and scores.width != self.width():
                    raise Finding(
                        f"the views of `{argument}` have {scores.width} scores, those of the teacher {self.width()}",
                        argument=argument,
                        code="SHP211",
                        help="let the teacher be an `ema` of the student",
                    )
        if not any(any(row) for row in self.kept()):
            raise Finding(
                f"no pair of views is left with pairs: {self.pairs}",
                argument="pairs",
                code="OBJ303",
                help="give the student a view that the teacher does not see",
            )

    def taught(self) -> bool:
        """Whether gradient flows into the teacher as well."""
        return not all(getattr(item(ref.type), "stopped", True) for ref in self.teacher)

    def doubts(self) -> list[Finding]:
        if self.taught():
            return [
                Finding(
                    "gradient would flow into the teacher",
                    argument="teacher",
                    code="OBJ302",
                    help="let it be a tower made by `ema`",
                )
            ]
        student, teacher = (item(refs[0].type) for refs in (self.student, self.teacher))
        if isinstance(student, Vector) and isinstance(teacher, Vector) and student.space != teacher.space:
            return [
                Finding(
                    f"the student's scores are against `{student.space}` and the teacher's against `{teacher.space}`: "
                    "number 7 of one is not number 7 of the other",
                    argument="teacher",
                    code="OBJ305",
                    help="let the teacher be an `ema` of the student",
                )
            ]
        return []

    def features(self) -> set[str]:
        return {"teacher_learns"} if self.taught() else set()

    def weights(self) -> list[Weight]:
        return [Weight("center", (self.width(),), buffer=True)]

    def facts(self) -> dict[str, Any]:
        kept = self.kept()
        diagonal = all(value == int(t != s) for t, row in enumerate(kept) for s, value in enumerate(row))
        return {"scores": self.width(), "kept": kept, "diagonal": diagonal, "everything": all(map(all, kept))}

    def stateful(self) -> bool:
        return True

    def saved(self, samples: int) -> Saved:
        """The teacher's softmax and the logarithm of the student's, of every view."""
        views = len(self.views(self.student)) + len(self.views(self.teacher))
        return Saved(samples * views * self.width())
