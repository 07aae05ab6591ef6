"""ONNX: a graph of one or two nodes for each operation, for any runtime.

A runtime is a function that is given a model and arrays. The graphs are the
same for all of them, so that what differs is the runtime's. What a runtime
refuses is left refused: nothing is computed in its place.

Not offered is `running_statistics`: ONNX keeps the biased variance. The
learning rate of a running mean is ONNX's momentum turned round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, helper, numpy_helper

from refspec import _checks
from refspec._numbers import Array
from refspec.laws.domain import FLOAT32, FLOAT64, Numbers, Unsupported
from refspec.oracle.implementations import Implementation

FLOATS = (FLOAT64, FLOAT32)
OPSET = 22
"""The first that says that no window starts in the padding at the end."""
IR_VERSION = 10


@dataclass(frozen=True)
class Runtime:
    """What runs a model, and what it takes.

    Attributes
    ----------
    name, version : str
    run : function of a model and of arrays by name
        Gives the outputs in their order.
    numbers, number_limits, supports
        As of an `Implementation`.
    constants : bool
        Whether weights have to be part of the model; only the first array
        is given to it otherwise.
    without : set of str
        The operations that it has not.
    limits : tuple of str
        Words, in lower case, with which it says that it cannot do what is
        valid ONNX. Any other error is a refusal.

    """

    name: str
    version: str
    run: Callable[[ModelProto, dict[str, Array]], Sequence[Any]]
    numbers: tuple[Numbers, ...] = FLOATS
    number_limits: Mapping[str, tuple[Numbers, ...]] = field(
        default_factory=dict
    )
    supports: Mapping[str, Mapping[str, frozenset[Any]]] = field(
        default_factory=dict
    )
    constants: bool = False
    without: frozenset[str] = frozenset()
    limits: tuple[str, ...] = ()


class Graph(NamedTuple):
    """Nodes, what they are given, and what they are asked for."""

    nodes: list[NodeProto]
    arrays: dict[str, Array]
    outputs: tuple[str, ...] = ("y",)
    rank: int | None = None
    """Of the outputs, where not that of the first array."""


def _arrays(**arrays: Array | None) -> dict[str, Array]:
    """Copy what is given, so that it lies in memory row by row."""
    return {
        name: np.array(array, order="C")
        for name, array in arrays.items()
        if array is not None
    }


def _graph(
    operator: str, arrays: dict[str, Array], **attributes: Any
) -> Graph:
    """Make a graph of one node that reads all arrays and gives one."""
    node = helper.make_node(operator, [*arrays], ["y"], **attributes)
    return Graph([node], arrays)


def _model(graph: Graph, *, constants: bool) -> ModelProto:
    """Make a model whose weights are inputs, or constants."""
    first = next(iter(graph.arrays))
    x = graph.arrays[first]
    element = helper.np_dtype_to_tensor_dtype(x.dtype)
    axes = [None] * (x.ndim if graph.rank is None else graph.rank)
    weights = [n for n in graph.arrays if constants and n != first]
    made = helper.make_graph(
        graph.nodes,
        "refspec",
        [
            helper.make_tensor_value_info(name, element, array.shape)
            for name, array in graph.arrays.items()
            if name not in weights
        ],
        [
            helper.make_tensor_value_info(name, element, axes)
            for name in graph.outputs
        ],
        [numpy_helper.from_array(graph.arrays[n], n) for n in weights],
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(
        made, opset_imports=[opset], ir_version=IR_VERSION
    )


def _on(runtime: Runtime, operation: Callable[..., Graph]) -> Any:
    """Run the graph of an operation as one on arrays."""
    numbers = runtime.number_limits.get(operation.__name__, runtime.numbers)
    taken = {n.dtype for n in numbers}

    @wraps(operation)
    def on_arrays(*arguments: Any, **options: Any) -> Any:
        graph = operation(*arguments, **options)
        dtypes = {array.dtype.name for array in graph.arrays.values()}
        if not dtypes <= taken:
            raise Unsupported(f"numbers of {', '.join(sorted(dtypes))}")
        model = _model(graph, constants=runtime.constants)
        given = {n.name: graph.arrays[n.name] for n in model.graph.input}
        try:
            answers = runtime.run(model, given)
        except Exception as error:
            raise _refusal(runtime, error) from error
        parts = tuple(np.array(answer) for answer in answers)
        return parts if len(parts) > 1 else parts[0]

    return on_arrays


LINE = 400
"""Of what a runtime says, how many characters are kept."""
NOT_DONE = ("not implemented", "not_implemented", "notimplemented",
            "not support", "unsupported", "not yet")  # fmt: skip


def _refusal(runtime: Runtime, error: Exception) -> Exception:
    """Tell a limit of a runtime from its refusal, by its words."""
    said, _, _ = str(error).partition("Stack backtrace")
    line = " ".join(f"{type(error).__name__}: {said}".split())
    if any(s in line.lower() for s in (*NOT_DONE, *runtime.limits)):
        return Unsupported(line[:LINE])
    return ValueError(line[:LINE])


def offer(runtime: Runtime) -> Implementation:
    """Offer what a runtime makes of the graphs."""
    offered = {
        name: _on(runtime, operation)
        for name, operation in OPERATIONS.items()
        if name not in runtime.without
    }
    return Implementation(
        name=runtime.name,
        version=runtime.version,
        operations=offered,
        numbers=runtime.numbers,
        number_limits=runtime.number_limits,
        supports=runtime.supports,
    )


def load() -> Implementation:
    """Offer ONNX's own evaluator, which says what an operator means."""
    from onnx.reference import ReferenceEvaluator

    def run(model: ModelProto, inputs: dict[str, Array]) -> Sequence[Any]:
        answers: Any = ReferenceEvaluator(model).run(None, inputs)
        return [*answers]

    return offer(Runtime("onnx-reference", onnx.__version__, run))


# Geometry.


def _padding(padding: Any) -> dict[str, Any]:
    """Spell padding as ONNX does: what comes before, then what after."""
    if padding == "same":
        return {"auto_pad": "SAME_UPPER"}
    if padding == "valid":
        return {"auto_pad": "VALID"}
    (top, bottom), (left, right) = _checks.frame("padding", padding)
    return {"pads": [top, left, bottom, right]}


def _places(stride: Any, padding: Any, dilation: Any) -> dict[str, Any]:
    return {
        "strides": _checks.pair("stride", stride, least=1),
        "dilations": _checks.pair("dilation", dilation, least=1),
        **_padding(padding),
    }


# Convolution and dense layers.


def dense(x: Array, w: Array, b: Array | None = None, /) -> Graph:
    """Multiply with ``Gemm``, the weights turned."""
    return _graph("Gemm", _arrays(x=x, w=w, b=b), transB=1)


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
) -> Graph:
    """Convolve with ``Conv``."""
    return _graph(
        "Conv", _arrays(x=x, w=w, b=b), group=groups,
        kernel_shape=np.shape(w)[2:], **_places(stride, padding, dilation),
    )  # fmt: skip


def depthwise_conv2d(
    x: Array, w: Array, b: Array | None = None, /, **options: Any
) -> Graph:
    """Convolve with as many groups as channels."""
    return conv2d(x, w, b, groups=x.shape[1], **options)


def _cells(w: Array) -> Array:
    """Make kernels of 1 x 1 of a matrix."""
    return w.reshape(*w.shape[:2], 1, 1)


def pointwise_conv2d(x: Array, w: Array, b: Array | None = None, /) -> Graph:
    """Convolve with kernels of 1 x 1."""
    return conv2d(x, _cells(w), b)


def separable_conv2d(
    x: Array,
    depthwise: Array,
    pointwise: Array,
    b: Array | None = None,
    /,
    **options: Any,
) -> Graph:
    """Convolve twice: channel by channel, then with kernels of 1 x 1."""
    first = depthwise_conv2d(x, depthwise, **options)
    first.nodes[0].output[0] = "maps"
    more = _arrays(p=_cells(pointwise), b=b)
    second = helper.make_node("Conv", ["maps", *more], ["y"])
    return Graph([*first.nodes, second], {**first.arrays, **more})


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
) -> Graph:
    """Transpose with ``ConvTranspose``; `output_padding` gives the size."""
    if padding == "same":
        raise Unsupported('padding="same" of a transpose is another size')
    frame = _checks.frame("padding", 0 if padding == "valid" else padding)
    places = _places(stride, frame, dilation)
    sizes = _checks.pair("input_size", input_size, least=1)
    beyond = [
        size + sum(sides) - ((out - 1) * s + (k - 1) * d + 1)
        for size, sides, out, s, k, d in zip(
            sizes, frame, y.shape[2:], places["strides"], w.shape[2:],
            places["dilations"], strict=True,
        )
    ]  # fmt: skip
    return _graph(
        "ConvTranspose", _arrays(y_=y, w=w), group=groups,
        kernel_shape=w.shape[2:], output_padding=beyond, **places,
    )  # fmt: skip


# Pooling.


def _pool(
    operator: str, x: Array, kernel_size: Any, /, *, stride: Any = None,
    padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    **attributes: int,
) -> Graph:  # fmt: skip
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    stride = kernel if stride is None else stride
    if padding == "same" and _below_zero(x.shape, kernel, stride, dilation):
        raise Unsupported("ONNX's formula gives a padding below 0")
    return _graph(
        operator, _arrays(x=x), kernel_shape=kernel, ceil_mode=int(ceil_mode),
        **_places(stride, padding, dilation), **attributes,
    )  # fmt: skip


def _below_zero(
    shape: Sequence[int], kernel: Any, stride: Any, dilation: Any
) -> bool:
    """Say whether strides step over more of an axis than a window spans.

    ``pad_shape[i] = (output_spatial_shape[i] - 1) * strides_spatial_shape[i]
    + ((kernel_spatial_shape[i] - 1) * dilations[i] + 1) -
    input_spatial_shape[i]``, says ONNX of a pooling, and not what of less
    than 0: some take 0, others start as many cells inside.
    """
    return any(
        (-(-size // s) - 1) * s + (k - 1) * d + 1 < size
        for size, k, s, d in zip(
            shape[2:], kernel, _checks.pair("stride", stride, least=1),
            _checks.pair("dilation", dilation, least=1), strict=True,
        )
    )  # fmt: skip


def max_pool2d(x: Array, kernel_size: Any, /, **options: Any) -> Graph:
    """Pool with ``MaxPool``."""
    return _pool("MaxPool", x, kernel_size, **options)


def min_pool2d(x: Array, kernel_size: Any, /, **options: Any) -> Graph:
    """Pool the negative: min(x) = -max(-x)."""
    graph = max_pool2d(x, kernel_size, **options)
    (pool,) = graph.nodes
    pool.input[0], pool.output[0] = "minus x", "minus y"
    before = helper.make_node("Neg", ["x"], ["minus x"])
    after = helper.make_node("Neg", ["minus y"], ["y"])
    return graph._replace(nodes=[before, pool, after])


def avg_pool2d(
    x: Array, kernel_size: Any, /, *, count_include_pad: bool = True,
    **options: Any,
) -> Graph:  # fmt: skip
    """Pool with ``AveragePool``."""
    return _pool(
        "AveragePool", x, kernel_size,
        count_include_pad=int(count_include_pad), **options,
    )  # fmt: skip


# Activation.


def relu(x: Array, /) -> Graph:
    """Keep what is positive."""
    return _graph("Relu", _arrays(x=x))


def sigmoid(x: Array, /) -> Graph:
    """Squeeze between 0 and 1."""
    return _graph("Sigmoid", _arrays(x=x))


def tanh(x: Array, /) -> Graph:
    """Squeeze between -1 and 1."""
    return _graph("Tanh", _arrays(x=x))


def softmax(logits: Array, /) -> Graph:
    """Turn scores into probabilities."""
    return _graph("Softmax", _arrays(x=logits), axis=1)


# Normalization.


def _eps(eps: float, x: Array) -> float:
    """Return an eps that survives as an attribute, which is a float32."""
    if x.dtype == np.float64 and float(np.float32(eps)) != float(eps):
        raise Unsupported(f"epsilon={eps}: ONNX keeps it as a float32")
    return float(eps)


def batch_norm_inference(
    x: Array,
    mean: Array,
    variance: Array,
    gamma: Array,
    beta: Array,
    /,
    *,
    eps: float = 1e-5,
) -> Graph:
    """Normalize by statistics that are given."""
    arrays = _arrays(x=x, gamma=gamma, beta=beta, mean=mean, var=variance)
    return _graph("BatchNormalization", arrays, epsilon=_eps(eps, x))


def _in_training(x: Array, gamma: Array, beta: Array, eps: float) -> Graph:
    """Normalize by the batch, and give its statistics as they are."""
    arrays = _arrays(
        x=x, gamma=gamma, beta=beta, mean=np.zeros_like(gamma),
        var=np.ones_like(gamma),
    )  # fmt: skip
    outputs = ("y", "new_mean", "new_var")
    node = helper.make_node(
        "BatchNormalization", [*arrays], outputs, training_mode=1,
        momentum=0.0, epsilon=_eps(eps, x),
    )  # fmt: skip
    return Graph([node], arrays, outputs)


def batch_norm(
    x: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5
) -> Graph:
    """Normalize over the batch: the first output in training."""
    if x.size == x.shape[1]:
        raise Unsupported("ONNX has a variance, 0, of a single value")
    return _in_training(x, gamma, beta, eps)._replace(outputs=("y",))


def batch_statistics(x: Array, /) -> Graph:
    """Forget the old statistics: the other outputs, with momentum 0."""
    one = np.ones(x.shape[1], x.dtype)
    graph = _in_training(x, one, one, 1.0)
    return graph._replace(outputs=("new_mean", "new_var"), rank=1)


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        dense, conv2d, depthwise_conv2d, pointwise_conv2d, separable_conv2d,
        conv_transpose2d, max_pool2d, min_pool2d, avg_pool2d,
        relu, sigmoid, tanh, softmax,
        batch_statistics, batch_norm, batch_norm_inference,
    )
}  # fmt: skip
"""By public name."""

TRAINING = frozenset({"batch_statistics", "batch_norm"})
"""What needs the training mode of ``BatchNormalization``."""
