"""JAX: `lax`, `nn`, and `vjp` for every gradient.

What JAX refuses is left refused: nothing is computed in its place. Products
are asked for in full precision, and float64 is switched on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from refspec import _checks, geometry
from refspec._checks import Frame, Pair
from refspec.laws.domain import FLOAT32, FLOAT64, Unsupported
from refspec.oracle.implementations import Implementation

FLOATS = (FLOAT64, FLOAT32)
Tensor = Any
"""An array of JAX; where an operation is given one, it says so."""


def _on_arrays(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Let an operation answer with arrays of NumPy."""

    @wraps(operation)
    def on_arrays(*arguments: Any, **options: Any) -> Any:
        moved = [
            jnp.array(a) if isinstance(a, np.ndarray) else a for a in arguments
        ]
        try:
            answer = operation(*moved, **options)
        except NotImplementedError as error:
            raise Unsupported(f"{operation.__name__}: {error}") from error
        except TypeError as error:  # as JAX says that shapes do not fit
            raise ValueError(f"{operation.__name__}: {error}") from error
        return jax.tree.map(np.array, answer)

    return on_arrays


def taking(function: Callable[..., Any], _: str) -> Callable[..., Any]:
    """Let a function of JAX's arrays be called with NumPy's.

    Its signature stays, where it has one, and so do its errors.
    """
    jax.config.update("jax_enable_x64", True)

    def moved(value: Any) -> Any:
        return jnp.array(value) if isinstance(value, np.ndarray) else value

    @wraps(function)
    def on_arrays(*arguments: Any, **options: Any) -> Any:
        options = {n: moved(o) for n, o in options.items()}
        answer = function(*map(moved, arguments), **options)
        return jax.tree.map(np.array, answer)

    return on_arrays


def _gradients(
    function: Callable[..., Tensor], slope: Tensor, *at: Tensor
) -> tuple[Tensor, ...]:
    """Take the gradients of <function(at), slope> by `jax.vjp`."""
    _, back = jax.vjp(function, *at)
    gradients: tuple[Tensor, ...] = back(slope)
    return gradients


def _pairs(**options: Any) -> list[Pair]:
    return [_checks.pair(n, value, least=1) for n, value in options.items()]


def _padding(padding: Any) -> Any:
    """Spell padding as `lax` does: pairs, or a word."""
    if isinstance(padding, str):
        return padding.upper()
    return _checks.frame("padding", padding)


# Dense layers.


def dense(x: Tensor, w: Tensor, b: Tensor | None = None, /) -> Tensor:
    """Weigh every input for every output."""
    y = jnp.matmul(x, w.T, precision="highest")
    return y if b is None else y + b


def dense_backward(dy: Tensor, x: Tensor, w: Tensor, /) -> tuple[Tensor, ...]:
    """Take the gradients through `dense`."""
    return _gradients(dense, dy, x, w, jnp.zeros(len(w), w.dtype))


# Convolution.


def conv2d(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve with `lax.conv_general_dilated`."""
    strides, dilations = _pairs(stride=stride, dilation=dilation)
    y = lax.conv_general_dilated(
        x, w, strides, _padding(padding), rhs_dilation=dilations,
        feature_group_count=groups, precision="highest",
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
    )  # fmt: skip
    return y if b is None else y + b[:, None, None]


def conv2d_backward(
    dy: Tensor, x: Tensor, w: Tensor, /, **options: Any
) -> tuple[Tensor, ...]:
    """Take the gradients through `conv2d`."""
    return _gradients(
        lambda *of: conv2d(*of, **options),
        dy, x, w, jnp.zeros(len(w), w.dtype),
    )  # fmt: skip


def conv_transpose2d(
    y: Tensor, w: Tensor, /, *, input_size: Any, **options: Any
) -> Tensor:
    """Transpose `conv2d`, which is linear, with `jax.linear_transpose`."""
    sizes = _checks.pair("input_size", input_size, least=1)
    channels = w.shape[1] * options.get("groups", 1)
    x = jax.ShapeDtypeStruct((len(y), channels, *sizes), y.dtype)
    (answer,) = jax.linear_transpose(lambda x: conv2d(x, w, **options), x)(y)
    return answer


def pointwise_conv2d(
    x: Tensor, w: Tensor, b: Tensor | None = None, /
) -> Tensor:
    """Convolve with kernels of 1 x 1."""
    return conv2d(x, w.reshape(*w.shape[:2], 1, 1), b)


def depthwise_conv2d(
    x: Tensor, w: Tensor, b: Tensor | None = None, /, **options: Any
) -> Tensor:
    """Convolve with as many groups as channels."""
    return conv2d(x, w, b, groups=x.shape[1], **options)


def separable_conv2d(
    x: Tensor,
    depthwise: Tensor,
    pointwise: Tensor,
    b: Tensor | None = None,
    /,
    **options: Any,
) -> Tensor:
    """Convolve channel by channel, then with kernels of 1 x 1."""
    return pointwise_conv2d(
        depthwise_conv2d(x, depthwise, **options), pointwise, b
    )


# Pooling.


def _reduce(
    x: Tensor, kernel_size: Any, start: float, step: Any, /, *,
    stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """Reduce every window with `lax.reduce_window`."""
    if ceil_mode:
        raise Unsupported("ceil_mode: JAX has no such windows")
    kernel, strides, dilations = _pairs(
        kernel_size=kernel_size,
        stride=kernel_size if stride is None else stride,
        dilation=dilation,
    )
    frame = _padding(padding)
    if not isinstance(frame, str):
        frame = ((0, 0), (0, 0), *frame)
    return lax.reduce_window(
        x, np.asarray(start, x.dtype)[()], step, (1, 1, *kernel),
        (1, 1, *strides), frame, window_dilation=(1, 1, *dilations),
    )  # fmt: skip


def max_pool2d(x: Tensor, kernel_size: Any, /, **options: Any) -> Tensor:
    """Keep the largest of every window."""
    return _reduce(x, kernel_size, -np.inf, lax.max, **options)


def max_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through `max_pool2d`."""
    return _gradients(lambda x: max_pool2d(x, kernel_size, **options), dy, x)[
        0
    ]


def min_pool2d(x: Tensor, kernel_size: Any, /, **options: Any) -> Tensor:
    """Keep the smallest of every window."""
    return _reduce(x, kernel_size, np.inf, lax.min, **options)


def min_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through `min_pool2d`."""
    return _gradients(lambda x: min_pool2d(x, kernel_size, **options), dy, x)[
        0
    ]


def _frame(x: Tensor, kernel_size: Any, options: Any) -> Frame:
    """Spell the padding of a mean out."""
    kernel, strides, dilations = _pairs(
        kernel_size=kernel_size,
        stride=options.get("stride") or kernel_size,
        dilation=options.get("dilation", 1),
    )
    return geometry.frame_of(
        options.get("padding", 0), x.shape[2:], kernel, strides, dilations
    )


def avg_pool2d(
    x: Tensor,
    kernel_size: Any,
    /,
    *,
    count_include_pad: bool = True,
    **options: Any,
) -> Tensor:
    """Divide the sum of every window by that of the cells that count."""
    total = _reduce(x, kernel_size, 0, lax.add, **options)
    ones = jnp.ones((1, 1, *x.shape[2:]), x.dtype)
    if count_include_pad:
        frame = _frame(x, kernel_size, options)
        ones = jnp.pad(ones, ((0, 0), (0, 0), *frame), constant_values=1)
        options["padding"] = 0
    return total / _reduce(ones, kernel_size, 0, lax.add, **options)


def avg_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through `avg_pool2d`."""
    return _gradients(lambda x: avg_pool2d(x, kernel_size, **options), dy, x)[
        0
    ]


# Activation.


def relu(x: Tensor, /) -> Tensor:
    """Keep what is positive."""
    return nn.relu(x)


def relu_backward(dy: Tensor, x: Tensor, /) -> Tensor:
    """Take the gradient through `nn.relu`."""
    return _gradients(nn.relu, dy, x)[0]


def sigmoid(x: Tensor, /) -> Tensor:
    """Squeeze between 0 and 1."""
    return nn.sigmoid(x)


def tanh(x: Tensor, /) -> Tensor:
    """Squeeze between -1 and 1."""
    return jnp.tanh(x)


# Normalization.


def _axes(x: Tensor) -> tuple[int, ...]:
    return tuple(axis for axis in range(x.ndim) if axis != 1)


def batch_statistics(x: Tensor, /) -> tuple[Tensor, Tensor]:
    """Take mean and biased variance over every axis but the channels'."""
    return jnp.mean(x, _axes(x)), jnp.var(x, _axes(x))


def batch_norm(
    x: Tensor, gamma: Tensor, beta: Tensor, /, *, eps: float = 1e-5
) -> Tensor:
    """Normalize by the batch's own statistics.

    `nn.standardize` would take them as mean(x^2) - mean(x)^2, which is 0 or
    negative of values far from 0; its documentation says so.
    """
    if x.size <= x.shape[1]:
        raise Unsupported("JAX has a variance, 0, of a single value")
    return batch_norm_inference(x, *batch_statistics(x), gamma, beta, eps=eps)


def batch_norm_inference(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor,
    beta: Tensor,
    /,
    *,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize with `nn.standardize` by statistics that are given."""
    mean, variance, gamma, beta = (
        v.reshape(-1, *[1] * (x.ndim - 2))
        for v in (mean, variance, gamma, beta)
    )
    normalized = nn.standardize(
        x, axis=_axes(x), mean=mean, variance=variance, epsilon=eps
    )
    return normalized * gamma + beta


def batch_norm_backward(
    dy: Tensor, x: Tensor, gamma: Tensor, /, *, eps: float = 1e-5
) -> tuple[Tensor, ...]:
    """Take the gradients through `batch_norm`."""
    return _gradients(
        lambda *of: batch_norm(*of, eps=eps),
        dy, x, gamma, jnp.zeros_like(gamma),
    )  # fmt: skip


# Training.


def softmax(logits: Tensor, /) -> Tensor:
    """Turn scores into probabilities."""
    return nn.softmax(logits, axis=1)


def softmax_backward(dy: Tensor, logits: Tensor, /) -> Tensor:
    """Take the gradient through `nn.softmax`."""
    return _gradients(softmax, dy, logits)[0]


def cross_entropy(logits: Tensor, labels: Tensor, /) -> Tensor:
    """Take the mean of -`nn.log_softmax` at the labels."""
    logs = nn.log_softmax(logits, axis=1)
    return -jnp.take_along_axis(logs, labels[:, None], axis=1).mean()


def cross_entropy_backward(logits: Tensor, labels: Tensor, /) -> Tensor:
    """Take the gradient of `cross_entropy`."""
    return jax.grad(cross_entropy)(logits, labels)


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        dense, dense_backward,
        conv2d, conv2d_backward, conv_transpose2d, pointwise_conv2d,
        depthwise_conv2d, separable_conv2d,
        max_pool2d, max_pool2d_backward, avg_pool2d, avg_pool2d_backward,
        min_pool2d, min_pool2d_backward,
        relu, relu_backward, sigmoid, tanh,
        batch_statistics, batch_norm, batch_norm_inference,
        batch_norm_backward,
        softmax, softmax_backward, cross_entropy, cross_entropy_backward,
    )
}  # fmt: skip
"""By public name."""

SELECTIONS_BACK = ("max_pool2d_backward", "min_pool2d_backward")
NO_OVERHANG = {"ceil_mode": frozenset({False})}
NO_GAPS = {"dilation": frozenset({1})}
"""Of selections, `lax` has no gradient where windows have gaps."""


def load() -> Implementation:
    """Offer what JAX has on its processor, in both widths of float."""
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    return Implementation(
        name="jax",
        version=jax.__version__,
        operations={n: _on_arrays(o) for n, o in OPERATIONS.items()},
        numbers=FLOATS,
        supports={
            name: NO_OVERHANG | (NO_GAPS if name in SELECTIONS_BACK else {})
            for name in OPERATIONS
            if "pool2d" in name
        },
    )
