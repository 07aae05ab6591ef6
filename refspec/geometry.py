"""Sections 2 and 4: sizes, padding, windows, coverage.

Where a window may stand, how many of them there are, and which pixels they
see. Nothing here looks at a pixel's value.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks
from refspec._checks import Frame, Pair
from refspec._numbers import Array

__all__ = [
    "coverage",
    "effective_kernel_size",
    "output_size",
    "same_padding",
    "unpad",
    "windows",
    "zero_pad",
]

PairLike = int | tuple[int, int]
PaddingLike = (
    int
    | tuple[int, int]
    | tuple[tuple[int, int], tuple[int, int]]
    | Literal["same", "valid"]
)


def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    r"""Size of a kernel whose cells stand `dilation` apart.

    .. math:: K_{eff} = K + (K - 1)(D - 1)

    Parameters
    ----------
    kernel_size, dilation : int
        At least 1; dilation 1 is none.

    Returns
    -------
    int
        The number of cells from the first to the last, gaps included.

    Raises
    ------
    ValueError
        If either is not a positive integer.

    Notes
    -----
    Claims: 5.5.

    Examples
    --------
    >>> effective_kernel_size(3, 2)
    5

    """
    k = _checks.integer("kernel_size", kernel_size, least=1)
    d = _checks.integer("dilation", dilation, least=1)
    return k + (k - 1) * (d - 1)


def output_size(
    size: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: PairLike = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    r"""Count the windows along one axis.

    .. math:: W_{out} = \left\lfloor
              \frac{W + P_0 + P_1 - K_{eff}}{S} \right\rfloor + 1

    Parameters
    ----------
    size, kernel_size, stride, dilation : int
        Along this axis, in pixels; at least 1.
    padding : int or (before, after)
        Cells added at each end; an int is both.
    ceil_mode : bool
        Round up instead of down: a last window may overhang the end, but is
        dropped if it would start past the input and the padding before it.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If a size is not a positive integer, the padding is negative, or the
        kernel is larger than the padded input.

    Notes
    -----
    Claims: 4.2, 4.6, 5.2, 6.6. The slide's formula has no floor; Dumoulin and
    Visin, *A guide to convolution arithmetic for deep learning* (2016),
    relationship 6, has it.

    Examples
    --------
    >>> output_size(5, 3), output_size(5, 3, padding=1)
    (3, 5)
    >>> [output_size(6, 3, stride=2, ceil_mode=up) for up in (False, True)]
    [2, 3]

    """
    size = _checks.integer("size", size, least=1)
    stride = _checks.integer("stride", stride, least=1)
    before, after = _checks.pair("padding", padding, least=0)
    reach = effective_kernel_size(kernel_size, dilation)
    room = size + before + after - reach
    if room < 0:
        raise ValueError(
            f"kernel_size: a kernel of {kernel_size} with dilation {dilation} "
            f"spans {reach} cells; the padded input has {room + reach}"
        )
    if not _checks.flag("ceil_mode", ceil_mode):
        return room // stride + 1
    last = -(-room // stride)
    return last if last * stride >= size + before else last + 1


def same_padding(
    size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1
) -> Pair:
    r"""Padding that gives ceil(W / S) windows along one axis.

    .. math:: P_0 + P_1 = \max(0, (\lceil W/S \rceil - 1) S + K_{eff} - W)

    Parameters
    ----------
    size, kernel_size, stride, dilation : int
        Along this axis; at least 1.

    Returns
    -------
    (before, after) : tuple of int
        As equal as can be; an odd cell stands at the end.

    Raises
    ------
    ValueError
        If an argument is not a positive integer.

    Notes
    -----
    Claims: 4.7. TensorFlow's and ONNX's rule (``SAME_UPPER``); PyTorch has it
    for stride 1 only.

    Examples
    --------
    >>> same_padding(5, 3)
    (1, 1)
    >>> same_padding(5, 2), same_padding(6, 3, stride=2)
    ((0, 1), (0, 1))

    """
    size = _checks.integer("size", size, least=1)
    stride = _checks.integer("stride", stride, least=1)
    reach = effective_kernel_size(kernel_size, dilation)
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + reach - size)
    return total // 2, total - total // 2


def frame_of(
    padding: Any, sizes: Pair, kernel_size: Pair, stride: Pair, dilation: Pair
) -> Frame:
    """Spell padding out as ((top, bottom), (left, right))."""
    if isinstance(padding, str):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "same":
            rows, columns = (
                same_padding(w, k, stride=s, dilation=d)
                for w, k, s, d in zip(
                    sizes, kernel_size, stride, dilation, strict=True
                )
            )
            return rows, columns
        raise ValueError(
            f'padding: expected "same", "valid" or numbers, found {padding!r}'
        )
    return _checks.frame("padding", padding)


def pad_with(value: Any, x: Array, frame: Frame) -> Array:
    """Frame the last two axes of `x` with `value`."""
    (top, bottom), (left, right) = frame
    if not top + bottom + left + right:
        return x
    height, width = x.shape[-2:]
    shape = (*x.shape[:-2], top + height + bottom, left + width + right)
    padded = np.full(shape, value, dtype=x.dtype)
    padded[..., top : top + height, left : left + width] = x
    return padded


def zero_pad(x: ArrayLike, /, padding: PaddingLike) -> Array:
    r"""Frame an image with zeros.

    Parameters
    ----------
    x : array (..., H, W)
    padding : int, (rows, columns) or ((top, bottom), (left, right))
        Cells added on each side; at least 0.

    Returns
    -------
    array (..., top + H + bottom, left + W + right)
        Of the dtype of `x`.

    Raises
    ------
    ValueError
        If `x` has fewer than two axes or the padding is negative.

    Notes
    -----
    Claims: 4.5.

    Examples
    --------
    >>> zero_pad([[1, 2]], 1)
    array([[0, 0, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 0, 0]])

    """
    x = _checks.image("x", x)
    frame = _checks.frame("padding", padding)
    return pad_with(0, x.copy(), frame)


def unpad(x: ArrayLike, /, padding: PaddingLike) -> Array:
    r"""Take a frame off: the inverse of `zero_pad`.

    Parameters
    ----------
    x : array (..., H, W)
    padding : int, (rows, columns) or ((top, bottom), (left, right))
        Cells removed on each side; at least 0, and fewer than there are.

    Returns
    -------
    array (..., H - top - bottom, W - left - right)

    Raises
    ------
    ValueError
        If nothing would be left.

    Notes
    -----
    Claims: 4.5. A slice ``[p:-p]`` is empty at p = 0; counting from the start
    is not.

    Examples
    --------
    >>> unpad([[0, 0, 0], [0, 7, 0], [0, 0, 0]], 1)
    array([[7]])
    >>> unpad([[7]], 0)
    array([[7]])

    """
    x = _checks.image("x", x)
    (top, bottom), (left, right) = _checks.frame("padding", padding)
    height, width = x.shape[-2:]
    if top + bottom >= height or left + right >= width:
        raise ValueError(
            f"padding: {padding!r} leaves nothing of {height} x {width} pixels"
        )
    return x[..., top : height - bottom, left : width - right].copy()


def windows(
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
) -> Array:
    r"""Show every region that a kernel slides over, in order.

    .. math:: V_{i,j,u,v} = X_{i S + u D - P,\; j S + v D - P}

    Parameters
    ----------
    x : array (..., H, W)
    kernel_size : int or (KH, KW)
    stride, padding, dilation
        As for `conv2d`.

    Returns
    -------
    array (..., Ho, Wo, KH, KW)
        A read-only view of the padded image.

    Raises
    ------
    ValueError
        If the kernel is larger than the padded image, or an option is not
        what it should be.

    Notes
    -----
    Claims: 2.1.

    Examples
    --------
    >>> windows([[1, 2, 3], [4, 5, 6]], 2)[0]
    array([[[1, 2],
            [4, 5]],
    <BLANKLINE>
           [[2, 3],
            [5, 6]]])

    """
    x = _checks.image("x", x)
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    frame = frame_of(padding, x.shape[-2:], kernel, strides, dilations)
    fit(x.shape[-2:], kernel, strides, frame, dilations)
    return view(pad_with(0, x, frame), kernel, strides, dilations)


def fit(
    sizes: Pair,
    kernel_size: Pair,
    stride: Pair,
    frame: Frame,
    dilation: Pair,
    *,
    ceil_mode: bool = False,
) -> Pair:
    """Count the windows along both axes."""
    rows, columns = (
        output_size(w, k, stride=s, padding=p, dilation=d, ceil_mode=ceil_mode)
        for w, k, s, p, d in zip(
            sizes, kernel_size, stride, frame, dilation, strict=True
        )
    )
    return rows, columns


def view(
    padded: Array, kernel_size: Pair, stride: Pair, dilation: Pair
) -> Array:
    """View a padded image as its windows: (..., Ho, Wo, KH, KW)."""
    reach = [
        effective_kernel_size(k, d)
        for k, d in zip(kernel_size, dilation, strict=True)
    ]
    every = np.lib.stride_tricks.sliding_window_view(
        padded, reach, axis=(-2, -1)
    )
    (sh, sw), (dh, dw) = stride, dilation
    return every[..., ::sh, ::sw, ::dh, ::dw]


def cells(
    outputs: Pair, kernel_size: Pair, stride: Pair, dilation: Pair
) -> dict[Pair, tuple[slice, slice]]:
    """Give, for each kernel cell, the padded pixels that it meets."""
    (ho, wo), (sh, sw), (dh, dw) = outputs, stride, dilation
    return {
        (u, v): (
            slice(u * dh, u * dh + (ho - 1) * sh + 1, sh),
            slice(v * dw, v * dw + (wo - 1) * sw + 1, sw),
        )
        for u, v in product(range(kernel_size[0]), range(kernel_size[1]))
    }


def coverage(
    sizes: PairLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
) -> Array:
    r"""Count the windows that see each pixel.

    .. math:: C_{r,c} = \#\{(i,u): i S + u D - P = r\} \cdot
                        \#\{(j,v): j S + v D - P = c\}

    Parameters
    ----------
    sizes : int or (H, W)
        Of the image.
    kernel_size, stride, padding, dilation
        As for `conv2d`.

    Returns
    -------
    int64 array (H, W)

    Raises
    ------
    ValueError
        If the kernel is larger than the padded image, or an option is not
        what it should be.

    Notes
    -----
    Claims: 4.3, 4.4.

    Examples
    --------
    >>> coverage((3, 4), 2)
    array([[1, 2, 2, 1],
           [2, 4, 4, 2],
           [1, 2, 2, 1]])

    """
    sizes = _checks.pair("sizes", sizes, least=1)
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    frame = frame_of(padding, sizes, kernel, strides, dilations)
    outputs = fit(sizes, kernel, strides, frame, dilations)
    seen = []
    for w, n, k, s, d, (before, _) in zip(
        sizes, outputs, kernel, strides, dilations, frame, strict=True
    ):
        read, real = pixels_read(w, n, k, s, d, before)
        seen.append(np.bincount(read[real], minlength=w))
    return np.outer(*seen)


def pixels_read(
    size: int, outputs: int, kernel_size: int, stride: int, dilation: int,
    before: int,
) -> tuple[Array, Array]:  # fmt: skip
    """Tell which pixel each cell of each window reads, along one axis.

    Returns the indices (outputs, kernel_size), and which of them are pixels
    of the image and not of its padding.
    """
    # of one there is no next, however far off it would be
    stride = stride if outputs > 1 else 1
    dilation = dilation if kernel_size > 1 else 1
    first = stride * np.arange(outputs) - before
    read = np.add.outer(first, dilation * np.arange(kernel_size))
    return read, (read >= 0) & (read < size)
