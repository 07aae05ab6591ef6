"""SciPy: `signal`, `ndimage`, `special` and `linalg.blas`, composed.

SciPy slides one kernel over one grey image, with stride 1 and no dilation.
The rest is slicing, loops over images, filters and groups, and zeros put
between the cells of a kernel or of a gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from scipy import ndimage, special
from scipy.linalg import blas
from scipy.signal import convolve2d, correlate2d

from refspec import _checks
from refspec._checks import Frame, Pair
from refspec._numbers import Array
from refspec.laws.domain import FLOAT32, FLOAT64, INT64, Unsupported
from refspec.oracle.implementations import Implementation

FLOATS = (FLOAT64, FLOAT32)


def _pairs(stride: Any, dilation: Any) -> tuple[Pair, Pair]:
    return (
        _checks.pair("stride", stride, least=1),
        _checks.pair("dilation", dilation, least=1),
    )


def _frame(padding: Any) -> Frame:
    if isinstance(padding, str) and padding != "valid":
        raise Unsupported(f"padding={padding!r} here")
    return _checks.frame("padding", 0 if padding == "valid" else padding)


def _pad(x: Array, frame: Frame, value: float = 0) -> Array:
    still = [(0, 0)] * (x.ndim - 2)
    return np.pad(x, [*still, *frame], constant_values=value)


def _crop(x: Array, frame: Frame, sizes: Pair) -> Array:
    (top, _), (left, _) = frame
    return x[..., top : top + sizes[0], left : left + sizes[1]]


def _apart(x: Array, steps: Pair) -> Array:
    """Put zeros between the cells of the last two axes."""
    (rows, columns), (h, w) = steps, x.shape[-2:]
    wide = ((h - 1) * rows + 1, (w - 1) * columns + 1)
    stuffed = np.zeros((*x.shape[:-2], *wide), x.dtype)
    stuffed[..., ::rows, ::columns] = x
    return stuffed


def _slide(image: Array, kernel: Array, mode: str = "valid") -> Array:
    """Correlate; where a window has to fit, SciPy swaps a larger kernel."""
    larger = any(k > w for k, w in zip(kernel.shape, image.shape, strict=True))
    if larger and mode == "valid":
        raise Unsupported("correlate2d swaps its operands: a larger kernel")
    return np.asarray(correlate2d(image, kernel, mode=mode))


def _spread(maps: Array, kernel: Array, sizes: Pair) -> Array:
    """Convolve fully, and add what no window reached: the transpose."""
    full = convolve2d(maps, kernel, mode="full")
    h, w = full.shape
    return np.pad(full, [(0, sizes[0] - h), (0, sizes[1] - w)])


def _padded_sizes(sizes: Pair, frame: Frame) -> Pair:
    (top, bottom), (left, right) = frame
    return top + sizes[0] + bottom, left + sizes[1] + right


# Dense layers.


def _times(a: Array, b: Array) -> Array:
    if not a.size or not b.size:
        raise Unsupported("BLAS takes no empty matrix")
    (gemm,) = blas.get_blas_funcs(("gemm",), (a, b))
    return np.asarray(gemm(1, a, b))


def dense(x: Array, w: Array, b: Array | None = None, /) -> Array:
    """Multiply matrices with BLAS."""
    y = _times(x, w.T)
    return y if b is None else y + b


# Geometry.


def coverage(
    sizes: Any,
    kernel_size: Any,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
) -> Array:
    """Spread a one from every window to the cells that it reads."""
    strides, dilations = _pairs(stride, dilation)
    frame = _frame(padding)
    sizes = _checks.pair("sizes", sizes, least=1)
    around = _padded_sizes(sizes, frame)
    kernel = np.ones(_checks.pair("kernel_size", kernel_size, least=1), int)
    kernel = _apart(kernel, dilations)
    sh, sw = strides
    places = _slide(np.zeros(around, int), kernel)[::sh, ::sw] + 1
    return _crop(
        _spread(_apart(places, strides), kernel, around), frame, sizes
    )


# Convolution.


def window_response(window: Array, kernel: Array, /) -> Any:
    """Correlate one window: a single cell."""
    if window.shape != kernel.shape:
        raise Unsupported("a kernel that is not as large as its window")
    return _slide(window, kernel)[0, 0]


def feature_map(image: Array, kernel: Array, /) -> Array:
    """Correlate one grey image."""
    return _slide(image, kernel)


def conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Add up `correlate2d` over the channels of each filter's group."""
    (sh, sw), dilations = _pairs(stride, dilation)
    mode = padding if padding == "same" else "valid"
    if mode == "same" and (sh, sw) != (1, 1):
        raise Unsupported('padding="same" with a stride')
    padded = x if mode == "same" else _pad(x, _frame(padding))
    kernels = _apart(w, dilations)
    per_group, channels = len(w) // groups, w.shape[1]
    maps = [
        sum(
            _slide(padded[n, f // per_group * channels + c], kernels[f, c],
                   mode)
            for c in range(channels)
        )
        for n, f in np.ndindex(len(x), len(w))
    ]  # fmt: skip
    if not maps:
        raise Unsupported("nothing to slide over in an empty batch")
    stacked = np.array(maps)[:, ::sh, ::sw]  # (N F, Ho, Wo)
    y = stacked.reshape(len(x), len(w), *stacked.shape[1:])
    return y if b is None else y + b[:, None, None]


def pointwise_conv2d(x: Array, w: Array, b: Array | None = None, /) -> Array:
    """Convolve with kernels of 1 x 1."""
    return conv2d(x, w.reshape(*w.shape[:2], 1, 1), b)


def depthwise_conv2d(
    x: Array, w: Array, b: Array | None = None, /, **options: Any
) -> Array:
    """Convolve with as many groups as channels."""
    return conv2d(x, w, b, groups=x.shape[1], **options)


def separable_conv2d(
    x: Array,
    depthwise: Array,
    pointwise: Array,
    b: Array | None = None,
    /,
    **options: Any,
) -> Array:
    """Convolve channel by channel, then with kernels of 1 x 1."""
    maps = depthwise_conv2d(x, depthwise, **options)
    return pointwise_conv2d(maps, pointwise, b)


def conv_transpose2d(
    y: Array,
    w: Array,
    /,
    *,
    input_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Add up full `convolve2d` of the maps, zeros between their cells."""
    strides, dilations = _pairs(stride, dilation)
    frame = _frame(padding)
    sizes = _checks.pair("input_size", input_size, least=1)
    around = _padded_sizes(sizes, frame)
    maps, kernels = _apart(y, strides), _apart(w, dilations)
    per_group, channels = len(w) // groups, w.shape[1]
    x = np.zeros((len(y), groups * channels, *around), y.dtype)
    for n, f, c in np.ndindex(len(y), len(w), channels):
        to = f // per_group * channels + c
        x[n, to] += _spread(maps[n, f], kernels[f, c], around)
    return _crop(x, frame, sizes)


def conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """Correlate the image with the maps' slopes; spread them back."""
    strides, (rows, columns) = _pairs(stride, dilation)
    padded, maps = _pad(x, _frame(padding)), _apart(dy, strides)
    per_group, channels = len(w) // groups, w.shape[1]
    dw = np.zeros_like(w)
    for n, f, c in np.ndindex(len(x), *w.shape[:2]):
        first = f // per_group * channels
        seen = _slide(padded[n, first + c], maps[n, f])
        dw[f, c] += seen[::rows, ::columns][: w.shape[2], : w.shape[3]]
    dx = conv_transpose2d(
        dy, w, input_size=x.shape[2:], stride=stride, padding=padding,
        dilation=dilation, groups=groups,
    )  # fmt: skip
    return dx, dw, dy.sum(axis=(0, 2, 3))


# Pooling.


def _no_overhang(*, ceil_mode: bool) -> None:
    if ceil_mode:
        raise Unsupported("ceil_mode: SciPy has no such windows")


def _select(
    x: Array, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
    *, best: Any, losing: float,
) -> Array:  # fmt: skip
    """Filter at every pixel, and keep the windows that lie in the image."""
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    (sh, sw), dilations = _pairs(
        kernel if stride is None else stride, dilation
    )
    padded = _pad(x, _frame(padding), losing)
    cells = _apart(np.ones(kernel, bool), dilations)
    (kh, kw), (h, w) = cells.shape, padded.shape[2:]
    if kh > h or kw > w:
        raise Unsupported("ndimage lets a larger kernel overhang")
    y = best(padded, footprint=cells[None, None], mode="constant", cval=losing)
    inside = (
        slice(kh // 2, kh // 2 + h - kh + 1, sh),
        slice(kw // 2, kw // 2 + w - kw + 1, sw),
    )
    return np.asarray(y[..., *inside])


def max_pool2d(
    x: Array,
    kernel_size: Any,
    /,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Array:
    """Take `maximum_filter` where a window stands."""
    _no_overhang(ceil_mode=ceil_mode)
    return _select(x, kernel_size, stride, padding, dilation,
                   best=ndimage.maximum_filter, losing=-np.inf)  # fmt: skip


def min_pool2d(
    x: Array,
    kernel_size: Any,
    /,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Array:
    """Take `minimum_filter` where a window stands."""
    _no_overhang(ceil_mode=ceil_mode)
    return _select(x, kernel_size, stride, padding, dilation,
                   best=ndimage.minimum_filter, losing=np.inf)  # fmt: skip


def _windows_of_ones(
    x: Array, kernel_size: Any, padding: Any, *, counted: bool
) -> tuple[Array, Array]:
    """Give a kernel of ones and the cells that count, as single channels."""
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    cells = _pad(ones, _frame(padding), 1 if counted else 0)
    return np.ones((1, 1, *kernel), x.dtype), cells


def avg_pool2d(
    x: Array,
    kernel_size: Any,
    /,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Divide a `correlate2d` with ones by the cells that count.

    `uniform_filter` keeps a running sum, which never forgets a large pixel
    that has left the window.
    """
    _no_overhang(ceil_mode=ceil_mode)
    places = {
        "stride": kernel_size if stride is None else stride,
        "dilation": dilation,
    }
    ones, cells = _windows_of_ones(
        x, kernel_size, padding, counted=count_include_pad
    )
    n, c, *sizes = x.shape
    total = conv2d(
        x.reshape(n * c, 1, *sizes), ones, padding=padding, **places
    )
    mean = total / conv2d(cells, ones, **places)
    return mean.reshape(n, c, *mean.shape[2:])


def avg_pool2d_backward(
    dy: Array,
    x: Array,
    kernel_size: Any,
    /,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Spread each share over its window with `convolve2d`."""
    _no_overhang(ceil_mode=ceil_mode)
    places = {
        "stride": kernel_size if stride is None else stride,
        "dilation": dilation,
    }
    ones, cells = _windows_of_ones(
        x, kernel_size, padding, counted=count_include_pad
    )
    n, c, *sizes = x.shape
    share = (dy / conv2d(cells, ones, **places)).reshape(
        n * c, 1, *dy.shape[2:]
    )
    dx = conv_transpose2d(
        share, ones, input_size=tuple(sizes), padding=padding, **places
    )
    return dx.reshape(x.shape)


# Activation, normalization and training.


def sigmoid(x: Array, /) -> Array:
    """Take `special.expit`."""
    return np.asarray(special.expit(x))


def batch_statistics(x: Array, /) -> tuple[Array, Array]:
    """Take `ndimage.mean` and `variance`, the channels as labels."""
    channels = np.arange(x.shape[1])
    labels = channels.reshape(-1, *[1] * (x.ndim - 2))
    labels = np.broadcast_to(labels, x.shape)
    return (
        np.asarray(ndimage.mean(x, labels, channels)),
        np.asarray(ndimage.variance(x, labels, channels)),
    )


def softmax(logits: Array, /) -> Array:
    """Take `special.softmax`."""
    return np.asarray(special.softmax(logits, axis=1))


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        dense, coverage, window_response, feature_map, conv2d,
        pointwise_conv2d, depthwise_conv2d, separable_conv2d,
        conv2d_backward, conv_transpose2d, max_pool2d, avg_pool2d,
        avg_pool2d_backward, min_pool2d, sigmoid, batch_statistics,
        softmax,
    )
}  # fmt: skip
"""By public name."""

INTEGERS = frozenset({
    "coverage", "window_response", "feature_map", "conv2d",
    "pointwise_conv2d", "depthwise_conv2d", "separable_conv2d",
    "conv2d_backward", "conv_transpose2d",
})  # fmt: skip
"""What is computed in int64; `ndimage` and BLAS go through floats."""

FEW: dict[str, frozenset[Any]] = {"batch": frozenset(range(1, 100))}
SUPPORTS = {
    "conv2d": FEW,
    "pointwise_conv2d": FEW,
    "depthwise_conv2d": FEW,
    "separable_conv2d": FEW,
    "dense": FEW,
    "max_pool2d": {"ceil_mode": frozenset({False})},
    "min_pool2d": {"ceil_mode": frozenset({False})},
    "avg_pool2d": {"ceil_mode": frozenset({False}), **FEW},
    "avg_pool2d_backward": {"ceil_mode": frozenset({False}), **FEW},
}
"""No overhanging windows; nothing to slide over in a batch of none."""


def load() -> Implementation:
    """Offer what SciPy has."""
    return Implementation(
        name="scipy",
        version=scipy.__version__,
        operations=OPERATIONS,
        numbers=(INT64, *FLOATS),
        number_limits={
            name: FLOATS for name in OPERATIONS if name not in INTEGERS
        },
        supports=SUPPORTS,
    )
