"""`model.py`: a class for every tower that owns weights, a function for every tower that only calls others."""

from __future__ import annotations

import re
from typing import Any

from vfmc.components import Component, Stage
from vfmc.emit.bodies import Towers, member_context
from vfmc.emit.body import Body, Parameter, only, ways
from vfmc.emit.names import LEGEND
from vfmc.emit.printer import WIDTH, comment, indent, lines, wrapped
from vfmc.emit.templates import environment, helpers, macro, tower_class
from vfmc.graph.program import Program
from vfmc.plan.contract import masked

IMPORTS = (
    ("math", "import math"),
    ("Callable", "from collections.abc import Callable"),
    ("Any", "from typing import Any"),
    ("NamedTuple", "from typing import NamedTuple"),
)


def uses_of(program: Program) -> set[str]:
    """Every option of the shared parts that some stage, value or loss of the program needs."""
    found: set[str] = set()
    graphs = [*(phase.graph for phase in program.phases), program.evaluation]
    for graph in graphs:
        for value in graph.values.values():
            if isinstance(value.component, Component) and value.make in ("apply", "loss"):
                found |= value.component.features() | {value.variant}
    if masked(program):
        found.add("absent")
    for module in program.modules.values():
        found |= {name for name, fact in module.facts.items() if fact is True}
    return found


def render(program: Program, towers: Towers, header: str) -> str:
    """The text of model.py."""
    classes = [tower_text(program, towers, name) for name in program.towers if towers.bodies.get(name)]
    code = towers.named("\n\n\n".join(text for text in classes if text))
    parts = helpers(code, towers.uses, [])
    defined = [text for _, text in parts]
    body = "\n\n\n".join([*defined, code])
    return str(
        environment()
        .get_template("package/model.py.j2")
        .render(
            header=header,
            title=comment(program.doc or program.name),
            legend=legend(body),
            imports=imports(body),
            external=external(program),
            body=body,
        )
    )


def external(program: Program) -> list[str]:
    """The import lines of external stages: the only ones beside torch's."""
    found = {m.component.imports() for m in program.modules.values() if isinstance(m.component, Stage)}
    return [f"import {name}" for name in sorted(found - {"", "torch", "math"})]


def imports(body: str) -> dict[str, list[str]]:
    """The import lines that a body of code needs: of the standard library, and of torch."""
    words = set(re.findall(r"\b\w+\b", re.sub(r'"""(?:.|\n)*?"""|#[^\n]*', "", body)))
    standard = [line for word, line in IMPORTS if word in words]
    if "Any" in words and "NamedTuple" in words:
        standard = [line for line in standard if not line.startswith("from typing")] + [
            "from typing import Any, NamedTuple"
        ]
    torch = ["import torch"] if re.search(r"\btorch\.", body) else []
    torch += ["import torch.distributed as dist"] if "dist" in words else []
    names = [name for name in ("Tensor", "nn") if name in words]
    torch += [f"from torch import {', '.join(names)}"] if names else []
    torch += ["from torch.nn import functional as F"] if "F" in words else []
    return {"standard": sorted(standard, key=lambda line: (line.startswith("from"), line)), "torch": torch}


def legend(body: str) -> list[str]:
    """What the letters of the shape suffixes in `body` mean."""
    letters = sorted(
        {
            letter
            for suffix in re.findall(r"\b[a-z][a-z0-9_]*_([A-Z][A-Za-z0-9]*)\b", body)
            for letter in suffix
            if letter in LEGEND
        }
    )
    return wrapped(
        "Shape suffixes: " + ", ".join(f"{letter} {LEGEND[letter]}" for letter in letters) + ".", WIDTH
    )


def tower_text(program: Program, towers: Towers, name: str) -> str:
    """The class of a tower, or the function of one that owns nothing."""
    bodies = towers.bodies[name]
    random = any(body.random for body in bodies)
    if random:
        for body in bodies:
            body.random = True
            if not any(p.key == "key" for p in body.parameters):
                body.parameters.append(Parameter("key", "key_B", "Tensor | None", body.result, True))
    needs = list(dict.fromkeys(tower for body in bodies for tower in body.needs))
    groups = towers.groups(name)
    if not towers.owns(name):
        return "\n\n\n".join(function_text(name, method, group, needs) for method, group in groups.items())
    text = [
        f"class {tower_class(name)}(nn.Module):",
        *docstring(summary(name, next(iter(groups.values()))[0]), 4),
        "",
        "    def __init__(self) -> None:",
    ]
    text += ["        super().__init__()", *(indent(line, 8) for line in init_lines(program, towers, bodies))]
    for method, group in groups.items():
        parameters = merged_parameters(group)
        nested = [f"{tower}: {tower_class(tower)}" for tower in needs]
        optional = [parameter for parameter in parameters if parameter.endswith(" = None")]
        required = [parameter for parameter in parameters if parameter not in optional]
        given = ["self", *required, *nested, *optional]
        doc = docstring(reason(group[0], method), 8) if method != "forward" else []
        text += ["", indent(signature(method, given, len(group[0].labels)), 4), *doc]
        text += [indent(line, 8) for line in merged(group)]
    return "\n".join(text)


def summary(name: str, body: Body) -> str:
    """What a tower maps to what."""
    return comment(f"towers.{name}: {operand(body)} -> {body.result.describe()}")


def reason(body: Body, method: str) -> str:
    """Why an application has a method of its own."""
    if "of_" in method.removeprefix(body.method) and f"of_{body.operand}" in method:
        return f"The same, in the steps that {body.operand} needs"
    if body.labels:
        return f"The result, and what else is read: {', '.join(body.labels)}"
    return f"The tokens that {only(body)} reads, and no others"


def function_text(name: str, method: str, bodies: list[Body], needs: list[str]) -> str:
    """The function of a tower that owns nothing."""
    parameters = merged_parameters(bodies)
    given = [*(f"{tower}: {tower_class(tower)}" for tower in needs), *parameters]
    labels = bodies[0].labels
    full = name if method == "forward" else f"{name}_{method}"
    doc = (
        summary(name, bodies[0])
        if method == "forward"
        else f"{summary(name, bodies[0])}. {reason(bodies[0], method)}"
    )
    return "\n".join(
        [
            signature(full, given, len(labels)),
            *docstring(doc, 4),
            *(indent(line, 4) for line in merged(bodies)),
        ]
    )


def docstring(text: str, spaces: int) -> list[str]:
    """A docstring on one line, or wrapped."""
    pad = " " * spaces
    one = f'{pad}"""{text}."""'
    if len(one) <= WIDTH:
        return [one]
    words = wrapped(text, WIDTH - 6, pad)
    return [f'{pad}"""{words[0].strip()}', *words[1:-1], f'{words[-1]}."""']


def operand(body: Body) -> str:
    """What a tower is applied to, in words."""
    first = next((p for p in body.parameters if p.key == "x"), None)
    return first.type.describe() if first else "nothing"


def signature(name: str, parameters: list[str], extras: int = 0) -> str:
    """`def name(...) -> Tensor:`, one parameter a line if it is long."""
    result = f"tuple[{', '.join(['Tensor'] * (1 + extras))}]" if extras else "Tensor"
    line = f"def {name}({', '.join(parameters)}) -> {result}:"
    if len(line) + 4 <= WIDTH:
        return line
    return "\n".join([f"def {name}(", *(f"    {parameter}," for parameter in parameters), f") -> {result}:"])


def merged_parameters(bodies: list[Body]) -> list[str]:
    """The parameters of all bodies: those that some body was not given may be None."""
    found: dict[str, tuple[str, str, bool]] = {}
    for body in bodies:
        for p in body.parameters:
            optional = p.key == "key" or any(p.key not in other.given for other in bodies)
            found.setdefault(p.key, (p.name, p.annotation, optional))
    ordered = sorted(found.items(), key=lambda entry: (entry[1][2], entry[0] == "key"))
    return [
        f"{name}: {annotation} = None"
        if optional and "None" in annotation
        else f"{name}: {annotation} | None = None"
        if optional
        else f"{name}: {annotation}"
        for _, (name, annotation, optional) in ordered
    ]


def merged(bodies: list[Body]) -> list[str]:
    """One list of lines for all bodies: what is common stands once, what differs under `if operand is None`."""
    distinct = ways(bodies)
    if len(distinct) == 1:
        return finished(distinct[0].statements, distinct[0].returns)
    plain, given = sorted(distinct, key=lambda body: len(body.given))
    extra = [p for p in given.parameters if p.key in given.given - plain.given]
    a, b = plain.statements, given.statements
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    branch: list[str] = []
    if not middle_a:
        branch = [f"if {extra[0].name} is not None:", *(f"    {line}" for part in middle_b for line in part)]
    else:
        branch = [f"if {extra[0].name} is None:", *(f"    {line}" for part in middle_a for line in part)]
        if middle_b:
            branch += ["else:", *(f"    {line}" for part in middle_b for line in part)]
    return finished([*a[:head], branch, *a[len(a) - tail :]], plain.returns)


def finished(statements: list[list[str]], returns: str) -> list[str]:
    """The statements with the return; a last assignment to the result is returned at once."""
    flat = [line for part in statements for line in part]
    start = f"{returns} = "
    if flat and flat[-1].startswith(start) and not flat[-1].endswith("("):
        return [*flat[:-1], "return " + flat[-1].removeprefix(start)]
    return [*flat, f"return {returns}"]


def init_lines(program: Program, towers: Towers, bodies: list[Body]) -> list[str]:
    """What `__init__` makes: every stage with a module, citing its place in the spec."""
    found: list[str] = []
    done: set[str] = set()
    for body in bodies:
        for label, value in body.members.items():
            if label in done:
                continue
            done.add(label)
            module = program.modules.get(f"{body.tower}.{label}")
            facts: dict[str, Any] = {**value.facts, **(module.facts if module else {})}
            head, _, _ = label.rpartition(".")
            if head and head not in done:
                done.add(head)
                found.append(f"self.{head} = nn.Module()")
            text = macro(
                value.component, "init", member_context(value.component, facts, f"self.{label}", towers.uses)
            )
            rendered = lines(text or "")
            place = module.path if module else ""
            if place:
                rendered[0] = cite(rendered[0], place)
            found += rendered
    return found


def cite(line: str, place: str) -> str:
    """A line with the place in the spec that it comes from, if it fits."""
    noted = f"{line}  # {re.sub(r'[.][0-9]+', '', place)}"
    return noted if len(noted) + 8 <= WIDTH else line
