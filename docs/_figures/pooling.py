"""Section 6: pooling, its gradient, and activations."""

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
    number,
    outline,
    panel,
    plot,
    table,
)
from refspec import (
    avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
    min_pool2d,
    relu,
    relu_backward,
    sigmoid,
    tanh,
)
from refspec.lecture import MIN_POOL_IMAGE

__all__ = [
    "a_step_under_pooling",
    "pooling_tables",
    "activations",
    "gradient_of_a_tie",
]

SIDE = 38
"""Of a cell."""


def _plain(values: Any) -> Any:
    """Give the numbers of one channel, as numbers of NumPy."""
    return np.asarray(values, float)[0, 0]


def _short(value: Any) -> str:
    return number(f"{value:.4g}")


def a_step_under_pooling(say: Say) -> Picture:
    """Move a pixel by one, under windows of three in steps of two."""
    before = np.array([[0, 0, 0, 1, 0]])
    after = np.roll(before, -1)
    panels = []
    for title, image in (
        (say("A bright pixel"), before),
        (say("One step to the left"), after),
    ):
        axes = panel(212, 156, title)
        table(axes, image, side=SIDE, shade=True)
        answers = _plain(max_pool2d(image[None, None], (1, 3), stride=(1, 2)))
        for at, color in enumerate((MINUS, MARK)):
            low = 76 + 10 * at
            left, right = 2 * at * SIDE + 3, (2 * at + 3) * SIDE - 1
            axes.plot([left, left, right, right], [low - 6, low, low, low - 6],
                      color=color, lw=2)  # fmt: skip
            middle = (left + right) / 2
            table(axes, answers[:, at : at + 1], side=SIDE, shade=True,
                  at=(middle - SIDE / 2, 110), text=_short)  # fmt: skip
            axes.plot([middle, middle], [low, 108], color=color, lw=2)
        panels.append(axes)
    return Picture(
        alt=say(
            "Five pixels in a row, the fourth of them bright, under two "
            "windows of three that share the third pixel. Only the second "
            "window answers 1. One step to the left the bright pixel is in "
            "both, and both answer 1."
        ),
        caption=say(
            "The second window holds the bright pixel before and after the "
            "step, and its answer stays. The first one gets it by the step: "
            "the windows overlap, and the map changes."
        ),
        panels=panels,
    )


def pooling_tables(say: Say) -> Picture:
    """Pool the slide's table in three ways."""
    image = MIN_POOL_IMAGE.astype(int)
    colors = ((PLUS, MINUS), (MARK, SOFT))
    source = panel(4 * SIDE + 2, 4 * SIDE + 28, say("The table"))
    table(source, image, side=SIDE, color=lambda i, j: colors[i // 2][j // 2])
    panels = [source]
    for title, pool in (
        (say("Maximum"), max_pool2d),
        (say("Mean"), avg_pool2d),
        (say("Minimum"), min_pool2d),
    ):
        axes = panel(2 * 54 + 2, 2 * 54 + 28, title)
        answers = _plain(pool(image[None, None], 2))
        table(axes, answers, side=54, text=_short,
              color=lambda i, j: colors[i][j])  # fmt: skip
        _frames(axes, colors, 54)
        panels.append(axes)
    _frames(source, colors, 2 * SIDE)
    return Picture(
        alt=say(
            "A table of 4 by 4 numbers cut into four windows, and the "
            "largest, the mean and the smallest number of each window."
        ),
        caption=say(
            "Windows of 2 by 2, side by side: four windows, four numbers. "
            "Maximum and minimum are numbers of the table; the mean need "
            "not be."
        ),
        panels=panels,
    )


def _frames(axes: Axes, colors: Any, side: float) -> None:
    """Frame two by two windows, each a little inside its border."""
    for (i, j), color in np.ndenumerate(np.array(colors)):
        outline(
            axes, (i + 0.02, j + 0.02, 0.96, 0.96), side=side, color=str(color)
        )


def activations(say: Say) -> Picture:
    """Plot ReLU, sigmoid and tanh, and their slopes."""
    x = np.linspace(-4, 4, 161)
    one = np.ones_like(x)
    step = x[1] - x[0]
    values = plot(346, 250, say("Activation"))
    slopes = plot(346, 250, say("Its slope"))
    for name, y, slope, color in (
        ("ReLU", relu(x), relu_backward(one, x), PLUS),
        ("tanh", tanh(x), np.gradient(tanh(x), step), MINUS),
        ("sigmoid", sigmoid(x), np.gradient(sigmoid(x), step), MARK),
    ):
        values.plot(x, y, color=color, label=name)
        slopes.plot(x, slope, color=color, label=name)
    values.set(ylim=(-1.2, 2.2), yticks=[-1, 0, 1, 2], xlabel="x")
    slopes.set(ylim=(-0.05, 1.1), yticks=[0, 0.25, 0.5, 1], xlabel="x")
    values.legend(loc="upper left")
    return Picture(
        alt=say(
            "Two plots from -4 to 4. ReLU is zero, then the line y = x; tanh "
            "rises from -1 to 1 and sigmoid from 0 to 1. The slope of ReLU "
            "jumps from 0 to 1; that of tanh is a bell of height 1, that of "
            "sigmoid a bell of height one quarter."
        ),
        caption=say(
            "Left of 0 a ReLU passes no gradient; right of it, all of it. "
            "Sigmoid and tanh pass little of it wherever the unit is far "
            "from 0, and sigmoid never more than a quarter."
        ),
        panels=[values, slopes],
    )


def gradient_of_a_tie(say: Say) -> Picture:
    """Hand the gradients of overlapping windows back to their winners."""
    image = np.array([[2, 1, 2], [0, 2, 1]])
    slopes = np.array([[10, 5]])
    back = max_pool2d_backward(slopes[None, None], image[None, None], 2,
                               stride=1)[0, 0]  # fmt: skip
    first = panel(3 * SIDE + 2, 104, say("Pixels"))
    table(first, image, side=SIDE)
    outline(first, (0.03, 0.03, 1.94, 1.94), side=SIDE, color=PLUS)
    outline(first, (0, 1, 2, 2), side=SIDE, color=MINUS)
    second = panel(130, 104, say("Gradients above"))
    table(second, slopes, side=SIDE,
          color=lambda _, j: (PLUS, MINUS)[j])  # fmt: skip
    third = panel(150, 104, say("Gradients below"))
    table(third, back, side=SIDE,
          color=lambda i, j: INK if back[i, j] else SOFT)  # fmt: skip
    return Picture(
        alt=say(
            "Six pixels, two windows of 2 by 2 that share a column, and the "
            "gradients {first} and {second} of their answers. The first 2 of "
            "each window takes its gradient; all other pixels get 0."
        ).format(first=slopes[0, 0], second=slopes[0, 1]),
        caption=say(
            "Both windows hold the number 2 twice. The first one in row "
            "order takes the whole gradient; to pay both, or to halve it, "
            "are other answers. The sum, {total}, stays."
        ).format(total=back.sum()),
        panels=[first, second, third],
    )
