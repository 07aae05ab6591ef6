"""Sections 3 and 7: layers, networks of them, and what they cost.

A layer says what it makes of a volume, never of its numbers: its output
shape, its weights' shapes, its multiplications and the window it slides. A
network is a graph of layers, written from top to bottom; `network_table`
walks it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from refspec import _checks, geometry, pooling
from refspec._checks import Frame, Pair
from refspec._numbers import Array
from refspec.counts import (
    conv_multiplications,
    conv_parameters,
    dense_multiplications,
    dense_parameters,
)
from refspec.geometry import PaddingLike, PairLike
from refspec.receptive import PIXEL, ReceptiveField, Window, grow, join

__all__ = [
    "Conv",
    "PartialConv",
    "Pool",
    "GlobalAveragePool",
    "Subsampling",
    "ReLU",
    "LeakyReLU",
    "Tanh",
    "BatchNorm",
    "Flatten",
    "Dense",
    "RBF",
    "Add",
    "Concat",
    "Network",
    "network_table",
]

Shape = tuple[int, ...]  # (C, H, W), or (features,)


class Sliding(NamedTuple):
    """A window on maps of one size, all of its options spelled out."""

    kernel_size: Pair
    stride: Pair
    padding: Frame
    dilation: Pair


INPUT = "input"
"""The name by which a layer reads the network's input."""


@dataclass(frozen=True, repr=False)
class Layer:
    """One step of a network, and the steps that it reads.

    Attributes
    ----------
    name : str
        A network numbers the layers that have none.
    inputs : str or tuple of str
        Names of layers above, or ``"input"``; the layer before, if not given.

    """

    name: str = field(default="", kw_only=True)
    inputs: str | tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return type(self).__name__

    def merged(self, shapes: Sequence[Shape]) -> Shape:
        """Give the one volume that the inputs make."""
        if len(shapes) != 1:
            raise ValueError(
                f"inputs: expected one layer to read, found {len(shapes)}"
            )
        return shapes[0]

    def output_shape(self, shape: Shape) -> Shape:
        """Give the shape that it makes of a shape."""
        return shape

    def parameter_shapes(self, _shape: Shape) -> dict[str, Shape]:
        """Give the shape of each array of weights that is trained."""
        return {}

    def fixed_shapes(self, _shape: Shape) -> dict[str, Shape]:
        """Give the shape of each array of weights that is not trained."""
        return {}

    def parameters(self, shape: Shape) -> int:
        """Count the weights and biases that are trained."""
        return _count(self.parameter_shapes(shape))

    def multiplications(self, _shape: Shape) -> int:
        """Count the multiplications by weights, for one example."""
        return 0

    def connections(self, _shape: Shape) -> int:
        """Count the cells and biases that all output cells read."""
        return 0

    def window(self, _shape: Shape) -> Sliding | None:
        """Give the window that it slides, if it reads more than one pixel."""
        return None

    def __repr__(self) -> str:
        """Write the layer as Python."""
        given = ", ".join(
            f"{f.name}={getattr(self, f.name)!r}"
            for f in dataclasses.fields(self)
            if getattr(self, f.name) != f.default
        )
        return f"{self.kind}({given})"


def _volume(shape: Shape) -> tuple[int, int, int]:
    """Refuse a shape that is not one of maps."""
    if len(shape) != 3:
        raise ValueError(f"expected maps (C, H, W), found shape {shape}")
    c, h, w = shape
    return c, h, w


def _features(shape: Shape) -> int:
    """Refuse a shape that is not that of a vector."""
    if len(shape) != 1:
        raise ValueError(
            f"expected a vector, found shape {shape}; put Flatten before"
        )
    return shape[0]


def _window(
    shape: Shape,
    kernel_size: PairLike,
    *,
    stride: PairLike = 1,
    padding: PaddingLike = 0,
    dilation: PairLike = 1,
) -> Sliding:
    """Check a window's options, and spell them out for maps of one size."""
    sizes = _volume(shape)[1:]
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
    geometry.fit(sizes, kernel, strides, frame, dilations)
    return Sliding(kernel, strides, frame, dilations)


def _outputs(shape: Shape, window: Sliding) -> Pair:
    """Count the windows on maps."""
    return geometry.fit(
        _volume(shape)[1:], window.kernel_size, window.stride, window.padding,
        window.dilation,
    )  # fmt: skip


@dataclass(frozen=True, repr=False)
class Conv(Layer):
    """A convolution; see `conv2d`.

    Parameters
    ----------
    out_channels : int
        The number of filters.
    kernel_size, stride, padding, dilation, groups
        As for `conv2d`.
    bias : bool

    Notes
    -----
    Claims: 3.8. Its weights are ``w`` (F, C/groups, KH, KW) and ``b`` (F,).

    Examples
    --------
    >>> Conv(6, 5).output_shape((3, 32, 32))
    (6, 28, 28)
    >>> Conv(6, 5).parameter_shapes((3, 32, 32))
    {'w': (6, 3, 5, 5), 'b': (6,)}

    """

    out_channels: int
    kernel_size: PairLike
    stride: PairLike = field(default=1, kw_only=True)
    padding: PaddingLike = field(default=0, kw_only=True)
    dilation: PairLike = field(default=1, kw_only=True)
    groups: int = field(default=1, kw_only=True)
    bias: bool = field(default=True, kw_only=True)

    @property
    def options(self) -> dict[str, Any]:
        """What `conv2d` is given by keyword."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    def window(self, shape: Shape) -> Sliding:
        """Place the window."""
        return _window(
            shape, self.kernel_size, stride=self.stride,
            padding=self.padding, dilation=self.dilation,
        )  # fmt: skip

    def output_shape(self, shape: Shape) -> Shape:
        """Give a map for each filter."""
        filters = _checks.integer("out_channels", self.out_channels, least=1)
        groups = _checks.integer("groups", self.groups, least=1)
        outputs = _outputs(shape, self.window(shape))
        if shape[0] % groups or filters % groups:
            raise ValueError(
                f"groups: expected a divisor of {shape[0]} input channels "
                f"and of {filters} filters, found {groups}"
            )
        return filters, *outputs

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give a kernel for each filter and channel of its group."""
        filters, *_ = self.output_shape(shape)
        kernel = self.window(shape).kernel_size
        shapes: dict[str, Shape] = {
            "w": (filters, shape[0] // self.groups, *kernel)
        }
        return {**shapes, "b": (filters,)} if self.bias else shapes

    def parameters(self, shape: Shape) -> int:
        """Count them by `conv_parameters`."""
        return conv_parameters(
            self.kernel_size, shape[0], self.out_channels,
            groups=self.groups, bias=self.bias,
        )  # fmt: skip

    def multiplications(self, shape: Shape) -> int:
        """Count them by `conv_multiplications`."""
        _, h, w = self.output_shape(shape)
        return conv_multiplications(
            (h, w), self.kernel_size, shape[0], self.out_channels,
            groups=self.groups,
        )  # fmt: skip

    def connections(self, shape: Shape) -> int:
        """Count its multiplications, and a bias per output cell."""
        biases = prod(self.output_shape(shape)) if self.bias else 0
        return self.multiplications(shape) + biases


@dataclass(frozen=True, repr=False)
class PartialConv(Layer):
    """A convolution whose filters each see the maps of a table only.

    Parameters
    ----------
    maps : tuple of tuple of int
        For each filter, the input maps that it is connected to.
    kernel_size : int or (rows, columns)

    Notes
    -----
    Claims: 3.8, 7.1. LeCun, Bottou, Bengio and Haffner, *Gradient-based
    learning applied to document recognition* (1998), table I. Its weights are
    ``w`` (connections, KH, KW), in the order of the table, and ``b`` (F,).

    Examples
    --------
    >>> PartialConv(((0, 1), (2,)), 5).parameter_shapes((3, 5, 5))
    {'w': (3, 5, 5), 'b': (2,)}

    """

    maps: tuple[tuple[int, ...], ...]
    kernel_size: PairLike

    def window(self, shape: Shape) -> Sliding:
        """Place the window."""
        return _window(shape, self.kernel_size)

    def output_shape(self, shape: Shape) -> Shape:
        """Give a map for each filter."""
        outputs = _outputs(shape, self.window(shape))
        tables = _checks.iterable("maps", self.maps, "maps for each filter")
        if not tables:
            raise ValueError("maps: expected a filter or more, found none")
        for given in tables:
            seen = [
                _checks.integer("maps", number, least=0)
                for number in _checks.iterable(
                    "maps", given, "the maps of a filter"
                )
            ]
            if not seen or len(set(seen)) < len(seen):
                raise ValueError(
                    f"maps: expected different maps for a filter, found {seen}"
                )
            if not set(seen) <= set(range(shape[0])):
                raise ValueError(
                    f"maps: expected maps among the {shape[0]} of the "
                    f"input, counted from 0, found {seen}"
                )
        return len(self.maps), *outputs

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give a kernel for each connection of the table."""
        filters, *_ = self.output_shape(shape)
        kernel = self.window(shape).kernel_size
        return {"w": (sum(map(len, self.maps)), *kernel), "b": (filters,)}

    def multiplications(self, shape: Shape) -> int:
        """Count each connected map's kernel per output cell."""
        _, *outputs = self.output_shape(shape)
        return prod(outputs) * prod(self.parameter_shapes(shape)["w"])

    def connections(self, shape: Shape) -> int:
        """Count its multiplications, and a bias per output cell."""
        return self.multiplications(shape) + prod(self.output_shape(shape))


POOLINGS: dict[str, Callable[..., Array]] = {
    "max": pooling.max_pool2d,
    "min": pooling.min_pool2d,
    "avg": pooling.avg_pool2d,
}


@dataclass(frozen=True, repr=False)
class Pool(Layer):
    """A pooling; see `max_pool2d`, `min_pool2d` and `avg_pool2d`.

    Parameters
    ----------
    mode : {"max", "min", "avg"}
    kernel_size, stride, padding, dilation, ceil_mode
        As for `max_pool2d`.

    Notes
    -----
    Claims: 3.8. A mean divides; it multiplies by no weight. Means count the
    padding.

    Examples
    --------
    >>> Pool("max", 2).output_shape((6, 28, 28))
    (6, 14, 14)

    """

    mode: str
    kernel_size: PairLike
    stride: PairLike | None = field(default=None, kw_only=True)
    padding: PaddingLike = field(default=0, kw_only=True)
    dilation: PairLike = field(default=1, kw_only=True)
    ceil_mode: bool = field(default=False, kw_only=True)

    @property
    def operation(self) -> Callable[..., Array]:
        """The definition that it runs."""
        if not isinstance(self.mode, str) or self.mode not in POOLINGS:
            raise ValueError(
                f'mode: expected "max", "min" or "avg", found {self.mode!r}'
            )
        return POOLINGS[self.mode]

    @property
    def options(self) -> dict[str, Any]:
        """What the pooling is given by keyword."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
        }

    def window(self, shape: Shape) -> Sliding:
        """Place the window."""
        stride = self.kernel_size if self.stride is None else self.stride
        return _window(
            shape, self.kernel_size, stride=stride, padding=self.padding,
            dilation=self.dilation,
        )  # fmt: skip

    def output_shape(self, shape: Shape) -> Shape:
        """Give each map with a cell per window, by pooling no image."""
        none = np.empty((0, *_volume(shape)))
        pooled = self.operation(none, self.kernel_size, **self.options)
        sizes: Shape = pooled.shape[1:]
        return sizes

    def connections(self, shape: Shape) -> int:
        """Count the cells of every window."""
        kernel = self.window(shape).kernel_size
        return prod(self.output_shape(shape)) * prod(kernel)


@dataclass(frozen=True, repr=False)
class GlobalAveragePool(Layer):
    """The mean of each map.

    Notes
    -----
    Claims: 3.8. `avg_pool2d` with a window as large as the map.

    Examples
    --------
    >>> GlobalAveragePool().output_shape((2048, 7, 7))
    (2048, 1, 1)

    """

    def window(self, shape: Shape) -> Sliding:
        """Place the window: it is the map."""
        _, h, w = _volume(shape)
        return _window(shape, (h, w))

    def output_shape(self, shape: Shape) -> Shape:
        """Give one cell per map."""
        return shape[0], *_outputs(shape, self.window(shape))

    def connections(self, shape: Shape) -> int:
        """Count every cell."""
        return prod(_volume(shape))


@dataclass(frozen=True, repr=False)
class Subsampling(Layer):
    """Add up each window, times a weight of its map, plus a bias.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
        Also the stride.

    Notes
    -----
    Claims: 3.8, 7.1. The pooling of 1998. Its weights are ``w`` (C,) and
    ``b`` (C,).

    Examples
    --------
    >>> Subsampling(2).parameter_shapes((6, 28, 28))
    {'w': (6,), 'b': (6,)}

    """

    kernel_size: PairLike

    def window(self, shape: Shape) -> Sliding:
        """Place the window."""
        return _window(shape, self.kernel_size, stride=self.kernel_size)

    def output_shape(self, shape: Shape) -> Shape:
        """Give each map with a cell per window."""
        return shape[0], *_outputs(shape, self.window(shape))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give a weight and a bias for each map."""
        c, *_ = _volume(shape)
        return {"w": (c,), "b": (c,)}

    def multiplications(self, shape: Shape) -> int:
        """Count one per output cell: the sum comes first."""
        return prod(self.output_shape(shape))

    def connections(self, shape: Shape) -> int:
        """Count the cells of every window, and its bias."""
        kernel = self.window(shape).kernel_size
        return prod(self.output_shape(shape)) * (prod(kernel) + 1)


@dataclass(frozen=True, repr=False)
class ReLU(Layer):
    """The positive part of every cell; see `relu`.

    Notes
    -----
    Claims: 3.8.

    Examples
    --------
    >>> ReLU().output_shape((6, 28, 28))
    (6, 28, 28)

    """


@dataclass(frozen=True, repr=False)
class LeakyReLU(Layer):
    """The positive part of every cell, plus `slope` times the negative one.

    Notes
    -----
    Claims: 3.8. Not in the lecture; Darknet uses it.

    Examples
    --------
    >>> LeakyReLU(0.1)
    LeakyReLU(slope=0.1)

    """

    slope: float

    def output_shape(self, shape: Shape) -> Shape:
        """Refuse a slope that is no number."""
        _checks.finite("slope", self.slope)
        return shape


@dataclass(frozen=True, repr=False)
class Tanh(Layer):
    r"""A squashing of every cell, :math:`A \tanh(S a)`.

    Parameters
    ----------
    amplitude, slope : float
        A and S.

    Notes
    -----
    Claims: 3.8, 7.1. LeNet-5 of 1998 has A = 1.7159 and S = 2/3.

    Examples
    --------
    >>> Tanh(1.7159, 2 / 3).amplitude
    1.7159

    """

    amplitude: float = 1.0
    slope: float = 1.0

    def output_shape(self, shape: Shape) -> Shape:
        """Refuse what is no number."""
        _checks.finite("amplitude", self.amplitude)
        _checks.finite("slope", self.slope)
        return shape


@dataclass(frozen=True, repr=False)
class BatchNorm(Layer):
    """Batch normalization; see `batch_norm`.

    Parameters
    ----------
    eps : float
        As for `batch_norm`.

    Notes
    -----
    Claims: 3.8. Its weights are ``gamma`` and ``beta`` (C,); the running
    statistics are no weights. It multiplies by none at inference, where it
    folds into the convolution before (8.8).

    Examples
    --------
    >>> BatchNorm().parameter_shapes((64, 112, 112))
    {'gamma': (64,), 'beta': (64,)}

    """

    eps: float = field(default=1e-5, kw_only=True)

    def output_shape(self, shape: Shape) -> Shape:
        """Refuse an eps that is negative or no number."""
        _checks.not_negative("eps", self.eps)
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give a scale and a shift for each channel."""
        return {"gamma": shape[:1], "beta": shape[:1]}


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """Lay maps out as a vector, channel by channel, row by row.

    Notes
    -----
    Claims: 3.8. Its receptive field is that of all its cells together, since
    a dense unit reads them all.

    Examples
    --------
    >>> Flatten().output_shape((16, 5, 5))
    (400,)

    """

    def window(self, shape: Shape) -> Sliding:
        """Place the window: it is the map."""
        _, h, w = _volume(shape)
        return _window(shape, (h, w))

    def output_shape(self, shape: Shape) -> Shape:
        """Give the number of cells."""
        return (prod(_volume(shape)),)


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """A fully connected layer; see `dense`.

    Parameters
    ----------
    out_features : int
    bias : bool

    Notes
    -----
    Claims: 3.8. Its weights are ``w`` (out, in) and ``b`` (out,).

    Examples
    --------
    >>> Dense(84).parameter_shapes((120,))
    {'w': (84, 120), 'b': (84,)}

    """

    out_features: int
    bias: bool = field(default=True, kw_only=True)

    def output_shape(self, shape: Shape) -> Shape:
        """Give a cell per unit."""
        _features(shape)
        return (_checks.integer("out_features", self.out_features, least=1),)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give a weight for each unit and input."""
        (units,) = self.output_shape(shape)
        shapes: dict[str, Shape] = {"w": (units, *shape)}
        return {**shapes, "b": (units,)} if self.bias else shapes

    def parameters(self, shape: Shape) -> int:
        """Count them by `dense_parameters`."""
        return dense_parameters(shape[0], self.out_features, bias=self.bias)

    def multiplications(self, shape: Shape) -> int:
        """Count them by `dense_multiplications`."""
        return dense_multiplications(shape[0], self.out_features)

    def connections(self, shape: Shape) -> int:
        """Count one per weight and bias."""
        return self.parameters(shape)


@dataclass(frozen=True, repr=False)
class RBF(Layer):
    r"""The squared distances of a vector to fixed codes.

    .. math:: y_i = \sum_j (x_j - w_{ij})^2

    Parameters
    ----------
    out_features : int
        The number of codes.

    Notes
    -----
    Claims: 3.8, 7.1. The output layer of 1998. Its codes ``w`` (out, in) are
    drawn by hand and not trained.

    Examples
    --------
    >>> RBF(10).fixed_shapes((84,)), RBF(10).parameter_shapes((84,))
    ({'w': (10, 84)}, {})

    """

    out_features: int

    def output_shape(self, shape: Shape) -> Shape:
        """Give a cell per code."""
        _features(shape)
        return (_checks.integer("out_features", self.out_features, least=1),)

    def fixed_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Give the codes, one a row."""
        return {"w": (*self.output_shape(shape), *shape)}

    def multiplications(self, shape: Shape) -> int:
        """Count one square per cell of a code."""
        return prod(self.fixed_shapes(shape)["w"])

    def connections(self, shape: Shape) -> int:
        """Count one per cell of a code."""
        return self.multiplications(shape)


@dataclass(frozen=True, repr=False)
class Add(Layer):
    """The sum of two or more volumes of one shape, cell by cell.

    Notes
    -----
    Claims: 3.8, 3.11.

    Examples
    --------
    >>> Add(inputs=("body", "shortcut")).merged([(6, 5, 5), (6, 5, 5)])
    (6, 5, 5)

    """

    def merged(self, shapes: Sequence[Shape]) -> Shape:
        """Refuse shapes that differ."""
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise ValueError(
                f"inputs: expected two or more of one shape, found "
                f"{', '.join(map(str, shapes))}"
            )
        return shapes[0]


@dataclass(frozen=True, repr=False)
class Concat(Layer):
    """The maps of two or more volumes, one after another.

    Notes
    -----
    Claims: 3.8.

    Examples
    --------
    >>> Concat(inputs=("1x1", "3x3")).merged([(6, 5, 5), (16, 5, 5)])
    (22, 5, 5)

    """

    def merged(self, shapes: Sequence[Shape]) -> Shape:
        """Add up the channels of maps of one size."""
        sizes = {shape[1:] for shape in shapes}
        if len(shapes) < 2 or len(sizes) > 1:
            raise ValueError(
                f"inputs: expected two or more with maps of one size, found "
                f"{', '.join(map(str, shapes))}"
            )
        return sum(shape[0] for shape in shapes), *shapes[0][1:]


@dataclass(frozen=True)
class Network:
    """Layers, from top to bottom; each reads the one before, or named ones.

    Parameters
    ----------
    layers : iterable of layers
        On return each has a name and the names of its inputs.
    input_shape : tuple of int
        (C, H, W), or (features,): the size the network is made for.

    Raises
    ------
    ValueError
        If a name is taken, or a layer reads one that is not above it.

    Notes
    -----
    Claims: 3.8, 3.9. Its answer is that of the last layer.

    Examples
    --------
    >>> residual = Network(
    ...     [
    ...         Conv(8, 3, padding=1, name="stem"),
    ...         Conv(8, 3, padding=1, name="body"),
    ...         Add(inputs=("body", "stem")),
    ...         ReLU(),
    ...     ],
    ...     input_shape=(3, 32, 32),
    ... )
    >>> residual.shapes()["relu1"]
    (8, 32, 32)

    """

    layers: Sequence[Layer]
    input_shape: Shape = field(kw_only=True)

    def __post_init__(self) -> None:
        """Name and wire the layers."""
        object.__setattr__(self, "layers", tuple(_wired(self.layers)))
        if not self.layers:
            raise ValueError("layers: expected at least one, found none")
        object.__setattr__(self, "input_shape", _shape(self.input_shape))

    def walk(
        self, input_shape: Shape | None = None
    ) -> Iterator[tuple[Layer, Shape, Shape]]:
        """Give each layer with the shape it is given and the one it makes.

        Raises
        ------
        ValueError
            If a layer cannot take the shape that it is given.

        """
        given = self.input_shape if input_shape is None else input_shape
        shapes = {INPUT: _shape(given)}
        for layer in self.layers:
            read = [shapes[name] for name in layer.inputs]
            try:
                shape = layer.merged(read)
                shapes[layer.name] = layer.output_shape(shape)
            except ValueError as error:
                raise ValueError(
                    f"{layer.name} ({layer.kind}): {error}"
                ) from None
            yield layer, shape, shapes[layer.name]

    def shapes(self, input_shape: Shape | None = None) -> dict[str, Shape]:
        """Give the shape that each layer makes, by its name."""
        return {layer.name: out for layer, _, out in self.walk(input_shape)}

    def parameter_shapes(
        self, input_shape: Shape | None = None
    ) -> dict[str, dict[str, Shape]]:
        """Give the shapes of each layer's weights, by its name."""
        return {
            layer.name: layer.parameter_shapes(shape)
            for layer, shape, _ in self.walk(input_shape)
        }


def checked(network: Any) -> Network:
    """Return `network`, which has to be one."""
    if not isinstance(network, Network):
        raise ValueError(  # noqa: TRY004 -- bad input is a ValueError
            f"network: expected a Network, found {network!r}"
        )
    return network


class Row(NamedTuple):
    """What one layer makes and costs, for one example.

    Attributes
    ----------
    name, kind : str
    output_shape : tuple of int
        (C, H, W), or (features,).
    parameters : int
        Weights and biases that are trained, gamma and beta among them.
    fixed : int
        Weights that are not.
    multiplications : int
        By weights: one for each weight of each output cell, padding
        included. Activations, means and batch norm (which folds into the
        convolution before) count none.
    connections : int
        The cells and biases that all output cells read, as counted in 1998:
        a unit's own function, an addition and a normalization count none.
    field : ReceptiveField or None
        What a cell sees of the input's pixels, padding not clipped off; a
        vector's field is that of all its maps' cells together. None where
        the input is no image, or where branches of unequal jumps meet.

    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int
    fixed: int
    multiplications: int
    connections: int
    field: ReceptiveField | None

    def cells(self) -> tuple[str, ...]:
        """Write the row in words, one for each column."""
        name, kind, shape, *counts, _ = self
        return (
            name,
            kind,
            _times(shape),
            *(f"{count:,}" for count in counts),
            "" if self.field is None else _times(self.field.size),
        )


@dataclass(frozen=True)
class Table:
    """The rows of a network, one per layer, by name and in order."""

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows from top to bottom."""
        return iter(self.rows)

    def __getitem__(self, name: str) -> Row:
        """Give the row of a layer, or raise `KeyError`."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def total(self) -> Row:
        """The whole network as one row."""
        last = self.rows[-1]
        return last._replace(
            name="total",
            kind="Network",
            parameters=sum(row.parameters for row in self),
            fixed=sum(row.fixed for row in self),
            multiplications=sum(row.multiplications for row in self),
            connections=sum(row.connections for row in self),
        )

    def __str__(self) -> str:
        """Lay the table out as text, in columns."""
        lines = [Row._fields, *(row.cells() for row in (*self, self.total))]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(
                    zip(line, widths, strict=True)
                )
            ).rstrip()
            for line in lines
        )


def _times(sizes: Iterable[int]) -> str:
    return "x".join(map(str, sizes))


def network_table(
    network: Network, /, input_shape: Shape | None = None
) -> Table:
    """Tell what each layer of a network makes and costs.

    Parameters
    ----------
    network : Network
    input_shape : tuple of int, optional
        (C, H, W), or (features,); the network's own, if not given.

    Returns
    -------
    Table
        A `Row` per layer, also by name: ``table["C1"].parameters``; the sums
        are ``table.total``, and ``str(table)`` is the table as text.

    Raises
    ------
    ValueError
        If a layer cannot take the shape that it is given; says which.

    Notes
    -----
    Claims: 3.8, 3.9, 4.14.

    Examples
    --------
    >>> convs = Network([Conv(6, 5), ReLU()], input_shape=(3, 32, 32))
    >>> network_table(convs).total.parameters
    456

    """
    network = checked(network)
    given = _shape(network.input_shape if input_shape is None else input_shape)
    fields = {INPUT: PIXEL if len(given) == 3 else None}
    rows = []
    for layer, shape, output in network.walk(given):
        read = [fields[name] for name in layer.inputs]
        fields[layer.name] = _field(layer.window(shape), read)
        rows.append(
            Row(
                name=layer.name,
                kind=layer.kind,
                output_shape=output,
                parameters=layer.parameters(shape),
                fixed=_count(layer.fixed_shapes(shape)),
                multiplications=layer.multiplications(shape),
                connections=layer.connections(shape),
                field=fields[layer.name],
            )
        )
    return Table(tuple(rows))


def _field(
    window: Sliding | None, read: Sequence[ReceptiveField | None]
) -> ReceptiveField | None:
    """Join what the inputs see, and grow it by a window."""
    seen = [field for field in read if field is not None]
    if len(seen) < len(read) or len({field.jump for field in seen}) > 1:
        return None
    joined = join(seen)
    return joined if window is None else grow(joined, Window(*window))


def _count(shapes: dict[str, Shape]) -> int:
    """Count the numbers in arrays of some shapes."""
    return sum(map(prod, shapes.values()))


def _wired(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Give every layer a name, and the names of what it reads."""
    known, before = [INPUT], INPUT
    counts: Counter[str] = Counter()
    for layer in _checks.iterable("layers", layers, "layers"):
        if not isinstance(layer, Layer):
            raise ValueError(  # noqa: TRY004 -- bad input is a ValueError
                f"layers: expected layers, found {layer!r}"
            )
        counts[layer.kind] += 1
        name = layer.name or f"{layer.kind.lower()}{counts[layer.kind]}"
        if name in known:
            raise ValueError(f"layers: the name {name!r} is taken")
        inputs = layer.inputs or before
        inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        for read in inputs:
            if read not in known:
                raise ValueError(
                    f"{name} ({layer.kind}): expected inputs among the "
                    f"layers above it, found {read!r}"
                )
        yield dataclasses.replace(layer, name=name, inputs=inputs)
        known.append(name)
        before = name


def _shape(shape: Any) -> Shape:
    """Refuse what is no shape of one example."""
    if not isinstance(shape, (tuple, list)) or len(shape) not in {1, 3}:
        raise ValueError(
            f"input_shape: expected (C, H, W) or (features,), found {shape!r}"
        )
    return tuple(
        _checks.integer(f"input_shape[{i}]", size, least=1)
        for i, size in enumerate(shape)
    )
