"""Section 6: the largest, the smallest and the mean of every window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers, geometry
from refspec._checks import Frame, Pair
from refspec._numbers import Array
from refspec.geometry import PaddingLike, PairLike

__all__ = [
    "max_pool2d",
    "max_pool2d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "min_pool2d",
    "min_pool2d_backward",
]


class _Windows(NamedTuple):
    """Where the windows of a pooling stand."""

    outputs: Pair
    kernel_size: Pair
    stride: Pair
    dilation: Pair
    frame: Frame  # with the overhang of ceil mode at the end
    real: tuple[Array, Array]  # per axis (outputs, kernel): a pixel is read
    counted: tuple[Array, Array]  # the same, padding included, overhang not

    def views(self, padded: Array) -> Iterator[Array]:
        """Show one pixel of every window after another, in row order."""
        for seen in self._cells().values():
            yield padded[..., *seen]

    def reals(self) -> Iterator[Array]:
        """Say, beside each view, for which windows it is a pixel."""
        rows, columns = self.real
        for u, v in self._cells():
            yield np.logical_and.outer(rows[:, u], columns[:, v])

    def _cells(self) -> dict[Pair, tuple[slice, slice]]:
        return geometry.cells(
            self.outputs, self.kernel_size, self.stride, self.dilation
        )


def _windows(
    sizes: Pair,
    kernel_size: PairLike,
    *,
    stride: PairLike | None,
    padding: PaddingLike,
    dilation: PairLike,
    ceil_mode: bool,
    count_include_pad: bool = False,
) -> _Windows:
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    stride = kernel_size if stride is None else stride
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    outputs = geometry.fit(
        sizes, kernel, strides, frame, dilations, ceil_mode=ceil_mode
    )
    count_include_pad = _checks.flag("count_include_pad", count_include_pad)
    grown, real, counted = [], [], []
    for w, n, k, s, d, (before, after) in zip(
        sizes, outputs, kernel, strides, dilations, frame, strict=True
    ):
        read, is_real = geometry.pixels_read(w, n, k, s, d, before)
        grown.append((before, max(after, int(read.max()) + 1 - w)))
        real.append(is_real)
        counted.append(read < w + after if count_include_pad else is_real)
    if not count_include_pad:
        _refuse_empty(real, frame)
    return _Windows(
        outputs, kernel, strides, dilations, (grown[0], grown[1]),
        (real[0], real[1]), (counted[0], counted[1]),
    )  # fmt: skip


def _refuse_empty(real: list[Array], frame: Frame) -> None:
    rows, columns = (~axis.any(axis=1) for axis in real)
    empty = np.argwhere(np.logical_or.outer(rows, columns))
    if len(empty):
        raise ValueError(
            f"padding: the window at {tuple(empty[0].tolist())} lies wholly "
            f"in the padding {frame} and holds no pixel"
        )


def _select(
    x: Array, at: _Windows, better: Callable[..., Any], losing: Any
) -> Array:
    """Keep the best pixel of every window; padding always loses."""
    first, *others = at.views(geometry.pad_with(losing, x, at.frame))
    y = first.copy()
    for view in others:
        better(y, view, out=y)
    return y


def max_pool2d(
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""Keep the largest value of every window.

    .. math:: Y_{n,c,i,j} = \max_{u,v}
              X_{n,c,\; i S + u D - P,\; j S + v D - P}

    over the pixels of the image; padding never wins.

    Parameters
    ----------
    x : array (N, C, H, W)
        N may be 0.
    kernel_size : int or (rows, columns)
    stride : int or (rows, columns), optional
        The kernel's size if not given.
    padding : int, pair, pair of pairs, "same" or "valid"
        All sides, (rows, columns) or ((top, bottom), (left, right)).
    dilation : int or (rows, columns)
    ceil_mode : bool
        Let a last window overhang the end; see `output_size`.

    Returns
    -------
    array (N, C, Ho, Wo)
        A window with a NaN gives NaN; which of several is not specified, nor
        is the sign of a zero.

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel.

    Notes
    -----
    Claims: 6.3.

    Examples
    --------
    >>> max_pool2d([[[[-9, 1], [-3, 0]]]], 2)
    array([[[[1]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
    )  # fmt: skip
    x, dtype = _numbers.widen(x)
    y = _select(x, at, np.maximum, _numbers.least(x.dtype))
    return _numbers.round_once(y, dtype)


def min_pool2d(
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""Keep the smallest value of every window.

    .. math:: Y_{n,c,i,j} = \min_{u,v}
              X_{n,c,\; i S + u D - P,\; j S + v D - P}

    over the pixels of the image; padding never wins. Parameters, errors and
    what is left open are those of `max_pool2d`.

    Parameters
    ----------
    x : array (N, C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode
        As for `max_pool2d`.

    Returns
    -------
    array (N, C, Ho, Wo)

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel.

    Notes
    -----
    Claims: 6.5.

    Examples
    --------
    >>> min_pool2d([[[[15, 24], [14, 63]]]], 2)
    array([[[[14]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
    )  # fmt: skip
    x, dtype = _numbers.widen(x)
    y = _select(x, at, np.minimum, _numbers.greatest(x.dtype))
    return _numbers.round_once(y, dtype)


def avg_pool2d(
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    r"""Take the mean of every window.

    .. math:: Y_{n,c,i,j} = \frac{1}{m_{i,j}} \sum_{u,v}
              X_{n,c,\; i S + u D - P,\; j S + v D - P}

    Parameters
    ----------
    x : array (N, C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode
        As for `max_pool2d`.
    count_include_pad : bool
        Whether m counts the zeros of the padding, or pixels only. The
        overhang of ceil mode is never counted.

    Returns
    -------
    array (N, C, Ho, Wo)
        Of floats where `x` is of integers.

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel and
        padding is not counted.

    Notes
    -----
    Claims: 6.4.

    Examples
    --------
    >>> avg_pool2d([[[[0, 1, 2, 3]]]], (1, 2))
    array([[[[0.5, 2.5]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )  # fmt: skip
    x, dtype = _numbers.widen(x)
    total = _select(_numbers.divisible(x), at, np.add, 0)
    y = _numbers.divide(total, _divisors(at, total.dtype))
    return _numbers.round_once(y, dtype)


def _divisors(at: _Windows, dtype: np.dtype[Any]) -> Array:
    """Count the cells that each window's mean is over."""
    rows, columns = (axis.sum(axis=1) for axis in at.counted)
    return np.outer(rows, columns).astype(dtype)


def _slopes(dy: ArrayLike, x: Array, at: _Windows) -> tuple[Array, Any]:
    dy = _checks.array("dy", dy, "N C Ho Wo")
    _checks.same_shape("dy", dy, (*x.shape[:2], *at.outputs))
    return _numbers.widen(dy)


def _give_back(
    x: Array, shares: Iterator[Array], at: _Windows, dtype: np.dtype[Any]
) -> Array:
    """Add up what each pixel gets from the windows that see it."""
    dx = np.zeros(x.shape, dtype)
    dx = geometry.pad_with(0, dx, at.frame)
    for view, share in zip(at.views(dx), shares, strict=True):
        np.add(view, share, out=view)
    return geometry.unpad(dx, at.frame)


def _winners(x: Array, y: Array, at: _Windows) -> Iterator[Array]:
    """Say where a pixel is the first that equals its window's answer.

    A NaN equals nothing, itself included, and is its window's answer.
    """
    free = np.ones(y.shape, bool)
    lost = np.any(y != y)  # noqa: PLR0124 -- NaN
    padded = geometry.pad_with(0, x, at.frame)
    framed = padded is not x
    for view, real in zip(at.views(padded), at.reals(), strict=True):
        won = view == y
        if lost:
            won |= view != view  # noqa: PLR0124 -- NaN
        won &= free
        if framed:
            won &= real
        free ^= won
        yield won


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""Take the gradient of a loss through `max_pool2d`.

    .. math:: dX_p = \sum_{i,j} dY_{i,j}\, [\text{p is the first pixel, in
              row order, that is the largest of window } i,j]

    Parameters
    ----------
    dy : array (N, C, Ho, Wo)
        The gradient of the loss with respect to the answer of `max_pool2d`.
    x : array (N, C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode
        As given to `max_pool2d`.

    Returns
    -------
    array (N, C, H, W)
        Of the number type of `dy`. A window's gradient is paid once, also
        where several pixels are tied; which of several NaN gets it is not
        specified.

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> max_pool2d_backward([[[[5]]]], [[[[1, 2], [2, 0]]]], 2)
    array([[[[0, 5],
             [0, 0]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
    )  # fmt: skip
    dy, dtype = _slopes(dy, x, at)
    x, _ = _numbers.widen(x)
    y = _select(x, at, np.maximum, _numbers.least(x.dtype))
    dx = _give_back(x, _numbers.gated(dy, _winners(x, y, at)), at, dy.dtype)
    return _numbers.round_once(dx, dtype)


def min_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""Take the gradient of a loss through `min_pool2d`.

    .. math:: dX_p = \sum_{i,j} dY_{i,j}\, [\text{p is the first pixel, in
              row order, that is the smallest of window } i,j]

    Parameters
    ----------
    dy : array (N, C, Ho, Wo)
        The gradient of the loss with respect to the answer of `min_pool2d`.
    x : array (N, C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode
        As given to `min_pool2d`.

    Returns
    -------
    array (N, C, H, W)
        As `max_pool2d_backward` gives it.

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> min_pool2d_backward([[[[5]]]], [[[[1, 0], [2, 0]]]], 2)
    array([[[[0, 5],
             [0, 0]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
    )  # fmt: skip
    dy, dtype = _slopes(dy, x, at)
    x, _ = _numbers.widen(x)
    y = _select(x, at, np.minimum, _numbers.greatest(x.dtype))
    dx = _give_back(x, _numbers.gated(dy, _winners(x, y, at)), at, dy.dtype)
    return _numbers.round_once(dx, dtype)


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    kernel_size: PairLike,
    /,
    *,
    stride: PairLike | None = None,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    r"""Take the gradient of a loss through `avg_pool2d`.

    .. math:: dX_p = \sum_{i,j} \frac{dY_{i,j}}{m_{i,j}}\,
              [\text{window } i,j \text{ sees } p]

    Parameters
    ----------
    dy : array (N, C, Ho, Wo)
        The gradient of the loss with respect to the answer of `avg_pool2d`.
    x : array (N, C, H, W)
        Its shape is all that counts.
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As given to `avg_pool2d`.

    Returns
    -------
    array (N, C, H, W)
        Of the number type of `dy`, floats where that is of integers.

    Raises
    ------
    ValueError
        If a shape or an option does not fit, or a window has no pixel and
        padding is not counted.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> avg_pool2d_backward([[[[4]]]], [[[[1, 0], [2, 0]]]], 2)
    array([[[[1., 1.],
             [1., 1.]]]])

    """
    x = _checks.images("x", x)
    at = _windows(
        x.shape[2:], kernel_size, stride=stride, padding=padding,
        dilation=dilation, ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )  # fmt: skip
    dy, dtype = _slopes(dy, x, at)
    share = _numbers.divide(dy, _divisors(at, dy.dtype))
    dx = _give_back(x, repeat(share, prod(at.kernel_size)), at, share.dtype)
    return _numbers.round_once(dx, dtype)
