"""Laws of section 6: pooling."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st

from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import Problem, avg_pool_problems, pool_problems
from refspec.laws.relations import Relation, at_most, equal


@st.composite
def pool_slopes(draw: Any, domain: Domain, problems: Any) -> Problem:
    """Draw a pooling problem with a gradient for its answer."""
    p = draw(problems(domain))
    outputs = p.but(x=p.x).on(_shape_of(problems))
    return Problem(dy=domain.tensor(draw, outputs), **vars(p))


def _shape_of(problems: Any) -> Any:
    import refspec

    of = refspec.avg_pool2d if problems is avg_pool_problems else None
    of = of or refspec.max_pool2d
    return lambda *arrays, **options: of(*arrays, **options).shape


@law("6.3", decides=True, p=pool_problems)
def max_pool2d_equals_the_definition(max_pool2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(max_pool2d), exact_answer("max_pool2d", p))


@law("6.4", decides=True, p=avg_pool_problems)
def avg_pool2d_equals_the_definition(avg_pool2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(avg_pool2d), exact_answer("avg_pool2d", p))


@law("7.5", decides=True, p=partial(pool_slopes, problems=pool_problems))
def max_pool2d_backward_equals_the_definition(
    max_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradient is that of the definition."""
    return equal(
        p.on(max_pool2d_backward), exact_answer("max_pool2d_backward", p)
    )


@law("7.5", p=partial(pool_slopes, problems=pool_problems))
def max_pooling_pays_each_gradient_once(
    max_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradients of the pixels add up to those of the windows."""
    dx = p.on(max_pool2d_backward)
    return equal(dx.sum(axis=(2, 3)), p.dy.sum(axis=(2, 3)))


@law(
    "6.5",
    p=partial(pool_problems, paddings=(0,), ceil_modes=(False,),
              kernel_sizes=(1, 2, 4)),
    unless={"p": partial(avg_pool_problems, kernel_sizes=(3,))},
    breaks={"p": Problem(x=[[[[1, 1], [1, 1]]]], kernel_size=3, padding=1)},
)  # fmt: skip
def the_mean_lies_between(
    min_pool2d: Any, avg_pool2d: Any, max_pool2d: Any, p: Problem
) -> Relation:
    """Where no padding is counted, min <= mean <= max in every window."""
    return at_most(p.on(min_pool2d), p.on(avg_pool2d), p.on(max_pool2d))
