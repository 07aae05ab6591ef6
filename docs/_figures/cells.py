"""Section 3: maps stacked, and the cells of Hubel and Wiesel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from _figures.style import (
    LINE,
    MARK,
    MINUS,
    PLUS,
    SOFT,
    Picture,
    Say,
    cell,
    panel,
    plot,
    sheets,
    write,
)
from refspec import (
    complex_cell,
    conv2d,
    conv_parameters,
    gabor,
    simple_cell,
)
from refspec.lecture import FIRST_LAYER

__all__ = [
    "stacked_maps",
    "gabor_pair",
    "cells_and_gratings",
    "cells_and_movement",
]

SIZE = 25
"""Of the filters, and of the images that they look at."""

WAVELENGTH, SIGMA = 8, 4
EVEN, ODD = (
    gabor(SIZE, wavelength=WAVELENGTH, sigma=SIGMA, phase=phase)
    for phase in (0, -math.pi / 2)
)
"""A quadrature pair: cosine and sine under one bell."""


# Stacked maps


def stacked_maps(say: Say) -> Picture:
    """Lead an image through the slide's six filters to six maps."""
    filters, channels, *_ = FIRST_LAYER
    image = np.zeros((1, channels, 32, 32))
    maps = conv2d(image, np.zeros(FIRST_LAYER))
    chosen = 2
    axes = panel(346, 264)
    for x, name, shape in (
        (1, say("Image"), image.shape[1:]),
        (126, say("Filters"), FIRST_LAYER),
        (232, say("Maps"), maps.shape[1:]),
    ):
        write(axes, x, 12, name, ha="left")
        write(axes, x, 30, _times(shape), ha="left", size=11, color=SOFT)
    for f in range(filters):
        y, color = 58 + 36 * f, MARK if f == chosen else LINE
        width = 2 if f == chosen else 1
        end = 73 + 20 * f
        axes.plot([86, 123], [150, y + 7], color=color, lw=width)
        axes.plot([159, 262 - 6 * f], [y + 7, end], color=color, lw=width)
        sheets(axes, (126, y), 20, channels, (4, 4), lw=width,
                color=MARK if f == chosen else SOFT)  # fmt: skip
    sheets(axes, (1, 126), 72, channels, (6, 14), color=SOFT)
    sheets(axes, (232, 163), 76, filters, (6, 20), color=SOFT)
    sheets(axes, (232, 163), 76, filters, (6, 20), only=filters - 1 - chosen,
            color=MARK, lw=2)  # fmt: skip
    return Picture(
        alt=say(
            "An image of {channels} channels, {filters} filters of as many "
            "channels, and a stack of {filters} maps. A line leads from the "
            "image to each filter, and from each filter to one map."
        ).format(channels=channels, filters=filters),
        caption=say(
            "Each filter reads all channels and makes one map. The maps, "
            "stacked, are what the next layer reads. Green: the third filter "
            "and the map that is its own. In all {n} weights and biases."
        ).format(n=conv_parameters(FIRST_LAYER[2:], channels, filters)),
        panels=[axes],
    )


def _times(shape: Sequence[int]) -> str:
    return " \u00d7 ".join(map(str, shape))


# Cells


def gabor_pair(say: Say) -> Picture:
    """Show an even and an odd filter, and a cut through both."""
    panels = []
    for title, filter_ in ((say("Even"), EVEN), (say("Odd"), ODD)):
        axes = panel(169, 192, title)
        _image(axes, filter_, (0, 23), 168)
        panels.append(axes)
    cut = plot(340, 192, say("A cut through the middle"))
    x = np.arange(SIZE) - SIZE // 2
    for filter_, color, word in (
        (EVEN, PLUS, say("even")),
        (ODD, MINUS, say("odd")),
    ):
        cut.plot(x, filter_[SIZE // 2], color=color, label=word)
    cut.set(xlabel=say("pixels from the middle"), yticks=[-1, 0, 1])
    cut.legend(loc="upper right")
    return Picture(
        alt=say(
            "Two square filters of upright light and dark stripes that fade "
            "towards the border. In the even one a light stripe stands in "
            "the middle; in the odd one the middle lies between a dark and a "
            "light stripe."
        ),
        caption=say(
            "A quadrature pair of Gabor filters: the same stripes under the "
            "same bell, a quarter of a wavelength apart. Grey is 0, white "
            "positive, black negative."
        ),
        panels=[*panels, cut],
    )


def _image(
    axes: Axes, values: Any, at: tuple[float, float], side: float
) -> None:
    """Show grey levels from -1 to 1 in a square."""
    (x, y), limits = at, (*axes.get_xlim(), *axes.get_ylim())
    axes.imshow(values, cmap="gray", vmin=-1, vmax=1, interpolation="none",
                extent=(x, x + side, y + side, y))  # fmt: skip
    axes.axis(limits)
    cell(axes, x, y, side)


def _frames(title: str, frames: Any, words: Sequence[str]) -> Axes:
    """Lay five images out in a row."""
    axes = panel(340, 106, title)
    for at, (frame, word) in enumerate(zip(frames, words, strict=True)):
        _image(axes, frame, (1 + 69 * at, 24), 61)
        write(axes, 32 + 69 * at, 97, word, size=11, color=SOFT)
    return axes


def _answers(frames: Any) -> tuple[Any, Any]:
    """Ask a simple and a complex cell: shares of their largest answers."""
    simple = np.array([simple_cell(x, EVEN)[0, 0] for x in frames])
    energy = np.array([complex_cell(x, EVEN, ODD)[0, 0] for x in frames])
    return simple / simple.max(), energy / energy.max()


def _curves(axes: Axes, x: Any, frames: Any, say: Say) -> None:
    simple, energy = _answers(frames)
    axes.plot(x, simple, color=PLUS, label=say("simple cell"))
    axes.plot(x, energy, color=MINUS, label=say("complex cell"))
    axes.set(ylim=(-0.03, 1.1), yticks=[0, 1])


def _grating(*, orientation: float = 0, phase: float = 0) -> Any:
    """Draw a Gabor filter under a bell so wide that none is seen."""
    return gabor(SIZE, wavelength=WAVELENGTH, sigma=1e9,
                 orientation=orientation, phase=phase)  # fmt: skip


def cells_and_gratings(say: Say) -> Picture:
    """Move a grating under both cells, then turn it."""
    quarters = [_grating(phase=-math.pi / 2 * at) for at in range(5)]
    words = ["0", "\u00bc", "\u00bd", "\u00be", "1"]
    stimulus = _frames(say("A grating moves by one wavelength"),
                       quarters, words)  # fmt: skip
    moved = np.linspace(0, 1, 49)
    phase = plot(340, 206, say("Their answers while it moves"))
    _curves(phase, moved, [_grating(phase=-math.tau * m) for m in moved], say)
    phase.set(xticks=np.arange(5) / 4, xticklabels=words,
              xlabel=say("wavelengths moved"))  # fmt: skip
    phase.legend(loc="center")
    degrees = np.linspace(-90, 90, 91)
    turned = plot(340, 206, say("And while it is turned"))
    gratings = [_grating(orientation=math.radians(d)) for d in degrees]
    _curves(turned, degrees, gratings, say)
    turned.set(xticks=[-90, -45, 0, 45, 90],
               xlabel=say("degrees turned"))  # fmt: skip
    turned.legend(loc="upper right")
    return Picture(
        alt=say(
            "Five frames of a grating that moves to the right. While it "
            "moves, the simple cell's answer falls to zero and comes back; "
            "the complex cell's stays at its largest. While the grating is "
            "turned, both answers have their peak where its stripes are "
            "upright, as those of the filters."
        ),
        caption=say(
            "Both cells are tuned to the orientation, and only the simple "
            "one to the place of the stripes. Answers are shares of each "
            "cell's largest."
        ),
        panels=[stimulus, phase, turned],
    )


def cells_and_movement(say: Say) -> Picture:
    """Show a film to both cells, then the same film backwards."""
    scene = np.zeros((SIZE, 3 * SIZE))
    scene[:, 26:29], scene[:, 44:47] = 0.6, 1
    film = [scene[:, at : at + SIZE] for at in range(2 * SIZE, -1, -1)]
    seen = [5, 15, 25, 35, 45]
    stimulus = _frames(say("Two bars move to the right"),
                       [film[at] for at in seen],
                       [str(at) for at in seen])  # fmt: skip
    panels = [stimulus]
    for title, frames in (
        (say("The film"), film),
        (say("The film, backwards"), film[::-1]),
    ):
        axes = plot(340, 206, title)
        _curves(axes, np.arange(len(film)), frames, say)
        axes.set(xlabel=say("frames shown"))
        panels.append(axes)
    panels[1].legend(loc="upper right")
    panels[2].legend(loc="upper left")
    return Picture(
        alt=say(
            "Frames of a bright bar that moves to the right, a fainter one "
            "behind it. The complex cell answers with one hump for each bar, "
            "the simple cell with narrower ones. For the film backwards both "
            "curves are the same, read from right to left."
        ),
        caption=say(
            "Neither cell knows which way the bars go: each frame is "
            "answered alone, so the film backwards gives the same answers "
            "backwards."
        ),
        panels=panels,
    )
