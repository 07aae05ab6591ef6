"""Geometry: what is drawn for each axis before any number is."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from refspec.geometry import effective_kernel_size
from refspec.laws.domain import Domain

__all__ = ["Axis", "axes", "options"]


DISJOINT: tuple[int, ...] = ()
"""No strides to choose from: the stride is the kernel size."""


class Axis(NamedTuple):
    """The geometry along one axis."""

    size: int
    kernel_size: int
    stride: int
    padding: tuple[int, int]
    dilation: int


@st.composite
def axes(
    draw: Any,
    domain: Domain,
    *,
    kernel_sizes: tuple[int, ...] = (1, 2, 3, 4),
    strides: tuple[int, ...] = (1, 2, 3, 5),
    dilations: tuple[int, ...] = (1, 2, 3),
    paddings: tuple[int, ...] = (0, 1, 2, 3, 5),
    real_cell: bool = False,
) -> Axis:
    """Draw kernel, stride, padding and dilation, then a size that fits.

    With `real_cell`, every window reads a pixel of the image; with strides
    that are `DISJOINT`, each pixel is in one window.
    """
    k = draw(domain.among("kernel_size", kernel_sizes))
    s = draw(domain.among("stride", strides or (k,)))
    d = draw(domain.among("dilation", dilations))
    reach = effective_kernel_size(k, d)
    if real_cell:
        paddings = tuple(p for p in paddings if p < reach)
    before = draw(domain.among("padding", paddings))
    after = draw(domain.among("padding", [before, *paddings]))
    least = max(1, reach - before - after)
    if real_cell and d > 1:
        least = max(least, d)
    size = least + draw(st.integers(0, 6))
    return Axis(size, k, s, (before, after), d)


def options(rows: Axis, columns: Axis) -> dict[str, Any]:
    """Lay two axes together as the options of an operation."""
    return {
        "stride": (rows.stride, columns.stride),
        "padding": (rows.padding, columns.padding),
        "dilation": (rows.dilation, columns.dilation),
    }
