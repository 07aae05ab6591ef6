"""Section 1: images as tensors, and the layer that forgets they are.

An image is H x W x C: rows, columns, channels. One channel is grey, three
are red, green and blue; more are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers
from refspec._numbers import Array

__all__ = [
    "flatten",
    "unflatten",
    "hwc_to_chw",
    "chw_to_hwc",
    "to_grayscale",
    "dense",
    "dense_backward",
]


def flatten(x: ArrayLike, /) -> Array:
    r"""Lay an image out as a vector.

    .. math:: v_{(i W + j) C + c} = X_{i,j,c}

    the last axis first: the channels of a pixel, then the pixels of a row,
    then the rows. Images of a batch stay apart.

    Parameters
    ----------
    x : array (H, W, C) or a batch (N, H, W, C)
        The axes may stand in any order, such as (N, C, H, W); N may be 0.

    Returns
    -------
    array (H W C,) or (N, H W C)
        Of the dtype of `x`. Nothing is lost but who was whose neighbour.

    Raises
    ------
    ValueError
        If `x` has another rank, or an image has no pixel.

    Notes
    -----
    Claims: 1.1.

    Examples
    --------
    >>> flatten([[[1], [2]], [[3], [4]]])
    array([1, 2, 3, 4])

    """
    x = _checks.array("x", x, "H W C", "N H W C")
    _checks.not_empty("x.shape[-3:]", x.shape[-3:])
    return x.reshape(*x.shape[:-3], prod(x.shape[-3:])).copy()


def unflatten(v: ArrayLike, /, *, shape: Sequence[int]) -> Array:
    r"""Restore an image from its vector: the inverse of `flatten`.

    .. math:: X_{i,j,c} = v_{(i W + j) C + c}

    Parameters
    ----------
    v : array (H W C,) or a batch (N, H W C)
    shape : (H, W, C)
        Of one image.

    Returns
    -------
    array (H, W, C) or (N, H, W, C)
        Of the dtype of `v`.

    Raises
    ------
    ValueError
        If `shape` is not three sizes, or holds another number of values.

    Notes
    -----
    Claims: 1.1.

    Examples
    --------
    >>> unflatten([1, 2, 3, 4], shape=(2, 2, 1)).tolist()
    [[[1], [2]], [[3], [4]]]

    """
    v = _checks.array("v", v, "HWC", "N HWC")
    sizes = _image_shape(shape)
    if v.shape[-1] != prod(sizes):
        raise ValueError(
            f"shape: expected {v.shape[-1]} values in all, found "
            f"{prod(sizes)} in {sizes}"
        )
    return v.reshape(*v.shape[:-1], *sizes).copy()


def _image_shape(shape: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(shape, (tuple, list)) or len(shape) != 3:
        raise ValueError(f"shape: expected three sizes, found {shape!r}")
    return tuple(
        _checks.integer(f"shape[{axis}]", size, least=1)
        for axis, size in enumerate(shape)
    )


def hwc_to_chw(x: ArrayLike, /) -> Array:
    r"""Put the channels before the rows, as layers want them.

    .. math:: Y_{c,i,j} = X_{i,j,c}

    Parameters
    ----------
    x : array (H, W, C) or a batch (N, H, W, C)
        N may be 0.

    Returns
    -------
    array (C, H, W) or (N, C, H, W)
        Of the dtype of `x`.

    Raises
    ------
    ValueError
        If `x` has another rank (a grey image is H x W x 1), or no pixel.

    Notes
    -----
    Claims: 1.5.

    Examples
    --------
    >>> hwc_to_chw([[[255, 0, 0], [0, 0, 255]]]).tolist()
    [[[255, 0]], [[0, 0]], [[0, 255]]]

    """
    x = _checks.array("x", x, "H W C", "N H W C")
    _checks.not_empty("x.shape[-3:]", x.shape[-3:])
    return np.moveaxis(x, -1, -3).copy()


def chw_to_hwc(x: ArrayLike, /) -> Array:
    r"""Put the channels last, as pictures are stored: undo `hwc_to_chw`.

    .. math:: Y_{i,j,c} = X_{c,i,j}

    Parameters
    ----------
    x : array (C, H, W) or a batch (N, C, H, W)
        N may be 0.

    Returns
    -------
    array (H, W, C) or (N, H, W, C)
        Of the dtype of `x`.

    Raises
    ------
    ValueError
        If `x` has another rank (a grey image is 1 x H x W), or no pixel.

    Notes
    -----
    Claims: 1.5.

    Examples
    --------
    >>> chw_to_hwc([[[255, 0]], [[0, 0]], [[0, 255]]]).tolist()
    [[[255, 0, 0], [0, 0, 255]]]

    """
    x = _checks.array("x", x, "C H W", "N C H W")
    _checks.not_empty("x.shape[-3:]", x.shape[-3:])
    return np.moveaxis(x, -3, -1).copy()


def to_grayscale(x: ArrayLike, /) -> Array:
    r"""Weigh red, green and blue into one grey level.

    .. math:: Y = \frac{299\, R + 587\, G + 114\, B}{1000}

    The sum is divided, and not each weight: 0.299 + 0.587 + 0.114 is not one
    in floats, and moves 65 of the 256 grey levels.

    Parameters
    ----------
    x : array (H, W, 3) or a batch (N, H, W, 3)
        N may be 0.

    Returns
    -------
    array (H, W, 1) or (N, H, W, 1)
        Of floats where `x` is of integers. Grey stays as it is: always in
        exact arithmetic, and in floats where 1000 times a level is exact.

    Raises
    ------
    ValueError
        If `x` has another rank, no pixel, or not three channels.

    Notes
    -----
    Claims: 1.6. The weights are those of ITU-R BT.601.

    Examples
    --------
    >>> to_grayscale([[[255, 255, 255], [255, 0, 0]]])
    array([[[255.   ],
            [ 76.245]]])

    """
    x = _checks.array("x", x, "H W 3", "N H W 3")
    _checks.not_empty("x.shape[-3:]", x.shape[-3:])
    if x.shape[-1] != 3:
        raise ValueError(
            f"x: expected 3 channels (red, green, blue), found "
            f"{x.shape[-1]} in shape {x.shape}"
        )
    x, dtype = _numbers.widen(x)
    red, green, blue = np.split(_numbers.divisible(x), 3, axis=-1)
    y = _numbers.divide(299 * red + 587 * green + 114 * blue, 1000)
    return _numbers.round_once(y, dtype)


def _weights(w: ArrayLike, inputs: int) -> Array:
    w = _checks.array("w", w, "O I")
    _checks.not_empty("w.shape", w.shape)
    if w.shape[1] != inputs:
        raise ValueError(
            f"w: expected one weight per input ({inputs}), found "
            f"{w.shape[1]} in shape {w.shape}"
        )
    return w


def dense(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, /) -> Array:
    r"""Weigh every input for every output: a fully connected layer.

    .. math:: Y_{n,o} = B_o + \sum_i W_{o,i}\, X_{n,i}

    Parameters
    ----------
    x : array (N, I)
        Flat: see `flatten`; N may be 0.
    w : array (O, I)
    b : array (O,), optional

    Returns
    -------
    array (N, O)
        A NaN among an example's inputs gives NaN in all of its outputs.

    Raises
    ------
    ValueError
        If the shapes do not fit each other.

    Notes
    -----
    Claims: 1.2.

    Examples
    --------
    >>> dense([[1, 2, 3]], [[1, 0, -1], [1, 1, 1]], [10, 0])
    array([[8, 6]])

    """
    x = _checks.array("x", x, "N I")
    w = _weights(w, x.shape[1])
    b = None if b is None else _checks.vector("b", b, len(w), "output")
    x, w, b, dtype = _numbers.widen(x, w, b, terms=w.shape[1] + 1)
    y = x @ w.T
    if b is not None:
        y += b
    return _numbers.round_once(y, dtype)


def dense_backward(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, /
) -> tuple[Array, Array, Array]:
    r"""Take the gradients of a loss through `dense`.

    .. math::
        dX_{n,i} = \sum_o dY_{n,o}\, W_{o,i}, \quad
        dW_{o,i} = \sum_n dY_{n,o}\, X_{n,i}, \quad
        dB_o = \sum_n dY_{n,o}

    Parameters
    ----------
    dy : array (N, O)
        The gradient of the loss with respect to the answer of `dense`.
    x : array (N, I)
    w : array (O, I)

    Returns
    -------
    dx, dw, db : arrays
        Shaped like `x`, `w` and the bias (O,).

    Raises
    ------
    ValueError
        If the shapes do not fit each other.

    Notes
    -----
    Claims: 1.4, 7.5.

    Examples
    --------
    >>> dense_backward([[2]], [[5, 0]], [[3, 4]])
    (array([[6, 8]]), array([[10,  0]]), array([2]))

    """
    x = _checks.array("x", x, "N I")
    w = _weights(w, x.shape[1])
    dy = _checks.array("dy", dy, "N O")
    _checks.same_shape("dy", dy, (len(x), len(w)))
    dy, x, w, dtype = _numbers.widen(dy, x, w, terms=dy.size)
    return (
        _numbers.round_once(dy @ w, dtype),
        _numbers.round_once(dy.T @ x, dtype),
        _numbers.round_once(dy.sum(axis=0), dtype),
    )
