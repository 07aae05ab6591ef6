"""What laws cannot say of images and dense layers: types, errors, copies."""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec

IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
MOVES = [
    refspec.flatten,
    refspec.hwc_to_chw,
    refspec.chw_to_hwc,
    lambda x: refspec.unflatten(np.ravel(x), shape=x.shape),
]


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("dtype", ["u1", "f2", "f4", ml_dtypes.bfloat16])
def test_moving_pixels_keeps_their_type(move, dtype):
    """Nothing is computed, so nothing is widened."""
    assert move(IMAGE.astype(dtype)).dtype == np.dtype(dtype)


@pytest.mark.parametrize("move", MOVES)
def test_moved_pixels_are_a_copy(move):
    """Writing into the answer leaves the argument alone."""
    x = IMAGE.copy()
    move(x)[...] = 0
    assert (x == IMAGE).all()


def test_a_batch_of_none_is_flattened_to_none():
    """No images are no vectors, of the right length."""
    assert refspec.flatten(np.zeros((0, 2, 4, 3))).shape == (0, 24)


def test_every_grey_level_of_a_byte_stays():
    """None of the 256 levels moves, as bytes or as floats."""
    grey = np.repeat(np.arange(256).reshape(1, 256, 1), 3, axis=-1)
    for dtype in ("u1", "i8", "f2", "f4", "f8"):
        y = refspec.to_grayscale(grey.astype(dtype))
        assert (y == grey[..., :1]).all()


def test_float_weights_would_move_65_levels():
    """What the lecture's decimals do to grey, as float64."""
    level = np.arange(256.0)
    moved = (0.299 * level + 0.587 * level + 0.114 * level) != level
    assert moved.sum() == 65


def test_grey_of_bytes_is_a_float():
    """A quotient of integers is not cut off."""
    assert refspec.to_grayscale(IMAGE).dtype == np.float64


def test_grey_of_large_integers_does_not_wrap():
    """Weighing does not leave the range of int64."""
    x = np.full((1, 1, 3), 2**62)
    assert refspec.to_grayscale(x).item() == 2.0**62


def test_grey_of_fractions_is_exact():
    """Fractions stay fractions."""
    x = np.array([[[Fraction(1, 3), Fraction(0), Fraction(0)]]])
    assert refspec.to_grayscale(x).item() == Fraction(299, 3000)


def test_dense_widens_narrow_integers():
    """Products of bytes do not wrap."""
    x = np.full((1, 2), 200, np.uint8)
    assert refspec.dense(x, x).tolist() == [[80_000]]


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_dense_rounds_narrow_floats_once(dtype):
    """A sum of many ones is not stopped by a narrow accumulator."""
    x = np.ones((1, 4096), dtype)
    y = refspec.dense(x, x)
    assert y.dtype == np.dtype(dtype)
    assert y.astype(float).tolist() == [[4096.0]]


def test_dense_leaves_its_arguments_alone():
    """The bias is added to the answer and to nothing else."""
    x, w, b = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    for array in (x, w, b):
        array.flags.writeable = False
    assert (refspec.dense(x, w, b) == 4).all()
    assert (refspec.dense(x[:, ::-1], w[:, ::-1], b) == 4).all()


def test_a_batch_of_none_teaches_nothing():
    """Without examples the gradients of the weights are zero."""
    dx, dw, db = refspec.dense_backward(
        np.zeros((0, 2)), np.zeros((0, 3)), np.ones((2, 3))
    )
    assert dx.shape == (0, 3)
    assert not dw.any()
    assert not db.any()


HALF = [[2**31, 2**31]]  # two of its squares are one too many


@pytest.mark.parametrize(
    "call",
    [
        lambda: refspec.dense(HALF, HALF),
        lambda: refspec.dense_backward(HALF, [[1]], np.transpose(HALF)),
        lambda: refspec.dense_backward(np.transpose(HALF), HALF * 2, [[1, 1]]),
    ],
)
def test_a_sum_past_int64_is_refused(call):
    """No answer wraps around."""
    with pytest.raises(ValueError, match="fits int64"):
        call()


REFUSED = [
    (lambda: refspec.flatten([[1, 2]]), "x: expected shape (H, W, C) or"),
    (lambda: refspec.flatten(np.zeros((2, 0, 1))), "x.shape[-3:]"),
    (lambda: refspec.unflatten([1, 2, 3], shape=(1, 2, 1)), "3 values in all"),
    (lambda: refspec.unflatten([1, 2], shape=(1, 2)), "three sizes"),
    (lambda: refspec.unflatten([1, 2], shape=(1, 2, 0)), "shape[2]"),
    (lambda: refspec.unflatten([1, 2], shape=(1, 2, 1.0)), "shape[2]"),
    (lambda: refspec.unflatten(7, shape=(1, 1, 1)), "v: expected shape"),
    (lambda: refspec.hwc_to_chw(np.zeros((5, 5))), "x: expected shape"),
    (lambda: refspec.chw_to_hwc(np.zeros((5, 5))), "x: expected shape"),
    (lambda: refspec.hwc_to_chw(np.zeros((0, 5, 3))), "sizes of at least 1"),
    (lambda: refspec.to_grayscale(np.zeros((2, 2, 1))), "3 channels"),
    (lambda: refspec.to_grayscale(np.zeros((3, 2, 2))), "3 channels"),
    (lambda: refspec.to_grayscale(np.zeros((2, 3))), "x: expected shape"),
    (lambda: refspec.to_grayscale(np.zeros((1, 1, 3), complex)), "complex128"),
    (lambda: refspec.dense([1, 2], [[1, 2]]), "x: expected shape (N, I)"),
    (
        lambda: refspec.dense([[1, 2]], [[1]]),
        "w: expected one weight per input",
    ),
    (
        lambda: refspec.dense([[1, 2]], [[1], [2, 3]]),
        "w: expected a full array",
    ),
    (lambda: refspec.dense(np.zeros((1, 0)), np.zeros((1, 0))), "w.shape"),
    (
        lambda: refspec.dense([[1, 2]], [[1, 2]], [1, 2]),
        "b: expected one value",
    ),
    (
        lambda: refspec.dense_backward([[1]], [[1, 2]], [[1]]),
        "w: expected one",
    ),
    (
        lambda: refspec.dense_backward([[1, 1]], [[1]], [[1]]),
        "dy: expected shape",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_bad_input_is_refused_in_words(call, words):
    """The error names the argument and what would fit."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- words are compared below
        call()
    assert words in str(error.value)
