"""Problems of the convolution."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.axes import axes, options
from refspec.laws.problems.problem import Problem

__all__ = ["conv_problems"]


@st.composite
def conv_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    groups: tuple[int, ...] = (1, 2, 3),
    bias: bool = True,
    **geometry: Any,
) -> Problem:
    """Draw x, w, b and the options of a convolution."""
    rows, columns = (draw(axes(domain, **geometry)) for _ in "HW")
    n = draw(domain.among("batch", batches))
    g = draw(domain.among("groups", groups))
    c, f = (g * draw(st.integers(1, 2)) for _ in "CF")
    arrays = {
        "x": domain.tensor(draw, (n, c, rows.size, columns.size)),
        "w": domain.tensor(
            draw, (f, c // g, rows.kernel_size, columns.kernel_size)
        ),
    }
    if bias:
        given = draw(st.booleans())
        arrays["b"] = domain.tensor(draw, (f,)) if given else None
    return Problem(**arrays, **options(rows, columns), groups=g)
