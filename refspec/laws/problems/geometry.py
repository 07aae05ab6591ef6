"""Problems of padding and of windows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.axes import axes, options
from refspec.laws.problems.problem import Problem

__all__ = ["framed_images", "padded_images", "window_problems"]

FRAMES = st.tuples(st.integers(0, 3), st.integers(0, 3))


def _shape(draw: Any, least: tuple[int, int] = (1, 1)) -> tuple[int, ...]:
    """Draw the shape of an image, or of a batch or a stack of them."""
    leading = draw(st.sampled_from([(), (2,), (2, 1), (0, 2)]))
    return (*leading, *(size + draw(st.integers(0, 4)) for size in least))


@st.composite
def padded_images(draw: Any, domain: Domain) -> Problem:
    """Draw x and the frame that is put around it."""
    frame = draw(FRAMES), draw(FRAMES)
    return Problem(x=domain.tensor(draw, _shape(draw)), padding=frame)


@st.composite
def framed_images(draw: Any, domain: Domain) -> Problem:
    """Draw x and the frame that is taken off: a cell is left, or more."""
    (top, bottom), (left, right) = frame = draw(FRAMES), draw(FRAMES)
    shape = _shape(draw, (top + bottom + 1, left + right + 1))
    return Problem(x=domain.tensor(draw, shape), padding=frame)


@st.composite
def window_problems(draw: Any, /, domain: Domain, **geometry: Any) -> Problem:
    """Draw x, kernel_size and the options of a sliding window."""
    rows, columns = (draw(axes(domain, **geometry)) for _ in "HW")
    leading = draw(st.sampled_from([(), (2,), (2, 1), (0, 2)]))
    return Problem(
        x=domain.tensor(draw, (*leading, rows.size, columns.size)),
        kernel_size=(rows.kernel_size, columns.kernel_size),
        **options(rows, columns),
    )
