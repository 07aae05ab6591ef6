"""Problems of the activations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.problem import Problem

__all__ = ["activation_problems", "activation_slopes"]


@st.composite
def activation_problems(
    draw: Any,
    domain: Domain,
    *,
    textures: tuple[str, ...] = (),
    edge: str = "values",
) -> Problem:
    """Draw x, of any rank from a vector to a batch of images."""
    rank = draw(st.integers(1, 4))
    shape = tuple(
        draw(st.integers(0 if i == 0 else 1, 3)) for i in range(rank)
    )
    _, most = draw(domain.edge(edge))
    if most:
        shape = draw(st.sampled_from([(most,), (1, most), (most, 1)]))
    return Problem(x=domain.tensor(draw, shape, *textures))


@st.composite
def activation_slopes(
    draw: Any, /, domain: Domain, **narrower: Any
) -> Problem:
    """Draw dy and x: an activation with a gradient for its answer."""
    p = draw(activation_problems(domain, **narrower))
    return Problem(dy=domain.tensor(draw, p.x.shape), x=p.x)
