"""Section 5: strides, dilation, and which channel feeds which."""

from __future__ import annotations

from typing import Any

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
    write,
)
from refspec import (
    Window,
    conv2d,
    conv_parameters,
    output_size,
    receptive_field_trace,
    separable_parameters,
)

__all__ = ["strides", "dilations", "connections", "separable_counts"]


def strides(say: Say) -> Picture:
    """Stand every window of a row under its pixels."""
    size, kernel, side = 7, 3, 26
    panels = []
    counts = []
    for stride in (1, 2):
        places = output_size(size, kernel, stride=stride)
        counts.append(places)
        title = say("Stride {s}: {n} windows").format(s=stride, n=places)
        axes = panel(size * side + 4, 116, title)
        for i in range(size):
            cell(axes, 1 + i * side, 24, side, edgecolor=INK)
        for at in range(places):
            # a window has its colour by its place, in both panels
            color = MARK if at * stride % 2 == 0 else SOFT
            left, y = 3 + at * stride * side, 62 + 10 * at
            right = left + kernel * side - 4
            axes.plot([left, left, right, right], [y - 6, y, y, y - 6],
                      color=color, lw=2)  # fmt: skip
        panels.append(axes)
    return Picture(
        alt=say(
            "Seven pixels in a row and the windows of three pixels under "
            "them: {a} with a stride of 1, and with a stride of 2 every "
            "second one of these, {b}."
        ).format(a=counts[0], b=counts[1]),
        caption=say(
            "The windows of stride 2 are the first, third and fifth of those "
            "of stride 1. Still every pixel is in some window."
        ),
        panels=panels,
    )


def dilations(say: Say) -> Picture:
    """Light the pixels that a kernel of 3 by 3 reads."""
    size, side = 9, 18
    panels = []
    for dilation in (1, 2, 4):
        axes = panel(size * side + 4, size * side + 28,
                     say("Dilation {d}").format(d=dilation))  # fmt: skip
        read = receptive_field_trace([Window(3, dilation=dilation)])
        margin = (size - 1) // 2 - dilation
        for i, j in np.ndindex(size, size):
            lit = i - margin in read[0] and j - margin in read[1]
            cell(axes, 1 + j * side, 24 + i * side, side,
                 facecolor=PLUS if lit else "none", alpha=0.7)  # fmt: skip
        panels.append(axes)
    return Picture(
        alt=say(
            "Three grids of 9 by 9 pixels, nine of them lit: side by side "
            "with dilation 1, every second one with dilation 2, and every "
            "fourth one with dilation 4, as far as the corners."
        ),
        caption=say(
            "The pixels that one cell reads. Nine weights each time, over 3 "
            "by 3, 5 by 5 and 9 by 9 pixels."
        ),
        panels=panels,
    )


def connections(say: Say) -> Picture:
    """Join the channels that feed each other, by lighting one at a time."""
    channels = 4
    panels = []
    for title, groups in (
        (say("Full"), 1),
        (say("Two groups"), 2),
        (say("Depthwise"), channels),
    ):
        shape = channels, channels // groups, 3, 3
        feeds = _feeds(channels, np.ones(shape), groups)
        words = say("{n} weights").format(
            n=conv_parameters(3, channels, channels, groups=groups, bias=False)
        )
        axes = panel(169, 176, title)
        _join(axes, feeds, (20, 149))
        write(axes, 0, 166, words, ha="left", size=11, color=SOFT)
        panels.append(axes)
    separable = panel(250, 176, say("Depthwise, then pointwise"))
    depthwise = _feeds(channels, np.ones((channels, 1, 3, 3)), channels)
    pointwise = _feeds(channels, np.ones((channels, channels, 1, 1)), 1)
    _join(separable, depthwise, (20, 125))
    _join(separable, pointwise, (125, 230))
    words = say("{n} weights").format(
        n=separable_parameters(3, channels, channels)
    )
    write(separable, 0, 166, words, ha="left", size=11, color=SOFT)
    return Picture(
        alt=say(
            "Four channels on the left, four on the right. In a full "
            "convolution each is joined to each, in two groups each half to "
            "its half, in a depthwise one each to its own. Depthwise and "
            "pointwise, one after the other, join all again."
        ),
        caption=say(
            "A dot is a channel, a line a kernel: it is there where the "
            "channel on the right changes with the one on the left. Kernels "
            "are 3 by 3, those of the pointwise step 1 by 1."
        ),
        panels=[*panels, separable],
    )


def _feeds(channels: int, w: Any, groups: int) -> Any:
    """Say which map changes with which channel: light one at a time."""
    lit = np.eye(channels)[:, :, None, None] * np.ones(w.shape[2:])
    return conv2d(lit, w, groups=groups)[:, :, 0, 0] != 0


def _join(axes: Axes, feeds: Any, ends: tuple[float, float]) -> None:
    """Draw channels as dots, and lines between those that feed each other."""
    step, top = 32, 40
    for i, j in np.argwhere(feeds):
        axes.plot(ends, [top + i * step, top + j * step], color=LINE, lw=1.5)
    for x in ends:
        for i in range(len(feeds)):
            axes.plot([x], [top + i * step], "o", color=INK, markersize=8)


def separable_counts(say: Say) -> Picture:
    """Count the weights of both forms, kernel by kernel."""
    axes = plot(346, 230, say("Weights, 64 channels to 128"), left=64)
    kernels = (1, 3, 5, 7)
    places = np.arange(len(kernels))
    full = [conv_parameters(k, 64, 128, bias=False) for k in kernels]
    few = [separable_parameters(k, 64, 128) for k in kernels]
    axes.bar(places - 0.2, full, 0.38, color=SOFT, label=say("full"))
    axes.bar(places + 0.2, few, 0.38, color=PLUS, label=say("separable"))
    axes.set_xticks(places, [f"{k} \u00d7 {k}" for k in kernels])
    ticks = [0, 200_000, 400_000]
    axes.set_yticks(ticks, [number(n) for n in ticks])
    axes.legend(loc="upper left")
    return Picture(
        alt=say(
            "Pairs of bars for kernels of 1, 3, 5 and 7. The full "
            "convolution grows with the square of the kernel to {most}; the "
            "separable one stays near {least}."
        ).format(most=number(full[-1]), least=number(few[0])),
        caption=say(
            "At 1 by 1 the separable form has {more} weights more; at 3 by 3 "
            "it has {share} percent of the full one's."
        ).format(
            more=number(few[0] - full[0]),
            share=number(f"{100 * few[1] / full[1]:.0f}"),
        ),
        panels=[axes],
    )
