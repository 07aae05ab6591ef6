"""Bounds: no right answer is refused, and a narrower one is seen."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import refspec
from refspec import conv2d
from refspec.laws import LAWS
from refspec.laws.domain import FLOAT32, FLOAT64
from refspec.laws.problems import Problem
from refspec.oracle import Implementation, bounds, check_law
from refspec.oracle.formats import ARITHMETICS, FORMATS
from refspec.oracle.judging import bounds_of, truth

DECIDED = sorted(
    law.operations[0]
    for law in LAWS.values()
    if law.decides and bounds.rounds(law.operations[0])
)
"""The operations that round, and have a law that decides."""


def _through(operation, dtype):
    """Compute in `dtype`, whatever comes in, and give back what came in."""

    def narrow(*arrays, **options):
        floats = [a for a in arrays if getattr(a, "dtype", None) is not None]
        given = next(a.dtype for a in floats if a.dtype.kind == "f")
        answer = getattr(refspec, operation)(
            *(_rounded(array, dtype) for array in arrays), **options
        )
        if isinstance(answer, tuple):
            return tuple(np.asarray(part).astype(given) for part in answer)
        return np.asarray(answer).astype(given)

    return narrow


def _rounded(array, dtype):
    if getattr(array, "dtype", np.dtype(int)).kind != "f":
        return array
    return array.astype(dtype)


@pytest.mark.parametrize("operation", DECIDED)
@pytest.mark.parametrize(
    ("numbers", "narrower"), [(FLOAT64, "float32"), (FLOAT32, "float16")]
)
def test_a_lower_precision_is_seen(operation, numbers, narrower, seed):
    """An answer computed in a narrower type is outside of the bound."""
    offered = {operation: _through(operation, narrower)}
    narrow = Implementation("narrow", offered, numbers=(numbers,))
    law = f"{operation}_equals_the_definition"
    assert check_law(law, narrow, examples=300, seed=seed).verdict == "broken"


@pytest.mark.parametrize("operation", DECIDED)
@pytest.mark.parametrize("numbers", [FLOAT64, FLOAT32])
def test_the_definition_is_within_its_bound(operation, numbers, seed):
    """The definition in floats is never refused."""
    offered = {operation: getattr(refspec, operation)}
    right = Implementation("right", offered, numbers=(numbers,))
    law = f"{operation}_equals_the_definition"
    finding = check_law(law, right, examples=300, seed=seed)
    assert finding.verdict == "holds", finding.reason


def _off_by(share):
    """Add a share of the bound to the first cell of a convolution."""

    def off(*arrays, **options):
        names = ("x", "w", "b")
        p = Problem(**dict(zip(names, arrays, strict=False)), **options)
        exact = p.exactly().on(conv2d)
        answer = exact.astype(p.x.dtype)
        if answer.size:
            (allowed,) = bounds.allowed(
                "conv2d", p, bounds.arithmetic_of(p.x.dtype.name)
            )
            first = (0,) * exact.ndim
            moved = exact[first] + share * Fraction(float(allowed[first]))
            answer[first] = np.nextafter(float(moved), float(exact[first]))
        return answer

    return Implementation("off", {"conv2d": off}, numbers=(FLOAT64,))


def test_twice_the_bound_is_refused():
    """An answer that is off by two bounds is wrong."""
    law = "conv2d_equals_the_definition"
    assert check_law(law, _off_by(2)).verdict == "broken"


def test_the_last_number_within_the_bound_is_accepted():
    """An answer that is off by all of a bound may be right."""
    law = "conv2d_equals_the_definition"
    assert check_law(law, _off_by(1)).verdict == "holds"


def test_the_unit_roundoff_is_half_the_distance_to_the_next_float():
    """1 + u is halfway between 1 and the next float."""
    for dtype in ("float16", "float32", "float64"):
        one = np.dtype(dtype).type(1)
        gap = Fraction(float(np.nextafter(one, one + one))) - 1
        assert FORMATS[dtype].u == gap / 2


def test_gamma_bounds_every_product_of_roundings():
    """(1 + u)^n - 1 and 1 - (1 - u)^n are at most gamma_n."""
    u = FORMATS["float16"].u
    for n in (1, 2, 7, 100, 1000):
        assert (1 + u) ** n - 1 <= bounds.gamma(n, u)
        assert 1 - (1 - u) ** n <= bounds.gamma(n, u)


def test_there_is_no_bound_for_too_many_roundings():
    """Where n u >= 1, nothing can be said."""
    assert math.isinf(bounds.gamma(2048, FORMATS["float16"].u))


@pytest.mark.parametrize("operation", ["max_pool2d", "relu", "zero_pad"])
def test_a_selection_must_be_equal(operation):
    """What rounds nothing has no bound."""
    assert bounds.allowed(operation, Problem(), ARITHMETICS["float64"]) is None


@pytest.mark.parametrize(
    ("operation", "weights"),
    [
        ("pointwise_conv2d", {"w": (5, 2)}),
        (
            "separable_conv2d",
            {"depthwise": (2, 1, 1, 1), "pointwise": (5, 2)},
        ),
    ],
)
def test_a_bias_that_is_flushed_lies_along_the_channels(operation, weights):
    """What it takes away is bounded in each map, whatever the weights."""
    ones = {name: np.ones(shape, "f") for name, shape in weights.items()}
    b = np.full(5, 1e-40, "f")
    problem = Problem(x=np.ones((1, 2, 3, 3), "f"), **ones, b=b)
    (bound,) = bounds.allowed(operation, problem, ARITHMETICS["float32"])
    assert bound.shape == (1, 5, 3, 3)


def test_maps_between_two_steps_may_be_stored():
    """Two convolutions in float16 answer twice; the oracle adds the second."""
    one = np.ones((1, 1, 1, 1), np.float16)
    problem = Problem(
        x=one, depthwise=one, pointwise=np.ones((1, 1), np.float16), b=None
    )
    (bound,) = bounds.allowed(
        "separable_conv2d", problem, ARITHMETICS["float16"]
    )
    u = float(FORMATS["float16"].u)
    assert u < bound.max() < u * 1.2


@pytest.mark.parametrize("other", [-math.inf, 0.0])
def test_beside_minus_infinity_a_bound_is_as_wide(other):
    """A softmax of it is 0, and says nothing of how large the others are."""
    p = Problem(logits=np.array([[-12.0, -8.0, other, -12.0]]))
    exact = truth("softmax", p)
    (bound,) = bounds_of("softmax", p, exact, ARITHMETICS["float64"])
    assert (bound >= 2.0**-53 * exact[0].high).all()


def test_beside_the_odd_the_truth_is_exact():
    """What float64 would round is not rounded next to a NaN."""
    x = np.array([-0.5, np.nan, np.inf])
    (seen,) = truth("sigmoid", Problem(x=x))
    (alone,) = truth("sigmoid", Problem(x=x[:1]))
    assert (seen.high[0], seen.low[0]) == (alone.high[0], alone.low[0])
    assert np.isnan(seen.high[1])
    assert seen.high[2] == 1
