"""A flow as an SVG picture: layers from left to right, drawn without any package."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape

from vfmc.plan.flow import Flow, Node
from vfmc.source.record import record

GAP_X, GAP_Y, MARGIN = 56, 18, 24
LINE, PAD = 17, 10  # heights of a line of text, and around it
LETTER = 7.0  # width of a letter of 12 px monospace
COLOURS = {
    "input": ("#eef2ff", "#4f46e5"), "view": ("#eff6ff", "#2563eb"), "mask": ("#fdf2f8", "#be185d"), "value": ("#f8fafc", "#64748b"),
    "loss": ("#fef2f2", "#b91c1c"), "online": ("#e6f4ea", "#2d7d46"), "copy": ("#fdf6e3", "#b58900"), "frozen": ("#e8edf2", "#7b8794"),
}  # fmt: skip
LEGEND = {"online": "learns", "copy": "follows (EMA)", "frozen": "frozen"}


@record()
class Box:
    """A placed node, or a point where a long edge passes a layer (`node` is None)."""

    node: Node | None
    layer: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def svg(picture: Flow) -> str:
    """The whole picture as text."""
    boxes, chains = _layered(picture)
    columns = _columns(boxes, chains)
    width, height = _place(columns)
    roles = [role for role in LEGEND if any(node.role == role for node in picture.nodes.values())]
    bottom = height + (LINE + PAD if roles else 0)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {bottom:.0f}" width="{width:.0f}" height="{bottom:.0f}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" role="img">',
        f"<title>{escape(picture.name)}: who feeds whom</title>",
        f'<rect width="{width:.0f}" height="{bottom:.0f}" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#475569"/></marker></defs>',
    ]
    for (a, b), points in chains.items():
        dashed = (a, b) in picture.follows and (a, b) not in picture.edges
        out.append(_edge(boxes[a], [boxes[point] for point in points], boxes[b], dashed))
    out += [_drawn(box) for box in boxes.values() if box.node is not None]
    x = float(MARGIN)
    for role in roles:
        fill, stroke = COLOURS[role]
        dash = ' stroke-dasharray="5 4"' if role == "copy" else ""
        out.append(
            f'<rect x="{x:.0f}" y="{height:.0f}" width="14" height="14" rx="3" fill="{fill}" stroke="{stroke}"{dash}/>'
        )
        out.append(f'<text x="{x + 20:.0f}" y="{height + 11:.0f}" fill="#334155">{LEGEND[role]}</text>')
        x += 40 + LETTER * len(LEGEND[role])
    return "\n".join([*out, "</svg>"]) + "\n"


def _layered(picture: Flow) -> tuple[dict[str, Box], dict[tuple[str, str], list[str]]]:
    """Boxes with their layers, and for every edge the points that it passes through."""
    depth: dict[str, int] = {}
    for key in picture.nodes:  # nodes stand in an order in which operands come first
        depth[key] = max((depth[a] + 1 for a, b in picture.edges if b == key and a in depth), default=0)
    last = max(depth.values(), default=0)
    for key, node in picture.nodes.items():
        if node.kind == "loss":
            depth[key] = last
    for key in reversed(picture.nodes):  # sources stand just before what they feed
        after = [depth[b] for a, b in picture.edges if a == key]
        if after and not any(b == key for _, b in picture.edges) and picture.nodes[key].kind != "input":
            depth[key] = min(after) - 1
    boxes = {key: Box(node, depth[key], *_size(node)) for key, node in picture.nodes.items()}
    chains: dict[tuple[str, str], list[str]] = {}
    for a, b in [*picture.edges, *(pair for pair in picture.follows if pair not in picture.edges)]:
        chains[a, b] = []
        for layer in range(depth[a] + 1, depth[b]):
            key = f"{a}>{b}@{layer}"
            boxes[key] = Box(None, layer, 0.0, 6.0)
            chains[a, b].append(key)
    return boxes, chains


def _size(node: Node) -> tuple[float, float]:
    lines = [node.title, node.detail] if node.detail else [node.title]
    return max(len(line) for line in lines) * LETTER + 2 * PAD + 8, len(lines) * LINE + PAD


def _columns(boxes: dict[str, Box], chains: dict[tuple[str, str], list[str]]) -> list[list[Box]]:
    """The boxes of every layer, ordered so that few edges cross: each goes to the mean place of its neighbours, to and fro."""
    near: dict[str, list[str]] = {key: [] for key in boxes}
    for (a, b), points in chains.items():
        for one, other in zip([a, *points], [*points, b], strict=True):
            near[one].append(other)
            near[other].append(one)
    layers: list[list[str]] = [[] for _ in range(max((box.layer for box in boxes.values()), default=0) + 1)]
    for key, box in boxes.items():
        layers[box.layer].append(key)
    for sweep in range(8):
        place = {key: index / max(1, len(layer) - 1) for layer in layers for index, key in enumerate(layer)}
        forward = sweep % 2 == 0
        for number in range(len(layers)) if forward else range(len(layers) - 1, -1, -1):
            side = {
                key: [n for n in near[key] if (boxes[n].layer < number) == forward] for key in layers[number]
            }
            mean = {
                key: sum(place[n] for n in found) / len(found) if found else place[key]
                for key, found in side.items()
            }
            layers[number].sort(key=lambda key: mean[key])
            place |= {
                key: index / max(1, len(layers[number]) - 1) for index, key in enumerate(layers[number])
            }
    return [[boxes[key] for key in layer] for layer in layers]


def _place(columns: list[list[Box]]) -> tuple[float, float]:
    """Gives every box its place; returns the size of the picture."""
    heights = [sum(box.height for box in column) + GAP_Y * (len(column) - 1) for column in columns]
    whole = max(heights, default=0.0)
    x = float(MARGIN)
    for column, height in zip(columns, heights, strict=True):
        wide = max((box.width for box in column), default=0.0)
        y = MARGIN + (whole - height) / 2
        for box in column:
            box.width = box.width if box.node else wide  # a passing edge crosses the whole column
            box.x, box.y = x + (wide - box.width) / 2, y
            y += box.height + GAP_Y
        x += wide + GAP_X
    return x - GAP_X + MARGIN, whole + 2 * MARGIN


def _edge(start: Box, points: list[Box], end: Box, dashed: bool) -> str:
    passed = [(x, p.middle) for p in points for x in (p.x, p.x + p.width)]
    stops = [(start.x + start.width, start.middle), *passed, (end.x, end.middle)]
    if start.layer >= end.layer:  # a copy beside what it follows
        right, other = start.x + start.width, end.x + end.width
        bow = max(right, other) + 30
        path = f"M{right:.1f},{start.middle:.1f} C{bow:.1f},{start.middle:.1f} {bow:.1f},{end.middle:.1f}"
        path += f" {other:.1f},{end.middle:.1f}"
    else:
        path = f"M{stops[0][0]:.1f},{stops[0][1]:.1f}"
        for (ax, ay), (bx, by) in pairwise(stops):
            half = (bx - ax) / 2
            path += f" C{ax + half:.1f},{ay:.1f} {bx - half:.1f},{by:.1f} {bx:.1f},{by:.1f}"
    style = 'stroke="#b58900" stroke-dasharray="5 4"' if dashed else 'stroke="#475569"'
    return f'<path d="{path}" fill="none" {style} stroke-width="1.2" marker-end="url(#tip)"/>'


def _drawn(box: Box) -> str:
    assert box.node is not None
    node = box.node
    fill, stroke = COLOURS[node.role or node.kind]
    dash = ' stroke-dasharray="5 4"' if node.role == "copy" else ""
    round_ = {"input": box.height / 2, "loss": box.height / 2, "mask": 0.0}.get(node.kind, 5.0)
    shape = f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{round_:.1f}" fill="{fill}" stroke="{stroke}"{dash}/>'
    centre = box.x + box.width / 2
    lines = [
        f'<text x="{centre:.1f}" y="{box.y + PAD / 2 + 13:.1f}" text-anchor="middle" fill="#0f172a" font-weight="600">{escape(node.title)}</text>'
    ]
    if node.detail:
        lines.append(
            f'<text x="{centre:.1f}" y="{box.y + PAD / 2 + 13 + LINE:.1f}" text-anchor="middle" fill="#475569">{escape(node.detail)}</text>'
        )
    return "\n".join([f"<g>{shape}", *lines, "</g>"])
