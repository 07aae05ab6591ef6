"""Number types: what is accepted, what is widened, how a root is taken.

Every definition is generic in the number type. This module holds the three
rules that make it so:

- integers of any width, and booleans, are computed in ``int64``, and in
  Python's own integers where a sum might not fit;
- floats narrower than 32 bits (``float16``, ``bfloat16``) are computed in
  ``float64`` and rounded once, at the end;
- anything else (``float32``, ``float64``, object arrays of ``Fraction``,
  ``Decimal`` or ``int``) is computed as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST_INT = int(np.iinfo(np.int64).max)


def is_object(array: Array) -> bool:
    """Say whether the numbers are Python objects (fractions, decimals)."""
    return array.dtype.kind == "O"


def is_integer(array: Array) -> bool:
    """Say whether the numbers are fixed-width integers or booleans."""
    return array.dtype.kind in "biu"


def _is_extension_float(dtype: np.dtype[Any]) -> bool:
    """Tell bfloat16 and its kin, which NumPy knows as void, from a void."""
    if dtype.kind != "V" or np.can_cast(dtype, np.int64):
        return False  # a void, or an integer such as int4
    return np.can_cast(dtype, np.float32)


def is_numeric(array: Array) -> bool:
    """Say whether every element is a real number."""
    if is_object(array):
        from decimal import Decimal
        from numbers import Real

        return all(isinstance(value, (Real, Decimal)) for value in array.flat)
    return array.dtype.kind in "biuf" or _is_extension_float(array.dtype)


def result_type(*arrays: Array) -> np.dtype[Any]:
    """Give the dtype of an answer made from these arrays.

    Raises
    ------
    ValueError
        If their types have none in common, as ``bfloat16`` and ``int64``.

    """
    if all(is_integer(array) for array in arrays):
        return np.dtype(np.int64)  # NumPy makes uint64 and int64 a float
    dtypes = [array.dtype for array in arrays]
    try:
        return np.result_type(*dtypes)
    except TypeError:
        raise ValueError(
            f"expected arrays of one number type, found "
            f"{', '.join(map(str, dtypes))}"
        ) from None


def _is_narrow(dtype: np.dtype[Any]) -> bool:
    """Tell the floats that are computed in a wider type."""
    return dtype.kind in "fV" and dtype.itemsize < np.dtype("f4").itemsize


def widen(*arrays: Array | None, terms: int = 1) -> tuple[Any, ...]:
    """Bring operands to the type they are computed in.

    Integers whose products, of one number of each array, summed over `terms`,
    might not fit ``int64`` become Python's own, which always do.

    Returns the operands, ``None`` where ``None`` was given, and last the
    dtype that `round_once` brings the answer to.
    """
    given = [array for array in arrays if array is not None]
    rounded = result_type(*given)
    dtype = np.dtype(np.float64) if _is_narrow(rounded) else rounded
    if rounded.kind == "i" and terms * _largest_product(given) > LARGEST_INT:
        dtype = np.dtype(object)
    return (
        *(
            None if array is None else array.astype(dtype, copy=False)
            for array in arrays
        ),
        rounded,
    )


def _largest_product(arrays: Sequence[Array]) -> int:
    """Bound the product of one number of each array."""
    return math.prod(
        max(1, abs(int(array.min())), abs(int(array.max())))
        for array in arrays
        if array.size
    )


def round_once(answer: Array, dtype: np.dtype[Any]) -> Array:
    """Bring an answer to the dtype that its operands came in.

    Raises
    ------
    ValueError
        If it is an integer that does not fit ``int64``.

    """
    # of arrays without axes NumPy makes numbers
    answer = np.asarray(answer, getattr(answer, "dtype", object))
    if _is_narrow(dtype):
        return answer.astype(dtype)
    if dtype.kind == "i" and is_object(answer):
        whole = all(isinstance(value, int) for value in answer.flat)
        try:
            return answer.astype(np.int64 if whole else np.float64)
        except OverflowError:
            raise ValueError(
                "expected an answer that fits int64; pass floats, or Python "
                "integers with dtype=object"
            ) from None
    return answer


def divisible(array: Array) -> Array:
    """Bring integers to floats, where their quotients are."""
    return array.astype(np.float64) if is_integer(array) else array


def divide(array: Array, count: Array | int) -> Array:
    """Divide by a count, in the array's own number type.

    Among objects an integer zero stays what it is, where Python would make
    it a float: padding and `relu` put them between fractions.
    """
    if is_object(array):
        return np.where(array == 0, array, array / count)
    return np.asarray(array / count)


def like(value: Any, array: Array) -> Any:
    """Bring one number, such as eps, to an array's number type.

    A float beside fractions or decimals stands for its exact value.
    """
    if not is_object(array):
        return float(value)
    from decimal import Decimal
    from fractions import Fraction

    exact = Fraction(value)
    if any(isinstance(number, Decimal) for number in array.flat):
        return Decimal(exact.numerator) / exact.denominator
    return exact


def gated(values: Array, gates: Iterable[Array]) -> Iterator[Array]:
    """Keep the numbers where a gate is open; elsewhere there is zero.

    A product does it several times faster than a choice, and as well as long
    as no number is infinite or NaN.
    """
    is_product = not is_object(values) and bool(np.isfinite(values).all())
    for gate in gates:
        yield values * gate if is_product else np.where(gate, values, 0)


def least(dtype: np.dtype[Any]) -> Any:
    """Give what loses against every number of the dtype under a maximum."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -math.inf


def greatest(dtype: np.dtype[Any]) -> Any:
    """Give what loses against every number of the dtype under a minimum."""
    return np.iinfo(dtype).max if dtype.kind in "iu" else math.inf


def _root(value: Any) -> Any:
    """Take one root: exact for fractions, correctly rounded for decimals."""
    if hasattr(value, "sqrt"):
        return value.sqrt()
    from fractions import Fraction

    if isinstance(value, float):
        return math.sqrt(value)
    exact = Fraction(value)
    root = Fraction(math.isqrt(exact.numerator), math.isqrt(exact.denominator))
    if root * root != exact:
        raise ValueError(
            f"the root of {value} is not a fraction; choose eps so that "
            f"variance + eps is a square, or pass floats or decimals"
        )
    return root


def square_root(array: Array) -> Array:
    """Take the root of every element in its own number type.

    Raises
    ------
    ValueError
        If an element is a fraction whose root is not one.

    """
    if not is_object(array):
        return np.asarray(np.sqrt(array))
    roots = [_root(value) for value in array.flat]
    return np.array(roots, dtype=object).reshape(array.shape)


def _each(function: Callable[[Any], Any], array: Array) -> Array:
    """Apply a function of one number to every object of an array."""
    values = [function(value) for value in array.flat]
    return np.array(values, dtype=object).reshape(array.shape)


def exponential(array: Array) -> Array:
    """Take e to every element: decimals give decimals, the rest floats."""
    array = np.asarray(array)
    if is_object(array):
        return _each(_power_of_e, array)
    return np.asarray(np.exp(array))


def exponential_less_1(array: Array) -> Array:
    """Take e to every element, less 1, to the last digit near 0 as well."""
    array = np.asarray(array)
    if is_object(array):
        return _each(_power_of_e_less_1, array)
    return np.asarray(np.expm1(array))


def logarithm(array: Array) -> Array:
    """Take the natural logarithm: of decimals a decimal, else a float."""
    array = np.asarray(array)
    if is_object(array):
        return _each(_logarithm, array)
    return np.asarray(np.log(array))


def _logarithm(value: Any) -> Any:
    return value.ln() if hasattr(value, "ln") else math.log(value)


def _power_of_e(value: Any) -> Any:
    return value.exp() if hasattr(value, "exp") else math.exp(value)


def _power_of_e_less_1(value: Any) -> Any:
    if not hasattr(value, "exp"):
        return math.expm1(value)
    from decimal import localcontext

    with localcontext() as context:
        context.prec += max(0, -value.adjusted())  # the digits that cancel
        return value.exp() - 1
