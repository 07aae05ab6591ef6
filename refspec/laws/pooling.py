"""Laws of section 6, and of the gradients in 7.5: pooling."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    avg_pool_problems,
    avg_pool_slopes,
    constant,
    pool_problems,
    pool_slopes,
    pooled_sizes,
)
from refspec.laws.relations import Relation, at_most, equal
from refspec.lecture import (
    HD_IMAGE,
    HD_VALUES,
    MIN_POOL_IMAGE,
    MIN_POOL_RESULT,
)

Pixel = tuple[int, int]


def _every(*values: Any) -> Any:
    """Draw one of these values."""
    return lambda _: st.sampled_from(values)


def _cells(p: Problem) -> Iterator[tuple[int, ...]]:
    """Walk over the cells of the answer."""
    return np.ndindex(*p.x.shape[:2], *pooled_sizes(p))


def _window(p: Problem, i: int, j: int) -> list[Pixel]:
    """List where the cells of window (i, j) stand, in row order.

    Pixels have their place in the image; others lie around it.
    """
    (sh, sw), (dh, dw) = p.stride, p.dilation
    (top, _), (left, _) = p.padding
    return [
        (i * sh + u * dh - top, j * sw + v * dw - left)
        for u, v in np.ndindex(*p.kernel_size)
    ]


def _pixels(p: Problem, i: int, j: int) -> list[Pixel]:
    """List the pixels of window (i, j), in row order."""
    height, width = p.x.shape[2:]
    return [
        (r, s)
        for r, s in _window(p, i, j)
        if 0 <= r < height and 0 <= s < width
    ]


def _count(p: Problem, i: int, j: int) -> int:
    """Count the cells that the mean of window (i, j) is over.

    Padding counts if it is told to, the overhang of ceil mode never.
    """
    if not p.count_include_pad:
        return len(_pixels(p, i, j))
    (_, bottom), (_, right) = p.padding
    end, side = p.x.shape[2] + bottom, p.x.shape[3] + right
    return sum(r < end and s < side for r, s in _window(p, i, j))


# Section 6.3: the largest.


@law("6.3", decides=True, p=pool_problems)
def max_pool2d_equals_the_definition(max_pool2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(max_pool2d), exact_answer("max_pool2d", p))


@law("6.3", p=pool_problems)
def every_answer_is_the_largest_of_its_window(
    max_pool2d: Any, p: Problem
) -> Relation:
    """An output cell is the largest of the pixels in its window."""
    y = np.empty((*p.x.shape[:2], *pooled_sizes(p)), p.x.dtype)
    for n, c, i, j in _cells(p):
        y[n, c, i, j] = max(p.x[n, c, r, s] for r, s in _pixels(p, i, j))
    return equal(p.on(max_pool2d), y)


@law(
    "6.3",
    p=partial(pool_problems, textures=("counting", "one-hot")),
    unless={"p": pool_problems},
    breaks={"p": Problem(x=[[[[-9, 1]]]], kernel_size=(1, 2))},
)
def max_pooling_keeps_the_strongest(max_pool2d: Any, p: Problem) -> Relation:
    """Where nothing is negative, the largest value is the strongest."""
    return equal(abs(p.on(max_pool2d)), p.on(max_pool2d, x=abs(p.x)))


def _are_members(p: Problem, y: Array) -> Relation:
    """Say that every answer is one of the pixels in its window."""
    members = [
        any(y[n, c, i, j] == p.x[n, c, r, s] for r, s in _pixels(p, i, j))
        for n, c, i, j in _cells(p)
    ]
    return equal(np.array(members, bool), np.ones(y.size, bool))


@law("6.3", p=pool_problems)
def the_largest_is_a_member(max_pool2d: Any, p: Problem) -> Relation:
    """Max pooling answers with a pixel of the window."""
    return _are_members(p, p.on(max_pool2d))


@law("6.3", p=pool_problems)
def the_smallest_is_a_member(min_pool2d: Any, p: Problem) -> Relation:
    """Min pooling answers with a pixel of the window."""
    return _are_members(p, p.on(min_pool2d))


@law(
    "6.3",
    p=partial(avg_pool_problems, counted=(False,), textures=("constant",)),
    unless={"p": avg_pool_problems},
    breaks={
        "p": Problem(
            x=[[[[0, 1]]]], kernel_size=(1, 2), stride=(1, 1),
            padding=((0, 0), (0, 0)), dilation=(1, 1), ceil_mode=False,
            count_include_pad=False,
        )
    },
)  # fmt: skip
def the_mean_of_a_flat_window_is_a_member(
    avg_pool2d: Any, p: Problem
) -> Relation:
    """The mean is a pixel of its window where all of them are the same."""
    return _are_members(p, p.on(avg_pool2d))


# Section 6.4: the mean.


@law("6.4", decides=True, p=avg_pool_problems)
def avg_pool2d_equals_the_definition(avg_pool2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(avg_pool2d), exact_answer("avg_pool2d", p))


@law("6.4", p=avg_pool_problems)
def every_answer_is_the_mean_of_its_window(
    avg_pool2d: Any, p: Problem
) -> Relation:
    """An output cell is the sum of its pixels over its count of cells."""
    y = np.empty((*p.x.shape[:2], *pooled_sizes(p)), object)
    for n, c, i, j in _cells(p):
        total = sum(p.x[n, c, r, s] for r, s in _pixels(p, i, j))
        y[n, c, i, j] = total / _count(p, i, j)
    return equal(p.on(avg_pool2d), y)


@law(
    "6.4",
    "6.6",
    p=partial(avg_pool_problems, counted=(True,), ceil_modes=(False,)),
    unless={"p": avg_pool_problems},
    breaks={
        "p": Problem(
            x=[[[[1]]]], kernel_size=(1, 2), stride=(1, 1),
            padding=((0, 0), (0, 1)), dilation=(1, 1), ceil_mode=False,
            count_include_pad=False,
        )
    },
)  # fmt: skip
def the_mean_is_a_depthwise_convolution(
    avg_pool2d: Any, conv2d: Any, p: Problem
) -> Relation:
    """Average pooling is a convolution with 1 / (KH KW), map by map.

    Where padding is counted or absent, and no window overhangs the end.
    """
    (kh, kw), c = p.kernel_size, p.x.shape[1]
    w = np.full_like(p.x, Fraction(1), shape=(c, 1, kh, kw)) / (kh * kw)
    options = {o: getattr(p, o) for o in ("stride", "padding", "dilation")}
    return equal(p.on(avg_pool2d), conv2d(p.x, w, groups=c, **options))


@law(
    "6.4",
    p=partial(avg_pool_problems, counted=(False,), batches=(1, 2)),
    unless={"p": partial(avg_pool_problems, batches=(1, 2))},
    breaks={
        "p": Problem(
            x=[[[[1]]]], kernel_size=(1, 2), padding=((0, 0), (0, 1)),
        )
    },
)  # fmt: skip
def a_mean_stays_in_the_range(avg_pool2d: Any, p: Problem) -> Relation:
    """The range of the means is within that of the pixels.

    Where padding is absent or not counted.
    """
    y = p.on(avg_pool2d)
    return at_most(p.x.min(), y.min(), y.max(), p.x.max())


def _steps(maps: Array, axis: int) -> Array:
    """Give the size of the steps between neighbours along an axis."""
    return abs(np.diff(maps, axis=axis))


UNPADDED = partial(
    pool_problems, means=True, paddings=(0,), ceil_modes=(False,)
)


@law(
    "6.4",
    p=UNPADDED,
    axis=_every(2, 3),
    unless={"p": partial(UNPADDED, paddings=(0, 1))},
    breaks={
        "p": Problem(
            x=[[[[1, 1]]]], kernel_size=(1, 2), stride=(1, 1),
            padding=((0, 0), (1, 1)),
        ),
        "axis": 3,
    },
)  # fmt: skip
def means_never_vary_more(avg_pool2d: Any, p: Problem, axis: int) -> Relation:
    """Without padding, total variation along an axis never grows."""
    y = p.on(avg_pool2d)
    return at_most(_steps(y, axis).sum(), _steps(p.x, axis).sum())


@law(
    "6.4",
    p=partial(UNPADDED, strides=(1,)),
    axis=_every(2, 3),
    unless={"p": partial(UNPADDED, strides=(2,), textures=("counting",))},
    breaks={
        "p": Problem(x=[[[[0, 1, 2, 3]]]], kernel_size=(1, 2)),
        "axis": 3,
    },
)
def means_take_no_larger_steps(
    avg_pool2d: Any, p: Problem, axis: int
) -> Relation:
    """With stride 1 and no padding, no step between neighbours grows."""
    y = p.on(avg_pool2d)
    return at_most(
        _steps(y, axis).max(initial=0), _steps(p.x, axis).max(initial=0)
    )


@law(
    "6.4",
    p=partial(UNPADDED, textures=("constant",)),
    unless={"p": UNPADDED},
    breaks={"p": Problem(x=[[[[0, 1, 1, 1]]]], kernel_size=(1, 2))},
)
def the_mean_steps_no_more_than_the_maximum(
    avg_pool2d: Any, max_pool2d: Any, p: Problem
) -> Relation:
    """On a flat image the mean is as flat as the maximum.

    On 0, 1, 1, 1 the maximum is flat and the mean is not.
    """
    means, maxima = p.on(avg_pool2d), p.on(max_pool2d)
    return at_most(
        _steps(means, 3).max(initial=0), _steps(maxima, 3).max(initial=0)
    )


# Section 6.5: the smallest.


@law("6.5", decides=True, p=pool_problems)
def min_pool2d_equals_the_definition(min_pool2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(min_pool2d), exact_answer("min_pool2d", p))


@law("6.5", p=pool_problems)
def every_answer_is_the_smallest_of_its_window(
    min_pool2d: Any, p: Problem
) -> Relation:
    """An output cell is the smallest of the pixels in its window."""
    y = np.empty((*p.x.shape[:2], *pooled_sizes(p)), p.x.dtype)
    for n, c, i, j in _cells(p):
        y[n, c, i, j] = min(p.x[n, c, r, s] for r, s in _pixels(p, i, j))
    return equal(p.on(min_pool2d), y)


@law("6.5", x=constant([[MIN_POOL_IMAGE]]))
def the_min_pooling_of_the_slide(min_pool2d: Any, x: Array) -> Relation:
    """The 4 x 4 table becomes 14, 13, 55, 12."""
    return equal(min_pool2d(x, 2), MIN_POOL_RESULT[None, None])


@law("6.5", p=pool_problems)
def the_smallest_is_the_largest_of_the_negative(
    min_pool2d: Any, max_pool2d: Any, p: Problem
) -> Relation:
    """Min pooling is max pooling of the negative image, turned back."""
    return equal(p.on(min_pool2d), -p.on(max_pool2d, x=-p.x))


@law(
    "6.5",
    p=partial(pool_problems, means=True),
    counted=lambda d: d.among("count_include_pad", [False]),
    unless={"counted": lambda d: d.among("count_include_pad", [True])},
    breaks={
        "p": Problem(x=[[[[1, 1], [1, 1]]]], kernel_size=3, padding=1),
        "counted": True,
    },
)
def the_mean_lies_between(
    min_pool2d: Any,
    avg_pool2d: Any,
    max_pool2d: Any,
    p: Problem,
    counted: Any,
) -> Relation:
    """Where padding is absent or not counted, min <= mean <= max."""
    mean = p.on(avg_pool2d, count_include_pad=counted)
    return at_most(p.on(min_pool2d), mean, p.on(max_pool2d))


# Section 6.1: resolution and robustness.


@law(
    "6.1",
    p=partial(pool_problems, paddings=(0,), ceil_modes=(False,)),
    unless={"p": pool_problems},
    breaks={
        "p": Problem(
            x=[[[[1, 1]]]], kernel_size=(1, 2), stride=(1, 1),
            padding=((0, 0), (0, 1)),
        )
    },
)  # fmt: skip
def when_pooling_lowers_the_resolution(
    max_pool2d: Any, p: Problem
) -> Relation:
    """Without padding, an axis shrinks exactly when K > 1 or S > 1.

    One of a single pixel does not: there, K is 1.
    """
    sizes = p.x.shape[2:]
    smaller = [
        size > 1 and (k > 1 or s > 1)
        for size, k, s in zip(sizes, p.kernel_size, p.stride, strict=True)
    ]
    pooled = p.on(max_pool2d).shape[2:]
    return equal(np.less(pooled, sizes), np.array(smaller))


@st.composite
def _two_images(draw: Any, domain: Domain, *, problems: Any) -> Any:
    """Draw a pooling problem of one image, and another image like it."""
    p = draw(problems(domain, batches=(1,)))
    return p, domain.tensor(draw, p.x.shape)


@law("6.1", case=partial(_two_images, problems=pool_problems))
def selections_move_no_more_than_a_pixel(
    max_pool2d: Any, min_pool2d: Any, case: Any
) -> Relation:
    """No maximum or minimum changes more than the most changed pixel."""
    p, other = case
    most = abs(p.x - other).max()
    changes = [
        abs(p.on(pool) - p.on(pool, x=other)).max()
        for pool in (max_pool2d, min_pool2d)
    ]
    return at_most(max(changes), most)


@law("6.1", case=partial(_two_images, problems=avg_pool_problems))
def means_move_no_more_than_a_pixel(avg_pool2d: Any, case: Any) -> Relation:
    """No mean changes more than the most changed pixel."""
    p, other = case
    change = abs(p.on(avg_pool2d) - p.on(avg_pool2d, x=other))
    return at_most(change.max(), abs(p.x - other).max())


@st.composite
def _moved_inside(
    draw: Any, domain: Domain, *, strides: tuple[int, ...] = (1, 2, 3, 5)
) -> Any:
    """Draw a pooling problem, and its image with one window rearranged."""
    p = draw(
        pool_problems(
            domain, paddings=(0,), dilations=(1,), ceil_modes=(False,),
            kernel_sizes=(1, 2, 3), strides=strides, batches=(1,),
        )
    )  # fmt: skip
    i, j = (draw(st.integers(0, most - 1)) for most in pooled_sizes(p))
    rows, columns = zip(*_pixels(p, i, j), strict=True)
    order = draw(st.permutations(range(len(rows))))
    moved = p.x.copy()
    moved[..., rows, columns] = moved[..., rows, columns][..., order]
    return p, moved


@law(
    "6.1",
    case=partial(_moved_inside, strides=(3, 5)),
    unless={"case": _moved_inside},
    breaks={
        "case": (
            Problem(
                x=[[[[0, 0, 0, 1, 0]]]], kernel_size=(1, 3), stride=(1, 2)
            ),
            np.array([[[[0, 0, 1, 0, 0]]]], object),
        )
    },
)  # fmt: skip
def moves_inside_a_window_are_forgotten(
    max_pool2d: Any, case: Any
) -> Relation:
    """Where windows are disjoint, moves inside one change no maximum."""
    p, moved = case
    return equal(p.on(max_pool2d, x=moved), p.on(max_pool2d))


# Section 6.2: a quarter.


@law("6.2")
def pooling_the_slides_image(output_size: Any) -> Relation:
    """3 x 1280 x 720 are 2,764,800 values, and 2 x 2 pooling a quarter."""
    channels, *sizes = HD_IMAGE
    width, height = (output_size(w, 2, stride=2) for w in sizes)
    values = prod(HD_IMAGE)
    return equal((values, channels * width * height), (HD_VALUES, values // 4))


@st.composite
def _tiled_by_two(
    draw: Any, domain: Domain, *, rests: tuple[int, ...] = (0, 1)
) -> Array:
    h, w = (
        2 * draw(st.integers(1, 3)) + draw(st.sampled_from(rests))
        for _ in "HW"
    )
    return domain.tensor(draw, (draw(st.integers(1, 2)), 3, h, w))


@law(
    "6.2",
    x=partial(_tiled_by_two, rests=(0,)),
    unless={"x": _tiled_by_two},
    breaks={"x": np.zeros((1, 3, 2, 3), object)},
)
def pooling_by_two_leaves_a_quarter(max_pool2d: Any, x: Array) -> Relation:
    """Of images of even size, 2 x 2 pooling leaves a quarter."""
    return equal(4 * max_pool2d(x, 2).size, x.size)


@law("6.2", half=lambda _: st.tuples(st.integers(1, 400), st.integers(1, 400)))
def the_next_layer_multiplies_a_quarter(
    output_size: Any, conv_multiplications: Any, half: Any
) -> Relation:
    """After 2 x 2 pooling of even sizes, a "same" layer costs a quarter."""
    whole = tuple(2 * size for size in half)
    pooled = tuple(output_size(size, 2, stride=2) for size in whole)
    before = conv_multiplications(whole, (3, 3), 3, 8)
    return equal(4 * conv_multiplications(pooled, (3, 3), 3, 8), before)


# Section 6.6: pooling and stride.


@law("6.6", p=partial(pool_problems, ceil_modes=(False,), batches=(1, 2)))
def pooling_and_convolution_share_their_sizes(
    max_pool2d: Any, conv2d: Any, p: Problem
) -> Relation:
    """Windows of a pooling stand where those of a convolution do."""
    w = np.ones_like(p.x, shape=(1, p.x.shape[1], *p.kernel_size))
    options = {o: getattr(p, o) for o in ("stride", "padding", "dilation")}
    maps = conv2d(p.x, w, **options)
    return equal(p.on(max_pool2d).shape[2:], maps.shape[2:])


@law("6.6", p=partial(pool_problems, ceil_modes=(False,)))
def pooling_with_stride_keeps_every_sth_cell(
    max_pool2d: Any, p: Problem
) -> Relation:
    """Pooling with stride S is pooling with stride 1, every S cells."""
    sh, sw = p.stride
    return equal(
        p.on(max_pool2d), p.on(max_pool2d, stride=(1, 1))[..., ::sh, ::sw]
    )


@st.composite
def _twice(
    draw: Any, domain: Domain, *, gaps: tuple[bool, ...] = (True, False)
) -> Any:
    """Draw an image and two poolings of rows, with gaps between or not."""
    k, then = (draw(st.sampled_from([1, 2, 3])) for _ in range(2))
    apart = draw(st.sampled_from(gaps))
    s = draw(st.sampled_from([1, 2, 3, 4] if apart else range(1, k + 1)))
    step = draw(st.sampled_from([1, 2, 3]))
    width = k + (then - 1) * s + draw(st.integers(0, 6))
    return domain.tensor(draw, (1, 1, 1, width)), (k, s), (then, step)


@law(
    "6.6",
    case=partial(_twice, gaps=(False,)),
    unless={"case": _twice},
    breaks={"case": (np.array([[[[0, 1, 0]]]], object), (1, 2), (2, 1))},
)
def two_poolings_are_one(max_pool2d: Any, case: Any) -> Relation:
    """K1, S1 then K2, S2 is K1 + (K2 - 1) S1 with stride S1 S2.

    For max pooling whose first windows leave no gaps: S1 <= K1.
    """
    x, (k1, s1), (k2, s2) = case
    first = max_pool2d(x, (1, k1), stride=(1, s1))
    second = max_pool2d(first, (1, k2), stride=(1, s2))
    reach = k1 + (k2 - 1) * s1
    return equal(second, max_pool2d(x, (1, reach), stride=(1, s1 * s2)))


@law(
    "6.6",
    case=partial(
        _two_images, problems=partial(pool_problems, kernel_sizes=(1,))
    ),
    unless={"case": partial(_two_images, problems=pool_problems)},
    breaks={
        "case": (
            Problem(x=[[[[1, 0]]]], kernel_size=(1, 2)),
            np.array([[[[0, 1]]]], object),
        )
    },
)
def selections_of_one_cell_are_linear(
    max_pool2d: Any, min_pool2d: Any, case: Any
) -> Relation:
    """Max and min pool a sum as the sum of poolings, if K = 1."""
    p, other = case
    pools = max_pool2d, min_pool2d
    sums = [p.on(pool, x=p.x + other) for pool in pools]
    apart = [p.on(pool) + p.on(pool, x=other) for pool in pools]
    return equal(tuple(sums), tuple(apart))


@law("6.6", case=partial(_two_images, problems=avg_pool_problems))
def the_mean_is_linear(avg_pool2d: Any, case: Any) -> Relation:
    """Average pooling of a sum is the sum of average poolings."""
    p, other = case
    apart = p.on(avg_pool2d) + p.on(avg_pool2d, x=other)
    return equal(p.on(avg_pool2d, x=p.x + other), apart)


# Section 7.5: gradients.


def _forward(p: Problem) -> Problem:
    """Leave the gradient away."""
    return Problem(**{n: v for n, v in vars(p).items() if n != "dy"})


@law("7.5", decides=True, p=pool_slopes)
def max_pool2d_backward_equals_the_definition(
    max_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradient is that of the definition."""
    return equal(
        p.on(max_pool2d_backward), exact_answer("max_pool2d_backward", p)
    )


@law("7.5", decides=True, p=pool_slopes)
def min_pool2d_backward_equals_the_definition(
    min_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradient is that of the definition."""
    return equal(
        p.on(min_pool2d_backward), exact_answer("min_pool2d_backward", p)
    )


@law("7.5", decides=True, p=avg_pool_slopes)
def avg_pool2d_backward_equals_the_definition(
    avg_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradient is that of the definition."""
    return equal(
        p.on(avg_pool2d_backward), exact_answer("avg_pool2d_backward", p)
    )


@law("7.5", p=pool_slopes)
def the_first_of_the_largest_is_paid(
    max_pool2d_backward: Any, p: Problem
) -> Relation:
    """A window pays its gradient to its first largest pixel, in row order.

    A pixel that several windows choose is paid by each of them.
    """
    dx = np.zeros_like(p.x)
    for n, c, i, j in _cells(p):
        best = max(_pixels(p, i, j), key=lambda at: p.x[(n, c, *at)])
        dx[(n, c, *best)] += p.dy[n, c, i, j]
    return equal(p.on(max_pool2d_backward), dx)


@law("7.5", p=pool_slopes)
def the_first_of_the_smallest_is_paid(
    min_pool2d_backward: Any, p: Problem
) -> Relation:
    """A window pays its gradient to its first smallest pixel, in row order.

    A pixel that several windows choose is paid by each of them.
    """
    dx = np.zeros_like(p.x)
    for n, c, i, j in _cells(p):
        best = min(_pixels(p, i, j), key=lambda at: p.x[(n, c, *at)])
        dx[(n, c, *best)] += p.dy[n, c, i, j]
    return equal(p.on(min_pool2d_backward), dx)


@law("7.5", p=avg_pool_slopes)
def every_pixel_is_paid_its_share(
    avg_pool2d_backward: Any, p: Problem
) -> Relation:
    """A window pays each of its pixels its gradient over its count."""
    dx = np.zeros(p.x.shape, object)
    for n, c, i, j in _cells(p):
        share = p.dy[n, c, i, j] / _count(p, i, j)
        for r, s in _pixels(p, i, j):
            dx[n, c, r, s] += share
    return equal(p.on(avg_pool2d_backward), dx)


@law("7.5", p=pool_slopes)
def selections_pay_each_gradient_once(
    max_pool2d_backward: Any, min_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradients of the pixels add up to those of the windows."""
    paid = [
        p.on(backward).sum(axis=(2, 3))
        for backward in (max_pool2d_backward, min_pool2d_backward)
    ]
    return equal(tuple(paid), (p.dy.sum(axis=(2, 3)),) * 2)


@law(
    "7.5",
    p=partial(avg_pool_slopes, counted=(False,)),
    unless={"p": avg_pool_slopes},
    breaks={
        "p": Problem(
            dy=[[[[1]]]], x=[[[[0]]]], kernel_size=(1, 2),
            padding=((0, 0), (0, 1)),
        )
    },
)  # fmt: skip
def means_pay_each_gradient_once(
    avg_pool2d_backward: Any, p: Problem
) -> Relation:
    """The gradients of the pixels add up to those of the windows.

    Where padding is absent or not counted: else it takes a share.
    """
    dx = p.on(avg_pool2d_backward)
    return equal(dx.sum(axis=(2, 3)), p.dy.sum(axis=(2, 3)))


@law("7.5", p=avg_pool_slopes)
def the_mean_and_its_gradient_are_adjoint(
    avg_pool2d: Any, avg_pool2d_backward: Any, p: Problem
) -> Relation:
    """<mean(x), dy> = <x, dx>."""
    paired = (_forward(p).on(avg_pool2d) * p.dy).sum()
    return equal((p.x * p.on(avg_pool2d_backward)).sum(), paired)


@st.composite
def _nudged(
    draw: Any, domain: Domain, *, ties: tuple[bool, ...] = (True, False)
) -> Any:
    """Draw a pooling problem with slopes, and a small step of its image.

    Without ties, pixels are three apart and each moves by one at most.
    """
    p = draw(pool_slopes(domain))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    step = rng.integers(-1, 2, p.x.shape)
    x = 3 * rng.permutation(p.x.size).reshape(p.x.shape) - p.x.size
    if draw(st.sampled_from(ties)):
        x = rng.integers(-1, 2, p.x.shape)
    return p.but(x=domain.numbers.cast(x)), domain.numbers.cast(step)


@law(
    "7.5",
    case=partial(_nudged, ties=(False,)),
    unless={"case": _nudged},
    breaks={
        "case": (
            Problem(dy=[[[[1]]]], x=[[[[0, 0]]]], kernel_size=(1, 2)),
            np.array([[[[0, 1]]]], object),
        )
    },
)
def the_gradient_is_the_slope(
    max_pool2d: Any, max_pool2d_backward: Any, case: Any
) -> Relation:
    """Away from ties, a small step changes <pool(x), dy> by <step, dx>."""
    p, step = case
    forward = _forward(p)
    rise = forward.on(max_pool2d, x=p.x + step) - forward.on(max_pool2d)
    dx = p.on(max_pool2d_backward)
    return equal((step * dx).sum(), (rise * p.dy).sum())
