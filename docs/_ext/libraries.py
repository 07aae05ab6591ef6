"""What each library is asked about its conventions, on tiny problems.

A function for each library gives, for each convention, what is to be run
under which name. It raises ``ImportError`` where the library is missing; what
the library has no function for is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray
Call = Callable[[], Any]
Runs = dict[str, dict[str, Call]]


def row(*values: float) -> Array:
    """Give one image of one channel and one row."""
    return np.array(values, np.float32).reshape(1, 1, 1, -1)


FIVE = row(1, 2, 3, 4, 8)
FOUR = row(1, 2, 3, 4)
TWO_WEIGHTS = row(1, 2)
THREE_WEIGHTS = row(1, 2, 4)
TWO = row(1, 2)
THREE = row(3, 6, 9)
BELOW_ZERO = row(-3, -1, -2)
NOT_NUMBERS = row(np.nan, 1, 2, np.nan)
TIED = row(5, 5, 5)
ZERO = row(0)
INTEGERS = np.array([[[[1, 2]]]])
BATCH = row(3, 5).reshape(2, 1, 1, 1)
EPS = 1e-5
ONE, NONE = np.ones(1, np.float32), np.zeros(1, np.float32)


def pytorch() -> Runs:
    """Ask ``torch.nn.functional``, and autograd."""
    import torch
    import torch.nn.functional as F

    def on(call: Callable[..., Any], *arrays: Array, **options: Any) -> Any:
        return call(*map(torch.tensor, arrays), **options)

    def slope(call: Callable[..., Any], array: Array, *rest: Any) -> Any:
        x = torch.tensor(array, requires_grad=True)
        call(x, *rest).sum().backward()
        return x.grad

    def normalized(momentum: float) -> tuple[Any, ...]:
        mean, variance = torch.zeros(1), torch.ones(1)
        x = torch.tensor(BATCH)
        y = F.batch_norm(
            x, mean, variance, training=True, eps=EPS, momentum=momentum
        )
        return y, mean, variance

    convolve = partial(on, F.conv2d)
    most = partial(on, F.max_pool2d)
    mean = partial(on, F.avg_pool2d)
    return {
        "turned": {"conv2d": lambda: convolve(FIVE, TWO_WEIGHTS)},
        "left over": {
            "conv2d": lambda: convolve(FIVE, TWO_WEIGHTS, stride=2)
        },
        "same": {
            "conv2d": lambda: convolve(FOUR, TWO_WEIGHTS, padding="same")
        },
        "same, stride": {
            "conv2d": lambda: convolve(
                FOUR, THREE_WEIGHTS, stride=2, padding="same"
            )
        },
        "ceil": {
            "max_pool2d": lambda: most(
                TWO, kernel_size=(1, 2), stride=3, padding=(0, 1),
                ceil_mode=True,
            )
        },
        "ceil, mean": {
            "avg_pool2d": lambda: mean(
                THREE, kernel_size=(1, 2), ceil_mode=True
            )
        },
        "mean": {
            "avg_pool2d": lambda: mean(
                THREE, kernel_size=(1, 3), stride=1, padding=(0, 1)
            )
        },
        "max": {
            "max_pool2d": lambda: most(
                BELOW_ZERO, kernel_size=3, stride=1, padding=1
            )
        },
        "nan": {"max_pool2d": lambda: most(NOT_NUMBERS, kernel_size=(1, 2))},
        "ties": {"max_pool2d": lambda: slope(F.max_pool2d, TIED, (1, 3))},
        "relu": {"relu": lambda: slope(F.relu, ZERO)},
        "batch": {"batch_norm": lambda: normalized(1)[0]},
        "running": {"batch_norm": lambda: normalized(1)[2]},
        "momentum": {"batch_norm": lambda: normalized(0.25)[1]},
        "integers": {
            "avg_pool2d": lambda: mean(INTEGERS, kernel_size=(1, 2))
        },
    }  # fmt: skip


def scipy() -> Runs:
    """Ask ``scipy.signal`` and ``scipy.ndimage``."""
    from scipy import ndimage, signal

    def on(call: Callable[..., Any], *images: Array, **options: Any) -> Any:
        return call(*(image[0, 0] for image in images), **options)

    def turned(image: Array, kernel: Array, mode: str) -> Any:
        return on(signal.convolve2d, image, kernel[..., ::-1], mode=mode)

    def every_other(call: Callable[..., Any], image: Array) -> Any:
        return on(call, image, size=(1, 2), origin=(0, -1))[:, ::2]

    most = ndimage.maximum_filter
    mean = partial(ndimage.uniform_filter, mode="constant")
    return {
        "turned": {
            "correlate2d": lambda: on(
                signal.correlate2d, FIVE, TWO_WEIGHTS, mode="valid"
            ),
            "convolve2d": lambda: on(
                signal.convolve2d, FIVE, TWO_WEIGHTS, mode="valid"
            ),
        },
        "same": {
            "correlate2d": lambda: on(
                signal.correlate2d, FOUR, TWO_WEIGHTS, mode="same"
            ),
            "convolve2d, kernel turned": lambda: turned(
                FOUR, TWO_WEIGHTS, "same"
            ),
        },
        "mean": {
            "uniform_filter": lambda: on(mean, THREE, size=(1, 3))
        },
        "max": {
            "maximum_filter": lambda: on(
                most, BELOW_ZERO, size=3, mode="constant"
            )
        },
        "nan": {
            "maximum_filter": lambda: every_other(most, NOT_NUMBERS)
        },
        "integers": {"uniform_filter": lambda: every_other(mean, INTEGERS)},
    }  # fmt: skip


def jax() -> Runs:
    """Ask ``jax.lax`` and ``jax.nn``; it has windows, and no poolings."""
    import jax as jx
    import jax.numpy as jnp
    from jax import lax
    from jax.scipy import signal

    def convolve(x: Array, w: Array, padding: str, stride: int = 1) -> Any:
        return lax.conv_general_dilated(x, w, (stride, stride), padding)

    def most(x: Any, cells: int) -> Any:
        window = (1, 1, 1, cells)
        return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")

    def slope(call: Callable[..., Any], x: Array) -> Any:
        return jx.grad(lambda x: call(x).sum())(jnp.array(x))

    def normalized() -> Any:
        mean = BATCH.mean(keepdims=True)
        return (BATCH - mean) / jnp.sqrt(jnp.var(jnp.array(BATCH)) + EPS)

    conv, reduce = "conv_general_dilated", "reduce_window"
    return {
        "turned": {
            conv: lambda: convolve(FIVE, TWO_WEIGHTS, "VALID"),
            "convolve2d": lambda: signal.convolve2d(
                FIVE[0, 0], TWO_WEIGHTS[0, 0], mode="valid"
            ),
        },
        "left over": {conv: lambda: convolve(FIVE, TWO_WEIGHTS, "VALID", 2)},
        "same": {
            '"SAME"': lambda: convolve(FOUR, TWO_WEIGHTS, "SAME"),
            '"SAME_LOWER"': lambda: convolve(FOUR, TWO_WEIGHTS, "SAME_LOWER"),
        },
        "same, stride": {
            '"SAME"': lambda: convolve(FOUR, THREE_WEIGHTS, "SAME", 2)
        },
        "nan": {reduce: lambda: most(NOT_NUMBERS, 2)},
        "ties": {reduce: lambda: slope(partial(most, cells=3), TIED)},
        "relu": {
            "nn.relu": lambda: slope(jx.nn.relu, ZERO),
            "numpy.maximum": lambda: slope(partial(jnp.maximum, 0), ZERO),
        },
        "batch": {"numpy.var": normalized},
    }


def onnx() -> Runs:
    """Ask the reference evaluator of ONNX's own operators."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    def on(name: str, *arrays: Array, answers: int = 1, **options: Any) -> Any:
        given = [f"x{i}" for i in range(len(arrays))]
        made = [f"y{i}" for i in range(answers)]
        node = helper.make_node(name, given, made, **options)
        fed = dict(zip(given, arrays, strict=True))
        return ReferenceEvaluator(node).run(None, fed)[-1]

    def normalized(momentum: float, answers: int) -> Any:
        return on(
            "BatchNormalization", BATCH, ONE, NONE, NONE, ONE,
            answers=answers, training_mode=1, momentum=momentum, epsilon=EPS,
        )  # fmt: skip

    def same(kind: str) -> Any:
        return on("Conv", FOUR, TWO_WEIGHTS, auto_pad=kind)

    wide = {"kernel_shape": [1, 3], "pads": [0, 1, 0, 1]}
    square = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    pair = {"kernel_shape": [1, 2], "strides": [1, 2]}
    return {
        "turned": {"Conv": lambda: on("Conv", FIVE, TWO_WEIGHTS)},
        "left over": {
            "Conv": lambda: on("Conv", FIVE, TWO_WEIGHTS, strides=[2, 2])
        },
        "same": {
            "SAME_UPPER": lambda: same("SAME_UPPER"),
            "SAME_LOWER": lambda: same("SAME_LOWER"),
        },
        "same, stride": {
            "SAME_UPPER": lambda: on(
                "Conv", FOUR, THREE_WEIGHTS, auto_pad="SAME_UPPER",
                strides=[2, 2],
            )
        },
        "ceil": {
            "MaxPool": lambda: on(
                "MaxPool", TWO, kernel_shape=[1, 2], strides=[1, 3],
                pads=[0, 1, 0, 1], ceil_mode=1,
            )
        },
        "ceil, mean": {
            "AveragePool": lambda: on(
                "AveragePool", THREE, ceil_mode=1, count_include_pad=1,
                **pair,
            )
        },
        "mean": {"AveragePool": lambda: on("AveragePool", THREE, **wide)},
        "max": {"MaxPool": lambda: on("MaxPool", BELOW_ZERO, **square)},
        "nan": {"MaxPool": lambda: on("MaxPool", NOT_NUMBERS, **pair)},
        "batch": {
            "BatchNormalization": lambda: normalized(0.0, answers=1)
        },
        "running": {
            "BatchNormalization": lambda: normalized(0.0, answers=3)
        },
        "momentum": {
            "BatchNormalization": lambda: normalized(0.25, answers=2)
        },
        "integers": {
            "AveragePool": lambda: on("AveragePool", INTEGERS, **pair)
        },
    }  # fmt: skip


def tensorflow() -> Runs:
    """Ask ``tf.nn`` and Keras; their channels stand last."""
    import tensorflow as tf

    def last(x: Array) -> Any:
        return tf.constant(np.moveaxis(x, 1, -1))

    def convolve(x: Array, w: Array, padding: str, stride: int = 1) -> Any:
        filters = w.transpose(2, 3, 1, 0)
        return tf.nn.conv2d(last(x), filters, stride, padding)

    most, mean = tf.nn.max_pool2d, tf.nn.avg_pool2d

    def slope(call: Callable[..., Any], x: Array) -> Any:
        x = last(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(x)
        return tape.gradient(y, x)

    def normalized(momentum: float) -> tuple[Any, ...]:
        layer = tf.keras.layers.BatchNormalization(
            momentum=momentum, epsilon=EPS
        )
        y = layer(last(BATCH), training=True)
        return y, layer.moving_mean, layer.moving_variance

    keras, pair = "BatchNormalization", ((1, 2), (1, 2), "VALID")
    return {
        "turned": {
            "conv2d": lambda: convolve(FIVE, TWO_WEIGHTS, "VALID")
        },
        "left over": {
            "conv2d": lambda: convolve(FIVE, TWO_WEIGHTS, "VALID", 2)
        },
        "same": {"conv2d": lambda: convolve(FOUR, TWO_WEIGHTS, "SAME")},
        "same, stride": {
            "conv2d": lambda: convolve(FOUR, THREE_WEIGHTS, "SAME", 2)
        },
        "mean": {"avg_pool2d": lambda: mean(last(THREE), (1, 3), 1, "SAME")},
        "max": {"max_pool2d": lambda: most(last(BELOW_ZERO), 3, 1, "SAME")},
        "nan": {
            "max_pool2d": lambda: most(last(NOT_NUMBERS), *pair)
        },
        "ties": {
            "max_pool2d": lambda: slope(
                lambda x: most(x, (1, 3), 1, "VALID"), TIED
            )
        },
        "relu": {"relu": lambda: slope(tf.nn.relu, ZERO)},
        "batch": {keras: lambda: normalized(0.0)[0]},
        "running": {keras: lambda: normalized(0.0)[2]},
        "momentum": {keras: lambda: normalized(0.25)[1]},
        "integers": {
            "avg_pool2d": lambda: mean(last(INTEGERS), *pair)
        },
    }  # fmt: skip


LIBRARIES = {
    "PyTorch": ("torch", pytorch),
    "SciPy": ("scipy", scipy),
    "JAX": ("jax", jax),
    "ONNX": ("onnx", onnx),
    "TensorFlow": ("tensorflow", tensorflow),
}
"""Names, the packages that are installed, and what is asked of them."""
