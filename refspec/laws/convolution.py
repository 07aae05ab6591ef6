"""Laws of sections 1, 2, 3 and 5: the convolution and its relatives."""

from __future__ import annotations

from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec import zero_pad
from refspec._numbers import Array
from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    constant,
    conv_problems,
    depthwise_problems,
    feature_map_problems,
    kernel_problems,
    output_sizes,
    pointwise_problems,
    response_problems,
    rooted_batches,
    separable_problems,
)
from refspec.laws.relations import Relation, equal, refuses
from refspec.lecture import (
    BORDER_FILTER,
    BORDER_IMAGE,
    BORDER_RESULT,
    EDGE_FILTER,
    EDGE_RESULT,
    EDGE_RESULT_TRANSPOSED,
    EDGE_WINDOW,
    FIRST_LAYER,
    PADDED_IMAGE,
    PADDED_RESULT,
    SHARPEN_FILTER,
)

UNFRAMED: dict[str, Any] = {"paddings": (0,)}
ONE_GROUP: dict[str, Any] = {"groups": (1,)}


# Section 2: one window, one map


@law("2.3", "2.4", decides=True, p=response_problems)
def window_response_equals_the_definition(
    window_response: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(window_response), exact_answer("window_response", p))


@law("2.3", p=response_problems)
def multiply_cell_by_cell_then_sum(
    window_response: Any, p: Problem
) -> Relation:
    """The answer is the sum of the products of the cells."""
    total = 0
    for cell in np.ndindex(p.window.shape):
        total = total + p.window[cell] * p.kernel[cell]
    return equal(p.on(window_response), total)


@law("2.4", exact=True, x=constant(EDGE_WINDOW), f=constant(EDGE_FILTER))
def the_window_of_the_slide(window_response: Any, x: Any, f: Any) -> Relation:
    """X and F of the slide give 32.64."""
    return equal(window_response(x, f), EDGE_RESULT)


@law("2.5", exact=True, x=constant(EDGE_WINDOW), f=constant(EDGE_FILTER.T))
def a_horizontal_edge_answers_too(
    window_response: Any, x: Any, f: Any
) -> Relation:
    """X answers the transposed filter with -45.09, which is stronger."""
    answer = window_response(x, f)
    return equal(
        (answer, abs(answer) > abs(EDGE_RESULT)),
        (EDGE_RESULT_TRANSPOSED, True),
    )


@st.composite
def _window(draw: Any, domain: Domain, *, edge: bool = False) -> Array:
    """Draw a 3 x 3 window; an `edge` has the same numbers in each row."""
    x = domain.tensor(draw, (3, 3))
    return np.repeat(x[:1], 3, axis=0) if edge else x


@law("2.5", x=_window, f=constant(EDGE_FILTER))
def the_sign_compares_right_and_left(
    window_response: Any, x: Any, f: Any
) -> Relation:
    """The answer has the sign of the right column's sum less the left's."""
    right, left = x[:, 2].sum(), x[:, 0].sum()
    answer = window_response(x, f)
    return equal((answer > 0, answer < 0), (right > left, right < left))


@law(
    "2.5",
    x=partial(_window, edge=True),
    f=constant(EDGE_FILTER),
    unless={"x": _window},
    breaks={
        "x": np.array([[0, 0, 1], [0, 0, 0], [0, 0, 0]]),
        "f": EDGE_FILTER.astype(int),
    },
)
def an_answer_means_a_vertical_edge(
    window_response: Any, x: Any, f: Any
) -> Relation:
    """Where all rows are alike, an answer is a step in each of them.

    In general it is not: one odd pixel answers.
    """
    steps = x[:, 2] != x[:, 0]
    answers = window_response(x, f) != 0
    return equal(np.full_like(steps, answers), steps)


@law("2.6", decides=True, p=feature_map_problems)
def feature_map_equals_the_definition(
    feature_map: Any, p: Problem
) -> Relation:
    """The map is that of the definition."""
    return equal(p.on(feature_map), exact_answer("feature_map", p))


@law("2.6", "2.2", p=feature_map_problems)
def a_map_repeats_the_response(
    feature_map: Any, window_response: Any, p: Problem
) -> Relation:
    """Every cell is the same function of its own window."""
    (h, w), (kh, kw) = p.image.shape, p.kernel.shape
    y = np.empty_like(p.image, shape=(h - kh + 1, w - kw + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = window_response(p.image[i : i + kh, j : j + kw], p.kernel)
    return equal(p.on(feature_map), y)


@law("2.6", p=feature_map_problems)
def a_map_is_the_sum_over_each_window(
    feature_map: Any, p: Problem
) -> Relation:
    """Cell (i, j) is the sum of the pixels from there on, times weights."""
    (h, w), (kh, kw) = p.image.shape, p.kernel.shape
    y = np.full_like(p.image, 0, shape=(h - kh + 1, w - kw + 1))
    for i, j, u, v in np.ndindex(*y.shape, kh, kw):
        y[i, j] += p.image[i + u, j + v] * p.kernel[u, v]
    return equal(p.on(feature_map), y)


@law("4.1", x=constant(BORDER_IMAGE), f=constant(BORDER_FILTER))
def the_border_table_of_the_slide(
    feature_map: Any, x: Any, f: Any
) -> Relation:
    """The 5 x 5 image gives the slide's table, with -2 in the empty cell."""
    return equal(feature_map(x, f), BORDER_RESULT)


@law("4.5", x=constant([[PADDED_IMAGE]]), w=constant([[SHARPEN_FILTER]]))
def the_padded_table_of_the_slide(conv2d: Any, x: Any, w: Any) -> Relation:
    """With a padding of 1 the sharpening kernel gives the 25 results."""
    answer = conv2d(x, w, padding=((1, 1), (1, 1)))
    return equal(answer, PADDED_RESULT[None, None])


@law("2.6", "3.1", p=feature_map_problems)
def convolutions_contain_the_feature_map(
    feature_map: Any, conv2d: Any, p: Problem
) -> Relation:
    """One image, one channel and one filter give the feature map."""
    y = conv2d(p.image[None, None], p.kernel[None, None])
    return equal(y[0, 0], p.on(feature_map))


def _turned(w: Array) -> Array:
    """Turn kernels by 180 degrees."""
    return w[..., ::-1, ::-1]


def _convolved(image: Array, kernel: Array) -> Array:
    """Convolve as mathematics does, where the kernel is all within."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    y = np.full_like(image, 0, shape=(h - kh + 1, w - kw + 1))
    for i, j, u, v in np.ndindex(*y.shape, kh, kw):
        y[i, j] += image[i + kh - 1 - u, j + kw - 1 - v] * kernel[u, v]
    return y


@law("2.7", p=feature_map_problems)
def the_slides_convolution_is_correlation(
    feature_map: Any, p: Problem
) -> Relation:
    """Convolution in mathematics is the same with the kernel turned."""
    turned = feature_map(p.image, _turned(p.kernel))
    return equal(turned, _convolved(p.image, p.kernel))


@law("2.7", p=response_problems)
def a_lit_pixel_answers_with_the_turned_kernel(
    conv2d: Any, p: Problem
) -> Relation:
    """An image of one lit pixel answers with the kernel, turned."""
    kh, kw = p.kernel.shape
    lit = np.ones_like(p.kernel, shape=(1, 1, 1, 1))
    frame = ((kh - 1, kh - 1), (kw - 1, kw - 1))
    y = conv2d(lit, p.kernel[None, None], padding=frame)
    return equal(y[0, 0], _turned(p.kernel))


@law("2.7", p=partial(conv_problems, bias=False))
def only_its_own_half_turn_makes_no_difference(
    conv2d: Any, p: Problem
) -> Relation:
    """Turning the kernel changes no image's answer exactly if it is equal.

    All pixels lit one by one decide for all images.
    """
    _, channels, kh, kw = p.w.shape
    lit = np.eye(channels, dtype=p.w.dtype)[:, :, None, None] * 1
    frame = ((kh - 1, kh - 1), (kw - 1, kw - 1))
    straight = conv2d(lit, p.w, padding=frame)
    turned = conv2d(lit, _turned(p.w), padding=frame)
    same = bool((straight == turned).all())
    return equal(same, bool((p.w == _turned(p.w)).all()))


@law(
    "2.8", p=partial(conv_problems, bias=False), a=lambda _: st.integers(-3, 3)
)
def convolution_is_linear_in_the_image(
    conv2d: Any, p: Problem, a: int
) -> Relation:
    """conv(a x + x', w) = a conv(x, w) + conv(x', w), without bias."""
    other = p.x[..., ::-1, :]
    mixed = a * p.on(conv2d) + p.on(conv2d, x=other)
    return equal(p.on(conv2d, x=a * p.x + other), mixed)


@law(
    "2.8", p=partial(conv_problems, bias=False), a=lambda _: st.integers(-3, 3)
)
def convolution_is_linear_in_the_filter(
    conv2d: Any, p: Problem, a: int
) -> Relation:
    """conv(x, a w + w') = a conv(x, w) + conv(x, w'), without bias."""
    other = p.w[..., ::-1]
    mixed = a * p.on(conv2d) + p.on(conv2d, w=other)
    return equal(p.on(conv2d, w=a * p.w + other), mixed)


@law("2.8", p=partial(conv_problems, bias=False, **UNFRAMED))
def a_constant_meets_a_zero_sum_with_zero(conv2d: Any, p: Problem) -> Relation:
    """Without padding, a constant image meets a zero-sum filter with 0."""
    w = p.w - _turned(p.w)
    y = p.on(conv2d, x=np.full_like(p.x, 3), w=w)
    return equal(y, np.zeros_like(y))


# Section 3: many channels, many filters


@law("3.1", "2.2", decides=True, p=conv_problems)
def conv2d_equals_the_definition(conv2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(conv2d), exact_answer("conv2d", p))


def _products(p: Problem) -> Any:
    """List the products of a convolution: output cell, pixel, weight."""
    (sh, sw), (dh, dw) = p.stride, p.dilation
    filters, channels, kh, kw = p.w.shape
    per_group = filters // p.groups
    cells = product(
        range(len(p.x)), range(filters), *map(range, output_sizes(p))
    )
    for n, f, i, j in cells:
        first = f // per_group * channels
        for c, u, v in np.ndindex(channels, kh, kw):
            pixel = n, first + c, i * sh + u * dh, j * sw + v * dw
            yield (n, f, i, j), pixel, (f, c, u, v)


@law("2.2", "3.1", p=conv_problems)
def every_cell_is_the_sum_over_its_window(conv2d: Any, p: Problem) -> Relation:
    """An output cell is its bias plus the sum of window times filter."""
    padded = zero_pad(p.x, p.padding)
    shape = (len(p.x), len(p.w), *output_sizes(p))
    y = np.full_like(p.x, 0, shape=shape)
    for cell, pixel, weight in _products(p):
        y[cell] += padded[pixel] * p.w[weight]
    if p.b is not None:
        y += p.b[:, None, None]
    return equal(p.on(conv2d), y)


@law("2.2", p=partial(conv_problems, batches=(1, 2)),
     i=lambda _: st.integers(0, 9), j=lambda _: st.integers(0, 9))  # fmt: skip
def pixels_outside_a_window_change_nothing(
    conv2d: Any, p: Problem, i: int, j: int
) -> Relation:
    """A cell depends on the pixels of its own window alone."""
    y = p.on(conv2d)
    i, j = i % y.shape[2], j % y.shape[3]
    read = np.zeros_like(zero_pad(p.x, p.padding), bool)
    (sh, sw), (dh, dw), (kh, kw) = p.stride, p.dilation, p.w.shape[2:]
    for u, v in np.ndindex(kh, kw):
        read[:, :, i * sh + u * dh, j * sw + v * dw] = True
    (top, _), (left, _) = p.padding
    h, w = p.x.shape[2:]
    inside = read[:, :, top : top + h, left : left + w]
    other = p.on(conv2d, x=np.where(inside, p.x, 1 - 2 * p.x))
    return equal(other[:, :, i, j], y[:, :, i, j])


@law("3.2", x=constant(np.ones((1, 3, 32, 32), int)),
     w=constant(np.ones(FIRST_LAYER, int)))  # fmt: skip
def the_first_layer_of_the_slide(conv2d: Any, x: Any, w: Any) -> Relation:
    """Six filters of 3 x 5 x 5 on 3 x 32 x 32 give 6 x 28 x 28."""
    return equal(conv2d(x, w), np.full((1, 6, 28, 28), 75))


@law("3.2")
def the_first_layer_has_456_parameters(conv_parameters: Any) -> Relation:
    """Six filters of 3 x 5 x 5 have 456 parameters, biases included."""
    filters, channels, kh, kw = FIRST_LAYER
    return equal(conv_parameters((kh, kw), channels, filters), 456)


@law("3.3", p=partial(conv_problems, **ONE_GROUP))
def a_map_depends_on_its_filter_alone(conv2d: Any, p: Problem) -> Relation:
    """Filter f alone gives the f-th map."""
    f = len(p.w) - 1
    b = None if p.b is None else p.b[f:]
    return equal(p.on(conv2d)[:, f:], p.on(conv2d, w=p.w[f:], b=b))


@law("3.3", p=partial(conv_problems, **ONE_GROUP))
def permuted_filters_permute_maps(conv2d: Any, p: Problem) -> Relation:
    """Filters in another order give their maps in that order."""
    b = None if p.b is None else p.b[::-1]
    return equal(p.on(conv2d, w=p.w[::-1], b=b), p.on(conv2d)[:, ::-1])


@law("3.3", p=partial(conv_problems, channels=(1, 2, 3), **ONE_GROUP))
def channels_add_up(conv2d: Any, p: Problem) -> Relation:
    """The maps of single channels, and the bias once, make the whole."""
    whole = p.on(conv2d)
    parts = np.zeros_like(whole)
    if p.b is not None:
        parts += p.b[:, None, None]
    for c in range(p.x.shape[1]):
        parts += p.on(conv2d, x=p.x[:, c : c + 1], w=p.w[:, c : c + 1], b=None)
    return equal(whole, parts)


@law("2.2", p=conv_problems)
def rows_and_columns_are_alike(conv2d: Any, p: Problem) -> Relation:
    """Images and filters transposed give the maps transposed."""
    transposed = p.but(
        x=p.x.swapaxes(2, 3),
        w=p.w.swapaxes(2, 3),
        stride=p.stride[::-1],
        padding=p.padding[::-1],
        dilation=p.dilation[::-1],
    )
    return equal(transposed.on(conv2d), p.on(conv2d).swapaxes(2, 3))


@law("3.1", p=partial(conv_problems, batches=(2, 3)))
def examples_do_not_meet(conv2d: Any, p: Problem) -> Relation:
    """The answer to a batch is the answers to its examples."""
    alone = [p.on(conv2d, x=p.x[n : n + 1]) for n in range(len(p.x))]
    return equal(p.on(conv2d), np.concatenate(alone))


# Section 1: what a convolution has over a dense layer


@st.composite
def _shifted(draw: Any, /, domain: Domain, **narrower: Any) -> Any:
    """Draw an unpadded problem and how many cells to shift it by."""
    p = draw(conv_problems(domain, **UNFRAMED, **narrower))
    h, w = (size - 1 for size in output_sizes(p))
    return p, draw(st.integers(0, h)), draw(st.integers(0, w))


@law("1.7", case=_shifted)
def shifts_by_strides_shift_the_map(conv2d: Any, case: Any) -> Relation:
    """An image shifted by a S pixels gives the map shifted by a cells.

    Away from the border: what a shift moves out is cut off.
    """
    p, a, b = case
    (sh, sw) = p.stride
    shifted = p.on(conv2d, x=p.x[:, :, a * sh :, b * sw :])
    return equal(shifted, p.on(conv2d)[:, :, a:, b:])


@st.composite
def _circular(draw: Any, domain: Domain) -> Any:
    """Draw a problem whose sizes the strides divide, and a shift."""
    p = draw(conv_problems(domain, **UNFRAMED))
    shape = [s * draw(st.integers(1, 4)) for s in p.stride]
    x = domain.tensor(draw, (*p.x.shape[:2], *shape))
    return p.but(x=x), draw(st.integers(0, 3)), draw(st.integers(0, 3))


@law("1.7", case=_circular)
def on_a_circle_every_shift_shifts_the_map(conv2d: Any, case: Any) -> Relation:
    """With circular padding a shift by a S pixels shifts all cells by a."""
    p, a, b = case
    (sh, sw), (h, w) = p.stride, p.x.shape[2:]
    rows, columns = (
        np.arange(size + (k - 1) * d) % size
        for size, k, d in zip((h, w), p.w.shape[2:], p.dilation, strict=True)
    )

    def around(x: Array) -> Any:
        return p.on(conv2d, x=x[:, :, rows][..., columns])

    moved = around(np.roll(p.x, (a * sh, b * sw), (2, 3)))
    return equal(moved, np.roll(around(p.x), (a, b), (2, 3)))


@law("1.8", p=conv_problems)
def parameters_do_not_depend_on_the_image(
    conv2d: Any, conv_parameters: Any, p: Problem
) -> Relation:
    """The same parameters serve a larger image."""
    larger = np.concatenate([p.x, p.x], axis=3)
    columns = p.on(conv2d).shape[3], p.on(conv2d, x=larger).shape[3]
    filters, channels, *kernel = p.w.shape
    count = conv_parameters(
        tuple(kernel), channels * p.groups, filters, groups=p.groups
    )
    return equal((count, columns[0] <= columns[1]), (p.w.size + filters, True))


@st.composite
def _scrambled(draw: Any, /, domain: Domain, *, problems: Any) -> Any:
    """Draw a problem and an order of its pixels."""
    p = draw(problems(domain))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return p, rng.permutation(prod(p.x.shape[2:])).tolist()


def _reordered(x: Array, order: list[int]) -> Array:
    """Lay the pixels of every channel out in another order."""
    pixels = x.reshape(*x.shape[:2], len(order))
    return pixels[:, :, order].reshape(x.shape)


@st.composite
def _size_kept(
    draw: Any, domain: Domain, *, kernel_sizes: tuple[int, ...] = (1, 3)
) -> Problem:
    """Draw a convolution with odd kernels and an answer for each pixel."""
    p: Problem = draw(
        conv_problems(
            domain, kernel_sizes=kernel_sizes, strides=(1,), dilations=(1,)
        )
    )
    kh, kw = p.w.shape[2:]
    return p.but(padding=((kh // 2, kh // 2), (kw // 2, kw // 2)))


@law(
    "1.9",
    case=partial(_scrambled, problems=partial(_size_kept, kernel_sizes=(1,))),
    unless={"case": partial(_scrambled, problems=_size_kept)},
    breaks={
        "case": (
            Problem(x=[[[[1, 0, 0]]]], w=[[[[1, 1, 1]]]], b=None,
                    padding=((0, 0), (1, 1))),
            [0, 2, 1],
        )
    },
)  # fmt: skip
def a_1x1_convolution_sees_no_space(conv2d: Any, case: Any) -> Relation:
    """Pixels in another order give a 1 x 1 convolution's map in that order.

    A larger kernel is spatial: it sees who is whose neighbour.
    """
    p, order = case
    scrambled = p.on(conv2d, x=_reordered(p.x, order))
    return equal(scrambled, _reordered(p.on(conv2d), order))


@st.composite
def _images(draw: Any, domain: Domain) -> Problem:
    """Draw a batch of images."""
    shape = (draw(st.integers(1, 4)) for _ in "NCHW")
    return Problem(x=domain.tensor(draw, tuple(shape)))


@law("1.9", case=partial(_scrambled, problems=_images))
def relu_sees_no_space(relu: Any, case: Any) -> Relation:
    """Pixels in another order give ReLU's answers in that order."""
    p, order = case
    return equal(relu(_reordered(p.x, order)), _reordered(relu(p.x), order))


@law("1.9", exact=True, case=partial(_scrambled, problems=rooted_batches))
def batch_norm_sees_no_space(batch_norm: Any, case: Any) -> Relation:
    """Pixels in another order give batch norm's answers in that order."""
    p, order = case
    scrambled = p.on(batch_norm, x=_reordered(p.x, order))
    return equal(scrambled, _reordered(p.on(batch_norm), order))


# Section 4: the tail


@law("4.6", p=conv_problems)
def the_tail_is_never_read(conv2d: Any, p: Problem) -> Relation:
    """Pixels after the last window change nothing."""
    x = p.x.copy()
    for axis in (0, 1):
        reach = (p.w.shape[2 + axis] - 1) * p.dilation[axis] + 1
        padded = x.shape[2 + axis] + sum(p.padding[axis])
        tail = (padded - reach) % p.stride[axis]
        lost = max(0, tail - p.padding[axis][1])
        size = x.shape[2 + axis]
        x.swapaxes(2, 2 + axis)[:, :, size - lost :] += 1
    return equal(p.on(conv2d, x=x), p.on(conv2d))


@law("4.7", p=partial(conv_problems, **UNFRAMED))
def same_is_spelled_out(
    conv2d: Any, same_padding: Any, p: Problem
) -> Relation:
    """Padding "same" is the frame that same_padding gives."""
    rows, columns = (
        same_padding(size, k, stride=s, dilation=d)
        for size, k, s, d in zip(
            p.x.shape[2:], p.w.shape[2:], p.stride, p.dilation, strict=True
        )
    )
    return equal(
        p.on(conv2d, padding="same"), p.on(conv2d, padding=(rows, columns))
    )


@law("4.2", p=partial(conv_problems, **UNFRAMED))
def valid_is_no_padding(conv2d: Any, p: Problem) -> Relation:
    """Padding "valid" is none."""
    return equal(p.on(conv2d, padding="valid"), p.on(conv2d))


# Section 5: stride, dilation, groups and their company


@law("5.1", p=conv_problems)
def stride_keeps_every_sth_cell(conv2d: Any, p: Problem) -> Relation:
    """A convolution with stride S is the one with stride 1, every S cells."""
    sh, sw = p.stride
    dense = p.on(conv2d, stride=1)
    return equal(p.on(conv2d), dense[..., ::sh, ::sw])


@law("5.2", p=conv_problems)
def stride_saves_multiplications_in_proportion(
    conv2d: Any, conv_multiplications: Any, p: Problem
) -> Relation:
    """Every cell that is left costs as much as before."""
    filters, channels, *kernel = p.w.shape
    counts = [
        conv_multiplications(
            y.shape[2:], tuple(kernel), channels * p.groups, filters,
            groups=p.groups,
        )
        for y in (p.on(conv2d), p.on(conv2d, stride=1))
    ]  # fmt: skip
    cells = [
        np.prod(y.shape[2:]) for y in (p.on(conv2d), p.on(conv2d, stride=1))
    ]
    return equal(counts[0] * cells[1], counts[1] * cells[0])


@law("5.5", decides=True, p=kernel_problems)
def dilate_kernel_equals_the_definition(
    dilate_kernel: Any, p: Problem
) -> Relation:
    """The dilated kernel is that of the definition."""
    return equal(p.on(dilate_kernel), exact_answer("dilate_kernel", p))


@law("5.5", p=kernel_problems)
def zeros_stand_between_the_weights(
    dilate_kernel: Any, p: Problem
) -> Relation:
    """Weight (u, v) stands at (u D, v D), and zeros elsewhere."""
    (dh, dw), (*leading, kh, kw) = p.dilation, p.w.shape
    shape = (*leading, (kh - 1) * dh + 1, (kw - 1) * dw + 1)
    dilated = np.full_like(p.w, 0, shape=shape)
    for u, v in np.ndindex(kh, kw):
        dilated[..., u * dh, v * dw] = p.w[..., u, v]
    return equal(p.on(dilate_kernel), dilated)


@law("5.6", p=conv_problems)
def dilation_is_a_kernel_with_zeros(
    conv2d: Any, dilate_kernel: Any, p: Problem
) -> Relation:
    """A dilated convolution is that of the kernel with zeros in between."""
    w = dilate_kernel(p.w, p.dilation)
    return equal(p.on(conv2d), p.on(conv2d, w=w, dilation=1))


@law("5.8", decides=True, p=pointwise_problems)
def pointwise_conv2d_equals_the_definition(
    pointwise_conv2d: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(pointwise_conv2d), exact_answer("pointwise_conv2d", p))


@law("5.8", p=partial(pointwise_problems, kernel=((),)))
def one_matrix_for_every_pixel(pointwise_conv2d: Any, p: Problem) -> Relation:
    """Every pixel's channels are multiplied by the same matrix."""
    n, _, h, w = p.x.shape
    y = np.full_like(p.x, 0, shape=(n, len(p.w), h, w))
    for e, f, i, j in np.ndindex(y.shape):
        for c in range(p.x.shape[1]):
            y[e, f, i, j] += p.w[f, c] * p.x[e, c, i, j]
        y[e, f, i, j] += 0 if p.b is None else p.b[f]
    return equal(p.on(pointwise_conv2d), y)


@law("5.8", p=partial(pointwise_problems, kernel=((1, 1),)))
def a_pointwise_convolution_is_a_convolution(
    pointwise_conv2d: Any, conv2d: Any, p: Problem
) -> Relation:
    """It is the convolution with kernels of 1 x 1."""
    return equal(p.on(pointwise_conv2d), p.on(conv2d))


@law("5.8", p=partial(pointwise_problems, kernel=((),), bias=False),
     b=lambda _: st.integers(-2, 2))  # fmt: skip
def two_pointwise_convolutions_are_one(
    pointwise_conv2d: Any, p: Problem, b: int
) -> Relation:
    """Two in a row are one with W2 W1 and bias W2 b1 + b2."""
    b1 = np.full_like(p.w, b, shape=len(p.w))
    w2 = p.w[::-1] @ p.w.T  # any matrix that fits
    b2 = b1 + 1
    twice = pointwise_conv2d(p.on(pointwise_conv2d, b=b1), w2, b2)
    return equal(twice, p.on(pointwise_conv2d, w=w2 @ p.w, b=w2 @ b1 + b2))


@law(
    "5.8",
    p=partial(conv_problems, kernel_sizes=(1,), strides=(1,), paddings=(0,)),
    unless={"p": partial(conv_problems, kernel_sizes=(1,))},
    breaks={"p": Problem(x=[[[[1, 1]]]], w=[[[[1]]]], b=None, stride=2)},
)
def a_1x1_convolution_keeps_the_size(conv2d: Any, p: Problem) -> Relation:
    """A 1 x 1 convolution keeps H and W, where S = 1 and P = 0."""
    return equal(p.on(conv2d).shape[2:], p.x.shape[2:])


@law("5.9", "5.12", decides=True, p=depthwise_problems)
def depthwise_conv2d_equals_the_definition(
    depthwise_conv2d: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(depthwise_conv2d), exact_answer("depthwise_conv2d", p))


@law("5.9", "5.12", p=depthwise_problems)
def every_channel_has_filters_of_its_own(
    depthwise_conv2d: Any, conv2d: Any, p: Problem
) -> Relation:
    """Channel by channel, each with its own M filters, stacked."""
    c = p.x.shape[1]
    biases = [None] * c if p.b is None else np.split(p.b, c)
    parts = zip(
        np.split(p.x, c, axis=1), np.split(p.w, c), biases, strict=True
    )
    maps = [p.on(conv2d, x=x, w=w, b=b) for x, w, b in parts]
    return equal(p.on(depthwise_conv2d), np.concatenate(maps, axis=1))


@law("5.9", decides=True, p=separable_problems)
def separable_conv2d_equals_the_definition(
    separable_conv2d: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(separable_conv2d), exact_answer("separable_conv2d", p))


@law("5.9", p=partial(separable_problems, multipliers=(1,)))
def separable_is_a_full_convolution(
    separable_conv2d: Any, conv2d: Any, p: Problem
) -> Relation:
    """Depthwise then pointwise is full, with weights p[o, i] d[i]."""
    weights = p.pointwise[:, :, None, None] * p.depthwise[:, 0]
    full = conv2d(p.x, weights, p.b, **p.options)
    return equal(p.on(separable_conv2d), full)


@law("5.11", p=partial(conv_problems, groups=(2, 3)))
def groups_are_convolutions_side_by_side(conv2d: Any, p: Problem) -> Relation:
    """G groups are G small convolutions, their maps stacked."""
    biases = [None] * p.groups if p.b is None else np.split(p.b, p.groups)
    parts = zip(
        np.split(p.x, p.groups, axis=1), np.split(p.w, p.groups), biases,
        strict=True,
    )  # fmt: skip
    maps = [p.on(conv2d, x=x, w=w, b=b, groups=1) for x, w, b in parts]
    return equal(p.on(conv2d), np.concatenate(maps, axis=1))


@law("5.11", p=conv_problems)
def groups_are_a_block_diagonal_kernel(conv2d: Any, p: Problem) -> Relation:
    """G groups are a full convolution with zeros between the groups."""
    filters, channels, *kernel = p.w.shape
    shape = (filters, channels * p.groups, *kernel)
    full = np.full_like(p.w, 0, shape=shape)
    for f in range(filters):
        first = f // (filters // p.groups) * channels
        full[f, first : first + channels] = p.w[f]
    return equal(p.on(conv2d), p.on(conv2d, w=full, groups=1))


@law("5.11", p=conv_problems)
def groups_that_do_not_divide_are_refused(conv2d: Any, p: Problem) -> Relation:
    """A number of groups that does not divide the channels is refused."""
    return refuses(lambda: p.on(conv2d, groups=p.x.shape[1] + 1))


@law("5.12", p=partial(conv_problems, **ONE_GROUP))
def one_group_is_the_ordinary_one(conv2d: Any, p: Problem) -> Relation:
    """G = 1 is the convolution without groups."""
    plain = p.but()
    del plain.groups
    return equal(p.on(conv2d), plain.on(conv2d))


@law(
    "5.12",
    p=partial(depthwise_problems, multipliers=(1,), batches=(1, 2)),
    unless={"p": partial(depthwise_problems, batches=(1, 2))},
    breaks={"p": Problem(x=[[[[1]]]], w=[[[[1]]], [[[1]]]], b=None)},
)
def with_g_equal_to_the_channels_it_is_depthwise(
    conv2d: Any, p: Problem
) -> Relation:
    """With G = Cin = Cout every channel has one map, of its own filter.

    More filters than channels are a multiplier.
    """
    maps = [
        p.on(
            conv2d,
            x=p.x[:, c : c + 1],
            w=p.w[c : c + 1],
            b=None if p.b is None else p.b[c : c + 1],
        )
        for c in range(p.x.shape[1])
    ]
    y = p.on(conv2d, groups=p.x.shape[1])
    return equal(y, np.concatenate(maps, axis=1))
