"""Problems of the poolings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.geometry import output_size
from refspec.laws.domain import Domain
from refspec.laws.problems.axes import DISJOINT, axes, edges_of, options
from refspec.laws.problems.problem import Problem

__all__ = [
    "avg_pool_problems",
    "avg_pool_slopes",
    "pool_problems",
    "pool_slopes",
    "pooled_sizes",
]


@st.composite
def pool_problems(
    draw: Any,
    /,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    ceil_modes: tuple[bool, ...] = (False, True),
    textures: tuple[str, ...] = (),
    means: bool = False,
    **geometry: Any,
) -> Problem:
    """Draw x, kernel_size and the options of a pooling.

    Every window has a pixel: padding is less than the window's reach, and
    an image is not smaller than the dilation. With `means`, the mean of
    every window is exact: where quotients are rounded and the data is not
    real, it is over a power of two.
    """
    if means and not domain.numbers.divides and not domain.numbers.real:
        geometry = {"kernel_sizes": (1, 2), **geometry}
    if draw(st.integers(0, 2)) == 0:  # disjoint windows, as most often used
        plain = {"paddings": (0,), "dilations": (1,), "strides": DISJOINT}
        geometry = {**plain, **geometry}
    if "disjoint" in domain.supports:  # its stride is its kernel's size
        geometry = {**geometry, "strides": DISJOINT}
    geometry = {"real_cell": True, **geometry}
    edge, most, per_axis = edges_of(draw, domain, "channels", "batch")
    if means and not domain.numbers.divides and not domain.numbers.real:
        per_axis = [{"size": each.get("size", 0)} for each in per_axis]
    rows, columns = (
        draw(axes(domain, edge=each, **geometry)) for each in per_axis
    )
    large = {edge: (most,)}
    n = draw(domain.among("batch", large.get("batch", batches)))
    c = draw(domain.among("channels", large.get("channels", (1, 2))))
    return Problem(
        x=domain.tensor(draw, (n, c, rows.size, columns.size), *textures),
        kernel_size=(rows.kernel_size, columns.kernel_size),
        **options(rows, columns),
        ceil_mode=draw(domain.among("ceil_mode", ceil_modes)),
    )


@st.composite
def avg_pool_problems(
    draw: Any,
    /,
    domain: Domain,
    *,
    counted: tuple[bool, ...] = (True, False),
    **narrower: Any,
) -> Problem:
    """Draw x, kernel_size and the options of a mean.

    A window wholly in the padding has a mean where padding is counted.
    """
    pads = draw(domain.among("count_include_pad", counted))
    narrower = {"real_cell": not pads, "means": True, **narrower}
    problem: Problem = draw(pool_problems(domain, **narrower))
    return problem.but(count_include_pad=pads)


@st.composite
def pool_slopes(draw: Any, /, domain: Domain, **narrower: Any) -> Problem:
    """Draw a pooling problem with a gradient for its answer."""
    return _with_slopes(draw, domain, draw(pool_problems(domain, **narrower)))


@st.composite
def avg_pool_slopes(draw: Any, /, domain: Domain, **narrower: Any) -> Problem:
    """Draw a problem of a mean with a gradient for its answer."""
    p = draw(avg_pool_problems(domain, **narrower))
    return _with_slopes(draw, domain, p)


def _with_slopes(draw: Any, domain: Domain, p: Problem) -> Problem:
    shape = (*p.x.shape[:2], *pooled_sizes(p))
    return Problem(dy=domain.tensor(draw, shape), **vars(p))


def pooled_sizes(p: Problem) -> tuple[int, ...]:
    """Count the windows of a pooling problem along rows and columns."""
    return tuple(
        output_size(
            size, k, stride=s, padding=f, dilation=d, ceil_mode=p.ceil_mode
        )
        for size, k, s, f, d in zip(
            p.x.shape[2:], p.kernel_size, p.stride, p.padding, p.dilation,
            strict=True,
        )
    )  # fmt: skip
