"""The number types that a law runs in, and the data drawn in each.

A *domain* is what one implementation is asked about: one number type, exact,
lattice or real, and the options that it supports.

- **Exact**: fractions and ``int64``. A theorem holds with equality.
- **Lattice**: small integers, or such over a power of two, as floats. Every
  product and partial sum is representable, so a right sum is equal too.
- **Real**: floats over a wide range. An answer is held to its bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array

__all__ = [
    "EXACT",
    "FLOAT32",
    "FLOAT64",
    "FRACTION",
    "INT64",
    "Domain",
    "NoEdgeError",
    "Numbers",
    "Unsupported",
]

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Unsupported(NotImplementedError):  # noqa: N818 -- a limit, no error
    """What is asked is not within what an implementation supports."""


class NoEdgeError(Unsupported):
    """Every edge was crossed, or there is none."""


@dataclass(frozen=True)
class Numbers:
    """A number type, and which of its numbers are drawn."""

    name: str
    dtype: str
    real: bool = False

    @property
    def is_float(self) -> bool:
        """Say whether answers are rounded."""
        return self.dtype.startswith("float")

    @property
    def divides(self) -> bool:
        """Say whether every quotient is exact."""
        return self.dtype == "object"

    def cast(self, values: Any) -> Array:
        """Bring numbers (ints, fractions) to this type.

        Raises
        ------
        ValueError
            If one of them is not a number of this type.

        """
        wanted = np.asarray(values).astype(object)
        if self.divides:
            return _objects(map(Fraction, wanted.flat), wanted.shape)
        array = wanted.astype(self.dtype)
        if not (array.astype(object) == wanted).all():
            raise ValueError(
                f"numbers: {values!r} is not exact in {self.name}"
            )
        return array


FRACTION = Numbers("fractions", "object")
INT64 = Numbers("int64", "int64")
FLOAT64 = Numbers("float64", "float64")
FLOAT32 = Numbers("float32", "float32")
EXACT = (FRACTION, INT64)


def _objects(values: Iterable[Any], shape: tuple[int, ...]) -> Array:
    """Lay Python objects out as an array."""
    array: Array = np.array(list(values), dtype=object).reshape(shape)
    return array


def _one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    values = np.zeros(shape, np.int64)
    if values.size:
        values.flat[rng.integers(values.size)] = 1
    return values


def _counting(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    size = int(np.prod(shape))
    return (np.arange(size).reshape(shape) + rng.integers(5)) % 5 + 1


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.integers(-4, 5, shape)


def _ties(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.integers(-1, 2, shape)


def _negative(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.integers(-4, 0, shape)


def _constant(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.full(shape, rng.integers(-4, 5))


TEXTURES = {
    "one-hot": _one_hot,
    "counting": _counting,
    "noise": _noise,
    "ties": _ties,
    "negative": _negative,
    "constant": _constant,
}


EDGES: Mapping[str, tuple[int, ...]] = {
    "rows": (31, 32, 33, 63, 64, 65),
    "columns": (31, 32, 33, 63, 64, 65),
    "classes": (5, 33, 65, 257),
    "values": (33, 257),
    "pixels": (33, 257, 1025),
    "inputs": (5, 17, 33, 65, 129, 257),
    "channels": (5, 16, 17, 33),
    "filters": (5, 16, 17, 33),
    "square": (8, 16, 33),
    "groups": (5, 17, 33),
    "batch": (5, 17, 33),
    "kernel_size": (5, 7, 11),
}
"""Sizes about which tiles of fast kernels end, one dimension at a time."""

TELLING = ("counting", "noise")
"""Textures of which no part is like another: none hides a tile's edge."""


@dataclass(frozen=True)
class Domain:
    """What one implementation is asked about.

    Attributes
    ----------
    numbers : Numbers
    supports : mapping of str to frozenset
        The values of an option that are supported, where not all.
    edges : int
        One problem in so many crosses an edge of a tile; 0 for none.
    free : bool
        Take any value that is declared as supported, whether or not a law
        would have thought of it.
    far : int
        How far from 0 a mean may be; 0 for what suits the numbers.
    turn : pair of int, optional
        Which edge is crossed, in turn, and how many were before; without,
        it is left to chance, which comes back to a few of them.

    """

    numbers: Numbers = FRACTION
    supports: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    edges: int = 0
    free: bool = False
    far: int = 0
    turn: tuple[int, int] | None = None

    def edge(self, *dimensions: str) -> st.SearchStrategy[Any]:
        """Choose a dimension that crosses a tile's edge, and its size.

        Raises
        ------
        NoEdgeError
            If each had its turn.

        """
        crossing = [
            (name, size)
            for name in dimensions
            for size in EDGES[name]
            if size in self.supports.get(name, {size})
        ]
        if self.turn and self.turn[1] >= len(crossing):
            raise NoEdgeError(f"every edge of {dimensions} had its turn")
        if not self.edges or not crossing:
            return st.just(("", 0))
        if self.turn:
            lap, place = divmod(self.turn[0], len(crossing))
            order = np.random.default_rng(lap).permutation(len(crossing))
            return st.just(crossing[order[place]])
        chosen = st.sampled_from(crossing)
        return st.integers(1, self.edges).flatmap(
            lambda i: chosen if i == self.edges else st.just(("", 0))
        )

    def values(self, option: str, wanted: Iterable[Any]) -> tuple[Any, ...]:
        """List the values of an option to choose from."""
        allowed = self.supports.get(option)
        if allowed is None:
            return tuple(wanted)
        both = tuple(v for v in wanted if v in allowed)
        return tuple(sorted(allowed)) if self.free and not both else both

    def among(
        self, option: str, wanted: Iterable[Any]
    ) -> st.SearchStrategy[Any]:
        """Choose a value of an option that is supported.

        Raises
        ------
        Unsupported
            If none is.

        """
        values = list(wanted)
        allowed = self.supports.get(option)
        left = self.values(option, values)
        if not left:
            raise Unsupported(
                f"{option}: expected one of {values}, and the implementation "
                f"supports {set(allowed or ())} only"
            )
        return st.sampled_from(left)

    def tensor(
        self, draw: Draw, shape: tuple[int, ...], *textures: str
    ) -> Array:
        """Draw an array: a texture, and a seed for its numbers.

        Two small integers shrink faster than a list of elements, and still
        to a small array: the shape shrinks with the geometry.
        """
        usual = TELLING if self.turn else tuple(TEXTURES)
        texture = draw(st.sampled_from(textures or usual))
        rng = np.random.default_rng(draw(st.integers(0, 999)))
        values = TEXTURES[texture](shape, rng)
        if self.numbers.dtype == "int64":
            return values
        if self.numbers.divides:
            parts = draw(st.sampled_from([1, 2, 3, 7]))
            return _objects(
                (Fraction(int(v), parts) for v in values.flat), shape
            )
        if self.numbers.real:
            return self._rough(draw, values, rng)
        scaled: Array = values * draw(st.sampled_from([1.0, 0.5, 4.0]))
        return scaled.astype(self.numbers.dtype)

    def _rough(
        self, draw: Draw, values: Array, rng: np.random.Generator
    ) -> Array:
        """Spread numbers over a range of magnitudes; zeros stay zeros."""
        spread = draw(st.sampled_from([0, 3, 12]))
        factor = rng.uniform(1, 2, values.shape) * np.exp2(
            rng.integers(-spread, spread + 1, values.shape)
        )
        rough: Array = values * factor
        return rough.astype(self.numbers.dtype)
