"""Laws of section 3: the simple and the complex cells."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    complex_cell_problems,
    simple_cell_problems,
)
from refspec.laws.relations import Relation, at_most, equal

EVEN = (1, 0, -1, 0)
"""One period of a grating."""
ODD = (0, 1, 0, -1)
"""The same, a quarter of a period later."""


def _response(image: Array, w: Array, i: int, j: int) -> Any:
    """Sum filter times image, cell by cell, with the filter at (i, j)."""
    return sum(w[u, v] * image[i + u, j + v] for u, v in np.ndindex(w.shape))


@law("3.5", p=simple_cell_problems)
def a_simple_cell_is_a_rectified_sum(simple_cell: Any, p: Problem) -> Relation:
    """The answer at a place is the filter's, or 0 where that is negative."""
    kh, kw = p.w.shape
    h, w = p.image.shape
    y = np.empty((h - kh + 1, w - kw + 1), object)
    for i, j in np.ndindex(y.shape):
        y[i, j] = max(_response(p.image, p.w, i, j), 0)
    return equal(p.on(simple_cell), y)


@law("3.5", p=complex_cell_problems)
def a_complex_cell_is_an_energy(complex_cell: Any, p: Problem) -> Relation:
    """The answer is the largest sum of two squares in its window."""
    (h, w), (kh, kw), (ph, pw) = p.image.shape, p.even.shape, p.pool_size
    y = np.full(((h - kh + 1) // ph, (w - kw + 1) // pw), 0, object)
    for i, j, u, v in np.ndindex(*y.shape, ph, pw):
        at = i * ph + u, j * pw + v
        pair = (
            _response(p.image, filter_, *at) for filter_ in (p.even, p.odd)
        )
        y[i, j] = max(y[i, j], sum(answer**2 for answer in pair))
    return equal(p.on(complex_cell), y)


def _in_radians(_: Domain) -> st.SearchStrategy[float]:
    return st.integers(-12, 12).map(lambda twelfths: twelfths * math.pi / 12)


@st.composite
def _gratings(draw: Any, _: Domain) -> Problem:
    return Problem(
        kernel_size=(draw(st.integers(1, 6)), draw(st.integers(1, 6))),
        wavelength=draw(st.sampled_from([2.0, 3.0, 5.5])),
        sigma=draw(st.sampled_from([0.5, 2.0])),
        aspect=draw(st.sampled_from([0.5, 1.0])),
    )


@law("3.5", exact=True, p=_gratings, theta=_in_radians, phase=_in_radians)
def half_a_turn_of_a_gabor_turns_its_phase(
    gabor: Any, p: Problem, theta: float, phase: float
) -> Relation:
    """A Gabor filter turned by 180 degrees has the opposite phase.

    So an even one is its own half turn, and all filters come in pairs.
    """
    g = p.on(gabor, orientation=theta, phase=phase)
    return equal(g[::-1, ::-1], p.on(gabor, orientation=theta, phase=-phase))


@law("3.5", exact=True, p=_gratings, theta=_in_radians, phase=_in_radians)
def a_mirrored_gabor_has_the_opposite_orientation(
    gabor: Any, p: Problem, theta: float, phase: float
) -> Relation:
    """A Gabor filter upside down is the one of the opposite angle."""
    g = p.on(gabor, orientation=theta, phase=phase)
    return equal(g[::-1], p.on(gabor, orientation=-theta, phase=phase))


@law("3.5", exact=True, p=_gratings, theta=_in_radians, phase=_in_radians)
def the_odd_part_of_a_gabor_sums_to_zero(
    gabor: Any, p: Problem, theta: float, phase: float
) -> Relation:
    """Half the difference of opposite phases is blind to flat images."""
    g, opposite = (
        p.on(gabor, orientation=theta, phase=sign * phase) for sign in (1, -1)
    )
    return equal(math.fsum((g - opposite).flat), 0)


ANGLES = ((5, 0), (0, 5), (3, 4), (-4, 3))
"""Five times the cosine and the sine of an angle, in whole numbers."""


@st.composite
def _on_a_grid(draw: Any, _: Domain) -> Problem:
    """Draw a filter whose pixels have fractions for coordinates."""
    return Problem(
        kernel_size=(draw(st.integers(1, 9)), draw(st.integers(1, 9))),
        turned=draw(st.sampled_from(ANGLES)),
    )


def _across_and_along(p: Problem) -> tuple[Any, Any]:
    """Give the coordinates of every pixel, across the stripes and along."""
    (rows, columns), (cos, sin) = p.kernel_size, p.turned
    across, along = np.empty((2, rows, columns), object)
    for i, j in np.ndindex(rows, columns):
        y, x = Fraction(2 * i - rows + 1, 2), Fraction(2 * j - columns + 1, 2)
        across[i, j] = (cos * x + sin * y) / 5
        along[i, j] = (cos * y - sin * x) / 5
    return across, along


@law("3.5", exact=True, p=_on_a_grid,
     wavelength=lambda _: st.sampled_from([2, 3, 7]),
     eighths=lambda _: st.integers(-8, 8))  # fmt: skip
def a_gabor_has_stripes_of_half_a_wavelength(
    gabor: Any, p: Problem, wavelength: int, eighths: int
) -> Relation:
    """Within a quarter of a period of a crest a Gabor filter excites.

    Elsewhere it inhibits; on the borders it is 0. A phase moves the crests.
    """
    cos, sin = p.turned
    g = gabor(
        p.kernel_size, wavelength=wavelength, sigma=8,
        orientation=math.atan2(sin, cos), phase=eighths * math.pi / 4,
    )  # fmt: skip
    across, _ = _across_and_along(p)
    periods = across / wavelength + Fraction(eighths, 8)
    off_crest = abs((periods + Fraction(1, 2)) % 1 - Fraction(1, 2))
    inside = off_crest != Fraction(1, 4)  # not on a border, where 0 is rounded
    return equal(g[inside] > 0, (off_crest < Fraction(1, 4))[inside])


@law("3.5", exact=True, p=_on_a_grid,
     sigma=lambda _: st.sampled_from([0.5, 1.0, 3.0]),
     aspect=lambda _: st.sampled_from([0.5, 1.0, 3.0]))  # fmt: skip
def the_bell_of_a_gabor_is_an_ellipse(
    gabor: Any, p: Problem, sigma: float, aspect: float
) -> Relation:
    """A Gabor's bell is above a half where d^2 is below 2 ln 2 sigma^2.

    With d counted across the stripes; along them it is aspect times that.
    """
    cos, sin = p.turned
    g = gabor(
        p.kernel_size, wavelength=1e9, sigma=sigma, aspect=aspect,
        orientation=math.atan2(sin, cos),
    )  # fmt: skip
    across, along = _across_and_along(p)
    distance = across**2 + (Fraction(aspect) * along) ** 2
    return equal(g > 1 / 2, distance < 2 * math.log(2) * sigma**2)


@st.composite
def _rearranged(draw: Any, domain: Domain) -> tuple[Array, Array]:
    """Draw a filter, and an image of its pixels in another order."""
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    w = domain.tensor(draw, shape)
    order = draw(st.permutations(range(w.size)))
    return w, w.flat[list(order)].reshape(shape)


@law("3.6", case=_rearranged)
def a_simple_cell_prefers_its_own_pattern(
    simple_cell: Any, case: Any
) -> Relation:
    """Of images with the same pixels, its own filter excites it most."""
    w, image = case
    return at_most(simple_cell(image, w), simple_cell(w, w))


@st.composite
def _quadrature(
    draw: Any, domain: Domain, *, lengths: tuple[int, ...] = (4, 8, 12)
) -> Problem:
    """Draw an image as wide as a circle, with a pair of gratings on it."""
    rows = draw(st.integers(1, 2))
    shape = rows, draw(st.sampled_from(lengths))
    even, odd = (
        domain.numbers.cast(
            np.resize(period, shape[1:]) + np.zeros(shape, int)
        )
        for period in (EVEN, ODD)
    )
    return Problem(image=domain.tensor(draw, shape), even=even, odd=odd)


def _shifts(_: Domain) -> st.SearchStrategy[int]:
    return st.integers(0, 12)


@law("3.6", p=_quadrature, shift=_shifts)
def a_simple_cell_swings_with_the_phase(
    simple_cell: Any, p: Problem, shift: int
) -> Relation:
    """A moving grating excites a simple cell once in every period.

    Its own phase does: a quarter of a period away the answer is 0.
    """
    y = simple_cell(np.roll(p.even, shift, axis=1), p.even)
    most = (p.even * p.even).sum()
    return equal(y, [[most if shift % len(EVEN) == 0 else 0]])


@law("3.6", n=lambda _: st.integers(1, 3), shift=_shifts)
def a_simple_cell_is_blind_across_its_orientation(
    simple_cell: Any, n: int, shift: int
) -> Relation:
    """A grating that lies across the filter's stripes gives no answer."""
    upright = np.resize(EVEN, (4 * n, 4 * n)).astype(float)
    lying = np.roll(upright.T, shift, axis=0)
    answers = simple_cell(upright, upright), simple_cell(lying, upright)
    return equal(answers, ([[8.0 * n * n]], [[0.0]]))


@law(
    "3.6",
    "3.7",
    p=_quadrature,
    shift=_shifts,
    unless={"p": partial(_quadrature, lengths=(1, 2, 3, 5, 6, 7))},
    breaks={
        "p": Problem(image=[[1, 1, 0]], even=[[1, 0, -1]], odd=[[0, 1, 0]]),
        "shift": 2,
    },
)
def a_complex_cell_does_not_mind_movement(
    complex_cell: Any, p: Problem, shift: int
) -> Relation:
    """Around a circle of whole periods, no shift changes the energy.

    So for any image, not only for gratings. Where the circle holds no whole
    number of periods, or there is none, a movement does change it.
    """
    moved = p.but(image=np.roll(p.image, shift, axis=1))
    return equal(moved.on(complex_cell), p.on(complex_cell))


@law("3.7", p=complex_cell_problems, frames=lambda _: st.integers(2, 4))
def a_complex_cell_has_no_memory(
    complex_cell: Any, p: Problem, frames: int
) -> Relation:
    """A sequence and its reverse give reversed answers.

    The cell keeps its answer under movement; it does not detect it.
    """
    sequence = [np.roll(p.image, t, axis=1) for t in range(frames)]
    answers = [p.on(complex_cell, image=image) for image in sequence]
    reverse = [p.on(complex_cell, image=image) for image in sequence[::-1]]
    return equal(tuple(reverse), tuple(answers[::-1]))
