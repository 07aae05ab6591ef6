"""Geometry: what is drawn for each axis before any number is."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from refspec.geometry import effective_kernel_size
from refspec.laws.domain import Domain

__all__ = ["PATHS", "Axis", "axes", "edges_of", "options"]


PATHS: tuple[dict[str, Any], ...] = (
    {"kernel_sizes": (1,), "strides": (1,), "paddings": (0,)},
    {"paddings": (0,), "dilations": (1,), "strides": (1,), "spare": 0},
    {"kernel_sizes": (3,), "strides": (1,), "paddings": (0, 1),
     "dilations": (1,)},
)  # fmt: skip
"""Geometries for which fast kernels have a path of their own: one pixel, the
whole image, and three by three."""

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
    spare: int = 6,
    edge: dict[str, int] | None = None,
) -> Axis:
    """Draw kernel, stride, padding and dilation, then a size that fits.

    With `real_cell`, every window reads a pixel of the image; with strides
    that are `DISJOINT`, each pixel is in one window. An image has up to
    `spare` cells more than it needs. An `edge` has a size or
    a kernel size that crosses the edge of a tile: a size of the image, or of
    the answer.
    """
    edge = edge or {}
    if "kernel_size" in edge:
        kernel_sizes = (edge["kernel_size"],)
    k = draw(domain.among("kernel_size", kernel_sizes))
    s = draw(domain.among("stride", strides or (k,)))
    d = draw(domain.among("dilation", dilations))
    reach = effective_kernel_size(k, d)
    paddings = domain.values("padding", paddings)
    if real_cell:
        paddings = tuple(p for p in paddings if p < reach)
    before = draw(domain.among("padding", paddings))
    even = [before] * len(paddings)
    if "even_padding" in domain.supports:
        paddings = (before,)
    after = draw(domain.among("padding", [*even, *paddings]))
    least = max(1, reach - before - after)
    if real_cell and d > 1:
        least = max(least, d)
    size = least + draw(st.integers(0, spare))
    if edge.get("size"):
        windows = (edge["size"] - 1) * s + reach - before - after
        answer = s < 3 and draw(st.booleans())  # else too large
        size = max(least, windows if answer else edge["size"])
    return Axis(size, k, s, (before, after), d)


def edges_of(
    draw: Any, domain: Domain, *others: str
) -> tuple[str, int, list[dict[str, int]]]:
    """Draw which dimension crosses a tile's edge: its name, its size.

    Returns also what each of the two axes has of it.
    """
    name, size = draw(domain.edge("rows", "columns", "kernel_size", *others))
    which = draw(st.integers(0, 1)) if name == "kernel_size" else 0
    per_axis: list[dict[str, int]] = [{}, {}]
    if name in {"rows", "columns"}:
        per_axis[name == "columns"]["size"] = size
        if draw(st.booleans()):  # a corner
            per_axis[name == "rows"]["size"] = 17
    if name == "kernel_size":
        per_axis[which]["kernel_size"] = size
    return name, size, per_axis


def options(rows: Axis, columns: Axis) -> dict[str, Any]:
    """Lay two axes together as the options of an operation."""
    return {
        "stride": (rows.stride, columns.stride),
        "padding": (rows.padding, columns.padding),
        "dilation": (rows.dilation, columns.dilation),
    }
