"""The table of medians and ratios, as Markdown that also reads well as it is."""

HEADER = ("case", "who", "wall s", "×", "CPU s", "×", "peak MiB", "records/s", "MB/s", "requests", "429")


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def ratio(row, base, what):
    if row is base or base.failed:
        return "1"
    return f"{getattr(row, what) / max(getattr(base, what), 1e-6):.2f}"


def line(row, base):
    """The ratios are to the case's first row."""
    asked = [f"{row.requests:,.0f}", str(row.refused)] if row.requests else ["", ""]
    if row.failed:
        return [row.case, row.name, f"failed ({row.samples[0].status})", *[""] * 6, *asked]
    rates = [f"{row.records / row.wall:,.0f}", f"{row.megabytes / row.wall:,.0f}"] if row.records else ["", ""]
    wall, cpu = ((number(getattr(row, what)), ratio(row, base, what)) for what in ("wall", "cpu"))
    return [row.case, row.name, *wall, *cpu, f"{row.peak:.1f}", *rates, *asked]


def table(rows):
    base, lines = {}, [list(HEADER)]
    for row in rows:
        lines.append(line(row, base.setdefault(row.case, row)))
    widths = [max(len(one[column]) for one in lines) for column in range(len(HEADER))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(cells(one, widths)) + " |" for one in lines) + "\n"


def cells(one, widths):
    """Words to the left, numbers to the right."""
    words, figures = slice(0, 2), slice(2, None)
    return [text.ljust(width) for text, width in zip(one[words], widths[words])] + [
        text.rjust(width) for text, width in zip(one[figures], widths[figures])
    ]
