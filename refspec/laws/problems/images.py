"""Problems of images as tensors, and of the dense layer."""

from __future__ import annotations

from collections.abc import Mapping
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
    several = ("channels",) if len(channels) > 1 else ()
    edge, most = draw(domain.edge("rows", "columns", "batch", *several))
    large = {edge: (most,)}
    n = draw(st.sampled_from(large.get("batch", batches)))
    sizes = (
        *_sizes(draw, large),
        draw(st.sampled_from(large.get("channels", channels))),
    )
    shape = sizes if n is None else (n, *sizes)
    return Problem(x=domain.tensor(draw, shape))


@st.composite
def vector_problems(draw: Any, domain: Domain) -> Problem:
    """Draw a vector, or a batch of them, and the shape of its image."""
    edge, most = draw(domain.edge("rows", "columns", "channels", "batch"))
    large = {edge: (most,)}
    n = draw(st.sampled_from(large.get("batch", (None, 1, 2, 0))))
    shape = (
        *_sizes(draw, large),
        draw(st.sampled_from(large.get("channels", (1, 2, 3)))),
    )
    size = (prod(shape),)
    v = domain.tensor(draw, size if n is None else (n, *size))
    return Problem(v=v, shape=shape)


def _sizes(draw: Any, large: Mapping[str, tuple[int, ...]]) -> tuple[int, int]:
    """Draw rows and columns, often unequal."""
    rows, columns = (
        draw(st.sampled_from(large.get(name, (1, 2, 3, 4))))
        for name in ("rows", "columns")
    )
    return rows, columns


@st.composite
def dense_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 3, 0),
    bias: bool = True,
) -> Problem:
    """Draw x, w and b of a dense layer."""
    edge, most = draw(domain.edge("inputs", "filters", "batch"))
    large = {edge: (most,)}
    n = draw(domain.among("batch", large.get("batch", batches)))
    few = (1, 2, 3, 4, 5)
    inputs = draw(domain.among("channels", large.get("inputs", few)))
    outputs = draw(domain.among("filters", large.get("filters", few)))
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
