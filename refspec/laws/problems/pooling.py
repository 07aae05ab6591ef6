"""Problems of the poolings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.axes import axes, options
from refspec.laws.problems.problem import Problem

__all__ = ["avg_pool_problems", "pool_problems"]


@st.composite
def pool_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    ceil_modes: tuple[bool, ...] = (False, True),
    **geometry: Any,
) -> Problem:
    """Draw x, kernel_size and the options of a pooling.

    Every window has a pixel: padding is less than the window's reach, and
    an image is not smaller than the dilation.
    """
    geometry = {"real_cell": True, **geometry}
    rows, columns = (draw(axes(domain, **geometry)) for _ in "HW")
    n = draw(domain.among("batch", batches))
    c = draw(st.integers(1, 2))
    return Problem(
        x=domain.tensor(draw, (n, c, rows.size, columns.size)),
        kernel_size=(rows.kernel_size, columns.kernel_size),
        **options(rows, columns),
        ceil_mode=draw(domain.among("ceil_mode", ceil_modes)),
    )


@st.composite
def avg_pool_problems(draw: Any, domain: Domain, **geometry: Any) -> Problem:
    """Draw x, kernel_size and the options of a mean.

    A window wholly in the padding has a mean where padding is counted.
    Where quotients are rounded and the data is not real, every count is a
    power of two.
    """
    if not domain.numbers.divides and not domain.numbers.real:
        geometry = {"kernel_sizes": (1, 2), **geometry}
    counted = draw(domain.among("count_include_pad", [True, False]))
    geometry = {"real_cell": not counted, **geometry}
    problem = draw(pool_problems(domain, **geometry))
    return problem.but(count_include_pad=counted)
