"""Plots as small SVG files, written by hand: lines on logarithmic axes, and requests in time."""

import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 20, 40, 50
COLOURS = {
    "events": "#3366cc",
    "issues": "#dc8a1e",
    "releases": "#2e8b57",
    "projects": "#9b3fb5",
    "project_detail": "#c0392b",
    "other": "#666666",
}
LEAST_WIDTH = {False: 0.8, True: 4}  # of a bar; by whether it was refused, which takes no time but must be seen
LINE_COLOURS = ("#888888", "#3366cc", "#2e8b57", "#c0392b")
STYLE = """<style>
text { font: 12px sans-serif; fill: #333 }
.title { font-weight: bold; font-size: 14px }
.axis { stroke: #333; fill: none }
.grid { stroke: #ddd }
</style>"""


def document(title, parts):
    body = "\n".join(
        [STYLE, '<rect width="100%" height="100%" fill="white"/>', text(LEFT, 20, title, "start", "title"), *parts]
    )
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n</svg>\n'


def text(x, y, words, anchor="middle", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(str(words))}</text>'


def axes(x_label, y_label):
    bottom, right, middle = HEIGHT - BOTTOM, WIDTH - RIGHT, (TOP + HEIGHT - BOTTOM) / 2
    label = f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    return [
        f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>',
        text((LEFT + right) / 2, HEIGHT - 10, x_label),
        label,
    ]


class Scale:
    """From values to places on paper."""

    def __init__(self, low, high, start, end, logarithmic):
        self.of = math.log10 if logarithmic else float
        self.low, self.high, self.start, self.end = self.of(low), self.of(high), start, end

    def __call__(self, value):
        span = (self.high - self.low) or 1
        return self.start + (self.of(value) - self.low) / span * (self.end - self.start)


def decades(low, high):
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def ticks(high, about=6):
    """Round numbers from 0 up to a little beyond `high`."""
    rough = high / about
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * one for one in (1, 2, 5, 10) if unit * one >= rough)
    return [step * number for number in range(int(high / step) + 2)]


def short(value):
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def grown(title, y_label, series, logarithmic=True):
    """`series`: name to [(records, value)]. Records always on a logarithmic axis."""
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    marks = decades(min(ys), max(ys)) if logarithmic else ticks(max(ys))
    x = Scale(min(xs), max(xs), LEFT + 10, WIDTH - RIGHT - 10, True)
    y = Scale(marks[0], marks[-1], HEIGHT - BOTTOM, TOP, logarithmic)
    parts = [
        f'<path class="grid" d="M{LEFT} {y(one):.1f}H{WIDTH - RIGHT}"/>' + text(LEFT - 6, y(one) + 4, short(one), "end")
        for one in marks
    ]
    parts += [text(x(one), HEIGHT - BOTTOM + 18, f"{one:,}") for one in sorted(set(xs))] + axes(
        "records (logarithmic)", y_label
    )
    for number, (name, points) in enumerate(series.items()):
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        path = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)
        dots = "".join(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in points)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}',
            legend(number, name, colour),
        ]
    return document(title, parts)


def legend(number, name, colour):
    x = LEFT + 10 + number * 105
    return f'<rect x="{x}" y="27" width="10" height="10" fill="{colour}"/>' + text(x + 15, 36, name, "start")


def waterfall(title, asked):
    """A bar for each request, from when it was asked to when its answer was out; refused ones in black."""
    asked = sorted(asked, key=lambda one: one.start)
    began = asked[0].start
    marks = ticks(max(max(one.end for one in asked) - began, 0.001))
    x = Scale(0, marks[-1], LEFT, WIDTH - RIGHT, False)
    row = (HEIGHT - TOP - BOTTOM) / len(asked)
    paths = {}
    for number, one in enumerate(asked):
        kind = "429" if one.status == 429 else one.stream
        start, end, least = x(one.start - began), x(one.end - began), LEAST_WIDTH[kind == "429"]
        paths.setdefault(kind, []).append(
            f"M{start:.1f} {TOP + row * (number + 0.5):.1f}h{max(least, end - start):.1f}"
        )
    parts = [
        f'<path class="grid" d="M{x(one):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        + text(x(one), HEIGHT - BOTTOM + 18, f"{one:g}")
        for one in marks
    ]
    parts += axes("seconds", f"{len(asked)} requests, in the order asked")
    for number, (name, pieces) in enumerate(paths.items()):
        colour = COLOURS.get(name, "#000000")
        parts += [
            f'<path d="{"".join(pieces)}" stroke="{colour}" stroke-width="{max(row, 0.6):.2f}"/>',
            legend(number, name, colour),
        ]
    return document(title, parts)


def write(desk, folder):
    """All plots of what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, asked in desk.waterfalls.items():
        if asked:
            (folder / f"requests-{name}.svg").write_text(waterfall(f"Requests in time: {name}", asked))
    found = desk.facts.get("growth", [])
    for what, label, logarithmic in (("wall", "seconds (logarithmic)", True), ("peak", "peak memory, MiB", False)):
        series = {}
        for records, rows in found:
            for name, row in rows.items():
                series.setdefault(name, []).append((records, getattr(row, what)))
        if series:
            title = "Time by size" if what == "wall" else "Peak memory by size"
            (folder / f"growth-{'time' if what == 'wall' else 'memory'}.svg").write_text(
                grown(title, label, series, logarithmic)
            )
