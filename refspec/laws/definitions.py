"""What the definition says of a problem, on the exact values of its floats.

Algebraic laws alone are satisfied by zeros. So every operation also has the
law "equals the definition", the one that decides; its expected value is made
here, and never by the function under test.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

import refspec
from refspec._numbers import Array
from refspec.laws.domain import FRACTION
from refspec.laws.problems import Problem
from refspec.laws.scaled import SUMS, on_integers

__all__ = ["DIGITS", "decimals", "exact_answer"]

DIGITS = 60
"""Of the decimals that stand for roots: far below any float's rounding."""


ROOTS = frozenset(
    {
        "batch_norm",
        "batch_norm_backward",
        "batch_norm_inference",
        "cross_entropy",
        "cross_entropy_backward",
        "fold_batch_norm",
        "sigmoid",
        "softmax",
        "softmax_backward",
        "tanh",
    }
)
"""The operations that take a root, a power of e or a logarithm."""


def exact_answer(
    operation: str,
    problem: Problem,
    given: Callable[..., Any] | None = None,
) -> Any:
    """Compute the definition, or another, on a problem's exact values.

    Sums of products are computed on integers, quotients and selections in
    fractions, and roots in decimals of 60 digits.
    """
    definition = given or getattr(refspec, operation)
    if operation in SUMS and _is_of_floats(problem):
        return on_integers(operation, problem, definition)
    exact = problem.exactly()
    if operation not in ROOTS:
        try:
            return exact.on(definition)
        except ValueError:
            if given is None:
                raise  # another definition may take a root
    with localcontext(prec=DIGITS):
        return Problem(
            **{name: _in_decimals(v) for name, v in vars(exact).items()}
        ).on(definition)


def _is_of_floats(problem: Problem) -> bool:
    arrays = (v for v in vars(problem).values() if isinstance(v, np.ndarray))
    return all(array.dtype.kind == "f" for array in arrays)


def _in_decimals(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(value)
    return decimals(value) if isinstance(value, np.ndarray) else value


def decimals(array: Array) -> Array:
    """Bring floats, integers or fractions to decimals of 60 digits."""
    with localcontext(prec=DIGITS):
        values = [
            Decimal(number.numerator) / Decimal(number.denominator)
            for number in FRACTION.cast(array).flat
        ]
    return np.array(values, dtype=object).reshape(array.shape)
