"""Sizes, layouts and dense layers that are unlike the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refspec
from refspec import _checks, _numbers, geometry
from refspec._numbers import Array
from refspec.oracle.variants import variant
from refspec.oracle.variants._places import Definition
from refspec.receptive import ReceptiveField, Window

__all__: list[str] = []


# Sizes along one axis.


def _sized(definition: Definition, formula: Callable[..., Any]) -> Definition:
    """Count windows by a formula of W, K, P (of both ends), S and D."""

    def answer(
        size: int, kernel_size: int, *, stride: int = 1, padding: Any = 0,
        dilation: int = 1, ceil_mode: bool = False,
    ) -> Any:  # fmt: skip
        definition(
            size, kernel_size, stride=stride, padding=padding,
            dilation=dilation, ceil_mode=ceil_mode,
        )  # fmt: skip
        total = sum(_checks.pair("padding", padding, least=0))
        reach = geometry.effective_kernel_size(kernel_size, dilation)
        return formula(size, reach, total, stride)

    return answer


@variant("size rounded up", "output_size")
def size_up(definition: Definition) -> Definition:
    """The quotient is rounded up instead of down."""
    return _sized(definition, lambda w, k, p, s: -(-(w + p - k) // s) + 1)


@variant("size not rounded", "output_size")
def size_divided(definition: Definition) -> Definition:
    """The quotient is not rounded: a size may be a fraction."""
    return _sized(definition, lambda w, k, p, s: (w + p - k) / s + 1)


@variant("size with the wrong precedence", "output_size")
def size_precedence(definition: Definition) -> Definition:
    """Only the padding is divided by the stride."""
    return _sized(definition, lambda w, k, p, s: w - k + p // s + 1)


@variant("size less half the kernel", "output_size")
def size_half(definition: Definition) -> Definition:
    """The image loses K // 2 pixels, not K - 1."""
    return _sized(definition, lambda w, k, p, s: (w + p - k // 2 - 1) // s + 1)


@variant("size without the 1", "output_size")
def size_without_1(definition: Definition) -> Definition:
    """The first window is not counted."""
    return _sized(definition, lambda w, k, p, s: (w + p - k) // s)


@variant("size as image // stride", "output_size")
def size_by_stride(definition: Definition) -> Definition:
    """The size is how often the stride fits in the image."""
    return _sized(definition, lambda w, _k, _p, s: w // s)


@variant("size as image // kernel", "output_size")
def size_by_kernel(definition: Definition) -> Definition:
    """The size is how often the kernel fits in the image."""
    return _sized(definition, lambda w, k, _p, _s: w // k)


@variant("size with the padding of one end", "output_size")
def size_one_end(definition: Definition) -> Definition:
    """Padding is counted once, where there are two ends."""
    return _sized(definition, lambda w, k, p, s: (w + p // 2 - k) // s + 1)


@variant("size without padding", "output_size")
def size_unpadded(definition: Definition) -> Definition:
    """The padding is left out of the formula."""
    return _sized(definition, lambda w, k, _, s: (w - k) // s + 1)


@variant("size without dilation", "output_size")
def size_undilated(definition: Definition) -> Definition:
    """The dilation is left out of the formula."""

    def answer(size: int, kernel_size: int, **options: Any) -> Any:
        return definition(size, kernel_size, **{**options, "dilation": 1})

    return answer


@variant('"same" padding at the other end', "same_padding")
def same_other_end(definition: Definition) -> Definition:
    """The odd cell stands at the start."""
    return lambda *sizes, **options: definition(*sizes, **options)[::-1]


@variant('"same" padding as half the kernel', "same_padding")
def same_half(definition: Definition) -> Definition:
    """There are (K - 1) // 2 cells at each end, whatever the stride."""

    def answer(size: int, kernel_size: int, **options: Any) -> Any:
        definition(size, kernel_size, **options)
        reach = geometry.effective_kernel_size(
            kernel_size, options.get("dilation", 1)
        )
        return ((reach - 1) // 2,) * 2

    return answer


@variant('"same" padding without stride', "same_padding")
def same_unstrided(definition: Definition) -> Definition:
    """The padding is that of stride 1."""

    def answer(*sizes: int, **options: Any) -> Any:
        return definition(*sizes, **{**options, "stride": 1})

    return answer


@variant("effective size as K D", "effective_kernel_size")
def effective_product(definition: Definition) -> Definition:
    """There are zeros after the last weight too."""
    return lambda k, d: definition(k, d) * 0 + k * d


@variant("effective size as K + D - 1", "effective_kernel_size")
def effective_sum(definition: Definition) -> Definition:
    """One gap is counted, where there are K - 1."""
    return lambda k, d: definition(k, d) * 0 + k + d - 1


# Receptive fields.

FIELDS = ("receptive_field", "receptive_field_closed_form")


def _followed(
    definition: Definition, change: Callable[[list[Window]], list[Window]]
) -> Definition:
    """Look at other windows."""
    return lambda windows, /: definition(change(list(windows)))


@variant("own stride in the field", *FIELDS)
def own_stride(definition: Definition) -> Definition:
    """A layer widens the field by its own stride, not by those before."""

    def answer(windows: Any, /) -> ReceptiveField:
        windows = list(windows)
        field = definition(windows)
        rows, columns = (
            1 + sum((_reach(w, axis) - 1) * _pair(w.stride)[axis]
                    for w in windows)
            for axis in (0, 1)
        )  # fmt: skip
        return ReceptiveField((rows, columns), field.jump, field.start)

    return answer


def _pair(value: Any) -> tuple[int, int]:
    return _checks.pair("size", value, least=1)


def _reach(window: Window, axis: int) -> int:
    return geometry.effective_kernel_size(
        _pair(window.kernel_size)[axis], _pair(window.dilation)[axis]
    )


@variant("strides ignored in the field", *FIELDS)
def strides_ignored(definition: Definition) -> Definition:
    """The kernels are added up as if every stride were 1."""
    return _followed(
        definition, lambda windows: [w._replace(stride=1) for w in windows]
    )


@variant("dilation ignored in the field", *FIELDS)
def field_undilated(definition: Definition) -> Definition:
    """The kernels are added up as if no dilation were there."""
    return _followed(
        definition, lambda windows: [w._replace(dilation=1) for w in windows]
    )


@variant("a layer counted twice", *FIELDS)
def layer_twice(definition: Definition) -> Definition:
    """The last layer is counted twice."""
    return _followed(definition, lambda windows: windows + windows[-1:])


@variant("a layer left out", *FIELDS)
def layer_left_out(definition: Definition) -> Definition:
    """The last layer is not counted."""
    return _followed(definition, lambda windows: windows[:-1])


@variant("one layer more than there is", *FIELDS)
def layer_more(definition: Definition) -> Definition:
    """The first layer is preceded by another like it."""
    return _followed(definition, lambda windows: windows[:1] + windows)


@variant("layers from the last to the first", *FIELDS)
def layers_reversed(definition: Definition) -> Definition:
    """The layers are followed in the other order."""
    return _followed(definition, lambda windows: windows[::-1])


@variant("field as the sum of kernels", *FIELDS)
def kernels_summed(definition: Definition) -> Definition:
    """The kernels are added up, and not what each adds to a pixel."""

    def answer(windows: Any, /) -> ReceptiveField:
        windows = list(windows)
        field = definition(windows)
        rows, columns = (
            sum(_reach(w, axis) for w in windows) for axis in (0, 1)
        )
        return ReceptiveField((rows, columns), field.jump, field.start)

    return answer


# Coverage.


@variant("coverage of unpadded windows", "coverage")
def coverage_unpadded(definition: Definition) -> Definition:
    """The windows start at the first pixel."""

    def answer(*sizes: Any, **options: Any) -> Any:
        return definition(*sizes, **{**options, "padding": 0})

    return answer


@variant("coverage with stride 1", "coverage")
def coverage_unstrided(definition: Definition) -> Definition:
    """The windows move by one pixel."""

    def answer(*sizes: Any, **options: Any) -> Any:
        return definition(*sizes, **{**options, "stride": 1})

    return answer


# Frames.


def _framed(definition: Definition, change: Callable[..., Any]) -> Definition:
    """Use another frame."""
    return lambda x, /, padding: definition(
        x, change(_checks.frame("padding", padding))
    )


@variant("frame's rows and columns swapped", "zero_pad", "unpad")
def frame_swapped(definition: Definition) -> Definition:
    """The padding of the rows is used for the columns, and the reverse."""
    return _framed(definition, lambda frame: frame[::-1])


@variant("frame's ends swapped", "zero_pad", "unpad")
def frame_reversed(definition: Definition) -> Definition:
    """Top is taken for bottom, and left for right."""
    return _framed(definition, lambda frame: tuple(p[::-1] for p in frame))


@variant("frame on one side only", "zero_pad", "unpad")
def frame_before(definition: Definition) -> Definition:
    """The frame is at the top and on the left only."""
    return _framed(definition, lambda frame: tuple((p, 0) for p, _ in frame))


@variant("frame of one cell", "zero_pad", "unpad")
def frame_of_1(definition: Definition) -> Definition:
    """The frame is one cell wide, whatever is asked for."""
    return _framed(definition, lambda _: 1)


@variant("frame of the rows for both axes", "zero_pad", "unpad")
def frame_for_both(definition: Definition) -> Definition:
    """The padding of the rows is used for the columns too."""
    return _framed(definition, lambda frame: (frame[0], frame[0]))


@variant("frame that repeats the border", "zero_pad")
def frame_repeats(definition: Definition) -> Definition:
    """The pixels of the border are repeated, where zeros should be."""
    del definition

    def answer(x: Any, /, padding: Any) -> Any:
        x = np.asarray(x)
        frame = _checks.frame("padding", padding)
        return np.pad(x, [(0, 0)] * (x.ndim - 2) + [*frame], mode="edge")

    return answer


@variant("frame of ones", "zero_pad")
def frame_of_ones(definition: Definition) -> Definition:
    """The frame is of ones."""

    def answer(x: Any, /, padding: Any) -> Any:
        x = np.asarray(x)
        inside = definition(np.ones(x.shape, bool), padding)
        return np.where(inside, definition(x, padding), 1).astype(x.dtype)

    return answer


@variant("frame cut off with [p:-p]", "unpad")
def unpad_p(definition: Definition) -> Definition:
    """The frame is cut off with [p:-p], which leaves nothing at p = 0."""

    def answer(x: Any, /, padding: Any) -> Any:
        definition(x, padding)
        (top, bottom), (left, right) = _checks.frame("padding", padding)
        return np.asarray(x)[..., top:-bottom, left:-right].copy()

    return answer


# Layouts.


@variant("column by column", "flatten", "unflatten")
def fortran_order(definition: Definition) -> Definition:
    """The rows of a column come first: Fortran's order."""
    if definition is refspec.flatten:
        return lambda x, /: definition(np.asarray(x).swapaxes(-3, -2))

    def answer(v: Any, /, *, shape: Any) -> Any:
        h, w, c = shape
        return definition(v, shape=(w, h, c)).swapaxes(-3, -2).copy()

    return answer


@variant("channel by channel", "flatten", "unflatten")
def channels_first(definition: Definition) -> Definition:
    """The pixels of a channel come first."""
    if definition is refspec.flatten:
        return lambda x, /: definition(np.moveaxis(np.asarray(x), -1, -3))

    def answer(v: Any, /, *, shape: Any) -> Any:
        h, w, c = shape
        y = definition(v, shape=(c, h, w))
        return np.moveaxis(y, -3, -1).copy()

    return answer


@variant("the batch flattened too", "flatten")
def batch_flattened(definition: Definition) -> Definition:
    """All examples become one vector."""
    return lambda x, /: definition(x).ravel()


@variant("reshape for transpose", "hwc_to_chw", "chw_to_hwc")
def reshape_for_transpose(definition: Definition) -> Definition:
    """The shape is changed, and the numbers stay where they are."""
    return lambda x, /: np.array(x).reshape(definition(x).shape)


@variant("rows for columns in the layout", "hwc_to_chw", "chw_to_hwc")
def layout_mirrored(definition: Definition) -> Definition:
    """The image is mirrored at its diagonal as its channels move."""
    to_maps = definition is refspec.hwc_to_chw
    axes = (-2, -1) if to_maps else (-3, -2)
    return lambda x, /: definition(x).swapaxes(*axes).copy()


@variant("the other way round", "hwc_to_chw", "chw_to_hwc")
def other_way(definition: Definition) -> Definition:
    """The channels move to the wrong end."""
    to_maps = definition is refspec.hwc_to_chw
    return refspec.chw_to_hwc if to_maps else refspec.hwc_to_chw


def _grey(definition: Definition, *weights: int) -> Definition:
    """Weigh red, green and blue otherwise."""

    def answer(x: Any, /) -> Any:
        definition(x)
        x = _numbers.divisible(np.asarray(x))
        total = sum(w * x[..., c : c + 1] for c, w in enumerate(weights))
        return _numbers.divide(np.asarray(total), sum(weights))

    return answer


@variant("grey as the mean", "to_grayscale")
def grey_mean(definition: Definition) -> Definition:
    """Red, green and blue weigh alike."""
    return _grey(definition, 1, 1, 1)


@variant("grey of BGR", "to_grayscale")
def grey_bgr(definition: Definition) -> Definition:
    """Blue is taken for red: the channels come in the other order."""
    return _grey(definition, 114, 587, 299)


@variant("grey by BT.709", "to_grayscale", kind="convention",
         declared=("grey", "BT.709"))  # fmt: skip
def grey_709(definition: Definition) -> Definition:
    """The weights are those of high-definition television."""
    return _grey(definition, 2126, 7152, 722)


@variant("grey without its channel", "to_grayscale")
def grey_flat(definition: Definition) -> Definition:
    """The axis of the channel is gone."""
    return lambda x, /: definition(x)[..., 0]


# Dense layers.


@variant("weights not transposed", "dense")
def not_transposed(definition: Definition) -> Definition:
    """The weights are taken as inputs x outputs: only a square fits."""

    def answer(x: Any, w: Any, b: Any = None, /) -> Any:
        return definition(x, np.asarray(w).T, b)

    return answer


@variant("weights read as inputs x outputs", "dense")
def read_transposed(definition: Definition) -> Definition:
    """The numbers lie in memory as if the outputs came last."""

    def answer(x: Any, w: Any, b: Any = None, /) -> Any:
        w = np.asarray(w)
        return definition(x, w.reshape(w.shape[::-1]).T, b)

    return answer


@variant("last input left out", "dense")
def last_input(definition: Definition) -> Definition:
    """The loop over the inputs ends one too early."""

    def answer(x: Any, w: Any, b: Any = None, /) -> Any:
        w = np.array(w)
        w[:, -1] = 0
        return definition(x, w, b)

    return answer


def _gradients(
    definition: Definition,
    change: Callable[[Array, Array, Array], tuple[Any, ...]],
) -> Definition:
    return lambda *arrays: change(*definition(*arrays))


@variant("dx and dw swapped", "dense_backward")
def dx_for_dw(definition: Definition) -> Definition:
    """The gradients of input and weights come in the other order."""
    return _gradients(definition, lambda dx, dw, db: (dw, dx, db))


@variant("dw transposed", "dense_backward")
def dw_transposed(definition: Definition) -> Definition:
    """The gradient of the weights is inputs x outputs."""
    return _gradients(definition, lambda dx, dw, db: (dx, dw.T, db))


@variant("dx by the weights transposed", "dense_backward")
def dx_transposed(definition: Definition) -> Definition:
    """The gradient of the input uses inputs x outputs: a square fits."""

    def answer(dy: Any, x: Any, w: Any, /) -> Any:
        _, dw, db = definition(dy, x, w)
        return definition(dy, x, np.asarray(w).T)[0], dw, db

    return answer


@variant("db by example", "dense_backward")
def db_by_example(definition: Definition) -> Definition:
    """The gradient of the bias is not summed."""
    return lambda dy, x, w, /: (*definition(dy, x, w)[:2], np.array(dy))
