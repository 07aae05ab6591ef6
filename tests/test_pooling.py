"""What laws cannot say of pooling: types, errors, not-a-numbers, ties."""

from __future__ import annotations

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec

POOLS = [refspec.max_pool2d, refspec.min_pool2d, refspec.avg_pool2d]
SELECTIONS = POOLS[:2]
BACKWARD = [
    refspec.max_pool2d_backward,
    refspec.min_pool2d_backward,
    refspec.avg_pool2d_backward,
]


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ml_dtypes.bfloat16])
def test_pooling_keeps_the_float_type(pool, dtype):
    """The answer is of the type that was given."""
    assert pool(np.ones((1, 1, 2, 2), dtype), 2).dtype == np.dtype(dtype)


@pytest.mark.parametrize("backward", BACKWARD)
def test_the_gradient_is_of_the_type_of_dy(backward):
    """An integer image does not make the gradient an integer."""
    dx = backward([[[[0.5]]]], np.ones((1, 1, 1, 1), int), 1)
    assert dx.tolist() == [[[[0.5]]]]


@pytest.mark.parametrize("pool", SELECTIONS)
@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "?"])
def test_padding_never_wins_among_integers(pool, dtype):
    """Not over the least of a type, nor over the greatest."""
    ends = [False, True] if dtype == "?" else [
        np.iinfo(dtype).min, np.iinfo(dtype).max
    ]  # fmt: skip
    for end in ends:
        x = np.full((1, 1, 1, 1), end, dtype)
        assert (pool(x, 2, stride=1, padding=1) == int(end)).all()


@pytest.mark.parametrize("end", [-math.inf, math.inf])
@pytest.mark.parametrize("pool", SELECTIONS)
def test_infinities_are_pixels_like_others(pool, end):
    """An image of one infinity is pooled to it, padding or not."""
    x = np.full((1, 1, 2, 2), end)
    assert (pool(x, 2, stride=1, padding=1) == end).all()


@pytest.mark.parametrize("at", [0, 1, 2, 3])
@pytest.mark.parametrize("pool", POOLS)
def test_a_nan_shows_wherever_it_stands(pool, at):
    """A window with a NaN gives NaN, and no other window does."""
    x = np.zeros((1, 1, 1, 8))
    x[..., at] = math.nan
    assert np.isnan(pool(x, (1, 4))).tolist() == [[[[True, False]]]]


@pytest.mark.parametrize("backward", BACKWARD[:2])
def test_a_nan_takes_its_windows_gradient(backward):
    """It is its window's answer, so it is paid, and paid once."""
    dx = backward([[[[5.0]]]], [[[[1.0, math.nan, 2.0]]]], (1, 3))
    assert dx.tolist() == [[[[0, 5, 0]]]]


@pytest.mark.parametrize("backward", BACKWARD[:2])
def test_a_nan_takes_no_other_windows_gradient(backward):
    """Beside it, and between two of them, the first of equals is paid."""
    x = [[[[math.nan, math.nan, 2.0, 2.0, 1.0, math.nan]]]]
    dx = backward([[[[5.0, 6.0, 7.0]]]], x, (1, 2))
    assert dx[..., :2].sum() == 5
    assert dx[..., 2:].tolist() == [[[[6, 0, 0, 7]]]]


@pytest.mark.parametrize("x", [[-0.0, 0.0], [0.0, -0.0], [3.0, 3.0]])
@pytest.mark.parametrize("backward", BACKWARD[:2])
def test_the_first_of_equals_is_paid(backward, x):
    """The two zeros are equal: the first takes the gradient."""
    assert backward([[[[5.0]]]], [[[x]]], (1, 2)).tolist() == [[[[5, 0]]]]


@pytest.mark.parametrize("backward", BACKWARD[:2])
def test_padding_is_never_paid(backward):
    """Where the answer is 0, the zeros of the padding are not pixels."""
    dx = backward([[[[1, 2]]]], [[[[0]]]], (1, 2), stride=1, padding=(0, 1))
    assert dx.tolist() == [[[[3]]]]


def test_a_mean_of_integers_is_a_float():
    """Nothing is cut off, and large integers do not wrap."""
    x = np.full((1, 1, 1, 2), 2**62)
    assert refspec.avg_pool2d(x, (1, 2)).tolist() == [[[[2.0**62]]]]
    assert refspec.avg_pool2d([[[[1, 2]]]], (1, 2)).tolist() == [[[[1.5]]]]


def test_a_mean_of_fractions_is_a_fraction():
    """No float is involved."""
    x = np.array([[[[Fraction(1, 3), Fraction(1), Fraction(1)]]]])
    assert refspec.avg_pool2d(x, (1, 3)).item() == Fraction(7, 9)


def test_a_zero_among_fractions_does_not_become_a_float():
    """Neither the mean of padding alone, nor that of rectified fractions."""
    x = np.array([[[[Fraction(1, 3), Fraction(-1), Fraction(-2)]]]])
    y = refspec.avg_pool2d(refspec.relu(x), (1, 1), padding=(0, 1))
    assert [type(v) for v in y.flat] == [int, Fraction, int, int, int]
    dx = refspec.avg_pool2d_backward(y, y, (1, 1))
    assert not any(isinstance(v, float) for v in dx.flat)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_a_mean_of_narrow_floats_is_rounded_once(dtype):
    """Neither the sum overflows, nor does it stop growing."""
    x = np.full((1, 1, 64, 64), 60000, dtype)
    assert (refspec.avg_pool2d(x, 64) == x[..., :1, :1]).all()


def test_the_overhang_counts_in_no_mean():
    """Ceil mode divides by what lies on the image and its padding."""
    x = np.ones((1, 1, 1, 3))
    y = refspec.avg_pool2d(x, (1, 2), ceil_mode=True)
    assert y.tolist() == [[[[1, 1]]]]
    # 0 1 1 1 | 1 0 and two cells past them: a mean over four, one over two
    x = np.ones((1, 1, 1, 4))
    y = refspec.avg_pool2d(x, (1, 4), padding=(0, 1), ceil_mode=True)
    assert y.tolist() == [[[[0.75, 0.5]]]]


def test_a_window_that_starts_past_the_image_is_dropped():
    """As PyTorch: not in the padding after the image."""
    x = np.ones((1, 1, 1, 2))
    options = {"stride": 2, "padding": (0, 1), "ceil_mode": True}
    assert refspec.max_pool2d(x, (1, 2), **options).shape[-1] == 2


@pytest.mark.parametrize("pool", POOLS)
def test_same_padding_gives_one_answer_per_stride(pool):
    """Five pixels at stride 2 have three answers."""
    x = np.arange(5.0).reshape(1, 1, 1, 5)
    assert pool(x, (1, 3), stride=(1, 2), padding="same").shape[-1] == 3
    assert pool(x, (1, 3), stride=(1, 2), padding="valid").shape[-1] == 2


@pytest.mark.parametrize("pool", POOLS)
def test_pooling_leaves_its_argument_alone(pool):
    """A read-only image with gaps will do, and the answer is a copy."""
    x = np.arange(16.0).reshape(1, 1, 4, 4)[..., ::2, ::-1]
    before = x.tolist()
    x.flags.writeable = False
    pool(x, 1, stride=1)[...] = 7
    assert x.tolist() == before


@pytest.mark.parametrize("backward", BACKWARD)
def test_a_gradient_leaves_its_arguments_alone(backward):
    """The answer shares no memory with what was given."""
    dy, x = np.ones((1, 1, 2, 2)), np.arange(4.0).reshape(1, 1, 2, 2)
    backward(dy, x, 1)[...] = 7
    assert (dy == 1).all()
    assert x.tolist() == [[[[0, 1], [2, 3]]]]


@pytest.mark.parametrize("pool", POOLS)
def test_channels_and_images_are_pooled_apart(pool):
    """A batch is its images side by side."""
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    apart = [
        pool(x[n : n + 1, c : c + 1], 2).item()
        for n in (0, 1)
        for c in range(3)
    ]
    assert pool(x, 2).ravel().tolist() == apart


PIXEL = np.ones((1, 1, 1, 1))
REFUSED = [
    (
        lambda: refspec.max_pool2d(np.ones((2, 2)), 1),
        "x: expected shape (N, C, H, W)",
    ),
    (lambda: refspec.max_pool2d(np.ones((1, 1, 0, 2)), 1), "x.shape[1:]"),
    (lambda: refspec.max_pool2d(PIXEL, 0), "kernel_size: expected at least 1"),
    (
        lambda: refspec.max_pool2d(PIXEL, 2.0),
        "kernel_size: expected an integer",
    ),
    (lambda: refspec.max_pool2d(PIXEL, 2), "kernel_size: a kernel of 2"),
    (
        lambda: refspec.max_pool2d(PIXEL, (1, 2, 3)),
        "kernel_size: expected an integer or a pair",
    ),
    (
        lambda: refspec.max_pool2d(PIXEL, 1, stride=0),
        "stride: expected at least 1",
    ),
    (
        lambda: refspec.max_pool2d(PIXEL, 1, padding=-1),
        "padding: expected at least 0",
    ),
    (lambda: refspec.max_pool2d(PIXEL, 1, padding="full"), 'expected "same"'),
    (
        lambda: refspec.max_pool2d(PIXEL, 1, dilation=0),
        "dilation: expected at least 1",
    ),
    (lambda: refspec.max_pool2d(PIXEL * 1j, 1), "x: expected real numbers"),
    (
        lambda: refspec.max_pool2d(PIXEL, 1, padding=1),
        "window at (0, 0) lies wholly",
    ),
    (
        lambda: refspec.min_pool2d(PIXEL, 1, padding=((0, 0), (0, 1))),
        "window at (0, 1) lies wholly",
    ),
    (
        lambda: refspec.avg_pool2d(
            PIXEL, 1, padding=1, count_include_pad=False
        ),
        "window at (0, 0)",
    ),
    (
        lambda: refspec.max_pool2d(
            PIXEL, (1, 2), padding=((0, 0), (1, 1)), dilation=2
        ),
        "window at (0, 0)",
    ),
    (
        lambda: refspec.max_pool2d_backward(PIXEL, np.ones((1, 1, 2, 2)), 1),
        "dy: expected shape (1, 1, 2, 2)",
    ),
    (
        lambda: refspec.avg_pool2d_backward([1], PIXEL, 1),
        "dy: expected shape (N, C, Ho, Wo)",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_bad_input_is_refused_in_words(call, words):
    """The error names the argument, what was found or what would fit."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- words are compared below
        call()
    assert words in str(error.value)
