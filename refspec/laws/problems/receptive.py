"""Problems of the receptive field: stacks of windows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.geometry import effective_kernel_size, output_size
from refspec.laws.domain import Domain
from refspec.receptive import Window

__all__ = ["filter_stacks", "padded_stacks", "stacks", "thousand_layers"]

PAIRS = {"kernel_sizes": "kernel_size", "strides": "stride"}


@st.composite
def stacks(
    draw: Any,
    _: Domain,
    *,
    depths: tuple[int, int] = (0, 4),
    kernel_sizes: tuple[int, ...] = (1, 2, 3, 4),
    strides: tuple[int, ...] = (1, 2, 3),
    paddings: tuple[int, ...] = (0, 1, 2, 5),
    dilations: tuple[int, ...] = (1, 2, 3),
) -> list[Window]:
    """Draw the windows of a stack, rows and columns apart."""

    def pair(values: tuple[int, ...]) -> tuple[int, int]:
        rows, columns = (draw(st.sampled_from(values)) for _ in "HW")
        return rows, columns

    return [
        Window(
            pair(kernel_sizes),
            pair(strides),
            (pair(paddings), pair(paddings)),
            pair(dilations),
        )
        for _ in range(draw(st.integers(*depths)))
    ]


@st.composite
def thousand_layers(draw: Any, _: Domain) -> list[Window]:
    """Draw a thousand small windows, a few of which take strides."""
    kernel_sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    strided = draw(st.sets(st.integers(0, 999), max_size=4))
    padding = draw(st.integers(0, 1))
    return [
        Window(
            kernel_sizes[l % len(kernel_sizes)],
            stride=2 if l in strided else 1,
            padding=padding,
        )
        for l in range(1000)
    ]


@st.composite
def filter_stacks(
    draw: Any,
    domain: Domain,
    *,
    depths: tuple[int, int] = (1, 3),
    kernel_sizes: tuple[int, ...] = (1, 2, 3),
    strides: tuple[int, ...] = (1, 2, 3),
    dilations: tuple[int, ...] = (1, 2),
    channels: tuple[int, ...] = (1,),
    textures: tuple[str, ...] = (),
) -> tuple[list[Array], list[Window]]:
    """Draw the filters of a stack, and their windows."""
    windows = draw(
        stacks(
            domain, depths=depths, kernel_sizes=kernel_sizes,
            strides=strides, paddings=(0,), dilations=dilations,
        )
    )  # fmt: skip
    maps = [draw(st.sampled_from(channels)) for _ in range(len(windows) + 1)]
    filters = [
        domain.tensor(draw, (f, c, *window.kernel_size), *textures)
        for c, f, window in zip(maps, maps[1:], windows, strict=False)
    ]
    return filters, windows


@st.composite
def padded_stacks(
    draw: Any, domain: Domain, *, above: tuple[int, ...] = (0, 1, 2)
) -> tuple[list[Array], list[Window], tuple[int, ...], tuple[int, ...]]:
    """Draw positive filters, their windows, an image's size and a cell.

    Layers above the first have the paddings `above`.
    """
    filters, windows = draw(
        filter_stacks(domain, depths=(1, 2), textures=("counting",))
    )
    for l, window in enumerate(windows):
        among = st.sampled_from(above if l else (0, 1, 2))
        frame = tuple((draw(among), draw(among)) for _ in "HW")
        windows[l] = window._replace(padding=frame)
    (h, row), (w, column) = (_size_and_cell(draw, windows, i) for i in (0, 1))
    return filters, windows, (h, w), (row, column)


def _size_and_cell(
    draw: Any, windows: list[Any], axis: int
) -> tuple[int, int]:
    """Draw a size in which every layer's window fits, and a cell on top."""
    layers = [tuple(option[axis] for option in window) for window in windows]
    size = 1
    for k, s, padding, d in reversed(layers):
        reach = effective_kernel_size(k, d)
        size = max(1, (size - 1) * s + reach - sum(padding))
    size += draw(st.integers(0, 2))
    cells = size
    for k, s, padding, d in layers:
        cells = output_size(cells, k, stride=s, padding=padding, dilation=d)
    return size, draw(st.integers(0, cells - 1))
