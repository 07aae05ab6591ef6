"""Networks: stacks of layers, and graphs whose branches meet again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from refspec.geometry import effective_kernel_size
from refspec.laws.domain import Domain
from refspec.network import (
    INPUT,
    Add,
    BatchNorm,
    Concat,
    Conv,
    Layer,
    Network,
    Pool,
    ReLU,
)

__all__ = ["networks", "one_of"]


class _Drawing:
    """A network that is being drawn: layers, channels, and what must fit."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.layers: list[Layer] = []
        self.channels = draw(st.integers(1, 2))
        self.needs: list[list[tuple[int, int]]] = []  # of each axis, in turn

    def among(self, *values: Any) -> Any:
        """Choose a value."""
        return self.draw(st.sampled_from(values))

    def axis(self, stride: int | None, *dilations: int) -> tuple[Any, ...]:
        """Draw kernel, stride, padding and dilation along one axis.

        With a stride given, the window gives ceil(W / S) cells: its padding
        is one less than its reach, however the two sides share it.
        """
        k, d = self.among(1, 2, 3, 5), self.among(*dilations)
        spare = effective_kernel_size(k, d) - 1
        before = self.draw(st.integers(0, spare))
        if stride is not None:
            return k, stride, (before, spare - before), d
        after = self.draw(st.integers(0, spare))
        return k, self.among(1, 2, 3), (before, after), d

    def slide(self, *strides: int, **inputs: Any) -> None:
        """Add a convolution or a pooling, each window of which has a pixel."""
        mode = self.among("conv", "max", "min", "avg")
        dilations = (1, 2) if mode == "conv" else (1,)
        both = [self.axis(s, *dilations) for s in strides or (None, None)]
        self.needs.append(
            [
                (effective_kernel_size(k, d) - sum(padding), s)
                for k, s, padding, d in both
            ]
        )
        names = ("kernel_size", "stride", "padding", "dilation")
        window: dict[str, Any] = dict(
            zip(names, zip(*both, strict=True), strict=True)
        )
        self.layers.append(
            Pool(mode, **window, **inputs)
            if mode != "conv"
            else Conv(
                self.channels,
                groups=self.among(1, self.channels),
                bias=self.among(True, False),
                **window,
                **inputs,
            )
        )

    def fork(self, block: int, before: str) -> None:
        """Add two ways from one volume to another, and their meeting."""
        strides, ends = [self.among(1, 2) for _ in "HW"], [before, before]
        needed = len(self.needs)
        for side, name in enumerate((f"left{block}", f"right{block}")):
            if side and strides == [1, 1] and self.among(True, False):
                continue
            self.slide(*strides, inputs=before)
            if self.among(True, False):
                self.slide(1, 1)
            self.layers.append(self.among(ReLU, BatchNorm)(name=name))
            ends[side] = name
        self.needs[needed:] = [[(1, s) for s in strides]]
        meet = self.among(Add, Concat)
        self.layers.append(meet(inputs=tuple(ends), name=f"block{block}"))
        self.channels *= 2 if meet is Concat else 1

    def least(self) -> tuple[int, ...]:
        """Give the least image in which a window of every layer fits."""
        least = [1, 1]
        for axes in reversed(self.needs):
            least = [
                max(1, (size - 1) * s + reach)
                for size, (reach, s) in zip(least, axes, strict=True)
            ]
        return tuple(least)


@st.composite
def networks(draw: Any, _domain: Domain, *, branches: bool = True) -> Network:
    """Draw a network of up to four blocks, each a window or two branches."""
    net = _Drawing(draw)
    channels, before = net.channels, INPUT
    for block in range(draw(st.integers(1, 4))):
        if branches and net.among(True, False):
            net.fork(block, before)
        else:
            net.slide()
            net.layers.append(ReLU(name=f"block{block}"))
        before = f"block{block}"
    sizes = [size + draw(st.integers(0, 4)) for size in net.least()]
    return Network(tuple(net.layers), input_shape=(channels, *sizes))


def one_of(*values: Any) -> Callable[[Domain], st.SearchStrategy[Any]]:
    """Draw one of some values."""
    return lambda _domain: st.sampled_from(values)
