"""The searches reach the corners where implementations break."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import seed as seeded

import refspec
from refspec.laws.domain import FLOAT32, FRACTION, INT64, Domain
from refspec.laws.problems import (
    Axis,
    Problem,
    conv_problems,
    conv_slopes,
    depthwise_problems,
    kernel_problems,
    padded_images,
    separable_problems,
    transpose_problems,
    window_problems,
)

DRAWS = 400


def _along(condition):
    """Say whether a condition holds along rows or along columns."""

    def holds(p):
        along = zip(
            p.x.shape[2:], p.w.shape[2:], p.stride, p.padding, p.dilation,
            strict=True,
        )  # fmt: skip
        return any(condition(Axis(*axis)) for axis in along)

    return holds


def _reach(a):
    return (a.kernel_size - 1) * a.dilation + 1


def _tail(a):
    return (a.size + sum(a.padding) - _reach(a)) % a.stride


def _seen(p):
    """Count the pixels in each window, the padding left out."""
    lit = np.ones(p.x.shape[2:], int)
    regions = refspec.windows(
        lit, p.w.shape[2:], stride=p.stride, padding=p.padding,
        dilation=p.dilation,
    )  # fmt: skip
    return regions.sum(axis=(-2, -1))


def _numbers(p):
    return [int(v) for v in p.x.flat]


CORNERS = {
    "a 1 x 1 kernel": lambda p: p.w.shape[2:] == (1, 1),
    "a 1 x 1 image": lambda p: p.x.shape[2:] == (1, 1),
    "an even kernel": _along(lambda a: a.kernel_size % 2 == 0),
    "a kernel that is not square": lambda p: p.w.shape[2] != p.w.shape[3],
    "an image that is not square": lambda p: p.x.shape[2] != p.x.shape[3],
    "unequal strides": lambda p: p.stride[0] != p.stride[1],
    "unequal dilations": lambda p: p.dilation[0] != p.dilation[1],
    "one window": _along(lambda a: a.size + sum(a.padding) == _reach(a)),
    "a stride above the kernel": _along(lambda a: a.stride > _reach(a)),
    "a stride that leaves a tail": _along(lambda a: _tail(a) > 0),
    "a tail of pixels": _along(lambda a: _tail(a) > a.padding[1]),
    "a kernel above the image": _along(lambda a: a.kernel_size > a.size),
    "a dilated kernel above the image": _along(
        lambda a: _reach(a) > a.size >= a.kernel_size
    ),
    "a dilation above the image": _along(
        lambda a: a.dilation > a.size and a.kernel_size > 1
    ),
    "padding as large as the kernel": _along(
        lambda a: max(a.padding) >= a.kernel_size > 1
    ),
    "a window wholly in the padding": lambda p: not _seen(p).all(),
    "padding on one side only": _along(
        lambda a: 0 in a.padding and max(a.padding) > 0
    ),
    "more padding before than after": _along(
        lambda a: a.padding[0] > a.padding[1]
    ),
    "more padding after than before": _along(
        lambda a: a.padding[0] < a.padding[1]
    ),
    "no padding": lambda p: p.padding == ((0, 0), (0, 0)),
    "several groups": lambda p: p.groups > 1,
    "a group for each channel": lambda p: p.groups == p.x.shape[1] > 1,
    "groups of several channels": lambda p: p.w.shape[1] > 1 < p.groups,
    "one filter": lambda p: len(p.w) == 1,
    "one channel": lambda p: p.x.shape[1] == 1,
    "a batch of one": lambda p: len(p.x) == 1,
    "a batch of several": lambda p: len(p.x) > 1,
    "a batch of none": lambda p: len(p.x) == 0,
    "a bias": lambda p: p.b is not None,
    "no bias": lambda p: p.b is None,
    "exact zeros": lambda p: p.x.size > 0 and 0 in _numbers(p),
    "one lit pixel": lambda p: sum(map(bool, _numbers(p))) == 1 < p.x.size,
    "negative pixels only, under padding": lambda p: (
        p.x.size > 0 and max(_numbers(p)) < 0 and sum(p.padding[0]) > 0
    ),
}  # fmt: skip


def _drawn(strategy, count, seed):
    """Draw a number of values, as a law's search would."""
    drawn = []

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None,
        phases=[Phase.generate],
    )  # fmt: skip
    @given(strategy)
    def collect(value):
        drawn.append(value)

    collect()
    return drawn


@pytest.fixture(scope="module")
def convolutions(seed):
    """Draw a few hundred convolutions, as the laws do."""
    return _drawn(conv_problems(Domain(INT64)), DRAWS, seed)


@pytest.mark.parametrize("corner", CORNERS)
def test_a_search_reaches_the_corner(corner, convolutions):
    """Among a few hundred draws there are several."""
    reached = sum(bool(CORNERS[corner](p)) for p in convolutions)
    assert reached >= 3


@pytest.mark.parametrize(
    ("draw", "operation"),
    [
        (conv_problems, refspec.conv2d),
        (conv_slopes, refspec.conv2d_backward),
        (transpose_problems, refspec.conv_transpose2d),
        (depthwise_problems, refspec.depthwise_conv2d),
        (separable_problems, refspec.separable_conv2d),
        (kernel_problems, refspec.dilate_kernel),
        (window_problems, refspec.windows),
        (padded_images, refspec.zero_pad),
    ],
)
@pytest.mark.parametrize("numbers", [FRACTION, INT64, FLOAT32])
def test_every_problem_is_valid_and_can_be_pasted(
    draw, operation, numbers, seed
):
    """Its repr makes the same problem, which the definition answers."""
    names = {"Problem": Problem, "np": np, "Fraction": Fraction}
    for p in _drawn(draw(Domain(numbers)), 20, seed):
        pasted = eval(repr(p), names)  # noqa: S307 -- our own repr
        assert repr(pasted) == repr(p)
        p.on(operation)


def test_a_search_stays_within_what_is_supported(seed):
    """A restricted option is drawn from what is left of it."""
    supports = {"padding": frozenset({0, 1}), "groups": frozenset({1})}
    for p in _drawn(conv_problems(Domain(INT64, supports)), 50, seed):
        sides = {side for pair in p.padding for side in pair}
        assert sides <= {0, 1}
        assert p.groups == 1


def test_shrinking_ends_at_one_pixel():
    """The least convolution has one pixel and one weight."""
    p = find(conv_problems(Domain(INT64)), lambda p: p.x.size > 0)
    assert (p.x.shape, p.w.shape) == ((1, 1, 1, 1), (1, 1, 1, 1))
