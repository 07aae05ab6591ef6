"""Sections 7 and 8: what a network is trained with.

A network's weights are a mapping of its layers' names to their arrays by
name, ``parameters["C1"]["w"]``; gradients are shaped like them. A step of
training is

    volumes = forward(network, parameters, x)
    dy = cross_entropy_backward(volumes["output"], labels)
    _, gradients = backward(network, parameters, volumes, dy)
    parameters = sgd_step(parameters, gradients, learning_rate=0.1)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from refspec import _checks, _numbers
from refspec._numbers import Array
from refspec.activation import relu, relu_backward, tanh
from refspec.convolution import conv2d, conv2d_backward, filter_gradients
from refspec.images import dense, dense_backward
from refspec.network import (
    INPUT,
    RBF,
    Add,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    Layer,
    LeakyReLU,
    Network,
    PartialConv,
    Pool,
    ReLU,
    Shape,
    Subsampling,
    Tanh,
    checked,
)
from refspec.normalization import (
    batch_norm,
    batch_norm_backward,
    batch_norm_inference,
    running_statistics,
)
from refspec.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d_backward,
    min_pool2d_backward,
)

__all__ = [
    "softmax",
    "softmax_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "minibatches",
    "initial_parameters",
    "forward",
    "backward",
    "update_statistics",
    "sgd_step",
]

Weights = Mapping[str, Array]  # of one layer: "w", "b", "gamma", "beta"
Statistics = Mapping[str, tuple[Array, Array]]  # of each BatchNorm


def _logits(logits: ArrayLike) -> Array:
    """Return examples with a number for each of at least one class."""
    logits = _checks.array("logits", logits, "N K")
    _checks.not_empty("logits.shape[1:]", logits.shape[1:])
    return logits


def _labels(labels: ArrayLike, logits: Array) -> Array:
    """Return the class of each example, of which there is one or more."""
    _checks.not_empty("logits.shape", logits.shape)
    n, classes = logits.shape
    labels = _checks.vector("labels", labels, n, "example")
    for label in labels.tolist():
        if label not in range(classes):
            raise ValueError(
                f"labels: expected whole numbers from 0 to {classes - 1}, "
                f"found {label}"
            )
    return labels.astype(np.intp)


def _powers(logits: Array) -> tuple[Array, Array]:
    """Give the logits less the largest of the example, and e to them."""
    logits = _numbers.divisible(logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted, _numbers.exponential(shifted)


def _shares(logits: Array) -> Array:
    """Give the softmax in the number type that it is computed in."""
    _, powers = _powers(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def softmax(logits: ArrayLike, /) -> Array:
    r"""Turn the scores of each example into probabilities.

    .. math:: Y_{n,k} = \frac{e^{X_{n,k}}}{\sum_j e^{X_{n,j}}}
              = \frac{e^{X_{n,k} - M_n}}{\sum_j e^{X_{n,j} - M_n}},
              \qquad M_n = \max_j X_{n,j}

    the second, so that no power is above 1.

    Parameters
    ----------
    logits : array (N, K)
        N examples, K classes; N may be 0.

    Returns
    -------
    array (N, K)
        Of floats, or of decimals where the logits are. An example with a
        NaN or with plus infinity is NaN.

    Raises
    ------
    ValueError
        If the shape does not fit, or there is no class.

    Notes
    -----
    Claims: 7.4, 7.5.

    Examples
    --------
    >>> softmax([[0, 0], [1000, 0]])
    array([[0.5, 0.5],
           [1. , 0. ]])

    """
    logits, dtype = _numbers.widen(_logits(logits))
    return _numbers.round_once(_shares(logits), dtype)


def softmax_backward(dy: ArrayLike, logits: ArrayLike, /) -> Array:
    r"""Take the gradient of a loss through `softmax`.

    .. math:: dX_{n,k} = Y_{n,k} \left( dY_{n,k}
              - \sum_j dY_{n,j}\, Y_{n,j} \right)

    Parameters
    ----------
    dy : array (N, K)
        The gradient of the loss with respect to the answer of `softmax`.
    logits : array (N, K)

    Returns
    -------
    array (N, K)

    Raises
    ------
    ValueError
        If the shapes differ, or there is no class.

    Notes
    -----
    Claims: 7.5.

    Examples
    --------
    >>> softmax_backward([[1.0, 0.0]], [[0.0, 0.0]])
    array([[ 0.25, -0.25]])

    """
    logits = _logits(logits)
    dy = _checks.array("dy", dy, "N K")
    _checks.same_shape("dy", dy, logits.shape)
    dy, logits, dtype = _numbers.widen(dy, logits)
    y = _shares(logits)
    mean = (dy * y).sum(axis=1, keepdims=True)
    return _numbers.round_once(y * (dy - mean), dtype)


def cross_entropy(logits: ArrayLike, labels: ArrayLike, /) -> Any:
    r"""Take the loss of a classifier: the mean of what each example costs.

    .. math:: L = -\frac{1}{N} \sum_n \ln \mathrm{softmax}(X)_{n, t_n}
              = \frac{1}{N} \sum_n \left( \ln \sum_k e^{X_{n,k}}
                - X_{n, t_n} \right)

    Parameters
    ----------
    logits : array (N, K)
    labels : array (N,)
        The class t of each example: whole numbers from 0 to K - 1.

    Returns
    -------
    number

    Raises
    ------
    ValueError
        If there is no example, the shapes do not fit each other, or a label
        is none of the classes.

    Notes
    -----
    Claims: 7.4, 8.1.

    Examples
    --------
    >>> float(cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [0, 1]).round(3))
    500.347

    """
    logits = _logits(logits)
    labels = _labels(labels, logits)
    logits, dtype = _numbers.widen(logits)
    shifted, powers = _powers(logits)
    costs = _numbers.logarithm(powers.sum(axis=1))
    costs -= shifted[np.arange(len(labels)), labels]
    loss = np.asarray(costs.sum() / len(labels))
    return _numbers.round_once(loss, dtype)[()]


def cross_entropy_backward(logits: ArrayLike, labels: ArrayLike, /) -> Array:
    r"""Take the gradient of `cross_entropy`.

    .. math:: dX_{n,k} = \frac{1}{N} \left( \mathrm{softmax}(X)_{n,k}
              - [k = t_n] \right)

    Parameters
    ----------
    logits : array (N, K)
    labels : array (N,)
        As given to `cross_entropy`.

    Returns
    -------
    array (N, K)

    Raises
    ------
    ValueError
        As `cross_entropy`.

    Notes
    -----
    Claims: 7.5, 8.1.

    Examples
    --------
    >>> cross_entropy_backward([[0.0, 0.0]], [1])
    array([[ 0.5, -0.5]])

    """
    logits = _logits(logits)
    labels = _labels(labels, logits)
    logits, dtype = _numbers.widen(logits)
    dx = _shares(logits)
    dx[np.arange(len(labels)), labels] -= 1
    return _numbers.round_once(dx / len(labels), dtype)


def minibatches(
    x: ArrayLike,
    labels: ArrayLike,
    size: int,
    /,
    *,
    rng: np.random.Generator | int | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Divide the examples into mini-batches: an epoch of training.

    Parameters
    ----------
    x : array (N, ...)
    labels : array (N, ...)
        What belongs to each example stays with it.
    size : int
        Of a mini-batch; the last is smaller where it does not divide N.
    rng : random generator or int, optional
        Shuffles the examples; without one they come in their order.

    Returns
    -------
    iterator of (x, labels)
        Every example exactly once.

    Raises
    ------
    ValueError
        If there are not as many labels as examples, or the size is below 1.

    Notes
    -----
    Claims: 8.1.

    Examples
    --------
    >>> for x, labels in minibatches([[1], [2], [3]], [0, 1, 0], 2):
    ...     print(x.ravel(), labels)
    [1 2] [0 1]
    [3] [0]

    """
    x, labels = _checks.array("x", x), _checks.array("labels", labels)
    for name, array in (("x", x), ("labels", labels)):
        if not array.ndim:
            raise ValueError(f"{name}: expected an array, found {array}")
    if len(labels) != len(x):
        raise ValueError(
            f"labels: expected one per example ({len(x)}), found {len(labels)}"
        )
    size = _checks.integer("size", size, least=1)
    order = np.arange(len(x))
    if rng is not None:
        _generator(rng).shuffle(order)
    batches = (order[i : i + size] for i in range(0, len(x), size))
    return ((x[batch], labels[batch]) for batch in batches)


def _generator(rng: np.random.Generator | int) -> np.random.Generator:
    """Return a random generator, or the one that a number begins."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(_checks.integer("rng", rng, least=0))


def _float_type(dtype: DTypeLike) -> np.dtype[Any]:
    """Return the type of weights: drawn as integers, most would be 0."""
    try:
        none = np.empty(0, dtype)
    except (TypeError, ValueError):
        none = np.empty(0, bool)
    if _numbers.is_integer(none) or not _numbers.is_numeric(none):
        raise ValueError(f"dtype: expected one of floats, found {dtype!r}")
    return none.dtype


def _mapping(name: str, value: Any, *keys: str) -> Mapping[str, Any]:
    """Return a mapping that has at least these names."""
    if not isinstance(value, Mapping):
        raise ValueError(  # noqa: TRY004 -- bad input is a ValueError
            f"{name}: expected a mapping of names, found {value!r}"
        )
    if not value.keys() >= {*keys}:
        raise ValueError(
            f"{name}: expected {sorted(keys)}, found {sorted(value)}"
        )
    return value


def initial_parameters(
    network: Network,
    /,
    *,
    rng: np.random.Generator | int = 0,
    input_shape: Shape | None = None,
    dtype: DTypeLike = np.float64,
) -> dict[str, dict[str, Array]]:
    r"""Draw the weights that training begins with.

    .. math:: W \sim \mathcal{N}(0,\; 2 / n), \qquad
              B = \beta = 0, \qquad \gamma = 1

    for a unit that reads n cells, its bias among them.

    Parameters
    ----------
    network : Network
    rng : random generator or int
        The same number draws the same weights.
    input_shape : tuple of int, optional
        The network's own, if not given.
    dtype : dtype
        Of the arrays.

    Returns
    -------
    dict of dicts of arrays
        By the names of the layers and of their weights. What is not trained
        (the codes of `RBF`) is there too: signs, drawn alike.

    Raises
    ------
    ValueError
        If a layer cannot take the shape that it is given.

    Notes
    -----
    Claims: 7.4, 8.11. He, Zhang, Ren and Sun, *Delving Deep into Rectifiers*
    (2015), section 2.2.

    Examples
    --------
    >>> parameters = initial_parameters(
    ...     Network([Conv(6, 5), ReLU()], input_shape=(1, 32, 32))
    ... )
    >>> parameters["conv1"]["w"].shape, parameters["conv1"]["b"].shape
    ((6, 1, 5, 5), (6,))

    """
    rng, dtype = _generator(rng), _float_type(dtype)
    parameters: dict[str, dict[str, Array]] = {}
    for layer, shape, made in checked(network).walk(input_shape):
        weights: dict[str, Array] = {}
        for name, size in layer.parameter_shapes(shape).items():
            if name == "w":
                reads = layer.connections(shape) / prod(made)
                weights[name] = rng.normal(0, sqrt(2 / reads), size)
            else:
                weights[name] = np.full(size, 1 if name == "gamma" else 0)
        for name, size in layer.fixed_shapes(shape).items():
            weights[name] = rng.choice([-1, 1], size)
        if weights:
            parameters[layer.name] = {
                name: value.astype(dtype) for name, value in weights.items()
            }
    return parameters


def forward(
    network: Network,
    parameters: Mapping[str, Weights],
    x: ArrayLike,
    /,
    *,
    statistics: Statistics | None = None,
) -> dict[str, Array]:
    """Run a network on a batch.

    Parameters
    ----------
    network : Network
    parameters : mapping of mappings of arrays
        The weights of each layer; see `initial_parameters`.
    x : array (N, C, H, W) or (N, features)
    statistics : mapping of pairs of arrays, optional
        For each `BatchNorm` its running mean and variance. With them it is
        inference; without, training, where a batch has its own.

    Returns
    -------
    dict of arrays
        What every layer makes, by its name, and ``"input"``. The network's
        answer is the last.

    Raises
    ------
    ValueError
        If a layer cannot take what it is given, weights are missing, or
        their shapes do not fit; says which.

    Notes
    -----
    Claims: 3.8, 7.4, 8.7.

    Examples
    --------
    >>> network = Network([Dense(1), ReLU()], input_shape=(2,))
    >>> weights = {"dense1": {"w": np.array([[1, 2]]), "b": np.array([-9])}}
    >>> volumes = forward(network, weights, [[3, 4]])
    >>> volumes["dense1"], volumes["relu1"]
    (array([[2]]), array([[2]]))

    """
    x = _checks.array("x", x, "N C H W", "N features").copy()
    parameters = _mapping("parameters", parameters)
    if statistics is not None:
        statistics = _mapping("statistics", statistics)
    volumes = {INPUT: x}
    for layer, shape, _ in checked(network).walk(x.shape[1:]):
        weights = _weights(layer, shape, parameters)
        given = _merged(layer, [volumes[name] for name in layer.inputs])
        volumes[layer.name] = (
            _run(layer, weights, given)
            if statistics is None or not isinstance(layer, BatchNorm)
            else _infer(layer, weights, given, statistics)
        )
    return volumes


def _weights(
    layer: Layer, shape: Shape, parameters: Mapping[str, Weights]
) -> Weights:
    """Return the weights of a layer, of the shapes that it needs."""
    weights = parameters.get(layer.name, {})
    weights = _mapping(f"parameters[{layer.name!r}]", weights)
    needed = {**layer.parameter_shapes(shape), **layer.fixed_shapes(shape)}
    if set(weights) != set(needed):
        raise ValueError(
            f"parameters: expected {sorted(needed)} for {layer.name}, found "
            f"{sorted(weights)}"
        )
    for name, size in needed.items():
        name_in_full = f"parameters[{layer.name!r}][{name!r}]"
        _checks.same_shape(name_in_full, np.asarray(weights[name]), size)
    return weights


def _merged(layer: Layer, read: list[Array]) -> Array:
    """Make one volume of what a layer reads."""
    if isinstance(layer, Concat):
        return np.concatenate(read, axis=1)
    first, *others = read
    for other in others:
        first = first + other
    return first


def _run(  # noqa: C901, PLR0911 -- a case for each kind of layer
    layer: Layer, weights: Weights, x: Array
) -> Array:
    """Make what a layer makes of a volume."""
    match layer:
        case Conv() | PartialConv() | Subsampling():
            w, options = _convolution(layer, weights["w"], x)
            return conv2d(x, w, weights.get("b"), **options)
        case Dense():
            return dense(x, weights["w"], weights.get("b"))
        case Pool():
            return layer.operation(x, layer.kernel_size, **layer.options)
        case GlobalAveragePool():
            return avg_pool2d(x, x.shape[2:])
        case BatchNorm():
            return batch_norm(
                x, weights["gamma"], weights["beta"], eps=layer.eps
            )
        case ReLU():
            return relu(x)
        case LeakyReLU():
            return np.where(x > 0, x, _numbers.like(layer.slope, x) * x)
        case Tanh():
            a, s = (
                _numbers.like(n, x) for n in (layer.amplitude, layer.slope)
            )
            return np.asarray(a * tanh(s * x))
        case RBF():
            return np.asarray(((x[:, None] - weights["w"]) ** 2).sum(axis=2))
        case Flatten():
            return x.reshape(len(x), prod(x.shape[1:]))
        case Add() | Concat():
            return x
    raise ValueError(f"{layer.name}: nothing runs a {layer.kind}")


def _infer(
    layer: BatchNorm, weights: Weights, x: Array, statistics: Statistics
) -> Array:
    """Normalize by the running statistics."""
    if layer.name not in statistics:
        raise ValueError(
            f"statistics: expected mean and variance for {layer.name}, found "
            f"them for {sorted(statistics)}"
        )
    mean, variance = _moments(statistics, layer)
    return batch_norm_inference(
        x, mean, variance, weights["gamma"], weights["beta"], eps=layer.eps
    )


def _moments(statistics: Statistics, layer: BatchNorm) -> list[ArrayLike]:
    """Return the running mean and variance of a layer."""
    name, of = f"statistics[{layer.name!r}]", "a mean and a variance"
    given = _checks.iterable(name, statistics[layer.name], of)
    if len(given) != 2:
        raise ValueError(f"{name}: expected {of}, found {len(given)} arrays")
    return given


def _convolution(
    layer: Conv | PartialConv | Subsampling, w: Array, x: Array
) -> tuple[Array, dict[str, Any]]:
    """Give filters and options of a `conv2d` that does what a layer does."""
    match layer:
        case PartialConv():
            full = np.zeros(
                (len(layer.maps), x.shape[1], *w.shape[1:]), w.dtype
            )
            full[_connected(layer)] = w
            return full, {}
        case Subsampling():
            kernel = _checks.pair("kernel_size", layer.kernel_size, least=1)
            shape = (len(w), 1, *kernel)
            equal = np.broadcast_to(w[:, None, None, None], shape)
            return equal, {"stride": kernel, "groups": len(w)}
    return w, layer.options


def _connected(layer: PartialConv) -> tuple[list[int], list[int]]:
    """List the filters and the maps that are connected, pair by pair."""
    pairs = [(f, m) for f, maps in enumerate(layer.maps) for m in maps]
    return [f for f, _ in pairs], [m for _, m in pairs]


def backward(
    network: Network,
    parameters: Mapping[str, Weights],
    volumes: Mapping[str, Array],
    dy: ArrayLike,
    /,
    *,
    input_gradient: bool = True,
) -> tuple[Any, dict[str, dict[str, Array]]]:
    r"""Take the gradients of a loss through a network.

    Layer by layer from the last to the first, by the chain rule: a volume
    that several layers read gets the sum of their gradients.

    Parameters
    ----------
    network : Network
    parameters : mapping of mappings of arrays
        As given to `forward`.
    volumes : mapping of arrays
        What `forward` made of a batch, in training.
    dy : array shaped like the network's answer
        The gradient of the loss with respect to it.
    input_gradient : bool
        Training has no use for `dx`; False leaves it out, and saves its time.

    Returns
    -------
    dx : array shaped like the input, or None where it is left out
    gradients : dict of dicts of arrays
        By the names of layers and weights, like `parameters`; what is not
        trained has none.

    Raises
    ------
    ValueError
        If `dy` is not shaped like the answer, or the flag is no bool.

    Notes
    -----
    Claims: 7.4, 7.5.

    Examples
    --------
    >>> network = Network([Dense(1), ReLU()], input_shape=(2,))
    >>> weights = {"dense1": {"w": np.array([[1, 2]]), "b": np.array([-9])}}
    >>> volumes = forward(network, weights, [[3, 4]])
    >>> dx, gradients = backward(network, weights, volumes, [[1]])
    >>> dx, gradients["dense1"]["w"]
    (array([[1, 2]]), array([[3, 4]]))

    """
    names = [layer.name for layer in checked(network).layers]
    volumes = _mapping("volumes", volumes, INPUT, *names)
    parameters = _mapping("parameters", parameters)
    asked_for = _checks.flag("input_gradient", input_gradient)
    last = names[-1]
    dy = _checks.array("dy", dy)
    _checks.same_shape("dy", dy, volumes[last].shape)
    slopes = {last: dy}
    gradients: dict[str, dict[str, Array]] = {}
    for layer in reversed(network.layers):
        if layer.name not in slopes:
            continue  # nothing reads it
        dy = slopes.pop(layer.name)
        read = [volumes[name] for name in layer.inputs]
        x = _merged(layer, read)
        weights = _weights(layer, x.shape[1:], parameters)
        asked = asked_for or set(layer.inputs) != {INPUT}
        dx, own = _give_back(layer, weights, dy, x, asked=asked)
        if own:
            gradients[layer.name] = {name: own[name] for name in weights}
        if not asked:
            continue
        for name, share in zip(
            layer.inputs, _parted(layer, dx, read), strict=True
        ):
            slopes[name] = slopes[name] + share if name in slopes else share
    return slopes[INPUT] if asked_for else None, gradients


def _parted(layer: Layer, dx: Array, read: list[Array]) -> list[Array]:
    """Give every volume that was merged its gradient."""
    if isinstance(layer, Concat):
        ends = np.cumsum([volume.shape[1] for volume in read])
        return np.split(dx, ends[:-1], axis=1)
    return [dx] * len(read)


POOLINGS_BACK = {
    "max": max_pool2d_backward,
    "min": min_pool2d_backward,
    "avg": avg_pool2d_backward,
}


def _give_back(  # noqa: C901, PLR0911 -- a case for each kind of layer
    layer: Layer, weights: Weights, dy: Array, x: Array, *, asked: bool
) -> tuple[Any, Weights]:
    """Take the gradients through what `_run` does: dx, if asked, and dw."""
    match layer:
        case Conv() | PartialConv() | Subsampling():
            w, options = _convolution(layer, weights["w"], x)
            if not asked:
                dw, db = filter_gradients(dy, x, w, **options)
                return None, {"w": _own(layer, dw), "b": db}
            dx, dw, db = conv2d_backward(dy, x, w, **options)
            return dx, {"w": _own(layer, dw), "b": db}
        case Dense():
            dx, dw, db = dense_backward(dy, x, weights["w"])
            return dx, {"w": dw, "b": db}
        case Pool():
            give_back = POOLINGS_BACK[layer.mode]
            return give_back(dy, x, layer.kernel_size, **layer.options), {}
        case GlobalAveragePool():
            return avg_pool2d_backward(dy, x, x.shape[2:]), {}
        case BatchNorm():
            dx, dgamma, dbeta = batch_norm_backward(
                dy, x, weights["gamma"], eps=layer.eps
            )
            return dx, {"gamma": dgamma, "beta": dbeta}
        case ReLU():
            return relu_backward(dy, x), {}
        case LeakyReLU():
            return np.where(x > 0, dy, _numbers.like(layer.slope, x) * dy), {}
        case Tanh():
            a, s = (
                _numbers.like(n, x) for n in (layer.amplitude, layer.slope)
            )
            return dy * a * s * (1 - tanh(s * x) ** 2), {}
        case RBF():
            apart = x[:, None] - weights["w"]
            return 2 * (dy[:, :, None] * apart).sum(axis=1), {}
        case Flatten():
            return dy.reshape(x.shape), {}
    return dy, {}


def _own(layer: Conv | PartialConv | Subsampling, dw: Array) -> Array:
    """Bring the gradient of `_convolution`'s filters to the layer's own."""
    match layer:
        case PartialConv():
            return dw[_connected(layer)]
        case Subsampling():
            return np.asarray(dw.sum(axis=(1, 2, 3)))
    return dw


def update_statistics(
    network: Network,
    volumes: Mapping[str, Array],
    statistics: Statistics | None = None,
    /,
    *,
    momentum: float = 0.1,
) -> dict[str, tuple[Array, Array]]:
    """Move the running statistics of every batch norm towards a batch's.

    Parameters
    ----------
    network : Network
    volumes : mapping of arrays
        What `forward` made of a batch, in training.
    statistics : mapping of pairs of arrays, optional
        Running means and variances so far; 0 and 1, if not given.
    momentum : float
        As for `running_statistics`.

    Returns
    -------
    dict of pairs of arrays
        For each `BatchNorm` its running mean and variance.

    Raises
    ------
    ValueError
        As `running_statistics`.

    Notes
    -----
    Claims: 8.7.

    Examples
    --------
    >>> network = Network([BatchNorm()], input_shape=(1,))
    >>> weights = initial_parameters(network)
    >>> volumes = forward(network, weights, [[1.0], [3.0]])
    >>> update_statistics(network, volumes, momentum=0.5)
    {'batchnorm1': (array([1.]), array([1.5]))}

    """
    statistics = {} if statistics is None else statistics
    statistics = _mapping("statistics", statistics)
    updated = {}
    for layer in checked(network).layers:
        if isinstance(layer, BatchNorm):
            read = layer.inputs[0]
            x = _checks.array(
                f"volumes[{read!r}]",
                _mapping("volumes", volumes, read)[read],
                "N C H W", "N features",
            )  # fmt: skip
            like = {"shape": x.shape[1], "dtype": x.dtype}
            start = {layer.name: (np.zeros(**like), np.ones(**like))}
            mean, variance = _moments({**start, **statistics}, layer)
            updated[layer.name] = running_statistics(
                x, mean, variance, momentum=momentum
            )
    return updated


def sgd_step(
    parameters: Any, gradients: Any, /, *, learning_rate: float
) -> Any:
    r"""Take a step of stochastic gradient descent, downhill.

    .. math:: \theta' = \theta - \eta\, d\theta

    Parameters
    ----------
    parameters : array, or mapping of names to such
    gradients : shaped and named like `parameters`
        What has none stays.
    learning_rate : float
        At least 0.

    Returns
    -------
    array, or dict of names to such
        New arrays; those that were given are not changed.

    Raises
    ------
    ValueError
        If a gradient has no parameter of its name or shape, or the learning
        rate is negative or not finite.

    Notes
    -----
    Claims: 7.4, 8.1.

    Examples
    --------
    >>> weights = {"dense1": {"w": np.array([[1.0, 2.0]])}}
    >>> slopes = {"dense1": {"w": np.array([[4.0, -4.0]])}}
    >>> sgd_step(weights, slopes, learning_rate=0.25)
    {'dense1': {'w': array([[0., 3.]])}}

    """
    rate = _checks.not_negative("learning_rate", learning_rate)
    if isinstance(parameters, Mapping):
        gradients = _mapping("gradients", gradients)
        if not gradients.keys() <= parameters.keys():
            raise ValueError(
                f"gradients: expected them for some of {sorted(parameters)}, "
                f"found {sorted(gradients)}"
            )
        return {
            name: sgd_step(value, gradients[name], learning_rate=rate)
            if name in gradients
            else deepcopy(value)
            for name, value in parameters.items()
        }
    old = _checks.array("parameters", parameters)
    slope = _checks.array("gradients", gradients)
    _checks.same_shape("gradients", slope, old.shape)
    old, slope, dtype = _numbers.widen(old, slope)
    rate = _numbers.like(rate, old)
    return _numbers.round_once(np.asarray(old - rate * slope), dtype)
