"""Right implementations that are unlike the definitions, by operation.

A judge that refuses one of them refuses a student who was right. Each has the
reference's signature, and keeps the dtype: float32 and float64 are computed
in as they are, what is narrower in float32.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import refspec
from refspec import geometry
from refspec._checks import pair

RIGHT: dict[str, dict[str, Callable[..., Any]]] = {}
"""By operation, then by name."""


def right(operation, name):
    """Register an implementation; it computes in float32 or float64.

    One that is of a library is left out where that is not installed.
    """

    def register(function):
        def computed(*args, **options):
            arrays = [a for a in args if isinstance(a, np.ndarray)]
            dtype = arrays[0].dtype
            wide = dtype if dtype.itemsize >= 4 else np.dtype(np.float32)
            given = [
                a.astype(wide)
                if isinstance(a, np.ndarray) and a.dtype == dtype
                else a
                for a in args
            ]
            with np.errstate(all="ignore"):
                answer = function(*given, **options)
            if isinstance(answer, tuple):
                return tuple(np.asarray(a).astype(dtype) for a in answer)
            return np.asarray(answer).astype(dtype)

        text = f"{name} {inspect.getsource(function)}"
        if all(find_spec(lib) for lib in ("torch", "scipy") if lib in text):
            RIGHT.setdefault(operation, {})[name] = computed
        return function

    return register


# Where windows stand.


def _place(sizes, kernel, stride, padding, dilation, *, ceil_mode=False):
    """Give pairs of strides, dilations, the frame and the answer's size."""
    strides = pair("stride", stride, least=1)
    dilations = pair("dilation", dilation, least=1)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    outputs = geometry.fit(
        sizes, kernel, strides, frame, dilations, ceil_mode=ceil_mode
    )
    return strides, dilations, frame, outputs


def _padded(x, frame):
    return np.pad(x, [(0, 0), (0, 0), *frame])


def _one_group(convolve):
    """Make a convolution with a frame and groups out of a plain one.

    It is given padded images, one group's filters, strides, dilations and
    the size of the answer.
    """

    def conv2d(x, w, b=None, /, *, stride=1, padding=0, dilation=1, groups=1):
        strides, dilations, frame, outputs = _place(
            x.shape[2:], w.shape[2:], stride, padding, dilation
        )
        images = np.split(_padded(x, frame), groups, axis=1)
        filters = np.split(w, groups)
        maps = [
            convolve(image, kernel, strides, dilations, outputs)
            for image, kernel in zip(images, filters, strict=True)
        ]
        y = np.concatenate(maps, axis=1)
        return y if b is None else y + b[:, None, None]

    return conv2d


def _seen(u, v, strides, dilations, outputs):
    """Give the pixels that weight (u, v) meets."""
    return tuple(
        slice(k * d, k * d + (n - 1) * s + 1, s)
        for k, s, d, n in zip((u, v), strides, dilations, outputs, strict=True)
    )


# Convolutions.


@right("conv2d", "four nested loops")
@_one_group
def _by_loops(x, w, strides, dilations, outputs):
    y = np.zeros((len(x), len(w), *outputs), x.dtype)
    (sh, sw), (dh, dw) = strides, dilations
    kh, kw = w.shape[2:]
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(outputs[0]):
                for j in range(outputs[1]):
                    window = x[
                        n,
                        :,
                        i * sh : i * sh + (kh - 1) * dh + 1 : dh,
                        j * sw : j * sw + (kw - 1) * dw + 1 : dw,
                    ]
                    y[n, f, i, j] = np.sum(window * w[f])
    return y


@right("conv2d", "im2col")
@_one_group
def _by_columns(x, w, strides, dilations, outputs):
    columns = np.stack(
        [
            x[:, :, *_seen(u, v, strides, dilations, outputs)]
            for u, v in np.ndindex(*w.shape[2:])
        ],
        axis=2,
    )
    columns = columns.reshape(len(x), w[0].size, outputs[0] * outputs[1])
    y = w.reshape(len(w), -1) @ columns
    return y.reshape(len(x), len(w), *outputs)


@right("conv2d", "einsum")
@_one_group
def _by_einsum(x, w, strides, dilations, outputs):
    del outputs
    seen = geometry.view(x, w.shape[2:], strides, dilations)
    return np.einsum("ncijuv,fcuv->nfij", seen, w)


@right("conv2d", "fft")
@_one_group
def _by_fft(x, w, strides, dilations, outputs):
    kernel = refspec.dilate_kernel(w, dilations)[..., ::-1, ::-1]
    kh, kw = kernel.shape[2:]
    sizes = x.shape[2] + kh - 1, x.shape[3] + kw - 1
    images = np.fft.rfft2(x, s=sizes)
    kernels = np.fft.rfft2(kernel, s=sizes)
    products = np.einsum("nchw,fchw->nfhw", images, kernels)
    y = np.fft.irfft2(products, s=sizes)
    (sh, sw), (ho, wo) = strides, outputs
    y = y[..., kh - 1 :: sh, kw - 1 :: sw][..., :ho, :wo]
    return y.astype(x.dtype)


@right("conv2d", "scipy's correlate2d")
@_one_group
def _by_scipy(x, w, strides, dilations, outputs):
    from scipy.signal import correlate2d

    kernel = refspec.dilate_kernel(w, dilations)
    y = np.zeros((len(x), len(w), *outputs), x.dtype)
    for n, f, c in np.ndindex(len(x), *w.shape[:2]):
        plain = correlate2d(x[n, c], kernel[f, c], mode="valid")
        y[n, f] += plain[:: strides[0], :: strides[1]]
    return y


@right("conv2d", "torch")
@_one_group
def _by_torch(x, w, strides, dilations, outputs):
    import torch

    if not len(x):
        return np.zeros((0, len(w), *outputs), x.dtype)
    return torch.nn.functional.conv2d(
        _tensor(x), _tensor(w), stride=strides, dilation=dilations
    ).numpy()


def _tensor(array, *, learns=False):
    import torch

    return torch.tensor(np.ascontiguousarray(array), requires_grad=learns)


@right("conv2d", "added up from the last weight to the first")
@_one_group
def _backwards(x, w, strides, dilations, outputs):
    y = np.zeros((len(x), len(w), *outputs), x.dtype)
    for u, v in reversed(list(np.ndindex(*w.shape[2:]))):
        seen = x[:, :, *_seen(u, v, strides, dilations, outputs)]
        for c in reversed(range(x.shape[1])):
            y += seen[:, None, c] * w[:, c, u, v, None, None]
    return y


@right("conv2d", "channels last inside")
@_one_group
def _channels_last(x, w, strides, dilations, outputs):
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    w = np.ascontiguousarray(w.transpose(2, 3, 1, 0))
    y = np.zeros((len(x), *outputs, w.shape[3]), x.dtype)
    for u, v in np.ndindex(*w.shape[:2]):
        seen = x[:, *_seen(u, v, strides, dilations, outputs)]
        y += seen @ w[u, v]
    return y.transpose(0, 3, 1, 2)


@right("conv2d", "Winograd F(2x2, 3x3)")
@_one_group
def _winograd(x, w, strides, dilations, outputs):
    if w.shape[2:] != (3, 3) or {*strides, *dilations} != {1}:
        raise NotImplementedError("3 x 3 with stride 1")
    into = np.array(
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], x.dtype
    )
    of_w = np.array(
        [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], x.dtype
    )
    out = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], x.dtype)
    ho, wo = outputs
    x = np.pad(x, [(0, 0), (0, 0), (0, ho % 2), (0, wo % 2)])
    tiles = geometry.view(x, (4, 4), (2, 2), (1, 1))
    u = of_w @ w @ of_w.T
    v = into @ tiles @ into.T
    m = np.einsum("fcab,ncijab->nfijab", u, v)
    y = out @ m @ out.T  # (N, F, tiles, tiles, 2, 2)
    y = y.transpose(0, 1, 2, 4, 3, 5)
    n, f, rows, _, columns, _ = y.shape
    return y.reshape(n, f, 2 * rows, 2 * columns)[..., :ho, :wo]


@right("depthwise_conv2d", "channel by channel")
def _each_channel(x, w, b=None, /, **options):
    many = len(w) // x.shape[1]
    maps = [
        RIGHT["conv2d"]["im2col"](
            x[:, c : c + 1], w[c * many : (c + 1) * many], **options
        )
        for c in range(x.shape[1])
    ]
    y = np.concatenate(maps, axis=1)
    return y if b is None else y + b[:, None, None]


@right("depthwise_conv2d", "by groups in torch")
def _depthwise_torch(x, w, b=None, /, **options):
    by = RIGHT["conv2d"]["torch"]
    return by(x, w, b, **options, groups=x.shape[1])


@right("pointwise_conv2d", "matrix product over pixels")
def _pointwise(x, w, b=None, /):
    y = np.moveaxis(x, 1, -1) @ w.reshape(w.shape[:2]).T
    return np.moveaxis(y if b is None else y + b, -1, 1)


@right("separable_conv2d", "two einsums")
def _separable(x, d, p, b=None, /, **options):
    by = RIGHT["conv2d"]["einsum"]
    maps = by(x, d, **options, groups=x.shape[1])
    y = np.einsum("nchw,fc->nfhw", maps, p.reshape(p.shape[:2]))
    return y if b is None else y + b[:, None, None]


@right("conv_transpose2d", "loops over the answer's cells")
def _transpose_loops(
    y, w, /, *, input_size, stride=1, padding=0, dilation=1, groups=1
):
    sizes = pair("input_size", input_size, least=1)
    strides, dilations, frame, outputs = _place(
        sizes, w.shape[2:], stride, padding, dilation
    )
    if y.shape[1:] != (len(w), *outputs):
        raise ValueError("y: another shape")
    padded = [n + sum(p) for n, p in zip(sizes, frame, strict=True)]
    parts = []
    for some, filters in zip(
        np.split(y, groups, axis=1), np.split(w, groups), strict=True
    ):
        x = np.zeros((len(y), w.shape[1], *padded), y.dtype)
        for f, u, v in np.ndindex(len(filters), *w.shape[2:]):
            seen = _seen(u, v, strides, dilations, outputs)
            weights = filters[f, :, u, v, None, None]
            x[:, :, *seen] += some[:, f, None] * weights
        parts.append(geometry.unpad(x, frame))
    return np.concatenate(parts, axis=1)


def _torch_gradients(dy, x, w, /, **options):
    import torch

    stride, padding, dilation = (
        options.get(name, default)
        for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    strides, dilations, frame, outputs = _place(
        x.shape[2:], w.shape[2:], stride, padding, dilation
    )
    if not len(x):
        return np.zeros_like(x), np.zeros_like(w), np.zeros(len(w), x.dtype)
    x, w = _tensor(x, learns=True), _tensor(w, learns=True)
    b = torch.zeros(len(w), dtype=x.dtype, requires_grad=True)
    y = torch.nn.functional.conv2d(
        torch.nn.functional.pad(x, [*frame[1], *frame[0]]), w, b,
        stride=strides, dilation=dilations, groups=options.get("groups", 1),
    )  # fmt: skip
    if y.shape != dy.shape:
        raise ValueError(f"dy: expected {(*y.shape[:2], *outputs)}")
    y.backward(_tensor(dy))
    return x.grad.numpy(), w.grad.numpy(), b.grad.numpy()


right("conv2d_backward", "autograd")(_torch_gradients)


@right("conv2d_backward", "loops")
def _gradient_loops(dy, x, w, /, *, stride=1, padding=0, dilation=1, groups=1):
    strides, dilations, frame, outputs = _place(
        x.shape[2:], w.shape[2:], stride, padding, dilation
    )
    if dy.shape != (len(x), len(w), *outputs):
        raise ValueError("dy: another shape")
    padded = _padded(x, frame)
    dx, dw = np.zeros_like(padded), np.zeros_like(w)
    c, many = w.shape[1], len(w) // groups
    for f, u, v in np.ndindex(len(w), *w.shape[2:]):
        g = f // many
        channels = slice(g * c, (g + 1) * c)
        seen = _seen(u, v, strides, dilations, outputs)
        slope = dy[:, f, None]
        dw[f, :, u, v] = (slope * padded[:, channels, *seen]).sum((0, 2, 3))
        dx[:, channels, *seen] += slope * w[f, :, u, v, None, None]
    return geometry.unpad(dx, frame), dw, dy.sum(axis=(0, 2, 3))


@right("window_response", "dot product")
def _response(window, kernel, /):
    if window.shape != kernel.shape:
        raise ValueError("kernel: another shape")
    return np.dot(window.ravel(), kernel.ravel())


@right("feature_map", "shifted images")
def _map(image, kernel, /):
    rows, columns = (
        n - k + 1 for n, k in zip(image.shape, kernel.shape, strict=True)
    )
    if rows < 1 or columns < 1:
        raise ValueError("kernel: larger than the image")
    return sum(
        kernel[u, v] * image[u : u + rows, v : v + columns]
        for u, v in np.ndindex(*kernel.shape)
    )


# Poolings.


def _pool_place(x, kernel_size, stride, padding, dilation, ceil_mode):
    kernel = pair("kernel_size", kernel_size, least=1)
    stride = kernel if stride is None else stride
    return kernel, *_place(
        x.shape[2:], kernel, stride, padding, dilation, ceil_mode=ceil_mode
    )


def _windows(x, kernel_size, stride, padding, dilation, ceil_mode):
    """Give (i, j), and the pixels of the window there: rows and columns."""
    kernel, strides, dilations, frame, outputs = _pool_place(
        x, kernel_size, stride, padding, dilation, ceil_mode
    )
    for i, j in np.ndindex(*outputs):
        yield (
            (i, j),
            *(
                [
                    r
                    for u in range(k)
                    if 0 <= (r := at * s + u * d - before) < n
                ]
                for at, k, s, d, (before, _), n in zip(
                    (i, j), kernel, strides, dilations, frame, x.shape[2:],
                    strict=True,
                )
            ),
        )  # fmt: skip


def _by_windows(name):
    """Select by walking over the windows, pixels only."""

    def pool(
        x, kernel_size, /, *, stride=None, padding=0, dilation=1,
        ceil_mode=False,
    ):  # fmt: skip
        cells = list(
            _windows(x, kernel_size, stride, padding, dilation, ceil_mode)
        )
        last = cells[-1][0]
        y = np.empty((*x.shape[:2], last[0] + 1, last[1] + 1), x.dtype)
        for (i, j), rows, columns in cells:
            seen = x[:, :, rows][:, :, :, columns]
            y[:, :, i, j] = getattr(seen, name)(axis=(2, 3))
        return y

    return pool


right("max_pool2d", "loops")(_by_windows("max"))
right("min_pool2d", "loops")(_by_windows("min"))


@right("max_pool2d", "the reshape trick")
def _reshape_trick(x, kernel_size, /, **options):
    kernel, strides, dilations, frame, _ = _pool_place(
        x, kernel_size, options.get("stride"), options.get("padding", 0),
        options.get("dilation", 1), options.get("ceil_mode", False),
    )  # fmt: skip
    n, c, h, w = x.shape
    (kh, kw) = kernel
    if (
        kernel != strides
        or {*dilations} != {1}
        or any(map(any, frame))
        or h % kh
        or w % kw
    ):
        raise NotImplementedError("windows side by side only")
    return x.reshape(n, c, h // kh, kh, w // kw, kw).max(axis=(3, 5))


@right("max_pool2d", "torch")
def _max_torch(
    x, kernel_size, /, *, stride=None, padding=0, dilation=1, ceil_mode=False
):
    import torch

    kernel, strides, dilations, frame, outputs = _pool_place(
        x, kernel_size, stride, padding, dilation, ceil_mode
    )
    if not len(x):
        return np.empty((*x.shape[:2], *outputs), x.dtype)
    rows, columns = (
        (before, max(after, (n - 1) * s + (k - 1) * d + 1 - before - size))
        for (before, after), n, s, k, d, size in zip(
            frame, outputs, strides, kernel, dilations, x.shape[2:],
            strict=True,
        )
    )  # fmt: skip
    padded = torch.nn.functional.pad(
        _tensor(x), [*columns, *rows], value=-np.inf
    )
    y = torch.nn.functional.max_pool2d(
        padded, kernel, strides, dilation=dilations
    )
    return y.numpy()[..., : outputs[0], : outputs[1]]


@right("min_pool2d", "largest of the negative")
def _negative(x, kernel_size, /, **options):
    return -RIGHT["max_pool2d"]["torch"](-x, kernel_size, **options)


def _mean_counts(x, kernel_size, options):
    """Count what each window's mean is over, by windows of ones."""
    kernel, strides, dilations, frame, outputs = _pool_place(
        x, kernel_size, options.get("stride"), options.get("padding", 0),
        options.get("dilation", 1), options.get("ceil_mode", False),
    )  # fmt: skip
    include = options.get("count_include_pad", True)
    counts = []
    for n, size, k, s, d, (before, after) in zip(
        outputs, x.shape[2:], kernel, strides, dilations, frame, strict=True
    ):
        low, high = (-before, size + after) if include else (0, size)
        counts.append([
            sum(low <= i * s + u * d - before < high for u in range(k))
            for i in range(n)
        ])  # fmt: skip
    return np.outer(*counts), (kernel, strides, dilations, frame, outputs)


def _framed_sums(x, at):
    """Sum every window by a convolution with ones."""
    kernel, strides, dilations, frame, outputs = at
    rows, columns = (
        (before, max(after, (n - 1) * s + (k - 1) * d + 1 - before - size))
        for (before, after), n, s, k, d, size in zip(
            frame, outputs, strides, kernel, dilations, x.shape[2:],
            strict=True,
        )
    )  # fmt: skip
    return rows, columns


def _convolved(x, at, weight):
    kernel, strides, dilations, _, (ho, wo) = at
    ones = np.full((x.shape[1], 1, *kernel), weight, x.dtype)
    y = RIGHT["conv2d"]["im2col"](
        x, ones, stride=strides, padding=_framed_sums(x, at),
        dilation=dilations, groups=x.shape[1],
    )  # fmt: skip
    return y[..., :ho, :wo]


@right("avg_pool2d", "sum times reciprocal")
def _by_reciprocal(x, kernel_size, /, **options):
    counts, at = _mean_counts(x, kernel_size, options)
    if not counts.all():
        raise ValueError("a window without a cell")
    return _convolved(x, at, 1) * (1 / counts).astype(x.dtype)


@right("avg_pool2d", "a convolution with 1 / K^2")
def _by_convolution(x, kernel_size, /, **options):
    counts, at = _mean_counts(x, kernel_size, options)
    area = at[0][0] * at[0][1]
    if not (counts == area).all():
        raise NotImplementedError("whole windows only")
    return _convolved(x, at, 1 / area)


def _selected_back(pool, choose):
    """Hand gradients to the first of the best, window by window."""

    def backward(
        dy, x, kernel_size, /, *, stride=None, padding=0, dilation=1,
        ceil_mode=False,
    ):  # fmt: skip
        if dy.shape != RIGHT[pool]["loops"](
            x, kernel_size, stride=stride, padding=padding,
            dilation=dilation, ceil_mode=ceil_mode,
        ).shape:  # fmt: skip
            raise ValueError("dy: another shape")
        dx = np.zeros_like(x)
        for (i, j), rows, columns in _windows(
            x, kernel_size, stride, padding, dilation, ceil_mode
        ):
            seen = x[:, :, rows][:, :, :, columns]
            size = len(rows) * len(columns)
            best = choose(seen.reshape(*seen.shape[:2], size), axis=2)
            for n, c in np.ndindex(*x.shape[:2]):
                u, v = divmod(int(best[n, c]), len(columns))
                dx[n, c, rows[u], columns[v]] += dy[n, c, i, j]
        return dx

    return backward


right("max_pool2d_backward", "argmax, window by window")(
    _selected_back("max_pool2d", np.argmax)
)
right("min_pool2d_backward", "argmin, window by window")(
    _selected_back("min_pool2d", np.argmin)
)


@right("avg_pool2d_backward", "window by window")
def _mean_back(dy, x, kernel_size, /, **options):
    counts, at = _mean_counts(x, kernel_size, options)
    if dy.shape != (*x.shape[:2], *at[-1]):
        raise ValueError("dy: another shape")
    dx = np.zeros_like(x)
    for (i, j), rows, columns in _windows(
        x, kernel_size, options.get("stride"), options.get("padding", 0),
        options.get("dilation", 1), options.get("ceil_mode", False),
    ):  # fmt: skip
        share = dy[:, :, i, j] / x.dtype.type(max(1, counts[i, j]))
        for r in rows:
            for c in columns:
                dx[:, :, r, c] += share
    return dx


# Batch norm.


def _laid(v, x):
    return v.reshape(-1, *[1] * (x.ndim - 2))


def _axes(x):
    return (0, *range(2, x.ndim))


@right("batch_norm", "two passes with NumPy's var")
def _two_passes(x, gamma, beta, /, *, eps=1e-5):
    mean = x.mean(axis=_axes(x), keepdims=True)
    variance = x.var(axis=_axes(x), keepdims=True)
    normalized = (x - mean) / np.sqrt(variance + x.dtype.type(eps))
    return _laid(gamma, x) * normalized + _laid(beta, x)


def _welford(x):
    values = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    mean = np.zeros(x.shape[1], x.dtype)
    square = np.zeros(x.shape[1], x.dtype)
    for count, value in enumerate(values.T, 1):
        less = value - mean
        mean += less / x.dtype.type(count)
        square += less * (value - mean)
    return mean, square / x.dtype.type(values.shape[1])


@right("batch_norm", "Welford's running sums")
def _by_welford(x, gamma, beta, /, *, eps=1e-5):
    mean, variance = _welford(x)
    root = np.sqrt(variance + x.dtype.type(eps))
    return _laid(gamma / root, x) * (x - _laid(mean, x)) + _laid(beta, x)


@right("batch_norm", "folded to x s + (beta - mean s)")
def _folded(x, gamma, beta, /, *, eps=1e-5):
    mean, variance = x.mean(axis=_axes(x)), x.var(axis=_axes(x))
    scale = gamma / np.sqrt(variance + x.dtype.type(eps))
    return x * _laid(scale, x) + _laid(beta - mean * scale, x)


@right("batch_norm", "torch")
def _norm_torch(x, gamma, beta, /, *, eps=1e-5):
    import torch

    return torch.nn.functional.batch_norm(
        _tensor(x), None, None, _tensor(gamma), _tensor(beta), training=True,
        eps=eps,
    ).numpy()  # fmt: skip


@right("batch_norm_inference", "folded to x s + (beta - mean s)")
def _inferred(x, mean, variance, gamma, beta, /, *, eps=1e-5):
    scale = gamma / np.sqrt(variance + x.dtype.type(eps))
    return x * _laid(scale, x) + _laid(beta - mean * scale, x)


@right("batch_norm_inference", "divided by the root")
def _divided(x, mean, variance, gamma, beta, /, *, eps=1e-5):
    root = np.sqrt(variance + x.dtype.type(eps))
    normalized = (x - _laid(mean, x)) / _laid(root, x)
    return normalized * _laid(gamma, x) + _laid(beta, x)


@right("batch_statistics", "NumPy's mean and var")
def _statistics(x, /):
    return x.mean(axis=_axes(x)), x.var(axis=_axes(x))


right("batch_statistics", "Welford's running sums")(_welford)


@right("running_statistics", "moved by the difference")
def _moved(x, mean, variance, /, *, momentum=0.1):
    share = x.dtype.type(momentum)
    new = x.mean(axis=_axes(x)), x.var(axis=_axes(x), ddof=1)
    return mean + share * (new[0] - mean), variance + share * (
        new[1] - variance
    )


@right("batch_norm_backward", "autograd")
def _norm_autograd(dy, x, gamma, /, *, eps=1e-5):
    import torch

    x, gamma = _tensor(x, learns=True), _tensor(gamma, learns=True)
    beta = torch.zeros_like(gamma, requires_grad=True)
    y = torch.nn.functional.batch_norm(
        x, None, None, gamma, beta, training=True, eps=eps
    )
    y.backward(_tensor(dy))
    return x.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


@right("batch_norm_backward", "step by step")
def _norm_steps(dy, x, gamma, /, *, eps=1e-5):
    axes, m = _axes(x), x.dtype.type(x.size // x.shape[1])
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = (centred**2).mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(variance + x.dtype.type(eps))
    slopes = dy * _laid(gamma, x)
    dvariance = (slopes * centred).sum(axis=axes, keepdims=True)
    dvariance = dvariance * inverse**3 / -2
    dmean = -(slopes * inverse).sum(axis=axes, keepdims=True)
    dx = slopes * inverse + dvariance * 2 * centred / m + dmean / m
    dgamma = (dy * centred * inverse).sum(axis=axes)
    return dx, dgamma, dy.sum(axis=axes)


@right("fold_batch_norm", "by a diagonal matrix")
def _fold(w, b, mean, variance, gamma, beta, /, *, eps=1e-5):
    scale = gamma / np.sqrt(variance + w.dtype.type(eps))
    folded = np.diag(scale) @ w.reshape(len(w), -1)
    bias = np.zeros(len(w), w.dtype) if b is None else b
    return folded.reshape(w.shape), beta + (bias - mean) * scale


# The rest.


right("relu", "x times a gate")(lambda x, /: np.where(x < 0, 0, x))
right("relu", "half of x and its size")(lambda x, /: (x + abs(x)) / 2)
right("relu_backward", "a mask")(lambda dy, x, /: np.where(x > 0, dy, 0))


@right("relu_backward", "autograd")
def _relu_autograd(dy, x, /):
    import torch

    x = _tensor(x, learns=True)
    torch.relu(x).backward(_tensor(dy))
    return x.grad.numpy()


right("sigmoid", "by tanh")(lambda x, /: (1 + np.tanh(x / 2)) / 2)
right("sigmoid", "1 / (1 + e^-x)")(lambda x, /: 1 / (1 + np.exp(-x)))
right("tanh", "NumPy's")(lambda x, /: np.tanh(x))


@right("softmax", "log-sum-exp")
def _log_sum_exp(logits, /):
    most = logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits - most).sum(axis=1, keepdims=True))
    return np.exp(logits - most - total)


@right("softmax", "torch")
def _softmax_torch(logits, /):
    import torch

    return torch.softmax(_tensor(logits), 1).numpy()


@right("softmax_backward", "Jacobian by Jacobian")
def _jacobians(dy, logits, /):
    dx = np.zeros_like(logits)
    for n, y in enumerate(refspec.softmax(logits)):
        dx[n] = (np.diag(y) - np.outer(y, y)) @ dy[n]
    return dx


@right("cross_entropy", "torch")
def _entropy_torch(logits, labels, /):
    import torch

    labels = torch.tensor(labels.astype(np.int64))
    return torch.nn.functional.cross_entropy(_tensor(logits), labels).numpy()


@right("cross_entropy_backward", "the softmax less one-hot")
def _entropy_back(logits, labels, /):
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[labels.astype(int)]
    shares = _log_sum_exp(logits)
    return (shares - one_hot) / logits.dtype.type(len(logits))


@right("dense", "einsum")
def _dense(x, w, b=None, /):
    y = np.einsum("ni,oi->no", x, w)
    return y if b is None else y + b


@right("dense", "one output after another")
def _dense_loops(x, w, b=None, /):
    columns = [(x * row).sum(axis=1) for row in w]
    y = np.stack(columns, axis=1)
    return y if b is None else y + b


@right("dense_backward", "outer products, example by example")
def _dense_back(dy, x, w, /):
    dw = np.zeros_like(w)
    for slope, example in zip(dy, x, strict=True):
        dw += np.outer(slope, example)
    return np.einsum("no,oi->ni", dy, w), dw, dy.sum(axis=0)


@right("sgd_step", "a copy changed in place")
def _step(parameters, gradients, /, *, learning_rate):
    stepped = parameters.copy()
    stepped -= parameters.dtype.type(learning_rate) * gradients
    return stepped
