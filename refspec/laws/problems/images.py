"""Problems of images as tensors, and of the dense layer."""

from __future__ import annotations

from math import prod
from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.problems.problem import Problem

__all__ = [
    "dense_problems",
    "dense_slopes",
    "image_problems",
    "vector_problems",
]


@st.composite
def image_problems(
    draw: Any,
    domain: Domain,
    *,
    channels: tuple[int, ...] = (1, 2, 3, 5),
    batches: tuple[int | None, ...] = (None, 1, 2, 0),
) -> Problem:
    """Draw an image H x W x C, or a batch of them."""
    n = draw(st.sampled_from(batches))
    sizes = (*_sizes(draw), draw(st.sampled_from(channels)))
    shape = sizes if n is None else (n, *sizes)
    return Problem(x=domain.tensor(draw, shape))


@st.composite
def vector_problems(draw: Any, domain: Domain) -> Problem:
    """Draw a vector, or a batch of them, and the shape of its image."""
    n = draw(st.sampled_from([None, 1, 2, 0]))
    shape = (*_sizes(draw), draw(st.integers(1, 3)))
    size = (prod(shape),)
    v = domain.tensor(draw, size if n is None else (n, *size))
    return Problem(v=v, shape=shape)


def _sizes(draw: Any) -> tuple[int, int]:
    """Draw rows and columns, often unequal."""
    return draw(st.integers(1, 4)), draw(st.integers(1, 4))


@st.composite
def dense_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 3, 0),
    bias: bool = True,
) -> Problem:
    """Draw x, w and b of a dense layer."""
    edge, most = draw(domain.edge("channels", "filters", "batch"))
    large = {edge: (most,)}
    n = draw(domain.among("batch", large.get("batch", batches)))
    inputs, outputs = (
        draw(st.sampled_from(large.get(name, (1, 2, 3, 4, 5))))
        for name in ("channels", "filters")
    )
    arrays: dict[str, Any] = {
        "x": domain.tensor(draw, (n, inputs)),
        "w": domain.tensor(draw, (outputs, inputs)),
    }
    if bias:
        given = draw(domain.among("bias", (False, True)))
        arrays["b"] = domain.tensor(draw, (outputs,)) if given else None
    return Problem(**arrays)


@st.composite
def dense_slopes(draw: Any, /, domain: Domain, **narrower: Any) -> Problem:
    """Draw dy, x and w: a dense layer with a gradient for its answer."""
    p = draw(dense_problems(domain, bias=False, **narrower))
    dy = domain.tensor(draw, (len(p.x), len(p.w)))
    return Problem(dy=dy, **vars(p))
