"""How far a right float answer may be from the exact one.

Every constant comes from the number type and the shape. The notation is that
of Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed. (2002):
u is the unit roundoff, half the distance from 1 to the next float, and

    gamma_n = n u / (1 - n u)

bounds the relative error that n roundings leave behind (lemma 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import refspec
from refspec._numbers import Array
from refspec.laws.problems import Problem

__all__ = ["allowed", "gamma", "unit_roundoff"]


def unit_roundoff(dtype: str) -> Fraction:
    """Half the distance from 1 to the next number of a float type.

    Integers have ``float64`` means and roots.
    """
    dtype = "float64" if dtype.startswith("int") else dtype
    return Fraction(float(np.finfo(dtype).eps)) / 2


def gamma(n: int, u: Fraction) -> Fraction:
    """Bound the relative error of n roundings (Higham, lemma 3.1).

    Raises
    ------
    ValueError
        If n u >= 1: no such bound exists.

    """
    if n * u >= 1:
        raise ValueError(f"gamma: no bound for {n} roundings of {float(u)}")
    return n * u / (1 - n * u)


def _magnitudes(problem: Problem) -> Problem:
    return Problem(
        **{
            name: abs(value) if isinstance(value, np.ndarray) else value
            for name, value in vars(problem.exactly()).items()
        }
    )


def _conv2d(p: Problem, u: Fraction) -> tuple[Array, ...]:
    """Bound a sum of n products in any order (Higham, section 3.1).

    n products are rounded and added in n - 1 steps, the bias in one more:
    |got - y| <= gamma_n (|x| conv |w| + |b|) with n counting the bias too.
    """
    n = p.w[0].size + 1
    return (gamma(n, u) * _magnitudes(p).on(refspec.conv2d),)


def _avg_pool2d(p: Problem, u: Fraction) -> tuple[Array, ...]:
    """Bound a mean: a sum, and a quotient or a rounded 1/m and a product.

    m numbers take m - 1 additions, the reciprocal and the product one
    rounding each: gamma_{m+1} times the mean of the magnitudes.
    """
    n = p.kernel_size[0] * p.kernel_size[1] + 1
    return (gamma(n, u) * _magnitudes(p).on(refspec.avg_pool2d),)


_BOUNDS: dict[str, Callable[[Problem, Fraction], tuple[Array, ...]]] = {
    "conv2d": _conv2d,
    "avg_pool2d": _avg_pool2d,
}


def allowed(
    operation: str, problem: Problem, dtype: str
) -> tuple[Array, ...] | None:
    """Bound every cell of an answer; None where it must be equal.

    Parameters
    ----------
    operation : str
        A public name; a selection (max, min, ReLU) rounds nothing.
    problem : Problem
        With float arrays, taken as exact.
    dtype : str
        In which the answer was computed.

    """
    bound: Callable[..., Any] | None = _BOUNDS.get(operation)
    return None if bound is None else bound(problem, unit_roundoff(dtype))
