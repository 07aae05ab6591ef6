"""Where windows stand, for variants that place them otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

from refspec import _checks, _numbers, geometry
from refspec._checks import Frame, Pair
from refspec._numbers import Array

__all__ = [
    "CONVOLUTIONS",
    "POOLINGS",
    "SELECTIONS",
    "Definition",
    "Place",
    "cropped",
    "every",
    "gathered",
    "losing",
    "place",
    "regions",
    "turned",
]

Definition = Callable[..., Any]
CONVOLUTIONS = ("conv2d", "depthwise_conv2d", "separable_conv2d")
SELECTIONS = ("max_pool2d", "min_pool2d")
POOLINGS = (*SELECTIONS, "avg_pool2d")


class Place(NamedTuple):
    """All options of a sliding window, spelled out as pairs."""

    sizes: Pair
    kernel: Pair
    stride: Pair
    dilation: Pair
    frame: Frame
    outputs: Pair

    @property
    def options(self) -> dict[str, Any]:
        """Stride, padding and dilation, to be called with."""
        return {
            "stride": self.stride,
            "padding": self.frame,
            "dilation": self.dilation,
        }

    @property
    def spans(self) -> Pair:
        """What the windows reach over, along both axes."""
        return self.spans_at(self.stride, self.dilation)

    def spans_at(self, stride: Pair, dilation: Pair) -> Pair:
        """Tell the same with another stride and dilation."""
        rows, columns = (
            (n - 1) * s + geometry.effective_kernel_size(k, d)
            for n, k, s, d in zip(
                self.outputs, self.kernel, stride, dilation, strict=True
            )
        )
        return rows, columns

    @property
    def grown(self) -> Frame:
        """The frame, with the overhang of ceil mode at the end."""
        rows, columns = (
            (before, max(after, span - before - size))
            for (before, after), span, size in zip(
                self.frame, self.spans, self.sizes, strict=True
            )
        )
        return rows, columns

    @property
    def rooms(self) -> Pair:
        """How far a window can move, along both axes."""
        rows, columns = (
            w + sum(p) - geometry.effective_kernel_size(k, d)
            for w, k, p, d in zip(
                self.sizes, self.kernel, self.frame, self.dilation,
                strict=True,
            )
        )  # fmt: skip
        return rows, columns


def place(
    definition: Definition,
    x: Any,
    kernel: Any,
    options: Mapping[str, Any],
) -> Place:
    """Spell the options of a call out; a kernel is a size or an array."""
    size = (
        _checks.pair("kernel_size", kernel, least=1)
        if np.ndim(kernel) < 2
        else np.shape(kernel)[-2:]
    )
    known = signature(definition).parameters
    stride = options.get("stride", known["stride"].default)
    strides = _checks.pair("stride", size if stride is None else stride,
                           least=1)  # fmt: skip
    dilations = _checks.pair("dilation", options.get("dilation", 1), least=1)
    sizes = np.shape(x)[-2:]
    frame = geometry.frame_of(
        options.get("padding", 0), sizes, size, strides, dilations
    )
    outputs = geometry.fit(
        sizes, size, strides, frame, dilations,
        ceil_mode=options.get("ceil_mode", False),
    )  # fmt: skip
    return Place(sizes, size, strides, dilations, frame, outputs)


def regions(x: Any, at: Place, fill: Any = 0) -> Array:
    """Show every window, overhang included: (..., Ho, Wo, KH, KW)."""
    padded = geometry.pad_with(fill, np.asarray(x), at.grown)
    seen = geometry.view(padded, at.kernel, at.stride, at.dilation)
    ho, wo = at.outputs
    return seen[..., :ho, :wo, :, :]


def gathered(shares: Array, at: Place) -> Array:
    """Add up what each pixel gets from the windows: undo `regions`."""
    (top, bottom), (left, right) = at.grown
    height, width = at.sizes
    dx = np.zeros(
        (*shares.shape[:-4], top + height + bottom, left + width + right),
        shares.dtype,
    )
    cells = geometry.cells(at.outputs, at.kernel, at.stride, at.dilation)
    for (u, v), seen in cells.items():
        dx[..., *seen] += shares[..., u, v]
    return geometry.unpad(dx, at.grown)


def cropped(y: Array, x: Any, sizes: Pair) -> Array:
    """Keep the first windows along the axes that were rows and columns."""
    leading = [slice(None)] * (np.ndim(x) - 2)
    return y[(*leading, slice(max(0, sizes[0])), slice(max(0, sizes[1])))]


def losing(definition: Definition, x: Any) -> Any:
    """Give what a maximum, or a minimum, never chooses."""
    dtype = np.asarray(x).dtype
    if definition.__name__.startswith("min"):
        return _numbers.greatest(dtype)
    return _numbers.least(dtype)


def turned(w: Any) -> Array:
    """Turn a kernel by 180 degrees."""
    return np.asarray(w)[..., ::-1, ::-1]


def every(change: Callable[[Array], Any], answer: Any) -> Any:
    """Change every array of an answer."""
    if isinstance(answer, tuple):
        return tuple(change(part) for part in answer)
    return change(answer)
