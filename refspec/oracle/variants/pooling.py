"""Poolings that are unlike the definition."""

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
    POOLINGS,
    SELECTIONS,
    Definition,
    Place,
    cropped,
    gathered,
    losing,
    place,
    regions,
)

__all__: list[str] = []

MEANS = ("avg_pool2d", "avg_pool2d_backward")
BACKWARD = ("max_pool2d_backward", "min_pool2d_backward")


# Padding and what overhangs.


@variant("zero-padded maximum", *SELECTIONS)
def zero_padded(definition: Definition) -> Definition:
    """The padding is of zeros, which may win."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(definition, x, kernel_size, options)
        padded = geometry.pad_with(0, np.asarray(x), at.frame)
        new = {**options, **at.options, "padding": 0}
        return cropped(definition(padded, kernel_size, **new), x, at.outputs)

    return answer


@variant("padding counted in the mean", *MEANS, kind="convention",
         declared=("count_include_pad", True))  # fmt: skip
def padding_counted(definition: Definition) -> Definition:
    """The mean counts the padding, whether or not it is asked to."""

    def answer(*arrays: Any, **options: Any) -> Any:
        return definition(*arrays, **{**options, "count_include_pad": True})

    return answer


@variant("padding not counted in the mean", *MEANS, kind="convention",
         declared=("count_include_pad", False))  # fmt: skip
def padding_not_counted(definition: Definition) -> Definition:
    """The mean counts pixels only, whatever is asked for."""

    def answer(*arrays: Any, **options: Any) -> Any:
        return definition(*arrays, **{**options, "count_include_pad": False})

    return answer


@variant("overhang counted in the mean", "avg_pool2d")
def overhang_counted(definition: Definition) -> Definition:
    """In ceil mode the mean counts the cells past the padding as zeros."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        y = definition(x, kernel_size, **options)
        if not options.get("count_include_pad", True):
            return y
        at = place(definition, x, kernel_size, options)
        cells = regions(_numbers.divisible(np.asarray(x)), at)
        return _numbers.divide(cells.sum(axis=(4, 5)), int(np.prod(at.kernel)))

    return answer


@variant("ceil mode ignored", *POOLINGS)
def ceil_ignored(definition: Definition) -> Definition:
    """The number of windows is rounded down, whatever is asked for."""

    def answer(*arrays: Any, **options: Any) -> Any:
        return definition(*arrays, **{**options, "ceil_mode": False})

    return answer


@variant("always in ceil mode", *POOLINGS)
def ceil_always(definition: Definition) -> Definition:
    """The number of windows is rounded up, whatever is asked for."""

    def answer(*arrays: Any, **options: Any) -> Any:
        return definition(*arrays, **{**options, "ceil_mode": True})

    return answer


@variant("a last window wholly in the padding kept", *POOLINGS)
def last_window_kept(definition: Definition) -> Definition:
    """In ceil mode a last window is kept that starts past the image."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        y = definition(x, kernel_size, **options)
        if not options.get("ceil_mode", False):
            return y
        at = place(definition, x, kernel_size, options)
        rows, columns = (
            -(-room // s) + 1 - n
            for room, s, n in zip(at.rooms, at.stride, at.outputs, strict=True)
        )
        fill = 0 if definition is refspec.avg_pool2d else losing(definition, x)
        return geometry.pad_with(fill, y, ((0, rows), (0, columns)))

    return answer


@variant("stride 1 where none is given", *POOLINGS, kind="convention",
         declared=("stride", 1))  # fmt: skip
def stride_of_1(definition: Definition) -> Definition:
    """Where no stride is given the windows move by one pixel."""

    def answer(*arrays: Any, **options: Any) -> Any:
        stride = options.get("stride")
        return definition(
            *arrays, **{**options, "stride": 1 if stride is None else stride}
        )

    return answer


def _sized(
    definition: Definition, sizes: Callable[[Place], Pair]
) -> Definition:
    """Give so many windows; what they see past the end is padding."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(definition, x, kernel_size, options)
        wanted = sizes(at)
        (top, bottom), (left, right) = at.frame
        rows, columns = at._replace(outputs=wanted).spans
        height, width = at.sizes
        frame = (
            (top, max(bottom, rows - top - height)),
            (left, max(right, columns - left - width)),
        )
        new = {**options, **at.options, "padding": frame}
        return cropped(definition(x, kernel_size, **new), x, wanted)

    return answer


@variant("output size as image // stride", *POOLINGS)
def image_by_stride(definition: Definition) -> Definition:
    """There are as many windows as strides fit in the image."""
    return _sized(
        definition,
        lambda at: (
            at.sizes[0] // at.stride[0],
            at.sizes[1] // at.stride[1],
        ),
    )


@variant("output size as image // kernel", *POOLINGS)
def image_by_kernel(definition: Definition) -> Definition:
    """There are as many windows as kernels fit in the image."""
    return _sized(
        definition,
        lambda at: (
            at.sizes[0] // at.kernel[0],
            at.sizes[1] // at.kernel[1],
        ),
    )


@variant("windows side by side only", *POOLINGS)
def reshaped(definition: Definition) -> Definition:
    """The image is cut into blocks: no stride, no padding, no remainder."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(definition, x, kernel_size, options)
        if any(w % k for w, k in zip(at.sizes, at.kernel, strict=True)):
            raise ValueError(f"cannot reshape {at.sizes} by {at.kernel}")
        return definition(x, kernel_size)

    return answer


@variant("kernel's rows and columns swapped in a pooling", *POOLINGS)
def kernel_swapped(definition: Definition) -> Definition:
    """The height of the window is taken for its width, and the reverse."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(definition, x, kernel_size, options)
        new = {**options, **at.options}
        return definition(x, at.kernel[::-1], **new)

    return answer


# What is done with a window.


@variant("NaN loses", *SELECTIONS, kind="convention",
         declared=("nan", "loses"))  # fmt: skip
def nan_loses(definition: Definition) -> Definition:
    """A NaN is passed over where its window holds a number."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        x = np.asarray(x)
        is_number = np.asarray(x == x)  # noqa: PLR0124 -- NaN is not
        numbers = np.where(is_number, x, losing(definition, x))
        some = refspec.max_pool2d(
            is_number.astype(np.int64), kernel_size, **options
        )
        return np.where(
            some > 0,
            definition(numbers.astype(x.dtype), kernel_size, **options),
            definition(x, kernel_size, **options),
        )

    return answer


@variant("maximum starts at zero", *SELECTIONS)
def starts_at_zero(definition: Definition) -> Definition:
    """The best so far is zero before the first pixel is looked at."""

    def answer(*arrays: Any, **options: Any) -> Any:
        y = definition(*arrays, **options)
        is_max = definition is refspec.max_pool2d
        return (np.maximum if is_max else np.minimum)(y, 0)

    return answer


@variant("over the channels too", *POOLINGS)
def over_channels(definition: Definition) -> Definition:
    """A window takes in all channels, and all get its answer."""

    def answer(*arrays: Any, **options: Any) -> Any:
        y = definition(*arrays, **options)
        if definition is refspec.avg_pool2d:
            one = _numbers.divide(y.sum(axis=1, keepdims=True), y.shape[1])
        elif definition is refspec.max_pool2d:
            one = y.max(axis=1, keepdims=True)
        else:
            one = y.min(axis=1, keepdims=True)
        return np.broadcast_to(one, y.shape).copy()

    return answer


@variant("only the last cell of a window", *POOLINGS)
def last_cell(definition: Definition) -> Definition:
    """What was found so far is forgotten at each cell of the window."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(definition, x, kernel_size, options)
        mean = definition is refspec.avg_pool2d
        x = _numbers.divisible(np.asarray(x)) if mean else np.asarray(x)
        fill = 0 if mean else losing(definition, x)
        return regions(x, at, fill)[..., -1, -1].copy()

    return answer


@variant("mean instead of the largest", *SELECTIONS)
def mean_for_largest(definition: Definition) -> Definition:
    """The mean of the window is taken."""
    del definition
    return refspec.avg_pool2d


@variant("largest and smallest exchanged", *SELECTIONS)
def largest_for_smallest(definition: Definition) -> Definition:
    """The maximum is taken for the minimum, or the reverse."""
    if definition is refspec.min_pool2d:
        return refspec.max_pool2d
    return refspec.min_pool2d


@variant("sign forgotten", *SELECTIONS)
def sign_forgotten(definition: Definition) -> Definition:
    """Values are compared and kept without their sign."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        return definition(abs(np.asarray(x)), kernel_size, **options)

    return answer


def _total(x: Any, kernel_size: Any, options: dict[str, Any]) -> Array:
    at = place(refspec.avg_pool2d, x, kernel_size, options)
    cells = regions(_numbers.divisible(np.asarray(x)), at)
    return np.asarray(cells.sum(axis=(4, 5)))


@variant("sum instead of mean", "avg_pool2d")
def sum_for_mean(definition: Definition) -> Definition:
    """The sum of the window is not divided."""
    del definition
    return lambda x, kernel_size, /, **options: _total(x, kernel_size, options)


@variant("mean over the height's square", "avg_pool2d")
def height_squared(definition: Definition) -> Definition:
    """The sum is divided as if the window were a square."""
    del definition

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        height = int(np.ravel(kernel_size)[0])
        return _numbers.divide(_total(x, kernel_size, options), height**2)

    return answer


@variant("mean over one cell too many", "avg_pool2d")
def one_cell_more(definition: Definition) -> Definition:
    """The sum is divided by the number of cells and one more."""
    del definition

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        at = place(refspec.avg_pool2d, x, kernel_size, options)
        count = int(np.prod(at.kernel)) + 1
        return _numbers.divide(_total(x, kernel_size, options), count)

    return answer


@variant("mean cut to a whole number", "avg_pool2d")
def mean_truncated(definition: Definition) -> Definition:
    """The answer has the input's number type: of integers it is whole."""

    def answer(x: Any, kernel_size: Any, /, **options: Any) -> Any:
        y = definition(x, kernel_size, **options)
        whole = _numbers.is_integer(np.asarray(x))
        return y.astype(np.int64) if whole else y

    return answer


# Gradients of selections.


def _paid(
    definition: Definition, pay: Callable[[Array, Array, Place], Array]
) -> Definition:
    """Hand a window's gradient to its tied pixels in another way."""
    forward = getattr(refspec, definition.__name__.removesuffix("_backward"))

    def answer(dy: Any, x: Any, kernel_size: Any, /, **options: Any) -> Any:
        definition(dy, x, kernel_size, **options)  # refuses what it refuses
        at = place(definition, x, kernel_size, options)
        y = forward(x, kernel_size, **options)
        x = np.asarray(x)
        tied = regions(x, at, losing(definition, x)) == y[..., None, None]
        tied = tied & regions(np.ones(x.shape, bool), at, fill=False)
        return pay(np.asarray(dy), tied.astype(bool), at)

    return answer


def _first(tied: Array) -> Array:
    """Keep the first of the tied."""
    flat = tied.reshape(*tied.shape[:4], -1)
    first = flat & (flat.cumsum(axis=-1) == 1)
    return np.asarray(first.reshape(tied.shape))


@variant("ties: shared", *BACKWARD, kind="convention",
         declared=("tie", "shared"))  # fmt: skip
def ties_shared(definition: Definition) -> Definition:
    """Pixels that are tied share the gradient in equal parts."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        dy = _numbers.divisible(dy)
        count = tied.sum(axis=(4, 5)).clip(1)
        share = _numbers.divide(dy, count.astype(dy.dtype))
        return gathered(np.where(tied, share[..., None, None], 0), at)

    return _paid(definition, pay)


@variant("ties: the last wins", *BACKWARD, kind="convention",
         declared=("tie", "last"))  # fmt: skip
def ties_last(definition: Definition) -> Definition:
    """The last of equal values takes the whole gradient."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        last = _first(tied[..., ::-1, ::-1])[..., ::-1, ::-1]
        return gathered(np.where(last, dy[..., None, None], 0), at)

    return _paid(definition, pay)


@variant("every tied maximum gets everything", *BACKWARD)
def ties_paid_each(definition: Definition) -> Definition:
    """Each of equal values takes the whole gradient: it is paid twice."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        return gathered(np.where(tied, dy[..., None, None], 0), at)

    return _paid(definition, pay)


@variant("overlap overwrites the gradient", *BACKWARD)
def overlap_overwrites(definition: Definition) -> Definition:
    """A pixel keeps what its last window pays, instead of the sum."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        return _overwritten(dy, _first(tied), at)

    return _paid(definition, pay)


def _overwritten(dy: Array, won: Array, at: Place) -> Array:
    """Write each window's gradient where it was won, one after another."""
    shape = (*dy.shape[:2], *at.sizes)
    dx = geometry.pad_with(0, np.zeros(shape, dy.dtype), at.grown)
    (sh, sw), (dh, dw), (kh, kw) = at.stride, at.dilation, at.kernel
    for i, j in np.ndindex(*at.outputs):
        seen = dx[
            ...,
            i * sh : i * sh + (kh - 1) * dh + 1 : dh,
            j * sw : j * sw + (kw - 1) * dw + 1 : dw,
        ]
        np.copyto(seen, dy[:, :, i, j, None, None], where=won[:, :, i, j])
    return geometry.unpad(dx, at.grown)


@variant("mask added up over windows", *BACKWARD)
def mask_added_up(definition: Definition) -> Definition:
    """A maximum of several windows is paid by each, for all of them."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        mask = regions(gathered(_first(tied).astype(np.int64), at), at)
        return gathered(dy[..., None, None] * mask.astype(dy.dtype), at)

    return _paid(definition, pay)


@variant("gradient to every pixel of the window", *BACKWARD)
def paid_to_all(definition: Definition) -> Definition:
    """All pixels of a window take its gradient, won or not."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        everywhere = np.ones(tied.shape, bool)
        return gathered(np.where(everywhere, dy[..., None, None], 0), at)

    return _paid(definition, pay)


@variant("gradient to the window's first pixel", *BACKWARD)
def paid_to_first(definition: Definition) -> Definition:
    """The corner of a window takes its gradient, whoever won."""

    def pay(dy: Array, tied: Array, at: Place) -> Array:
        corner = np.zeros(tied.shape, bool)
        corner[..., 0, 0] = True
        return gathered(np.where(corner, dy[..., None, None], 0), at)

    return _paid(definition, pay)


# Gradients of means.


@variant("gradient of the mean not divided", "avg_pool2d_backward")
def share_not_divided(definition: Definition) -> Definition:
    """Every pixel of a window takes the whole gradient."""

    def answer(dy: Any, x: Any, kernel_size: Any, /, **options: Any) -> Any:
        definition(dy, x, kernel_size, **options)
        at = place(definition, x, kernel_size, options)
        dy = _numbers.divisible(np.asarray(dy))
        whole = np.broadcast_to(dy[..., None, None], (*dy.shape, *at.kernel))
        return gathered(whole, at)

    return answer


@variant("gradient of the mean in one pixel", "avg_pool2d_backward")
def share_in_one(definition: Definition) -> Definition:
    """The share of a window is paid to its first pixel only."""

    def answer(dy: Any, x: Any, kernel_size: Any, /, **options: Any) -> Any:
        definition(dy, x, kernel_size, **options)
        at = place(definition, x, kernel_size, options)
        dy = _numbers.divisible(np.asarray(dy))
        shares = np.zeros((*dy.shape, *at.kernel), dy.dtype)
        share = _numbers.divide(dy, int(np.prod(at.kernel)))
        shares[..., 0, 0] = share
        return gathered(shares, at)

    return answer


@variant("overlap overwrites the mean's gradient", "avg_pool2d_backward")
def share_overwritten(definition: Definition) -> Definition:
    """A pixel keeps the share of its last window, instead of the sum."""

    def answer(dy: Any, x: Any, kernel_size: Any, /, **options: Any) -> Any:
        definition(dy, x, kernel_size, **options)
        at = place(definition, x, kernel_size, options)
        ones = np.ones(np.shape(x), np.int64)
        counted = {**options, **at.options}
        # what a window of ones has for a mean tells what it divides by
        dy = _numbers.divisible(np.asarray(dy))
        everywhere = np.ones((*dy.shape, *at.kernel), bool)
        if counted.get("count_include_pad", True):
            frame = geometry.pad_with(1, ones, at.frame)
        else:
            frame = geometry.pad_with(0, ones, at.frame)
        bare = at._replace(sizes=frame.shape[2:], frame=((0, 0), (0, 0)))
        count = regions(frame, bare).sum(axis=(4, 5))
        share = _numbers.divide(dy, count.astype(dy.dtype))
        return _overwritten(share, everywhere, at)

    return answer
