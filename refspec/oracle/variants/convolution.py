"""Convolutions that are unlike the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refspec
from refspec import _numbers, geometry
from refspec._checks import Pair
from refspec._numbers import Array
from refspec.oracle.variants import variant
from refspec.oracle.variants._places import (
    CONVOLUTIONS,
    POOLINGS,
    Definition,
    Place,
    cropped,
    place,
    turned,
)

__all__: list[str] = []

SLIDING = (*CONVOLUTIONS, *POOLINGS, "windows")
PLAIN = ("conv2d", "depthwise_conv2d")


# Where the windows stand: of convolutions, poolings and `windows`.


def _placed(
    definition: Definition, changed: Callable[[Place], dict[str, Any]]
) -> Definition:
    """Call the definition with other options."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        new = {**options, **at.options, **changed(at)}
        return definition(x, kernel, *rest, **new)

    return answer


def _resized(
    definition: Definition, sizes: Callable[[Place], Pair]
) -> Definition:
    """Keep some of the first windows, of those there are."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        kept = sizes(at)
        if kept[0] > at.outputs[0] or kept[1] > at.outputs[1]:
            raise IndexError(f"a window past the edge: {kept}")
        return cropped(definition(x, kernel, *rest, **options), x, kept)

    return answer


@variant("stride ignored", *SLIDING)
def stride_ignored(definition: Definition) -> Definition:
    """The windows move by one pixel, whatever the stride."""
    return _placed(definition, lambda _: {"stride": 1})


@variant("stride left out of the window's index", *SLIDING)
def stride_left_out(definition: Definition) -> Definition:
    """The answer has the right size, but its windows move by one pixel."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        new = {**options, **at.options, "stride": 1}
        return cropped(definition(x, kernel, *rest, **new), x, at.outputs)

    return answer


@variant("stride's rows and columns swapped", *SLIDING)
def stride_swapped(definition: Definition) -> Definition:
    """The stride of the rows is used for the columns, and the reverse."""
    return _placed(definition, lambda at: {"stride": at.stride[::-1]})


@variant("one stride for both axes", *SLIDING)
def one_stride(definition: Definition) -> Definition:
    """The stride of the rows is used for the columns too."""
    return _placed(definition, lambda at: {"stride": at.stride[0]})


@variant("padding ignored", *SLIDING)
def padding_ignored(definition: Definition) -> Definition:
    """There is no padding, whatever is asked for."""
    return _placed(definition, lambda _: {"padding": 0})


@variant("padding hard-coded to 1", *SLIDING)
def padding_of_1(definition: Definition) -> Definition:
    """There is one cell of padding on each side, whatever is asked for."""
    return _placed(definition, lambda _: {"padding": 1})


@variant("padding's rows and columns swapped", *SLIDING)
def padding_swapped(definition: Definition) -> Definition:
    """The padding of the rows is used for the columns, and the reverse."""
    return _placed(definition, lambda at: {"padding": at.frame[::-1]})


@variant("one padding for both axes", *SLIDING)
def one_padding(definition: Definition) -> Definition:
    """The padding of the rows is used for the columns too."""
    return _placed(definition, lambda at: {"padding": (at.frame[0],) * 2})


@variant("padding on one side only", *SLIDING)
def padding_before(definition: Definition) -> Definition:
    """The padding stands at the top and on the left only."""
    return _placed(
        definition,
        lambda at: {"padding": tuple((before, 0) for before, _ in at.frame)},
    )


@variant("padding's ends swapped", *SLIDING)
def padding_reversed(definition: Definition) -> Definition:
    """Top is taken for bottom, and left for right."""
    return _placed(
        definition, lambda at: {"padding": tuple(p[::-1] for p in at.frame)}
    )


@variant("dilation ignored", *SLIDING)
def dilation_ignored(definition: Definition) -> Definition:
    """The cells of a window stand side by side, whatever the dilation."""
    return _placed(definition, lambda _: {"dilation": 1})


@variant("dilation's rows and columns swapped", *SLIDING)
def dilation_swapped(definition: Definition) -> Definition:
    """The dilation of the rows is used for the columns, and the reverse."""
    return _placed(definition, lambda at: {"dilation": at.dilation[::-1]})


@variant("one size for both axes: the height", *SLIDING)
def height_for_both(definition: Definition) -> Definition:
    """There are as many columns in the answer as there are rows."""
    return _resized(definition, lambda at: (at.outputs[0],) * 2)


@variant("one size for both axes: the width", *SLIDING)
def width_for_both(definition: Definition) -> Definition:
    """There are as many rows in the answer as there are columns."""
    return _resized(definition, lambda at: (at.outputs[1],) * 2)


@variant("output one row short", *SLIDING, "feature_map")
def row_short(definition: Definition) -> Definition:
    """The last row of the answer is missing."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        y = definition(x, *rest, **options)
        rows, columns = y.shape[np.ndim(x) - 2 : np.ndim(x)]
        return cropped(y, x, (rows - 1, columns))

    return answer


@variant("last column dropped", *SLIDING, "feature_map")
def column_dropped(definition: Definition) -> Definition:
    """The last column of the answer is missing."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        y = definition(x, *rest, **options)
        rows, columns = y.shape[np.ndim(x) - 2 : np.ndim(x)]
        return cropped(y, x, (rows, columns - 1))

    return answer


@variant('"same" with the odd cell at the start', *SLIDING,
         kind="convention", declared=("same", "lower"))  # fmt: skip
def same_lower(definition: Definition) -> Definition:
    """Of "same" padding the odd cell stands at the top and on the left."""

    def changed(at: Place) -> dict[str, Any]:
        return {"padding": tuple(frame[::-1] for frame in at.frame)}

    placed = _placed(definition, changed)

    def answer(*arrays: Any, **options: Any) -> Any:
        same = options.get("padding") == "same"
        return (placed if same else definition)(*arrays, **options)

    return answer


@variant('"same" as half the kernel on each side', *SLIDING)
def same_symmetric(definition: Definition) -> Definition:
    """The padding "same" is (K - 1) // 2 cells a side, of an even K too."""

    def changed(at: Place) -> dict[str, Any]:
        halves = tuple(
            (geometry.effective_kernel_size(k, d) - 1) // 2
            for k, d in zip(at.kernel, at.dilation, strict=True)
        )
        return {"padding": halves}

    placed = _placed(definition, changed)

    def answer(*arrays: Any, **options: Any) -> Any:
        same = options.get("padding") == "same"
        return (placed if same else definition)(*arrays, **options)

    return answer


@variant("sizes that do not divide are refused", *SLIDING,
         kind="convention", declared=("sizes", "divisible"))  # fmt: skip
def tail_refused(definition: Definition) -> Definition:
    """Where the stride leaves pixels over at the end there is no answer."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        if any(r % s for r, s in zip(at.rooms, at.stride, strict=True)):
            raise ValueError(f"stride: {at.stride} does not divide {at.rooms}")
        return definition(x, kernel, *rest, **options)

    return answer


@variant("output size rounded up", *CONVOLUTIONS, "windows")
def rounded_up(definition: Definition) -> Definition:
    """The answer has a last row and column whose windows overhang."""
    return _placed(
        definition,
        lambda at: {
            "padding": tuple(
                (before, after + -room % s)
                for (before, after), room, s in zip(
                    at.frame, at.rooms, at.stride, strict=True
                )
            )
        },
    )


@variant("loops over the image", *CONVOLUTIONS, *POOLINGS)
def image_loops(definition: Definition) -> Definition:
    """The loop runs over the image's rows, not over those of the answer."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        rows, columns = (
            -(-w // s) for w, s in zip(at.sizes, at.stride, strict=True)
        )
        if rows > at.outputs[0] or columns > at.outputs[1]:
            raise IndexError("a cell past the end of the answer")
        y = definition(x, kernel, *rest, **options)
        y[..., rows:, :] = 0
        y[..., columns:] = 0
        return y

    return answer


@variant("image position used as output position", *CONVOLUTIONS, *POOLINGS)
def image_position(definition: Definition) -> Definition:
    """The answer is written where the window stands in the image."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        at = place(definition, x, kernel, options)
        moves = zip(at.outputs, at.stride, strict=True)
        if any((n - 1) * s >= n for n, s in moves):
            raise IndexError("a cell past the end of the answer")
        return definition(x, kernel, *rest, **options)

    return answer


@variant("border repeated instead of zeros", *CONVOLUTIONS, "windows")
def border_repeated(definition: Definition) -> Definition:
    """The padding repeats the pixels of the border."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        x = np.asarray(x)
        at = place(definition, x, kernel, options)
        whole = [(0, 0)] * (x.ndim - 2)
        padded = np.pad(x, [*whole, *at.frame], mode="edge")
        return definition(padded, kernel, *rest, **{**options, "padding": 0})

    return answer


# The kernel.


@variant("flipped kernel", *CONVOLUTIONS, "feature_map", "window_response",
         "conv_transpose2d", kind="convention",
         declared=("kernel", "flipped"))  # fmt: skip
def flipped_kernel(definition: Definition) -> Definition:
    """The kernel is turned by 180 degrees: convolution as in mathematics."""

    def answer(x: Any, w: Any, *rest: Any, **options: Any) -> Any:
        return definition(x, turned(w), *rest, **options)

    return answer


def _weighed(
    definition: Definition, change: Callable[[Array], Array]
) -> Definition:
    """Call the definition with other weights of the same shape."""

    def answer(x: Any, w: Any, *rest: Any, **options: Any) -> Any:
        changed = change(np.asarray(w))
        if changed.shape != np.shape(w):
            raise IndexError(f"w: {changed.shape} for {np.shape(w)}")
        return definition(x, changed, *rest, **options)

    return answer


@variant("kernel's rows and columns swapped", *CONVOLUTIONS, "feature_map",
         "window_response", "conv_transpose2d", "dilate_kernel")  # fmt: skip
def kernel_transposed(definition: Definition) -> Definition:
    """The kernel is mirrored at its diagonal."""
    if definition is refspec.dilate_kernel:
        return lambda w, /, dilation: definition(
            np.asarray(w).swapaxes(-2, -1), dilation
        ).copy()
    return _weighed(definition, lambda w: w.swapaxes(-2, -1))


@variant("one kernel size for both axes", *CONVOLUTIONS, *POOLINGS)
def one_kernel_size(definition: Definition) -> Definition:
    """The height of the kernel is taken for its width too."""

    def answer(x: Any, kernel: Any, *rest: Any, **options: Any) -> Any:
        if np.ndim(kernel) < 2:
            at = place(definition, x, kernel, options)
            new = {**options, "stride": at.stride, "padding": at.frame}
            return definition(x, (at.kernel[0],) * 2, *rest, **new)
        height, width = np.shape(kernel)[-2:]
        if height > width:
            raise IndexError(f"w: column {height - 1} of {width}")
        at = place(definition, x, kernel, options)
        square = np.asarray(kernel)[..., :height]
        return definition(x, square, *rest, **{**options, **at.options})

    return answer


@variant("weights read as HWIO", "conv2d", "depthwise_conv2d")
def hwio_weights(definition: Definition) -> Definition:
    """The weights lie in memory as if the filters came last."""

    def change(w: Array) -> Array:
        f, c, kh, kw = w.shape
        return w.reshape(kh, kw, c, f).transpose(3, 2, 0, 1)

    return _weighed(definition, change)


@variant("weights scrambled", "conv2d", "depthwise_conv2d", "dense")
def weights_scrambled(definition: Definition) -> Definition:
    """The weights are laid out as columns, and read back as rows."""
    return _weighed(
        definition, lambda w: w.reshape(len(w), -1).T.reshape(w.shape)
    )


@variant("images read as NHWC", *CONVOLUTIONS, *POOLINGS)
def nhwc_images(definition: Definition) -> Definition:
    """The images lie in memory as if the channels came last."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        n, c, height, width = np.shape(x)
        read = np.asarray(x).reshape(n, height, width, c)
        return definition(read.transpose(0, 3, 1, 2), *rest, **options)

    return answer


@variant("sum over all filters", "conv2d", "depthwise_conv2d",
         "pointwise_conv2d")  # fmt: skip
def filters_summed(definition: Definition) -> Definition:
    """Every map adds up the answers of all filters."""
    return _weighed(
        definition,
        lambda w: np.broadcast_to(w.sum(axis=0, keepdims=True), w.shape),
    )


@variant("first filter for every map", "conv2d", "depthwise_conv2d",
         "pointwise_conv2d", "dense")  # fmt: skip
def first_filter(definition: Definition) -> Definition:
    """Every map is that of the first filter."""
    return _weighed(definition, lambda w: np.broadcast_to(w[:1], w.shape))


@variant("first channel only", "conv2d", "pointwise_conv2d")
def first_channel(definition: Definition) -> Definition:
    """Only the first of a filter's channels is read."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        w, x = np.asarray(w), np.asarray(x)
        return definition(x[:, :: w.shape[1]], w[:, :1], b, **options)

    return answer


@variant("filters and channels swapped", "conv2d", "pointwise_conv2d",
         "conv_transpose2d")  # fmt: skip
def filters_for_channels(definition: Definition) -> Definition:
    """The weight of filter f for channel c is that of c for f."""
    return _weighed(definition, lambda w: w.swapaxes(0, 1))


# Groups.


@variant("groups ignored", "conv2d")
def groups_ignored(definition: Definition) -> Definition:
    """Every filter sees the channels of the first group."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        seen = np.asarray(x)[:, : np.shape(w)[1]]
        return definition(seen, w, b, **{**options, "groups": 1})

    return answer


@variant("filters of groups interleaved", *PLAIN)
def filters_interleaved(definition: Definition) -> Definition:
    """Filter f belongs to group f % G."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        g = (
            options.get("groups", 1)
            if definition is refspec.conv2d
            else (np.shape(x)[1])
        )
        order = sorted(range(len(w)), key=lambda f: f % g)
        moved = None if b is None else np.asarray(b)[order]
        y = definition(x, np.asarray(w)[order], moved, **options)
        return y[:, np.argsort(order)]

    return answer


@variant("channels of groups interleaved", "conv2d")
def channels_interleaved(definition: Definition) -> Definition:
    """Channel c belongs to group c % G."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        g = options.get("groups", 1)
        order = sorted(range(np.shape(x)[1]), key=lambda c: c % g)
        return definition(np.asarray(x)[:, order], w, b, **options)

    return answer


@variant("channels summed before the filters", "depthwise_conv2d",
         "separable_conv2d")  # fmt: skip
def channels_summed(definition: Definition) -> Definition:
    """Every filter sees all channels, as in a full convolution."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        total = np.asarray(x).sum(axis=1, keepdims=True)
        seen = np.broadcast_to(total, np.shape(x))
        return definition(seen, *rest, **options)

    return answer


# The bias.


@variant("bias missing", *PLAIN, "pointwise_conv2d", "dense")
def bias_missing(definition: Definition) -> Definition:
    """The bias is not added."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        return (
            definition(x, w, **options)
            if b is None
            else definition(x, w, np.asarray(b) * 0, **options)
        )

    return answer


@variant("bias added per product", *PLAIN, "pointwise_conv2d", "dense")
def bias_per_product(definition: Definition) -> Definition:
    """The bias stands inside the sum: it is added to every product."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        terms = np.asarray(w)[0].size
        many = None if b is None else np.asarray(b) * terms
        return definition(x, w, many, **options)

    return answer


@variant("bias in the first image only", *PLAIN, "pointwise_conv2d",
         "separable_conv2d", "dense")  # fmt: skip
def bias_once(definition: Definition) -> Definition:
    """Only the first example gets the bias."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        y = definition(x, *rest, **options)
        weights = 2 if definition is refspec.separable_conv2d else 1
        y[1:] = definition(x, *rest[:weights], **options)[1:]
        return y

    return answer


@variant("one bias for all filters", *PLAIN, "pointwise_conv2d", "dense")
def one_bias(definition: Definition) -> Definition:
    """Every filter gets the first filter's bias."""

    def answer(x: Any, w: Any, b: Any = None, /, **options: Any) -> Any:
        first = None if b is None else np.broadcast_to(b[:1], np.shape(b))
        return definition(x, w, first, **options)

    return answer


# One window, and kernels.


@variant("mean instead of sum", "window_response", "feature_map")
def mean_of_products(definition: Definition) -> Definition:
    """The products are averaged."""

    def answer(window: Any, kernel: Any, /) -> Any:
        total = _numbers.divisible(np.asarray(definition(window, kernel)))
        return _numbers.divide(total, np.size(kernel))[()]

    return answer


@variant("matrix product instead of cell by cell", "window_response")
def matrix_product(definition: Definition) -> Definition:
    """Window and kernel are multiplied as matrices."""

    def answer(window: Any, kernel: Any, /) -> Any:
        kernel = np.asarray(kernel)
        if kernel.shape[0] != kernel.shape[1]:
            raise ValueError("matmul: shapes do not fit")
        ones = np.ones_like(kernel)
        return definition(np.asarray(window) @ kernel, ones)

    return answer


@variant("padded to keep the size", "feature_map")
def map_padded(definition: Definition) -> Definition:
    """Zeros are put around the image, so that the map has its size."""

    def answer(image: Any, kernel: Any, /) -> Any:
        frame = tuple(
            geometry.same_padding(w, k)
            for w, k in zip(np.shape(image), np.shape(kernel), strict=True)
        )
        return definition(geometry.zero_pad(image, frame), kernel)  # type: ignore[arg-type]

    return answer


@variant("one zero too many between the weights", "dilate_kernel")
def dilated_too_far(definition: Definition) -> Definition:
    """The dilation is taken for the number of zeros in between."""

    def answer(w: Any, /, dilation: Any) -> Any:
        pair = (dilation,) * 2 if np.ndim(dilation) == 0 else dilation
        return definition(w, tuple(int(d) + 1 for d in pair))

    return answer


@variant("zeros after the last weight too", "dilate_kernel")
def dilated_tail(definition: Definition) -> Definition:
    """Each weight is followed by zeros, the last one as well."""

    def answer(w: Any, /, dilation: Any) -> Any:
        dh, dw = (dilation,) * 2 if np.ndim(dilation) == 0 else dilation
        y = definition(w, dilation)
        return geometry.pad_with(0, y, ((0, dh - 1), (0, dw - 1)))

    return answer


@variant("dilation one for both axes", "dilate_kernel")
def one_dilation(definition: Definition) -> Definition:
    """The dilation of the rows is used for the columns too."""

    def answer(w: Any, /, dilation: Any) -> Any:
        return definition(w, np.ravel(dilation).tolist()[0])

    return answer


@variant("pointwise step transposed", "separable_conv2d")
def pointwise_transposed(definition: Definition) -> Definition:
    """The matrix of the second step is mirrored at its diagonal."""

    def answer(x: Any, d: Any, p: Any, b: Any = None, /, **o: Any) -> Any:
        return definition(x, d, np.asarray(p).swapaxes(0, 1), b, **o)

    return answer


@variant("pointwise step forgets all but one map", "separable_conv2d")
def pointwise_first(definition: Definition) -> Definition:
    """The second step reads the first map only."""

    def answer(x: Any, d: Any, p: Any, b: Any = None, /, **o: Any) -> Any:
        p = np.asarray(p).copy()
        p[:, 1:] = 0
        return definition(x, d, p, b, **o)

    return answer


# Gradients.


def _scattered(
    y: Any, w: Any, at: Place, options: dict[str, Any], stride: Pair,
    dilation: Pair,
) -> Array:  # fmt: skip
    """Hand cells back with another stride, where there is room for it."""
    rows, columns = at.spans_at(stride, dilation)
    (top, bottom), (left, right) = at.frame
    height, width = top + at.sizes[0] + bottom, left + at.sizes[1] + right
    if rows > height or columns > width:
        raise IndexError("a pixel past the edge of the image")
    given = refspec.conv_transpose2d(
        y, w, input_size=(rows, columns), stride=stride, dilation=dilation,
        groups=options.get("groups", 1),
    )  # fmt: skip
    whole = np.zeros((*given.shape[:2], height, width), given.dtype)
    whole[..., :rows, :columns] = given
    return geometry.unpad(whole, at.frame)


def _input_gradient(
    definition: Definition, changed: Callable[..., Any]
) -> Definition:
    """Take another dx, from y, w, the place and the options."""

    def transposed(y: Any, w: Any, /, **options: Any) -> Any:
        x = np.empty(options.pop("input_size"))
        return changed(y, w, place(definition, x, w, options), options)

    def backward(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        _, dw, db = definition(dy, x, w, **options)
        at = place(definition, x, w, options)
        return changed(dy, w, at, options), dw, db

    if definition is refspec.conv_transpose2d:

        def sized(y: Any, w: Any, /, **options: Any) -> Any:
            size = options["input_size"]
            pair = (size, size) if np.ndim(size) == 0 else tuple(size)
            return transposed(y, w, **{**options, "input_size": pair})

        return sized
    return backward


def _transposed(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
    """Give dx as it is."""
    return refspec.conv_transpose2d(
        y, w, input_size=at.sizes, groups=options.get("groups", 1),
        **at.options,
    )  # fmt: skip


def _uncropped(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
    """Give dx with its frame."""
    (top, bottom), (left, right) = at.frame
    padded = top + at.sizes[0] + bottom, left + at.sizes[1] + right
    return refspec.conv_transpose2d(
        y, w, input_size=padded, stride=at.stride, dilation=at.dilation,
        groups=options.get("groups", 1),
    )  # fmt: skip


BOTH = ("conv2d_backward", "conv_transpose2d")


@variant("dx cropped with [p:-p]", *BOTH)
def cropped_p(definition: Definition) -> Definition:
    """The frame is cut off with [p:-p], which leaves nothing at p = 0."""

    def dx(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
        (top, bottom), (left, right) = at.frame
        whole = _uncropped(y, w, at, options)
        return whole[..., top:-bottom, left:-right]

    return _input_gradient(definition, dx)


@variant("dx cropped with [1:-1]", *BOTH)
def cropped_1(definition: Definition) -> Definition:
    """The frame that is cut off is one cell wide, whatever the padding."""
    return _input_gradient(
        definition, lambda *call: _uncropped(*call)[..., 1:-1, 1:-1]
    )


@variant("dx not cropped", *BOTH)
def not_cropped(definition: Definition) -> Definition:
    """The frame is left around the gradient of the image."""
    return _input_gradient(definition, _uncropped)


@variant("dx cropped at the end only", *BOTH)
def cropped_end(definition: Definition) -> Definition:
    """The whole frame is cut off at the bottom and on the right."""
    return _input_gradient(
        definition,
        lambda y, w, at, options: _uncropped(y, w, at, options)[
            ..., : at.sizes[0], : at.sizes[1]
        ],
    )


@variant("stride missing in dx", *BOTH)
def dx_without_stride(definition: Definition) -> Definition:
    """The gradient of the image is handed back with stride 1."""
    return _input_gradient(
        definition,
        lambda y, w, at, o: _scattered(y, w, at, o, (1, 1), at.dilation),
    )


@variant("wrong stride component in dx", *BOTH)
def dx_stride_swapped(definition: Definition) -> Definition:
    """The gradient of the image steps down by the stride of the columns."""
    return _input_gradient(
        definition,
        lambda y, w, at, o: _scattered(
            y, w, at, o, (at.stride[1], at.stride[1]), at.dilation
        ),
    )


@variant("dilation missing in dx", *BOTH)
def dx_without_dilation(definition: Definition) -> Definition:
    """The gradient of the image is handed back with dilation 1."""
    return _input_gradient(
        definition,
        lambda y, w, at, o: _scattered(y, w, at, o, at.stride, (1, 1)),
    )


@variant("overlap overwrites in dx", *BOTH)
def dx_overwritten(definition: Definition) -> Definition:
    """A pixel keeps the share of its last window, instead of the sum."""

    def dx(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
        whole = _uncropped(y, w, at, options) * 0
        (ho, wo), f = at.outputs, np.shape(y)[1]
        shares = refspec.conv_transpose2d(
            np.moveaxis(np.asarray(y), 1, -1).reshape(-1, f, 1, 1),
            w, input_size=at.kernel, groups=options.get("groups", 1),
        )  # fmt: skip
        shares = shares.reshape(len(y), ho, wo, *shares.shape[1:])
        (sh, sw), (dh, dw), (kh, kw) = at.stride, at.dilation, at.kernel
        for i, j in np.ndindex(ho, wo):
            rows = slice(i * sh, i * sh + (kh - 1) * dh + 1, dh)
            columns = slice(j * sw, j * sw + (kw - 1) * dw + 1, dw)
            whole[..., rows, columns] = shares[:, i, j]
        return geometry.unpad(whole, at.frame)

    return _input_gradient(definition, dx)


@variant("kernel not flipped for dx", "conv2d_backward")
def dx_unturned(definition: Definition) -> Definition:
    """The kernel is not turned where the gradient of the image is taken."""
    return _input_gradient(
        definition, lambda y, w, at, o: _transposed(y, turned(w), at, o)
    )


@variant("weights scrambled in the cache", "conv2d_backward")
def cache_scrambled(definition: Definition) -> Definition:
    """The weights kept for the gradient are laid out otherwise."""

    def dx(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
        w = np.asarray(w)
        scrambled = w.reshape(len(w), -1).T.reshape(w.shape)
        return _transposed(y, scrambled, at, options)

    return _input_gradient(definition, dx)


@variant("flipped kernel in the gradients", "conv2d_backward",
         kind="convention", declared=("kernel", "flipped"))  # fmt: skip
def flipped_gradients(definition: Definition) -> Definition:
    """These are the gradients of a convolution whose kernel is turned."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        dx, dw, db = definition(dy, x, turned(w), **options)
        return dx, turned(dw), db

    return answer


@variant("remainder forgotten", "conv_transpose2d")
def remainder_forgotten(definition: Definition) -> Definition:
    """The pixels that no window reached are missing from the answer."""

    def dx(y: Any, w: Any, at: Place, options: dict[str, Any]) -> Array:
        rows, columns = (
            span - before - after
            for span, (before, after) in zip(at.spans, at.frame, strict=True)
        )
        if rows < 1 or columns < 1:
            raise ValueError("the answer has no pixel")
        return _transposed(y, w, at, options)[..., :rows, :columns]

    return _input_gradient(definition, dx)


def _filter_gradients(
    definition: Definition, changed: Callable[..., Any]
) -> Definition:
    """Take other dw and db, of (N, F, Ho, Wo) or (N, O)."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        dx, dw, db = definition(dy, x, w, **options)
        return dx, *changed(np.asarray(dy), dw, db)

    return answer


GRADIENTS = ("conv2d_backward", "dense_backward")


@variant("db missing", *GRADIENTS)
def db_missing(definition: Definition) -> Definition:
    """The gradient of the bias stays zero."""
    return _filter_gradients(definition, lambda _, dw, db: (dw, db * 0))


@variant("dw missing", *GRADIENTS)
def dw_missing(definition: Definition) -> Definition:
    """The gradient of the weights stays zero."""
    return _filter_gradients(definition, lambda _, dw, db: (dw * 0, db))


@variant("db summed over the batch only", "conv2d_backward")
def db_over_batch(definition: Definition) -> Definition:
    """The gradient of the bias has a number for each cell of the map."""
    return _filter_gradients(
        definition, lambda dy, dw, _: (dw, dy.sum(axis=0))
    )


@variant("db summed over filters too", *GRADIENTS)
def db_over_filters(definition: Definition) -> Definition:
    """Every filter's bias gets the sum over all filters."""
    return _filter_gradients(
        definition,
        lambda _, dw, db: (dw, np.full(db.shape, db.sum(), db.dtype)),
    )


@variant("mean over the batch instead of sum", *GRADIENTS)
def batch_mean(definition: Definition) -> Definition:
    """The gradients of weights and bias are averaged over the examples."""

    def averaged(dy: Array, *gradients: Array) -> tuple[Array, ...]:
        return tuple(
            _numbers.divide(_numbers.divisible(g), max(1, len(dy)))
            for g in gradients
        )

    return _filter_gradients(definition, averaged)


@variant("gradient of the first example only", *GRADIENTS)
def first_example(definition: Definition) -> Definition:
    """The gradients of weights and bias see the first example only."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        dx = definition(dy, x, w, **options)[0]
        _, dw, db = definition(dy[:1], x[:1], w, **options)
        return dx, dw, db

    return answer


@variant("dw added when the second example comes", *GRADIENTS)
def second_example(definition: Definition) -> Definition:
    """The gradient of the weights is zero for a batch of one."""
    return _filter_gradients(
        definition, lambda dy, dw, db: (dw if len(dy) > 1 else dw * 0, db)
    )


@variant("dw of the image without padding", "conv2d_backward")
def dw_unpadded(definition: Definition) -> Definition:
    """The gradient of the weights reads the image without its padding."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        dx, _, db = definition(dy, x, w, **options)
        at = place(definition, x, w, options)
        height, width = at.spans
        if height > at.sizes[0] or width > at.sizes[1]:
            raise ValueError("a window past the edge of the image")
        seen = np.asarray(x)[..., :height, :width]
        new = {**options, **at.options, "padding": 0}
        return dx, definition(dy, seen, w, **new)[1], db

    return answer


@variant("dw of the image padded with its border", "conv2d_backward")
def dw_border(definition: Definition) -> Definition:
    """The gradient of the weights sees the border where there are zeros."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        dx, _, db = definition(dy, x, w, **options)
        at = place(definition, x, w, options)
        padded = np.pad(np.asarray(x), [(0, 0), (0, 0), *at.frame], "edge")
        new = {**options, **at.options, "padding": 0}
        return dx, definition(dy, padded, w, **new)[1], db

    return answer


@variant("gradients loop over the image", "conv2d_backward")
def gradients_image_loops(definition: Definition) -> Definition:
    """The loop runs over the image's rows, not over those of the answer."""

    def answer(dy: Any, x: Any, w: Any, /, **options: Any) -> Any:
        height, width = np.shape(x)[2:]
        dy = np.array(dy)
        if height > dy.shape[2] or width > dy.shape[3]:
            raise IndexError("a cell past the end of the answer")
        dy[:, :, height:] = 0
        dy[..., width:] = 0
        return definition(dy, x, w, **options)

    return answer
