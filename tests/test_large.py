"""Large convolutions: a single wrong cell is found, wherever it is."""

from __future__ import annotations

import numpy as np
import pytest

import refspec
from refspec.oracle.large import check_large, large_problem

SHAPE = (4, 64, 56, 56)


@pytest.fixture(scope="module")
def large():
    """Give a problem of a ResNet, and its answer."""
    p = large_problem(SHAPE, (64, 64, 3, 3), padding=1)
    return p, p.on(refspec.conv2d)


def test_a_right_answer_passes(large):
    """Every projection and every cell is equal."""
    p, y = large
    report = check_large("conv2d", lambda *_, **__: y, p)
    assert report.ok
    assert report.notes == ("exactly equal",)


@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_cell_is_found_by_projection(large, seed):
    """One cell of 802,816 is wrong by the least there is: it is named."""
    p, y = large
    at = tuple(np.random.default_rng(seed).integers(SHAPE).tolist())
    wrong = y.copy()
    wrong[at] = np.nextafter(wrong[at], np.inf)
    report = check_large("conv2d", lambda *_, **__: wrong, p, cells=0)
    assert report.verdict == "disagrees"
    assert f"at {at}" in report.reason


def test_without_projections_it_is_missed(large):
    """Cells drawn at random alone do not find it."""
    p, y = large
    wrong = y.copy()
    wrong[1, 2, 3, 4] += 1
    of = lambda *_, **__: wrong  # noqa: E731
    assert check_large("conv2d", of, p, projections=0, cells=20).ok
    assert not check_large("conv2d", of, p, projections=1, cells=0).ok


def test_a_map_wrong_in_two_images_is_found(large):
    """Errors that weights of 1 and -1 would let cancel do not."""
    p, y = large
    wrong = y.copy()
    wrong[:2, :2, 7, 7] += np.array([[1, -1], [-1, 1]])
    assert not check_large("conv2d", lambda *_, **__: wrong, p, cells=0).ok


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_found(large, value):
    """NaN is no right answer."""
    p, y = large
    wrong = y.copy()
    wrong[0, 0, 0, 0] = value
    assert not check_large("conv2d", lambda *_, **__: wrong, p, cells=0).ok


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("real", [False, True])
def test_strides_dilation_and_groups(dtype, real):
    """The options are those of `conv2d`, in every format."""
    p = large_problem(
        (2, 8, 20, 17), (6, 4, 3, 2), dtype=dtype, real=real, groups=2,
        stride=(2, 1), padding=((1, 0), (2, 3)), dilation=(1, 2),
    )  # fmt: skip
    report = check_large("conv2d", refspec.conv2d, p, cells=30)
    assert report.ok, report
    assert report.notes == ("within bounds" if real else "exactly equal",)


def test_depthwise():
    """A filter, or two, for each channel."""
    p = large_problem((2, 8, 20, 17), (16, 1, 3, 3), padding="same").but(
        groups=8
    )
    plain = {k: v for k, v in vars(p).items() if k != "groups"}
    report = check_large(
        "depthwise_conv2d", refspec.depthwise_conv2d, type(p)(**plain)
    )
    assert report.ok, report


def test_real_data_is_held_to_bounds():
    """A gross error is found by projection, a small one by its cell."""
    p = large_problem((2, 8, 20, 17), (6, 8, 3, 3), real=True)
    y = p.on(refspec.conv2d)
    wrong = y.copy()
    wrong[1, 3, 5, 7] += 1
    report = check_large("conv2d", lambda *_, **__: wrong, p, cells=0)
    assert "at (1, 3, 5, 7)" in report.reason
    wrong = y * np.float32(1 + 1e-4)
    assert not check_large("conv2d", lambda *_, **__: wrong, p).ok


def test_a_transform_is_told_from_an_error():
    """What is off as a transform is off says so, and may be declared."""
    p = large_problem((2, 8, 20, 17), (6, 8, 3, 3), padding=1)
    y = p.on(refspec.conv2d)
    y[0, 0] += np.float32(1e-5)
    of = lambda *_, **__: y  # noqa: E731
    report = check_large("conv2d", of, p)
    assert [e.kind for e in report.explanations] == ["transform"]
    assert check_large("conv2d", of, p, declares={"transform": "fft"}).ok


def test_what_cannot_be_checked_is_said():
    """Another operation, another shape, an error."""
    p = large_problem((1, 2, 8, 8), (2, 2, 3, 3))
    with pytest.raises(ValueError, match="operation"):
        check_large("max_pool2d", refspec.max_pool2d, p)
    with pytest.raises(ValueError, match="declares"):
        check_large("conv2d", refspec.conv2d, p, declares={"a": 1})
    assert check_large("conv2d", refspec.relu, p).verdict == "refuses"
    narrow = check_large("conv2d", lambda *_, **__: p.x, p)
    assert "shape" in narrow.reason
