"""Section 2: the sliding window."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.cbook import get_sample_data
from matplotlib.image import imread

from _figures.style import (
    INK,
    MARK,
    SOFT,
    Picture,
    Say,
    number,
    outline,
    panel,
    table,
    write,
)
from refspec import (
    avg_pool2d,
    feature_map,
    hwc_to_chw,
    to_grayscale,
    window_response,
    windows,
    zero_pad,
)
from refspec.lecture import (
    EDGE_FILTER,
    EDGE_WINDOW,
    PADDED_IMAGE,
    SHARPEN_FILTER,
)

__all__ = [
    "sliding_window",
    "window_arithmetic",
    "filters_photograph",
    "half_turn",
    "padding_frame",
]


def sliding_window(say: Say) -> Picture:
    """Frame the windows of a small image, one after another."""
    image = np.arange(1, 17).reshape(4, 4)
    rows, columns, *kernel = windows(image, 3).shape
    panels = []
    for at, place in enumerate(np.ndindex(rows, columns), start=1):
        axes = panel(130, 154, say("Window {n}").format(n=at))
        table(axes, image)
        outline(axes, (*place, *kernel))
        panels.append(axes)
    return Picture(
        alt=say(
            "Four times the same image of 4 by 4 pixels. A frame of 3 by 3 "
            "stands in its upper left corner, then one pixel to the right, "
            "then in the lower left corner, then one to the right again."
        ),
        caption=say(
            "An image of 4 by 4 holds four windows of 3 by 3: along the row "
            "first, then down."
        ),
        panels=panels,
    )


def _two_places(value: Any) -> str:
    return number(int(value) if value % 1 == 0 else f"{float(value):.2f}")


def window_arithmetic(say: Say) -> Picture:
    """Multiply the slide's window by its filter, cell by cell."""
    products = EDGE_WINDOW * EDGE_FILTER
    columns = products.sum(axis=0)
    result = _two_places(window_response(EDGE_WINDOW, EDGE_FILTER))
    window = panel(169, 196, say("Window"))
    weights = panel(169, 196, say("Times the filter"))
    product = panel(169, 196, say("Gives products"))
    for axes, values in (
        (window, EDGE_WINDOW),
        (weights, EDGE_FILTER),
        (product, products),
    ):
        table(axes, values, side=55, text=_two_places, size=11,
              shade=axes is not window)  # fmt: skip
    total = panel(169, 196, say("And their sum"))
    table(total, columns[:, None], side=55, text=_two_places, size=11,
          shade=True)  # fmt: skip
    for at, label in enumerate((say("left"), say("middle"), say("right"))):
        write(total, 64, 51 + 55 * at, label, ha="left", color=SOFT)
    write(total, 140, 106, f"= {result}", color=MARK, weight="bold")
    return Picture(
        alt=say(
            "A window of 3 by 3 numbers, a filter of -1, 0 and 1 in its "
            "columns, and their nine products. The products of the left "
            "column sum to {left}, those of the right one to {right}; in all "
            "it is {result}."
        ).format(
            left=_two_places(columns[0]),
            right=_two_places(columns[-1]),
            result=result,
        ),
        caption=say(
            "One window, cell by cell: multiply by the weight that lies on "
            "the cell, then add up. Orange is positive, blue negative."
        ),
        panels=[window, weights, product, total],
    )


def photograph() -> Any:
    """Load Grace Hopper's photograph, grey, from matplotlib's samples."""
    with get_sample_data("grace_hopper.jpg") as file:
        colours = imread(file, format="jpg")[20:500, 16:496]
    grey = hwc_to_chw(to_grayscale(colours))
    return avg_pool2d(grey[None], 3)[0, 0]


def filters_photograph(say: Say) -> Picture:
    """Lay filters over a photograph."""
    image = photograph()
    sobel = np.outer([1, 2, 1], [-1, 0, 1])
    gaussian = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    mean = np.ones((7, 7)) / 49
    shown = [(say("The photograph"), image, 0)] + [
        (name, feature_map(image, kernel), middle)
        for name, kernel, middle in (
            (say("Upright edges"), sobel, 1),
            (say("Level edges"), sobel.T, 1),
            (say("Mean of 7 by 7"), mean, 0),
            (say("Gaussian, 5 by 5"), gaussian, 0),
            (say("Sharpened"), SHARPEN_FILTER.astype(int), 0),
        )
    ]
    panels = []
    for name, answer, signed in shown:
        axes = panel(169, 190, name)
        low, high = (-400, 400) if signed else (0, 255)
        axes.imshow(
            answer, cmap="gray", vmin=low, vmax=high,
            extent=(0, 168, 190, 22), interpolation="none",
        )  # fmt: skip
        axes.set(xlim=(0, 169), ylim=(190, 0))
        panels.append(axes)
    return Picture(
        alt=say(
            "A portrait, and five feature maps of it: outlines that run up "
            "and down, outlines that run across, two blurred portraits and a "
            "sharper one."
        ),
        caption=say(
            "The same photograph under five kernels. Of the edges, grey is "
            "an answer of 0, white positive and black negative. Photograph: "
            "Grace Hopper, by James S. Davis, United States Navy, 1984; "
            "public domain."
        ),
        panels=panels,
    )


def half_turn(say: Say) -> Picture:
    """Slide a kernel over one lit pixel, as it is and turned."""
    image = np.zeros((5, 5), int)
    image[2, 2] = 1
    kernel = np.arange(1, 10).reshape(3, 3)
    turned = kernel[::-1, ::-1]
    panels = []
    for title, values in (
        (say("One lit pixel"), image),
        (say("The kernel"), kernel),
        (say("Correlation"), feature_map(image, kernel)),
        (say("Convolution"), feature_map(image, turned)),
    ):
        axes = panel(169, 26 + 30 * len(values), title)
        table(axes, values, side=30)
        panels.append(axes)
    outline(panels[0], (2, 2, 1, 1), side=30)
    return Picture(
        alt=say(
            "An image with a single 1, a kernel of the numbers 1 to 9, and "
            "two answers: the correlation reads 9 down to 1, the convolution "
            "1 to 9 as the kernel."
        ),
        caption=say(
            "Slid over one lit pixel as it is, the kernel leaves itself "
            "upside down and back to front. Turned by half a turn first, as "
            "mathematics does, it leaves itself."
        ),
        panels=panels,
    )


def padding_frame(say: Say) -> Picture:
    """Put the slide's image in its frame of zeros, and filter it."""
    image = zero_pad(PADDED_IMAGE, 1)
    answer = feature_map(image, SHARPEN_FILTER)
    rows, columns = image.shape

    def color(i: int, j: int) -> str:
        inside = 0 < i < rows - 1 and 0 < j < columns - 1
        return INK if inside else SOFT

    framed = panel(282, 306, say("The image in its frame of zeros"))
    table(framed, image, side=40, color=color)
    outline(framed, (1, 1, rows - 2, columns - 2), side=40, color=SOFT)
    outline(framed, (0, 0, 3, 3), side=40)
    kernel = panel(100, 122, say("The kernel"))
    table(kernel, SHARPEN_FILTER)
    outline(kernel, (0, 0, 3, 3))
    result = panel(202, 226, say("As many results as pixels"))
    table(result, answer, side=40, shade=True)
    outline(result, (0, 0, 1, 1), side=40)
    return Picture(
        alt=say(
            "A table of {n} by {n} pixels with one row and column of zeros "
            "around it. The first window, in the upper left corner, holds "
            "five zeros of the frame and gives {first}. There are {n} by {n} "
            "results."
        ).format(n=len(PADDED_IMAGE), first=number(answer[0, 0])),
        caption=say(
            "With a frame of one zero on each side the kernel stands on "
            "every pixel, and the map is as large as the image. Green: the "
            "first window and its result."
        ),
        panels=[framed, kernel, result],
    )
