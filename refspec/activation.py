"""Section 6: functions of one number, applied to every cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers
from refspec._numbers import Array

__all__ = [
    "relu",
    "relu_backward",
    "sigmoid",
    "tanh",
]


def relu(x: ArrayLike, /) -> Array:
    r"""Keep what is positive, put zero for what is not.

    .. math:: Y = \max(0, X)

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array shaped like `x`
        A NaN stays NaN; the sign of a zero is not specified.

    Raises
    ------
    ValueError
        If `x` is not of real numbers.

    Notes
    -----
    Claims: 6.7.

    Examples
    --------
    >>> relu([-2, 0, 3])
    array([0, 0, 3])

    """
    x, dtype = _numbers.widen(_checks.array("x", x))
    return _numbers.round_once(np.maximum(x, 0), dtype)


def relu_backward(dy: ArrayLike, x: ArrayLike, /) -> Array:
    r"""Take the gradient of a loss through `relu`.

    .. math:: dX = dY\, [X > 0]

    At zero, where there is no derivative, the gradient is 0.

    Parameters
    ----------
    dy : array of any shape
        The gradient of the loss with respect to the answer of `relu`.
    x : array shaped like `dy`
        As given to `relu`.

    Returns
    -------
    array shaped like `x`
        Of the number type of `dy`. Where `x` is NaN the gradient is 0: a
        NaN is not above zero.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Claims: 6.8, 7.5.

    Examples
    --------
    >>> relu_backward([5, 6, 7], [-2, 0, 3])
    array([0, 0, 7])

    """
    x = _checks.array("x", x)
    dy = _checks.array("dy", dy)
    _checks.same_shape("dy", dy, x.shape)
    dy, dtype = _numbers.widen(dy)
    (dx,) = _numbers.gated(dy, [x > 0])
    return _numbers.round_once(dx, dtype)


def sigmoid(x: ArrayLike, /) -> Array:
    r"""Squeeze every number between 0 and 1.

    .. math:: Y = \frac{1}{1 + e^{-X}} = \frac{e^X}{1 + e^X}

    the first where X is positive and the second where it is not, so that the
    power is never above 1.

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array shaped like `x`
        Of floats, or of decimals where `x` is. A NaN stays NaN, and minus
        and plus infinity give 0 and 1.

    Raises
    ------
    ValueError
        If `x` is not of real numbers.

    Notes
    -----
    Claims: 6.10.

    Examples
    --------
    >>> sigmoid([0, -1000, 1000])
    array([0.5, 0. , 1. ])

    """
    x, dtype = _numbers.widen(_checks.array("x", x))
    x = _numbers.divisible(x)
    power = _numbers.exponential(-abs(x))
    return _numbers.round_once(np.where(x < 0, power, 1) / (1 + power), dtype)


def tanh(x: ArrayLike, /) -> Array:
    r"""Squeeze every number between -1 and 1.

    .. math:: Y = \frac{e^X - e^{-X}}{e^X + e^{-X}}
              = \pm \frac{1 - e^{-2|X|}}{1 + e^{-2|X|}}

    with the power less 1 taken at once: near 0 the difference of two
    rounded numbers would be lost.

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array shaped like `x`
        Of floats, or of decimals where `x` is. A NaN stays NaN, and minus
        and plus infinity give -1 and 1; the sign of a zero is not specified.

    Raises
    ------
    ValueError
        If `x` is not of real numbers.

    Notes
    -----
    Claims: 6.10.

    Examples
    --------
    >>> tanh([0, -1000, 1000])
    array([ 0., -1.,  1.])

    """
    x, dtype = _numbers.widen(_checks.array("x", x))
    x = _numbers.divisible(x)
    less = _numbers.exponential_less_1(-2 * abs(x))
    return _numbers.round_once(
        np.where(x < 0, less, -less) / (2 + less), dtype
    )
