"""Networks: what their descriptions refuse, and what their tables say."""

from __future__ import annotations

import dataclasses
import re

import pytest

import refspec
from refspec import (
    Add,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    LeakyReLU,
    Network,
    PartialConv,
    Pool,
    ReLU,
    Subsampling,
    Tanh,
    network_table,
)

ARCHITECTURES = refspec.architectures.__all__
MAPS = (3, 8, 8)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Conv(0, 3), "out_channels: expected at least 1, found 0"),
        (Conv(2.5, 3), "out_channels: expected an integer, found 2.5"),
        (Conv(4, 9), "kernel_size: a kernel of 9"),
        (Conv(4, 3, stride=0), "stride: expected at least 1"),
        (Conv(4, 3, padding=-1), "padding: expected at least 0"),
        (Conv(4, 3, padding="full"), 'padding: expected "same"'),
        (Conv(4, 3, dilation=0), "dilation: expected at least 1"),
        (Conv(4, 3, groups=2), "groups: expected a divisor of 3"),
        (Conv(4, 3, groups=3), "groups: expected a divisor of 3"),
        (Conv(3, 3, groups=0), "groups: expected at least 1"),
        (Pool("median", 2), 'mode: expected "max", "min" or "avg"'),
        (Pool("max", 9), "kernel_size: a kernel of 9"),
        (
            Pool("max", 2, padding=2),
            "padding: the window at (0, 0) lies wholly",
        ),
        (Subsampling(9), "kernel_size: a kernel of 9"),
        (PartialConv(((0, 3),), 3), "maps: expected maps among the 3"),
        (PartialConv(((0, 0),), 3), "maps: expected different maps"),
        (PartialConv(((),), 3), "maps: expected different maps"),
        (PartialConv((), 3), "maps: expected a filter or more"),
        (Dense(10), "expected a vector, found shape (3, 8, 8)"),
        (refspec.RBF(10), "expected a vector, found shape (3, 8, 8)"),
        (Add(inputs="input"), "inputs: expected two or more of one shape"),
        (Concat(inputs="input"), "inputs: expected two or more with maps"),
        (ReLU(inputs=("input", "input")), "inputs: expected one layer"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(layer, message):
    """A layer that cannot take its input is refused by its name and kind."""
    network = Network(
        [dataclasses.replace(layer, name="culprit")], input_shape=MAPS
    )
    sentence = re.escape(f"culprit ({layer.kind}): {message}")
    with pytest.raises(ValueError, match=sentence):
        network_table(network)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(4, 1),
        Pool("max", 1),
        Flatten(),
        GlobalAveragePool(),
        Subsampling(1),
        PartialConv(((0,),), 1),
    ],
)
def test_maps_are_not_a_vector(layer):
    """A layer that looks at maps refuses a vector."""
    with pytest.raises(ValueError, match=r"expected maps \(C, H, W\)"):
        network_table(Network([layer], input_shape=(4,)))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "layers: expected at least one"),
        ([3], "layers: expected layers, found 3"),
        ([ReLU(name="a"), ReLU(name="a")], "layers: the name 'a' is taken"),
        ([ReLU(name="input")], "layers: the name 'input' is taken"),
        ([ReLU(name="relu2"), ReLU()], "layers: the name 'relu2' is taken"),
        ([ReLU(inputs="stem")], "relu1 (ReLU): expected inputs among"),
        ([ReLU(inputs="relu1")], "relu1 (ReLU): expected inputs among"),
        ([ReLU(inputs="relu2"), ReLU()], "relu1 (ReLU): expected inputs"),
    ],
)
def test_a_graph_that_cannot_be_read_downwards_is_refused(layers, message):
    """Names are unique, and a layer reads layers above it."""
    with pytest.raises(ValueError, match=re.escape(message)):
        Network(layers, input_shape=MAPS)


@pytest.mark.parametrize("shape", [(3, 8), 8, (3, 8, 0), (3, 8, 8.0), "388"])
def test_an_input_is_maps_or_a_vector(shape):
    """The input's shape is (C, H, W) or (features,), of positive integers."""
    with pytest.raises(ValueError, match=r"^input_shape"):
        Network([ReLU()], input_shape=shape)
    with pytest.raises(ValueError, match=r"^input_shape"):
        network_table(Network([ReLU()], input_shape=MAPS), shape)


def test_additions_need_one_shape():
    """An addition of unequal volumes is refused, and says which."""
    layers = [Conv(3, 3, name="body"), Add(inputs=("body", "input"))]
    with pytest.raises(ValueError, match=r"add1.*\(3, 6, 6\), \(3, 8, 8\)"):
        network_table(Network(layers, input_shape=MAPS))


def test_concatenations_need_one_size():
    """Maps of unequal sizes are not stacked."""
    layers = [Conv(3, 3, name="body"), Concat(inputs=("body", "input"))]
    with pytest.raises(ValueError, match=r"concat1.*\(3, 6, 6\)"):
        network_table(Network(layers, input_shape=MAPS))


def test_layers_are_numbered_by_kind():
    """A layer without a name has its kind and the number among its kind."""
    network = Network([Conv(3, 1), ReLU(), ReLU()], input_shape=MAPS)
    assert [layer.name for layer in network.layers] == [
        "conv1", "relu1", "relu2",
    ]  # fmt: skip


def test_a_layer_reads_the_one_before():
    """Without inputs, a layer reads the layer above it."""
    network = Network([Conv(3, 1), ReLU()], input_shape=MAPS)
    assert [layer.inputs for layer in network.layers] == [
        ("input",), ("conv1",),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_is_written_as_python(name):
    """The repr of a network makes it again."""
    network = getattr(refspec, name)()
    names = {name: getattr(refspec, name) for name in refspec.__all__}
    again = eval(repr(network), names)  # noqa: S307 -- our own
    assert again == network


def test_a_table_is_asked_by_name():
    """A row is found by the name of its layer."""
    table = network_table(refspec.lenet5())
    assert table["C3"].output_shape == (16, 10, 10)
    with pytest.raises(KeyError):
        table["C4"]


def test_a_table_is_made_for_any_input():
    """An input shape that is given replaces the network's own."""
    table = network_table(refspec.vgg16(), (3, 32, 32))
    assert table["pool5"].output_shape == (512, 1, 1)


@pytest.mark.parametrize(
    ("network", "multiplications"),
    [
        (refspec.alexnet(), 714_188_480),
        (refspec.vgg16(), 15_470_264_320),
        (refspec.resnet50(stride_in="3x3"), 4_089_184_256),
        (refspec.resnet50(stride_in="1x1"), 3_857_973_248),
        (refspec.mobilenet_v1(), 568_740_352),
    ],
)
def test_multiplications_are_those_published(network, multiplications):
    """Counts of multiplications agree with those that others published."""
    assert network_table(network).total.multiplications == multiplications


def test_strides_stand_in_one_of_two_places():
    """ResNet-50 refuses a stride elsewhere."""
    with pytest.raises(ValueError, match="stride_in"):
        refspec.resnet50(stride_in="7x7")


def _torch_layer(nn, layer, shape):
    """Give PyTorch's module for a layer, without memory for its weights."""
    if isinstance(layer, Conv):
        return nn.Conv2d(
            shape[0], layer.out_channels, layer.kernel_size,
            bias=layer.bias, device="meta", **layer.options,
        )  # fmt: skip
    if isinstance(layer, Pool):
        return nn.MaxPool2d(layer.kernel_size, **layer.options)
    if isinstance(layer, Dense):
        return nn.Linear(*shape, layer.out_features, device="meta")
    return {
        BatchNorm: lambda: nn.BatchNorm2d(shape[0], device="meta"),
        GlobalAveragePool: lambda: nn.AdaptiveAvgPool2d(1),
        Flatten: nn.Flatten,
        ReLU: nn.ReLU,
        LeakyReLU: lambda: nn.LeakyReLU(layer.slope),
        Tanh: nn.Tanh,
    }[type(layer)]()


@pytest.mark.parametrize("name", sorted({*ARCHITECTURES} - {"lenet5_1998"}))
def test_pytorch_makes_the_same_shapes_and_parameters(name):
    """PyTorch's modules have the shapes and the parameters of the table."""
    torch = pytest.importorskip("torch", reason="an extra")
    network = getattr(refspec, name)()
    values = {"input": torch.empty((2, *network.input_shape), device="meta")}
    table = network_table(network)
    for layer, shape, _ in network.walk():
        read = [values[name] for name in layer.inputs]
        if isinstance(layer, Add):
            values[layer.name] = sum(read[1:], read[0])
            continue
        module = _torch_layer(torch.nn, layer, shape)
        values[layer.name] = module(*read)
        row = table[layer.name]
        assert values[layer.name].shape == (2, *row.output_shape)
        assert sum(p.numel() for p in module.parameters()) == row.parameters


def test_strides_in_the_last_block_of_a_stage_see_as_far():
    """ResNet-50 sees 483 pixels also where a stage's last block strides."""
    layers = [
        Conv(64, 7, stride=2, padding=3),
        Pool("max", 3, stride=2, padding=1, name="block0"),
    ]
    strides = [1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1]
    for block, stride in enumerate(strides, start=1):
        before = f"block{block - 1}"
        layers += [
            Pool("max", 1, stride=stride, inputs=before, name=f"skip{block}"),
            Conv(64, 1, inputs=before),
            Conv(64, 3, stride=stride, padding=1),
            Conv(64, 1, name=f"body{block}"),
            Add(inputs=(f"body{block}", f"skip{block}"), name=f"block{block}"),
        ]
    table = network_table(Network(layers, input_shape=(3, 224, 224)))
    assert table["block16"].output_shape == (64, 7, 7)
    assert table["block16"].field.size == (483, 483)


def test_a_vector_sees_no_pixels():
    """A network on a vector has no receptive fields."""
    network = Network([Dense(3), ReLU()], input_shape=(4,))
    assert [row.field for row in network_table(network)] == [None, None]


def test_branches_of_unequal_jumps_have_no_one_field():
    """Where branches of unequal strides meet, no one jump tells the fields."""
    layers = [
        Conv(3, 2, stride=2, name="far"),
        Conv(3, 2, name="near", inputs="input"),
        Add(inputs=("far", "near")),
    ]
    table = network_table(Network(layers, input_shape=(3, 2, 2)))
    assert [row.field is None for row in table] == [False, False, True]


def test_a_dense_layer_sees_all_of_the_image():
    """From its flattening on, LeNet-5 sees all 32 x 32 pixels."""
    table = network_table(refspec.lenet5())
    assert table["S4"].field.size == (16, 16)
    assert table["C5"].field.size == table.total.field.size == (32, 32)


def test_a_pooling_connects_every_cell_of_its_windows():
    """A pooling multiplies by nothing, and reads K * K cells for each."""
    row = network_table(Network([Pool("avg", 3)], input_shape=(2, 9, 6)))[
        "pool1"
    ]
    assert (row.multiplications, row.connections) == (0, 2 * 3 * 2 * 9)


def test_a_table_is_written_as_text():
    """The text has a line of names, one for each layer, and the total."""
    network = Network([Conv(6, 5), Flatten()], input_shape=(1, 32, 32))
    lines = str(network_table(network)).splitlines()
    cells = [re.split(r"\s\s+", line) for line in lines]
    assert cells == [
        list(refspec.network.Row._fields),
        ["conv1", "Conv", "6x28x28", "156", "0", "117,600", "122,304",
         "5x5"],
        ["flatten1", "Flatten", "4704", "0", "0", "0", "0", "32x32"],
        ["total", "Network", "4704", "156", "0", "117,600", "122,304",
         "32x32"],
    ]  # fmt: skip
    assert len({len(line) for line in lines}) == 1
