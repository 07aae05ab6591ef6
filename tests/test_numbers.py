"""In which number type an answer is computed, and in which it comes."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from refspec import _numbers

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
INTEGERS = ["?", "i1", "u2", "i8", "u8"]


def _objects(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


@pytest.mark.parametrize("other", INTEGERS)
@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_are_computed_in_int64(kind, other):
    """Of whatever widths, unsigned with signed ones too."""
    *operands, dtype = _numbers.widen(np.ones(2, kind), np.ones(2, other))
    assert {operand.dtype for operand in operands} == {np.dtype("i8")}
    assert dtype == np.dtype("i8")


@pytest.mark.parametrize("narrow", ["f2", BFLOAT16, ml_dtypes.float8_e5m2])
def test_narrow_floats_are_computed_in_float64(narrow):
    """And their answers are rounded to them at the end."""
    operand, dtype = _numbers.widen(np.ones(2, narrow))
    assert operand.dtype == np.dtype("f8")
    assert _numbers.round_once(operand / 3, dtype).dtype == np.dtype(narrow)


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floats_are_computed_as_they_are(kind):
    """Neither widened nor copied."""
    x = np.ones(2, kind)
    operand, dtype = _numbers.widen(x)
    assert operand is x
    assert dtype == np.dtype(kind)


@pytest.mark.parametrize(
    ("kinds", "together"),
    [
        (("f4", "f2"), "f4"),
        (("i1", "f2"), "f2"),
        (("i8", "f4"), "f8"),
        (("f8", "O"), "O"),
        (("i8", "O"), "O"),
        ((BFLOAT16, "f4"), "f4"),
    ],
)
def test_types_meet_as_numpy_has_them_meet(kinds, together):
    """An answer of several types is of their common one."""
    arrays = [np.ones(1, kind) for kind in kinds]
    assert _numbers.result_type(*arrays) == np.dtype(together)


def test_what_is_not_given_stays_none():
    """A bias may be absent."""
    x, none, _ = _numbers.widen(np.ones(1), None)
    assert none is None
    assert x.dtype == np.dtype("f8")


@pytest.mark.parametrize(("terms", "kind"), [(2**21 - 1, "i8"), (2**21, "O")])
def test_a_sum_that_might_not_fit_is_computed_in_python_s_integers(
    terms, kind
):
    """The bound is the largest product times the number of terms."""
    x = np.array([2**21, -(2**21)])
    operand, _, dtype = _numbers.widen(x, x, terms=terms)
    assert operand.dtype == np.dtype(kind)
    assert dtype == np.dtype("i8")


def test_nothing_is_no_bound():
    """An empty array has no largest number."""
    operand, _ = _numbers.widen(np.zeros(0, "i8"), terms=2**60)
    assert operand.dtype == np.dtype("i8")


def test_an_answer_past_int64_is_refused():
    """At its ends it is not."""
    kind = np.dtype("i8")
    ends = _objects(2**63 - 1, -(2**63))
    assert _numbers.round_once(ends, kind).tolist() == ends.tolist()
    for past in (2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match="fits int64"):
            _numbers.round_once(_objects(past), kind)


def test_a_quotient_of_integers_is_a_float():
    """A mean that was computed in Python's integers is one too."""
    assert _numbers.divisible(np.array([1, 2])).dtype == np.dtype("f8")
    mean = _numbers.round_once(_objects(1, 1.5), np.dtype("i8"))
    assert mean.dtype == np.dtype("f8")


def test_a_zero_divided_among_fractions_stays_whole():
    """Python would make the integer a float."""
    halves = _numbers.divide(_objects(0, Fraction(1), Decimal(3)), 2)
    assert list(halves) == [0, Fraction(1, 2), Decimal("1.5")]
    assert type(halves[0]) is int


@pytest.mark.parametrize(
    ("kind", "least", "greatest"),
    [
        ("i1", -128, 127),
        ("u1", 0, 255),
        ("f4", -math.inf, math.inf),
        ("O", -math.inf, math.inf),
        (BFLOAT16, -math.inf, math.inf),
    ],
)
def test_what_loses_against_every_number(kind, least, greatest):
    """Under a maximum the least of a type, under a minimum the greatest."""
    dtype = np.dtype(kind)
    assert _numbers.least(dtype) == least
    assert _numbers.greatest(dtype) == greatest


def test_roots_stay_in_their_number_type():
    """Of fractions fractions, of decimals decimals, of floats floats."""
    roots = _numbers.square_root(_objects(Fraction(4, 9), Decimal(2), 2.25, 9))
    assert list(roots[[0, 2, 3]]) == [Fraction(2, 3), 1.5, 3]
    assert isinstance(roots[1], Decimal)
    assert _numbers.square_root(np.array([4.0], "f4")).dtype == np.dtype("f4")


@pytest.mark.parametrize("value", [Fraction(1, 2), Fraction(2), 3])
def test_a_root_that_is_no_fraction_is_refused(value):
    """It is not rounded behind one's back."""
    with pytest.raises(ValueError, match=f"the root of {value} is not a fra"):
        _numbers.square_root(_objects(value))


@pytest.mark.parametrize(
    ("power", "at_zero", "name"),
    [
        (_numbers.exponential, 1, "exp"),
        (_numbers.exponential_less_1, 0, "expm1"),
    ],
)
def test_powers_of_e_stay_in_their_number_type(power, at_zero, name):
    """Of decimals decimals, of all others floats."""
    at = power(_objects(Fraction(1, 2), 0.5, Decimal(0)))
    expected = getattr(math, name)(0.5)
    assert list(at) == [expected, expected, at_zero]
    assert isinstance(at[2], Decimal)
    assert power(np.zeros(1, "f4")).dtype == np.dtype("f4")


def test_logarithms_stay_in_their_number_type():
    """Of decimals decimals, of all others floats."""
    at = _numbers.logarithm(_objects(Fraction(1, 2), 0.5, Decimal(1)))
    assert list(at) == [math.log(0.5), math.log(0.5), 0]
    assert isinstance(at[2], Decimal)
    assert _numbers.logarithm(np.ones(1, "f4")).dtype == np.dtype("f4")


def test_a_small_power_of_e_less_1_keeps_its_digits():
    """What cancels is computed with as many digits more."""
    with localcontext(prec=20):
        (value,) = _numbers.exponential_less_1(_objects(Decimal("1e-30")))
    assert value == Decimal("1.0000000000000000000e-30")


@pytest.mark.parametrize(
    ("array", "numeric"),
    [
        (np.zeros(1, "?"), True),
        (np.zeros(1, BFLOAT16), True),
        (_objects(1, 1.5, Fraction(1, 2), Decimal(1)), True),
        (_objects(), True),
        (_objects(1, None), False),
        (_objects("1"), False),
        (_objects(1j), False),
        (np.zeros(1, "c8"), False),
        (np.zeros(1, "M8[s]"), False),
        (np.zeros(1, "U1"), False),
        (np.zeros(1, "V4"), False),
        (np.zeros(1, ml_dtypes.int4), False),
        (np.zeros(1, [("re", "f4")]), False),
    ],
    ids=str,
)
def test_what_is_a_real_number(array, numeric):
    """Booleans are; text, times, records and complex numbers are not."""
    assert _numbers.is_numeric(array) == numeric
