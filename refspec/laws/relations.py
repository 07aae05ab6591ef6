"""What a law may say of answers: that they are equal, ordered, or refused.

A law says *what* must agree. How closely is not its business: exact
arithmetic knows equality only, and a float answer that is not equal is held
to its operation's bound by whoever runs the law.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from refspec._numbers import Array
from refspec.laws.domain import Unsupported

__all__ = ["Difference", "Relation", "at_most", "equal", "refuses"]


@dataclass(frozen=True)
class Difference:
    """The first place where a relation does not hold."""

    what: str
    index: tuple[int, ...] = ()
    got: Any = None
    expected: Any = None
    allowed: Any = None

    def __str__(self) -> str:
        """Say it in one line."""
        if self.got is None:
            return self.what
        line = f"{self.what} at {self.index}: got {_number(self.got)}, "
        line += f"expected {_number(self.expected)}"
        if self.allowed is None:
            return line
        return f"{line}, allowed {float(self.allowed):.3g} apart"


def _number(value: Any) -> str:
    return str(value.item() if isinstance(value, np.generic) else value)


@dataclass(frozen=True)
class Relation:
    """What a law found to compare; `difference` compares it.

    Attributes
    ----------
    got, expected : tuple of arrays
        The two sides; a law about one answer has one array on each.
    agree : function of two arrays
        Gives, cell by cell, whether they stand in the relation.
    what : str
        What it means where they do not.

    """

    got: tuple[Array, ...]
    expected: tuple[Array, ...]
    agree: Callable[[Array, Array], Array]
    what: str

    def difference(
        self, allowed: tuple[Array, ...] | None = None
    ) -> Difference | None:
        """Find the first place where the relation fails.

        `allowed` is a bound on how far apart two cells may be; without one,
        equal means equal.
        """
        return self.held(allowed)[0]

    def held(
        self, allowed: tuple[Array, ...] | None = None
    ) -> tuple[Difference | None, float]:
        """Find what `difference` does, and the largest share of a bound used.

        The share is that of the cells before the difference, or of all.
        """
        largest = 0.0
        if len(self.got) != len(self.expected):
            what = f"{len(self.got)} answers, expected {len(self.expected)}"
            return Difference(what), largest
        for which, (got, expected) in enumerate(
            zip(self.got, self.expected, strict=True)
        ):
            if got.shape != expected.shape:
                what = f"has shape {got.shape}, expected {expected.shape}"
                return Difference(f"{self._name(which)} {what}"), largest
            wrong = ~np.asarray(self.agree(got, expected), dtype=bool)
            bound = None if allowed is None else allowed[which]
            if bound is not None and wrong.any():
                shares = _shares(got, expected, bound, wrong)
                wrong &= shares > 1
                largest = max(largest, float(shares[~wrong].max(initial=0)))
            if wrong.any():
                at = tuple(int(i) for i in np.argwhere(wrong)[0])
                difference = Difference(
                    f"{self._name(which)} {self.what}",
                    at,
                    got[at],
                    expected[at],
                    None if bound is None else bound[at],
                )
                return difference, largest
        return None, largest

    def _name(self, which: int) -> str:
        many = len(self.got) > 1
        return f"answer {which}" if many else "the answer"


def _shares(got: Array, expected: Array, bound: Array, where: Array) -> Array:
    """Give how much of the bound cells are apart, exactly; 0 elsewhere.

    An infinite bound says that nothing can be said of a cell.
    """
    shares = np.zeros(got.shape, object)
    for at in map(tuple, np.argwhere(where).tolist()):
        a, b, most = (_plain(side[at]) for side in (got, expected, bound))
        if math.isinf(most):
            continue
        if all(math.isfinite(side) for side in (a, b)) and most:
            shares[at] = abs(Fraction(a) - Fraction(b)) / Fraction(most)
        else:
            shares[at] = math.inf
    return shares


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _arrays(side: Any) -> tuple[Array, ...]:
    sides = side if isinstance(side, tuple) else (side,)
    return tuple(np.asarray(array) for array in sides)


def _same(a: Array, b: Array) -> Array:
    """Compare cell by cell; a NaN is the same as a NaN."""
    return np.asarray((a == b) | ((a != a) & (b != b)))  # noqa: PLR0124 -- NaN


def _ordered(a: Array, b: Array) -> Array:
    return np.asarray(a <= b)


def equal(got: Any, expected: Any) -> Relation:
    """Two answers, arrays or tuples of them, are the same in every cell."""
    return Relation(_arrays(got), _arrays(expected), _same, "differs")


def at_most(*sides: Any) -> Relation:
    """Each answer is at most the next one, in every cell."""
    arrays = [np.asarray(side) for side in sides]
    return Relation(
        tuple(arrays[:-1]), tuple(arrays[1:]), _ordered, "is too large"
    )


def refuses(call: Callable[[], Any]) -> Relation:
    """Calling raises an error, of whatever kind, and gives no answer."""
    try:
        call()
    except Unsupported:
        raise
    except Exception:  # noqa: BLE001 -- each library has errors of its own
        refused = True
    else:
        refused = False
    return Relation(
        (np.array(refused),), (np.array(True),), _same, "is not a refusal"
    )
