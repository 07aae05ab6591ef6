"""Sections 2, 3 and 5: the convolution, its gradients and its relatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers, geometry
from refspec._checks import Pair
from refspec._numbers import Array
from refspec.geometry import PaddingLike, PairLike

__all__ = [
    "window_response",
    "feature_map",
    "conv2d",
    "conv_transpose2d",
    "conv2d_backward",
    "dilate_kernel",
    "pointwise_conv2d",
    "depthwise_conv2d",
    "separable_conv2d",
]


def window_response(window: ArrayLike, kernel: ArrayLike, /) -> Any:
    r"""Multiply cell by cell, then sum: what one window answers to a filter.

    .. math:: y = \sum_{u,v} X_{u,v}\, F_{u,v}

    Parameters
    ----------
    window, kernel : arrays (KH, KW)

    Returns
    -------
    number
        Of the number type of the arrays.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Claims: 2.3.

    Examples
    --------
    >>> from refspec.lecture import EDGE_FILTER, EDGE_WINDOW
    >>> float(window_response(EDGE_WINDOW, EDGE_FILTER))
    32.64

    """
    window = _checks.image("window", window)
    kernel = _checks.array("kernel", kernel, "KH KW")
    _checks.same_shape("kernel", kernel, window.shape)
    window, kernel, dtype = _numbers.widen(window, kernel, terms=kernel.size)
    y = np.array((window * kernel).sum(), window.dtype)
    return _numbers.round_once(y, dtype)[()]


def feature_map(image: ArrayLike, kernel: ArrayLike, /) -> Array:
    r"""Repeat `window_response` over a whole grey image.

    .. math:: Y_{i,j} = \sum_{u,v} X_{i+u,\; j+v}\, F_{u,v}

    Parameters
    ----------
    image : array (H, W)
    kernel : array (KH, KW)
        No larger than the image.

    Returns
    -------
    array (H - KH + 1, W - KW + 1)

    Raises
    ------
    ValueError
        If an array has another rank, or the kernel is larger.

    Notes
    -----
    Claims: 2.6.

    Examples
    --------
    >>> feature_map([[7, 2, 3], [4, 5, 3], [3, 3, 2]], [[1, 0, -1]] * 3)
    array([[6]])

    """
    image = _checks.array("image", image, "H W")
    kernel = _checks.array("kernel", kernel, "KH KW")
    _checks.not_empty("image.shape", image.shape)
    _checks.not_empty("kernel.shape", kernel.shape)
    regions = geometry.windows(image, kernel.shape)
    answers = [
        [window_response(window, kernel) for window in row] for row in regions
    ]
    return np.array(answers, _numbers.result_type(image, kernel))


def _filters(w: ArrayLike, in_channels: int, groups: int) -> Array:
    w = _checks.array("w", w, "F C/G KH KW")
    _checks.not_empty("w.shape", w.shape)
    groups = _checks.groups(groups, in_channels, len(w))
    if w.shape[1] != in_channels // groups:
        raise ValueError(
            f"w: expected {in_channels // groups} channels (of {in_channels} "
            f"in {groups} groups), found {w.shape[1]} in shape {w.shape}"
        )
    return w


def conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    groups: int = 1,
) -> Array:
    r"""Slide F filters over a batch of images.

    .. math:: Y_{n,f,i,j} = B_f + \sum_{c,u,v} W_{f,c,u,v}\,
              X_{n,\; g C/G + c,\; i S + u D - P,\; j S + v D - P},
              \qquad g = \lfloor f G / F \rfloor

    with zeros where X has no pixel. The kernel is not turned: this is
    cross-correlation, which the lecture and every framework call convolution.

    Parameters
    ----------
    x : array (N, C, H, W)
        N may be 0.
    w : array (F, C/groups, KH, KW)
    b : array (F,), optional
    stride, dilation : int or (rows, columns)
        At least 1; dilation 1 is none.
    padding : int, pair, pair of pairs, "same" or "valid"
        All sides, (rows, columns) or ((top, bottom), (left, right)).
        Cells of zero around the image.
    groups : int
        Divides C and F; filter f sees the channels of its own group only.

    Returns
    -------
    array (N, F, Ho, Wo)
        A not-finite weight over zero padding gives NaN: padding is a number.

    Raises
    ------
    ValueError
        If a shape or an option does not fit the others.

    Notes
    -----
    Claims: 3.1, 5.11.

    Examples
    --------
    >>> image = [[[[7, 2, 3], [4, 5, 3], [3, 3, 2]]]]
    >>> conv2d(image, [[[[1, 0, -1]] * 3]])
    array([[[[6]]]])

    """
    x = _checks.images("x", x)
    w = _filters(w, x.shape[1], groups)
    (n, _, *sizes), (f, _, *kernel) = x.shape, w.shape
    b = None if b is None else _checks.vector("b", b, f, "filter")
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    x, w, b, dtype = _numbers.widen(x, w, b, terms=w[0].size + 1)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    ho, wo = geometry.fit(sizes, kernel, strides, frame, dilations)

    padded = geometry.pad_with(0, x, frame)
    w = w.reshape(groups, f // groups, w[0].size)
    y = np.empty((n, groups, f // groups, ho * wo), x.dtype)
    for part, columns in _columns(padded, kernel, strides, dilations, groups):
        np.matmul(w, columns, out=y[part])
    y = y.reshape(n, f, ho, wo)
    if b is not None:
        y += b[:, None, None]
    return _numbers.round_once(y, dtype)


BLOCK = 2**19
"""Of the columns of a convolution, how many numbers are laid out at once."""


def _blocks(images: int, numbers: int) -> list[slice]:
    """Cut a batch so that each part has `BLOCK` numbers or one image."""
    step = max(1, BLOCK // numbers)
    return [slice(i, i + step) for i in range(0, images, step)]


def _columns(
    padded: Array, kernel: Pair, stride: Pair, dilation: Pair, groups: int
) -> Iterator[tuple[slice, Array]]:
    """Lay windows out as columns, (n, G, C/G KH KW, Ho Wo), part by part."""
    regions = geometry.view(padded, kernel, stride, dilation)
    regions = regions.transpose(0, 1, 4, 5, 2, 3)  # (N, C, KH, KW, Ho, Wo)
    n, c, kh, kw, ho, wo = regions.shape
    rows, area = c // groups * kh * kw, ho * wo
    for part in _blocks(n, groups * rows * area):
        yield part, regions[part].reshape(-1, groups, rows, area)


def conv_transpose2d(
    y: ArrayLike,
    w: ArrayLike,
    /,
    *,
    input_size: PairLike,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    groups: int = 1,
) -> Array:
    r"""Apply the adjoint of `conv2d`: hand every output cell back.

    .. math:: \langle \mathrm{conv}(x, w), y \rangle
              = \langle x, \mathrm{conv}^T(y, w) \rangle

    Parameters
    ----------
    y : array (N, F, Ho, Wo)
        Shaped like an answer of `conv2d`.
    w : array (F, C/groups, KH, KW)
        As given to `conv2d`.
    input_size : int or (H, W)
        Of the images; several sizes give the same (Ho, Wo), so it is told.
    stride, padding, dilation, groups
        As given to `conv2d`.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        If a shape or an option does not fit the others.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> conv_transpose2d([[[[1]]]], [[[[1, 2], [3, 4]]]], input_size=(2, 3))
    Traceback (most recent call last):
    ValueError: y: expected shape (1, 1, 1, 2), found (1, 1, 1, 1)
    >>> conv_transpose2d([[[[1, 1]]]], [[[[1, 2], [3, 4]]]], input_size=(2, 3))
    array([[[[1, 3, 2],
             [3, 7, 4]]]])

    """
    y = _checks.array("y", y, "N F Ho Wo")
    w = _checks.array("w", w, "F C/G KH KW")
    sizes = _checks.pair("input_size", input_size, least=1)
    g = _checks.integer("groups", groups, least=1)
    w = _filters(w, w.shape[1] * g, g)
    (f, c, *kernel), n = w.shape, len(y)
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    y, w, dtype = _numbers.widen(y, w, terms=w[:, 0].size)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    outputs = geometry.fit(sizes, kernel, strides, frame, dilations)
    _checks.same_shape("y", y, (n, f, *outputs))

    y = y.reshape(n, g, f // g, *outputs)
    w = w.reshape(g, f // g, w[0].size).swapaxes(1, 2)
    x = np.empty((n, g * c, *sizes), y.dtype)
    (top, bottom), (left, right) = frame
    padded = top + sizes[0] + bottom, left + sizes[1] + right
    cells = geometry.cells(outputs, kernel, strides, dilations)
    for part in _blocks(n, g * w[0, :, 0].size * outputs[0] * outputs[1]):
        some = np.moveaxis(y[part], 0, -1)  # images innermost: longer rows
        some = some.reshape(g, f // g, -1)  # (G, F/G, Ho Wo n)
        # (G, C/G KH KW, Ho Wo n); of a single filter an outer product
        shares = w * some if f == g else w @ some
        shares = shares.reshape(g * c, *kernel, *outputs, -1)
        sums = np.zeros((g * c, *padded, shares.shape[-1]), x.dtype)
        for (u, v), seen in cells.items():
            sums[:, *seen] += shares[:, u, v]
        inner = sums[:, top : top + sizes[0], left : left + sizes[1]]
        x[part] = np.moveaxis(inner, -1, 0)
    return _numbers.round_once(x, dtype)


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    r"""Take the gradients of a loss through `conv2d`.

    .. math::
        dX = \mathrm{conv}^T(dY, W), \quad
        dW_{f,c,u,v} = \sum_{n,i,j} dY_{n,f,i,j}\,
            X_{n,\; g C/G + c,\; i S + u D - P,\; j S + v D - P}, \quad
        dB_f = \sum_{n,i,j} dY_{n,f,i,j}

    Parameters
    ----------
    dy : array (N, F, Ho, Wo)
        The gradient of the loss with respect to the answer of `conv2d`.
    x : array (N, C, H, W)
    w : array (F, C/groups, KH, KW)
    stride, padding, dilation, groups
        As given to `conv2d`.

    Returns
    -------
    dx, dw, db : arrays
        Shaped like `x`, `w` and the bias (F,).

    Raises
    ------
    ValueError
        If a shape or an option does not fit the others.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> dx, dw, db = conv2d_backward([[[[1, 1]]]], [[[[7, 8, 9]]]], [[[[2]]]],
    ...                              stride=2)
    >>> dx, dw, db
    (array([[[[2, 0, 2]]]]), array([[[[16]]]]), array([2]))

    """
    x = _checks.images("x", x)
    w = _filters(w, x.shape[1], groups)
    dy = _checks.array("dy", dy, "N F Ho Wo")
    dy, x, w, dtype = _numbers.widen(dy, x, w)
    dw, db = filter_gradients(
        dy, x, w, stride=stride, padding=padding, dilation=dilation,
        groups=groups,
    )  # fmt: skip
    dx = conv_transpose2d(
        dy, w, input_size=(x.shape[2], x.shape[3]), stride=stride,
        padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip
    return (
        _numbers.round_once(dx, dtype),
        _numbers.round_once(dw, dtype),
        _numbers.round_once(db, dtype),
    )


def filter_gradients(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
    groups: int = 1,
) -> tuple[Array, Array]:
    """Take dw and db of `conv2d_backward` alone, for a network's first layer.

    Nothing is trained before it, so dx is not asked for.
    """
    x = _checks.images("x", x)
    w = _filters(w, x.shape[1], groups)
    dy = _checks.array("dy", dy, "N F Ho Wo")
    (n, _, *sizes), (f, _, *kernel) = x.shape, w.shape
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    dy, x, w, dtype = _numbers.widen(dy, x, w, terms=dy.size)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    outputs = geometry.fit(sizes, kernel, strides, frame, dilations)
    _checks.same_shape("dy", dy, (n, f, *outputs))

    padded = geometry.pad_with(0, x, frame)
    slopes = dy.reshape(n, groups, f // groups, outputs[0] * outputs[1])
    dw = np.zeros((groups, f // groups, w[0].size), w.dtype)
    for part, columns in _columns(padded, kernel, strides, dilations, groups):
        dw += (slopes[part] @ columns.swapaxes(2, 3)).sum(axis=0)
    dw = dw.reshape(w.shape)
    db = dy.sum(axis=(0, 2, 3))
    return _numbers.round_once(dw, dtype), _numbers.round_once(db, dtype)


def dilate_kernel(w: ArrayLike, /, dilation: PairLike) -> Array:
    r"""Put zeros between the weights of a kernel.

    .. math:: W'_{u D,\; v D} = W_{u,v}, \qquad \text{0 elsewhere}

    Parameters
    ----------
    w : array (..., KH, KW)
    dilation : int or (rows, columns)
        At least 1; dilation 1 is none.

    Returns
    -------
    array (..., KH + (KH - 1)(D - 1), KW + (KW - 1)(D - 1))
        Of the dtype of `w`.

    Raises
    ------
    ValueError
        If `w` has fewer than two axes, or the dilation is below 1.

    Notes
    -----
    Claims: 5.5.

    Examples
    --------
    >>> dilate_kernel([[1, 2, 3]], 2)
    array([[1, 0, 2, 0, 3]])

    """
    w = _checks.image("w", w)
    dh, dw = _checks.pair("dilation", dilation, least=1)
    kh, kw = (
        geometry.effective_kernel_size(k, d)
        for k, d in zip(w.shape[-2:], (dh, dw), strict=True)
    )
    dilated = np.full((*w.shape[:-2], kh, kw), 0, w.dtype)
    dilated[..., ::dh, ::dw] = w
    return dilated


def _matrix(name: str, w: ArrayLike, channels: int) -> Array:
    w = _checks.array(name, w, "F C", "F C 1 1")
    _checks.not_empty(f"{name}.shape", w.shape)
    if w.shape[1:] not in {(channels,), (channels, 1, 1)}:
        raise ValueError(
            f"{name}: expected shape (F, {channels}) or "
            f"(F, {channels}, 1, 1), found shape {w.shape}"
        )
    return w.reshape(len(w), channels, 1, 1)


def pointwise_conv2d(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, /
) -> Array:
    r"""Apply one matrix to the channels of every pixel: a 1 x 1 convolution.

    .. math:: Y_{n,f,i,j} = B_f + \sum_c W_{f,c}\, X_{n,c,i,j}

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (F, C) or (F, C, 1, 1)
    b : array (F,), optional

    Returns
    -------
    array (N, F, H, W)

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Notes
    -----
    Claims: 5.8, 5.9.

    Examples
    --------
    >>> pointwise_conv2d([[[[1, 2]], [[10, 20]]]], [[1, 1], [1, -1]])
    array([[[[ 11,  22]],
    <BLANKLINE>
            [[ -9, -18]]]])

    """
    x = _checks.images("x", x)
    return conv2d(x, _matrix("w", w, x.shape[1]), b)


def _own_filters(name: str, w: ArrayLike, channels: int) -> Array:
    w = _checks.array(name, w, "F C/G KH KW")
    _checks.not_empty(f"{name}.shape", w.shape)
    if len(w) % channels or w.shape[1] != 1:
        raise ValueError(
            f"{name}: expected filters of one channel, as many for each of "
            f"{channels} channels, found shape {w.shape}"
        )
    return w


def depthwise_conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
) -> Array:
    r"""Convolve every channel with filters of its own.

    .. math:: Y_{n,\; c M + m,\; i,j} = B_{c M + m}
              + \sum_{u,v} W_{c M + m,\; 0,u,v}\,
              X_{n,\; c,\; i S + u D - P,\; j S + v D - P}

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (C M, 1, KH, KW)
        M filters for each channel; the lecture has one.
    b : array (C M,), optional
    stride, padding, dilation
        As for `conv2d`.

    Returns
    -------
    array (N, C M, Ho, Wo)

    Raises
    ------
    ValueError
        If a shape or an option does not fit the others.

    Notes
    -----
    Claims: 5.9, 5.12.

    Examples
    --------
    >>> depthwise_conv2d([[[[1, 2]], [[3, 4]]]], [[[[1, 1]]], [[[1, -1]]]])
    array([[[[ 3]],
    <BLANKLINE>
            [[-1]]]])

    """
    x = _checks.images("x", x)
    w = _own_filters("w", w, x.shape[1])
    return conv2d(
        x, w, b, stride=stride, padding=padding, dilation=dilation,
        groups=x.shape[1],
    )  # fmt: skip


def separable_conv2d(
    x: ArrayLike,
    depthwise: ArrayLike,
    pointwise: ArrayLike,
    b: ArrayLike | None = None,
    /,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
) -> Array:
    r"""Convolve channel by channel, then combine the channels.

    .. math:: Y = \mathrm{pointwise}(\mathrm{depthwise}(X, D), P, B)

    Parameters
    ----------
    x : array (N, C, H, W)
    depthwise : array (C M, 1, KH, KW)
    pointwise : array (F, C M) or (F, C M, 1, 1)
    b : array (F,), optional
    stride, padding, dilation
        Of the depthwise step.

    Returns
    -------
    array (N, F, Ho, Wo)

    Raises
    ------
    ValueError
        If a shape or an option does not fit the others.

    Notes
    -----
    Claims: 5.9.

    Examples
    --------
    >>> image = [[[[1, 2]], [[3, 4]]]]
    >>> separable_conv2d(image, [[[[1, 1]]], [[[1, -1]]]], [[1, 10]])
    array([[[[-7]]]])

    """
    x = _checks.images("x", x)
    depthwise = _own_filters("depthwise", depthwise, x.shape[1])
    pointwise = _matrix("pointwise", pointwise, len(depthwise))
    b = None if b is None else _checks.array("b", b)
    x, depthwise, pointwise, b, dtype = _numbers.widen(
        x, depthwise, pointwise, b, terms=depthwise.size * pointwise.size + 1
    )
    maps = depthwise_conv2d(
        x, depthwise, stride=stride, padding=padding, dilation=dilation
    )
    return _numbers.round_once(pointwise_conv2d(maps, pointwise, b), dtype)
