"""What laws cannot say of cells: types, errors, and the middle of a filter."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import refspec


def test_the_middle_of_a_gabor_is_the_cosine_of_its_phase():
    """Under the top of the bell stands the grating alone."""
    for phase in (0.0, 0.5, 3.0):
        g = refspec.gabor(5, wavelength=3, sigma=2, phase=phase)
        assert g[2, 2] == math.cos(phase)


def test_a_gabor_is_as_large_as_asked():
    """Rows first, then columns."""
    assert refspec.gabor((2, 3), wavelength=3, sigma=1).shape == (2, 3)


def test_a_gabor_lies_under_its_bell():
    """Nothing is larger than the top of the bell."""
    g = refspec.gabor(9, wavelength=4, sigma=2, orientation=0.7, phase=1)
    assert abs(g).max() <= 1


def test_upright_stripes_are_the_same_in_every_row():
    """Orientation 0 and a bell without end: only columns differ."""
    g = refspec.gabor(5, wavelength=4, sigma=1, aspect=1e-200)
    assert (g == g[0]).all()


def test_cells_answer_fractions_exactly():
    """No float is involved."""
    image = np.array([[Fraction(1, 3), Fraction(1, 2)]])
    even, odd = [[1, 0]], [[0, 1]]
    assert refspec.simple_cell(image, even).item() == Fraction(1, 3)
    assert refspec.complex_cell(image, even, odd).item() == Fraction(13, 36)


def test_a_nan_in_sight_shows():
    """A place that sees a NaN answers NaN, and no other place does."""
    image = [[math.nan, 0.0, 0.0]]
    assert np.isnan(refspec.simple_cell(image, [[1, 1]])).tolist() == [
        [True, False]
    ]
    energy = refspec.complex_cell(image, [[1, 0]], [[0, 1]])
    assert np.isnan(energy).tolist() == [[True, False]]


REFUSED = [
    (lambda: refspec.gabor(0, wavelength=2, sigma=1), "kernel_size"),
    (
        lambda: refspec.gabor(3, wavelength=0, sigma=1),
        "wavelength: expected above 0",
    ),
    (
        lambda: refspec.gabor(3, wavelength=2, sigma=-1),
        "sigma: expected above 0",
    ),
    (
        lambda: refspec.gabor(3, wavelength=2, sigma=1, aspect=0),
        "aspect: expected above 0",
    ),
    (
        lambda: refspec.gabor(3, wavelength=2, sigma=1, phase=math.nan),
        "phase: expected a finite",
    ),
    (
        lambda: refspec.gabor(3, wavelength=2, sigma=[1]),
        "sigma: expected shape ()",
    ),
    (
        lambda: refspec.gabor(3, wavelength=2, sigma=1, orientation="up"),
        "orientation: expected real",
    ),
    (
        lambda: refspec.simple_cell([1, 2], [[1]]),
        "image: expected shape (H, W)",
    ),
    (lambda: refspec.simple_cell([[1, 2]], [1]), "w: expected shape (KH, KW)"),
    (
        lambda: refspec.simple_cell([[1]], [[1, 2]]),
        "kernel_size: a kernel of 2",
    ),
    (
        lambda: refspec.complex_cell([[1]], [[1]], [[1, 2]]),
        "odd: expected shape (1, 1)",
    ),
    (
        lambda: refspec.complex_cell([[1]], [[1]], [[1]], pool_size=2),
        "kernel_size: a kernel of 2",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_bad_input_is_refused_in_words(call, words):
    """The error names the argument, what was found or what would fit."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- words are compared below
        call()
    assert words in str(error.value)
