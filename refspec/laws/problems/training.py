"""Problems of training: classifications, steps, and small networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.domain import FRACTION, Domain
from refspec.laws.problems.problem import Problem
from refspec.network import (
    Add,
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
)

__all__ = [
    "classification_problems",
    "descent_problems",
    "generic",
    "logits_problems",
    "logits_slopes",
    "small_networks",
    "weights_of",
]


@st.composite
def logits_problems(
    draw: Any, domain: Domain, *, classes: tuple[int, ...] = (2, 1, 3, 4)
) -> Problem:
    """Draw logits: a number for each of one or more classes."""
    edge, most = draw(domain.edge("batch", "classes"))
    n = most if edge == "batch" else draw(st.integers(0, 3))
    k = most if edge == "classes" else draw(st.sampled_from(classes))
    return Problem(logits=domain.tensor(draw, (n, k)))


@st.composite
def logits_slopes(draw: Any, /, domain: Domain, **narrower: Any) -> Problem:
    """Draw dy and logits: a softmax with a gradient for its answer."""
    p = draw(logits_problems(domain, **narrower))
    return Problem(dy=domain.tensor(draw, p.logits.shape), logits=p.logits)


@st.composite
def classification_problems(draw: Any, domain: Domain) -> Problem:
    """Draw logits, and the label of each of one or more examples."""
    edge, most = draw(domain.edge("batch", "classes"))
    n, k = (
        most if edge == name else draw(st.integers(1, 4))
        for name in ("batch", "classes")
    )
    labels = [draw(st.integers(0, k - 1)) for _ in range(n)]
    return Problem(logits=domain.tensor(draw, (n, k)), labels=np.array(labels))


@st.composite
def descent_problems(draw: Any, domain: Domain) -> Problem:
    """Draw parameters, gradients and a learning rate."""
    shape = tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=3)))
    _, most = draw(domain.edge("pixels"))
    shape = (most,) if most else shape
    return Problem(
        parameters=domain.tensor(draw, shape),
        gradients=domain.tensor(draw, shape),
        learning_rate=draw(domain.among("learning_rate", (0.1, 1.0, 0.0))),
    )


def generic(draw: Any, shape: tuple[int, ...]) -> Array:
    """Draw fractions, among whose sums and products there are no ties."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return FRACTION.cast(rng.integers(-(10**6), 10**6, shape))


def weights_of(
    draw: Any, network: Network
) -> Mapping[str, Mapping[str, Array]]:
    """Draw generic weights for every layer of a network."""
    shapes = {
        layer.name: {
            **layer.parameter_shapes(shape), **layer.fixed_shapes(shape)
        }
        for layer, shape, _ in network.walk()
    }  # fmt: skip
    return {
        layer: {name: generic(draw, shape) for name, shape in names.items()}
        for layer, names in shapes.items()
        if names
    }


@st.composite
def small_networks(draw: Any, _: Domain) -> Network:
    """Draw a network of all kinds of layers that are linear in pieces."""
    shape = tuple(draw(st.integers(least, 4)) for least in (1, 2, 2))
    layers: list[Layer] = []
    before = shape
    for block in range(draw(st.integers(0, 3))):
        layers += draw(st.sampled_from(_blocks(before, block)))
        before = _made(layers, shape)
    layers += draw(st.sampled_from([[], [GlobalAveragePool()]]))
    layers += [Flatten(), Dense(2, bias=draw(st.booleans()))]
    return Network(layers, input_shape=shape)


def _made(layers: list[Layer], shape: Shape) -> Shape:
    """Give the volume that layers make."""
    *_, (_, _, made) = Network(layers, input_shape=shape).walk()
    return made


def _blocks(shape: Shape, block: int) -> list[list[Layer]]:
    """List the blocks that may stand on a volume."""
    c, h, w = shape
    last = c - 1
    left, right = f"left{block}", f"right{block}"
    fork: list[Layer] = [
        Conv(c, 1, name=left),
        Conv(c, (1, 2), padding=((0, 0), (1, 0)), name=right, inputs=left),
    ]
    blocks: list[list[Layer]] = [
        [ReLU()],
        [Conv(2, 1), LeakyReLU(0.25)],
        [Conv(c, 2, padding=1, stride=2, groups=c, bias=False), ReLU()],
        [PartialConv(((0,), (last,)), 1), ReLU()],
        [Pool("avg", 2, stride=1, padding=1)],
        [*fork, Add(inputs=(left, right))],
        [*fork, Concat(inputs=(right, left))],
    ]
    if h > 1 and w > 1:
        blocks += [
            [Pool("max", 2)],
            [Pool("min", 2, stride=1)],
            [Subsampling(2)],
            [Conv(2, 2, dilation=1), ReLU()],
        ]
    return blocks
