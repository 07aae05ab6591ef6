"""Sections 3 and 7: the networks that the lecture names, layer by layer.

Parameters are counted as torchvision counts them: weights, biases, and the
two vectors of each batch normalization; its running statistics are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from refspec.network import (
    RBF,
    Add,
    BatchNorm,
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
    Subsampling,
    Tanh,
)

__all__ = [
    "lenet5",
    "lenet5_1998",
    "lenet5_dense",
    "alexnet",
    "vgg16",
    "resnet50",
    "mobilenet_v1",
    "darknet53",
]


def lenet5() -> Network:
    """Describe LeNet-5 in its modern form: conv, ReLU, max pooling.

    Returns
    -------
    Network
        61,706 parameters on (1, 32, 32).

    Notes
    -----
    Claims: 3.11, 7.1, 7.2.

    Examples
    --------
    >>> shapes = lenet5().shapes()
    >>> shapes["C1"], shapes["S2"], shapes["C3"], shapes["S4"]
    ((6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5))

    """
    return Network(
        (
            Conv(6, 5, name="C1"),
            ReLU(),
            Pool("max", 2, name="S2"),
            Conv(16, 5, name="C3"),
            ReLU(),
            Pool("max", 2, name="S4"),
            Flatten(),
            Dense(120, name="C5"),
            ReLU(),
            Dense(84, name="F6"),
            ReLU(),
            Dense(10, name="output"),
        ),
        input_shape=(1, 32, 32),
    )


C3_MAPS = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5),
    (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""Which maps of S2 each filter of C3 sees: table I of the paper of 1998."""


def lenet5_1998() -> Network:
    """Describe LeNet-5 as it was published.

    Its subsampling is trained, its third layer connected in part, its
    squashing a scaled tanh, and its output the distances to fixed codes.

    Returns
    -------
    Network
        60,000 trained parameters, 840 fixed ones and 340,908 connections on
        (1, 32, 32).

    Notes
    -----
    Claims: 3.11, 7.1, 7.3. LeCun, Bottou, Bengio and Haffner,
    *Gradient-based learning applied to document recognition* (1998), II.B.

    Examples
    --------
    >>> lenet5_1998().shapes()["C5"]
    (120, 1, 1)

    """
    return Network(
        (
            Conv(6, 5, name="C1"),
            _squash(),
            Subsampling(2, name="S2"),
            _squash(),
            PartialConv(C3_MAPS, 5, name="C3"),
            _squash(),
            Subsampling(2, name="S4"),
            _squash(),
            Conv(120, 5, name="C5"),
            _squash(),
            Flatten(),
            Dense(84, name="F6"),
            _squash(),
            RBF(10, name="output"),
        ),
        input_shape=(1, 32, 32),
    )


def _squash() -> Layer:
    return Tanh(amplitude=1.7159, slope=2 / 3)


def lenet5_dense() -> Network:
    """Describe the dense net with the layer sizes of LeNet-5.

    1024-4704-1600-120-84-10: each convolution's maps become a layer of as
    many units, and the poolings are left out.

    Returns
    -------
    Network
        12,552,734 parameters on (1, 32, 32).

    Notes
    -----
    Claims: 7.2.

    Examples
    --------
    >>> lenet5_dense().shapes()["C1"]
    (4704,)

    """
    return Network(
        (
            Flatten(),
            Dense(6 * 28 * 28, name="C1"),
            ReLU(),
            Dense(16 * 10 * 10, name="C3"),
            ReLU(),
            Dense(120, name="C5"),
            ReLU(),
            Dense(84, name="F6"),
            ReLU(),
            Dense(10, name="output"),
        ),
        input_shape=(1, 32, 32),
    )


def alexnet() -> Network:
    """Describe AlexNet in one tower.

    Returns
    -------
    Network
        61,100,840 parameters on (3, 224, 224).

    Notes
    -----
    Claims: 4.14. Krizhevsky, *One weird trick for parallelizing convolutional
    neural networks* (2014). Torchvision's adaptive pooling to 6 x 6 is the
    identity at this size, and left out.

    Examples
    --------
    >>> alexnet().shapes()["pool5"]
    (256, 6, 6)

    """
    return Network(
        (
            Conv(64, 11, stride=4, padding=2),
            ReLU(),
            Pool("max", 3, stride=2, name="pool1"),
            Conv(192, 5, padding=2),
            ReLU(),
            Pool("max", 3, stride=2, name="pool2"),
            Conv(384, 3, padding=1),
            ReLU(),
            Conv(256, 3, padding=1),
            ReLU(),
            Conv(256, 3, padding=1),
            ReLU(),
            Pool("max", 3, stride=2, name="pool5"),
            Flatten(),
            Dense(4096),
            ReLU(),
            Dense(4096),
            ReLU(),
            Dense(1000),
        ),
        input_shape=(3, 224, 224),
    )


def vgg16() -> Network:
    """Describe VGG-16: stacks of 3 x 3 convolutions, then a pooling.

    Returns
    -------
    Network
        138,357,544 parameters on (3, 224, 224).

    Notes
    -----
    Claims: 3.11. Simonyan and Zisserman, *Very deep convolutional networks
    for large-scale image recognition* (2015), configuration D.

    Examples
    --------
    >>> vgg16().shapes()["pool5"]
    (512, 7, 7)

    """

    def stages() -> Iterator[Layer]:
        for stage, (convs, width) in enumerate(
            [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1
        ):
            for _ in range(convs):
                yield Conv(width, 3, padding=1)
                yield ReLU()
            yield Pool("max", 2, name=f"pool{stage}")

    return Network(
        (
            *stages(),
            Flatten(),
            Dense(4096),
            ReLU(),
            Dense(4096),
            ReLU(),
            Dense(1000),
        ),
        input_shape=(3, 224, 224),
    )


def resnet50(*, stride_in: str = "3x3") -> Network:
    """Describe ResNet-50: bottlenecks, each added to what it was given.

    Parameters
    ----------
    stride_in : {"1x1", "3x3"}
        The convolution of a stage's first block that has stride 2: the first
        1 x 1 (the paper), or the 3 x 3 (torchvision).

    Returns
    -------
    Network
        25,557,032 parameters on (3, 224, 224), either way.

    Raises
    ------
    ValueError
        If `stride_in` is neither.

    Notes
    -----
    Claims: 3.11. He, Zhang, Ren and Sun, *Deep residual learning for image
    recognition* (2016), table 1.

    Examples
    --------
    >>> resnet50().shapes()["stage5.block3"]
    (2048, 7, 7)

    """
    if not isinstance(stride_in, str) or stride_in not in {"1x1", "3x3"}:
        raise ValueError(
            f'stride_in: expected "1x1" or "3x3", found {stride_in!r}'
        )

    def stages() -> Iterator[Layer]:
        before = "pool1"
        for stage, blocks in enumerate([3, 4, 6, 3], start=2):
            width = 2 ** (stage + 4)
            for block in range(1, blocks + 1):
                name = f"stage{stage}.block{block}"
                stride = 2 if block == 1 and stage > 2 else 1
                first, second = (
                    (stride, 1) if stride_in == "1x1" else (1, stride)
                )
                yield from _conv(width, 1, stride=first, inputs=before)
                yield ReLU()
                yield from _conv(width, 3, stride=second)
                yield ReLU()
                yield from _conv(4 * width, 1, name=f"{name}.body")
                shortcut = before
                if block == 1:
                    shortcut = f"{name}.shortcut"
                    yield from _conv(
                        4 * width, 1, stride=stride, inputs=before,
                        name=shortcut,
                    )  # fmt: skip
                yield Add(inputs=(f"{name}.body", shortcut))
                yield ReLU(name=name)
                before = name

    return Network(
        (
            *_conv(64, 7, stride=2),
            ReLU(),
            Pool("max", 3, stride=2, padding=1, name="pool1"),
            *stages(),
            GlobalAveragePool(),
            Flatten(),
            Dense(1000),
        ),
        input_shape=(3, 224, 224),
    )


def _conv(
    width: int,
    size: int,
    *,
    stride: int = 1,
    groups: int = 1,
    inputs: str = "",
    name: str = "",
) -> tuple[Layer, Layer]:
    """Give a convolution that keeps the size at stride 1, normalized."""
    return (
        Conv(
            width, size, stride=stride, padding=size // 2, groups=groups,
            bias=False, inputs=inputs,
        ),
        BatchNorm(name=name),
    )  # fmt: skip


def mobilenet_v1() -> Network:
    """Describe MobileNet v1: depthwise convolutions, then pointwise ones.

    Returns
    -------
    Network
        4,231,976 parameters on (3, 224, 224).

    Notes
    -----
    Claims: 4.14. Howard et al., *MobileNets: efficient convolutional neural
    networks for mobile vision applications* (2017), table 1.

    Examples
    --------
    >>> mobilenet_v1().shapes()["relu27"]
    (1024, 7, 7)

    """
    stages = (
        (64, 1),
        (128, 2), (128, 1),
        (256, 2), (256, 1),
        (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
        (1024, 2), (1024, 1),
    )  # fmt: skip

    def separable() -> Iterator[Layer]:
        before = 32
        for width, stride in stages:
            yield from _conv(before, 3, stride=stride, groups=before)
            yield ReLU()
            yield from _conv(width, 1)
            yield ReLU()
            before = width

    return Network(
        (
            *_conv(32, 3, stride=2),
            ReLU(),
            *separable(),
            GlobalAveragePool(),
            Flatten(),
            Dense(1000),
        ),
        input_shape=(3, 224, 224),
    )


def darknet53() -> Network:
    """Describe Darknet-53, the network under YOLO v3.

    Returns
    -------
    Network
        41,609,928 parameters on (3, 256, 256).

    Notes
    -----
    Claims: 4.14. Redmon and Farhadi, *YOLOv3: an incremental improvement*
    (2018), table 1.

    Examples
    --------
    >>> darknet53().shapes()["stage5.block4"]
    (1024, 8, 8)

    """

    def stages() -> Iterator[Layer]:
        for stage, blocks in enumerate([1, 2, 8, 8, 4], start=1):
            width = 2 ** (stage + 5)
            before = f"stage{stage}.block0"
            yield from _conv(width, 3, stride=2)
            yield LeakyReLU(0.1, name=before)
            for block in range(1, blocks + 1):
                yield from _conv(width // 2, 1)
                yield LeakyReLU(0.1)
                yield from _conv(width, 3)
                yield LeakyReLU(0.1, name=f"stage{stage}.body{block}")
                name = f"stage{stage}.block{block}"
                yield Add(
                    inputs=(f"stage{stage}.body{block}", before), name=name
                )
                before = name

    return Network(
        (
            *_conv(32, 3),
            LeakyReLU(0.1),
            *stages(),
            GlobalAveragePool(),
            Flatten(),
            Dense(1000),
        ),
        input_shape=(3, 256, 256),
    )
