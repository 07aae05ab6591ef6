"""Section 1: the vector of an image, and what two layers make of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from _figures.style import (
    INK,
    MARK,
    MINUS,
    PLUS,
    SOFT,
    Picture,
    Say,
    cell,
    number,
    outline,
    panel,
    plot,
    table,
    write,
)
from refspec import (
    conv_multiplications,
    conv_parameters,
    dense_multiplications,
    dense_parameters,
    feature_map,
    flatten,
)
from refspec.lecture import EDGE_FILTER

__all__ = ["flattening", "dense_and_convolution", "translation"]

PIXELS = np.array(
    [[[214, 69, 65], [245, 171, 53]], [[38, 166, 91], [65, 131, 215]]]
)
"""Red and orange over green and blue."""

SIDE = 28
"""Of a cell that holds three digits."""


def flattening(say: Say) -> Picture:
    """Lay four coloured pixels out as a vector."""
    rows, columns, channels = PIXELS.shape
    grid = panel(190, 142, say("An image of 2 by 2 pixels"))
    for i, j in np.ndindex(rows, columns):
        at = 1 + j * (channels * SIDE + 16), 30 + i * 60
        _pixel(grid, PIXELS[i, j], at)
    vector = panel(PIXELS.size * SIDE + 2, 142, say("Its vector"))
    values = flatten(PIXELS).reshape(-1, channels)
    for at, pixel in enumerate(values):
        _pixel(vector, pixel, (1 + at * channels * SIDE, 90))
    order = flatten(np.arange(PIXELS.size).reshape(PIXELS.shape)).tolist()
    beside, below = order.index(channels), order.index(columns * channels)
    for places, y, text in (
        (below, 45, say("{n} places to the pixel below")),
        (beside, 70, say("{n} places to the one beside it")),
    ):
        _span(vector, places, y, text.format(n=places))
    return Picture(
        alt=say(
            "Four pixels of three channels each in a square, and the vector "
            "of their {n} numbers. From the first pixel it is {beside} "
            "places to the one beside it and {below} to the one below it."
        ).format(n=PIXELS.size, beside=beside, below=below),
        caption=say(
            "The numbers of a pixel stay together, then those of a row. The "
            "pixel below is a whole row away: {below} places here, and "
            "{far} in an image {wide} pixels wide."
        ).format(below=below, far=number(640 * channels), wide=640),
        panels=[grid, vector],
    )


def _pixel(axes: Axes, values: Any, at: tuple[int, int]) -> None:
    """Write a pixel's channels over a strip of its colour."""
    table(axes, values[None], at=at, side=SIDE, size=10)
    cell(axes, at[0], at[1] + SIDE, SIDE * len(values), height=12,
         facecolor=values / 255)  # fmt: skip


def _span(axes: Axes, places: int, y: float, text: str) -> None:
    """Measure so many places from the first one, and say what is there."""
    start, end = 1 + SIDE / 2, 1 + SIDE / 2 + places * SIDE
    axes.annotate(
        "", (end, y), (start, y),
        arrowprops={"arrowstyle": "|-|,widthA=.3,widthB=.3", "color": MARK,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    write(axes, end + 10, y, text, ha="left", size=11, color=SOFT)


def dense_and_convolution(say: Say) -> Picture:
    """Connect six pixels to four outputs, by both layers."""
    pixels, outputs, kernel = 6, 4, (1, 3)
    weights = np.zeros((outputs, pixels), int)
    names = np.arange(1, kernel[1] + 1)[None]
    for pixel, lit in enumerate(np.eye(pixels, dtype=int)):
        weights[:, pixel] = feature_map(lit[None], names)[0]
    panels = []
    for title, colors, multiplications in (
        (
            say("Dense: {n} weights").format(
                n=dense_parameters(pixels, outputs, bias=False)
            ),
            np.full(weights.shape, SOFT),
            dense_multiplications(pixels, outputs),
        ),
        (
            say("Convolution: {n} weights").format(
                n=conv_parameters(kernel, 1, 1, bias=False)
            ),
            np.array(["", PLUS, MARK, MINUS])[weights],
            conv_multiplications((1, outputs), kernel, 1, 1),
        ),
    ):
        axes = panel(169, 226, title)
        _connect(axes, colors)
        words = say("{n} multiplications").format(n=multiplications)
        write(axes, 0, 216, words, ha="left", size=11, color=SOFT)
        panels.append(axes)
    growth, most = _growth(say)
    return Picture(
        alt=say(
            "Six pixels and four outputs. A dense layer joins each pixel to "
            "each output; a convolution joins each output to three "
            "neighbours, by the same three weights. Beside them a plot of "
            "the weights against the side of the image: the dense layer's "
            "rise to {most}, the convolution's stay."
        ).format(most=number(most)),
        caption=say(
            "Each line is a multiplication, and each colour of the "
            "convolution one weight: it is used at every output. In the plot "
            "both layers give a map as large as the image, and the kernel is "
            "3 by 3; the lines cross, since an image of one pixel leaves the "
            "dense layer a single weight."
        ),
        panels=[*panels, growth],
    )


def _connect(axes: Axes, colors: Any) -> None:
    """Join pixels on the left to outputs on the right, where coloured."""
    outputs, pixels = colors.shape
    side, step = 20, 29
    first = 30 + step * (pixels - outputs) / 2
    for (o, i), color in np.ndenumerate(colors):
        if color:
            ends = 30 + i * step + side / 2, first + o * step + side / 2
            axes.plot([25 + side, 140 - side], ends, color=color, lw=1.5)
    for i in range(pixels):
        cell(axes, 25, 30 + i * step, side, edgecolor=INK)
    for o in range(outputs):
        cell(axes, 140 - side, first + o * step, side, edgecolor=INK)


def _growth(say: Say) -> tuple[Axes, int]:
    """Plot the weights of both layers against the side of the image."""
    axes = plot(340, 226, say("Weights, by the side of the image"), left=58)
    sides = 2 ** np.arange(8)
    dense = [dense_parameters(int(n) ** 2, int(n) ** 2, bias=False)
             for n in sides]  # fmt: skip
    conv = [conv_parameters(3, 1, 1, bias=False)] * len(sides)
    axes.loglog(sides, dense, "o-", color=SOFT, markersize=4)
    axes.loglog(sides, conv, "o-", color=PLUS, markersize=4)
    axes.set_xticks(sides, sides)
    axes.minorticks_off()
    axes.set_yticks([1, 1e3, 1e6], [number(n) for n in (1, 1000, 10**6)])
    axes.set_xlabel(say("pixels"))
    axes.text(12, 10**5.2, say("dense"), color=SOFT, ha="right")
    axes.text(32, 20, say("convolution"), color=PLUS)
    return axes, dense[-1]


def translation(say: Say) -> Picture:
    """Move a pattern, and see its answers move along."""
    image = np.zeros((8, 8), int)
    image[2:4, 2:4] = image[4, 2] = 1
    down, right = 1, 2
    moved = np.roll(image, (down, right), (0, 1))
    panels = []
    for title, values in (
        (say("A pattern"), image),
        (say("Its feature map"), feature_map(image, EDGE_FILTER)),
        (say("The pattern, moved"), moved),
        (say("Its map, moved"), feature_map(moved, EDGE_FILTER)),
    ):
        axes = panel(169, 188, title)
        table(axes, values, side=20, shade=True, size=10,
              color=_not_zero(values))  # fmt: skip
        outline(axes, _lit(values), side=20)
        panels.append(axes)
    return Picture(
        alt=say(
            "An image of zeros with five ones in it, and its feature map. "
            "In a second image the ones stand {down} lower and {right} "
            "further right; so do all answers in its map that are not zero."
        ).format(down=down, right=right),
        caption=say(
            "Move the pattern {down} down and {right} to the right, and the "
            "answers of the vertical edge filter move with it, unchanged. "
            "Green frames all that is not zero."
        ).format(down=down, right=right),
        panels=panels,
    )


def _not_zero(values: Any) -> Any:
    return lambda i, j: INK if values[i, j] else SOFT


def _lit(values: Any) -> tuple[Any, ...]:
    """Give the smallest box around all that is not zero."""
    i, j = np.nonzero(values)
    return i.min(), j.min(), np.ptp(i) + 1, np.ptp(j) + 1
