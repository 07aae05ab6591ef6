"""What laws cannot say of batch norm: types, far means, eps, not-a-numbers."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec

FLOATS = ["f2", "f4", "f8", ml_dtypes.bfloat16]


def fractions(*values):
    """Make a batch of one channel."""
    return np.array([[Fraction(value)] for value in values])


def batch(dtype):
    """Make a batch of two channels, and a vector for each of them."""
    x = np.arange(16).reshape(2, 2, 2, 2) ** 2 / 8
    return x.astype(dtype), np.array([0.5, 3], dtype), np.array([1, 2], dtype)


@pytest.mark.parametrize("dtype", FLOATS)
def test_all_answers_are_of_the_type_given(dtype):
    """Floats of every width keep it."""
    x, a, b = batch(dtype)
    answers = [
        *refspec.batch_statistics(x),
        refspec.batch_norm(x, a, b),
        *refspec.running_statistics(x, a, b),
        refspec.batch_norm_inference(x, a, b, a, b),
        *refspec.batch_norm_backward(x, x, a),
        *refspec.fold_batch_norm(x, None, a, b, a, b),
    ]
    assert {answer.dtype for answer in answers} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", ["f2", ml_dtypes.bfloat16])
def test_narrow_floats_are_rounded_once(dtype):
    """What is computed is that of float64, and is rounded at the end."""
    x, a, b = batch(dtype)
    wide = [array.astype("f8") for array in (x, a, b)]
    expected = refspec.batch_norm(*wide).astype(dtype)
    assert (refspec.batch_norm(x, a, b) == expected).all()
    for got, exact in zip(
        refspec.batch_norm_backward(x, x, a),
        refspec.batch_norm_backward(wide[0], *wide[:2]),
        strict=True,
    ):
        assert (got == exact.astype(dtype)).all()


def test_integers_have_float_statistics():
    """Means and roots of integers are floats; nothing is cut off."""
    mean, variance = refspec.batch_statistics([[0], [1]])
    assert (mean.tolist(), variance.tolist()) == ([0.5], [0.25])
    y = refspec.batch_norm([[0], [1]], [1], [0], eps=0)
    assert y.tolist() == [[-1], [1]]
    y = refspec.batch_norm_inference([[5]], [2], [4], [1], [0], eps=0)
    assert y.tolist() == [[1.5]]


def test_fractions_stay_fractions():
    """No float is involved where every root is a fraction."""
    y = refspec.batch_norm(fractions(0, 1), [1], [0], eps=Fraction(2))
    assert y.tolist() == [[Fraction(-1, 3)], [Fraction(1, 3)]]
    assert isinstance(y[0, 0], Fraction)


def test_a_float_eps_stands_for_its_exact_value():
    """Beside fractions and decimals, eps is no rounded sum."""
    y = refspec.batch_norm(fractions(0, 1), [1], [0], eps=0.75)
    assert y.tolist() == [[Fraction(-1, 2)], [Fraction(1, 2)]]
    x = np.array([[Decimal(0)], [Decimal(1)]])
    with localcontext(prec=60):
        eps = 0.1
        y = refspec.batch_norm(x, [1], [0], eps=eps)
        root = (Decimal("0.25") + Decimal(eps)).sqrt()
        assert y[1, 0] == Decimal("0.5") * (1 / root)


def test_an_irrational_root_of_a_fraction_is_refused():
    """A fraction is never replaced by a float that is near it."""
    with pytest.raises(ValueError, match="not a fraction; choose eps"):
        refspec.batch_norm(fractions(0, 1), [1], [0], eps=1)


def test_integer_zeros_among_fractions_stay_exact():
    """Python would divide them into floats."""
    x = np.array([[0, Fraction(1)], [0, Fraction(3)]])
    mean, variance = refspec.batch_statistics(x)
    assert not any(isinstance(v, float) for v in (*mean, *variance))
    gamma = np.array([Fraction(1)] * 2)
    dy = np.array([[0, 0], [0, 0]], dtype=object)
    for gradient in refspec.batch_norm_backward(dy, x, gamma, eps=9 / 16):
        assert not any(isinstance(v, float) for v in gradient.flat)


def test_a_far_mean_costs_the_variance_nothing():
    """In float32 the squares of 4096 and 4097 round; their distance is 1."""
    x = np.tile(np.array([4095, 4097], "f4"), 512)[:, None]
    mean, variance = refspec.batch_statistics(x)
    assert (mean.item(), variance.item()) == (4096, 1)
    y = refspec.batch_norm(x, np.ones(1, "f4"), np.zeros(1, "f4"), eps=0)
    assert (y == x - 4096).all()


def test_a_momentum_of_0_keeps_and_of_1_forgets():
    """It weighs the new value."""
    x, old = [[1.0], [3.0]], ([7.0], [9.0])
    kept = refspec.running_statistics(x, *old, momentum=0)
    forgotten = refspec.running_statistics(x, *old, momentum=1)
    assert [v.item() for v in kept] == [7, 9]
    assert [v.item() for v in forgotten] == [2, 2]


def test_a_batch_of_none_is_inferred_and_not_trained():
    """Inference of none gives none; it has no statistics."""
    none = np.ones((0, 2, 3))
    ones = np.ones(2)
    y = refspec.batch_norm_inference(none, ones, ones, ones, ones)
    assert y.shape == (0, 2, 3)
    with pytest.raises(ValueError, match=r"^x: .* 1 value\(s\) .* found 0"):
        refspec.batch_statistics(none)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_no_number_takes_its_channel(value):
    """A channel with a NaN or an infinity is NaN throughout, others not."""
    x = np.array([[value, 1], [2, 2], [3, 3]])
    with np.errstate(invalid="ignore"):
        y = refspec.batch_norm(x, [1, 1], [0, 0])
    assert np.isnan(y).tolist() == [[True, False]] * 3


@pytest.mark.parametrize("eps", [-1e-5, math.nan, math.inf])
def test_an_eps_that_is_none_is_refused(eps):
    """It is finite and at least 0."""
    with pytest.raises(ValueError, match=r"^eps: expected a finite number"):
        refspec.batch_norm([[1.0], [2.0]], [1], [0], eps=eps)


@pytest.mark.parametrize("momentum", [-0.1, 1.5, math.nan])
def test_a_momentum_that_is_none_is_refused(momentum):
    """It is a share: from 0 to 1."""
    with pytest.raises(ValueError, match=r"^momentum: expected"):
        refspec.running_statistics([[1.0], [2.0]], [0], [1], momentum=momentum)


def test_a_negative_variance_is_refused():
    """By inference, by folding and by running statistics."""
    for call in (
        lambda: refspec.batch_norm_inference([[1.0]], [0], [-1], [1], [0]),
        lambda: refspec.fold_batch_norm([[1.0]], None, [0], [-1], [1], [0]),
        lambda: refspec.running_statistics([[1.0], [2.0]], [0], [-1]),
    ):
        with pytest.raises(ValueError, match=r"^variance: expected numbers"):
            call()


def test_weights_without_inputs_are_no_filters():
    """Folding needs a filter's axes."""
    with pytest.raises(ValueError, match=r"^w: expected shape"):
        refspec.fold_batch_norm([1.0], None, [0], [1], [1], [0])
