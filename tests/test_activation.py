"""What laws cannot say of activations: types, errors, not-a-numbers."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec


@pytest.mark.parametrize("f", [refspec.relu, refspec.sigmoid, refspec.tanh])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ml_dtypes.bfloat16])
def test_an_activation_keeps_the_float_type(f, dtype):
    """The answer is of the type that was given."""
    assert f(np.ones(2, dtype)).dtype == np.dtype(dtype)


@pytest.mark.parametrize("f", [refspec.relu, refspec.sigmoid, refspec.tanh])
def test_a_nan_stays_nan(f):
    """An activation hides no NaN."""
    assert np.isnan(f([math.nan])).all()


@pytest.mark.parametrize("f", [refspec.relu, refspec.sigmoid, refspec.tanh])
def test_an_activation_leaves_its_argument_alone(f):
    """A read-only array with gaps will do."""
    x = np.linspace(-2, 2, 10)[::2]
    x.flags.writeable = False
    assert f(x).shape == x.shape
    assert x.tolist() == np.linspace(-2, 2, 10)[::2].tolist()


def test_relu_of_fractions_is_fractions():
    """No float is involved."""
    x = np.array([Fraction(-1, 3), Fraction(1, 3)])
    assert refspec.relu(x).tolist() == [0, Fraction(1, 3)]


def test_relu_of_either_zero_is_zero():
    """The sign of a zero is left open; that it is zero is not."""
    assert refspec.relu([-0.0, 0.0]).tolist() == [0, 0]


def test_relu_of_infinities():
    """Minus infinity is cut off, plus infinity is kept."""
    assert refspec.relu([-math.inf, math.inf]).tolist() == [0, math.inf]


def test_no_gradient_passes_at_zero_or_at_nan():
    """Zero, either of them, and NaN are not above zero."""
    dx = refspec.relu_backward([1, 2, 3, 4], [0.0, -0.0, math.nan, 1])
    assert dx.tolist() == [0, 0, 0, 4]


def test_an_infinite_gradient_is_stopped():
    """What is not passed on is not multiplied by zero."""
    assert refspec.relu_backward([math.inf], [-1]).tolist() == [0]


def test_relu_backward_is_of_the_gradients_type():
    """An integer image does not make the gradient an integer."""
    assert refspec.relu_backward([0.5], [1]).tolist() == [0.5]


def test_relu_backward_edits_nothing():
    """The gradient that was given is kept."""
    dy = np.ones(2)
    refspec.relu_backward(dy, np.array([-1.0, 1.0]))
    assert dy.tolist() == [1, 1]


def test_sigmoid_and_tanh_do_not_overflow():
    """Far out they are at their limits, without a warning."""
    x = [-math.inf, -1e300, 1e300, math.inf]
    assert refspec.sigmoid(x).tolist() == [0, 0, 1, 1]
    assert refspec.tanh(x).tolist() == [-1, -1, 1, 1]


def test_tanh_keeps_the_smallest_numbers():
    """Near zero it is its own argument, down to the subnormals."""
    x = np.array([5e-324, 1e-300, 1e-20])
    assert (refspec.tanh(x) == x).all()


def test_integers_at_the_end_of_their_range():
    """Doubling or negating them does not wrap."""
    x = np.array([-(2**63), 2**63 - 1])
    assert refspec.sigmoid(x).tolist() == [0, 1]
    assert refspec.tanh(x).tolist() == [-1, 1]


def test_decimals_are_answered_to_their_last_digits():
    """The decimals that stand for roots are right to 50 of 60 digits."""
    with localcontext(prec=60):
        x = Decimal(3) / 7
        up, down = x.exp(), (-x).exp()
        digits = Decimal("1e-50")
        expected = (up - down) / (up + down)
        got = refspec.tanh(np.array([x])).item()
        assert got.quantize(digits) == expected.quantize(digits)
        got = refspec.sigmoid(np.array([x])).item()
        assert got.quantize(digits) == (1 / (1 + down)).quantize(digits)


def test_a_tiny_decimal_loses_no_digit():
    """Where e^x - 1 cancels, more digits are taken."""
    assert refspec.tanh(np.array([Decimal("1e-300")])).item() == Decimal(
        "1e-300"
    )


@pytest.mark.parametrize(
    ("x", "kind"), [(2**62, "i8"), (2**63, "f8"), (Fraction(1, 2), "O")]
)
def test_one_number_is_an_array_without_axes(x, kind):
    """Whatever its type, the answer is an array too."""
    for f in (refspec.tanh, refspec.sigmoid):
        assert f(x).shape == ()
        assert f(x) == f([x]).item()
    if kind != "f8":
        assert refspec.relu(x).shape == ()
        assert refspec.relu(x).dtype == np.dtype(kind)
        assert refspec.relu(x) == x


def test_an_integer_past_int64_is_refused():
    """One alone as well as one of several."""
    for x in (2**63, [2**63]):
        with pytest.raises(ValueError, match="fits int64"):
            refspec.relu(x)


def test_fractions_become_floats():
    """A power of e has no fraction."""
    half = np.array([Fraction(0)])
    assert refspec.sigmoid(half).tolist() == [0.5]
    assert refspec.tanh(half).tolist() == [0]


def test_gradients_of_another_shape_are_refused():
    """No broadcasting happens in silence."""
    with pytest.raises(ValueError, match="dy: expected shape"):
        refspec.relu_backward([[1, 2]], [1, 2])


@pytest.mark.parametrize("f", [refspec.relu, refspec.sigmoid, refspec.tanh])
@pytest.mark.parametrize("x", [1j, "one", [[1], [1, 2]], None])
def test_what_is_no_real_number_is_refused(f, x):
    """Complex numbers, words and ragged rows are not ordered."""
    with pytest.raises(ValueError, match="x: expected"):
        f(x)
