"""Section 4: what a unit deep in a stack of layers sees of the image.

All of it is counted in whole pixels. Gradients in floats would not do: at a
thousand layers they underflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers, convolution, geometry
from refspec._checks import Frame, Pair
from refspec._numbers import Array
from refspec.geometry import PaddingLike, PairLike

__all__ = [
    "Window",
    "ReceptiveField",
    "receptive_field",
    "receptive_field_closed_form",
    "receptive_field_trace",
    "effective_receptive_field",
]


class Window(NamedTuple):
    """What a layer slides over its maps: all that a field depends on.

    Attributes
    ----------
    kernel_size, stride, dilation : int or (rows, columns)
    padding : int, (rows, columns) or ((top, bottom), (left, right))

    Notes
    -----
    Claims: 4.8.

    Examples
    --------
    >>> Window(3, stride=2)
    Window(kernel_size=3, stride=2, padding=0, dilation=1)

    """

    kernel_size: PairLike
    stride: PairLike = 1
    padding: PaddingLike = 0
    dilation: PairLike = 1


class ReceptiveField(NamedTuple):
    """What the cells of a map see of the image, along (rows, columns).

    The first cell sees `size` pixels from `start` on, the next cell those
    that stand `jump` further; padding is not clipped off.

    Attributes
    ----------
    size, jump, start : (rows, columns)
        In pixels; a negative start is in the padding.

    Notes
    -----
    Claims: 4.8.

    Examples
    --------
    >>> receptive_field([Window(3, padding=1)]).start
    (-1, -1)

    """

    size: Pair
    jump: Pair
    start: Pair


PIXEL = ReceptiveField((1, 1), (1, 1), (0, 0))
"""What a pixel sees of the image: itself."""


class _Axis(NamedTuple):
    """A window along one axis."""

    kernel_size: int
    stride: int
    before: int
    dilation: int

    @property
    def reach(self) -> int:
        """The effective kernel size."""
        return geometry.effective_kernel_size(self.kernel_size, self.dilation)


def _axes(window: Window) -> tuple[_Axis, _Axis]:
    """Check a window, and take its rows and columns apart."""
    kernel = _checks.pair("kernel_size", window.kernel_size, least=1)
    stride = _checks.pair("stride", window.stride, least=1)
    dilation = _checks.pair("dilation", window.dilation, least=1)
    frame: Frame = _checks.frame("padding", window.padding)
    rows, columns = (
        _Axis(k, s, before, d)
        for k, s, (before, _), d in zip(
            kernel, stride, frame, dilation, strict=True
        )
    )
    return rows, columns


def _both(windows: Iterable[Window]) -> tuple[list[_Axis], list[_Axis]]:
    """Check a stack, and take its rows and columns apart."""
    pairs = [_axes(window) for window in _stack(windows)]
    return [rows for rows, _ in pairs], [columns for _, columns in pairs]


def _stack(windows: Iterable[Window]) -> list[Window]:
    """Refuse what is no stack of windows."""
    of = "a Window for each layer"
    stack = _checks.iterable("windows", windows, of)
    for window in stack:
        if not isinstance(window, Window):
            raise ValueError(  # noqa: TRY004 -- bad input is a ValueError
                f"windows: expected {of}, found {window!r}"
            )
    return stack


def grow(field: ReceptiveField, window: Window) -> ReceptiveField:
    """Look at a map through one more window."""
    rows, columns = (
        (
            size + (axis.reach - 1) * jump,
            jump * axis.stride,
            start - axis.before * jump,
        )
        for axis, size, jump, start in zip(_axes(window), *field, strict=True)
    )
    return ReceptiveField(*zip(rows, columns, strict=True))


def join(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """Span the fields of branches that meet; all have one jump."""
    starts = [min(field.start[axis] for field in fields) for axis in (0, 1)]
    ends = [
        max(field.start[axis] + field.size[axis] for field in fields)
        for axis in (0, 1)
    ]
    return ReceptiveField(
        size=(ends[0] - starts[0], ends[1] - starts[1]),
        jump=fields[0].jump,
        start=(starts[0], starts[1]),
    )


def receptive_field(windows: Iterable[Window], /) -> ReceptiveField:
    r"""Follow size, jump and start of the field from layer to layer.

    .. math::
        j_l = j_{l-1} s_l, \qquad
        RF_l = RF_{l-1} + (K_{eff,l} - 1)\, j_{l-1}, \qquad
        t_l = t_{l-1} - P_l\, j_{l-1}

    from j = RF = 1 and t = 0.

    Parameters
    ----------
    windows : iterable of Window
        Of the layers, from the image on; a ReLU or a batch norm has none.

    Returns
    -------
    ReceptiveField
        Of the last layer's cells.

    Raises
    ------
    ValueError
        If a window is none, or has an option that is not what it should be.

    Notes
    -----
    Claims: 4.8, 4.11.

    Examples
    --------
    >>> [receptive_field([Window(3)] * depth).size[0] for depth in (1, 2, 3)]
    [3, 5, 7]

    """
    field = PIXEL
    for window in _stack(windows):
        field = grow(field, window)
    return field


def receptive_field_closed_form(
    windows: Iterable[Window], /
) -> ReceptiveField:
    r"""Sum up the field of a stack at once.

    .. math::
        RF = 1 + \sum_l (K_{eff,l} - 1) \prod_{i<l} s_i, \qquad
        j = \prod_l s_l, \qquad t = -\sum_l P_l \prod_{i<l} s_i

    Parameters
    ----------
    windows : iterable of Window
        Of the layers, from the image on.

    Returns
    -------
    ReceptiveField
        Of the last layer's cells.

    Raises
    ------
    ValueError
        If a window is none, or has an option that is not what it should be.

    Notes
    -----
    Claims: 4.13.

    Examples
    --------
    >>> receptive_field_closed_form([Window(3, stride=2), Window(3)]).size
    (7, 7)

    """
    rows, columns = (
        (
            1 + sum((a.reach - 1) * jump for a, jump in _jumps(axes)),
            prod(a.stride for a in axes),
            -sum(a.before * jump for a, jump in _jumps(axes)),
        )
        for axes in _both(windows)
    )
    return ReceptiveField(*zip(rows, columns, strict=True))


def _jumps(axes: Sequence[_Axis]) -> list[tuple[_Axis, int]]:
    """Give each layer with the product of the strides before it."""
    strides = [axis.stride for axis in axes]
    return [(axis, prod(strides[:l])) for l, axis in enumerate(axes)]


def receptive_field_trace(
    windows: Iterable[Window], /, *, cell: PairLike = 0
) -> tuple[Array, Array]:
    """Trace the pixels that one cell reads back through every layer.

    Parameters
    ----------
    windows : iterable of Window
        Of the layers, from the image on.
    cell : int or (row, column)
        Of the last layer's map.

    Returns
    -------
    rows, columns : int arrays
        In order; the field is every pair of them. Pixels in the padding, or
        past the image, are not clipped off. There may be holes.

    Raises
    ------
    ValueError
        If a window is none, or has an option that is not what it should be.

    Notes
    -----
    Claims: 4.8, 4.13.

    Examples
    --------
    >>> rows, _ = receptive_field_trace([Window(1, stride=2), Window(3)])
    >>> rows
    array([0, 2, 4])

    """
    cells = _checks.pair("cell", cell, least=0)
    rows, columns = (
        _traced(axes, first)
        for axes, first in zip(_both(windows), cells, strict=True)
    )
    return rows, columns


def _traced(axes: Sequence[_Axis], first: int) -> Array:
    """Trace along one axis: which cells from `first` on are read."""
    read = np.ones(1, bool)
    for k, s, before, d in reversed(axes):
        stride_span = (len(read) - 1) * s + 1
        below = np.zeros(stride_span + (k - 1) * d, bool)
        for u in range(k):
            below[u * d : u * d + stride_span : s] |= read
        read, first = below, first * s - before
    return first + np.flatnonzero(read)


def effective_receptive_field(
    filters: Sequence[ArrayLike],
    /,
    *,
    strides: Sequence[PairLike] | None = None,
    dilations: Sequence[PairLike] | None = None,
) -> Array:
    r"""Weigh each pixel of the field: the gradient of one output cell.

    .. math:: E_{c,r,q} = \frac{\partial \sum_f Y_{f,i,j}}
                               {\partial X_{c,r,q}}

    through convolutions with nothing between them, for a cell whose field
    lies within the image.

    Parameters
    ----------
    filters : sequence of arrays (F, C, KH, KW)
        The weights of each layer, from the image on.
    strides, dilations : sequence of int or (rows, columns), optional
        Of each layer; 1 if not given.

    Returns
    -------
    array (C, RF, RF)
        As large as the theoretical field; in its corners as in its centre.

    Raises
    ------
    ValueError
        If a layer's channels are not the filters of the layer before, or
        there is not one stride and dilation per layer.

    Notes
    -----
    Claims: 4.15, 4.16. Luo, Li, Urtasun and Zemel, *Understanding the
    Effective Receptive Field in Deep Convolutional Neural Networks* (2016).

    Examples
    --------
    >>> effective_receptive_field([[[[[1, 1, 1]]]]] * 2)
    array([[[1, 2, 3, 2, 1]]])

    """
    layers = _layers(filters)
    s = _each("strides", strides, len(layers))
    d = _each("dilations", dilations, len(layers))
    paths = prod(w[:, 0].size for w in layers)
    *layers, dtype = _numbers.widen(*layers, terms=paths)
    field: Array = np.ones_like(layers[-1], shape=(1, len(layers[-1]), 1, 1))
    above = zip(reversed(layers), reversed(s), reversed(d), strict=True)
    for w, stride, dilation in above:
        axes = _axes(Window(w.shape[2:], stride, dilation=dilation))
        rows, columns = (
            (size - 1) * axis.stride + axis.reach
            for axis, size in zip(axes, field.shape[2:], strict=True)
        )
        field = convolution.conv_transpose2d(
            field, w, input_size=(rows, columns), stride=stride,
            dilation=dilation,
        )  # fmt: skip
    return _numbers.round_once(field[0], dtype)


def _layers(filters: Sequence[ArrayLike]) -> list[Array]:
    """Return the weights of layers of which each takes the one before."""
    given = _checks.iterable("filters", filters, "weights of each layer")
    _checks.not_empty("filters", [len(given)])
    layers: list[Array] = []
    for l, weights in enumerate(given):
        w = _checks.array(f"filters[{l}]", weights, "F C KH KW")
        _checks.not_empty(f"filters[{l}].shape", w.shape)
        if layers and w.shape[1] != len(layers[-1]):
            raise ValueError(
                f"filters[{l}]: expected {len(layers[-1])} channels, the "
                f"filters of the layer before, found {w.shape[1]}"
            )
        layers.append(w)
    return layers


def _each(
    name: str, values: Sequence[PairLike] | None, layers: int
) -> list[Pair]:
    """Return one pair per layer."""
    if values is None:
        return [(1, 1)] * layers
    given = _checks.iterable(name, values, "one per layer")
    if len(given) != layers:
        raise ValueError(
            f"{name}: expected one per layer ({layers}), found {len(given)}"
        )
    return [
        _checks.pair(f"{name}[{l}]", value, least=1)
        for l, value in enumerate(given)
    ]
