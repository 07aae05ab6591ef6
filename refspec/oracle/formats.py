"""Floating-point formats, and the arithmetics that kernels are made of.

A kernel reads its inputs in one format, adds in another and answers in a
third: TF32 inputs with float32 sums, float16 with sums in float32 or in
float16. An `Arithmetic` names the three.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refspec._numbers import Array

__all__ = [
    "ARITHMETICS",
    "BFLOAT16",
    "FLOAT16",
    "FLOAT32",
    "FLOAT64",
    "FORMATS",
    "TF32",
    "Arithmetic",
    "Format",
    "dtype_of",
    "lower",
    "nearest",
]


class Format(NamedTuple):
    """A binary floating-point format.

    Attributes
    ----------
    name : str
    digits : int
        Of the significand, the leading one included.
    least : int
        2^least is the least normal number.
    above : int
        Every number is less than 2^above.

    """

    name: str
    digits: int
    least: int
    above: int

    @property
    def u(self) -> Fraction:
        """Half the distance from 1 to the next number."""
        return Fraction(1, 2**self.digits)

    @property
    def tiny(self) -> Fraction:
        """The least normal number: what is smaller may be flushed to 0."""
        return 1 / Fraction(2) ** -self.least

    @property
    def smallest(self) -> Fraction:
        """The least number above 0."""
        return self.tiny * self.u * 2

    @property
    def largest(self) -> Fraction:
        """The greatest finite number."""
        return (1 - self.u) * (1 << self.above)


FLOAT64 = Format("float64", 53, -1022, 1024)
FLOAT32 = Format("float32", 24, -126, 128)
TF32 = Format("TF32", 11, -126, 128)
FLOAT16 = Format("float16", 11, -14, 16)
BFLOAT16 = Format("bfloat16", 8, -126, 128)
FLOAT8 = Format("float8", 4, -6, 9)
FORMATS = {f.name: f for f in (FLOAT64, FLOAT32, TF32, FLOAT16, BFLOAT16)}


class Arithmetic(NamedTuple):
    """In which formats a kernel reads, adds and answers."""

    name: str
    inputs: Format
    sums: Format
    answers: Format


ARITHMETICS = {
    "float64": Arithmetic("float64", FLOAT64, FLOAT64, FLOAT64),
    "float32": Arithmetic("float32", FLOAT32, FLOAT32, FLOAT32),
    "float16": Arithmetic("float16", FLOAT16, FLOAT32, FLOAT16),
    "bfloat16": Arithmetic("bfloat16", BFLOAT16, FLOAT32, BFLOAT16),
}
"""What is expected of each dtype: narrow floats are summed in float32."""


def lower(dtype: str) -> list[Arithmetic]:
    """List the lower precisions of a dtype, the highest first."""
    own = ARITHMETICS[dtype]
    rungs = []
    if own.sums.digits > FLOAT32.digits:
        rungs.append(Arithmetic("float32", FLOAT32, FLOAT32, FLOAT32))
    for form in (TF32, FLOAT16, BFLOAT16, FLOAT8):
        if form.digits < own.inputs.digits:
            name = f"{form.name} inputs"
            rungs.append(Arithmetic(name, form, FLOAT32, own.answers))
        if form in {FLOAT16, BFLOAT16} and form.digits <= own.inputs.digits:
            name = f"{form.name} sums"
            rungs.append(Arithmetic(name, form, form, form))
    return rungs


def dtype_of(name: str) -> np.dtype[Any]:
    """Give the dtype of a name; that of bfloat16 comes from ml_dtypes.

    Raises
    ------
    ValueError
        If no number type has that name.
    ImportError
        If it is bfloat16, and ml_dtypes is not installed.

    """
    if name == "bfloat16":
        try:
            import ml_dtypes
        except ImportError:
            raise ImportError(
                "bfloat16 arrays need ml_dtypes: pip install ml_dtypes"
            ) from None
        dtype: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return dtype
    known = [*ARITHMETICS, "int8", "int64"]
    if name not in known:
        raise ValueError(
            f"dtype: expected one of {', '.join(known)}, found {name!r}"
        )
    return np.dtype(name)


def nearest(array: Array, to: Format) -> Array:
    """Round float64 numbers to the nearest of a format, ties to even."""
    numbers = np.asarray(array, dtype=np.float64)
    _, exponents = np.frexp(numbers)
    last = np.maximum(exponents - to.digits, to.least - to.digits + 1)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.ldexp(np.rint(np.ldexp(numbers, -last)), last)
        beyond = abs(rounded) > float(to.largest)
    return np.where(
        np.isfinite(numbers) & beyond, np.copysign(np.inf, numbers), rounded
    )
