"""Section 4: which windows see a pixel, and which pixels a cell sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from _figures.style import (
    INK,
    LINE,
    MARK,
    PLUS,
    SOFT,
    Picture,
    Say,
    cell,
    number,
    panel,
    plot,
    table,
    write,
)
from refspec import (
    Window,
    coverage,
    effective_receptive_field,
    receptive_field,
    receptive_field_trace,
)

__all__ = ["border_coverage", "field_growth", "effective_field"]


def border_coverage(say: Say) -> Picture:
    """Count the windows that see each pixel, without and with padding."""
    side, size, kernel = 32, 5, 3
    panels, corners = [], []
    for padding in (0, 1):
        title = say("Padding {p}").format(p=padding)
        axes = panel(size * side + 2, size * side + 26, title)
        seen = coverage(size, kernel, padding=padding)
        table(axes, seen, side=side, shade=True)
        panels.append(axes)
        corners.append(seen[0, 0])
    return Picture(
        alt=say(
            "Two tables of 5 by 5 counts. Without padding they rise from {a} "
            "in the corners to {most} in the middle, with one zero of padding "
            "from {b} in the corners to {most}."
        ).format(a=corners[0], b=corners[1], most=kernel**2),
        caption=say(
            "How many windows of 3 by 3 see each pixel. Padding lifts the "
            "border, and does not make it equal."
        ),
        panels=panels,
    )


def field_growth(say: Say) -> Picture:
    """Walk back from one cell, layer by layer."""
    stacks = (
        (say("Three kernels of 3"), [Window(3)] * 3),
        (
            say("With a stride of 2 in the first"),
            [Window(3, stride=2), Window(3), Window(3)],
        ),
    )
    panels = [_pyramid(say, title, stack) for title, stack in stacks]
    sizes = [
        [receptive_field(stack[:depth]).size[0] for depth in (1, 2, 3)]
        for _, stack in stacks
    ]
    words = [", ".join(map(str, row)) for row in sizes]
    return Picture(
        alt=say(
            "Two pyramids. One cell at the top reads three cells below it, "
            "these read five, and these seven pixels. With a stride of 2 in "
            "the first layer the pixels are {n}."
        ).format(n=sizes[1][-1]),
        caption=say(
            "Along one axis: all that one cell reads, down to the image. The "
            "fields after one, two and three layers have {plain} pixels; "
            "with a stride of 2 in the first layer they have {strided}."
        ).format(plain=words[0], strided=words[1]),
        panels=panels,
    )


def _pyramid(say: Say, title: str, stack: Sequence[Window]) -> Axes:
    """Draw the cells of each layer that one cell of the last one reads."""
    side, gap, width = 22, 54, 346
    axes = panel(width, 246, title)
    depths = range(len(stack) + 1)
    jumps = [receptive_field(stack[:d]).jump[0] for d in depths]
    places: list[dict[int, float]] = []
    for depth in depths:
        read = receptive_field_trace(stack[depth:])[1]
        # the cells of a layer stand over the middle of what they read
        middle = (read[0] + read[-1]) / 2
        places.append(
            {
                int(at): width / 2 + (at - middle) * jumps[depth] * side
                for at in read
            }
        )
    for depth, cells in enumerate(places):
        top = 202 - depth * gap
        if depth:
            window = stack[depth - 1]
            for at, x in cells.items():
                for read in receptive_field_trace([window], cell=at)[1]:
                    below = places[depth - 1][int(read)]
                    axes.plot([x, below], [top + side, top + gap], color=LINE,
                              lw=1)  # fmt: skip
        for x in cells.values():
            last = depth == len(stack)
            cell(axes, x - side / 2, top, side, linewidth=2 if last else 1,
                 edgecolor=MARK if last else INK)  # fmt: skip
        name = say("layer {n}").format(n=depth) if depth else say("image")
        write(axes, 0, top + side / 2, name, ha="left", size=11, color=SOFT)
    return axes


def effective_field(say: Say) -> Picture:
    """Weigh the pixels of deep fields, beside the curve they tend to."""
    kernel = 3
    panels = []
    for depth in (2, 8, 32):
        stack = [Window((1, kernel))] * depth
        weights = [np.full((1, 1, 1, kernel), 1 / kernel)] * depth
        shares = effective_receptive_field(weights)[0, 0]
        size = receptive_field(stack).size[1]
        x = np.arange(size) - (size - 1) / 2
        variance = depth * (kernel**2 - 1) / 12
        axes = plot(226, 196, say("{n} layers").format(n=depth), left=40)
        axes.bar(x, shares, 0.9, color=PLUS, alpha=0.5)
        t = np.linspace(x[0], x[-1], 300)
        bell = np.exp(-(t**2) / (2 * variance))
        axes.plot(t, bell / np.sqrt(2 * np.pi * variance), color=MARK)
        axes.set(xticks=[x[0], 0, x[-1]], ylim=(0, 1.15 * shares.max()),
                 xlabel=say("pixels from the middle"))  # fmt: skip
        axes.locator_params(axis="y", nbins=4)
        panels.append(axes)
    inside = 4 * np.sqrt(variance) / size
    return Picture(
        alt=say(
            "Bars of the weight of each pixel for 2, 8 and 32 layers, and "
            "bell curves over them. The deeper the stack, the better they "
            "agree, and the less of the field holds nearly all of the weight."
        ),
        caption=say(
            "The field of kernels of 3 with equal weights: each bar is a "
            "pixel, the axis as wide as the theoretical field. The curve is "
            "the Gaussian of the same variance. With 32 layers two standard "
            "deviations to both sides are {share} percent of the field."
        ).format(share=number(f"{100 * inside:.0f}")),
        panels=panels,
    )
