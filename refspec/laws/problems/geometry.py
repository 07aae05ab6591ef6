"""Problems of padding and of windows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.axes import axes, edges_of, options
from refspec.laws.problems.problem import Problem

__all__ = ["framed_images", "padded_images", "window_problems"]

FRAMES = st.tuples(st.integers(0, 3), st.integers(0, 3))


def _shape(
    draw: Any, domain: Domain, least: tuple[int, int] = (1, 1)
) -> tuple[int, ...]:
    """Draw the shape of an image, or of a batch or a stack of them."""
    edge, most = draw(domain.edge("rows", "columns"))
    leading = draw(st.sampled_from([(), (2,), (2, 1), (0, 2), (2, 1, 2)]))
    sizes = (
        size + (most if edge == name else draw(st.integers(0, 4)))
        for size, name in zip(least, ("rows", "columns"), strict=True)
    )
    return (*leading, *sizes)


@st.composite
def padded_images(draw: Any, domain: Domain) -> Problem:
    """Draw x and the frame that is put around it."""
    frame = draw(FRAMES), draw(FRAMES)
    return Problem(x=domain.tensor(draw, _shape(draw, domain)), padding=frame)


@st.composite
def framed_images(draw: Any, domain: Domain) -> Problem:
    """Draw x and the frame that is taken off: a cell is left, or more."""
    (top, bottom), (left, right) = frame = draw(FRAMES), draw(FRAMES)
    least = (top + bottom + 1, left + right + 1)
    shape = _shape(draw, domain, least)
    return Problem(x=domain.tensor(draw, shape), padding=frame)


@st.composite
def window_problems(draw: Any, /, domain: Domain, **geometry: Any) -> Problem:
    """Draw x, kernel_size and the options of a sliding window."""
    _, _, per_axis = edges_of(draw, domain)
    rows, columns = (
        draw(axes(domain, edge=each, **geometry)) for each in per_axis
    )
    leading = draw(st.sampled_from([(), (2,), (2, 1), (0, 2), (2, 1, 2)]))
    return Problem(
        x=domain.tensor(draw, (*leading, rows.size, columns.size)),
        kernel_size=(rows.kernel_size, columns.kernel_size),
        **options(rows, columns),
    )
