"""Problems of batch normalization.

Roots are seldom fractions. Where a law is exact, either eps is chosen so
that every variance + eps is a square (`rooted_batches`), or eps is 0 and the
variances are squares (`square_batches`).
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.domain import Domain
from refspec.laws.problems.axes import axes, options
from refspec.laws.problems.problem import Problem
from refspec.normalization import batch_statistics

__all__ = [
    "batch_norm_problems",
    "batch_norm_slopes",
    "batch_problems",
    "eps_of_roots",
    "fold_problems",
    "folded_convolutions",
    "inference_problems",
    "normalized_convolutions",
    "rooted_batches",
    "running_problems",
    "square_batches",
]

EPS = (1e-5, 2.0**-7, 1.0, 1e-6)


def _shape(
    draw: Any, domain: Domain, *, least: int = 1, batches: tuple[int, ...] = ()
) -> tuple[int, ...]:
    """Draw (N, C, ...) with `least` values per channel or more."""
    edge, most = draw(domain.edge("rows", "channels", "batch"))
    large = {edge: (most,)}
    ranks = (2, 3, 4)
    if edge == "rows":
        ranks = domain.values("rank", (3, 4)) or ranks
    n = draw(
        domain.among("batch", large.get("batch", batches or (2, 1, 3, 5)))
    )
    c = draw(domain.among("channels", large.get("channels", (1, 2, 3))))
    rank = draw(domain.among("rank", ranks)) - 2
    sizes = [draw(st.integers(1, 3)) for _ in range(rank)]
    if edge == "rows" and sizes:
        sizes[0] = most
    while n and n * prod(sizes) < least:
        sizes = [*sizes, least]
    return (n, c, *sizes)


def _values(draw: Any, domain: Domain, shape: tuple[int, ...]) -> Array:
    """Draw values, at times so far from 0 that their squares hide them."""
    own = {"float32": 2**12, "float64": 2**26}.get(domain.numbers.dtype, 1000)
    far = domain.far or own
    offset = draw(st.sampled_from([0, far]))
    return np.asarray(domain.tensor(draw, shape) + offset)


@st.composite
def batch_problems(draw: Any, domain: Domain, *, least: int = 1) -> Problem:
    """Draw x: examples whose channels have values."""
    return Problem(x=_values(draw, domain, _shape(draw, domain, least=least)))


@st.composite
def batch_norm_problems(draw: Any, domain: Domain) -> Problem:
    """Draw x, gamma, beta and eps of a batch normalization in training."""
    shape = _shape(draw, domain, least=2)
    return Problem(
        x=_values(draw, domain, shape),
        gamma=domain.tensor(draw, shape[1:2]),
        beta=domain.tensor(draw, shape[1:2]),
        eps=draw(domain.among("eps", EPS)),
    )


@st.composite
def batch_norm_slopes(draw: Any, domain: Domain) -> Problem:
    """Draw dy, x, gamma and eps: a gradient for the answer of a batch norm."""
    p = draw(batch_norm_problems(domain))
    dy = domain.tensor(draw, p.x.shape)
    return Problem(dy=dy, x=p.x, gamma=p.gamma, eps=p.eps)


@st.composite
def running_problems(draw: Any, domain: Domain) -> Problem:
    """Draw x, the statistics so far, and a momentum."""
    shape = _shape(draw, domain, least=2)
    return Problem(
        x=_values(draw, domain, shape),
        mean=domain.tensor(draw, shape[1:2]),
        variance=abs(domain.tensor(draw, shape[1:2])),
        momentum=draw(domain.among("momentum", (0.1, 0.5, 0.0, 1.0))),
    )


@st.composite
def inference_problems(draw: Any, domain: Domain) -> Problem:
    """Draw x, statistics, gamma, beta and eps; in fractions, with roots."""
    shape = _shape(draw, domain, batches=(1, 2, 3, 0))
    variance, eps = _variances(draw, domain, shape[1])
    return Problem(
        x=domain.tensor(draw, shape),
        mean=domain.tensor(draw, shape[1:2]),
        variance=variance,
        gamma=domain.tensor(draw, shape[1:2]),
        beta=domain.tensor(draw, shape[1:2]),
        eps=eps,
    )


def _variances(draw: Any, domain: Domain, c: int) -> tuple[Array, Any]:
    """Draw variances and eps; in fractions, their sums are squares."""
    if not domain.numbers.divides:
        eps = draw(domain.among("eps", EPS))
        return abs(domain.tensor(draw, (c,))), eps
    roots = abs(domain.tensor(draw, (c,)))
    roots += roots.min() == 0
    share = draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)]))
    eps = share * roots.min() ** 2
    return roots * roots - eps, eps


@st.composite
def fold_problems(draw: Any, domain: Domain) -> Problem:
    """Draw w, b, statistics, gamma, beta and eps, to be folded."""
    p = draw(inference_problems(domain))
    rank = draw(st.sampled_from([3, 1]))
    shape = (len(p.gamma), *(draw(st.integers(1, 3)) for _ in range(rank)))
    given = draw(st.booleans())
    return Problem(
        w=domain.tensor(draw, shape),
        b=domain.tensor(draw, shape[:1]) if given else None,
        mean=p.mean, variance=p.variance, gamma=p.gamma, beta=p.beta,
        eps=p.eps,
    )  # fmt: skip


@st.composite
def folded_convolutions(draw: Any, domain: Domain) -> tuple[Array, Any, Any]:
    """Draw images, a convolution's options, and what is folded into it."""
    p = draw(fold_problems(domain))
    rows, columns = (
        draw(axes(domain, kernel_sizes=(size,)))
        for size in (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    )
    groups = draw(st.sampled_from([1, len(p.gamma)]))
    c, n = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    x = domain.tensor(draw, (n, c * groups, rows.size, columns.size))
    shape = (len(p.gamma), c, rows.kernel_size, columns.kernel_size)
    w = domain.tensor(draw, shape)
    return x, {**options(rows, columns), "groups": groups}, p.but(w=w)


def eps_of_roots(variances: Array, more: int = 0) -> Fraction:
    """Give an eps with which one or two variances become squares.

    For two, r - r' = d / s and r + r' = s have r^2 - r'^2 = d, the gap of
    the variances, with any s.
    """
    low, high = Fraction(min(variances)), Fraction(max(variances))
    s = Fraction(1)
    while True:
        root = (s - (high - low) / s) / 2
        if root > 0 and root * root >= low:
            if not more:
                return root * root - low
            more -= 1
        s += 1


@st.composite
def rooted_batches(draw: Any, domain: Domain, *, least: int = 2) -> Problem:
    """Draw x, gamma, beta, and an eps with which every root is a fraction.

    The third channel has the variance of the first.
    """
    shape = _shape(draw, domain, least=least)
    x = domain.tensor(draw, shape)
    if shape[1] > 2:
        x[:, 2] = 3 - x[::-1, 0]
    _, variances = batch_statistics(x)
    return Problem(
        x=x,
        gamma=domain.tensor(draw, shape[1:2]),
        beta=domain.tensor(draw, shape[1:2]),
        eps=eps_of_roots(variances, draw(st.integers(0, 2))),
    )


def _square(draw: Any, blocks: int) -> list[Fraction]:
    """Draw values whose variance is the square of a fraction.

    The four values +-a +-b have the variance a^2 + b^2: a point on a circle.
    """
    radius = draw(st.sampled_from([Fraction(1), Fraction(5), Fraction(1, 2)]))
    values = []
    for _ in range(blocks):
        t = Fraction(draw(st.integers(-4, 4)), draw(st.integers(1, 4)))
        a = radius * (1 - t * t) / (1 + t * t)
        b = radius * 2 * t / (1 + t * t)
        values += [a + b, a - b, b - a, -a - b]
    shift = draw(st.integers(-3, 3))
    return [value + shift for value in draw(st.permutations(values))]


@st.composite
def square_batches(
    draw: Any, domain: Domain, *, channels: tuple[int, ...] = (1, 2, 3)
) -> Problem:
    """Draw x, gamma and beta; the variances are squares, and eps is 0."""
    n, h, w = draw(
        st.sampled_from([(4, 1, 1), (2, 1, 2), (1, 2, 2), (4, 2, 1)])
    )
    c = draw(st.sampled_from(channels))
    x = np.empty((n, c, h, w), object)
    for channel in range(c):
        values = _square(draw, n * h * w // 4)
        x[:, channel] = np.array(values, object).reshape(n, h, w)
    return Problem(
        x=x,
        gamma=domain.tensor(draw, (c,)),
        beta=domain.tensor(draw, (c,)),
        eps=Fraction(0),
    )


@st.composite
def normalized_convolutions(
    draw: Any, /, domain: Domain, **narrower: Any
) -> Problem:
    """Draw x and w of a convolution whose answers have a square variance.

    Windows do not overlap, and each has a group of its own. So the last
    pixel of each, whose weight is not 0, makes the answer what it is to be.
    """
    p = draw(square_batches(domain, **narrower))
    n, groups, h, v = p.x.shape
    c, kh, kw = (draw(st.integers(1, 2)) for _ in "CHW")
    w = domain.tensor(draw, (groups, c, kh, kw))
    w[:, -1, -1, -1] += w[:, -1, -1, -1] == 0
    x = domain.tensor(draw, (n, groups * c, h * kh, v * kw))
    for at in np.ndindex(p.x.shape):
        i, f, j, k = at
        rows, columns = slice(j * kh, j * kh + kh), slice(k * kw, k * kw + kw)
        seen = x[i, f * c : f * c + c, rows, columns]
        seen[-1, -1, -1] = 0
        rest = p.x[at] - (seen * w[f]).sum()
        seen[-1, -1, -1] = rest / w[f, -1, -1, -1]
    return Problem(x=x, w=w, stride=(kh, kw), groups=groups)
