"""Problems of the simple and the complex cells."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.problem import Problem

__all__ = ["complex_cell_problems", "simple_cell_problems"]


@st.composite
def simple_cell_problems(draw: Any, domain: Domain) -> Problem:
    """Draw an image, and a filter that fits it."""
    kernel, places = _kernel_and_places(draw)
    size = (kernel[0] + places[0] - 1, kernel[1] + places[1] - 1)
    return Problem(
        image=domain.tensor(draw, size), w=domain.tensor(draw, kernel)
    )


@st.composite
def complex_cell_problems(draw: Any, domain: Domain) -> Problem:
    """Draw an image, a pair of filters, and windows of their places."""
    kernel, places = _kernel_and_places(draw)
    size = (kernel[0] + places[0] - 1, kernel[1] + places[1] - 1)
    return Problem(
        image=domain.tensor(draw, size),
        even=domain.tensor(draw, kernel),
        odd=domain.tensor(draw, kernel),
        pool_size=tuple(draw(st.integers(1, most)) for most in places),
    )


def _kernel_and_places(draw: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Draw the size of a filter, and at how many places it stands."""
    kh, kw, ho, wo = (draw(st.integers(1, 4)) for _ in range(4))
    return (kh, kw), (ho, wo)
