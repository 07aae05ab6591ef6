"""The definition on integers: floats scaled by a power of two.

Every float is an integer over a power of two, and sums of products only
multiply and add. So the exact answer of such an operation is that of its
definition on integers, scaled back: thirty times faster than on fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from refspec._numbers import Array
from refspec.laws.problems import Problem

__all__ = ["SUMS", "on_integers", "scaled"]

SUMS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "window_response": (("window", "kernel"),),
    "feature_map": (("image", "kernel"),),
    "conv2d": (("x", "w"),),
    "depthwise_conv2d": (("x", "w"),),
    "pointwise_conv2d": (("x", "w"),),
    "separable_conv2d": (("x", "depthwise", "pointwise"),),
    "conv_transpose2d": (("y", "w"),),
    "conv2d_backward": (("dy", "w"), ("dy", "x"), ("dy",)),
    "dense": (("x", "w"),),
    "dense_backward": (("dy", "w"), ("dy", "x"), ("dy",)),
    "max_pool2d_backward": (("dy",),),
    "min_pool2d_backward": (("dy",),),
    "relu_backward": (("dy",),),
}
"""For each operation that sums products, the factors of each answer."""

SMALL = 2**62
"""Integers below are kept in ``int64``; the definition widens its sums."""


def scaled(array: Array) -> tuple[Array, int]:
    """Give integers, and the power k for which they are array * 2^k.

    k is the least that makes all of them integers, or 0.
    """
    floats = np.asarray(array, dtype=np.float64)
    fractions, exponents = np.frexp(floats)
    digits = np.ldexp(fractions, 53).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    last = (exponents - 53 + lowest)[digits != 0]
    k = max(0, -int(last.min(initial=0)))
    return _times_power(floats, digits, exponents, k), k


def _times_power(
    floats: Array, digits: Array, exponents: Array, k: int
) -> Array:
    largest = int(exponents[digits != 0].max(initial=0)) + k
    if largest < 62:
        whole: Array = np.ldexp(floats, k).astype(np.int64)
        return whole
    values = [
        int(d) << e if e >= 0 else int(d) >> -e
        for d, e in zip(
            digits.flat, (exponents - 53 + k).ravel().tolist(), strict=True
        )
    ]
    return np.array(values, dtype=object).reshape(floats.shape)


def on_integers(
    operation: str, problem: Problem, definition: Callable[..., Any]
) -> Any:
    """Compute a sum of products on the exact values of a float problem.

    Returns arrays of floats where those are exact, else of fractions.
    """
    arrays = {
        name: value
        for name, value in vars(problem).items()
        if isinstance(value, np.ndarray)
    }
    integers, powers = {}, {}
    for name, array in arrays.items():
        integers[name], powers[name] = scaled(array)
    answers = SUMS[operation]
    if "b" in arrays:  # a bias is as large as the products
        missing = powers["b"] - sum(powers[name] for name in answers[0])
        first = answers[0][0]
        if missing > 0:
            powers[first] += missing
            integers[first] = _shifted(integers[first], missing)
        integers["b"] = _shifted(integers["b"], max(0, -missing))
    if not _fits(integers, answers):
        integers = {n: a.astype(object) for n, a in integers.items()}
    found = problem.but(**integers).answers(definition)
    back = tuple(
        _scaled_back(answer, sum(powers[name] for name in factors))
        for answer, factors in zip(found, answers, strict=True)
    )
    return back if len(back) > 1 else back[0]


def _fits(
    integers: Mapping[str, Array], answers: tuple[tuple[str, ...], ...]
) -> bool:
    """Say whether sums of the products of these factors fit ``int64``."""
    if any(array.dtype == object for array in integers.values()):
        return False
    bits = {
        name: int(abs(array).max(initial=0)).bit_length()
        for name, array in integers.items()
    }
    terms = max(a.size for a in integers.values()).bit_length() + 1
    longest = max(sum(bits[n] for n in factors) for factors in answers)
    return max(longest, bits.get("b", 0)) + terms < 62


def _shifted(integers: Array, by: int) -> Array:
    if not by:
        return integers
    largest = max(map(abs, integers.ravel().tolist()), default=0)
    if largest << by < SMALL:
        return integers << by
    shifted: Array = integers.astype(object) << by
    return shifted


def _scaled_back(integers: Array, k: int) -> Array:
    exact = integers.dtype != object or all(
        abs(i) < SMALL for i in integers.flat
    )
    if exact and k < 900:
        small = integers.astype(np.int64)
        if (abs(small) < 2**53).all():
            floats: Array = np.ldexp(small.astype(np.float64), -k)
            return floats
    unit = 1 << k
    values = [Fraction(int(i), unit) for i in integers.flat]
    return np.array(values, dtype=object).reshape(integers.shape)
