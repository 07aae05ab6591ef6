"""The house style of the pictures: colours, panels, tables, and their SVG.

A picture is one or more panels that a page lays out side by side where there
is room, else under each other: none is wider than the screen of a telephone.
Its colours stand for variables of ``_static/figures.css``, so that the page
decides how they look, by day and by night.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

INK, SOFT, LINE = "#1f2329", "#59636f", "#a8b0ba"
PLUS, MINUS, MARK = "#b84a01", "#1c5fb4", "#0b7a55"
VARIABLES = {
    INK: "--fig-ink",
    SOFT: "--fig-soft",
    LINE: "--fig-line",
    PLUS: "--fig-plus",
    MINUS: "--fig-minus",
    MARK: "--fig-mark",
}
"""What becomes of a colour in the page."""

WIDEST = 350
"""Pixels of a panel that a telephone shows as they are."""

RC = {
    "svg.fonttype": "none",
    "font.size": 12,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 12,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.8,
}

Say = Callable[[str], str]
"""Gives a word of a picture in the language of the page."""


class Picture(NamedTuple):
    """What a figure is made of: its words, and its panels in order."""

    alt: str
    caption: str
    panels: Sequence[Axes]


def number(value: Any) -> str:
    """Write a number in both languages: thin spaces, a real minus."""
    text = value if isinstance(value, str) else f"{value:,}"
    return text.replace(",", "\u202f").replace("-", "\u2212")


def panel(width: int, height: int, title: str = "") -> Axes:
    """Open a panel measured in pixels, from its upper left corner."""
    axes = _open(width, height, (0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    if title:
        write(axes, 0, 12, title, ha="left")
    return axes


def plot(width: int, height: int, title: str = "", *, left: int = 36) -> Axes:
    """Open a panel for curves or bars, with room for what its axes say."""
    box = (
        left / width,
        38 / height,
        1 - (left + 8) / width,
        1 - 64 / height,
    )
    axes = _open(width, height, box)
    axes.set_title(title, loc="left")
    return axes


def _open(width: int, height: int, box: Any) -> Axes:
    if width > WIDEST:
        raise ValueError(f"width: expected at most {WIDEST}, found {width}")
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    return figure.add_axes(box)


def write(axes: Axes, x: float, y: float, text: str, **how: Any) -> None:
    """Write around a point."""
    axes.text(x, y, text, **{"ha": "center", "va": "center", **how})


def cell(axes: Axes, x: float, y: float, side: float, **how: Any) -> None:
    """Draw a square, or a box, by its upper left corner."""
    how = {"facecolor": "none", "edgecolor": LINE, "linewidth": 1, **how}
    height = how.pop("height", side)
    axes.add_patch(Rectangle((x, y), side, height, **how))


def table(
    axes: Axes,
    values: Any,
    *,
    at: tuple[float, float] = (1, 24),
    side: float = 32,
    shade: bool = False,
    text: Callable[[Any], str] = number,
    color: Any = lambda i, j: INK,  # noqa: ARG005
    size: float = 12,
) -> None:
    """Lay numbers out in cells; shaded, the sign is a colour."""
    values = np.asarray(values)
    most = max(float(np.abs(values.astype(float)).max()), 1e-300)
    for (i, j), value in np.ndenumerate(values):
        x, y = at[0] + j * side, at[1] + i * side
        if shade and value:
            cell(
                axes, x, y, side, edgecolor="none",
                facecolor=PLUS if value > 0 else MINUS,
                alpha=round(0.5 * abs(float(value)) / most, 3),
            )  # fmt: skip
        cell(axes, x, y, side)
        write(
            axes, x + side / 2, y + side / 2, text(value),
            color=color(i, j), size=size,
        )  # fmt: skip


def outline(
    axes: Axes,
    cells: Iterable[float],
    *,
    at: tuple[float, float] = (1, 24),
    side: float = 32,
    color: str = MARK,
) -> None:
    """Frame cells of a table: from row and column, so many down and right."""
    i, j, rows, columns = cells
    cell(
        axes, at[0] + j * side, at[1] + i * side, columns * side,
        height=rows * side, edgecolor=color, linewidth=2.5, zorder=3,
    )  # fmt: skip


def sheets(
    axes: Axes,
    at: tuple[float, float],
    side: float,
    count: int,
    step: tuple[float, float],
    *,
    only: int | None = None,
    **how: Any,
) -> None:
    """Draw squares behind each other, each up and to the right."""
    (x, y), (dx, dy) = at, step
    for i in range(count) if only is None else [only]:
        left, top = x + i * dx, y - i * dy
        if i == 0:
            cell(axes, left, top, side, edgecolor=how["color"],
                 linewidth=how.get("lw", 1))  # fmt: skip
            continue
        # what the one before leaves to be seen
        axes.plot(
            [left, left, left + side, left + side, left + side - dx],
            [top + dy, top, top, top + side, top + side],
            **{"lw": 1, **how},
        )


# SVG


def draw(name: str, figure: Callable[[Say], Picture], say: Say) -> Any:
    """Draw a figure: its alternative text, caption and SVGs."""
    with rc_context({**RC, "svg.hashsalt": name}):
        alt, caption, panels = figure(say)
        svgs = [
            _svg(axes.get_figure(), f"{name}-{at}")
            for at, axes in enumerate(panels)
        ]
    return alt, caption, svgs


def _svg(figure: Any, prefix: str) -> str:
    """Write a panel as the SVG of a page: its colours, font and ids."""
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    out = StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # matplotlib's own style would hold for the whole page
    text = re.sub(r"\s*<defs>\s*<style.*?</defs>", "", text, flags=re.DOTALL)
    text = re.sub(
        r"<svg [^>]*>",
        f'<svg viewBox="0 0 {width} {height}" style="width: {width}px" '
        'aria-hidden="true" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">',
        text,
        count=1,
    )
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--font-stack)", text)
    text = re.sub(r'\bid="|\burl\(#|(?<=href=")#', rf"\g<0>{prefix}-", text)
    for color, variable in VARIABLES.items():
        text = text.replace(color, f"var({variable})")
    return text.strip()
