"""What laws cannot say of the convolution: types, errors, arguments."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec
from refspec import convolution
from refspec.laws.problems import Problem
from refspec.lecture import EDGE_FILTER, EDGE_RESULT, EDGE_WINDOW
from refspec.oracle import bounds
from refspec.oracle.formats import ARITHMETICS

PIXEL = np.ones((1, 1, 1, 1))
FLOATS = ["f2", "f4", "f8", ml_dtypes.bfloat16]
INTEGERS = ["?", "i1", "u1", "i4", "u8", "i8"]


def _ones(dtype, *shapes):
    return [np.ones(shape, dtype) for shape in shapes]


def _answers(dtype):
    """Answer with everything that convolves, from arrays of one type."""
    x, w, d, p, y = _ones(
        dtype, (1, 2, 3, 3), (2, 2, 2, 2), (2, 1, 2, 2), (1, 2), (1, 2, 2, 2)
    )
    return [
        refspec.window_response(w[0, 0], w[0, 0]),
        refspec.feature_map(x[0, 0], w[0, 0]),
        refspec.conv2d(x, w, np.ones(2, dtype)),
        refspec.conv_transpose2d(y, w, input_size=3),
        *refspec.conv2d_backward(y, x, w),
        refspec.depthwise_conv2d(x, d),
        refspec.pointwise_conv2d(x, p),
        refspec.separable_conv2d(x, d, p),
    ]


@pytest.mark.parametrize("dtype", FLOATS)
def test_answers_are_of_the_float_type_given(dtype):
    """Each answer, and each gradient, has the type of its operands."""
    assert {answer.dtype for answer in _answers(dtype)} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_any_width_give_int64(dtype):
    """Narrow integers widen, booleans and unsigned ones too."""
    assert {answer.dtype for answer in _answers(dtype)} == {np.dtype("i8")}


def test_fractions_stay_fractions():
    """No answer made of fractions holds a float."""
    third = np.full((1, 1, 1, 1), Fraction(1, 3))
    answers = [
        refspec.conv2d(third, third, padding=1),
        *refspec.conv2d_backward(third, third, third),
        refspec.separable_conv2d(third, third, third),
    ]
    cells = [cell for answer in answers for cell in answer.flat]
    assert not any(isinstance(cell, float) for cell in cells)
    assert answers[0].sum() == Fraction(1, 9)


def test_decimals_are_computed_as_they_are():
    """The slide's table in decimals gives its 32.64 to the digit."""
    window, kernel = (
        np.vectorize(lambda v: Decimal(str(float(v))), otypes=[object])(table)
        for table in (EDGE_WINDOW, EDGE_FILTER)
    )
    assert refspec.window_response(window, kernel) == Decimal("32.64")


def test_the_floats_of_the_slide_stay_within_nine_products():
    """Cell by cell, floats give 32.640000000000015, and may."""
    window, kernel = (a.astype(float) for a in (EDGE_WINDOW, EDGE_FILTER))
    total = 0.0
    for x, f in zip(window.flat, kernel.flat, strict=True):
        total += x * f
    p = Problem(window=window, kernel=kernel)
    (allowed,) = bounds.allowed("window_response", p, ARITHMETICS["float64"])
    error = abs(Fraction(total) - EDGE_RESULT)
    # the bound is on the sum of the floats; the slide's decimals are rounded
    rounding = sum(
        abs(Fraction(float(x)) - x) * abs(f)
        for x, f in zip(EDGE_WINDOW.flat, EDGE_FILTER.flat, strict=True)
    )
    assert total == 32.640000000000015
    assert error <= Fraction(float(allowed)) + rounding


def test_an_integer_image_does_not_cut_fractions_off():
    """A kernel of halves over integers gives halves."""
    y = refspec.conv2d([[[[1, 2]]]], [[[[0.5]]]])
    assert y.tolist() == [[[[0.5, 1.0]]]]
    dx, dw, db = refspec.conv2d_backward([[[[0.5]]]], [[[[1]]]], [[[[3]]]])
    assert [a.item() for a in (dx, dw, db)] == [1.5, 0.5, 0.5]


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_narrow_floats_are_rounded_once(dtype):
    """A long sum neither overflows on its way nor stops growing."""
    x, w = _ones(dtype, (1, 1, 64, 64), (1, 1, 64, 64))
    assert refspec.conv2d(x, w).item() == 4096
    x[..., :32, :] = 60000
    x[..., 32:, :] = -60000
    assert refspec.conv2d(x, w).item() == 0
    assert refspec.window_response(x[0, 0], w[0, 0]) == 0


def test_the_two_steps_of_a_separable_one_are_rounded_once():
    """The maps between them are not rounded to float16."""
    x = np.full((1, 1, 1, 1), 2048, np.float16)
    d, p = np.ones((2, 1, 1, 1), np.float16), np.ones((1, 2), np.float16)
    d[0] += np.float16(2**-10)  # 2050 is a half step in float16
    y = refspec.separable_conv2d(x, d, p, np.array([-2048], np.float16))
    assert y.item() == 2050


def test_products_past_int64_are_right_where_the_sum_fits():
    """What cancels may be as large as it likes."""
    huge = np.full((1, 1, 1, 2), 2**40)
    y = refspec.conv2d(huge, huge * [1, -1])
    assert (y.dtype, y.item()) == (np.dtype("i8"), 0)
    gradients = refspec.conv2d_backward([[[[1]]]], huge, huge)
    assert {g.dtype for g in gradients} == {np.dtype("i8")}


def test_maps_past_int64_are_right_where_their_sum_fits():
    """Between the two steps of a separable one there is no int64."""
    half = np.full((1, 1, 1, 2), 2**31)
    pair = np.repeat(half, 2, axis=0)
    rows = [[1, -1]] * 3
    assert refspec.separable_conv2d(half, pair, rows).tolist() == [
        [[[0]], [[0]], [[0]]]
    ]
    pixel = half[..., :1] * 2
    assert refspec.separable_conv2d(pixel, pixel, [[0]]).item() == 0


HUGE = np.full((1, 1, 1, 2), 2**32)
HALF = np.full((1, 1, 1, 2), 2**31)  # two of its squares are one too many
PAST_INT64 = [
    lambda: refspec.window_response(HUGE[0, 0], HUGE[0, 0]),
    lambda: refspec.feature_map(HUGE[0, 0], HUGE[0, 0]),
    lambda: refspec.conv2d(HUGE, HUGE),
    lambda: refspec.conv2d(PIXEL.astype("i8"), [[[[1]]]], [2**63 - 1]),
    lambda: refspec.conv2d(np.full(PIXEL.shape, 2**63, "u8"), [[[[1]]]]),
    lambda: refspec.conv_transpose2d(
        HUGE[..., :1], HUGE, input_size=(1, 2)
    ),
    lambda: refspec.conv2d_backward([[[[2**32]]]], HUGE, [[[[1, 1]]]]),
    lambda: refspec.separable_conv2d(
        HUGE[..., :1], [[[[2**16]]]], [[2**16]]
    ),
    lambda: refspec.window_response(HALF[0, 0], HALF[0, 0]),
    lambda: refspec.conv2d(HALF, HALF),
    lambda: refspec.conv_transpose2d(
        HALF.reshape(1, 2, 1, 1), HALF.reshape(2, 1, 1, 1), input_size=1
    ),
    lambda: refspec.conv2d_backward(HALF, HALF, [[[[1]]]]),
]  # fmt: skip


@pytest.mark.parametrize("call", PAST_INT64)
def test_a_sum_past_int64_is_refused(call):
    """No answer wraps around."""
    with pytest.raises(ValueError, match="fits int64"):
        call()


def test_python_integers_have_no_end():
    """As objects the same numbers are computed."""
    huge = HUGE.astype(object)
    assert refspec.conv2d(huge, huge).item() == 2**65


def test_types_without_a_common_one_are_refused():
    """What NumPy cannot promote is told in our words."""
    x, w = PIXEL.astype(ml_dtypes.bfloat16), PIXEL.astype("f2")
    with pytest.raises(ValueError, match="found bfloat16, float16"):
        refspec.conv2d(x, w)


def test_a_nan_reaches_the_windows_that_read_it():
    """And no others."""
    x = np.array([[[[math.nan, 1.0, 2.0]]]])
    y = refspec.conv2d(x, np.ones((1, 1, 1, 2)))
    assert np.isnan(y).tolist() == [[[[True, False]]]]


def test_an_infinite_weight_over_padding_is_a_nan():
    """Padding is zeros, and infinity times zero is not a number."""
    with np.errstate(invalid="ignore"):
        y = refspec.conv2d(PIXEL, PIXEL * math.inf, padding=(0, 1))
    assert np.isnan(y).tolist() == [[[[True, False, True]]]]
    assert y[0, 0, 0, 1] == math.inf


@pytest.mark.parametrize("n", [0, 1])
def test_a_batch_may_be_empty(n):
    """Of none, there are no answers, and weights whose gradient is zero."""
    x, w = np.ones((n, 2, 3, 4)), np.ones((4, 1, 2, 2))
    y = refspec.conv2d(x, w, groups=2)
    dx, dw, db = refspec.conv2d_backward(y, x, w, groups=2)
    assert y.shape == (n, 4, 2, 3)
    assert (dx.shape, dw.shape, db.shape) == (x.shape, w.shape, (4,))
    assert (dw.any(), db.any()) == (n > 0, n > 0)


def test_a_gradient_without_padding_has_the_image_s_shape():
    """The frame that is taken off may be none."""
    x, w, dy = (
        np.ones((1, 1, 3, 4)),
        np.ones((1, 1, 2, 2)),
        np.ones((1, 1, 2, 3)),
    )
    assert refspec.conv2d_backward(dy, x, w)[0].shape == x.shape


@pytest.mark.parametrize("block", [1, 2 * 2 * 8 * 12])
def test_batches_are_laid_out_in_parts(monkeypatch, block):
    """What is laid out at once, one image or two, changes no answer."""
    rng = np.random.default_rng(0)
    x, w, y = (
        rng.integers(-3, 4, shape)
        for shape in ((3, 2, 4, 5), (4, 2, 2, 2), (3, 4, 3, 4))
    )

    def answers():
        return (
            refspec.conv2d(x, w),
            refspec.conv_transpose2d(y, w, input_size=(4, 5)),
            *refspec.conv2d_backward(y, x, w),
        )

    at_once = answers()
    monkeypatch.setattr(convolution, "BLOCK", block)
    assert all(map(np.array_equal, answers(), at_once))


def test_the_gradients_of_the_filters_may_be_had_alone():
    """They are those of the whole."""
    rng = np.random.default_rng(0)
    x, w, y = (
        rng.integers(-3, 4, shape)
        for shape in ((2, 2, 4, 5), (4, 2, 2, 2), (2, 4, 3, 4))
    )
    alone = convolution.filter_gradients(y, x, w)
    _, *whole = refspec.conv2d_backward(y, x, w)
    assert all(map(np.array_equal, alone, whole))


def _given():
    """Make arguments with gaps, turned around, that cannot be written to."""
    rng = np.random.default_rng(0)
    x, w, dy = (
        rng.integers(-4, 5, shape).astype(float)
        for shape in ((1, 2, 6, 8), (2, 2, 2, 4), (1, 2, 2, 3))
    )
    given = [x[..., ::2, ::-2], w[:, ::-1, :, ::2], dy.swapaxes(2, 3)]
    for array in given:
        array.flags.writeable = False
    given[2] = given[2].swapaxes(2, 3)
    return given


def test_arguments_are_left_alone():
    """Read-only arrays with gaps will do, and answers are copies."""
    x, w, dy = _given()
    before = [array.tolist() for array in (x, w, dy)]
    answers = [
        refspec.conv2d(x, w),
        *refspec.conv2d_backward(dy, x, w),
        refspec.conv_transpose2d(dy, w, input_size=x.shape[2:]),
        refspec.conv2d(x, np.ones((1, 2, 1, 1))),
        refspec.feature_map(x[0, 0], w[0, 0]),
        refspec.dilate_kernel(w, 1),
    ]
    for answer in answers:
        answer[...] = 7
    assert [array.tolist() for array in (x, w, dy)] == before


def test_arrays_with_gaps_are_arrays():
    """The layout in memory does not change an answer."""
    x, w, dy = _given()
    packed = [np.array(array, order="C") for array in (x, w, dy)]
    gaps = refspec.conv2d(x, w), *refspec.conv2d_backward(dy, x, w)
    none = (
        refspec.conv2d(*packed[:2]),
        *refspec.conv2d_backward(packed[2], *packed[:2]),
    )
    assert all(map(np.array_equal, gaps, none))


@pytest.mark.parametrize(
    ("padding", "spelled"),
    [
        (1, ((1, 1), (1, 1))),
        ((0, 2), ((0, 0), (2, 2))),
        (np.array([0, 2]), ((0, 0), (2, 2))),
        (((1, 0), (0, 2)), ((1, 0), (0, 2))),
        ("valid", ((0, 0), (0, 0))),
        ("same", ((0, 1), (1, 1))),
    ],
)
def test_padding_is_given_in_five_ways(padding, spelled):
    """An int, a pair, a pair of pairs, and two words."""
    x, w = np.ones((1, 1, 4, 5)), np.ones((1, 1, 2, 3))
    y = refspec.conv2d(x, w, padding=spelled)
    assert np.array_equal(refspec.conv2d(x, w, padding=padding), y)
    one, other = (
        (
            refspec.conv_transpose2d(y, w, input_size=(4, 5), padding=frame),
            *refspec.conv2d_backward(y, x, w, padding=frame),
        )
        for frame in (padding, spelled)
    )
    assert all(map(np.array_equal, one, other))


def test_several_sizes_have_the_same_answer():
    """So the adjoint is told which: the tail gets nothing."""
    y, w = np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 1))
    rows = [
        refspec.conv_transpose2d(y, w, input_size=(1, size), stride=(1, 3))
        for size in (4, 5, 6)
    ]
    assert [row.ravel().tolist() for row in rows] == [
        [1, 0, 0, 1],
        [1, 0, 0, 1, 0],
        [1, 0, 0, 1, 0, 0],
    ]


def test_a_dilated_kernel_keeps_its_type():
    """Zeros of fractions are whole, those of bytes are bytes."""
    thirds = refspec.dilate_kernel([[Fraction(1, 3), Fraction(1, 3)]], 2)
    assert [type(v) for v in thirds.flat] == [Fraction, int, Fraction]
    assert refspec.dilate_kernel(np.ones((1, 2), "u1"), 2).dtype == "u1"


@pytest.mark.parametrize("kernel", [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_a_kernel_as_large_as_the_image_has_one_answer(kernel):
    """It is the dense layer's."""
    x = np.arange(8.0).reshape(1, 2, 2, 2)[..., : kernel[0], : kernel[1]]
    assert refspec.conv2d(x, x).item() == (x * x).sum()


FILTER = np.ones((2, 2, 1, 1))
TWO = np.ones((1, 2, 2, 2))
REFUSED = [
    (lambda: refspec.window_response([[1]], [[1, 2]]), "kernel: expected sha"),
    (lambda: refspec.window_response([1], [1]), "window: expected shape (..."),
    (lambda: refspec.window_response([[[1]]], [[1]]), "kernel: expected shap"),
    (lambda: refspec.feature_map([[[1]]], [[1]]), "image: expected shape (H"),
    (lambda: refspec.feature_map([[1]], [1]), "kernel: expected shape (KH"),
    (lambda: refspec.feature_map([[1]], [[1, 2]]), "a kernel of 2"),
    (lambda: refspec.feature_map([[1]], [[]]), "kernel.shape: expected"),
    (lambda: refspec.feature_map([[]], [[1]]), "image.shape: expected"),
    (lambda: refspec.conv2d([[1]], PIXEL), "x: expected shape (N, C, H, W)"),
    (lambda: refspec.conv2d(PIXEL, [[1]]), "w: expected shape (F, C/G, KH"),
    (lambda: refspec.conv2d(PIXEL[:, :0], PIXEL), "x.shape[1:]: expected"),
    (lambda: refspec.conv2d(PIXEL, PIXEL[:0]), "w.shape: expected sizes"),
    (lambda: refspec.conv2d(PIXEL, FILTER), "w: expected 1 channels (of 1"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, [1, 2]), "b: expected one value pe"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, [[1]]), "b: expected shape (filt"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, 1), "b: expected shape (filter)"),
    (lambda: refspec.conv2d(PIXEL * 1j, PIXEL), "x: expected real numbers"),
    (lambda: refspec.conv2d(PIXEL, [[[["a"]]]]), "w: expected real numbers"),
    (lambda: refspec.conv2d([[[[1], [1, 2]]]], PIXEL), "rows of unequal"),
    (
        lambda: refspec.conv2d(np.full(PIXEL.shape, None), PIXEL),
        "x: expected real numbers, found objects of type NoneType",
    ),
    (
        lambda: refspec.conv2d(PIXEL.astype(ml_dtypes.int4), PIXEL),
        "x: expected real numbers, found dtype int4",
    ),
    (lambda: refspec.conv2d(TWO, FILTER, groups=3), "groups: expected a div"),
    (lambda: refspec.conv2d(TWO, FILTER, groups=0), "groups: expected at l"),
    (lambda: refspec.conv2d(TWO, FILTER, groups=2), "w: expected 1 channels"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=0), "stride: expected at l"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=-1), "stride: expected at"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=1.0), "stride: expected an"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=True), "stride: expected an"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride="2"), "stride: expected an"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=(1, 0)), "stride[1]: expe"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, stride=(1,)), "stride: expected an"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, padding=-1), "padding: expected at"),
    (lambda: refspec.conv2d(PIXEL, PIXEL, padding="full"), 'expected "same"'),
    (
        lambda: refspec.conv2d(PIXEL, PIXEL, padding=((0, -1), (0, 0))),
        "padding[0][1]: expected at least 0",
    ),
    (
        lambda: refspec.conv2d(PIXEL, PIXEL, padding=((0, 1), 1)),
        "padding: expected an integer, (rows, columns) or ((top",
    ),
    (lambda: refspec.conv2d(PIXEL, PIXEL, dilation=0), "dilation: expected"),
    (lambda: refspec.conv2d(PIXEL, TWO[:, :1]), "kernel_size: a kernel of 2"),
    (
        lambda: refspec.conv2d_backward([1], PIXEL, PIXEL),
        "dy: expected shape (N, F, Ho, Wo)",
    ),
    (
        lambda: refspec.conv2d_backward(TWO, PIXEL, PIXEL),
        "dy: expected shape (1, 1, 1, 1), found (1, 2, 2, 2)",
    ),
    (
        lambda: refspec.conv_transpose2d(PIXEL, PIXEL, input_size=2),
        "y: expected shape (1, 1, 2, 2), found (1, 1, 1, 1)",
    ),
    (
        lambda: refspec.conv_transpose2d(PIXEL, PIXEL, input_size=0),
        "input_size: expected at least 1",
    ),
    (
        lambda: refspec.conv_transpose2d(
            PIXEL, PIXEL, input_size=1, groups=2
        ),
        "groups: expected a divisor",
    ),
    (lambda: refspec.dilate_kernel([1], 2), "w: expected shape (..., H, W)"),
    (lambda: refspec.dilate_kernel([[1]], 0), "dilation: expected at least"),
    (lambda: refspec.pointwise_conv2d(PIXEL, [1]), "w: expected shape (F, C)"),
    (
        lambda: refspec.pointwise_conv2d(TWO, TWO),
        "w: expected shape (F, 2) or (F, 2, 1, 1), found shape (1, 2, 2, 2)",
    ),
    (lambda: refspec.pointwise_conv2d(TWO, [[1]]), "w: expected shape (F, 2)"),
    (lambda: refspec.depthwise_conv2d(TWO, PIXEL), "w: expected filters of"),
    (lambda: refspec.depthwise_conv2d(TWO, FILTER), "w: expected filters of"),
    (
        lambda: refspec.separable_conv2d(PIXEL, PIXEL, [[1, 1]]),
        "pointwise: expected shape (F, 1)",
    ),
    (
        lambda: refspec.separable_conv2d(TWO, FILTER, [[1, 1]]),
        "depthwise: expected filters of one channel",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_bad_input_is_refused_in_words(call, words):
    """The error names the argument, what was found or what would fit."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- words are compared below
        call()
    assert words in str(error.value)
