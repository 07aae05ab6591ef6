"""Laws of sections 3, 4 and 7: networks, their shapes and their counts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np

from refspec import zero_pad
from refspec.architectures import (
    alexnet,
    lenet5,
    lenet5_1998,
    mobilenet_v1,
    resnet50,
    vgg16,
)
from refspec.laws.law import law
from refspec.laws.problems.network import networks, one_of
from refspec.laws.relations import Relation, at_most, equal
from refspec.lecture import (
    LENET5_1998_CONNECTIONS,
    LENET5_1998_PARAMETERS,
    LENET5_DENSE_PARAMETERS,
    LENET5_PARAMETERS,
    LENET5_VOLUMES,
    PARAMETERS,
    RECEPTIVE_FIELDS,
)
from refspec.network import Add, Conv, Dense, Network, Pool
from refspec.receptive import Window

stacks = partial(networks, branches=False)


@law("3.8", network=networks)
def a_network_has_the_parameters_of_its_layers(
    network_table: Any, network: Network
) -> Relation:
    """The parameters that are counted are the weights that there are."""
    table, weights = network_table(network), network.parameter_shapes()
    each = [sum(map(prod, of.values())) for of in weights.values()]
    return equal(
        (table.total.parameters, [row.parameters for row in table]),
        (sum(each), each),
    )


@law("3.8", network=networks)
def the_shapes_are_those_of_a_run(
    network_table: Any, conv2d: Any, max_pool2d: Any, min_pool2d: Any,
    avg_pool2d: Any, network: Network,
) -> Relation:  # fmt: skip
    """What the layers make of an image has the shapes that the table tells."""
    pools = {"max": max_pool2d, "min": min_pool2d, "avg": avg_pool2d}
    maps: dict[str, Any] = {"input": np.zeros((1, *network.input_shape), int)}
    for layer, shape, _ in network.walk():
        read = [maps[name] for name in layer.inputs]
        x = sum(read) if isinstance(layer, Add) else np.concatenate(read, 1)
        if isinstance(layer, Conv):
            w = np.zeros(layer.parameter_shapes(shape)["w"], int)
            x = conv2d(x, w, **layer.options)
        elif isinstance(layer, Pool):
            x = pools[layer.mode](x, layer.kernel_size, **layer.options)
        maps[layer.name] = x
    rows = network_table(network)
    return equal(
        [row.output_shape for row in rows],
        [maps[row.name].shape[1:] for row in rows],
    )


@law("3.8", network=networks)
def on_ones_a_convolution_adds_up_to_its_cost(
    network_table: Any, conv2d: Any, network: Network
) -> Relation:
    """Where image, padding, weights and bias are ones, answers count them."""
    counted, expected = [], []
    for (layer, shape, _), row in _rows(network_table, network):
        if isinstance(layer, Conv):
            x = zero_pad(np.ones((1, *shape), int), layer.padding) * 0 + 1
            weights = {
                name: np.ones(size, int)
                for name, size in layer.parameter_shapes(shape).items()
            }
            options = {**layer.options, "padding": 0}
            products = conv2d(x, weights["w"], **options).sum()
            sums = conv2d(x, *weights.values(), **options).sum()
            counted += [row.multiplications, row.connections]
            expected += [products, sums]
    return equal(counted, expected)


def _rows(network_table: Any, network: Network) -> Any:
    return zip(network.walk(), network_table(network), strict=True)


@law("3.9", network=stacks)
def each_layer_takes_the_volume_before(
    network_table: Any, network: Network
) -> Relation:
    """A stack is its first layers, then the others on what those make."""
    whole = network_table(network)
    got, expected = [], []
    for cut in range(1, len(network.layers)):
        below = [replace(layer, inputs=()) for layer in network.layers[cut:]]
        made = whole.rows[cut - 1].output_shape
        rest = network_table(Network(tuple(below), input_shape=made))
        got += [_numbers(row) for row in rest]
        expected += [_numbers(row) for row in whole.rows[cut:]]
    return equal(got, expected)


@law("3.9", network=networks)
def sizes_compose_to_one_formula(
    network_table: Any, network: Network
) -> Relation:
    """Any path makes floor((W + sum P_l j_{l-1} - RF) / J) + 1 cells."""
    sizes = []
    for axis, which in product((0, 1), (0, -1)):
        room, jump = network.input_shape[1 + axis] - 1, 1
        for k, s, (before, after), d in _path(network, axis, which):
            room += (before + after - (k - 1) * d) * jump
            jump *= s
        sizes.append(room // jump + 1)
    _, h, w = network_table(network).rows[-1].output_shape
    return equal([h, h, w, w], sizes)


def _path(network: Network, axis: int, which: int) -> list[Any]:
    """List the windows along one axis, on one of the paths to the input."""
    layers = {layer.name: layer for layer in network.layers}
    layer, windows = network.layers[-1], []
    while layer is not None:
        windows += _windows(layer, axis)
        layer = layers.get(layer.inputs[which])
    return windows[::-1]


def _windows(layer: Any, axis: int) -> list[Any]:
    """Give kernel, stride, padding and dilation, if there is a window."""
    if not isinstance(layer, (Conv, Pool)):
        return []
    options: Any = (
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
    )
    return [tuple(option[axis] for option in options)]


def _numbers(row: Any) -> list[int]:
    """Give a row's volume and counts."""
    return [
        *row.output_shape, row.parameters, row.fixed, row.multiplications,
        row.connections,
    ]  # fmt: skip


@law("3.11")
def the_published_numbers_of_parameters(
    alexnet: Any, vgg16: Any, resnet50: Any, mobilenet_v1: Any,
    darknet53: Any, network_table: Any,
) -> Relation:  # fmt: skip
    """VGG-16 has 138,357,544 parameters, ResNet-50 25,557,032 either way."""
    nets = {
        "alexnet": [alexnet()],
        "vgg16": [vgg16()],
        "resnet50": [resnet50(stride_in=k) for k in ("1x1", "3x3")],
        "mobilenet_v1": [mobilenet_v1()],
        "darknet53": [darknet53()],
    }
    return equal(
        [
            network_table(net).total.parameters
            for of in nets
            for net in nets[of]
        ],
        [PARAMETERS[of] for of in nets for _ in nets[of]],
    )


@law(
    "3.11", "7.3", network=one_of(lenet5()),
    unless={"network": one_of(lenet5_1998(), vgg16(), resnet50())},
    breaks={"network": lenet5_1998()},
)  # fmt: skip
def convolution_relu_pooling(network_table: Any, network: Network) -> Relation:
    """LeNet-5 of today is conv, ReLU, pool, and each pool halves the maps."""
    maps = [row for row in network_table(network) if len(row.output_shape) > 1]
    blocks = [maps[i : i + 3] for i in range(0, len(maps), 3)]
    pooled = [block[-1].output_shape for block in blocks]
    return equal(
        (
            [row.kind for row in maps],
            [row.output_shape for row in maps],
        ),
        (
            ["Conv", "ReLU", "Pool"] * len(blocks),
            [(c, f * h, f * w) for c, h, w in pooled for f in (2, 2, 1)],
        ),
    )


@law(
    "7.3", network=one_of(lenet5(), lenet5_1998()),
    unless={"network": one_of(alexnet(), resnet50(), mobilenet_v1())},
    breaks={"network": alexnet()},
)  # fmt: skip
def no_filter_of_lenet5_has_a_stride(
    network_table: Any, network: Network
) -> Relation:
    """The convolutions of LeNet-5 keep the jump; its poolings double it."""
    rows = network_table(network)
    jumps = {"input": 1, **{row.name: row.field.jump[0] for row in rows}}
    strides = [
        jumps[layer.name] // jumps[layer.inputs[0]] for layer in network.layers
    ]
    pools = [layer.kind in {"Pool", "Subsampling"} for layer in network.layers]
    return equal(strides, [2 if pool else 1 for pool in pools])


@law("7.1")
def lenet5_has_its_volumes_and_parameters(
    lenet5: Any, network_table: Any
) -> Relation:
    """The seven layers of LeNet-5 make their volumes of 61,706 parameters."""
    table = network_table(lenet5())
    return equal(
        (_volumes(table), table.total.parameters),
        (VOLUMES, LENET5_PARAMETERS),
    )


def _volumes(table: Any) -> list[int]:
    """Give the volumes of the seven layers, sizes of 1 left out."""
    shapes = [table[name].output_shape for name in LENET5_VOLUMES]
    return [size for shape in shapes for size in shape if size > 1]


VOLUMES = [n for shape in LENET5_VOLUMES.values() for n in shape]


@law("7.1")
def lenet5_of_1998_has_its_parameters_and_connections(
    lenet5_1998: Any, network_table: Any
) -> Relation:
    """LeNet-5 of 1998 trains 60,000 parameters and has 340,908 connections."""
    table = network_table(lenet5_1998())
    parameters = LENET5_1998_PARAMETERS
    return equal(
        (
            _volumes(table),
            [table[name].parameters for name in parameters],
            [table.total.parameters, table.total.connections],
            table.total.fixed,
        ),
        (
            VOLUMES,
            [*parameters.values()],
            [sum(parameters.values()), LENET5_1998_CONNECTIONS],
            10 * 84,
        ),
    )


@law("7.2")
def the_dense_twin_has_its_parameters(
    lenet5_dense: Any, network_table: Any
) -> Relation:
    """The dense net 1024-4704-1600-120-84-10 has 12,552,734 parameters."""
    table = network_table(lenet5_dense())
    units = [row.output_shape[0] for row in table if row.kind != "ReLU"]
    return equal(
        (units, table.total.parameters),
        ([1024, 4704, 1600, 120, 84, 10], LENET5_DENSE_PARAMETERS),
    )


@law("7.2")
def lenet5_needs_fewer_parameters_than_its_dense_twin(
    lenet5: Any, lenet5_dense: Any, network_table: Any
) -> Relation:
    """LeNet-5 needs fewer parameters than the dense net of its layer sizes."""
    total, twin = (
        network_table(net()).total for net in (lenet5, lenet5_dense)
    )
    return at_most(total.parameters + 1, twin.parameters)


@law("7.2")
def the_saving_is_all_in_c1_and_c3(
    lenet5: Any, network_table: Any
) -> Relation:
    """On their own inputs C5, F6 and output are dense; C1 and C3 save."""
    network, savings = lenet5(), []
    table = network_table(network)
    for layer, shape, made in network.walk():
        if layer.name in {"C1", "C3", "C5", "F6", "output"}:
            dense = Network((Dense(prod(made)),), input_shape=(prod(shape),))
            needs = network_table(dense).total.parameters
            savings.append(needs - table[layer.name].parameters)
    return equal(np.sign(savings), [1, 1, 0, 0, 0])


@law("4.14", network=networks)
def a_cell_sees_the_pixels_on_all_paths(
    network_table: Any, network: Network
) -> Relation:
    """What a cell sees spans the pixels that any path from it leads to."""
    spans, traced = [], []
    for row, axis, cell in product(network_table(network), (0, 1), (0, 3)):
        first = row.field.start[axis] + cell * row.field.jump[axis]
        spans.append((first, first + row.field.size[axis] - 1))
        pixels = _traced(network, row.name, axis, {cell})
        traced.append((min(pixels), max(pixels)))
    return equal(spans, traced)


def _traced(
    network: Network, name: str, axis: int, cells: set[int]
) -> set[int]:
    """Follow cells back to pixels, along one axis, padding not clipped."""
    layers = {layer.name: layer for layer in network.layers}
    if name not in layers:
        return cells
    for k, s, (before, _), d in _windows(layers[name], axis):
        cells = {i * s + u * d - before for i in cells for u in range(k)}
    return {
        pixel
        for read in layers[name].inputs
        for pixel in _traced(network, read, axis, cells)
    }


@law("4.14", network=stacks)
def a_stack_sees_what_its_windows_see(
    network_table: Any, receptive_field: Any, network: Network
) -> Relation:
    """Without branches, the field is that of the list of windows."""
    windows = [
        Window(*layer.window(shape))
        for layer, shape, _ in network.walk()
        if isinstance(layer, (Conv, Pool))
    ]
    field = network_table(network).total.field
    return equal(tuple(field), tuple(receptive_field(windows)))


@law("4.14")
def the_published_receptive_fields(
    alexnet: Any, vgg16: Any, resnet50: Any, mobilenet_v1: Any,
    darknet53: Any, network_table: Any,
) -> Relation:  # fmt: skip
    """AlexNet sees 195 pixels, VGG 212, ResNet 483 or 427, MobileNet 315."""
    last = [
        (alexnet(), "pool5"),
        (vgg16(), "pool5"),
        (resnet50(stride_in="1x1"), "stage5.block3"),
        (resnet50(stride_in="3x3"), "stage5.block3"),
        (mobilenet_v1(), "relu27"),
        (darknet53(), "stage5.block4"),
    ]
    fields = [network_table(net)[name].field.size for net, name in last]
    return equal(fields, [(n, n) for n in RECEPTIVE_FIELDS.values()])
