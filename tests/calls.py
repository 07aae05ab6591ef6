"""A valid call of every public name, and what each argument refuses.

The tests of bad input put every wrong value in its argument's place; the
tests of arguments look at what a valid call does to them.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

import refspec
from refspec import (
    RBF,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    Network,
    ReLU,
    Window,
)
from refspec.network import Layer


class Argument(NamedTuple):
    """A value that fits, and values that do not."""

    value: Any
    wrong: tuple[Any, ...] = ()


def _numbers(*shape):
    """Small whole numbers, no two neighbours alike."""
    return (np.arange(math.prod(shape)).reshape(shape) * 7 % 11 - 5) * 1.0


def _sized(shape, *others):
    """Give arrays of other ranks and sizes, all in order but for the shape."""
    return tuple(np.ones(other) for other in others if other != shape)


def _without(shape, *axes):
    """Give arrays with one axis of size zero each."""
    return tuple(
        np.ones([0 if i == axis else n for i, n in enumerate(shape)])
        for axis in axes
    )


def _less(mapping, key):
    """Give a mapping without one of its keys."""
    return {name: held for name, held in mapping.items() if name != key}


NO_NUMBERS = (
    [[1], [1, 2]],
    "text",
    None,
    {},
    1j,
    np.ones((1, 1, 1, 1), complex),
    np.array(["1", "2"]),
    np.array([None, 1]),
    np.array([1j, 1], object),
    np.array(["2020-01-01"], "M8[D]"),
)
NO_INTEGERS = (0, -1, 1.0, 1.5, math.nan, True, np.True_, "2", None, 1j)


def anything(*shape):
    """Numbers of any shape."""
    return Argument(_numbers(*shape), NO_NUMBERS)


def alike(*shape, batch=False):
    """Numbers of this shape and no other, but for the size of a batch."""
    longer = [
        (*shape[:axis], shape[axis] + 1, *shape[axis + 1 :])
        for axis in range(batch, len(shape))
    ]
    others = _sized(shape, shape[1:], (1, *shape), *longer)
    return Argument(_numbers(*shape), (*NO_NUMBERS, *others))


def ranked(*shape, full=()):
    """Numbers of this rank; the axes in `full` have a cell or more."""
    others = _sized(shape, shape[1:], (1, *shape))
    empty = _without(shape, *full)
    return Argument(_numbers(*shape), (*NO_NUMBERS, *others, *empty))


def images(*shape):
    """A batch (N, C, H, W)."""
    return ranked(*shape, full=(1, 2, 3))


def one_image(*shape):
    """One image, or a batch of them, whose channels stand anywhere."""
    return Argument(
        _numbers(*shape),
        (*NO_NUMBERS, *_sized(shape, (2, 2)), *_without(shape, 0, 1, 2)),
    )


def pixels(*shape):
    """Anything whose last two axes are rows and columns."""
    others = *_sized(shape, (), (3,)), *_without(shape, -2 % len(shape))
    return Argument(_numbers(*shape), (*NO_NUMBERS, *others))


def filters(*shape):
    """Weights, of which none has no cell."""
    return ranked(*shape, full=range(len(shape)))


def vector(length):
    """One number for each of so many."""
    return alike(length)


def bias(length):
    """The same, or None."""
    given = vector(length)
    wrong = tuple(value for value in given.wrong if value is not None)
    return Argument(given.value, wrong)


def variance(length):
    """The same, none of them negative."""
    given = vector(length)
    return Argument(given.value**2, (*given.wrong, [-1.0] * length))


def count(value, *wrong):
    """A whole number from 1 on."""
    return Argument(value, (*NO_INTEGERS, (1, 1), *wrong))


NO_PAIRS = (
    *(value for value in NO_INTEGERS if value is not None),
    "same",
    (),
    (1,),
    (1, 1, 1),
    (1, 0),
    (0, 1),
    (1, 1.0),
    (True, 1),
    (1, None),
    ((1, 1), (1, 1)),
    np.array([1.0, 1.0]),
    {1, 2},
)


def pair(value, *wrong):
    """A whole number from 1 on, or two of them."""
    return Argument(value, (*NO_PAIRS, None, *wrong))


def perhaps_pair(value):
    """The same, or None."""
    return Argument(value, NO_PAIRS)


NO_FRAMES = (
    -1,
    1.0,
    0.5,
    True,
    None,
    "full",
    1j,
    (),
    (1,),
    (1, 1, 1),
    (0, -1),
    (0, 1.0),
    (True, 0),
    ((0, 0), (0, -1)),
    ((0, 0), (0, 0.5)),
    ((0, 0), (0, 0), (0, 0)),
    ((0, 0, 0), (0, 0)),
    ((0, 1), 1),
    np.array([0.5, 0.5]),
)


def frame(value):
    """Cells around an image."""
    return Argument(value, NO_FRAMES)


def flag(value):
    """Yes or no."""
    return Argument(value, ("yes", None, 2, [True]))


NO_NUMBER = (
    math.nan,
    math.inf,
    -math.inf,
    10**400,
    Decimal("NaN"),
    Decimal("sNaN"),
    None,
    "1",
    1j,
    [1.0, 2.0],
    {},
)


def number(value, *wrong):
    """One finite number."""
    return Argument(value, (*NO_NUMBER, *wrong))


SLIDING = {"stride": pair((1, 2)), "padding": frame(1), "dilation": pair(1)}
SPATIAL = {**SLIDING, "groups": count(1, 3)}
POOLING = {
    **SLIDING,
    "stride": perhaps_pair((2, 1)),
    "padding": frame((0, 1)),
    "ceil_mode": flag(value=True),
}
AVERAGING = {**POOLING, "count_include_pad": flag(value=False)}
EPS = {"eps": number(3, -0.5)}
BATCH = Argument(
    3 + np.sign(_numbers(2, 2, 2, 4) + 0.5),  # the variance is 1, its root too
    (*NO_NUMBERS[:4], np.ones(3), np.ones((1, 2)), np.ones((2, 0))),
)
EXTREME = anything(2, 3)._replace(value=1000 * _numbers(2, 3))
LOGITS = ranked(2, 3, full=(1,))._replace(value=EXTREME.value)
LABELS = Argument(
    np.array([0, 2]),
    (
        *NO_NUMBERS,
        0,
        [0],
        [0, 3],
        [0, -1],
        [0, 0.5],
        [0, math.nan],
        [[0, 1]],
    ),
)
STACK = Argument(
    [Window(3, stride=2), Window((1, 2), padding=1)],
    (3, None, [3], [None], [(3, 1, 0, 1)], "33"),
)
KERNEL = {"kernel_size": pair(3)}
CHANNELS = {"in_channels": count(2), "out_channels": count(4)}
SHAPES = (3, "224", (), (1, 2), (1, 0, 2), (1, 2.0, 2), (True, 2, 2))

NET = Network(
    [Conv(2, 2, name="conv"), ReLU(), Flatten(), Dense(3, name="output")],
    input_shape=(1, 3, 3),
)
NORMED = Network(
    [Conv(2, 2, name="conv"), BatchNorm(name="norm")], input_shape=(1, 3, 3)
)
WEIGHTS = {
    "conv": {"w": _numbers(2, 1, 2, 2), "b": _numbers(2)},
    "output": {"w": _numbers(3, 8), "b": _numbers(3)},
}
NORMED_WEIGHTS = {
    "conv": WEIGHTS["conv"],
    "norm": {"gamma": _numbers(2), "beta": _numbers(2)},
}
STATISTICS = {"norm": (_numbers(2), np.array([2.0, 7.0]))}
NO_STATISTICS = ({"norm": None}, {"norm": 3}, {"norm": [[1.0, 1.0]]})
IMAGES = _numbers(2, 1, 3, 3)
NETWORK = Argument(NET, (None, "lenet5", [Conv(2, 2)]))
VOLUMES = refspec.forward(NET, WEIGHTS, IMAGES)
PARAMETERS = Argument(
    WEIGHTS,
    (
        None,
        [],
        {},
        {**WEIGHTS, "conv": {"w": np.ones((2, 1, 2, 2))}},
        {**WEIGHTS, "conv": {"w": np.ones((2, 1, 2, 3)), "b": np.ones(2)}},
        {**WEIGHTS, "conv": None},
    ),
)

CALLS: dict[str, dict[str, Argument]] = {
    "flatten": {"x": one_image(2, 3, 2)},
    "unflatten": {
        "v": Argument(_numbers(2, 6), (*NO_NUMBERS, 1, np.ones((1, 1, 6)))),
        "shape": Argument(
            (1, 2, 3),
            (6, None, (2, 3), (1, 2, 0), (1, 2, 4), (1, 2.0, 3), (True, 2, 3)),
        ),
    },
    "hwc_to_chw": {"x": one_image(2, 3, 4)},
    "chw_to_hwc": {"x": one_image(2, 3, 4)},
    "to_grayscale": {
        "x": Argument(
            _numbers(2, 2, 3), (*one_image(2, 2, 3).wrong, np.ones((3, 2, 2)))
        )
    },
    "dense": {"x": ranked(2, 3), "w": filters(4, 3), "b": bias(4)},
    "dense_backward": {
        "dy": alike(2, 4), "x": ranked(2, 3), "w": filters(4, 3),
    },
    "effective_kernel_size": {"kernel_size": count(3), "dilation": count(2)},
    "output_size": {
        "size": count(7),
        "kernel_size": count(3),
        "stride": count(2),
        "padding": Argument((0, 1), (-1, 1.5, True, (0, -1), (1,), "same")),
        "dilation": count(2),
        "ceil_mode": flag(value=True),
    },
    "same_padding": {
        "size": count(5), "kernel_size": count(2), "stride": count(2),
        "dilation": count(1),
    },
    "zero_pad": {"x": pixels(2, 3, 4), "padding": frame(((1, 0), (0, 2)))},
    "unpad": {"x": pixels(2, 3, 4), "padding": frame(((1, 0), (0, 2)))},
    "windows": {"x": pixels(2, 3, 4), "kernel_size": pair(2), **SLIDING},
    "coverage": {"sizes": pair((3, 4)), "kernel_size": pair(2), **SLIDING},
    "window_response": {"window": pixels(2, 3), "kernel": alike(2, 3)},
    "feature_map": {
        "image": ranked(3, 4, full=(0, 1)), "kernel": filters(2, 3),
    },
    "conv2d": {
        "x": images(2, 2, 3, 4), "w": filters(2, 2, 2, 3), "b": bias(2),
        **SPATIAL,
    },
    "conv_transpose2d": {
        "y": alike(2, 2, 4, 2, batch=True), "w": filters(2, 2, 2, 3),
        "input_size": pair((3, 4)), **SPATIAL,
    },
    "conv2d_backward": {
        "dy": alike(2, 2, 4, 2), "x": images(2, 2, 3, 4),
        "w": filters(2, 2, 2, 3), **SPATIAL,
    },
    "dilate_kernel": {"w": pixels(2, 2, 3), "dilation": pair(2)},
    "pointwise_conv2d": {
        "x": images(2, 2, 3, 4), "w": filters(3, 2), "b": bias(3),
    },
    "depthwise_conv2d": {
        "x": images(2, 2, 3, 4), "w": filters(4, 1, 2, 3), "b": bias(4),
        **SLIDING,
    },
    "separable_conv2d": {
        "x": images(2, 2, 3, 4), "depthwise": filters(4, 1, 2, 3),
        "pointwise": filters(3, 4), "b": bias(3), **SLIDING,
    },
    "conv_parameters": {
        **KERNEL, **CHANNELS, "groups": count(2, 3), "bias": flag(value=False)
    },
    "conv_multiplications": {
        "output_size": pair(3), **KERNEL, **CHANNELS, "groups": count(2, 3),
    },
    "dense_parameters": {
        "inputs": count(3), "outputs": count(2), "bias": flag(value=False),
    },
    "dense_multiplications": {"inputs": count(3), "outputs": count(2)},
    "separable_parameters": {**KERNEL, **CHANNELS},
    "separable_multiplications": {
        "output_size": pair(3), **KERNEL, **CHANNELS,
    },
    "Window": {**KERNEL, **SLIDING},
    "ReceptiveField": {
        # an answer: nobody hands one in
        "size": Argument((1, 1)), "jump": Argument((1, 1)),
        "start": Argument((0, 0)),
    },
    "receptive_field": {"windows": STACK},
    "receptive_field_closed_form": {"windows": STACK},
    "receptive_field_trace": {
        "windows": STACK,
        "cell": Argument((0, 2), (-1, 1.0, True, "2", None, (0,), (0, -1))),
    },
    "effective_receptive_field": {
        "filters": Argument(
            [_numbers(2, 1, 3, 3), _numbers(1, 2, 1, 3)],
            (
                3, None, [], [None], ["text"], [np.ones((1, 1, 3))],
                [np.ones((2, 1, 3, 3)), np.ones((1, 1, 1, 3))],
                [np.ones((1, 1, 0, 3)), np.ones((1, 1, 1, 3))],
            ),
        ),
        "strides": Argument(
            [1, (1, 2)], (3, [1], [1, 0], [1, 1.0], [1, True], [1, None])
        ),
        "dilations": Argument(
            [2, 1], (3, [1], [1, 0], [1, 1.0], [1, True], [1, None])
        ),
    },
    "gabor": {
        **KERNEL,
        "wavelength": number(4, 0, -1),
        "sigma": number(2, 0, -1),
        "orientation": number(0.5),
        "phase": number(0.5),
        "aspect": number(0.5, 0, -1),
    },
    "simple_cell": {
        "image": ranked(3, 4, full=(0, 1)), "w": filters(2, 3),
    },
    "complex_cell": {
        "image": ranked(3, 4, full=(0, 1)),
        "even": ranked(2, 2, full=(0, 1)),
        "odd": alike(2, 2), "pool_size": pair((1, 2)),
    },
    "max_pool2d": {"x": images(2, 2, 3, 4), "kernel_size": pair(2), **POOLING},
    "max_pool2d_backward": {
        "dy": alike(2, 2, 2, 5), "x": images(2, 2, 3, 4),
        "kernel_size": pair(2), **POOLING,
    },
    "avg_pool2d": {
        "x": images(2, 2, 3, 4), "kernel_size": pair(2), **AVERAGING,
    },
    "avg_pool2d_backward": {
        "dy": alike(2, 2, 2, 5), "x": images(2, 2, 3, 4),
        "kernel_size": pair(2), **AVERAGING,
    },
    "min_pool2d": {"x": images(2, 2, 3, 4), "kernel_size": pair(2), **POOLING},
    "min_pool2d_backward": {
        "dy": alike(2, 2, 2, 5), "x": images(2, 2, 3, 4),
        "kernel_size": pair(2), **POOLING,
    },
    "relu": {"x": anything(2, 3)},
    "relu_backward": {"dy": alike(2, 3), "x": anything(2, 3)},
    "sigmoid": {"x": EXTREME},
    "tanh": {"x": EXTREME},
    "batch_statistics": {"x": BATCH._replace(wrong=BATCH.wrong[:-2])},
    "batch_norm": {"x": BATCH, "gamma": vector(2), "beta": vector(2), **EPS},
    "running_statistics": {
        "x": BATCH, "mean": vector(2), "variance": variance(2),
        "momentum": number(0.5, -0.5, 1.5),
    },
    "batch_norm_inference": {
        "x": BATCH._replace(wrong=BATCH.wrong[:-2]),
        "mean": vector(2), "variance": variance(2), "gamma": vector(2),
        "beta": vector(2), **EPS,
    },
    "batch_norm_backward": {
        "dy": alike(2, 2, 2, 4), "x": BATCH, "gamma": vector(2), **EPS,
    },
    "fold_batch_norm": {
        "w": Argument(_numbers(2, 1, 2, 2), (*NO_NUMBERS, np.ones(2))),
        "b": bias(2), "mean": vector(2), "variance": variance(2),
        "gamma": vector(2), "beta": vector(2), **EPS,
    },
    "Conv": {"out_channels": count(2), **KERNEL, **SPATIAL,
             "bias": flag(value=False)},
    "PartialConv": {
        "maps": Argument(
            ((0, 1), (1,)),
            (
                3, None, (), (0,), ((),), ((0, 0),), ((2,),), ((-1,),),
                (("a",),), ((True,),), ((0.0,),), (([0],),),
            ),
        ),
        **KERNEL,
    },
    "Pool": {
        "mode": Argument("max", ("mean", None, 3, ["max"], np.ones(2))),
        **KERNEL, **POOLING,
    },
    "GlobalAveragePool": {},
    "Subsampling": {**KERNEL},
    "ReLU": {},
    "LeakyReLU": {"slope": number(0.5)},
    "Tanh": {"amplitude": number(1.5), "slope": number(0.5)},
    "BatchNorm": {**EPS},
    "Flatten": {},
    "Dense": {"out_features": count(2), "bias": flag(value=False)},
    "RBF": {"out_features": count(2)},
    "Add": {},
    "Concat": {},
    "Network": {
        "layers": Argument([ReLU()], (3, None, [], [3], [None], ReLU())),
        "input_shape": Argument((1, 2, 2), (*SHAPES, None)),
    },
    "network_table": {
        "network": NETWORK, "input_shape": Argument((1, 4, 4), SHAPES),
    },
    "lenet5": {},
    "lenet5_1998": {},
    "lenet5_dense": {},
    "alexnet": {},
    "vgg16": {},
    "resnet50": {
        "stride_in": Argument("1x1", ("2x2", None, 3, ["3x3"], np.ones(2))),
    },
    "mobilenet_v1": {},
    "darknet53": {},
    "softmax": {"logits": LOGITS},
    "softmax_backward": {
        "dy": alike(2, 3), "logits": LOGITS,
    },
    "cross_entropy": {
        "logits": LOGITS._replace(wrong=(*LOGITS.wrong, np.ones((0, 3)))),
        "labels": LABELS,
    },
    "cross_entropy_backward": {
        "logits": LOGITS._replace(wrong=(*LOGITS.wrong, np.ones((0, 3)))),
        "labels": LABELS,
    },
    "minibatches": {
        "x": Argument(_numbers(4, 2), (*NO_NUMBERS, 3)),
        "labels": Argument(np.arange(4), (*NO_NUMBERS, 3, [1, 2, 3])),
        "size": count(3),
        "rng": Argument(1, (-1, 1.5, "seed")),
    },
    "initial_parameters": {
        "network": NETWORK,
        "rng": Argument(1, (-1, 1.5, "seed")),
        "input_shape": Argument((1, 3, 3), SHAPES),
        "dtype": Argument("f4", ("text", complex, "S3", 7, {"w": 3})),
    },
    "forward": {
        "network": NETWORK._replace(value=NORMED),
        "parameters": PARAMETERS._replace(value=NORMED_WEIGHTS),
        "x": Argument(IMAGES, (*NO_NUMBERS, np.ones(3))),
        "statistics": Argument(STATISTICS, (3, [], {}, *NO_STATISTICS)),
    },
    "backward": {
        "network": NETWORK, "parameters": PARAMETERS,
        "volumes": Argument(
            VOLUMES,
            (
                None, {}, [],
                *(_less(VOLUMES, name) for name in ("input", "conv")),
            ),
        ),
        "dy": alike(2, 3), "input_gradient": flag(value=True),
    },
    "update_statistics": {
        "network": NETWORK._replace(value=NORMED),
        "volumes": Argument(
            refspec.forward(NORMED, NORMED_WEIGHTS, IMAGES),
            (None, {}, [], {"conv": 3}, {"conv": None}),
        ),
        "statistics": Argument(STATISTICS, (3, [], *NO_STATISTICS)),
        "momentum": number(0.5, -0.5, 1.5),
    },
    "sgd_step": {
        "parameters": Argument(WEIGHTS, (None, "text", 1j)),
        "gradients": Argument(
            {"conv": {"w": np.ones((2, 1, 2, 2))}},
            (None, {"dense": {}}, {"conv": None},
             {"conv": {"w": np.ones((2, 1, 2, 3))}}),
        ),
        "learning_rate": number(0.5, -0.5),
    },
}  # fmt: skip


def answer(name, **arguments):
    """Call a public name; a description is asked what it describes."""
    operation = getattr(refspec, name)
    signature = inspect.signature(operation)
    bound = inspect.BoundArguments(signature, dict(arguments))
    if name in {"Add", "Concat"}:
        bound.arguments["inputs"] = ("above", "input")
    result = operation(*bound.args, **bound.kwargs)
    if name == "minibatches":
        return list(result)
    if isinstance(result, Window):
        return refspec.receptive_field([result])
    return _row(result) if isinstance(result, Layer) else result


def _row(layer):
    """Tell what a layer makes of a volume; one alone is not looked at."""
    above = Flatten() if isinstance(layer, (Dense, RBF)) else ReLU()
    network = Network(
        [dataclasses.replace(above, name="above"), layer],
        input_shape=(2, 6, 6),
    )
    return refspec.network_table(network)
