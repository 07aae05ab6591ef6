"""Problems of batch normalization."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.problem import Problem

__all__ = ["batch_norm_problems"]


@st.composite
def batch_norm_problems(
    draw: Any, domain: Domain, *, batches: tuple[int, ...] = (2, 3, 5)
) -> Problem:
    """Draw x, gamma, beta and eps of a batch normalization in training."""
    n = draw(domain.among("batch", batches))
    c, *sizes = (draw(st.integers(1, 3)) for _ in "CHW")
    return Problem(
        x=domain.tensor(draw, (n, c, *sizes)),
        gamma=domain.tensor(draw, (c,)),
        beta=domain.tensor(draw, (c,)),
        eps=draw(domain.among("eps", [1.0, 2.0**-7, 1e-5])),
    )
