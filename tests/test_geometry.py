"""What laws cannot say of sizes, padding and windows: types and errors."""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u8", "f2", "f8", "O", ml_dtypes.bfloat16]
)
def test_padding_and_windows_keep_the_type(dtype):
    """Nothing is computed, so nothing widens."""
    x = np.ones((2, 2), dtype)
    answers = [
        refspec.zero_pad(x, 1),
        refspec.zero_pad(x, 0),
        refspec.unpad(x, ((1, 0), (0, 1))),
        refspec.windows(x, 2, padding=1),
    ]
    assert {answer.dtype for answer in answers} == {np.dtype(dtype)}


def test_sizes_are_python_integers():
    """NumPy's are taken, and do not come back: they would wrap."""
    size = refspec.output_size(np.int8(127), np.uint8(1), padding=np.int8(127))
    assert (type(size), size) == (int, 381)
    padding = refspec.same_padding(np.int8(5), np.int8(3))
    assert {type(side) for side in padding} == {int}
    assert type(refspec.effective_kernel_size(np.int8(3), np.int8(2))) is int


def test_a_frame_among_fractions_is_whole():
    """The zeros are Python's, not NumPy's."""
    framed = refspec.zero_pad(np.array([[Fraction(1, 2)]]), (0, 1))
    assert [type(cell) for cell in framed.flat] == [int, Fraction, int]


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("change", [refspec.zero_pad, refspec.unpad])
def test_a_framed_image_is_a_copy(change, padding):
    """What is written to the answer does not reach the argument."""
    x = np.ones((3, 3))
    change(x, padding)[...] = 7
    assert (x == 1).all()


@pytest.mark.parametrize("padding", [0, 1])
def test_windows_cannot_be_written_to(padding):
    """Windows overlap: a cell of one is a cell of others."""
    x = np.ones((3, 3))
    regions = refspec.windows(x, 2, padding=padding)
    with pytest.raises(ValueError, match="read-only"):
        regions[...] = 7
    assert np.shares_memory(regions, x) == (padding == 0)


def test_read_only_images_with_gaps_will_do():
    """The layout in memory does not change an answer."""
    x = np.arange(24).reshape(4, 6)[::-2, ::2]
    x.flags.writeable = False
    packed = x.copy()
    for f in (
        lambda a: refspec.zero_pad(a, 1),
        lambda a: refspec.unpad(a, (0, 1)),
        lambda a: refspec.windows(a, (1, 2), padding="same", dilation=2),
    ):
        assert np.array_equal(f(x), f(packed))


def test_leading_axes_may_be_many_or_empty():
    """Rows and columns are the last two."""
    x = np.ones((2, 0, 3, 4, 5))
    assert refspec.zero_pad(x, (1, 0)).shape == (2, 0, 3, 6, 5)
    assert refspec.windows(x, (2, 3)).shape == (2, 0, 3, 3, 3, 2, 3)


def test_same_is_a_frame_that_can_be_spelled_out():
    """It depends on rows and columns alone, however many axes there are."""
    x = np.arange(24).reshape(2, 3, 4)
    spelled, same = (
        {"stride": (1, 2), "padding": padding, "dilation": (2, 1)}
        for padding in (((1, 1), (0, 1)), "same")
    )
    shown = refspec.windows(x, (2, 3), **same)
    assert np.array_equal(shown, refspec.windows(x, (2, 3), **spelled))
    counts = refspec.coverage((3, 4), (2, 3), **same)
    assert np.array_equal(counts, refspec.coverage((3, 4), (2, 3), **spelled))


@pytest.mark.parametrize(
    ("stride", "ceil_mode", "outputs"),
    [(2, False, 2), (2, True, 3), (3, False, 2), (3, True, 2), (4, True, 2)],
)
def test_the_last_window_may_overhang(stride, ceil_mode, outputs):
    """With ceil_mode, if there is a pixel that it starts on or before."""
    size = refspec.output_size(6, 3, stride=stride, ceil_mode=ceil_mode)
    assert size == outputs


def test_a_window_past_the_image_is_none():
    """With ceil_mode, one that would start in the padding is dropped."""
    options = {"stride": 2, "padding": 1}
    assert refspec.output_size(2, 1, **options, ceil_mode=True) == 2
    assert refspec.output_size(3, 2, **options, ceil_mode=True) == 2
    assert refspec.output_size(4, 2, **options, ceil_mode=True) == 3


def test_sizes_have_no_end():
    """They are whole numbers, never floats."""
    assert refspec.output_size(2**70 + 1, 1, stride=2) == 2**69 + 1
    assert refspec.same_padding(2**70, 2**60) == (2**59 - 1, 2**59)
    assert refspec.same_padding(2**60 + 1, 3, stride=2**60) == (1, 1)


@pytest.mark.parametrize("far", [2**63, 2**70])
def test_a_step_past_int64_is_a_step(far):
    """Of one window, or of a kernel's only cell, there is no next."""
    x = np.ones((1, 1, 2, 2))
    steps = {"stride": far, "dilation": far}
    assert refspec.coverage(2, 1, **steps).tolist() == [[1, 0], [0, 0]]
    for pool in (refspec.max_pool2d, refspec.min_pool2d, refspec.avg_pool2d):
        assert pool(x, 1, **steps).tolist() == [[[[1]]]]
    assert refspec.conv2d(x, x[..., :1, :1], **steps).tolist() == [[[[1]]]]
    assert refspec.windows(x, 1, **steps).shape == (1, 1, 1, 1, 1, 1)


IMAGE = np.ones((3, 3))
REFUSED = [
    (lambda: refspec.output_size(0, 1), "size: expected at least 1, found 0"),
    (lambda: refspec.output_size(5.0, 1), "size: expected an integer, found"),
    (lambda: refspec.output_size(5, 1.5), "kernel_size: expected an integer"),
    (lambda: refspec.output_size(5, 0), "kernel_size: expected at least 1"),
    (lambda: refspec.output_size(5, 1, stride=0), "stride: expected at least"),
    (lambda: refspec.output_size(5, 1, padding=-1), "padding: expected at le"),
    (
        lambda: refspec.output_size(5, 1, padding=(1, -1)),
        "padding[1]: expected at least 0, found -1",
    ),
    (lambda: refspec.output_size(5, 1, dilation=0), "dilation: expected at"),
    (
        lambda: refspec.output_size(4, 3, dilation=2),
        "a kernel of 3 with dilation 2 spans 5 cells; the padded input has 4",
    ),
    (lambda: refspec.same_padding(0, 1), "size: expected at least 1"),
    (lambda: refspec.same_padding(1, 1, stride=0), "stride: expected at leas"),
    (lambda: refspec.effective_kernel_size(0, 1), "kernel_size: expected at"),
    (lambda: refspec.effective_kernel_size(1, True), "dilation: expected an"),
    (lambda: refspec.zero_pad([1], 1), "x: expected shape (..., H, W)"),
    (lambda: refspec.zero_pad([[]], 1), "x.shape[-2:]: expected sizes of at"),
    (lambda: refspec.zero_pad(IMAGE, -1), "padding: expected at least 0"),
    (lambda: refspec.zero_pad(IMAGE, "same"), "padding: expected an integer"),
    (lambda: refspec.zero_pad(IMAGE, (1, 1, 1)), "padding: expected an integ"),
    (
        lambda: refspec.zero_pad(IMAGE, ((1, 1), (1, 1), (1, 1))),
        "padding: expected an integer, (rows, columns) or",
    ),
    (lambda: refspec.unpad(IMAGE, (0, 2)), "leaves nothing of 3 x 3 pixels"),
    (lambda: refspec.unpad(IMAGE, ((3, 0), (0, 0))), "leaves nothing of 3"),
    (lambda: refspec.unpad(IMAGE, ((1, 2), (0, 0))), "leaves nothing of 3"),
    (lambda: refspec.unpad(IMAGE, ((0, 0), (1, 2))), "leaves nothing of 3"),
    (lambda: refspec.windows(IMAGE, 4), "kernel_size: a kernel of 4"),
    (lambda: refspec.windows(IMAGE, (1, 0)), "kernel_size[1]: expected at le"),
    (lambda: refspec.windows(IMAGE * 1j, 1), "x: expected real numbers"),
    (lambda: refspec.coverage(0, 1), "sizes: expected at least 1, found 0"),
    (lambda: refspec.coverage((2, 3), 3), "kernel_size: a kernel of 3"),
    (lambda: refspec.coverage((2, 3), 1, stride=0), "stride: expected at lea"),
    (lambda: refspec.coverage(2, 1, padding="half"), 'expected "same", "val'),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_bad_input_is_refused_in_words(call, words):
    """The error names the argument, what was found or what would fit."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- words are compared below
        call()
    assert words in str(error.value)
