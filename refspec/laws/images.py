"""Laws of section 1: images as tensors, and the dense layer."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    conv_problems,
    dense_problems,
    dense_slopes,
    image_problems,
    vector_problems,
)
from refspec.laws.relations import Relation, at_most, equal


@law("1.1", decides=True, p=image_problems)
def flatten_equals_the_definition(flatten: Any, p: Problem) -> Relation:
    """The vector is that of the definition."""
    return equal(p.on(flatten), exact_answer("flatten", p))


@law("1.1", decides=True, p=vector_problems)
def unflatten_equals_the_definition(unflatten: Any, p: Problem) -> Relation:
    """The image is that of the definition."""
    return equal(p.on(unflatten), exact_answer("unflatten", p))


@law("1.1", p=partial(image_problems, batches=(None,)))
def every_value_has_its_place(flatten: Any, p: Problem) -> Relation:
    """The value at (i, j, c) stands at (i W + j) C + c."""
    _, width, channels = p.x.shape
    v = p.on(flatten)
    restored = np.empty_like(p.x)
    for i, j, c in np.ndindex(p.x.shape):
        restored[i, j, c] = v[(i * width + j) * channels + c]
    return equal(restored, p.x)


@law("1.1", p=image_problems)
def unflatten_restores(flatten: Any, unflatten: Any, p: Problem) -> Relation:
    """Flattening loses nothing: its inverse gives the image back."""
    return equal(unflatten(flatten(p.x), shape=p.x.shape[-3:]), p.x)


@law("1.1", p=vector_problems)
def flatten_restores(flatten: Any, unflatten: Any, p: Problem) -> Relation:
    """A vector made an image is flattened to itself."""
    return equal(flatten(p.on(unflatten)), p.v)


@st.composite
def _lit_neighbours(
    draw: Any, domain: Domain, *, across: tuple[int, ...] = (1, 2, 3)
) -> Array:
    """Draw a black image with two lit pixels, one below the other."""
    height, width = draw(st.integers(2, 4)), draw(st.sampled_from(across))
    image = np.zeros((height, width, 1), int)
    i, j = draw(st.integers(0, height - 2)), draw(st.integers(0, width - 1))
    image[i : i + 2, j] = 1
    return domain.numbers.cast(image)


@law(
    "1.1",
    x=partial(_lit_neighbours, across=(1,)),
    unless={"x": _lit_neighbours},
    breaks={"x": np.array([[[1], [0]], [[1], [0]]])},
)
def neighbours_stay_neighbours(flatten: Any, x: Any) -> Relation:
    """In a single column, a pixel stands next to the one below it.

    In a wider image it does not: that is what flattening loses.
    """
    first, second = np.flatnonzero(flatten(x))
    return equal(second - first, 1)


@law("1.5", decides=True, p=image_problems)
def hwc_to_chw_equals_the_definition(hwc_to_chw: Any, p: Problem) -> Relation:
    """The image is that of the definition."""
    return equal(p.on(hwc_to_chw), exact_answer("hwc_to_chw", p))


@law("1.5", decides=True, p=image_problems)
def chw_to_hwc_equals_the_definition(chw_to_hwc: Any, p: Problem) -> Relation:
    """The image is that of the definition."""
    return equal(p.on(chw_to_hwc), exact_answer("chw_to_hwc", p))


@law("1.5", p=partial(image_problems, batches=(None,)))
def channels_become_maps(hwc_to_chw: Any, p: Problem) -> Relation:
    """Map c holds the value of channel c at every pixel."""
    maps = [p.x[:, :, c] for c in range(p.x.shape[2])]
    return equal(p.on(hwc_to_chw), np.array(maps))


@law("1.5", p=image_problems)
def conversions_undo_each_other(
    hwc_to_chw: Any, chw_to_hwc: Any, p: Problem
) -> Relation:
    """Channels first and channels last hold the same image."""
    back = chw_to_hwc(hwc_to_chw(p.x)), hwc_to_chw(chw_to_hwc(p.x))
    return equal(back, (p.x, p.x))


@law("1.6", decides=True, p=partial(image_problems, channels=(3,)))
def to_grayscale_equals_the_definition(
    to_grayscale: Any, p: Problem
) -> Relation:
    """The grey image is that of the definition."""
    return equal(p.on(to_grayscale), exact_answer("to_grayscale", p))


@law("1.6", exact=True, p=partial(image_problems, channels=(3,)))
def grey_is_299_587_114_thousandths(to_grayscale: Any, p: Problem) -> Relation:
    """A grey level is 0.299 of red, 0.587 of green and 0.114 of blue."""
    luma = [Fraction(n, 1000) for n in (299, 587, 114)]
    weighed = sum(part * p.x[..., [c]] for c, part in enumerate(luma))
    return equal(p.on(to_grayscale), weighed)


def _in_thousandths(_: Domain) -> st.SearchStrategy[Any]:
    return st.just((299, 587, 114, 1000))


def _grey_levels(domain: Domain) -> st.SearchStrategy[Array]:
    """Draw one grey pixel, of a level from 0 to 255."""
    return st.integers(0, 255).map(
        lambda level: domain.numbers.cast([[[level] * 3]])
    )


@law(
    "1.6",
    x=_grey_levels,
    weights=_in_thousandths,
    unless={"weights": lambda _: st.just((0.299, 0.587, 0.114, 1.0))},
    exact=True,
    breaks={
        "x": np.array([[[1.0, 1.0, 1.0]]]),
        "weights": (0.299, 0.587, 0.114, 1.0),
    },
)
def grey_stays_as_it_is(to_grayscale: Any, x: Any, weights: Any) -> Relation:
    """Equal channels are kept, where the weights make one exactly.

    As floats 0.299, 0.587 and 0.114 do not, and 65 of the levels move.
    """
    red, green, blue, whole = weights
    level = x[..., :1]
    weighed = (red * level + green * level + blue * level) / whole
    return equal((to_grayscale(x), weighed), (level, level))


@law("1.2", decides=True, p=dense_problems)
def dense_equals_the_definition(dense: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(dense), exact_answer("dense", p))


@law("1.2", p=dense_problems)
def every_output_weighs_every_input(dense: Any, p: Problem) -> Relation:
    """An output is its bias plus the sum of inputs times weights."""
    y = np.zeros((len(p.x), len(p.w)), p.x.dtype)
    for n, o in np.ndindex(y.shape):
        for i in range(p.x.shape[1]):
            y[n, o] += p.x[n, i] * p.w[o, i]
        y[n, o] += 0 if p.b is None else p.b[o]
    return equal(p.on(dense), y)


def _orders(size: int) -> st.SearchStrategy[Any]:
    return st.permutations(range(size))


@st.composite
def _permuted_inputs(draw: Any, domain: Domain) -> tuple[Problem, Any]:
    p = draw(dense_problems(domain))
    return p, draw(_orders(p.x.shape[1]))


@law("1.2", case=_permuted_inputs)
def dense_is_blind_to_neighbourhood(dense: Any, case: Any) -> Relation:
    """Permuting the pixels and the weights alike changes no output."""
    p, order = case
    scrambled = p.on(dense, x=p.x[:, order], w=p.w[:, order])
    return equal(scrambled, p.on(dense))


@st.composite
def _permuted_pixels(
    draw: Any, domain: Domain, *, kernels: tuple[int, ...] = (1, 2)
) -> tuple[Problem, Any]:
    width, k = draw(st.integers(3, 4)), draw(st.sampled_from(kernels))
    x = domain.tensor(draw, (1, 1, 1, width))
    w = domain.tensor(draw, (1, 1, 1, k))
    return Problem(x=x, w=w), draw(_orders(width))


@law(
    "1.2",
    case=partial(_permuted_pixels, kernels=(1,)),
    unless={"case": _permuted_pixels},
    breaks={"case": (Problem(x=[[[[0, 1, 0]]]], w=[[[[1, 1]]]]), [1, 0, 2])},
)
def convolution_is_blind_where_it_is_1x1(conv2d: Any, case: Any) -> Relation:
    """Permuting the pixels permutes a 1 x 1 convolution's answers.

    A larger kernel sees neighbours: no order of its weights makes up for it.
    """
    p, order = case
    answers = sorted(p.on(conv2d).flat)
    scrambled = p.but(x=p.x[..., order])
    same = [
        sorted(scrambled.on(conv2d, w=p.w[..., list(turn)]).flat) == answers
        for turn in permutations(range(p.w.shape[-1]))
    ]
    return equal(any(same), True)


@law("1.4", "7.5", decides=True, p=dense_slopes)
def dense_backward_equals_the_definition(
    dense_backward: Any, p: Problem
) -> Relation:
    """The gradients are those of the definition."""
    return equal(p.on(dense_backward), exact_answer("dense_backward", p))


@law("1.4", p=dense_slopes)
def a_weight_learns_from_its_own_pixel(
    dense_backward: Any, p: Problem
) -> Relation:
    """A weight's gradient is dy times its pixel, over the examples."""
    _, dw, db = p.on(dense_backward)
    each = np.zeros_like(p.w)
    for o, i in np.ndindex(p.w.shape):
        each[o, i] = sum(p.dy[n, o] * p.x[n, i] for n in range(len(p.x)))
    return equal((dw, db), (each, p.dy.sum(axis=0)))


@law("1.4", p=dense_slopes, pixel=lambda _: st.integers(0, 4))
def a_pixel_never_lit_never_learns(
    dense_backward: Any, p: Problem, pixel: int
) -> Relation:
    """The weights of a pixel that is always black have no gradient."""
    pixel %= p.x.shape[1]
    x = p.x.copy()
    x[:, pixel] = 0
    _, dw, _ = p.on(dense_backward, x=x)
    return equal(dw[:, pixel], np.zeros_like(p.w[:, pixel]))


@law("1.4", p=partial(conv_problems, strides=(1,), dilations=(1,),
                      paddings=(0,), groups=(1,), bias=False))  # fmt: skip
def a_convolution_learns_from_every_position(
    conv2d_backward: Any, p: Problem
) -> Relation:
    """Where every weight meets every pixel, its gradient is their sum.

    So with full padding, K - 1 on each side, and a gradient of one.
    """
    (n, _, h, w), (f, _, kh, kw) = p.x.shape, p.w.shape
    dy = np.ones_like(p.x, shape=(n, f, h + kh - 1, w + kw - 1))
    _, dw, _ = conv2d_backward(dy, p.x, p.w, padding=(kh - 1, kw - 1))
    total = p.x.sum(axis=(0, 2, 3))[None, :, None, None]
    return equal(dw, np.broadcast_to(total, p.w.shape))


@law("7.5", p=dense_slopes)
def dense_and_its_gradients_are_adjoint(
    dense: Any, dense_backward: Any, p: Problem
) -> Relation:
    """<dense(x, w), dy> = <x, dx> = <w, dw>."""
    dx, dw, _ = p.on(dense_backward)
    paired = (dense(p.x, p.w) * p.dy).sum()
    return equal(((p.x * dx).sum(), (p.w * dw).sum()), (paired, paired))


@st.composite
def _layers(
    draw: Any, _: Domain, *, paddings: tuple[int, ...] = (0, 1, 2)
) -> Problem:
    """Draw the sizes of a convolution, and those of its image."""
    groups = draw(st.integers(1, 3))
    sizes = [draw(st.integers(1, 4)) for _ in "HW"]
    frames = [draw(st.sampled_from(paddings)) for _ in "HW"]
    room = [size + 2 * p for size, p in zip(sizes, frames, strict=True)]
    kernel = [draw(st.integers(1, most)) for most in room]
    maps = [m - k + 1 for m, k in zip(room, kernel, strict=True)]
    return Problem(
        size=tuple(sizes), kernel=tuple(kernel), maps=tuple(maps),
        groups=groups, c=groups * draw(st.integers(1, 2)),
        f=groups * draw(st.integers(1, 2)),
    )  # fmt: skip


def _weights_of(
    conv_parameters: Any, dense_parameters: Any, p: Problem
) -> tuple[int, int]:
    """Count weights without biases: the convolution's, the dense layer's."""
    inputs, outputs = p.c * np.prod(p.size), p.f * np.prod(p.maps)
    return (
        conv_parameters(p.kernel, p.c, p.f, groups=p.groups, bias=False),
        dense_parameters(int(inputs), int(outputs), bias=False),
    )


@law("1.3", p=_layers)
def when_dense_has_more_weights(
    conv_parameters: Any, dense_parameters: Any, p: Problem
) -> Relation:
    """A dense twin has more weights exactly when H W H' W' > KH KW / G."""
    few, many = _weights_of(conv_parameters, dense_parameters, p)
    places = np.prod(p.size) * np.prod(p.maps)
    return equal(many > few, places * p.groups > np.prod(p.kernel))


@law(
    "1.3",
    p=partial(_layers, paddings=(0,)),
    unless={"p": _layers},
    breaks={
        "p": Problem(
            size=(1, 1), kernel=(3, 3), maps=(1, 1), groups=1, c=1, f=1
        )
    },
)
def dense_never_has_fewer_weights(
    conv_parameters: Any, dense_parameters: Any, p: Problem
) -> Relation:
    """Without padding, a convolution has at most its dense twin's weights.

    As many where the kernel is the image; with padding it can have more.
    """
    return at_most(*_weights_of(conv_parameters, dense_parameters, p))


@law("1.3", p=_layers)
def when_dense_multiplies_more(
    conv_multiplications: Any, dense_multiplications: Any, p: Problem
) -> Relation:
    """A dense twin multiplies more exactly when H W > KH KW / G."""
    few = conv_multiplications(p.maps, p.kernel, p.c, p.f, groups=p.groups)
    inputs, outputs = p.c * np.prod(p.size), p.f * np.prod(p.maps)
    many = dense_multiplications(int(inputs), int(outputs))
    return equal(many > few, np.prod(p.size) * p.groups > np.prod(p.kernel))
