"""Section 7: the volumes of LeNet-5, and what its layers cost."""

from __future__ import annotations

from collections.abc import Sequence
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
    panel,
    plot,
    sheets,
    write,
)
from refspec import lenet5, lenet5_dense, network_table
from refspec.lecture import LENET5_VOLUMES

__all__ = ["lenet_volumes", "lenet_counts"]


SCALE = 1.35
"""Pixels of the picture for one of a map."""

LAYERS = tuple(LENET5_VOLUMES)


def _rows() -> list[Any]:
    """List the seven layers, which are named as in 1998."""
    return [row for row in network_table(lenet5()) if row.name in LAYERS]


def lenet_volumes(say: Say) -> Picture:
    """Draw each volume as its stack of maps, in proportion."""
    volumes = [(say("input"), lenet5().input_shape)]
    volumes += [(row.name, row.output_shape) for row in _rows()]
    maps = panel(346, 150, say("Volumes"))
    left = 2.0
    for name, shape in volumes[:5]:
        _stack(maps, left, name, shape)
        left += SCALE * shape[-1] + 2 * shape[0] + 22
    vectors = panel(346, 150, say("Vectors"))
    for at, (name, (count,)) in enumerate(volumes[5:]):
        x = 30 + 120 * at
        tall = 0.75 * count
        color = PLUS if name == "output" else MINUS
        cell(vectors, x, 74 - tall / 2 + 6, 10, height=tall,
             edgecolor=color, linewidth=2)  # fmt: skip
        write(vectors, x + 24, 74, name, ha="left", color=INK)
        write(vectors, x + 24, 90, str(count), ha="left", color=SOFT, size=11)
    return Picture(
        alt=say(
            "The input of 32 by 32 pixels and the volumes of four layers as "
            "stacks of squares: their sides shrink from 28 to 5 while their "
            "number grows from 6 to 16. Then three columns of 120, 84 and 10 "
            "numbers."
        ),
        caption=say(
            "Sides and heights are in proportion. Each convolution takes 4 "
            "pixels off the height and the width, each pooling halves both, "
            "and there are more and more maps: from where to what."
        ),
        panels=[maps, vectors],
    )


def _stack(axes: Axes, left: float, name: str, shape: Sequence[int]) -> None:
    """Draw maps behind each other, with their shape below."""
    count, _, width = shape
    side = SCALE * width
    color = SOFT if name == "input" else MARK
    top = 74 - side / 2 + count
    sheets(axes, (left, top), side, count, (2, 2), color=color, lw=0.8)
    middle = left + side / 2 + count
    write(axes, middle, 128, name, size=11)
    text = "\u00d7".join(map(str, shape))
    write(axes, middle, 143, text, size=10, color=SOFT)


def lenet_counts(say: Say) -> Picture:
    """Count parameters and multiplications beside a dense net."""
    dense = {row.name: row for row in network_table(lenet5_dense())}
    rows = [row for row in network_table(lenet5()) if row.name in dense]
    rows = [row for row in rows if row.parameters]
    panels = []
    for title, count in (
        (say("Parameters"), lambda row: row.parameters),
        (say("Multiplications"), lambda row: row.multiplications),
    ):
        axes = plot(346, 270, title, left=52)
        places = np.arange(len(rows))
        for at, (name, color, table) in enumerate(
            (
                (say("dense twin"), SOFT, [dense[row.name] for row in rows]),
                (say("LeNet-5"), PLUS, rows),
            )
        ):
            axes.barh(places + 0.2 - 0.4 * at, list(map(count, table)), 0.38,
                      color=color, label=name)  # fmt: skip
        axes.set_xscale("log")
        axes.set_yticks(places, [row.name for row in rows])
        ticks = [10**2, 10**4, 10**6]
        axes.set_xticks(ticks, [number(n) for n in ticks])
        axes.minorticks_off()
        axes.set_xlim(50, 2e7)
        axes.invert_yaxis()
        panels.append(axes)
    panels[0].legend(loc="lower right")
    ours, theirs = (
        sum(row.parameters for row in network_table(network))
        for network in (lenet5(), lenet5_dense())
    )
    return Picture(
        alt=say(
            "Bars for five layers on a scale of powers of ten. In C1 and C3 "
            "the dense net has thousands of times the parameters and thirty "
            "to forty times the multiplications, in C5 four times both; F6 "
            "and the output are equal."
        ),
        caption=say(
            "In all {ours} parameters against {theirs}. The scale is "
            "logarithmic: each step to the right is a hundred times as much."
        ).format(ours=number(ours), theirs=number(theirs)),
        panels=panels,
    )
