"""Laws of sections 1, 3 and 5: weights and multiplications, counted."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import Problem
from refspec.laws.relations import Relation, at_most, equal


@st.composite
def _layers(
    draw: Any, _: Domain, *, saves: bool = False, groups: int = 3
) -> Problem:
    """Draw the sizes of a layer; one that `saves` when it is separable."""
    g = draw(st.integers(1, groups))
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    c, f = (g * draw(st.integers(1, 4)) for _ in "CF")
    if saves and (prod(kernel) - 1) * (f - 1) <= 1:
        kernel, f = (2, 2), f + g
    cells = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    return Problem(kernel=kernel, c=c, f=f, groups=g, cells=cells)


def _one_group(domain: Domain) -> Any:
    return _layers(domain, groups=1)


@law("1.8", "5.11", p=_layers)
def parameters_are_weights_and_biases(
    conv_parameters: Any, p: Problem
) -> Relation:
    """A filter has a weight per cell and channel of its group, and a bias."""
    weights = [
        (f, c, u, v)
        for f in range(p.f)
        for c in range(p.c // p.groups)
        for u in range(p.kernel[0])
        for v in range(p.kernel[1])
    ]
    counts = (
        conv_parameters(p.kernel, p.c, p.f, groups=p.groups),
        conv_parameters(p.kernel, p.c, p.f, groups=p.groups, bias=False),
    )
    return equal(counts, (len(weights) + p.f, len(weights)))


@law("5.11", p=_layers)
def groups_divide_weights_and_multiplications(
    conv_parameters: Any, conv_multiplications: Any, p: Problem
) -> Relation:
    """G groups have a G-th of weights and multiplications, not of biases."""
    full = (
        conv_parameters(p.kernel, p.c, p.f, bias=False),
        conv_multiplications(p.cells, p.kernel, p.c, p.f),
    )
    few = (
        conv_parameters(p.kernel, p.c, p.f, groups=p.groups) - p.f,
        conv_multiplications(p.cells, p.kernel, p.c, p.f, groups=p.groups),
    )
    return equal(tuple(p.groups * count for count in few), full)


@law("5.2", "5.11", p=_layers)
def every_cell_multiplies_every_weight_of_its_filter(
    conv_multiplications: Any, p: Problem
) -> Relation:
    """There is a multiplication for each weight of each output cell."""
    weights = p.c // p.groups * prod(p.kernel)
    count = sum(weights for _ in range(p.f) for _ in range(prod(p.cells)))
    return equal(
        conv_multiplications(p.cells, p.kernel, p.c, p.f, groups=p.groups),
        count,
    )


@law(
    "1.3", "7.2", i=lambda _: st.integers(1, 9), o=lambda _: st.integers(1, 9)
)
def dense_parameters_are_weights_and_biases(
    dense_parameters: Any, dense_multiplications: Any, i: int, o: int
) -> Relation:
    """A dense layer has a weight for each pair, and a bias per output."""
    pairs = len([(a, b) for a in range(i) for b in range(o)])
    return equal(
        (
            dense_parameters(i, o),
            dense_parameters(i, o, bias=False),
            dense_multiplications(i, o),
        ),
        (pairs + o, pairs, pairs),
    )


def _full_and_separable(
    conv_parameters: Any, separable_parameters: Any, p: Problem
) -> tuple[int, int]:
    return (
        conv_parameters(p.kernel, p.c, p.f, bias=False),
        separable_parameters(p.kernel, p.c, p.f),
    )


@law("5.10", p=_one_group)
def a_separable_convolution_has_two_small_kernels(
    separable_parameters: Any, conv_parameters: Any, p: Problem
) -> Relation:
    """Its weights are those of the depthwise and of the 1 x 1 step."""
    steps = (
        conv_parameters(p.kernel, p.c, p.c, groups=p.c, bias=False),
        conv_parameters(1, p.c, p.f, bias=False),
    )
    return equal(separable_parameters(p.kernel, p.c, p.f), sum(steps))


@law("5.10", p=_one_group)
def the_ratio_of_the_slide(
    conv_parameters: Any, separable_parameters: Any, p: Problem
) -> Relation:
    """Separable over full is 1 / Cout + 1 / (KH KW)."""
    full, few = _full_and_separable(conv_parameters, separable_parameters, p)
    expected = Fraction(1, p.f) + Fraction(1, prod(p.kernel))
    return equal(Fraction(few, full), expected)


@law("5.10", p=_one_group)
def when_separable_saves(
    conv_parameters: Any, separable_parameters: Any, p: Problem
) -> Relation:
    """It saves exactly when (KH KW - 1)(Cout - 1) > 1."""
    full, few = _full_and_separable(conv_parameters, separable_parameters, p)
    return equal(few < full, (prod(p.kernel) - 1) * (p.f - 1) > 1)


@law(
    "5.10",
    p=lambda domain: _layers(domain, saves=True, groups=1),
    unless={"p": _one_group},
    breaks={"p": Problem(kernel=(1, 1), c=1, f=1, groups=1, cells=(1, 1))},
)
def separable_has_fewer_weights(
    conv_parameters: Any, separable_parameters: Any, p: Problem
) -> Relation:
    """A separable convolution has fewer weights, if it saves at all."""
    full, few = _full_and_separable(conv_parameters, separable_parameters, p)
    return at_most(few + 1, full)


@law("5.10")
def the_smallest_separable_convolutions_that_save_nothing(
    conv_parameters: Any, separable_parameters: Any
) -> Relation:
    """Cout = 1 costs more, K = 1 too, and 1 x 2 with Cout = 2 as much."""
    sizes = [(3, 5, 1), (1, 5, 7), ((1, 2), 5, 2)]
    over = [
        separable_parameters(*size) - conv_parameters(*size, bias=False)
        for size in sizes
    ]
    return equal(tuple(over), (5, 5, 0))


@law("5.10", p=_one_group)
def a_separable_cell_multiplies_its_weights(
    separable_multiplications: Any, separable_parameters: Any, p: Problem
) -> Relation:
    """Each output cell multiplies every weight once."""
    return equal(
        separable_multiplications(p.cells, p.kernel, p.c, p.f),
        prod(p.cells) * separable_parameters(p.kernel, p.c, p.f),
    )
