"""Hold one answer to the definition: exactly, then to its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

import refspec
from refspec import _checks
from refspec._numbers import Array
from refspec.geometry import effective_kernel_size
from refspec.laws.definitions import DIGITS, exact_answer
from refspec.laws.problems import Problem
from refspec.laws.scaled import SUMS
from refspec.oracle import bounds
from refspec.oracle.bounds import Bounds
from refspec.oracle.formats import Arithmetic

__all__ = [
    "Exact",
    "Fault",
    "as_exact",
    "bounds_of",
    "compare",
    "in_floats",
    "truth",
]


class Exact(NamedTuple):
    """Exact numbers as the sum of two floats: the second is what is left."""

    high: Array
    low: Array


@dataclass(frozen=True)
class Fault:
    """The first place where an answer is not what it should be."""

    what: str
    index: tuple[int, ...] = ()
    got: Any = None
    expected: Any = None
    allowed: float = 0.0
    share: float = float("inf")

    def __str__(self) -> str:
        """Say it in one line."""
        if self.got is None:
            return self.what
        line = f"{self.what} at {self.index}: got {self.got}, expected "
        line += f"{self.expected}"
        if self.allowed:
            line += f", allowed {self.allowed:.3g} apart"
        return line


def truth(
    operation: str,
    problem: Problem,
    definition: Callable[..., Any] | None = None,
) -> tuple[Exact, ...]:
    """Give what the definition, or another in its place, answers."""
    given = definition or getattr(refspec, operation)
    arrays = _arrays(problem)
    integer = all(a.dtype.kind in "iub" for a in arrays)
    if integer:
        found = problem.answers(given)
    elif not bounds.rounds(operation) and operation not in SUMS:
        found = _as_floats(problem).answers(given)
    elif not all(np.isfinite(a.astype(float)).all() for a in arrays):
        return _beside_the_odd(operation, problem, definition)
    elif definition is not None and operation in SUMS:
        exactly = _as_floats(problem).exactly()
        found = exactly.answers(definition)  # which may divide
    else:
        exact = exact_answer(operation, _as_floats(problem), definition)
        found = exact if isinstance(exact, tuple) else (exact,)
    return tuple(as_exact(np.asarray(part)) for part in found)


def _beside_the_odd(
    operation: str, problem: Problem, definition: Callable[..., Any] | None
) -> tuple[Exact, ...]:
    """Give what is not finite as floats do, and all else exactly."""
    with np.errstate(all="ignore"):
        shown = in_floats(problem, definition or getattr(refspec, operation))
    if definition is not None:
        return shown
    return tuple(
        Exact(
            np.where(np.isfinite(part.high), exact.high, part.high),
            np.where(np.isfinite(part.high), exact.low, 0),
        )
        for part, exact in zip(
            shown, truth(operation, _cleaned(problem)), strict=True
        )
    )


def in_floats(
    problem: Problem, definition: Callable[..., Any]
) -> tuple[Exact, ...]:
    """Give what a function answers in float64."""
    return tuple(map(as_exact, _as_floats(problem).answers(definition)))


def _arrays(problem: Problem) -> list[Array]:
    return [v for v in vars(problem).values() if isinstance(v, np.ndarray)]


def _as_floats(problem: Problem) -> Problem:
    """Bring the floats of a problem to float64, which holds all of them."""
    return problem.mapped(lambda array: array.astype(np.float64))


def as_exact(array: Array) -> Exact:
    """Part exact numbers into two floats."""
    if array.dtype != object:
        return Exact(array, np.zeros(array.shape))
    high = array.astype(float)
    low = np.zeros(array.shape)
    with localcontext(prec=2 * DIGITS):
        for at in np.ndindex(array.shape):
            number: Any = array[at]
            if isinstance(number, Decimal):
                low[at] = float(number - Decimal(float(high[at])))
            elif number != high[at]:
                low[at] = float(Fraction(number) - Fraction(float(high[at])))
    return Exact(high, low)


def bounds_of(
    operation: str,
    problem: Problem,
    exact: tuple[Exact, ...],
    arithmetic: Arithmetic,
    transform: str = "",
    *,
    one_pass: bool = False,
    definition: Callable[..., Any] | None = None,
) -> Bounds | None:
    """Give what each cell may be off by; None where it must be equal."""
    integers = [part.high.dtype.kind in "iub" for part in exact]
    if all(integers):
        return None
    cleaned, allowed = _cleaned(problem), None
    if transform:
        allowed = bounds.normwise(operation, cleaned, arithmetic, transform)
    allowed = allowed or bounds.allowed(
        operation, cleaned, arithmetic, one_pass=one_pass,
        definition=definition,
    )  # fmt: skip
    if allowed is None:
        return None
    if any(
        np.ndim(bound) and np.shape(bound) != part.high.shape
        for bound, part in zip(allowed, exact, strict=False)
    ):
        return None  # a variant's answer of another shape
    found = tuple(
        _rounded(np.asarray(bound, float), part.high, arithmetic)
        for bound, part in zip(allowed, exact, strict=True)
    )
    between = _between(problem)
    return tuple(
        np.where(between, np.inf, bound)
        if np.shape(between) in {(), bound.shape}
        else bound
        for bound in found
    )


def _between(problem: Problem) -> Array | bool:
    """Find windows that have a number that is not finite between their cells.

    A kernel that is dilated with zeros multiplies it by zero.
    """
    if getattr(problem, "dilation", 1) in {1, (1, 1)} or "dy" in vars(problem):
        return False
    odd = ~np.isfinite(problem.positional[0].astype(float))
    if not odd.any() or "x" not in vars(problem):
        return False
    kernel = (
        problem.kernel_size
        if "kernel_size" in vars(problem)
        else problem.w.shape[2:]
    )
    reach = tuple(
        effective_kernel_size(k, d)
        for k, d in zip(
            _checks.pair("kernel_size", kernel, least=1),
            _checks.pair("dilation", problem.dilation, least=1),
            strict=True,
        )
    )
    stride = problem.stride if problem.stride is not None else kernel
    c = problem.x.shape[1]
    groups = getattr(problem, "groups", c)
    found = refspec.conv2d(
        odd.astype(np.int64),
        np.ones((groups, c // groups, *reach), np.int64),
        stride=stride, padding=problem.padding, groups=groups,
    )  # fmt: skip
    answers = len(problem.w) if "w" in vars(problem) else c
    return np.repeat(found > 0, answers // groups, axis=1)


FAR = 1000.0
"""In place of infinity: to the power of e it is 0, or hides all else."""


def _cleaned(problem: Problem) -> Problem:
    """Put finite numbers for what is not: answers that are finite stay.

    NaN becomes 0, which no finite answer has read.
    """
    return problem.mapped(_finite)


def _finite(values: Array) -> Array:
    """NumPy 2.0 dies of a choice in bfloat16."""
    wide: Array = np.nan_to_num(values.astype(float), posinf=FAR, neginf=-FAR)
    return wide.astype(values.dtype)


def _rounded(bound: Array, high: Array, arithmetic: Arithmetic) -> Array:
    """Add the answer's own rounding; what may overflow is left open."""
    sizes = abs(np.where(np.isfinite(high), high, 0).astype(float))
    bound = bounds.rounded(bound, sizes, arithmetic)
    beyond = sizes > float(arithmetic.answers.largest) / 4
    return np.where(beyond, np.inf, bound)


def compare(
    got: tuple[Array, ...],
    exact: tuple[Exact, ...],
    allowed: Bounds | None,
    dtype: np.dtype[Any],
) -> tuple[Fault | None, float]:
    """Find the first fault of an answer, and the share of the bound used.

    The share is that of the cell that uses most, whether or not a fault.
    """
    if len(got) != len(exact):
        count = f"{len(got)} answers, expected {len(exact)}"
        return Fault(count), np.inf
    largest, first = 0.0, None
    for which, (mine, part) in enumerate(zip(got, exact, strict=True)):
        name = f"answer {which}" if len(got) > 1 else "the answer"
        wrong = _wrong_form(mine, part, dtype)
        if wrong:
            return Fault(f"{name} {wrong}"), np.inf
        bound = None if allowed is None else allowed[which]
        shares = _shares(mine, part, bound)
        worst = float(np.max(shares, initial=0))
        largest = max(largest, worst)
        if worst > 1 and first is None:
            first = _fault(f"{name} differs", mine, part, bound, shares)
    return first, largest


def _wrong_form(mine: Array, part: Exact, dtype: np.dtype[Any]) -> str:
    """Say what is wrong with the shape or the number type, if anything.

    A wider type than was asked for is as good.
    """
    if mine.shape != part.high.shape:
        return f"has shape {mine.shape}, expected {part.high.shape}"
    if part.high.dtype.kind in "iub":
        ok = mine.dtype.kind in "iu"
    elif dtype.kind in "iub":
        ok = mine.dtype == np.float64
    else:
        ok = mine.dtype == dtype or (
            mine.dtype.kind == "f" and mine.dtype.itemsize > dtype.itemsize
        )
    expected = part.high.dtype if dtype.kind in "iub" else dtype
    return "" if ok else f"has dtype {mine.dtype}, expected {expected}"


def _shares(mine: Array, part: Exact, bound: Array | None) -> Array:
    """Give how much of its bound each cell is off; more than 1 is wrong.

    What is not finite must be of the same kind. An infinite bound says that
    nothing can be said of a cell.
    """
    if mine.dtype.kind in "iub":
        return np.where(mine == part.high, 0.0, np.inf)
    high = part.high.astype(float)
    values = mine.astype(float)
    with np.errstate(all="ignore"):
        off = abs((values - high) - part.low)
        equal = (off == 0) | (values == high) & ~np.isfinite(high)
        equal |= np.isnan(values) & np.isnan(high)
        if bound is None:
            return np.where(equal, 0.0, np.inf)
        finite = np.isfinite(values) & np.isfinite(high)
        shares = np.where(finite & (bound > 0), off / bound, np.inf)
        open_ = np.isinf(bound)
    return np.where(equal | open_, 0.0, shares)


def _fault(
    what: str, mine: Array, part: Exact, bound: Array | None, shares: Array
) -> Fault:
    at = tuple(int(i) for i in np.argwhere(shares > 1)[0])
    return Fault(
        what, at, mine[at].item(), part.high[at].item(),
        0.0 if bound is None else float(bound[at]), float(shares[at]),
    )  # fmt: skip
