"""Laws of section 6: the activations."""

from __future__ import annotations

from decimal import localcontext
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec.laws.definitions import DIGITS, decimals, exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    activation_problems,
    activation_slopes,
    avg_pool_problems,
    pool_problems,
)
from refspec.laws.relations import Relation, at_most, equal

POSITIVE = ("counting",)
"""The texture of numbers above zero."""


@law("6.7", decides=True, p=partial(activation_problems, edge="pixels"))
def relu_equals_the_definition(relu: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(relu), exact_answer("relu", p))


@law("6.7", p=activation_problems)
def relu_is_the_larger_of_zero_and_x(relu: Any, p: Problem) -> Relation:
    """A cell above zero stays as it is, any other becomes zero."""
    y = p.x.copy()
    for at in np.ndindex(y.shape):
        y[at] = max(y[at], 0)
    return equal(p.on(relu), y)


@law("6.7", p=activation_problems)
def relu_is_idempotent(relu: Any, p: Problem) -> Relation:
    """Rectifying twice is rectifying once."""
    return equal(relu(p.on(relu)), p.on(relu))


@law("6.7", p=activation_slopes)
def relu_is_monotone(relu: Any, p: Problem) -> Relation:
    """A larger number never gives a smaller answer."""
    return at_most(relu(p.x), relu(p.x + abs(p.dy)))


@law(
    "6.7",
    p=activation_problems,
    factor=lambda _: st.integers(0, 4),
    unless={"factor": lambda _: st.integers(-4, 4)},
    breaks={"p": Problem(x=[1]), "factor": -1},
)
def relu_is_positively_homogeneous(
    relu: Any, p: Problem, factor: int
) -> Relation:
    """A factor of at least zero may be taken out of a rectifier."""
    return equal(relu(factor * p.x), factor * relu(p.x))


@law("6.7", p=activation_problems)
def relu_never_leaves_fewer_zeros(relu: Any, p: Problem) -> Relation:
    """There are at least as many zeros as before."""
    return at_most((p.x == 0).sum(), (p.on(relu) == 0).sum())


@law("6.8", "7.5", decides=True, p=partial(activation_slopes, edge="pixels"))
def relu_backward_equals_the_definition(
    relu_backward: Any, p: Problem
) -> Relation:
    """The gradient is that of the definition."""
    return equal(p.on(relu_backward), exact_answer("relu_backward", p))


@law("6.8", p=activation_slopes)
def relu_is_a_gate_to_gradients(relu_backward: Any, p: Problem) -> Relation:
    """The gradient passes where x > 0 and is 0 where x < 0, and at 0."""
    dx = p.dy.copy()
    for at in np.ndindex(dx.shape):
        dx[at] = dx[at] if p.x[at] > 0 else 0
    return equal(p.on(relu_backward), dx)


@law(
    "6.8",
    p=partial(activation_slopes, textures=POSITIVE),
    unless={"p": activation_slopes},
    breaks={"p": Problem(dy=[1], x=[-1])},
)
def relu_keeps_the_gradient_alive(relu_backward: Any, p: Problem) -> Relation:
    """Where all of x is above zero, the gradient passes unchanged.

    A unit that is negative on all data is dead: none passes.
    """
    return equal(p.on(relu_backward), p.dy)


@st.composite
def _away_from_zero(draw: Any, domain: Domain) -> Problem:
    p = draw(activation_problems(domain))
    return Problem(x=p.x + (p.x == 0))


@law(
    "6.8",
    "7.5",
    p=_away_from_zero,
    unless={"p": activation_problems},
    breaks={"p": Problem(x=[0])},
)
def relu_backward_is_the_slope(
    relu: Any, relu_backward: Any, p: Problem
) -> Relation:
    """Away from zero, the gradient is the difference quotient, exactly.

    At zero, where the slopes to the left and right differ, 0 is a choice.
    """
    step = min(abs(p.x[p.x != 0]), default=1)
    rise = relu(p.x + step) - relu(p.x - step)
    return equal(relu_backward(np.full_like(p.x, 2 * step), p.x), rise)


@st.composite
def _convolved(draw: Any, domain: Domain, *, problems: Any) -> Any:
    """Draw a pooling problem, and filters that keep the image's size."""
    p = draw(problems(domain))
    return p, domain.tensor(draw, (2, p.x.shape[1], 3, 3))


@law("6.9", case=partial(_convolved, problems=pool_problems))
def a_second_relu_after_a_selection_changes_nothing(
    conv2d: Any, relu: Any, max_pool2d: Any, min_pool2d: Any, case: Any
) -> Relation:
    """After conv, relu and max or min pooling, relu changes nothing."""
    p, w = case
    maps = relu(conv2d(p.x, w, padding=((1, 1), (1, 1))))
    pooled = p.on(max_pool2d, x=maps), p.on(min_pool2d, x=maps)
    return equal((relu(pooled[0]), relu(pooled[1])), pooled)


@law("6.9", case=partial(_convolved, problems=avg_pool_problems))
def a_second_relu_after_a_mean_changes_nothing(
    conv2d: Any, relu: Any, avg_pool2d: Any, case: Any
) -> Relation:
    """After conv, relu and average pooling, relu changes nothing."""
    p, w = case
    maps = relu(conv2d(p.x, w, padding=((1, 1), (1, 1))))
    pooled = p.on(avg_pool2d, x=maps)
    return equal(relu(pooled), pooled)


@law("6.9", p=pool_problems)
def relu_commutes_with_selections(
    relu: Any, max_pool2d: Any, min_pool2d: Any, p: Problem
) -> Relation:
    """Relu before max or min pooling is relu after it."""
    before = [p.on(pool, x=relu(p.x)) for pool in (max_pool2d, min_pool2d)]
    after = [relu(p.on(pool)) for pool in (max_pool2d, min_pool2d)]
    return equal(tuple(before), tuple(after))


@law(
    "6.9",
    p=partial(avg_pool_problems, textures=POSITIVE),
    unless={"p": avg_pool_problems},
    breaks={"p": Problem(x=[[[[-1, 1]]]], kernel_size=(1, 2))},
)
def relu_commutes_with_the_mean(
    relu: Any, avg_pool2d: Any, p: Problem
) -> Relation:
    """Relu before average pooling is relu after it, if nothing is negative.

    Of -1 and 1 the mean is 0, and the mean of the rectified is 1/2.
    """
    return equal(p.on(avg_pool2d, x=relu(p.x)), relu(p.on(avg_pool2d)))


def _textbook(function: Any, x: Any) -> Any:
    """Apply a formula to every number, in decimals."""
    with localcontext(prec=DIGITS):
        values = [function(value.exp()) for value in decimals(x).flat]
    return np.array(values, dtype=object).reshape(x.shape)


@law("6.10", decides=True, p=activation_problems)
def sigmoid_equals_the_definition(sigmoid: Any, p: Problem) -> Relation:
    """The sigmoid is e^x / (e^x + 1)."""
    expected = _textbook(lambda power: power / (power + 1), p.x)
    return equal(p.on(sigmoid), expected)


@law("6.10", decides=True, p=activation_problems)
def tanh_equals_the_definition(tanh: Any, p: Problem) -> Relation:
    """The hyperbolic tangent is (e^x - e^-x) / (e^x + e^-x)."""
    expected = _textbook(
        lambda power: (power - 1 / power) / (power + 1 / power), p.x
    )
    return equal(p.on(tanh), expected)
