"""What every definition does first: look at its arguments.

Each function returns its argument in the form the definitions compute with,
or raises a ``ValueError`` of one sentence that names the argument, what was
found and what would fit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from refspec import _numbers
from refspec._numbers import Array

Pair = tuple[int, int]
Frame = tuple[Pair, Pair]  # ((top, bottom), (left, right))


def array(name: str, value: ArrayLike, *axes: str) -> Array:
    """Return `value` as an array of real numbers.

    `axes` names the axes of each rank that fits, such as ``"N C H W"``; with
    none, any rank fits.
    """
    try:
        numbers = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected a full array of numbers, found rows of "
            f"unequal length"
        ) from None
    if not _numbers.is_numeric(numbers):
        raise ValueError(
            f"{name}: expected real numbers, found {_kind_of(numbers)}"
        )
    if axes and numbers.ndim not in {len(a.split()) for a in axes}:
        shapes = " or ".join(f"({', '.join(a.split())})" for a in axes)
        raise ValueError(
            f"{name}: expected shape {shapes}, found shape {numbers.shape}"
        )
    return numbers


def images(name: str, value: ArrayLike) -> Array:
    """Return `value` as a batch of images that have pixels."""
    numbers = array(name, value, "N C H W")
    not_empty(f"{name}.shape[1:]", numbers.shape[1:])
    return numbers


def image(name: str, value: ArrayLike) -> Array:
    """Return `value` as an array whose last two axes are rows and columns."""
    numbers = array(name, value)
    if numbers.ndim < 2:
        raise ValueError(
            f"{name}: expected shape (..., H, W), found shape {numbers.shape}"
        )
    not_empty(f"{name}.shape[-2:]", numbers.shape[-2:])
    return numbers


def _kind_of(numbers: Array) -> str:
    if _numbers.is_object(numbers):
        kinds = sorted({type(value).__name__ for value in numbers.flat})
        return f"objects of type {', '.join(kinds)}"
    return f"dtype {numbers.dtype}"


def integer(name: str, value: Any, *, least: int) -> int:
    """Return `value` as an int that is at least `least`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(
            f"{name}: expected an integer, found {value!r}"
        ) from None
    if number < least:
        raise ValueError(f"{name}: expected at least {least}, found {number}")
    return number


def flag(name: str, value: Any) -> bool:
    """Return `value` as a bool, which it has to be."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(  # noqa: TRY004 -- bad input is a ValueError
            f"{name}: expected True or False, found {value!r}"
        )
    return bool(value)


def finite(name: str, value: Any) -> float:
    """Return `value` as one finite float."""
    number = array(name, value, "")
    if not _is_finite(number.item()):
        raise ValueError(f"{name}: expected a finite number, found {value!r}")
    return float(number)


def _is_finite(number: Any) -> bool:
    """Refuse a signaling NaN, and what no float holds, as well."""
    try:
        return math.isfinite(number)
    except (OverflowError, ValueError):
        return False


def iterable(name: str, value: Any, of: str) -> list[Any]:
    """Return `value` as a list of what it holds."""
    try:
        return list(value)
    except TypeError:
        raise ValueError(f"{name}: expected {of}, found {value!r}") from None


def not_negative(name: str, value: Any) -> Any:
    """Return `value` as one finite number that is at least 0."""
    number = array(name, value)
    if number.ndim or not _is_finite(number.item()) or number.item() < 0:
        raise ValueError(
            f"{name}: expected a finite number of at least 0, found {value!r}"
        )
    return number.item()


def pair(name: str, value: Any, *, least: int) -> Pair:
    """Return an int, or a pair of them, as (rows, columns)."""
    if isinstance(value, (str, bytes)) or not _is_sequence(value):
        both = integer(name, value, least=least)
        return both, both
    if len(value) != 2:
        raise ValueError(
            f"{name}: expected an integer or a pair (rows, columns), "
            f"found {value!r}"
        )
    return (
        integer(f"{name}[0]", value[0], least=least),
        integer(f"{name}[1]", value[1], least=least),
    )


def frame(name: str, value: Any) -> Frame:
    """Return padding as ((top, bottom), (left, right)).

    An int is all four, a pair is (rows, columns), a pair of pairs is itself.
    """
    if _is_sequence(value) and any(_is_sequence(side) for side in value):
        if len(value) != 2 or not all(_is_sequence(side) for side in value):
            raise ValueError(
                f"{name}: expected an integer, (rows, columns) or "
                f"((top, bottom), (left, right)), found {value!r}"
            )
        rows, columns = value
        return (
            pair(f"{name}[0]", rows, least=0),
            pair(f"{name}[1]", columns, least=0),
        )
    rows, columns = pair(name, value, least=0)
    return (rows, rows), (columns, columns)


def groups(value: Any, in_channels: int, filters: int) -> int:
    """Return `value` as an int that divides channels and filters."""
    number = integer("groups", value, least=1)
    if in_channels % number or filters % number:
        raise ValueError(
            f"groups: expected a divisor of {in_channels} input channels and "
            f"of {filters} filters, found {number}"
        )
    return number


def vector(name: str, value: ArrayLike, length: int, per: str) -> Array:
    """Return `value` as a vector with one number per `per`."""
    numbers = array(name, value, per)
    if len(numbers) != length:
        raise ValueError(
            f"{name}: expected one value per {per} ({length}), "
            f"found {len(numbers)}"
        )
    return numbers


def same_shape(name: str, value: Array, shape: Sequence[int]) -> None:
    """Refuse an array whose shape is not `shape`."""
    if value.shape != tuple(shape):
        raise ValueError(
            f"{name}: expected shape {tuple(shape)}, found {value.shape}"
        )


def not_empty(name: str, sizes: Sequence[int]) -> None:
    """Refuse a shape that has an axis of size zero."""
    if 0 in sizes:
        raise ValueError(
            f"{name}: expected sizes of at least 1, found {tuple(sizes)}"
        )


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (tuple, list)) or (
        isinstance(value, np.ndarray) and value.ndim > 0
    )
